package evaluate

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/joint"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

// togetherView is the published side of features taken together.
type togetherView struct {
	base      *joint.Base
	threshold float64 // lowest one; +Inf if none
	windows   []togetherWindow
	compared  []Comparison // of the last set, by window with enough rows
}

// togetherWindow is the pair of series of one window.
type togetherWindow struct {
	stat
	alpha float64
}

// newTogetherView returns nil if the baseline knows of no features that go together.
func newTogetherView(w *view) *togetherView {
	m := w.version.Model
	t := &togetherView{base: m.Multivariate(), threshold: math.Inf(1)}
	if t.base == nil {
		return nil
	}
	name := string(catalog.PCAReconstruction)
	thresholds := m.Config.MultivariateThresholds()[catalog.PCAReconstruction]
	for _, p := range catalog.Priorities {
		if x, ok := thresholds[p]; ok {
			w.constant(x, &catalog.MultivariateDriftThreshold, name, string(p))
			t.threshold = min(t.threshold, x)
		}
	}
	for _, d := range w.cfg.Global.Windows {
		t.windows = append(t.windows, togetherWindow{
			stat{catalog.PCAReconstruction,
				w.series(&catalog.MultivariateDrift, name, w.baseline(), label(d)),
				w.series(&catalog.MultivariateDriftCritical, name, w.baseline(), label(d))},
			w.alpha(d),
		})
	}
	return t
}

// set publishes the gauges of every window.
func (t *togetherView) set(w *view) {
	if t == nil {
		return
	}
	t.compared = t.compared[:0]
	g := &w.cfg.Global
	for k := range t.windows {
		tw := &t.windows[k]
		c := Comparison{Statistic: t.windows[k].name, Window: label(g.Windows[k]), Distance: nan, Critical: nan, Threshold: t.threshold}
		live := w.version.RowErrors(k)
		if live.Rows() >= float64(g.MinValues) {
			c.Distance = t.base.Effect(&live)
			c.Critical = t.base.Critical(&live, g.Windows[k], tw.alpha)
			t.compared = append(t.compared, c)
		}
		w.shard.Set(tw.distance, c.Distance)
		w.shard.Set(tw.critical, c.Critical)
	}
}

// Together returns, as of the last Evaluate, how differently from the baseline
// features go together in the window where they do most. It is false if nothing is
// known.
func (e *Evaluator) Together(v *model.Version) (Comparison, bool) {
	w := e.views[v]
	if w == nil || w.together == nil || len(w.together.compared) == 0 {
		return Comparison{}, false
	}
	return worstOf(w.together.compared)[0], true
}
