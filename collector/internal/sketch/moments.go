package sketch

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Moments are additive moments of finite values: sums about a fixed shift, the
// mean of the baseline, so that large means do not cancel small variances. The
// zero value is empty. Min and Max mean something if N > 0.
type Moments struct {
	N          uint64  // finite values
	Shift      float64 // what the sums are about
	Sum, SumSq float64 // Σ(x-Shift), Σ(x-Shift)²
	Min, Max   float64
	Low, High  float64 // sums of the finite values in the two open bins
	LowN       uint64  // values behind Low
	HighN      uint64  // values behind High
}

// Reset empties m and gives it a shift.
func (m *Moments) Reset(shift float64) { *m = Moments{Shift: shift} }

// Add adds the values of o to m. Their shifts may differ.
func (m *Moments) Add(o *Moments) {
	m.Low, m.LowN = m.Low+o.Low, m.LowN+o.LowN
	m.High, m.HighN = m.High+o.High, m.HighN+o.HighN
	if o.N == 0 {
		return
	}
	sum, sumSq := o.Sum, o.SumSq
	if o.Shift != m.Shift {
		n, d := float64(o.N), o.Shift-m.Shift
		sumSq += d * (2*sum + n*d)
		sum += n * d
	}
	m.Sum, m.SumSq = m.Sum+sum, m.SumSq+sumSq
	if m.N == 0 {
		m.Min, m.Max = o.Min, o.Max
	}
	m.Min, m.Max = min(m.Min, o.Min), max(m.Max, o.Max)
	m.N += o.N
}

// AddNums adds the Number and Bool cells of the selected rows, without open bins.
// Rows ascend.
func (m *Moments) AddNums(cells []event.Cell, nums []float64, rows []int32) {
	var buf [blockLen]float64
	for g := (gatherer{cells: cells, nums: nums, rows: rows}); ; {
		values, more := g.next(&buf)
		m.addValues(values, math.Inf(-1), math.Inf(1))
		if !more {
			return
		}
	}
}

// addValues adds the finite values. Those up to low and those above high are also
// summed up as the contents of the open bins.
func (m *Moments) addValues(values []float64, low, high float64) {
	sum, sumSq := sums(values, m.Shift)
	if !(sumSq <= math.MaxFloat64) {
		m.addFinite(values, low, high)
		return
	}
	if len(values) == 0 {
		return
	}
	lo, hi := m.Min, m.Max
	if m.N == 0 {
		lo, hi = values[0], values[0]
	}
	for _, x := range values {
		if x <= low {
			m.Low += x
			m.LowN++
			if x < lo {
				lo = x
			}
		} else if x > high {
			m.High += x
			m.HighN++
			if x > hi {
				hi = x
			}
		}
	}
	if lo > low || hi <= high { // an extreme may be between the open bins
		for _, x := range values {
			if x < lo {
				lo = x
			}
			if x > hi {
				hi = x
			}
		}
	}
	m.N, m.Sum, m.SumSq, m.Min, m.Max = m.N+uint64(len(values)), m.Sum+sum, m.SumSq+sumSq, lo, hi
}

// sums returns Σ(x-shift) and Σ(x-shift)². Four sums each, because one addition
// takes as long as four that do not wait for each other; a sum of its own for each
// block also loses less.
func sums(values []float64, shift float64) (sum, sumSq float64) {
	var s0, s1, s2, s3, q0, q1, q2, q3 float64
	for ; len(values) >= 4; values = values[4:] {
		d0, d1, d2, d3 := values[0]-shift, values[1]-shift, values[2]-shift, values[3]-shift
		s0, s1, s2, s3 = s0+d0, s1+d1, s2+d2, s3+d3
		q0, q1, q2, q3 = q0+d0*d0, q1+d1*d1, q2+d2*d2, q3+d3*d3
	}
	for _, x := range values {
		d := x - shift
		s0 += d
		q0 += d * d
	}
	return (s0 + s1) + (s2 + s3), (q0 + q1) + (q2 + q3)
}

// addFinite is addValues for blocks in which a value is infinite, or so large that
// its square is.
func (m *Moments) addFinite(values []float64, low, high float64) {
	for _, x := range values {
		if math.Abs(x) > math.MaxFloat64 {
			continue
		}
		d := x - m.Shift
		m.Sum += d
		m.SumSq += d * d
		if m.N == 0 || x < m.Min {
			m.Min = x
		}
		if m.N == 0 || x > m.Max {
			m.Max = x
		}
		m.N++
		if x <= low {
			m.Low += x
			m.LowN++
		} else if x > high {
			m.High += x
			m.HighN++
		}
	}
}

// Mean returns the mean, NaN if there are no values.
//
//	Shift + Sum/N
func (m Moments) Mean() float64 {
	if m.N == 0 {
		return math.NaN()
	}
	return m.Shift + m.Sum/float64(m.N)
}

// Stddev returns the sample standard deviation, NaN for fewer than two values.
//
//	sqrt((SumSq - Sum²/N) / (N-1))
func (m Moments) Stddev() float64 {
	if m.N < 2 {
		return math.NaN()
	}
	n := float64(m.N)
	return math.Sqrt(max(0, m.SumSq-m.Sum/n*m.Sum) / (n - 1))
}
