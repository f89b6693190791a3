package evaluate

import (
	"math"
	"time"
)

// month is the period of the false-alarm budget.
const month = 30 * 24 * time.Hour

// looksPerWindow is how many independent looks one sliding window stands for:
// windows evaluated every few seconds overlap, but in the time of one window the
// sliding distance still crosses a high level about this many times as often as
// a single one does.
const looksPerWindow = 4

// Alpha returns the false-alarm probability of one comparison, such that a model
// for which this many things are compared with its baseline (columns, and metrics
// whose loss alerts) has on average as many false alarms a month as its budget
// allows: budget / (compares · windows · looks in a month). It lies in (0, 0.05].
func Alpha(budget float64, compares, windows int, window time.Duration) float64 {
	looks := looksPerWindow * math.Max(1, float64(month)/float64(window))
	return min(0.05, budget/(float64(max(1, compares))*float64(max(1, windows))*looks))
}

// LossAlpha is Alpha for the loss of a metric, which is normal, or nearly so: the
// probability 1 − Φ(z) beyond the level z at which a window that slides begins to be
// beyond it, by chance, as often as the budget allows,
//
//	z·φ(z) = budget / (compares · windows · month/window)
//
// for z ≥ 1. If the loss is that of two samples, of which the baseline's part of the
// variance, b, does not change, its false alarms are fewer: the mean of u·φ(u) over the
// level u that the baseline leaves to the window is (1 − b)·z·φ(z). So the higher the level, the more looks a window stands for: z², since
// 1 − Φ(z) ≈ φ(z)/z. It lies in (0, 0.05].
//
// Source: the mean of a window that slides is a Gaussian process of correlation
// 1 − |t|/window; its high levels are passed in clumps, z·φ(z)/window of them in a
// unit of time. Aldous, Probability Approximations via the Poisson Clumping Heuristic,
// Springer 1989, section D; Pickands (1969), Transactions of the AMS 145.
func LossAlpha(budget float64, compares, windows int, window time.Duration) float64 {
	rate := budget / (float64(max(1, compares)) * float64(max(1, windows)) * math.Max(1, float64(month)/float64(window)))
	low, high := 1.0, 38.0 // φ is 0 in a float64 beyond
	for range 60 {
		z := (low + high) / 2
		if z*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi) > rate {
			low = z
		} else {
			high = z
		}
	}
	return min(0.05, math.Erfc(low/math.Sqrt2)/2)
}
