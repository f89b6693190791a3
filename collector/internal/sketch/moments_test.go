package sketch_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

func near(got, want, scale float64) bool {
	return got == want || math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= 1e-9*max(1, scale)
}

// checkMoments compares with the two-pass formulas over the finite values.
func checkMoments(t *rapid.T, m sketch.Moments, values []float64, low, high float64) {
	t.Helper()
	var n, sum, lowSum, highSum float64
	var lowN, highN uint64
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range values {
		if !finite(x) {
			continue
		}
		n++
		sum += x
		lo, hi = min(lo, x), max(hi, x)
		if x <= low {
			lowSum, lowN = lowSum+x, lowN+1
		}
		if x > high {
			highSum, highN = highSum+x, highN+1
		}
	}
	mean := sum / n
	squares := 0.0
	for _, x := range values {
		if finite(x) {
			squares += (x - mean) * (x - mean)
		}
	}
	stddev := math.Sqrt(squares / (n - 1))
	if n < 2 {
		stddev = math.NaN()
	}
	if m.N != uint64(n) || m.LowN != lowN || m.HighN != highN {
		t.Fatalf("N, LowN, HighN = %d, %d, %d; want %v, %d, %d", m.N, m.LowN, m.HighN, n, lowN, highN)
	}
	if n > 0 && (m.Min != lo || m.Max != hi) {
		t.Fatalf("Min, Max = %v, %v; want %v, %v", m.Min, m.Max, lo, hi)
	}
	if !near(m.Mean(), mean, 1) || !near(m.Stddev(), stddev, 1) || !near(m.Low, lowSum, n) || !near(m.High, highSum, n) {
		t.Fatalf("mean %v stddev %v low %v high %v; want %v %v %v %v", m.Mean(), m.Stddev(), m.Low, m.High, mean, stddev, lowSum, highSum)
	}
}

// TestMomentsAdd splits a column anywhere: sums of parts in any grouping are
// those of the whole, whatever the parts' shifts.
func TestMomentsAdd(t *testing.T) {
	b := newBins(t, []float64{-0.5, 0.5})
	rapid.Check(t, func(t *rapid.T) {
		c := drawColumn(t)
		var values []float64
		c.each(func(x float64) { values = append(values, x) })
		cut := rapid.IntRange(0, len(c.rows)).Draw(t, "cut")
		cut2 := rapid.IntRange(cut, len(c.rows)).Draw(t, "second cut")
		var parts [3]sketch.Moments
		counts := make([]uint32, b.Len())
		for i, rows := range [][]int32{c.rows[:cut], c.rows[cut:cut2], c.rows[cut2:]} {
			parts[i].Reset(rapid.Float64Range(-2, 2).Draw(t, "shift"))
			b.Update(counts, &parts[i], c.cells, c.nums, rows)
		}
		for _, order := range [][3]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
			left, right := parts[order[0]], parts[order[1]]
			left.Add(&parts[order[1]])
			left.Add(&parts[order[2]])
			right.Add(&parts[order[2]])
			whole := parts[order[0]]
			whole.Add(&right)
			checkMoments(t, left, values, -0.5, 0.5)
			checkMoments(t, whole, values, -0.5, 0.5)
		}
	})
}

// TestMomentsKeepSmallVariance has a mean 1e9 times the standard deviation.
func TestMomentsKeepSmallVariance(t *testing.T) {
	var m sketch.Moments
	m.Reset(1e9)
	values := make([]float64, 1000)
	for i := range values {
		values[i] = 1e9 + float64(i%2)
	}
	newBins(t, []float64{1e9}).Update(make([]uint32, 2), &m, cellsOf(1000, event.Number), values, identity(1000))
	if want := math.Sqrt(250. / 999); math.Abs(m.Stddev()-want) > 1e-12 {
		t.Errorf("stddev %v, want %v", m.Stddev(), want)
	}
	if want := 1e9 + 0.5; m.Mean() != want {
		t.Errorf("mean %v, want %v", m.Mean(), want)
	}
}

func TestMomentsOfNothing(t *testing.T) {
	var m, empty sketch.Moments
	m.Reset(3)
	m.Add(&empty)
	if !math.IsNaN(m.Mean()) || !math.IsNaN(m.Stddev()) {
		t.Errorf("mean %v, stddev %v of nothing; want NaN", m.Mean(), m.Stddev())
	}
	m.AddNums(cellsOf(2, event.Bool), []float64{7, math.Inf(1)}, identity(2))
	if m.Mean() != 7 || !math.IsNaN(m.Stddev()) || m.N != 1 || m.Min != 7 || m.Max != 7 {
		t.Errorf("one value: %+v", m)
	}
}
