package evaluate

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// Gap is how differently a model treats the values of a segment that is declared under
// fairness, in one window.
type Gap struct {
	Segment, Window string
	perf.FairnessValue
	Threshold float64 // above which a difference alerts, below which a ratio does
}

// Exceeded tells whether the gap is too large even with the benefit of the doubt.
func (g *Gap) Exceeded() bool { return g.excess() > 1 }

// excess orders gaps: how far they are on the way to their threshold, beyond chance.
func (g *Gap) excess() float64 {
	if g.Fairness == catalog.DisparateImpactRatio {
		return g.Threshold / g.Favourable
	}
	return g.Favourable / g.Threshold
}

// keepGap remembers a gap that may alert.
func (p *performanceView) keepGap(m *model.Model, segment, window string, f perf.FairnessValue) {
	if !slices.Contains(m.Config.Fairness, segment) {
		return
	}
	for _, x := range p.unequal[f.Fairness] {
		p.gaps = append(p.gaps, Gap{segment, window, f, x})
	}
}

// Gaps returns, as of the last Evaluate, each declared segment's gaps, each metric in the
// window and for the priority where it is worst. It is empty without declared segments, and lacks those with
// too few predictions of two values.
func (e *Evaluator) Gaps(v *model.Version) []Gap {
	w := e.views[v]
	if w == nil {
		return nil
	}
	var worst []Gap
	for _, g := range w.performance.gaps {
		i := slices.IndexFunc(worst, func(o Gap) bool { return o.Segment == g.Segment && o.Fairness == g.Fairness })
		switch {
		case i < 0:
			worst = append(worst, g)
		case g.excess() > worst[i].excess():
			worst[i] = g
		}
	}
	return worst
}
