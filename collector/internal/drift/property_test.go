package drift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// column is a shape and two samples over its bins.
type column struct {
	shape      drift.Shape
	live, base drift.Side
}

func columns() *rapid.Generator[column] {
	return rapid.Custom(func(t *rapid.T) column {
		bins := rapid.IntRange(2, 40).Draw(t, "bins")
		c := column{shape: drift.Shape{Kind: catalog.Numeric, Scale: rapid.Float64Range(0.01, 100).Draw(t, "scale")}}
		edge := rapid.Float64Range(-1e3, 1e3).Draw(t, "first edge")
		for i := range bins - 1 {
			c.shape.Edges = append(c.shape.Edges, edge)
			c.shape.Decision = append(c.shape.Decision, i)
			edge += rapid.Float64Range(1e-3, 10).Draw(t, "width")
		}
		c.live = side(t, "live", c.shape.Edges)
		c.base = side(t, "base", c.shape.Edges)
		return c
	})
}

// side draws a sample that is not empty.
func side(t *rapid.T, name string, edges []float64) drift.Side {
	s := drift.Side{Counts: rapid.SliceOfN(rapid.Uint64Range(0, 1e6), len(edges)+1, len(edges)+1).Draw(t, name)}
	s.Counts[rapid.IntRange(0, len(edges)).Draw(t, name+" nonempty")]++
	s.Low = edges[0] - rapid.Float64Range(0, 50).Draw(t, name+" low")
	s.High = edges[len(edges)-1] + rapid.Float64Range(0, 50).Draw(t, name+" high")
	return s
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

func TestEveryStatistic(t *testing.T) {
	for _, s := range drift.Statistics {
		t.Run(string(s.Name), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := columns().Draw(t, "column")
				d := s.Distance(&c.shape, c.live, c.base)
				if !(d >= 0 && d <= s.Most) {
					t.Fatalf("got %v, want a value in [0, %v]", d, s.Most)
				}
				if self := s.Distance(&c.shape, c.live, c.live); self != 0 {
					t.Fatalf("got %v from itself, want 0", self)
				}
				if back := s.Distance(&c.shape, c.base, c.live); s.Name != catalog.KL && !near(d, back) {
					t.Fatalf("got %v one way and %v the other", d, back)
				}
			})
		})
	}
}

// Ten times the same events are the same shares. Bins empty on one side only are
// left out here: half a count is a smaller share of more events.
func TestScalingBothSamplesChangesNothing(t *testing.T) {
	for _, s := range drift.Statistics {
		t.Run(string(s.Name), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := columns().Draw(t, "column")
				larger := column{c.shape, c.live, c.base}
				larger.live.Counts = make([]uint64, len(c.live.Counts))
				larger.base.Counts = make([]uint64, len(c.live.Counts))
				for i := range c.live.Counts {
					c.live.Counts[i]++
					c.base.Counts[i]++
					larger.live.Counts[i] = 10 * c.live.Counts[i]
					larger.base.Counts[i] = 10 * c.base.Counts[i]
				}
				got, want := s.Distance(&c.shape, larger.live, larger.base), s.Distance(&c.shape, c.live, c.base)
				if !near(got, want) {
					t.Fatalf("got %v, want %v", got, want)
				}
			})
		})
	}
}

func TestOrderOfDecisionBinsDoesNotMatter(t *testing.T) {
	for _, s := range drift.Statistics {
		if s.Bins != drift.Decision {
			continue
		}
		t.Run(string(s.Name), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := columns().Draw(t, "column")
				want := s.Distance(&c.shape, c.live, c.base)
				random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
				random.Shuffle(len(c.live.Counts), func(i, j int) {
					c.live.Counts[i], c.live.Counts[j] = c.live.Counts[j], c.live.Counts[i]
					c.base.Counts[i], c.base.Counts[j] = c.base.Counts[j], c.base.Counts[i]
				})
				if got := s.Distance(&c.shape, c.live, c.base); !near(got, want) {
					t.Fatalf("got %v after a permutation, want %v", got, want)
				}
			})
		})
	}
}

func TestEmptySampleIsNaN(t *testing.T) {
	shape := drift.Shape{Kind: catalog.Numeric, Edges: []float64{1, 2}, Scale: 1}
	some := drift.Side{Counts: []uint64{1, 2, 3}, Low: 0, High: 3}
	none := drift.Side{Counts: []uint64{0, 0, 0}, Low: math.NaN(), High: math.NaN()}
	for _, s := range drift.Statistics {
		for _, d := range []float64{s.Distance(&shape, some, none), s.Distance(&shape, none, some)} {
			if !math.IsNaN(d) {
				t.Errorf("%s: got %v, want NaN", s.Name, d)
			}
		}
	}
}

// A quantile is between the extremes, grows with q, and 0 and 1 are the extremes.
func TestQuantileIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := columns().Draw(t, "column")
		low, high := c.live.Low, c.live.High
		before := low
		for _, q := range []float64{0, 0.01, 0.25, 0.5, 0.75, 0.99, 1} {
			got := drift.Quantile(c.shape.Edges, c.live.Counts, low, high, q)
			if !(got >= before && got <= high) {
				t.Fatalf("q=%v: got %v, want a value in [%v, %v]", q, got, before, high)
			}
			before = got
		}
	})
}
