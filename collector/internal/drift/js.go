package drift

import "math"

// JS returns the Jensen–Shannon distance of live and base, the square root of
// the divergence with logarithms to base 2:
//
//	sqrt(½ Σ p_i · log₂(p_i / r_i) + ½ Σ q_i · log₂(q_i / r_i))   with r = (p+q)/2
//
// The result has no unit, is in [0, 1], 0 for equal shares, and the same for
// live and base exchanged. A bin empty on one side counts as half an event
// there, as in the other statistics with logarithms, so that samples without a
// common bin come close to 1 as they grow; a bin empty on both sides adds
// nothing. It is NaN if either side has no events, and panics if the lengths
// differ.
//
// Without drift 8·ln2·JS²·nm/(n+m) tends to χ² with B−1 degrees of freedom.
//
// Source: Lin, Divergence measures based on the Shannon entropy, IEEE Trans.
// Inf. Theory 37, 1991; a metric: Endres and Schindelin, ibid. 49, 2003.
func JS(live, base []uint64) float64 { return jsFinish(sumBins(live, base, jsTerm)) }

func jsTerm(b bin) float64 {
	r := (b.logP + b.logQ) / 2
	return 4 * (b.logP*math.Log(b.logP/r) + b.logQ*math.Log(b.logQ/r))
}

// jsFinish cuts off what rounding leaves below 0 for nearly equal shares.
func jsFinish(sum, _, _ float64) float64 { return math.Sqrt(max(0, sum/(8*math.Ln2))) }
