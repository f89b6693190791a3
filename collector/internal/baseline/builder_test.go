package baseline_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

func randomRows(r *rand.Rand, n int) []row {
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	value := func(v any) any {
		switch r.IntN(12) {
		case 0:
			return null{}
		case 1:
			return nil
		}
		return v
	}
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{
			at: start.Add(time.Duration(r.IntN(1e6)) * time.Second), // in any order
			features: map[string]any{
				"number": value(math.Floor(1000*r.NormFloat64()) / 8),
				"word":   value(fmt.Sprint("w", r.IntN(9))),
				"flag":   value(r.IntN(3) == 0),
				"mixed":  value([]any{1.5, "text", true, []any{}, 2.5}[r.IntN(5)]),
			},
			prediction: value(r.IntN(3)), score: value(r.Float64()), label: value(r.IntN(3)),
		}
	}
	return rows
}

// TestBuildDoesNotDependOnBatches cuts the same rows into other batches.
func TestBuildDoesNotDependOnBatches(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		rows := randomRows(r, rapid.IntRange(20, 600).Draw(rt, "rows"))
		o := baseline.Options{SampleRows: rapid.SampledFrom([]int{1000, 50}).Draw(rt, "sample")}
		want := build(t, o, rows)
		var parts [][]row
		for rest := rows; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "batch")
			parts, rest = append(parts, rest[:n]), rest[n:]
		}
		got := buildParts(t, o, parts)
		// Sums of other blocks round differently, columns may appear in other orders.
		byName := cmpopts.SortSlices(func(a, b baseline.Column) bool { return a.Name < b.Name })
		created := cmpopts.IgnoreFields(baseline.File{}, "Created")
		if diff := cmp.Diff(want, got, byName, created, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-9, 1e-9)); diff != "" {
			rt.Fatalf("-one batch +several:\n%s", diff)
		}
	})
}

// TestSampleKeepsRowsTogether has columns that are functions of each other in each
// row, and more rows than the sample.
func TestSampleKeepsRowsTogether(t *testing.T) {
	var parts [][]row
	r := rand.New(rand.NewPCG(3, 4))
	const n = 20_000
	for i := 0; i < n; {
		var rows []row
		for range 1 + r.IntN(700) {
			x := r.IntN(4)
			f := map[string]any{"x": float64(x), "word": fmt.Sprint(x)}
			if i > n/2 {
				f["late"] = x == 1
			}
			rows = append(rows, row{features: f})
			i++
		}
		parts = append(parts, rows)
	}
	f := buildParts(t, baseline.Options{SampleRows: 1000}, parts)
	rows := 0
	for _, p := range parts {
		rows += len(p)
	}
	if f.Rows != uint64(rows) || f.SampledRows != 1000 {
		t.Fatalf("%d rows, %d sampled; want %d and 1000", f.Rows, f.SampledRows, rows)
	}
	x, word, late := column(t, f.Features, "x"), column(t, f.Features, "word"), column(t, f.Features, "late")
	for i, name := range word.Categories {
		if got := x.Counts[slices.Index([]string{"0", "1", "2", "3"}, name)]; got != word.Counts[i] {
			t.Errorf("word %s is sampled %d times, its number %d times", name, word.Counts[i], got)
		}
	}
	// Of all rows, so within the standard error of 20,000, not of 1,000.
	if math.Abs(x.Mean-1.5) > 5*1.12/math.Sqrt(n) {
		t.Errorf("mean %v, want 1.5", x.Mean)
	}
	if share := float64(late.Absent) / float64(late.Rows); math.Abs(share-.5) > .02 {
		t.Errorf("absent in %v of the rows, want half", share)
	}
	if sampled := float64(late.Values()); math.Abs(sampled-500) > 80 {
		t.Errorf("%v values sampled, want about 500", sampled)
	}
}

func TestKinds(t *testing.T) {
	declared := map[string]catalog.Kind{"x": catalog.Categorical}
	for _, tt := range []struct {
		name       string
		kinds      map[string]catalog.Kind
		values     []any
		want       catalog.Kind
		categories []string
		counts     []uint64 // with other and unseen; nil to leave them out
	}{
		{"numbers", nil, repeat(9, 1.5, 2.5), catalog.Numeric, nil, nil},
		{"zero and one", nil, repeat(9, 1, 0), catalog.Numeric, nil, nil},
		{"booleans", nil, repeat(9, true, false), catalog.Boolean, []string{"true", "false"}, []uint64{9, 1, 0, 0}},
		{"always true", nil, repeat(9, true), catalog.Boolean, []string{"true", "false"}, []uint64{9, 0, 0, 0}},
		{"texts", nil, repeat(3, "b", "a", "c", "c"), catalog.Categorical, []string{"b", "c", "a"}, []uint64{3, 2, 1, 0, 0}},
		{"more texts", nil, []any{"a", "a", 7}, catalog.Categorical, []string{"a", "7"}, []uint64{2, 1, 0, 0}},
		{"more numbers", nil, []any{7, 7, "a"}, catalog.Numeric, nil, []uint64{0, 2, 0}},
		{"more booleans", nil, []any{true, true, 0, "yes"}, catalog.Boolean, []string{"true", "false", "yes"}, []uint64{2, 1, 1, 0, 0}},
		{"declared nested", declared, []any{[]any{}}, catalog.Categorical, nil, []uint64{0, 0}},
		{"sometimes nested", nil, []any{[]any{}, 7, 7}, catalog.Numeric, nil, []uint64{0, 2, 0}},
		{"declared", declared, []any{2, 2.5, 1e21, true, math.Copysign(0, -1)}, catalog.Categorical, []string{"0", "1000000000000000000000", "2", "2.5", "true"}, nil},
		{"declared text and number", declared, []any{2, "2"}, catalog.Categorical, []string{"2"}, []uint64{2, 0, 0}},
		{"declared boolean", map[string]catalog.Kind{"x": catalog.Boolean}, []any{1, 0, 1}, catalog.Boolean, []string{"true", "false"}, []uint64{2, 1, 0, 0}},
		{"declared numeric", map[string]catalog.Kind{"x": catalog.Numeric}, []any{"a", "b", 1, 2}, catalog.Numeric, nil, []uint64{1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := build(t, baseline.Options{Kinds: tt.kinds}, rowsOf(tt.values...))
			c := column(t, f.Features, "x")
			if c.Kind != tt.want || !slices.Equal(c.Categories, tt.categories) || tt.counts != nil && !slices.Equal(c.Counts, tt.counts) {
				t.Errorf("%s %q %v, want %s %q %v", c.Kind, c.Categories, c.Counts, tt.want, tt.categories, tt.counts)
			}
			roundTrip(t, f)
		})
	}
}

// TestNestedFeatures leaves out what is always a list or an object, or null.
func TestNestedFeatures(t *testing.T) {
	var m batcher
	batch := m.batch([]row{
		{features: map[string]any{"tags": []any{}, "x": 1, "sometimes": []any{}, "nothing": null{}}},
		{features: map[string]any{"tags": null{}, "x": 2, "sometimes": 3, "nothing": null{}}},
	})
	b := baseline.NewBuilder(baseline.Options{})
	b.Add(batch, all(batch))
	f, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Features {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"nothing", "sometimes", "x"}) || !slices.Equal(b.Nested(), []string{"tags"}) {
		t.Errorf("features %q, nested %q; want all but tags, and tags", names, b.Nested())
	}
}

func TestPredictionKinds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	draw := func(n int, f func() any) []any {
		v := make([]any, n)
		for i := range v {
			v[i] = f()
		}
		return v
	}
	for _, tt := range []struct {
		name   string
		values []any
		want   catalog.Kind
	}{
		{"two classes", []any{0, 1}, catalog.Categorical},
		{"ten classes", draw(500, func() any { return r.IntN(10) }), catalog.Categorical},
		{"named classes", []any{"cat", "dog"}, catalog.Categorical},
		{"true and false", []any{true, false}, catalog.Boolean},
		{"real numbers", draw(500, func() any { return r.Float64() }), catalog.Numeric},
		{"a few real numbers", []any{0.5, 1, 1, 1}, catalog.Numeric},
		{"many integers", draw(5000, func() any { return r.IntN(300) }), catalog.Numeric},
		{"each integer a few times", draw(100, func() any { return r.IntN(40) }), catalog.Numeric},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows := make([]row, len(tt.values))
			for i, v := range tt.values {
				rows[i] = row{prediction: v, score: 0.5}
			}
			f := build(t, baseline.Options{}, rows)
			if got := column(t, f.Outputs, "prediction").Kind; got != tt.want {
				t.Errorf("prediction is %s, want %s", got, tt.want)
			}
			if got := column(t, f.Outputs, "score").Kind; got != catalog.Numeric {
				t.Errorf("score is %s", got)
			}
		})
	}
}

// TestExhaustive tells columns of categories, where a new value is news, from
// columns of identifiers, where it is not.
func TestExhaustive(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	words := func(n, different int) []any {
		v := make([]any, n)
		for i := range v {
			v[i] = fmt.Sprint("w", r.IntN(different))
		}
		return v
	}
	for _, tt := range []struct {
		name       string
		sample     int
		values     []any
		exhaustive bool
		rare       int
		unknown    int
	}{
		{"few", 0, words(1000, 5), true, 0, 6},
		{"more than max_categories", 0, words(10_000, 100), true, 90, 11},
		{"one seen once", 0, append(words(50, 5), "last"), true, 0, 7},
		{"seen outside the sample", 100, append(words(9000, 5), repeat(9, "last")...), true, 0, 7},
		{"identifiers", 0, words(1000, 1e9), false, 0, 10},
		{"more than are listed", 0, words(50_000, 2000), false, 0, 10},
		{"more than are counted", 0, words(100_000, 20_000), false, 0, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := build(t, baseline.Options{MaxCategories: 10, SampleRows: tt.sample}, rowsOf(tt.values...))
			c := column(t, f.Features, "x")
			if c.Exhaustive != tt.exhaustive || len(c.Rare) != tt.rare || c.Unknown() != tt.unknown {
				t.Errorf("exhaustive %v, %d rare, unknown in bin %d; want %v, %d, %d",
					c.Exhaustive, len(c.Rare), c.Unknown(), tt.exhaustive, tt.rare, tt.unknown)
			}
			if c.Values() != f.SampledRows {
				t.Errorf("counts add up to %d of %d", c.Values(), f.SampledRows)
			}
			roundTrip(t, f)
		})
	}
}

func TestCategoriesOfOneFeature(t *testing.T) {
	rows := make([]row, 100)
	for i := range rows {
		rows[i].features = map[string]any{"x": fmt.Sprint(i % 10), "y": fmt.Sprint(i % 10), "z": fmt.Sprint(i % 10)}
	}
	f := build(t, baseline.Options{MaxCategories: 4, Categories: map[string]int{"x": 2, "y": 20}}, rows)
	for name, want := range map[string]int{"x": 2, "y": 10, "z": 4} {
		if c := column(t, f.Features, name); len(c.Categories) != want || len(c.Rare) != 10-want {
			t.Errorf("%s has %d categories and %d rare ones, want %d", name, len(c.Categories), len(c.Rare), want)
		}
	}
}

// TestWordsOfSeveralSources has two dictionaries that give one word two codes.
func TestWordsOfSeveralSources(t *testing.T) {
	b := baseline.NewBuilder(baseline.Options{})
	var one, two batcher
	for _, add := range []struct {
		m      *batcher
		values []any
	}{
		{&one, []any{"a", "b", "b"}}, {&two, []any{"b", "c"}}, {&one, []any{"c", "a", "d"}}, {&two, []any{"a", "b"}},
	} {
		batch := add.m.batch(rowsOf(add.values...))
		b.Add(batch, all(batch))
	}
	f, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	c := column(t, f.Features, "x")
	if want := []string{"b", "a", "c", "d"}; !slices.Equal(c.Categories, want) || !slices.Equal(c.Counts, []uint64{4, 3, 2, 1, 0, 0}) {
		t.Errorf("%q %v, want %q 4 3 2 1", c.Categories, c.Counts, want)
	}
}

func TestUnlistedTextsAreOther(t *testing.T) {
	var m batcher
	batch := m.batch(rowsOf("a", "a", "x", "y"))
	col := &batch.Features[0]
	for i := 2; i < 4; i++ {
		text, _ := col.Text(i)
		col.Codes[i], col.Nums[i] = event.Unlisted, math.Float64frombits(event.Hash(text))
	}
	b := baseline.NewBuilder(baseline.Options{})
	b.Add(batch, all(batch))
	f, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	c := column(t, f.Features, "x")
	if !slices.Equal(c.Counts, []uint64{2, 2, 0}) || c.Exhaustive || c.Distinct != 3 {
		t.Errorf("counts %v, exhaustive %v, distinct %v; want [2 2 0], false, 3", c.Counts, c.Exhaustive, c.Distinct)
	}
}

func TestOnlyPredictionsCount(t *testing.T) {
	var m batcher
	batch := m.batch(rowsOf(1, 2, 3, 4))
	batch.Types[1], batch.Types[2] = event.Label, event.Outcome
	b := baseline.NewBuilder(baseline.Options{})
	b.Add(batch, []int32{0, 1, 2})
	if b.Rows() != 1 {
		t.Errorf("%d rows, want 1", b.Rows())
	}
}

func TestBuildOfNothing(t *testing.T) {
	b := baseline.NewBuilder(baseline.Options{})
	if _, err := b.Build(); !errors.Is(err, baseline.ErrNoEvents) {
		t.Errorf("error %v, want ErrNoEvents", err)
	}
	var m batcher
	batch := m.batch([]row{{}, {}})
	b.Add(batch, all(batch))
	if _, err := b.Build(); !errors.Is(err, baseline.ErrNoEvents) {
		t.Errorf("error %v, want ErrNoEvents", err)
	}
}

// TestEffects has hours that differ from each other and values without order in
// time, at times that come in any order.
func TestEffects(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	start := time.Date(2026, 10, 1, 5, 7, 0, 0, time.UTC)
	level := make([]float64, 200)
	for i := range level {
		level[i] = r.NormFloat64()
	}
	rows := make([]row, 20_000)
	for i := range rows {
		at := time.Duration(r.IntN(200*3600)) * time.Second
		x := level[int(at.Hours())] + r.NormFloat64()
		rows[i] = row{at: start.Add(at), features: map[string]any{"wanders": x, "noise": r.NormFloat64(), "word": fmt.Sprint(x > 0)}}
	}
	f := build(t, baseline.Options{Windows: []time.Duration{3 * time.Hour, time.Hour}}, rows)
	lengths := map[string][]float64{}
	for _, c := range f.Features {
		for _, e := range c.Effects {
			lengths[c.Name] = append(lengths[c.Name], e.Seconds)
		}
	}
	// 10 minutes have too few values, a week and a month are too long.
	if want := []float64{3600, 3 * 3600, 6 * 3600, 24 * 3600}; !slices.Equal(lengths["wanders"], want) {
		t.Errorf("lengths %v, want %v", lengths["wanders"], want)
	}
	// Half of the variance is between hours: with two ordered halves ρ of the
	// shares is near that of a sign, asin(½)·2/π = ⅓.
	for name, within := range map[string][2]float64{"word": {.2, .45}, "wanders": {.05, .5}, "noise": {0, .005}} {
		if rho := column(t, f.Features, name).Effects[0].Correlation[catalog.Chi2]; rho < within[0] || rho > within[1] {
			t.Errorf("correlation of %s within hours: %.4f, want %v", name, rho, within)
		}
	}
	for i := range rows {
		rows[i].at = time.Time{}
	}
	f = build(t, baseline.Options{}, rows)
	if n := len(f.Features[0].Effects); n > 0 || !f.From.IsZero() {
		t.Errorf("without times there are %d effects, from %v", n, f.From)
	}
}
