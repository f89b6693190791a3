package drift

import "math"

// PSI returns the population stability index of live against base:
//
//	Σ (p_i − q_i) · ln(p_i / q_i)   with p = live/Σlive, q = base/Σbase
//
// live and base are counts over the same bins, len(live) == len(base).
// The result is in nats, ≥ 0, and 0 for equal shares. A bin empty on one side
// counts as half an event there (the other shares stay as they are); a bin
// empty on both sides adds nothing. It is NaN if either side has no events. It
// panics if the lengths differ: that is our bug, never the data's.
//
// Without drift PSI·nm/(n+m) tends to χ² with B−1 degrees of freedom for B bins
// that are not empty.
//
// Source: Siddiqi, Credit Risk Scorecards, Wiley 2006; equals Jeffreys'
// divergence (Proc. R. Soc. A 186, 1946). Its law: Yurdakul and Naranjo,
// Statistical properties of the population stability index, J. Risk Model
// Validation 14(4), 2020.
func PSI(live, base []uint64) float64 { return psiFinish(sumBins(live, base, psiTerm)) }

func psiTerm(b bin) float64 { return (b.logP - b.logQ) * math.Log(b.logP/b.logQ) }

func psiFinish(sum, _, _ float64) float64 { return sum }
