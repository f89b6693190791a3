package drift

import "math"

// Wasserstein returns the 1-Wasserstein (earth mover's) distance of live and
// base in standard deviations of the baseline:
//
//	1/Scale · ∫ |F(x) − G(x)| dx
//
// F and G are taken as linear inside the bounded bins. In the two open bins,
// where only the mean is known, live and base are assumed not to cross, that is
// to say one of them has more mass beyond every point; the integral is then
//
//	|p·(High_live − e) − q·(High_base − e)|
//
// with p and q the shares of the last bin and e the last cut point (likewise
// for the first). Values of ±Inf count as being at the cut point.
//
// The result is ≥ 0. It is NaN if either side has no events or Scale is not
// positive and finite, and panics if the lengths do not fit.
//
// From the exact distance of the raw samples it differs by at most
// WassersteinError.
//
// Source: Vallender, Theory Probab. Appl. 18, 1974 (the formula on the line).
func Wasserstein(s *Shape, live, base Side) float64 {
	n, m := float64(total(live.Counts)), float64(total(base.Counts))
	if n == 0 || m == 0 || !positive(s.Scale) || len(s.Edges) == 0 {
		return math.NaN()
	}
	last := len(s.Edges)
	baseCounts := base.Counts[: last+1 : len(base.Counts)]
	var area float64
	var f, g uint64
	var before float64 // F − G at the bin's lower cut point
	for i, l := range live.Counts[:last] {
		f += l
		g += baseCounts[i]
		d := float64(f)/n - float64(g)/m
		if i > 0 {
			area += (s.Edges[i] - s.Edges[i-1]) * meanAbs(before, d)
		}
		before = d
	}
	lowLive, lowBase := beyond(live.Counts[0], n, s.Edges[0], live.Low), beyond(baseCounts[0], m, s.Edges[0], base.Low)
	highLive, highBase := beyond(live.Counts[last], n, s.Edges[last-1], live.High), beyond(baseCounts[last], m, s.Edges[last-1], base.High)
	return (area + math.Abs(lowLive-lowBase) + math.Abs(highLive-highBase)) / s.Scale
}

// beyond is the area under a distribution's tail: share of the open bin times
// the mean distance of its values from the cut point.
func beyond(count uint64, n, edge, mean float64) float64 {
	if count == 0 || math.IsNaN(mean) {
		return 0
	}
	return float64(count) / n * math.Abs(mean-edge)
}

// meanAbs is the mean of |y| where y goes linearly from a to b.
func meanAbs(a, b float64) float64 {
	if a*b >= 0 {
		return math.Abs(a+b) / 2
	}
	return (a*a + b*b) / (2 * (math.Abs(a) + math.Abs(b)))
}

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 1) }

// WassersteinError bounds how far Wasserstein is from the exact distance of the
// raw samples, in the same unit:
//
//	1/Scale · (Σ w_j·(p_j + q_j)/2 + 2·min(p·(High_live − e), q·(High_base − e)) + the same for Low)
//
// The sum is over the bounded bins with widths w_j: a distribution function and
// a straight line between the same ends enclose at most half the rectangle. An
// open bin errs only if the two tails cross, and then by no more than twice the
// smaller one.
func WassersteinError(s *Shape, live, base Side) float64 {
	n, m := float64(total(live.Counts)), float64(total(base.Counts))
	if n == 0 || m == 0 || !positive(s.Scale) || len(s.Edges) == 0 {
		return math.NaN()
	}
	last := len(s.Edges)
	var bound float64
	for i := 1; i < last; i++ {
		share := float64(live.Counts[i])/n + float64(base.Counts[i])/m
		bound += (s.Edges[i] - s.Edges[i-1]) * share / 2
	}
	low := min(beyond(live.Counts[0], n, s.Edges[0], live.Low), beyond(base.Counts[0], m, s.Edges[0], base.Low))
	high := min(beyond(live.Counts[last], n, s.Edges[last-1], live.High), beyond(base.Counts[last], m, s.Edges[last-1], base.High))
	return (bound + 2*low + 2*high) / s.Scale
}

func wassersteinLimit(l *limits) *tail { return &l.wasserstein }
