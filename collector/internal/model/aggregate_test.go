package model

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// countRows counts rows of a batch as a server would: value by value, knowing
// nothing of panes.
func countRows(m *Model, at time.Time, rows []row) event.Aggregate {
	a := event.Aggregate{Model: "fraud", Version: "1", At: at.UnixNano(), Last: at.UnixNano(), Rows: uint64(len(rows))}
	for i := range m.Columns() {
		c := &m.Columns()[i]
		n := event.Counted{Name: c.Name, Output: c.Output}
		bins, words := map[int]uint64{}, map[string]uint64{}
		for _, r := range rows {
			switch x := map[string]any{"amount": r.amount, "country": r.country, "prediction": r.prediction, "score": r.score}[c.Name].(type) {
			case nil, null:
				n.Missing++
			case float64:
				countNumber(c, x, &n, bins)
			case string:
				if c.Kind == catalog.Numeric {
					n.Type++
				} else if slices.Contains(c.Base.Categories, x) {
					words[x]++
				} else {
					n.Unlisted++
				}
			}
		}
		for bin, k := range bins {
			n.Bins = append(n.Bins, event.BinCount{Bin: bin, N: k})
		}
		for word, k := range words {
			n.Words = append(n.Words, event.WordCount{Word: word, N: k})
		}
		a.Columns = append(a.Columns, n)
	}
	return a
}

func countNumber(c *Column, x float64, n *event.Counted, bins map[int]uint64) {
	bin := 0
	for bin < len(c.Base.Edges) && x > c.Base.Edges[bin] {
		bin++
	}
	bins[bin]++
	if c.Range != nil && (x < c.Range[0] || x > c.Range[1]) {
		n.Range++
	}
	if math.IsInf(x, 0) {
		return
	}
	if n.N == 0 {
		n.Min, n.Max, n.Shift = x, x, c.Base.Mean
	}
	n.N++
	n.Sum += x - n.Shift
	n.SumSq += (x - n.Shift) * (x - n.Shift)
	n.Min, n.Max = min(n.Min, x), max(n.Max, x)
	if bin == 0 {
		n.LowN++
		n.Low += x
	}
	if bin == len(c.Base.Edges) {
		n.HighN++
		n.High += x
	}
}

func aggregates(a ...event.Aggregate) *event.Batch {
	b := new(event.Batch)
	b.Arrival, b.Aggregates = noon.Add(365*24*time.Hour).UnixNano(), a
	return b
}

// TestCountsAreRows: rows that were counted elsewhere change a version as the rows
// themselves do.
func TestCountsAreRows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		whole, counted := stateSet(t, 0), stateSet(t, 0)
		var m batcher
		for i := range rapid.IntRange(1, 5).Draw(rt, "spans") {
			at := noon.Add(time.Duration(i) * 7 * time.Minute)
			var rows []row
			for range rapid.IntRange(1, 30).Draw(rt, "rows") {
				rows = append(rows, row{at: at, model: "fraud", version: "1",
					amount:  rapid.SampledFrom([]any{1., 50., 99., 200., -999., null{}, "text", math.Inf(1)}).Draw(rt, "amount"),
					country: rapid.SampledFrom([]any{"DE", "FR", "XX", "YY", null{}}).Draw(rt, "country"), prediction: rapid.SampledFrom([]any{"0", "1"}).Draw(rt, "prediction"),
					score: rapid.Float64Range(-1, 2).Draw(rt, "score")})
			}
			whole.Apply(0, m.batch(rows), noon.UnixNano())
			counted.Apply(0, aggregates(countRows(counted.byName["fraud"], at, rows)), noon.UnixNano())
		}
		v, w := whole.byName["fraud"].Versions[0], counted.byName["fraud"].Versions[0]
		if v.Predictions != w.Predictions || v.LastEvent != w.LastEvent || v.Late != w.Late || fmt.Sprint(tally(v.Classes)) != fmt.Sprint(tally(w.Classes)) {
			rt.Fatalf("%d rows to %d, %d late, classes %v; counted %d to %d, %d late, %v", v.Predictions, v.LastEvent, v.Late, tally(v.Classes), w.Predictions, w.LastEvent, w.Late, tally(w.Classes))
		}
		for i := range v.Columns {
			x, y := v.Columns[i], w.Columns[i]
			if x.sentinels, y.sentinels, x.Sentinel = nil, nil, 0; x != y { // counts find no undeclared sentinels
				rt.Fatalf("column %d: %+v, counted %+v", i, x, y)
			}
		}
		sameSums(rt, v, w)
	})
}

func tally(t *Tally) map[string]uint64 {
	m := map[string]uint64{}
	for i, name := range t.Names {
		m[name] = t.Counts[i]
	}
	return m
}

func sameSums(t rapid.TB, v, w *Version) {
	t.Helper()
	a, b := v.Model.Sums(), w.Model.Sums()
	for i := range v.Model.set.cfg.Global.Windows {
		v.Window(i, a)
		w.Window(i, b)
		if !slices.Equal(a.Counts, b.Counts) {
			t.Fatalf("window %d: bins %v, counted %v", i, a.Counts, b.Counts)
		}
		for k := range a.Moments {
			x, y := &a.Moments[k], &b.Moments[k]
			if x.N != y.N || x.LowN != y.LowN || x.HighN != y.HighN || x.Min != y.Min || x.Max != y.Max {
				t.Fatalf("window %d: %+v, counted %+v", i, *x, *y)
			}
			// Sums of 150 numbers of 1000 at most about a mean of 50, in another order.
			for _, p := range [][2]float64{{x.Sum, y.Sum}, {x.SumSq, y.SumSq}, {x.Low, y.Low}, {x.High, y.High}} {
				if math.Abs(p[0]-p[1]) > 1e-9*max(1, math.Abs(p[0]), x.SumSq) {
					t.Fatalf("window %d: %+v, counted %+v", i, *x, *y)
				}
			}
		}
	}
	v.Total(a)
	w.Total(b)
	if !slices.Equal(a.Counts, b.Counts) {
		t.Fatalf("in all: bins %v, counted %v", a.Counts, b.Counts)
	}
}

// TestMoreRowsThanAPaneCounts: a pane counts in 32 bits, a table may have more rows
// of one minute.
func TestMoreRowsThanAPaneCounts(t *testing.T) {
	const half = 1 << 31
	for name, spans := range map[string][]uint64{
		"one": {1<<32 + 5}, "exactly": {1 << 32}, "half": {half}, "below half": {half - 1, half - 1, 3},
		"twice": {half + 7, half + 9}, "many": {1<<35 + 3, 1<<33 + 1}, "small, then large": {12, 1<<32 - 1, 12},
	} {
		t.Run(name, func(t *testing.T) {
			s := stateSet(t, 0)
			m := s.byName["fraud"]
			amount, country := column(t, m, "amount"), column(t, m, "country")
			var rows uint64
			for _, n := range spans {
				rows += n
				s.Apply(0, aggregates(event.Aggregate{Model: "fraud", Version: "1", At: noon.UnixNano(), Last: noon.UnixNano(), Rows: n, Columns: []event.Counted{
					{Name: "amount", Missing: 2, Bins: []event.BinCount{{Bin: 3, N: n - 3}, {Bin: 5, N: 1}}, N: n - 2, Sum: float64(n), Min: 1, Max: 2},
					{Name: "country", Words: []event.WordCount{{Word: "DE", N: n - 1}}, Unlisted: 1},
				}}), noon.UnixNano())
			}
			k := uint64(len(spans))
			check := func(s *Set) {
				t.Helper()
				v := s.byName["fraud"].Versions[0]
				if v.Predictions != rows || v.Columns[0].Values != rows || v.Columns[0].Missing != 2*k {
					t.Errorf("%d rows and %+v, want %d", v.Predictions, v.Columns[0], rows)
				}
				sum := v.Model.Sums()
				for i := range 3 {
					if v.Total(sum); i < 2 {
						v.Window(i, sum)
						if got := sum.Moments[amount.Moments].N; got != rows-2*k {
							t.Errorf("window %d: moments of %d values, want %d", i, got, rows-2*k)
						}
					}
					if in := amount.In(sum); in[3] != rows-3*k || in[5] != k || total(in) != rows-2*k {
						t.Errorf("sum %d: amount %v, want %d and %d", i, in, rows-3*k, k)
					}
					if in := country.In(sum); total(in) != rows || in[len(in)-1] != k {
						t.Errorf("sum %d: country %v, want %d and %d", i, in, rows-k, k)
					}
				}
			}
			check(s)
			saved := memory{}
			s.Save(saved)
			again := stateSet(t, 0)
			if _, err := again.Load(saved); err != nil {
				t.Fatal(err)
			}
			check(again)
		})
	}
}

// TestCountsOutOfPlace: what does not fit the baseline or a limit is left out and
// counted.
func TestCountsOutOfPlace(t *testing.T) {
	c := testConfig()
	c.Global.Time = config.WallTime
	c.Global.Limits.Models = 1
	s := newTestSet(t, c)
	now := noon.Add(365 * 24 * time.Hour)
	apply := func(a event.Aggregate) { s.Apply(0, aggregates(a), now.UnixNano()) }
	apply(event.Aggregate{At: now.UnixNano(), Last: now.UnixNano(), Rows: 10, Added: []string{"new"}, Columns: []event.Counted{
		{Name: "amount", Removed: true, Missing: 10},
		{Name: "country", Bins: []event.BinCount{{Bin: 0, N: 7}}, Words: []event.WordCount{{Word: "DE", N: 4}}},
		{Name: "nobody", Missing: 3},
		{Name: "score", Output: true, Bins: []event.BinCount{{Bin: -1, N: 1}, {Bin: 1 << 20, N: 1}, {Bin: 0, N: 2}}},
	}})
	apply(event.Aggregate{At: -1 << 62, Last: noon.UnixNano(), Rows: 4})
	apply(event.Aggregate{Model: "another", Version: "1", At: now.UnixNano(), Rows: 6})
	m := s.byName["fraud"]
	v := m.Versions[0]
	if v.Name != unknownVersion || v.Predictions != 14 || v.Late != 4 || v.LastEvent != now.UnixNano() {
		t.Errorf("version %q: %d rows, %d late, the last at %d", v.Name, v.Predictions, v.Late, v.LastEvent)
	}
	if n := v.Columns[0]; n.Removed != 10 || n.Missing != 10 || n.Values != 10 {
		t.Errorf("amount %+v", n)
	}
	if got := tally(v.Added); got["new"] != 10 {
		t.Errorf("added %v", got)
	}
	if s.Dropped[LimitModels] != 6 {
		t.Errorf("%d rows beyond the limit of models, want 6", s.Dropped[LimitModels])
	}
	sum := m.Sums()
	v.Window(0, sum)
	if got := total(column(t, m, "country").In(sum)); got != 4 {
		t.Errorf("country: %d values, want 4", got)
	}
	if got := total(column(t, m, "score").In(sum)); got != 2 {
		t.Errorf("score: %d values, want 2", got)
	}
}
