package sketch_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// benchRows is the rows of a batch, and benchValues of them are gone through in
// turn: a few thousand values would be learned by the branch predictor, which
// makes a binary search five times as fast as it is on new data.
const (
	benchRows   = 4096
	benchValues = 64 * benchRows
)

func benchColumn(shape string, n int) (edges []float64, nums []float64) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range shapes {
		if s.name == shape {
			edges = drawEdges(r, s.draw, n)
			for range benchValues {
				nums = append(nums, s.draw(r))
			}
		}
	}
	return edges, nums
}

func reportValues(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchValues, "ns/value")
	b.ReportMetric(benchValues*float64(b.N)/b.Elapsed().Seconds(), "values/s")
}

// BenchmarkBins compares counting a whole column with a binary search per value.
func BenchmarkBins(b *testing.B) {
	cells, rows := cellsOf(benchRows, event.Number), identity(benchRows)
	for _, shape := range []string{"uniform", "normal", "lognormal", "cauchy", "outliers"} {
		for _, n := range []int{1, 249, 1023} {
			edges, nums := benchColumn(shape, n)
			bins := newBins(b, edges)
			counts := make([]uint32, bins.Len())
			name := fmt.Sprintf("shape=%s/edges=%d", shape, n)
			b.Run(name+"/by=sort.Search", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					for _, x := range nums {
						counts[sort.Search(len(edges), func(i int) bool { return edges[i] >= x })]++
					}
				}
				reportValues(b)
			})
			b.Run(name+"/by=sort.SearchFloat64s", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					for _, x := range nums {
						counts[sort.SearchFloat64s(edges, x)]++
					}
				}
				reportValues(b)
			})
			b.Run(name+"/by=Count", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					for batch := range slices.Chunk(nums, benchRows) {
						bins.Count(counts, batch)
					}
				}
				reportValues(b)
			})
			b.Run(name+"/by=Index", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					for _, x := range nums {
						counts[bins.Index(x)]++
					}
				}
				reportValues(b)
			})
			b.Run(name+"/by=Update", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					var m sketch.Moments
					for batch := range slices.Chunk(nums, benchRows) {
						bins.Update(counts, &m, cells, batch, rows)
					}
				}
				reportValues(b)
			})
		}
	}
}

// BenchmarkUpdate varies what is selected and how pure the column is.
func BenchmarkUpdate(b *testing.B) {
	edges, nums := benchColumn("normal", 249)
	bins := newBins(b, edges)
	counts := make([]uint32, bins.Len())
	pure, mixed := cellsOf(benchRows, event.Number), cellsOf(benchRows, event.Number)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range mixed {
		if r.IntN(10) == 0 {
			mixed[i] = event.Null
		}
	}
	scattered := identity(benchRows / 2)
	for i := range scattered {
		scattered[i] = int32(i) * 2
	}
	for name, c := range map[string]struct {
		cells []event.Cell
		rows  []int32
	}{
		"cells=numbers/rows=all":       {pure, identity(benchRows)},
		"cells=mixed/rows=all":         {mixed, identity(benchRows)},
		"cells=numbers/rows=every_2nd": {pure, scattered},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var m sketch.Moments
				for batch := range slices.Chunk(nums, len(c.cells)) {
					bins.Update(counts, &m, c.cells, batch, c.rows)
				}
			}
			reportValues(b)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchValues*benchRows/float64(len(c.rows)), "ns/value") // of those selected
		})
	}
}

func BenchmarkDistinct(b *testing.B) {
	_, nums := benchColumn("normal", 1)
	cells, rows := cellsOf(benchRows, event.Number), identity(benchRows)
	var d sketch.Distinct
	b.Run("by=AddNums", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for batch := range slices.Chunk(nums, benchRows) {
				d.AddNums(cells, batch, rows)
			}
		}
		reportValues(b)
	})
	b.Run("by=map", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			set := make(map[float64]struct{})
			for _, x := range nums {
				set[x] = struct{}{}
			}
		}
		reportValues(b)
	})
	b.Run("by=Estimate", func(b *testing.B) {
		for b.Loop() {
			d.Estimate()
		}
	})
}
