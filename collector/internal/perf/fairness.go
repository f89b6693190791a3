package perf

import (
	"github.com/model-exporter/model_exporter/collector/catalog"
)

// FairnessValue is a difference between the values of a segment, with its 99 %
// interval.
type FairnessValue struct {
	Fairness            catalog.Fairness
	Value, Lower, Upper float64
}

// Favourable returns the end of the interval that is nearer to equal treatment:
// the lower one of a difference, the upper one of a ratio.
func (v FairnessValue) Favourable() float64 {
	if v.Fairness == catalog.DisparateImpactRatio {
		return v.Upper
	}
	return v.Lower
}

// Fairness compares a binary model's outcomes between the values of a segment,
// in the catalogue's order. A group counts if it has at least minimum
// predictions with a class (parity, impact) or positive labels with a predicted
// class (opportunity); two such groups are needed. There is none for other
// tasks, and no ratio if no group has a positive prediction. A group may be nil.
//
// The largest and smallest share are picked by looking, so their interval has
// to hold for every group at once: it is made of Wilson intervals of each of g
// groups at 1−0.01/g. It covers more often than 99 %.
func Fairness(c *Config, groups []*State, minimum int64) []FairnessValue {
	if c.Task != catalog.Binary {
		return nil
	}
	var chosen, found []trials
	for _, s := range groups {
		if s == nil {
			continue
		}
		chosen = append(chosen, s.chosen(c.Positive))
		found = append(found, s.found(c.Positive))
	}
	var vs []FairnessValue
	positive, ok := extremesOf(chosen, minimum)
	if ok {
		vs = append(vs, positive.difference(catalog.DemographicParityDifference))
	}
	if recall, ok := extremesOf(found, minimum); ok {
		vs = append(vs, recall.difference(catalog.EqualOpportunityDifference))
	}
	if ok && positive.largest.Value > 0 {
		vs = append(vs, positive.ratio(catalog.DisparateImpactRatio))
	}
	return vs
}

// trials are k successes of n.
type trials struct{ k, n int64 }

// chosen counts positive predictions.
func (s *State) chosen(positive int) trials {
	t := trials{k: s.Predicted(positive)}
	for _, n := range s.predicted {
		t.n += n
	}
	return t
}

// found counts positives that were predicted as such.
func (s *State) found(positive int) trials {
	t := trials{k: s.Confusion(positive, positive)}
	for i := range s.side() {
		t.n += s.Confusion(i, positive)
	}
	return t
}

// extremes hold the largest and the smallest share of several groups, with
// bounds of the largest and smallest true share.
type extremes struct{ largest, smallest Value }

func extremesOf(groups []trials, minimum int64) (e extremes, ok bool) {
	var kept []trials
	for _, g := range groups {
		if g.n >= max(minimum, 1) && g.k >= 0 && g.k <= g.n {
			kept = append(kept, g)
		}
	}
	if len(kept) < 2 {
		return e, false
	}
	e.smallest = Value{Value: 1, Lower: 1, Upper: 1}
	zg := levelOf(0.005 / float64(len(kept)))
	for _, g := range kept {
		v := zg.wilson("", float64(g.k)/float64(g.n), float64(g.n))
		e.largest = Value{"", max(e.largest.Value, v.Value), max(e.largest.Lower, v.Lower), max(e.largest.Upper, v.Upper)}
		e.smallest = Value{"", min(e.smallest.Value, v.Value), min(e.smallest.Lower, v.Lower), min(e.smallest.Upper, v.Upper)}
	}
	return e, true
}

func (e extremes) difference(f catalog.Fairness) FairnessValue {
	a, b := e.largest, e.smallest
	return FairnessValue{f, a.Value - b.Value, max(a.Lower-b.Upper, 0), a.Upper - b.Lower}
}

func (e extremes) ratio(f catalog.Fairness) FairnessValue {
	a, b := e.largest, e.smallest
	upper := 1.0
	if a.Lower > 0 {
		upper = min(b.Upper/a.Lower, 1)
	}
	return FairnessValue{f, b.Value / a.Value, b.Lower / a.Upper, upper}
}
