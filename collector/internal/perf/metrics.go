package perf

import (
	"cmp"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Metrics returns every metric that the task defines and the sums allow, in
// the catalogue's order, with 99 % intervals. One without enough behind it is
// absent: shares need one trial, means two, roc_auc two labels of either class,
// pr_auc one positive, r2 two different labels.
func (s *State) Metrics(c *Config) []Value { return s.metrics(usual, c) }

// MetricsAt is Metrics with intervals that miss the truth by chance with
// probability alpha, in (0, 0.5), at either end.
func (s *State) MetricsAt(c *Config, alpha float64) []Value { return s.metrics(levelOf(alpha), c) }

func (s *State) metrics(l level, c *Config) []Value {
	var vs []Value
	switch c.Task {
	case catalog.Binary:
		vs = append(s.confused(l, c.Positive), s.scored(l, c)...)
	case catalog.Multiclass:
		vs = append(s.confusedAll(l), s.scored(l, c)...)
	case catalog.Regression:
		vs = s.regression(l)
	case catalog.Ranking:
		vs = s.ranking(l)
	}
	return ordered(vs)
}

// ordered returns the finite values in the catalogue's order, within their bounds
// whatever rounding did.
func ordered(vs []Value) []Value {
	for i := range vs {
		v := &vs[i]
		v.Lower, v.Upper = min(v.Lower, v.Value), max(v.Upper, v.Value)
	}
	vs = slices.DeleteFunc(vs, func(v Value) bool { return !v.finite() })
	slices.SortStableFunc(vs, func(a, b Value) int {
		return cmp.Compare(slices.Index(catalog.Metrics, a.Metric), slices.Index(catalog.Metrics, b.Metric))
	})
	return vs
}
