package perf

import (
	"github.com/model-exporter/model_exporter/collector/catalog"
)

// matrix is a confusion matrix with its margins. A count below 0, of a part
// that only takes back, is read as 0.
type matrix struct {
	side              int
	n, right          float64
	predicted, actual []float64
}

func (s *State) matrix() matrix {
	k := s.side()
	m := matrix{side: k, predicted: make([]float64, k), actual: make([]float64, k)}
	for i := range k {
		for j := range k {
			n := s.pairs(i, j)
			m.n += n
			m.predicted[i] += n
			m.actual[j] += n
			if i == j {
				m.right += n
			}
		}
	}
	return m
}

func (s *State) pairs(predicted, actual int) float64 {
	return float64(max(s.Confusion(predicted, actual), 0))
}

// confused returns the metrics of a binary model's confusion matrix. The shares
// have the interval of a proportion.
func (s *State) confused(l level, positive int) []Value {
	m := s.matrix()
	vs := l.share(nil, catalog.Accuracy, m.right, m.n)
	if positive >= 0 && positive < m.side {
		tp := s.pairs(positive, positive)
		fp, fn := m.predicted[positive]-tp, m.actual[positive]-tp
		vs = append(vs, l.classValues(tp, fp, fn)...)
		vs = l.share(vs, catalog.FPR, fp, m.n-m.actual[positive])
		return l.share(vs, catalog.FNR, fn, tp+fn)
	}
	return l.share(vs, catalog.FPR, 0, m.n)
}

// ClassMetrics returns precision, recall and F1 of one class against the rest,
// each if it is defined, with 99 % intervals as in Metrics.
func (s *State) ClassMetrics(c *Config, class int) []Value {
	m := s.matrix()
	if class < 0 || class >= m.side {
		return nil
	}
	tp := s.pairs(class, class)
	return usual.classValues(tp, m.predicted[class]-tp, m.actual[class]-tp)
}

func (l level) classValues(tp, fp, fn float64) []Value {
	vs := l.share(nil, catalog.Precision, tp, tp+fp)
	vs = l.share(vs, catalog.Recall, tp, tp+fn)
	if tp+fp+fn > 0 {
		vs = append(vs, l.f1(catalog.F1, tp, fp+fn))
	}
	return vs
}

// share appends the share k/n unless n is 0.
func (l level) share(vs []Value, m catalog.Metric, k, n float64) []Value {
	if n <= 0 {
		return vs
	}
	return append(vs, l.proportion(m, k/n, n))
}

// f1 returns 2·tp / (2·tp + wrong). F1 is 2J/(1+J) of the share J of right ones
// among all pairs that have the class on either side, tp/(tp+wrong), and that
// function ascends: its interval is that of J, transformed. Where F1 is
// well inside 0..1 this agrees with the delta method, and it holds for few
// pairs too.
func (l level) f1(m catalog.Metric, tp, wrong float64) Value {
	j := l.proportion(m, tp/(tp+wrong), tp+wrong)
	return Value{m, toF1(j.Value), toF1(j.Lower), toF1(j.Upper)}
}

func toF1(j float64) float64 { return 2 * j / (1 + j) }
