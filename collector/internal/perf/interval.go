package perf

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// level says how sure an interval is: alpha is the probability that chance alone
// puts the truth beyond one given end, z the normal quantile of 1 − alpha.
type level struct{ z, alpha float64 }

// usual is the level of what is shown: intervals of 99 %.
var usual = level{2.5758293035489004, 0.005}

// levelOf returns the level of an alpha in (0, 0.5).
func levelOf(alpha float64) level { return level{math.Sqrt2 * math.Erfinv(1-2*alpha), alpha} }

// Value is a metric with its interval, Lower ≤ Value ≤ Upper, all finite: one of
// 99 % unless its maker says otherwise.
type Value struct {
	Metric              catalog.Metric
	Value, Lower, Upper float64
}

// finite tells whether the value can be shown.
func (v Value) finite() bool {
	sum := v.Value + v.Lower + v.Upper
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// wilson returns the share v of n with Wilson's score interval:
//
//	(v + z²/2n ± z·√(v(1−v)/n + z²/4n²)) / (1 + z²/n)
//
// n > 0 need not be whole: it may be an effective number, v(1−v)/variance. The
// bounds lie within 0..1. Source: Wilson (1927), JASA 22.
func (l level) wilson(m catalog.Metric, v, n float64) Value {
	v = min(max(v, 0), 1)
	a := l.z * l.z / n
	centre := (v + a/2) / (1 + a)
	half := math.Sqrt(a*(v*(1-v)+a/4)) / (1 + a)
	return Value{m, v, min(max(centre-half, 0), v), max(min(centre+half, 1), v)}
}

// exact returns the share v of n with Clopper and Pearson's interval, k = v·n:
//
//	alpha = I_lower(k, n−k+1)   1 − alpha = I_upper(k+1, n−k)
//
// I is the regularised incomplete beta function; n > 0 need not be whole. It misses
// the truth with probability alpha at most, however small alpha and n are. Wilson's
// does not: of 100 predictions of which 99 % are right it misses it 180 times as often
// as one of three in a million should. Source: Clopper and Pearson (1934), Biometrika 26.
func (l level) exact(m catalog.Metric, v, n float64) Value {
	v = min(max(v, 0), 1)
	k, e := v*n, Value{m, v, 0, 1}
	if k > 0 {
		e.Lower = min(betaQuantile(k, n-k+1, l.alpha), v)
	}
	if k < n {
		e.Upper = max(1-betaQuantile(n-k, k+1, l.alpha), v)
	}
	return e
}

// betaQuantile returns x with I_x(a, b) = p, p < 0.5. gonum's inverse gives up on some
// small p: of 100,000 trials of which all succeeded it puts the one in ten million at
// 0.937, where 0.99984 is right. So what it finds is tried, and else x is bisected.
func betaQuantile(a, b, p float64) float64 {
	x := mathext.InvRegIncBeta(a, b, p)
	if math.Abs(mathext.RegIncBeta(a, b, x)-p) <= 1e-6*p {
		return x
	}
	low, high := -745.0, 0.0 // of ln x: all that a float64 has
	for range 64 {
		if middle := (low + high) / 2; mathext.RegIncBeta(a, b, math.Exp(middle)) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp(low)
}

// proportion returns the share v of n with the interval that suits the level: what is
// shown is right on average over all shares, what alarms is never less sure than it says.
func (l level) proportion(m catalog.Metric, v, n float64) Value {
	if l.alpha == usual.alpha {
		return l.wilson(m, v, n)
	}
	return l.exact(m, v, n)
}

// effective returns the interval of a share v with a known variance, for n
// trials where the variance is 0 (v is 0 or 1).
func (l level) effective(m catalog.Metric, v, variance, n float64) Value {
	if variance > 0 && v > 0 && v < 1 {
		n = min(v*(1-v)/variance, n)
	}
	return l.proportion(m, v, n)
}

// average returns the mean of n ≥ 2 values, given their sum and sum of squares,
// with Student's interval mean ± t·s/√n. It is right for large n whatever the
// values' distribution, for small n if that is not too skewed.
func (l level) average(m catalog.Metric, n, sum, squares float64) Value {
	mean := sum / n
	half := l.student(n-1) * math.Sqrt(max(squares/n-mean*mean, 0)/(n-1))
	return Value{m, mean, mean - half, mean + half}
}

// usualStudent are the usual level's quantiles of 1 to 4 degrees of freedom, where the
// expansion is off by more than 1 %. Their digits stay, and so does the expansion for
// more: a state that was stored must say the same when it is loaded.
var usualStudent = [...]float64{63.6567411629, 9.9248432009, 5.8409093097, 4.6040948714}

// student returns the quantile of 1 − alpha of Student's distribution with df ≥ 1
// degrees of freedom: of up to 30 from the beta distribution, of more from the
// expansion about the normal quantile, which is then within 0.1 % down to an alpha of
// a millionth. Source: Abramowitz and Stegun 26.5.27 and 26.7.5.
func (l level) student(df float64) float64 {
	switch atUsual := l.alpha == usual.alpha; {
	case atUsual && df < 5:
		return usualStudent[max(1, int(df))-1]
	case !atUsual && df <= 30:
		x := mathext.InvRegIncBeta(df/2, 0.5, 2*l.alpha)
		return math.Sqrt(df * (1 - x) / x)
	}
	z := l.z
	z2 := z * z
	g1 := z * (z2 + 1) / 4
	g2 := z * (3 + z2*(16+5*z2)) / 96
	g3 := z * (-15 + z2*(17+z2*(19+3*z2))) / 384
	return z + (g1+(g2+g3/df)/df)/df
}

// averageLoss is average for values ≥ 0 that are skewed to the right, as losses
// are: its interval is symmetric on the logarithm, mean·exp(±t·s/(mean·√n)).
func (l level) averageLoss(m catalog.Metric, n, sum, squares float64) Value {
	v := l.average(m, n, sum, squares)
	if v.Value <= 0 {
		return Value{Metric: m}
	}
	factor := math.Exp((v.Upper - v.Value) / v.Value)
	return Value{m, v.Value, v.Value / factor, v.Value * factor}
}

// logit returns the interval of a share 0 < v < 1 whose logit has standard
// error se.
func (l level) logit(m catalog.Metric, v, se float64) Value {
	x := math.Log(v / (1 - v))
	return Value{m, v, logistic(x - l.z*se), logistic(x + l.z*se)}
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
