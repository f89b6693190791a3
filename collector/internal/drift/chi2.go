package drift

import "math"

// Chi2 returns Cramér's V of the 2×B table of live and base counts:
//
//	sqrt(X² / (n+m))   with Pearson's X² = n·m/(n+m) · Σ (p_i − q_i)² / r_i
//
// and r_i the share of bin i in both samples together. There is no continuity
// correction. The result has no unit and is in [0, 1]; 1 for samples without a
// common bin. Bins empty on both sides are left out. It is NaN if either side
// has no events, and panics if the lengths differ.
//
// V depends on how large one sample is beside the other: with m ≫ n it is at
// most about sqrt(n/m) as long as live stays within the baseline's bins.
//
// Without drift X² tends to χ² with B−1 degrees of freedom.
//
// Source: Pearson, Phil. Mag. 50, 1900; Cramér, Mathematical Methods of
// Statistics, Princeton 1946, section 21.9.
func Chi2(live, base []uint64) float64 { return chi2Finish(sumBins(live, base, chi2Term)) }

func chi2Term(b bin) float64 { return (b.p - b.q) * (b.p - b.q) / b.pooled }

func chi2Finish(sum, n, m float64) float64 {
	return math.Sqrt(min(1, sum*(n/(n+m))*(m/(n+m))))
}
