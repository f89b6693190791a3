package drift

import "math"

// TVD returns the total variation distance of live and base:
//
//	½ Σ |p_i − q_i|   with p = live/Σlive, q = base/Σbase
//
// It is the share of live events that would have to be in another bin, and the
// largest difference in share of any set of bins. The result is in [0, 1]. It
// is NaN if either side has no events, and panics if the lengths differ.
//
// Source: Levin, Peres and Wilmer, Markov Chains and Mixing Times, chapter 4.
func TVD(live, base []uint64) float64 {
	sum, _, _ := sumBins(live, base, tvdTerm)
	return min(1, sum)
}

func tvdTerm(b bin) float64 { return math.Abs(b.p-b.q) / 2 }

func tvdLimit(l *limits) *tail { return &l.tvd }
