package drift

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// tail is the law of a nonnegative statistic X without drift, as one of a power
// of it:
//
//	X^power = shift + scale·G   with G of the gamma law of the given shape
type tail struct {
	power, shift, scale, shape float64
	mean, variance             float64 // of X²
	atoms                      []atom  // of single sparse bins, descending
}

// atom is a value that one bin by itself gives to X², with its probability.
type atom struct{ value, probability float64 }

// typeIII fits the law of a sum over bins, X², to its first three cumulants
// (Pearson's type III). For χ² with d degrees of freedom it is exact: shift 0,
// scale 2, shape d/2.
func typeIII(mean, variance, third float64) tail {
	t := tail{power: 2, shift: mean, mean: mean, variance: variance}
	t.setShape(mean, variance, third)
	return t
}

func (t *tail) setShape(mean, variance, third float64) {
	t.shift = mean
	if variance <= 0 {
		return
	}
	// A skewness this small is a normal law to all practical precision, and
	// keeps the shape below what the incomplete gamma function can invert.
	third = max(third, 1e-2*math.Pow(variance, 1.5))
	t.scale = third / (2 * variance)
	t.shape = variance / (t.scale * t.scale)
	t.shift = mean - t.scale*t.shape
}

// maximum fits the law of a largest deviation to mean and variance of its
// square, with a tail that decays as it must: P(X > x) ≈ exp(−x²/2σ²) where σ²
// is the largest variance of any deviation that X is the maximum of (Borell,
// Invent. Math. 30, 1975; Tsirelson, Ibragimov and Sudakov 1976). Far tails
// need no simulation of far tails then: against Kolmogorov's law the quantiles
// from α = 0.1 to 1e-6 are right within 0.5 %.
func maximum(squares *moments, sigma2 float64) tail {
	t := tail{power: 2, mean: squares.mean(), variance: squares.variance()}
	t.shift = t.mean
	if t.variance > 0 && sigma2 > 0 {
		t.scale = 2 * sigma2
		t.shape = t.variance / (t.scale * t.scale)
		t.shift -= t.scale * t.shape
	}
	return t
}

// summed fits the law of a sum or integral of absolute deviations. Around such
// a statistic's own quantiles its tail is between a normal law's and that of
// its square, and X^1.5 is of type III as well as simulation can tell (α from
// 0.1 to 1e-5). With one degree of freedom it is a maximum.
func summed(squares, powers *moments, sigma2 float64) tail {
	t := maximum(squares, sigma2)
	if t.variance == 0 || t.freedom() < 1.2 {
		return t
	}
	t.power = 1.5
	t.setShape(powers.mean(), powers.variance(), powers.third())
	return t
}

// quantile returns what X² exceeds with probability alpha.
func (t tail) quantile(alpha float64) float64 {
	x := t.shift
	if t.scale > 0 {
		x += t.scale * mathext.GammaIncRegCompInv(t.shape, alpha)
	}
	return max(t.single(alpha), math.Pow(max(0, x), 2/t.power))
}

// single returns what a single sparse bin makes X² exceed with a probability of
// at most alpha. X² is no less than what any of its bins gives, and where few
// events are expected this goes in steps that no smooth law follows.
func (t tail) single(alpha float64) float64 {
	var above, next float64
	for i, a := range t.atoms {
		above += a.probability
		if above > alpha {
			if i == 0 {
				return a.value
			}
			return (a.value + next) / 2
		}
		next = a.value
	}
	return 0
}

// freedom returns the degrees of freedom of the χ² law, times a factor, that
// has X²'s mean and variance.
func (t tail) freedom() float64 {
	if t.variance == 0 {
		return 1
	}
	return 2 * t.mean * t.mean / t.variance
}

// chi2Quantile returns what χ² with d degrees of freedom exceeds with
// probability alpha.
func chi2Quantile(d, alpha float64) float64 {
	return 2 * mathext.GammaIncRegCompInv(d/2, alpha)
}

// maxFreedom is where F is χ²/d to more digits than matter, and the incomplete
// beta function stops converging.
const maxFreedom = 1e5

// fQuantile returns what the F law with d1 and d2 degrees of freedom exceeds
// with probability alpha.
func fQuantile(d1, d2, alpha float64) float64 {
	if d2 > maxFreedom {
		return chi2Quantile(d1, alpha) / d1
	}
	x := mathext.InvRegIncBeta(d2/2, d1/2, alpha)
	return d2 * (1 - x) / (d1 * x)
}
