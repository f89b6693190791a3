package validate

import (
	"fmt"
	"math"
	"slices"
	"time"

	promodel "github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// blindAlpha is a false alarm in a thousand comparisons: limits are at less than that.
const blindAlpha = 1e-3

// blindBelow is the number of independent values up to which no distance can exceed
// chance: by the inequality of Dvoretzky, Kiefer and Wolfowitz (Massart 1990) ks of n
// values stays below √(ln(2/α)/2n), which is 1, the most that ks can be, at ln(2/α)/2.
var blindBelow = math.Log(2/blindAlpha) / 2

// blind names the features of a baseline whose own blocks of a window's length differ
// so much that a window is worth too few independent values.
func (r *report) blind(model string, f *baseline.File, windows []time.Duration) {
	if f == nil {
		return
	}
	for _, w := range windows {
		var names []string
		for i := range f.Features {
			if worth(&f.Features[i], w) <= blindBelow {
				names = append(names, fmt.Sprintf("%q", printable(f.Features[i].Name)))
			}
		}
		if len(names) > 0 {
			r.note("windows of %s of model %q cannot show drift of %s: the baseline's own stretches of that length differ as much; use shorter windows, or a longer baseline",
				span(w), model, few(names))
		}
	}
}

// span writes a window as the label of its series.
func span(w time.Duration) string {
	if w%time.Hour == 0 {
		return fmt.Sprintf("%dh", w/time.Hour)
	}
	return promodel.Duration(w).String()
}

// worth is how many independent values a window has: n values of correlation ρ within
// a block are worth n/(1+(n-1)ρ). It is +Inf where blocks of that length were not measured.
func worth(c *baseline.Column, window time.Duration) float64 {
	i := slices.IndexFunc(c.Effects, func(e drift.Effect) bool { return e.Seconds == window.Seconds() })
	if i < 0 {
		return math.Inf(1)
	}
	e := &c.Effects[i]
	return e.Values / (1 + max(0, e.Values-1)*e.Correlation[catalog.KS])
}
