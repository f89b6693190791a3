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
// if v is worse whatever the metric's direction:
//
//	(base − v) / |base|  where higher is better
//	(v − base) / |base|  where lower is better
//
// and the smallest loss that fits both samples, since a baseline of few labels is no
// better known than a window of as many. With Δ, how far chance may have moved either
// value in the direction that looks like a loss (from v to the better end of its
// interval, from base to the worse end of its own), it is the largest c below the
// loss at which the value w that would be a loss of c is still that far from v:
//
//	(v − w)² = Δv² + (w/base)²·Δbase²   w = base ∓ c·|base|
//
// It misses the true loss by chance with the probability of the two intervals, which
// have to be of one level (see At). lower is −∞ if no loss is too small to fit: the
// baseline is not known to differ from 0.
//
// It is not ok for a metric without direction (bias) and for a base too near 0:
// below 0.001, of mae, rmse and mape below 1e-300. A negative R² is as good a
// base as a positive one.
//
// Source: Fieller (1954), JRSS B 16, for normal means; Donner and Zou (2012),
// Closed-form confidence intervals for functions of the normal mean and standard
// deviation, SMMR 21, for the intervals of any two independent estimates (MOVER).
func Degradation(m catalog.Metric, base, v Value) (loss, lower float64, ok bool) {
	limit := minBase
	switch m {
	case catalog.MAE, catalog.RMSE, catalog.MAPE:
		limit = 1e-300
	}
	scale := math.Abs(base.Value)
	if !(scale >= limit) || !base.finite() || !v.finite() {
		return 0, 0, false
	}
	sign := math.Copysign(1, base.Value)
	switch m.Better() {
	case catalog.Higher:
		loss = (base.Value - v.Value) / scale
		lower = sign + ratioAtLeast(-v.Value/scale, (v.Upper-v.Value)/scale, (base.Value-base.Lower)/scale)
	case catalog.Lower:
		loss = (v.Value - base.Value) / scale
		lower = ratioAtLeast(v.Value/scale, (v.Value-v.Lower)/scale, (base.Upper-base.Value)/scale) - sign
	default:
		return 0, 0, false
	}
	return loss, min(lower, loss), !math.IsInf(loss, 0) && !math.IsNaN(lower)
}

// ratioAtLeast returns the lower limit of the ratio of r to 1, where r may be too
// large by dr and 1 too small by d: the largest c < r with (r−c)² = dr² + c²·d², −∞ if
// there is none.
func ratioAtLeast(r, dr, d float64) float64 {
	a := (1 - d) * (1 + d)
	square := dr*dr*a + d*d*r*r
	switch {
	case square < 0, r <= 0 && a <= 0:
		return math.Inf(-1)
	case r > 0: // the same as below without the difference of two large numbers
		return (r - dr) * (r + dr) / (r + math.Sqrt(square))
	}
	return (r - math.Sqrt(square)) / a
}

// Excess returns how much larger v is than base at least, in the metric's own unit, by
// the same reasoning as Degradation; their difference is negative for what chance may
// have made of no excess at all:
//
//	v − base − √((v − v.Lower)² + (base.Upper − base)²)
//
// Source: Zou and Donner (2008), Construction of confidence limits about effect
// measures, Statistics in Medicine 27.
func Excess(base, v Value) float64 {
	return v.Value - base.Value - math.Hypot(v.Value-v.Lower, base.Upper-base.Value)
}
