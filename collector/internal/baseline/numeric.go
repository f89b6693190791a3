package baseline

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// buildNumeric fills in what numeric columns have. It returns the bin of each
// slot, -1 for none.
func (c *column) buildNumeric(out *Column, o *Options) []int32 {
	sorted := make([]float64, 0, len(c.values))
	for slot, kind := range c.kinds {
		if kind == event.Number || kind == event.Bool {
			sorted = append(sorted, c.values[slot])
		}
	}
	slices.Sort(sorted)
	out.Edges, out.Decision = cut(sorted, o.DecisionBins, o.FineBins)
	out.Counts = make([]uint64, len(out.Edges)+1)

	bins, err := sketch.NewBins(out.Edges)
	if err != nil {
		panic("baseline: edges of our own: " + err.Error())
	}
	of := make([]int32, len(c.kinds))
	last := len(out.Edges)
	var low, high mean
	for slot, kind := range c.kinds {
		of[slot] = -1
		if kind != event.Number && kind != event.Bool {
			continue
		}
		x := c.values[slot]
		i := bins.Index(x)
		of[slot] = int32(i)
		out.Counts[i]++
		switch i {
		case 0:
			low.add(x)
		case last:
			high.add(x)
		}
	}
	out.Low, out.High = low.value(), high.value()
	if m := &c.moments; m.N > 0 {
		out.Min, out.Max = m.Min, m.Max
		out.Mean = min(max(finite(m.Mean()), m.Min), m.Max)
	}
	out.Stddev = finite(c.moments.Stddev())
	return of
}

// finite replaces what sums of very large values overflow to by the largest
// number, and NaN, the standard deviation of one value, by 0.
func finite(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(max(x, -math.MaxFloat64), math.MaxFloat64)
}

// mean is that of finite values.
type mean struct{ n, mean float64 }

func (m *mean) add(x float64) {
	if math.Abs(x) <= math.MaxFloat64 {
		m.n++
		m.mean += x/m.n - m.mean/m.n // no sum that could overflow
	}
}

func (m *mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.mean
}

// cut returns the cut points of a numeric column: quantiles of the sorted sample
// at j/(d·k) for all j, with d decision bins of k = ⌊fine/d⌋ fine bins each, and
// the indexes of those at i/d.
//
// A quantile is a value of the sample, the smallest one that at least the share p
// of the sample does not exceed:
//
//	x_(⌈n·p⌉) of x_(1) ≤ … ≤ x_(n)
//
// which is definition 1 of Hyndman and Fan (Amer. Statist. 50, 1996) and numpy's
// method "inverted_cdf". Equal cut points become one. The largest value is none,
// because nothing of the sample is above it, and neither is ±Inf. Where nothing
// else is left, the largest value but one is the only cut point; a sample of one
// value v has two, v and the number before it, so that both directions are seen.
func cut(sorted []float64, decisionBins, fineBins int) (edges []float64, decision []int) {
	k := fineBins / decisionBins
	parts := decisionBins * k
	n := len(sorted)
	top := math.Inf(-1)
	if n > 0 {
		top = sorted[n-1]
	}
	for j := 1; j < parts && n > 0; j++ {
		x := sorted[(n*j+parts-1)/parts-1] + 0 // -0 is 0
		if x >= top || math.IsInf(x, 0) {
			continue
		}
		if len(edges) == 0 || x > edges[len(edges)-1] {
			edges = append(edges, x)
		}
		last := len(edges) - 1
		if j%k == 0 && (len(decision) == 0 || decision[len(decision)-1] != last) {
			decision = append(decision, last)
		}
	}
	if len(edges) == 0 {
		return lonely(sorted)
	}
	if len(decision) == 0 {
		decision = []int{len(edges) - 1}
	}
	return edges, decision
}

// lonely returns the cut points of a sample whose quantiles are its largest value
// or infinite.
func lonely(sorted []float64) (edges []float64, decision []int) {
	top := 0.0
	finites := slices.DeleteFunc(slices.Clone(sorted), func(x float64) bool { return math.IsInf(x, 0) })
	if len(finites) > 0 {
		top = finites[len(finites)-1]
		below, _ := slices.BinarySearch(finites, top)
		if below > 0 {
			return []float64{finites[below-1] + 0}, []int{0}
		}
	}
	top += 0
	if before := math.Nextafter(top, math.Inf(-1)); !math.IsInf(before, 0) {
		return []float64{before, top}, []int{0, 1}
	}
	return []float64{top}, []int{0}
}
