package drift

import "math"

// KS returns the Kolmogorov–Smirnov distance of live and base on their bins:
//
//	max_j |F_j − G_j|   with F_j, G_j the shares of events up to and with bin j
//
// The bins are those of an ordered column. The result is in [0, 1]. It is NaN
// if either side has no events, and panics if the lengths differ.
//
// Between two cut points neither distribution function can move by more than
// the bin's share, so the distance of the raw samples is never smaller, and
// larger by at most the largest share that a bin has in either sample.
//
// Source: Kolmogorov, Giorn. Ist. Ital. Attuari 4, 1933; Smirnov, Ann. Math.
// Statist. 19, 1948.
func KS(live, base []uint64) float64 {
	n, m := float64(total(live)), float64(total(base))
	if n == 0 || m == 0 {
		return math.NaN()
	}
	base = base[:len(live):len(base)]
	var largest float64
	var f, g uint64
	for i, l := range live {
		f += l
		g += base[i]
		largest = max(largest, math.Abs(float64(f)/n-float64(g)/m))
	}
	return largest
}

func ksLimit(l *limits) *tail { return &l.ks }
