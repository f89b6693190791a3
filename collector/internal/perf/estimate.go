package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Estimate returns the metrics to expect of all predictions in s, without
// their labels (confidence-based performance estimation, CBPE): binary
// accuracy, precision, recall, F1 and roc_auc, of several classes accuracy and
// the mean precision of the predicted ones. Each prediction counts as a
// fraction of a right and of a wrong one, by the calibrated probability of its
// score. Predictions without class or scores, and of classes without a curve,
// are left out.
//
// The interval holds the realised value if the scores mean what they meant when
// the calibrator was fitted. Its variance, by the delta method, has two parts:
// p(1−p) of each label, and p(1−p)/labels of each step of the curve, which all
// predictions on the step share.
//
// Source: the method of NannyML (Kivimäki et al. 2024, Confidence-based
// estimators for predictive performance in model monitoring).
func (k *Calibrator) Estimate(c *Config, s *State) []Value { return k.estimate(usual, c, s) }

// EstimateAt is Estimate with intervals that miss the truth by chance with
// probability alpha, in (0, 0.5), at either end.
func (k *Calibrator) EstimateAt(c *Config, s *State, alpha float64) []Value {
	return k.estimate(levelOf(alpha), c, s)
}

func (k *Calibrator) estimate(l level, c *Config, s *State) []Value {
	if k == nil {
		return nil
	}
	switch c.Task {
	case catalog.Binary:
		return k.estimateBinary(l, c, s)
	case catalog.Multiclass:
		return k.estimateClasses(l, s)
	}
	return nil
}

// expected are the predictions of one bin and predicted class.
type expected struct {
	n, p      float64 // predictions; probability that the label is the class
	bin       int
	step      int     // of all curves
	ofClass   bool    // the class is predicted
	labels    float64 // behind the step
	predicted int
}

// expectations returns what s holds of a class on its curve, in the bins'
// order. Steps are numbered from first on.
func (curve *Curve) expectations(table []int64, first int) []expected {
	var es []expected
	step := 0
	for b := range ScoreBins {
		edge := binEdge(b)
		for step+1 < len(curve.Edges) && curve.Edges[step+1] <= edge {
			step++
		}
		for cell := allOther; cell <= allClass; cell++ {
			if n := table[b*cells+cell]; n > 0 {
				es = append(es, expected{float64(n), curve.Probabilities[step], b, first + step,
					cell == allClass, float64(curve.Labels[step]), curve.Class})
			}
		}
	}
	return es
}

// around returns the estimate v with its interval; slope is the change of v
// when one of the predictions of e turns out to be of the class.
func (l level) around(m catalog.Metric, v float64, es []expected, slope func(e *expected) float64) Value {
	labels, curve, n := 0.0, 0.0, 0.0
	for i := 0; i < len(es); {
		shared, first := 0.0, &es[i]
		for ; i < len(es) && es[i].step == first.step; i++ {
			e, d := &es[i], slope(&es[i])
			labels += e.n * e.p * (1 - e.p) * d * d
			shared += e.n * d
			n += e.n
		}
		p := (first.p*first.labels + 2) / (first.labels + 4) // a step of 0 or 1 is not sure
		curve += shared * shared * p * (1 - p) / first.labels
	}
	return l.areaInterval(m, v, math.Sqrt(labels+curve), n)
}

func (k *Calibrator) estimateBinary(l level, c *Config, s *State) []Value {
	curve := k.curve(c.Positive)
	if curve == nil || c.Positive >= len(s.scores) || s.scores[c.Positive] == nil {
		return nil
	}
	es := curve.expectations(s.scores[c.Positive], 0)
	var tp, fp, fn, tn float64
	for _, e := range es {
		if e.ofClass {
			tp, fp = tp+e.n*e.p, fp+e.n*(1-e.p)
		} else {
			fn, tn = fn+e.n*e.p, tn+e.n*(1-e.p)
		}
	}
	var vs []Value
	add := func(m catalog.Metric, above, below, ifClass, ifOther, perLabel float64) {
		if below <= 0 {
			return
		}
		v := above / below
		vs = append(vs, l.around(m, v, es, func(e *expected) float64 {
			if e.ofClass {
				return (ifClass - v*perLabel) / below
			}
			return (ifOther - v*perLabel) / below
		}))
	}
	add(catalog.Accuracy, tp+tn, tp+fp+fn+tn, 1, -1, 0)
	add(catalog.Precision, tp, tp+fp, 1, 0, 0)
	add(catalog.Recall, tp, tp+fn, 1, 0, 1)
	add(catalog.F1, 2*tp, 2*tp+fp+fn, 2, 0, 1)
	if v, ok := estimateAUC(l, es); ok {
		vs = append(vs, v)
	}
	return ordered(vs)
}

// estimateAUC is the area for fractions of positives and negatives. A label that
// turns positive adds its rank among the negatives and takes away that among
// the positives.
func estimateAUC(l level, es []expected) (v Value, ok bool) {
	r := ranks{positive: make([]float64, ScoreBins), negative: make([]float64, ScoreBins)}
	for _, e := range es {
		r.positive[e.bin] += e.n * e.p
		r.negative[e.bin] += e.n * (1 - e.p)
		r.m += e.n * e.p
		r.n += e.n * (1 - e.p)
	}
	v, ok = r.auc(l)
	if !ok {
		return v, false
	}
	slopes := make([]float64, ScoreBins)
	below, above := 0.0, r.m
	for b := range slopes {
		above -= r.positive[b]
		overNegatives := (below + r.negative[b]/2) / r.n
		underPositives := (above + r.positive[b]/2) / r.m
		slopes[b] = (overNegatives-v.Value)/r.m - (underPositives-v.Value)/r.n
		below += r.negative[b]
	}
	return l.around(catalog.ROCAUC, v.Value, es, func(e *expected) float64 { return slopes[e.bin] }), true
}

func (k *Calibrator) estimateClasses(l level, s *State) []Value {
	var es []expected
	steps, classes, all, right, precision := 0, 0.0, 0.0, 0.0, 0.0
	predicted := make([]float64, len(s.scores))
	for class, t := range s.scores {
		curve := k.curve(class)
		if t == nil || curve == nil {
			continue
		}
		own, n := 0.0, 0.0
		for _, e := range curve.expectations(t, steps) {
			if e.ofClass {
				es = append(es, e)
				own, n = own+e.n*e.p, n+e.n
			}
		}
		steps += len(curve.Edges)
		if n > 0 {
			predicted[class] = n
			all, right, classes, precision = all+n, right+own, classes+1, precision+own/n
		}
	}
	if all == 0 {
		return nil
	}
	return ordered([]Value{
		l.around(catalog.Accuracy, right/all, es, func(*expected) float64 { return 1 / all }),
		l.around(catalog.Precision, precision/classes, es, func(e *expected) float64 {
			return 1 / (classes * predicted[e.predicted])
		}),
	})
}
