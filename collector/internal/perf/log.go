package perf

import "math"

// logSteps divides the mantissas 1..2; the rest of the logarithm is then a
// short series.
const logSteps = 128

// logTable has, by leading mantissa bits, the reciprocal of the step's middle
// and its logarithm.
var logTable = func() (t [logSteps]struct{ inverse, log float64 }) {
	for i := range t {
		t[i].inverse = 1 / (1 + (float64(i)+0.5)/logSteps)
		t[i].log = -math.Log(t[i].inverse)
	}
	return t
}()

// ln returns the natural logarithm of a normal x > 0 within 6e-16·max(1, |ln x|):
// five roundings of at most half a unit in the last place, 1.1e-16, in r, the
// table, k·ln 2 and two sums; what the series leaves out is below 1e-20.
// Joining a pair is mostly a logarithm, and this takes half the time of math.Log.
//
//	x = 2ᵏ·m, m·inverse = 1+r, |r| ≤ 1/256: ln x = k·ln 2 + ln(middle) + r − r²/2 + … + r⁷/7
func ln(x float64) float64 {
	bits := math.Float64bits(x)
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	t := &logTable[bits>>(52-7)&(logSteps-1)]
	r := m*t.inverse - 1
	r2 := r * r
	series := r - r2*(1./2-r*(1./3)+r2*(1./4-r*(1./5)+r2*(1./6-r*(1./7))))
	return float64(int(bits>>52)-1023)*math.Ln2 + (t.log + series)
}
