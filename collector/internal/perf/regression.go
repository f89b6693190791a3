package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// regression returns the metrics of a regression, from two pairs on.
//
// The means (mae, mape, bias) have Student's interval. RMSE and R² have the
// delta method's on the logarithm of the mean square and of 1−R², both > 0 and
// skewed to the right, which covers better than on themselves for few labels:
// rmse·exp(±t·se/2), with se the relative standard error of the mean square.
func (s *State) regression(l level) []Value {
	n, r := float64(s.n[nValues]), float64(s.n[nRelative])
	var vs []Value
	if n >= 2 {
		square := s.f[fSquare] / n
		half := 0.0
		if square > 0 {
			half = l.student(n-1) * relativeError(n, s.f[fSquare], s.f[fSquare2])
		}
		rmse := math.Sqrt(max(square, 0))
		vs = append(vs,
			l.averageLoss(catalog.MAE, n, s.f[fAbsolute], s.f[fSquare]),
			Value{catalog.RMSE, rmse, rmse * math.Exp(-half/2), rmse * math.Exp(half/2)},
			l.average(catalog.Bias, n, s.f[fError], s.f[fSquare]))
		if v, ok := s.y.r2(l, s.f[fSquare2]); ok {
			vs = append(vs, v)
		}
	}
	if r >= 2 {
		vs = append(vs, l.averageLoss(catalog.MAPE, r, s.f[fRelative], s.f[fRelative2]))
	}
	return vs
}

// relativeError returns the standard error of a mean relative to it.
func relativeError(n, sum, squares float64) float64 {
	mean := sum / n
	return math.Sqrt(max(squares/n-mean*mean, 0)/(n-1)) / mean
}

// r2 returns 1 − A/B with A = mean of e², B = variance of y; fourth is Σe⁴. The
// standard error of ln(A/B) is that of the mean of e²/A − (y−ȳ)²/B. It is not
// ok if the labels are equal, as far as their digits tell.
func (d *spread) r2(l level, fourth float64) (v Value, ok bool) {
	if d.n < 2 {
		return v, false
	}
	m := d.about(d.centre + d.s1/d.n)
	a, b := m.e0/m.n, m.s2/m.n
	if b <= 1e-14*(d.s2/d.n) {
		return v, false
	}
	if a <= 0 {
		return Value{catalog.R2, 1, 1, 1}, true
	}
	variance := fourth/m.n/(a*a) - 2*m.e2/m.n/(a*b) + m.s4/m.n/(b*b)
	half := l.student(m.n-1) * math.Sqrt(max(variance, 0)/(m.n-1))
	ratio := a / b
	return Value{catalog.R2, 1 - ratio, 1 - ratio*math.Exp(half), 1 - ratio*math.Exp(-half)}, true
}
