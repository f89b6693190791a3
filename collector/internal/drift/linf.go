package drift

import "math"

// LInf returns the largest difference in share of any one category:
//
//	max_i |p_i − q_i|   with p = live/Σlive, q = base/Σbase
//
// The result is in [0, 1]. It is NaN if either side has no events, and panics
// if the lengths differ. For numeric columns it is not defined: bins are
// choices of ours there, categories are the user's.
//
// Source: the L-infinity (Chebyshev) distance, as TensorFlow Data Validation
// uses it for categorical features.
func LInf(live, base []uint64) float64 {
	n, m := float64(total(live)), float64(total(base))
	if n == 0 || m == 0 {
		return math.NaN()
	}
	base = base[:len(live):len(base)]
	var largest float64
	for i, l := range live {
		largest = max(largest, math.Abs(float64(l)/n-float64(base[i])/m))
	}
	return largest
}

func linfLimit(l *limits) *tail { return &l.linf }
