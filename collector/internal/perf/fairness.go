package perf

import (
	"github.com/model-exporter/model_exporter/collector/catalog"
)

// FairnessValue is a difference between the values of a segment, and how much of it
// is left at the end of its interval that is nearer to equal treatment.
type FairnessValue struct {
	Fairness          catalog.Fairness
	Value, Favourable float64
}

// Fairness compares a binary model's outcomes between the values of a segment,
// in the catalogue's order. A group counts if it has at least minimum
// predictions with a class (parity, impact) or positive labels with a predicted
// class (opportunity); two such groups are needed. There is none for other
// tasks, and no ratio if no group has a positive prediction. A group may be nil.
//
// The largest and the smallest share are picked by looking. So the favourable end is
// that of the two groups that surely differ most, of all g·(g−1) ordered pairs, and
// alpha says how unlikely chance has to make each of so many comparisons: if no two
// groups differ by more than a limit, then by Bonferroni one of them seems to with the
// probability of all comparisons together at most.
func Fairness(c *Config, groups []*State, minimum int64, alpha func(comparisons int) float64) []FairnessValue {
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
	positive := shares(chosen, minimum, alpha)
	if len(positive) > 0 {
		vs = append(vs, difference(catalog.DemographicParityDifference, positive))
	}
	if recall := shares(found, minimum, alpha); len(recall) > 0 {
		vs = append(vs, difference(catalog.EqualOpportunityDifference, recall))
	}
	if v, ok := impact(positive); ok {
		vs = append(vs, v)
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

// shares returns the share of each group that is large enough, with an interval as
// wide as the comparison of all pairs asks for; none of a single group.
func shares(groups []trials, minimum int64, alpha func(comparisons int) float64) []Value {
	var kept []trials
	for _, g := range groups {
		if g.n >= max(minimum, 1) && g.k >= 0 && g.k <= g.n {
			kept = append(kept, g)
		}
	}
	if len(kept) < 2 {
		return nil
	}
	l := levelOf(alpha(len(kept) * (len(kept) - 1)))
	vs := make([]Value, len(kept))
	for i, g := range kept {
		vs[i] = l.exact("", float64(g.k)/float64(g.n), float64(g.n))
	}
	return vs
}

// difference is the largest one of two groups, with the limit of Zou and Donner, see
// Excess.
func difference(f catalog.Fairness, vs []Value) FairnessValue {
	smallest, largest := extremes(vs)
	d := FairnessValue{Fairness: f, Value: largest - smallest}
	for _, a := range vs {
		if a.Lower-smallest <= d.Favourable { // no other group is far enough away: there may be thousands
			continue
		}
		for _, b := range vs {
			d.Favourable = max(d.Favourable, Excess(b, a))
		}
	}
	return d
}

// impact is the smallest ratio of one group's share to another's, with the limit of
// Donner and Zou, see Degradation.
func impact(vs []Value) (f FairnessValue, ok bool) {
	smallest, largest := extremes(vs)
	if largest <= 0 {
		return f, false
	}
	f = FairnessValue{catalog.DisparateImpactRatio, smallest / largest, 1}
	for _, a := range vs {
		if smallest >= f.Favourable*a.Lower { // as in difference
			continue
		}
		for _, b := range vs {
			f.Favourable = min(f.Favourable, -ratioAtLeast(-b.Value/a.Value, (b.Upper-b.Value)/a.Value, (a.Value-a.Lower)/a.Value))
		}
	}
	return f, true
}

// extremes returns the smallest and the largest value, 1 and 0 of none.
func extremes(vs []Value) (smallest, largest float64) {
	smallest = 1
	for _, v := range vs {
		smallest, largest = min(smallest, v.Value), max(largest, v.Value)
	}
	return smallest, largest
}
