package drift

import "math"

// KL returns the Kullback–Leibler divergence of live from base:
//
//	Σ p_i · ln(p_i / q_i)   with p = live/Σlive, q = base/Σbase
//
// The result is in nats and 0 for equal shares; ≥ 0 where no bin is empty. A
// bin empty on one side counts as half an event there, a bin empty on both
// adds nothing; since the other shares stay as they are, many bins empty in
// live can make the sum a little less than 0, and 0 is returned then. It is
// NaN if either side has no events, and panics if the lengths differ.
//
// Without drift 2·KL·nm/(n+m) tends to χ² with B−1 degrees of freedom.
//
// Source: Kullback and Leibler, On information and sufficiency, Ann. Math.
// Statist. 22, 1951.
func KL(live, base []uint64) float64 { return klFinish(sumBins(live, base, klTerm)) }

// klTerm subtracts p − q, which is 0 in sum, so that a bin's term by itself is
// small when its shares are close.
func klTerm(b bin) float64 { return 2 * (b.logP*math.Log(b.logP/b.logQ) - (b.p - b.q)) }

func klFinish(sum, _, _ float64) float64 { return max(0, sum/2) }
