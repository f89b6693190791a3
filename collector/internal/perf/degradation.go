package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// minBase is the smallest |baseline value| that a loss is relative to: of
// shares and probabilities a thousandth, since a tenfold rise from 0.0001 is no
// loss anyone feels; of errors in target units whatever is not 0.
const minBase = 1e-3

// Degradation returns the loss of v relative to the baseline's value, positive
// if v is worse whatever the metric's direction, and the loss at the favourable
// end of v's interval:
//
//	(base − v) / |base|  where higher is better
//	(v − base) / |base|  where lower is better
//
// It is not ok for a metric without direction (bias) and for a base too near 0:
// below 0.001, of mae, rmse and mape below 1e-300. A negative R² is as good a
// base as a positive one.
func Degradation(m catalog.Metric, base float64, v Value) (loss, lower float64, ok bool) {
	limit := minBase
	switch m {
	case catalog.MAE, catalog.RMSE, catalog.MAPE:
		limit = 1e-300
	}
	scale := math.Abs(base)
	if !(scale >= limit) || math.IsInf(base, 0) || !v.finite() {
		return 0, 0, false
	}
	switch m.Better() {
	case catalog.Higher:
		loss, lower = (base-v.Value)/scale, (base-v.Upper)/scale
	case catalog.Lower:
		loss, lower = (v.Value-base)/scale, (v.Lower-base)/scale
	default:
		return 0, 0, false
	}
	return loss, lower, !math.IsInf(loss, 0) && !math.IsInf(lower, 0)
}
