package drift

import "math"

// Quantile returns the quantile q of a sample known by its counts over the fine
// bins of edges: the value that a share q of the events does not exceed, with
// values spread evenly inside each bin. lowest and highest are the sample's
// finite extremes; they end the open bins and bound the result. It errs by at
// most the width of the bin that it falls in. It is NaN for an empty sample and
// for a q that is not in [0, 1].
//
// Source: Hyndman and Fan, Sample quantiles in statistical packages, Amer.
// Statist. 50, 1996, definition 4, on grouped data.
func Quantile(edges []float64, counts []uint64, lowest, highest, q float64) float64 {
	n := total(counts)
	if n == 0 || !(q >= 0 && q <= 1) {
		return math.NaN()
	}
	rank := q * float64(n)
	var before float64
	for i, c := range counts {
		if c == 0 || before+float64(c) < rank {
			before += float64(c)
			continue
		}
		low, high := lowest, highest
		if i > 0 {
			low = max(low, edges[i-1])
		}
		if i < len(edges) {
			high = min(high, edges[i])
		}
		// ±Inf are in the open bins but not among the extremes.
		return min(max(low+(high-low)*max(0, rank-before)/float64(c), lowest), highest)
	}
	return highest
}
