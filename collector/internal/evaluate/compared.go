package evaluate

import (
	"cmp"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

// Comparison is how far a column, or features together, are from the baseline in one
// window by one statistic, with the values that give it a meaning.
type Comparison struct {
	Column    string // feature or output
	Output    bool
	Statistic catalog.Statistic
	Window    string
	Distance  float64
	Critical  float64 // what chance alone reaches
	Threshold float64 // from which it alerts; +Inf for never

	// Shorter and Longer are the windows next to this one in which a drifted column is
	// near the baseline: it is over, or it has just begun. Empty if there is none.
	Shorter, Longer string
}

// Drifted tells whether the distance is both significant and considerable.
func (c *Comparison) Drifted() bool { return c.Distance > c.Critical && c.Distance > c.Threshold }

// excess orders comparisons: how far the distance is above what it must exceed.
func (c *Comparison) excess() float64 { return c.Distance / max(c.Critical, c.Threshold) }

// keep remembers a result that alerts, or would if it had a threshold.
func (c *columnView) keep(w *view, window string, r drift.Result) {
	limit, alerts := c.limits[r.Statistic]
	if !alerts {
		if r.Statistic != catalog.PSI {
			return
		}
		limit = lowest(nil)
	}
	w.compared = append(w.compared, Comparison{
		Column: c.column.Name, Output: c.column.Output, Statistic: r.Statistic, Window: window,
		Distance: r.Distance, Critical: r.Critical, Threshold: limit,
	})
}

// driftedRatio is the share of features whose psi drifted, NaN of none.
func driftedRatio(compared []Comparison) float64 {
	n, drifted := 0.0, 0.0
	for i := range compared {
		c := &compared[i]
		if c.Output || c.Statistic != catalog.PSI {
			continue
		}
		n++
		if c.Drifted() {
			drifted++
		}
	}
	return drifted / n
}

// Compared returns, as of the last Evaluate, the comparison of each feature and of each
// output in the window and by the statistic where it is worst, the worst first. They are
// empty without a baseline, and lack columns with too few values.
func (e *Evaluator) Compared(v *model.Version) (features, outputs []Comparison) {
	w := e.views[v]
	if w == nil {
		return nil, nil
	}
	for _, c := range worstOf(w.compared) {
		if c.Output {
			outputs = append(outputs, c)
		} else {
			features = append(features, c)
		}
	}
	return features, outputs
}

// worstOf returns the worst comparison of each column, the worst first. all is in the
// order of windows, the shortest first.
func worstOf(all []Comparison) []Comparison {
	type column struct {
		name   string
		output bool
	}
	worst := make([]Comparison, 0, len(all))
	place := map[column]int{}
	from := make([]int, 0, len(all)) // in all
	for i := range all {
		key := column{all[i].Column, all[i].Output}
		at, ok := place[key]
		switch {
		case !ok:
			place[key] = len(worst)
			worst, from = append(worst, all[i]), append(from, i)
		case all[i].excess() > worst[at].excess():
			worst[at], from[at] = all[i], i
		}
	}
	for i := range all {
		c := &all[i]
		at := place[column{c.Column, c.Output}]
		w := &worst[at]
		if !w.Drifted() || c.Statistic != w.Statistic || c.Window == w.Window || c.Distance > c.Threshold {
			continue // with few values a large distance may be chance, and may not be
		}
		if i < from[at] {
			w.Shorter = c.Window
		} else if w.Longer == "" {
			w.Longer = c.Window
		}
	}
	slices.SortStableFunc(worst, func(a, b Comparison) int { return cmp.Compare(b.excess(), a.excess()) })
	return worst
}

// Tolerated returns, by Checks of the i-th column, the share of failing values above the
// baseline's own that alerts; +Inf for never.
func (e *Evaluator) Tolerated(v *model.Version, i int) []float64 {
	w := e.views[v]
	if w == nil || i >= len(w.columns) {
		return nil
	}
	return w.columns[i].tolerated
}
