package perf

import "github.com/model-exporter/model_exporter/collector/catalog"

// confusedAll returns the metrics of the confusion matrix of several classes.
// Classes are those with a label or a prediction among the pairs; a share of
// one that is not defined (precision without a prediction) counts as 0, as in
// scikit-learn. Micro averages and the weighted recall equal the accuracy, as
// each pair has one predicted and one actual class.
//
// The intervals are those of a proportion, of the number of trials that has the
// mean's variance. They hold from about 30 labels and predictions of every class.
func (s *State) confusedAll(l level) []Value {
	m := s.matrix()
	if m.n == 0 {
		return nil
	}
	var vs []Value
	for _, metric := range []catalog.Metric{catalog.Accuracy, catalog.PrecisionMicro,
		catalog.RecallMicro, catalog.F1Micro, catalog.RecallWeighted} {
		vs = l.share(vs, metric, m.right, m.n)
	}
	even := func(int) float64 { return 1 / float64(m.present()) }
	byLabels := func(c int) float64 { return m.actual[c] / m.n }
	for _, a := range []struct {
		metric   catalog.Metric
		weight   func(class int) float64
		weighted bool
		of       func(m *matrix, c int, tp float64) ratio
	}{
		{catalog.Precision, even, false, precisionOf},
		{catalog.Recall, even, false, recallOf},
		{catalog.F1, even, false, f1Of},
		{catalog.FPR, even, false, fprOf},
		{catalog.FNR, even, false, fnrOf},
		{catalog.PrecisionWeighted, byLabels, true, precisionOf},
		{catalog.F1Weighted, byLabels, true, f1Of},
	} {
		g := newGradient(m.side)
		for c := range m.side {
			r := a.of(&m, c, s.pairs(c, c))
			g.add(c, r, a.weight(c))
			if a.weighted && r.below > 0 { // the weight is a function of the cells as well
				g.actual[c] += r.value() / m.n
			}
		}
		if a.weighted {
			g.all -= g.value / m.n
		}
		vs = append(vs, l.effective(a.metric, g.value, s.variance(&g), m.n))
	}
	return vs
}

// present counts the classes that appear among the pairs.
func (m *matrix) present() int {
	k := 0
	for c := range m.side {
		if m.predicted[c]+m.actual[c] > 0 {
			k++
		}
	}
	return k
}

// ratio is a metric of one class, above/below, with the part that a pair adds
// to either: one predicted as the class, one whose label it is, one of both (in
// addition), and any pair.
type ratio struct {
	above, below float64
	predicted, actual, both, all,
	belowPredicted, belowActual, belowAll float64
}

func (r ratio) value() float64 {
	if r.below <= 0 {
		return 0
	}
	return r.above / r.below
}

func precisionOf(m *matrix, c int, tp float64) ratio {
	return ratio{above: tp, below: m.predicted[c], both: 1, belowPredicted: 1}
}

func recallOf(m *matrix, c int, tp float64) ratio {
	return ratio{above: tp, below: m.actual[c], both: 1, belowActual: 1}
}

func f1Of(m *matrix, c int, tp float64) ratio {
	return ratio{above: 2 * tp, below: m.predicted[c] + m.actual[c], both: 2, belowPredicted: 1, belowActual: 1}
}

func fprOf(m *matrix, c int, tp float64) ratio {
	return ratio{above: m.predicted[c] - tp, below: m.n - m.actual[c], predicted: 1, both: -1, belowActual: -1, belowAll: 1}
}

func fnrOf(m *matrix, c int, tp float64) ratio {
	return ratio{above: m.actual[c] - tp, below: m.actual[c], actual: 1, both: -1, belowActual: 1}
}

// gradient is a mean over classes and its derivative by the confusion cells:
// ∂/∂n_ij = predicted_i + actual_j + both_i·[i=j] + all.
type gradient struct {
	value                   float64
	predicted, actual, both []float64
	all                     float64
}

func newGradient(k int) gradient {
	return gradient{predicted: make([]float64, k), actual: make([]float64, k), both: make([]float64, k)}
}

// add adds weight times the ratio of class c: d(a/b) = (da − a/b·db)/b.
func (g *gradient) add(c int, r ratio, weight float64) {
	if r.below <= 0 {
		return
	}
	v, w := r.value(), weight/r.below
	g.value += weight * v
	g.predicted[c] += w * (r.predicted - v*r.belowPredicted)
	g.actual[c] += w * (r.actual - v*r.belowActual)
	g.both[c] += w * r.both
	g.all += w * (r.all - v*r.belowAll)
}

// variance returns Σ n_ij·(∂g/∂n_ij)², the delta method's variance of a
// function of multinomial counts that does not change when all are multiplied.
func (s *State) variance(g *gradient) float64 {
	sum := 0.0
	for i := range g.both {
		for j := range g.both {
			d := g.predicted[i] + g.actual[j] + g.all
			if i == j {
				d += g.both[i]
			}
			sum += s.pairs(i, j) * d * d
		}
	}
	return sum
}
