package drift_test

import (
	"math"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

func TestTableFollowsCatalog(t *testing.T) {
	if got, want := len(drift.Statistics), len(catalog.Statistics); got != want {
		t.Fatalf("got %d statistics, want %d", got, want)
	}
	for i, s := range drift.Statistics {
		if s.Name != catalog.Statistics[i] {
			t.Errorf("statistic %d: got %q, want %q", i, s.Name, catalog.Statistics[i])
		}
	}
}

func TestDefined(t *testing.T) {
	for _, c := range []struct {
		statistic catalog.Statistic
		kind      catalog.Kind
		want      bool
	}{
		{catalog.PSI, catalog.Numeric, true},
		{catalog.PSI, catalog.Boolean, true},
		{catalog.LInf, catalog.Numeric, false},
		{catalog.LInf, catalog.Categorical, true},
		{catalog.KS, catalog.Numeric, true},
		{catalog.KS, catalog.Boolean, false},
		{catalog.Wasserstein, catalog.Categorical, false},
		{"ksi", catalog.Numeric, false},
	} {
		if got := drift.Defined(c.statistic, c.kind); got != c.want {
			t.Errorf("%s of %s: got %v, want %v", c.statistic, c.kind, got, c.want)
		}
	}
}

// For large samples the limits are the textbook's.
func TestCriticalOfLargeSamples(t *testing.T) {
	const n, m, quantile = 2e6, 1e6, 21.665994333461924 // of chi2 with 9 degrees of freedom at 0.99
	noise := 1/n + 1/m
	want := map[catalog.Statistic]float64{
		catalog.PSI:       noise * quantile,
		catalog.KL:        noise * quantile / 2,
		catalog.JS:        math.Sqrt(noise * quantile / 8 / math.Ln2),
		catalog.Hellinger: math.Sqrt(noise * quantile / 8),
		catalog.Chi2:      math.Sqrt(quantile / (n + m)),
		catalog.KS:        1.6276236115189503 * math.Sqrt(noise), // Kolmogorov's
	}
	c := drift.New(normalShape(), normalBase(m), nil)
	for _, r := range c.Compare(nil, normalBase(n), catalog.Statistics, 0.01, time.Hour) {
		if w, ok := want[r.Statistic]; ok && math.Abs(r.Critical/w-1) > 0.04 {
			t.Errorf("%s: got critical value %v, want %v", r.Statistic, r.Critical, w)
		}
		if r.Distance > 1e-3 {
			t.Errorf("%s: got distance %v of equal shares", r.Statistic, r.Distance)
		}
	}
}

// What a user must be able to rely on: a real shift exceeds, by every statistic.
func TestDriftExceeds(t *testing.T) {
	shifted := normalBase(5_000)
	for i := range shifted.Counts[:128] {
		moved := shifted.Counts[i] * 3 / 4
		shifted.Counts[i] -= moved
		shifted.Counts[i+128] += moved
	}
	categories := drift.Side{Counts: zipfCounts(20, 1, 1_000_000)}
	news := drift.Side{Counts: zipfCounts(20, 1, 5_000)}
	news.Counts[21] = 500 // unseen
	news.Counts[0] -= 500
	for _, c := range []struct {
		name       string
		comparison *drift.Comparison
		live       drift.Side
	}{
		{"shift", drift.New(normalShape(), normalBase(1_000_000), nil), shifted},
		{"shift of a correlated column", drift.New(normalShape(), normalBase(1_000_000), someEffects()), shifted},
		{"unseen category", drift.New(drift.Shape{Kind: catalog.Categorical}, categories, nil), news},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range c.comparison.Compare(nil, c.live, catalog.Statistics, 1e-4, time.Hour) {
				if !(r.Distance > r.Critical) {
					t.Errorf("%s: got distance %v within %v", r.Statistic, r.Distance, r.Critical)
				}
			}
		})
	}
}

// One event of a new category is no alarm, however large the baseline.
func TestOneUnseenEventIsNoDrift(t *testing.T) {
	base := drift.Side{Counts: zipfCounts(10, 1, 1_000_000)}
	live := drift.Side{Counts: zipfCounts(10, 1, 2_000)}
	live.Counts[11] = 1
	c := drift.New(drift.Shape{Kind: catalog.Categorical}, base, nil)
	for _, r := range c.Compare(nil, live, catalog.Statistics, 0.01, time.Hour) {
		if r.Distance > r.Critical {
			t.Errorf("%s: got distance %v above %v", r.Statistic, r.Distance, r.Critical)
		}
	}
}

// More noise means a higher limit: fewer events, a smaller alpha, correlation.
func TestCriticalIsOrdered(t *testing.T) {
	at := func(n float64, alpha float64, effects []drift.Effect) map[catalog.Statistic]float64 {
		values := map[catalog.Statistic]float64{}
		c := drift.New(normalShape(), normalBase(100_000), effects)
		for _, r := range c.Compare(nil, normalBase(uint64(n)), catalog.Statistics, alpha, 2*time.Hour) {
			values[r.Statistic] = r.Critical
		}
		return values
	}
	reference := at(10_000, 0.01, nil)
	for name, larger := range map[string]map[catalog.Statistic]float64{
		"fewer events":  at(5_000, 0.01, nil),
		"smaller alpha": at(10_000, 1e-6, nil),
		"correlated":    at(10_000, 0.01, someEffects()),
	} {
		for s, want := range reference {
			if got := larger[s]; !(got > want) || math.IsInf(got, 0) {
				t.Errorf("%s: %s: got %v, want more than %v", name, s, got, want)
			}
		}
	}
}

func TestCompareEdges(t *testing.T) {
	for _, c := range []struct {
		name       string
		shape      drift.Shape
		base, live drift.Side
		nan        bool
	}{
		{"no live event", normalShape(), normalBase(1000), normalBase(0), true},
		{"no base event", normalShape(), normalBase(0), normalBase(1000), true},
		{"one live event", drift.Shape{Kind: catalog.Boolean}, drift.Side{Counts: []uint64{60, 40, 0, 0}}, drift.Side{Counts: []uint64{1, 0, 0, 0}}, false},
		{"a constant column", drift.Shape{Kind: catalog.Categorical}, drift.Side{Counts: []uint64{100, 0, 0}}, drift.Side{Counts: []uint64{100, 0, 0}}, false},
		{"a constant column and something new", drift.Shape{Kind: catalog.Categorical}, drift.Side{Counts: []uint64{100, 0, 0}}, drift.Side{Counts: []uint64{0, 0, 100}}, false},
		{"two fine bins", drift.Shape{Kind: catalog.Numeric, Edges: []float64{0}, Decision: []int{0}, Scale: 1}, drift.Side{Counts: []uint64{50, 50}, Low: -1, High: 1}, drift.Side{Counts: []uint64{20, 0}, Low: -1, High: math.NaN()}, false},
		{"an empty last bin", drift.Shape{Kind: catalog.Numeric, Edges: []float64{0, 1}, Decision: []int{0, 1}, Scale: 0.5}, drift.Side{Counts: []uint64{50, 50, 0}, Low: 0, High: math.NaN()}, drift.Side{Counts: []uint64{20, 10, 3}, Low: -1, High: 7}, false},
		{"one decision bin", drift.Shape{Kind: catalog.Numeric, Edges: []float64{0, 1}, Scale: 0.5}, drift.Side{Counts: []uint64{50, 50, 20}, Low: 0, High: 2}, drift.Side{Counts: []uint64{20, 10, 3}, Low: -1, High: 7}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			comparison := drift.New(c.shape, c.base, nil)
			results := comparison.Compare(nil, c.live, catalog.Statistics, 1e-6, time.Hour)
			if len(results) == 0 {
				t.Fatal("no results")
			}
			for _, r := range results {
				if math.IsNaN(r.Distance) != c.nan || math.IsNaN(r.Critical) != c.nan {
					t.Errorf("%s: got distance %v and critical value %v, want NaN: %v", r.Statistic, r.Distance, r.Critical, c.nan)
				}
				if math.IsInf(r.Distance, 0) || math.IsInf(r.Critical, 0) || r.Critical < 0 {
					t.Errorf("%s: got distance %v and critical value %v", r.Statistic, r.Distance, r.Critical)
				}
			}
		})
	}
}

func TestCompareAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		name       string
		comparison *drift.Comparison
		live       drift.Side
	}{
		{"numeric", drift.New(normalShape(), normalBase(100_000), someEffects()), normalBase(5_000)},
		{"categorical", drift.New(drift.Shape{Kind: catalog.Categorical}, drift.Side{Counts: zipfCounts(50, 1, 100_000)}, nil), drift.Side{Counts: zipfCounts(50, 1, 5_000)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var results []drift.Result
			if n := testing.AllocsPerRun(100, func() {
				results = c.comparison.Compare(results[:0], c.live, catalog.Statistics, 0.001, time.Hour)
			}); n != 0 {
				t.Errorf("got %v allocations, want 0", n)
			}
		})
	}
}
