package joint

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mathext"
)

// Base is the errors of the baseline's rows, of those that the components do not
// come from: components fit their own rows better than any others.
type Base struct {
	Rows    uint64
	Mean    float64
	Stddev  float64 // n−1, of one row's error
	Wanders []Wander
}

// Wander is how far the mean error of a stretch of time goes by itself, as with the
// hours of a day.
type Wander struct {
	Seconds float64 `json:"seconds"`        // length of a stretch
	Blocks  int     `json:"blocks"`         // stretches that have rows
	Rows    float64 `json:"rows_per_block"` // mean
	// Stddev is the standard deviation of the stretches' mean errors beyond sampling
	// noise, in units of Base.Stddev.
	Stddev float64 `json:"stddev"`
}

// minStddev keeps the unit of effects from vanishing where the components explain
// everything: a hundredth of a feature's standard deviation.
const minStddev = 0.01

// NewBase returns the base of errors, at least two.
func NewBase(errors []float64) Base {
	mean, stddev := moments(errors, math.Inf(-1), math.Inf(1))
	return Base{Rows: uint64(len(errors)), Mean: mean, Stddev: max(minStddev, stddev)}
}

// AddBlocks adds how far stretches of a length wander, given each one's number of
// rows and their mean error. There are at least two.
//
// Between K stretches of n rows the means have the variance σ²/n + τ²; τ is what is
// left of the variance found, and 0 if nothing is.
func (b *Base) AddBlocks(length time.Duration, rows, means []float64) {
	n, k := 0.0, float64(len(rows))
	for _, x := range rows {
		n += x
	}
	mean := 0.0
	for i, x := range means {
		mean += x * rows[i] / n
	}
	squares, noise := 0.0, 0.0
	for i, x := range means {
		squares += (x - mean) * (x - mean)
		noise += 1 / rows[i]
	}
	beyond := squares/(k-1)/(b.Stddev*b.Stddev) - noise/k
	b.Wanders = append(b.Wanders, Wander{
		Seconds: length.Seconds(), Blocks: len(rows), Rows: n / k, Stddev: math.Sqrt(max(0, beyond)),
	})
}

// Effect returns how far the mean error of live rows is from the baseline's, in
// standard deviations of a row's error:
//
//	|ē − μ| / σ
//
// with ē of live rows, μ and σ of the baseline's. It is ≥ 0, and NaN without rows.
func (b *Base) Effect(live *Sums) float64 {
	return math.Abs(live.Mean()-b.Mean) / b.Stddev
}

// Critical returns what Effect exceeds with probability alpha where nothing has
// changed, over the randomness of both the window and the baseline:
//
//	t · √( max(s²/σ², 1)/n + 1/m + τ² + τ₁²/K₁ )
//
// with n live and m baseline rows, s² the variance of live errors, τ the wander of K
// stretches no longer than the window, τ₁ that of the K₁ longest ones, and t the
// two-sided quantile of Student's law. Its degrees of freedom are those of Welch
// (Biometrika 34, 1947) for s² and σ², and the fewer the more of the whole is τ²,
// as far as it is an estimate from K: (K−1)/share. Welch takes s² itself; the larger of both also
// holds where the window's rows happen to be alike.
//
// Longer stretches wander less and there are fewer of them to know it from: it is
// the smallest limit that any length leads to.
func (b *Base) Critical(live *Sums, window time.Duration, alpha float64) float64 {
	n, m := live.Rows(), float64(b.Rows)
	spread := max(live.Variance()/(b.Stddev*b.Stddev), 1)
	sampling := spread/n + 1/m
	doubt := (spread*spread/(n*n*max(1, n-1)) + 1/(m*m*(m-1))) / (sampling * sampling)
	if len(b.Wanders) == 0 {
		return studentQuantile(1/doubt, alpha) * math.Sqrt(sampling)
	}
	longest := &b.Wanders[len(b.Wanders)-1]
	least := math.Inf(1)
	for i := range b.Wanders {
		w := &b.Wanders[i]
		if i > 0 && w.Seconds > window.Seconds() {
			break
		}
		known := sampling + w.least() + longest.least()/float64(longest.Blocks)
		square := known + w.beyond() + longest.beyond()/float64(longest.Blocks)
		share := 1 - known/square
		freedom := 1 / (doubt*(1-share)*(1-share) + share/float64(w.Blocks-1))
		least = min(least, studentQuantile(freedom, alpha)*math.Sqrt(square))
	}
	return least
}

// least is what τ² is taken for where less was found: K stretches of n rows show it
// with a standard error of √(2/(K−1))/n where nothing wanders, and what they could
// not have shown may be there.
func (w *Wander) least() float64 { return math.Sqrt(2/float64(w.Blocks-1)) / w.Rows }

// beyond is the part of τ² that is an estimate.
func (w *Wander) beyond() float64 { return max(0, w.Stddev*w.Stddev-w.least()) }

// maxFreedom is where Student's law is the normal one to more digits than matter.
const maxFreedom = 1e5

// studentQuantile returns what |t| exceeds with probability alpha.
func studentQuantile(freedom, alpha float64) float64 {
	if freedom > maxFreedom {
		return math.Sqrt(2 * mathext.GammaIncRegCompInv(0.5, alpha))
	}
	x := mathext.InvRegIncBeta(freedom/2, 0.5, alpha)
	return math.Sqrt(freedom * (1 - x) / x)
}
