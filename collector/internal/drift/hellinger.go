package drift

import "math"

// Hellinger returns the Hellinger distance of live and base:
//
//	sqrt(½ Σ (√p_i − √q_i)²)   with p = live/Σlive, q = base/Σbase
//
// The result has no unit, is in [0, 1], 0 for equal shares and 1 for samples
// without a common bin. It is NaN if either side has no events, and panics if
// the lengths differ.
//
// Without drift 8·H²·nm/(n+m) tends to χ² with B−1 degrees of freedom.
//
// Source: Hellinger, J. reine angew. Math. 136, 1909; as a test statistic
// (up to factors) Freeman and Tukey, Ann. Math. Statist. 21, 1950.
func Hellinger(live, base []uint64) float64 {
	return hellingerFinish(sumBins(live, base, hellingerTerm))
}

func hellingerTerm(b bin) float64 {
	d := math.Sqrt(b.p) - math.Sqrt(b.q)
	return 4 * d * d
}

// hellingerFinish keeps rounding from exceeding 1.
func hellingerFinish(sum, _, _ float64) float64 { return math.Sqrt(min(1, sum/8)) }
