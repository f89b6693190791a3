package sketch_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// binsOf is what Bins must agree with.
func binsOf(edges []float64, x float64) int {
	return sort.Search(len(edges), func(i int) bool { return edges[i] >= x })
}

func newBins(t testing.TB, edges []float64) *sketch.Bins {
	t.Helper()
	b, err := sketch.NewBins(edges)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// probes are the values at which an index table can be wrong: every edge, its two
// neighbours, the middles between edges, and the ends of the number line.
func probes(edges []float64) []float64 {
	p := []float64{
		math.Inf(-1), math.Inf(1), -math.MaxFloat64, math.MaxFloat64, 0, math.Copysign(0, -1),
		math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, -0x1p-1022, 1, -1,
	}
	for i, e := range edges {
		p = append(p, e, math.Nextafter(e, math.Inf(-1)), math.Nextafter(e, math.Inf(1)), 2*e, e/2)
		if i > 0 {
			p = append(p, edges[i-1]/2+e/2)
		}
	}
	return p
}

func checkBins(t interface {
	Helper()
	Fatalf(string, ...any)
}, b *sketch.Bins, edges, values []float64) {
	t.Helper()
	want := make([]uint32, len(edges)+1)
	for _, x := range values {
		i := binsOf(edges, x)
		if got := b.Index(x); got != i {
			t.Fatalf("%d edges: Index(%v) = %d, want %d", len(edges), x, got, i)
		}
		want[i]++
	}
	got := make([]uint32, b.Len())
	var m sketch.Moments
	if n := b.Update(got, &m, cellsOf(len(values), event.Number), values, identity(len(values))); n != len(values) {
		t.Fatalf("Update counted %d values, want %d", n, len(values))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d edges: counts %v, want %v", len(edges), got, want)
	}
}

func cellsOf(n int, c event.Cell) []event.Cell {
	cells := make([]event.Cell, n)
	for i := range cells {
		cells[i] = c
	}
	return cells
}

func identity(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// shapes are distributions whose quantiles spread edges in different ways over
// the two tables, or over neither.
var shapes = []struct {
	name string
	draw func(r *rand.Rand) float64
}{
	{"uniform", func(r *rand.Rand) float64 { return r.Float64() }},
	{"normal", func(r *rand.Rand) float64 { return r.NormFloat64() }},
	{"far_normal", func(r *rand.Rand) float64 { return 1e9 + r.NormFloat64() }},
	{"lognormal", func(r *rand.Rand) float64 { return math.Exp(2 * r.NormFloat64()) }},
	{"cauchy", func(r *rand.Rand) float64 { return r.NormFloat64() / r.NormFloat64() }},
	{"outliers", func(r *rand.Rand) float64 { // neither table spreads these
		if r.IntN(10) == 0 {
			return 1e15 * r.NormFloat64()
		}
		return 1e6 + r.NormFloat64()
	}},
	{"integers", func(r *rand.Rand) float64 { return math.Floor(3000 * r.Float64()) }},
	{"few", func(r *rand.Rand) float64 { return float64(r.IntN(3)) }},
	{"denormal", func(r *rand.Rand) float64 { return float64(r.IntN(5000)-2500) * math.SmallestNonzeroFloat64 }},
	{"huge", func(r *rand.Rand) float64 { return (2*r.Float64() - 1) * math.MaxFloat64 }},
	{"exponents", func(r *rand.Rand) float64 { return math.Float64frombits(r.Uint64() >> 2) }},
}

func drawEdges(r *rand.Rand, draw func(*rand.Rand) float64, n int) []float64 {
	sample := make([]float64, 64*n)
	for i := range sample {
		sample[i] = draw(r)
	}
	slices.Sort(sample)
	edges := make([]float64, 0, n)
	for i := range n {
		edges = append(edges, sample[(i+1)*len(sample)/(n+1)])
	}
	return slices.Compact(edges)
}

func TestBinsEqualSearch(t *testing.T) {
	for _, shape := range shapes {
		for _, n := range []int{1, 2, 3, 9, 63, 249, 1023} {
			t.Run(fmt.Sprintf("%s/edges=%d", shape.name, n), func(t *testing.T) {
				r := rand.New(rand.NewPCG(7, uint64(n)))
				edges := drawEdges(r, shape.draw, n)
				values := probes(edges)
				for range 2000 {
					values = append(values, shape.draw(r))
				}
				checkBins(t, newBins(t, edges), edges, values)
			})
		}
	}
}

func TestBinsEqualSearchForAnyEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		edges := rapid.SliceOfNDistinct(rapid.Float64().Filter(finite), 1, 60, func(x float64) float64 { return x + 0 }).Draw(t, "edges")
		slices.Sort(edges)
		edges = slices.Compact(edges) // 0 and -0 are equal
		b, err := sketch.NewBins(edges)
		if err != nil {
			t.Fatalf("NewBins(%v): %v", edges, err)
		}
		checkBins(t, b, edges, append(probes(edges), rapid.SliceOf(rapid.Float64().Filter(number)).Draw(t, "values")...))
	})
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }
func number(x float64) bool { return x == x }

func TestBinsZeros(t *testing.T) {
	minusZero := math.Copysign(0, -1)
	for _, edges := range [][]float64{{0}, {minusZero}, {-1, minusZero, 1}, {-1e-300, 0, 1e300}} {
		checkBins(t, newBins(t, edges), edges, probes(edges))
	}
}

func TestNewBinsRefuses(t *testing.T) {
	for name, edges := range map[string][]float64{
		"none":       {},
		"too many":   make([]float64, sketch.MaxEdges+1),
		"NaN":        {0, math.NaN()},
		"infinite":   {0, math.Inf(1)},
		"descending": {1, 0},
		"equal":      {1, 1},
		"two zeros":  {math.Copysign(0, -1), 0},
	} {
		if _, err := sketch.NewBins(edges); err == nil {
			t.Errorf("%s: NewBins(%v) gives no error", name, edges)
		}
	}
}

// column is a mixed column and the rows selected of it.
type column struct {
	cells []event.Cell
	nums  []float64
	rows  []int32
}

func drawColumn(t *rapid.T) column {
	n := rapid.IntRange(0, 1300).Draw(t, "length")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	kinds := rapid.SliceOfN(rapid.SampledFrom([]event.Cell{
		event.Absent, event.Null, event.Number, event.Bool, event.Text, event.Nested,
	}), 1, 4).Draw(t, "kinds")
	all := rapid.Bool().Draw(t, "all rows")
	c := column{cells: make([]event.Cell, n), nums: make([]float64, n)}
	for i := range n {
		c.cells[i] = kinds[r.IntN(len(kinds))]
		c.nums[i] = r.NormFloat64()
		if r.IntN(50) == 0 {
			c.nums[i] = math.Inf(1 - 2*r.IntN(2))
		}
		if c.cells[i] != event.Number && c.cells[i] != event.Bool {
			c.nums[i] = math.NaN() // what is left there means nothing
		}
		if all || r.IntN(3) > 0 {
			c.rows = append(c.rows, int32(i))
		}
	}
	return c
}

// each calls f with the numbers among the selected rows.
func (c column) each(f func(x float64)) {
	for _, r := range c.rows {
		if c.cells[r] == event.Number || c.cells[r] == event.Bool {
			f(c.nums[r])
		}
	}
}

// TestUpdateCountsNumbers compares with one value at a time, for any mixture of
// cells and any selection of rows.
func TestUpdateCountsNumbers(t *testing.T) {
	edges := []float64{-1, 0, 0.5, 2}
	b := newBins(t, edges)
	rapid.Check(t, func(t *rapid.T) {
		c := drawColumn(t)
		want, wantN := make([]uint32, b.Len()), 0
		var x []float64
		c.each(func(v float64) { want[binsOf(edges, v)]++; wantN++; x = append(x, v) })

		got := make([]uint32, b.Len())
		m := sketch.Moments{Shift: 0.25}
		n := b.Update(got, &m, c.cells, c.nums, c.rows)
		if n != wantN || !slices.Equal(got, want) {
			t.Fatalf("counted %d as %v, want %d as %v", n, got, wantN, want)
		}
		checkMoments(t, m, x, edges[0], edges[len(edges)-1])
	})
}
