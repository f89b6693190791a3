package perf

import (
	"cmp"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// minFit is the smallest number of labels that a curve is fitted to.
const minFit = 100

// Calibrator turns scores into probabilities that the label is the class. Of a
// binary model it has the curve of the positive class, of several classes that
// of each: the probability that a prediction of the class is right.
type Calibrator struct {
	Curves []Curve `json:"curves"` // ascending by class
}

// Curve is a step function of the score. The three slices have one length.
type Curve struct {
	Class         int       `json:"class"`
	Edges         []float64 `json:"edges"`         // lower edge of each step, ascending, the first is 0
	Probabilities []float64 `json:"probabilities"` // ascending
	Labels        []int64   `json:"labels"`        // behind each step
}

// Fit fits a calibrator to a state's labels by isotonic regression on the score
// bins: the ascending probabilities nearest to the labels, by least squares,
// found by pooling adjacent violators. A class with fewer than 100 labels has
// no curve; Fit returns nil if there is none at all.
//
// Source: Zadrozny and Elkan (2002), Transforming classifier scores into
// accurate multiclass probability estimates, KDD.
func Fit(c *Config, s *State) *Calibrator {
	var k Calibrator
	for class, t := range s.scores {
		if t == nil || c.Task == catalog.Binary && class != c.Positive {
			continue
		}
		if curve, ok := fitCurve(c, class, t); ok {
			k.Curves = append(k.Curves, curve)
		}
	}
	if len(k.Curves) == 0 {
		return nil
	}
	return &k
}

// step is a run of bins pooled into one probability.
type step struct {
	from     int // bin
	right, n int64
}

func fitCurve(c *Config, class int, table []int64) (Curve, bool) {
	var steps []step
	total := int64(0)
	for b := range ScoreBins {
		right, n := outcomes(c, table[b*cells:][:cells])
		if n <= 0 {
			continue
		}
		total += n
		steps = pool(append(steps, step{b, min(max(right, 0), n), n}))
	}
	if total < minFit {
		return Curve{}, false
	}
	curve := Curve{Class: class}
	for i, p := range steps {
		edge := 0.0
		if i > 0 {
			edge = binEdge(p.from)
		}
		curve.Edges = append(curve.Edges, edge)
		curve.Probabilities = append(curve.Probabilities, float64(p.right)/float64(p.n))
		curve.Labels = append(curve.Labels, p.n)
	}
	return curve, true
}

// outcomes counts the labels of a bin, and those that are the class. Of several
// classes only predictions of the class count: only those are estimated, and a
// score that wins means more than the same score that loses.
func outcomes(c *Config, row []int64) (right, n int64) {
	right, n = row[pairCell(true, true)], row[pairCell(true, true)]+row[pairCell(true, false)]
	if c.Task == catalog.Binary {
		right += row[pairCell(false, true)]
		n += row[pairCell(false, true)] + row[pairCell(false, false)]
	}
	return right, n
}

// pool joins the last step with those before it until they ascend strictly.
func pool(steps []step) []step {
	for i := len(steps) - 1; i > 0; i-- {
		a, b := &steps[i-1], steps[i]
		if float64(a.right)*float64(b.n) < float64(b.right)*float64(a.n) {
			break
		}
		a.right += b.right
		a.n += b.n
		steps = steps[:i]
	}
	return steps
}

// curve returns the curve of a class, or nil.
func (k *Calibrator) curve(class int) *Curve {
	i, ok := slices.BinarySearchFunc(k.Curves, class, func(c Curve, class int) int { return cmp.Compare(c.Class, class) })
	if !ok || !k.Curves[i].valid() {
		return nil
	}
	return &k.Curves[i]
}

// valid tells a curve that Fit made from one that somebody edited.
func (c *Curve) valid() bool {
	n := len(c.Edges)
	return n > 0 && len(c.Probabilities) == n && len(c.Labels) == n &&
		slices.IsSorted(c.Edges) && slices.IsSorted(c.Probabilities) &&
		isProbability(c.Probabilities[0]) && isProbability(c.Probabilities[n-1]) &&
		slices.Min(c.Labels) > 0
}
