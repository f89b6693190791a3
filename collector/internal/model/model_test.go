package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// row is one event of a test, before it becomes part of a batch.
type row struct {
	at             time.Time
	id             string
	model, version string
	amount         any // nil: absent; null, float64, bool, string
	country        any
	prediction     any
	score          float64
	err            string
}

type null struct{}

// words is a column dictionary as a decoder would keep it.
type words struct {
	list  []string
	index map[string]uint32
}

func (w *words) set(c *event.Column, row int, value any) {
	switch v := value.(type) {
	case nil:
		c.Cells[row] = event.Absent
	case null:
		c.Cells[row] = event.Null
	case float64:
		c.Cells[row], c.Nums[row] = event.Number, v
	case bool:
		c.Cells[row], c.Nums[row] = event.Bool, 0
		if v {
			c.Nums[row] = 1
		}
	case string:
		if w.index == nil {
			w.index = map[string]uint32{}
		}
		code, ok := w.index[v]
		if !ok {
			code = uint32(len(w.list))
			w.index[v] = code
			w.list = append(w.list, v)
		}
		c.Cells[row], c.Codes[row] = event.Text, code
	default:
		panic(fmt.Sprintf("test value %T", value))
	}
	c.Words = w.list[:len(w.list):len(w.list)]
}

// batcher makes batches the way a decoder does.
type batcher struct{ model, version, amount, country, prediction, err words }

func (m *batcher) batch(rows []row) *event.Batch {
	b := new(event.Batch)
	b.AddColumn(&b.Features, "amount")
	b.AddColumn(&b.Features, "country")
	b.Resize(len(rows))
	b.Arrival = noon.Add(time.Hour * 24 * 365).UnixNano()
	for i, r := range rows {
		b.AppendID([]byte(r.id))
		b.Times[i] = r.at.UnixNano()
		text := func(s string) any {
			if s == "" {
				return nil
			}
			return s
		}
		m.model.set(&b.Model, i, text(r.model))
		m.version.set(&b.Version, i, text(r.version))
		m.err.set(&b.Error, i, text(r.err))
		m.amount.set(&b.Features[0], i, r.amount)
		m.country.set(&b.Features[1], i, r.country)
		m.prediction.set(&b.Prediction, i, r.prediction)
		b.Score.Cells[i], b.Score.Nums[i] = event.Number, r.score
	}
	return b
}

func testConfig() *config.Config {
	c := config.ForTail([]string{"x"})
	c.Global.Time = config.EventTime
	c.Global.Windows = []time.Duration{10 * time.Minute, time.Hour}
	c.Global.Lateness = 30 * time.Second
	return c
}

// learned returns a baseline of amount ~ U(0,100), country DE/FR/IT, prediction 0/1.
func learned(t testing.TB) *baseline.File {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	var m batcher
	builder := baseline.NewBuilder(baseline.Options{Model: "fraud", MaxCategories: 10})
	var rows []row
	for i := range 3000 {
		rows = append(rows, row{
			at: noon.Add(time.Duration(i-3000) * time.Second), amount: 100 * r.Float64(),
			country: []any{"DE", "FR", "IT"}[r.IntN(3)], prediction: []any{"0", "1"}[r.IntN(2)], score: r.Float64(),
		})
	}
	all := make([]int32, len(rows))
	for i := range all {
		all[i] = int32(i)
	}
	builder.Add(m.batch(rows), all)
	f, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	f.Created = noon
	return f
}

func newTestSet(t testing.TB, c *config.Config) *Set {
	t.Helper()
	c.Models = append(c.Models, config.Model{Name: "fraud", Sources: []string{"s"}})
	s, err := NewSet(c, map[string]*baseline.File{"fraud": learned(t)}, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func column(t testing.TB, m *Model, name string) *Column {
	t.Helper()
	columns := m.Columns()
	for i := range columns {
		if columns[i].Name == name {
			return &columns[i]
		}
	}
	t.Fatalf("no column %q", name)
	return nil
}

// TestWindowEqualsRecomputation: however events are cut into batches and however
// late they come, the windows hold what a recount over all events finds.
func TestWindowEqualsRecomputation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newTestSet(t, testConfig())
		var m batcher
		var rows []row
		at := noon
		for i := range rapid.IntRange(1, 400).Draw(rt, "n") {
			at = at.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "step")) * time.Second)
			rows = append(rows, row{
				at: at.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 0, 20, 500}).Draw(rt, "age")) * time.Second), id: fmt.Sprint(i),
				amount:  rapid.SampledFrom([]any{1., 50., 99., 200., -999., nil, null{}, "text", math.Inf(1)}).Draw(rt, "amount"),
				country: rapid.SampledFrom([]any{"DE", "FR", "XX", nil, null{}, 7.}).Draw(rt, "country"), prediction: "1",
			})
		}
		for left := rows; len(left) > 0; {
			n := rapid.IntRange(1, len(left)).Draw(rt, "batch")
			s.Apply(0, m.batch(left[:n]), noon.UnixNano())
			left = left[n:]
		}
		model := s.byName["fraud"]
		v := model.Versions[0]
		amount, country := column(t, model, "amount"), column(t, model, "country")
		sum := model.Sums()
		v.Total(sum)
		var want struct{ numbers, texts, unseen, missing, wrong uint64 }
		for _, r := range rows {
			switch r.amount.(type) {
			case float64:
				want.numbers++
			case string:
				want.wrong++
			default:
				want.missing++
			}
			switch c := r.country.(type) {
			case string, float64:
				want.texts++
				if c != "DE" && c != "FR" {
					want.unseen++
				}
			}
		}
		if got := total(amount.In(sum)); got != want.numbers {
			rt.Fatalf("amount: %d values in all, want %d", got, want.numbers)
		}
		if got := total(country.In(sum)); got != want.texts {
			rt.Fatalf("country: %d values in all, want %d", got, want.texts)
		}
		if in := country.In(sum); in[len(in)-1] != want.unseen {
			rt.Fatalf("country: %d unseen, want %d", in[len(in)-1], want.unseen)
		}
		if n := v.Columns[0]; n.Missing != want.missing || n.Type != want.wrong || n.Values != uint64(len(rows)) {
			rt.Fatalf("amount: %+v, want %+v", n, want)
		}
		for w, d := range s.cfg.Global.Windows {
			v.Window(w, sum)
			width := int64(d) / 60
			last := v.panes.End() / width
			var n uint64
			var finite float64
			for _, r := range rows {
				x, ok := r.amount.(float64)
				if i := r.at.UnixNano() / width; ok && i > last-60 && i <= last {
					n++
					if !math.IsInf(x, 0) {
						finite += x
					}
				}
			}
			got := total(amount.In(sum))
			// an event too late for the short window's panes lands in the long one's,
			// so only the long window is sure to have everything it covers
			if w == len(s.cfg.Global.Windows)-1 && got != n {
				rt.Fatalf("window %s: %d values, want %d", d, got, n)
			}
			if w == len(s.cfg.Global.Windows)-1 && n > 0 {
				mm := sum.Moments[amount.Moments]
				if g := mm.Mean() * float64(mm.N); math.Abs(g-finite) > 1e-6*(1+math.Abs(finite)) {
					rt.Fatalf("window %s: sum %v, want %v", d, g, finite)
				}
			}
		}
	})
}

func total(counts []uint64) uint64 {
	n := uint64(0)
	for _, c := range counts {
		n += c
	}
	return n
}

func TestLimitsDropAndCount(t *testing.T) {
	c := testConfig()
	c.Global.Limits = config.Limits{Models: 3, Versions: 2, Features: 10, Categories: 4}
	s := newTestSet(t, c)
	var m batcher
	var rows []row
	for i := range 100 {
		rows = append(rows, row{at: noon, model: fmt.Sprintf("m%d", i%10), version: fmt.Sprint(i % 5), prediction: "1"})
	}
	for i := range 50 {
		rows = append(rows, row{at: noon, model: "fraud", version: "1", err: fmt.Sprintf("reason %d", i), prediction: fmt.Sprint(i)})
	}
	s.Apply(0, m.batch(rows), noon.UnixNano())
	if len(s.Models) != 3 {
		t.Errorf("%d models, want 3", len(s.Models))
	}
	for _, m := range s.Models {
		if len(m.Versions) > 2 {
			t.Errorf("model %s has %d versions, want at most 2", m.Name, len(m.Versions))
		}
	}
	if got, want := s.Dropped[LimitModels], uint64(80); got != want {
		t.Errorf("dropped for models: %d, want %d", got, want)
	}
	fraud := s.byName["fraud"].Versions[0]
	if got := len(fraud.Errors.Names); got != 5 { // four and other
		t.Errorf("%d error reasons, want 5: %v", got, fraud.Errors.Names)
	}
	if got, want := s.Dropped[LimitReasons], uint64(46); got != want {
		t.Errorf("dropped for reasons: %d, want %d", got, want)
	}
	if !slices.Contains(fraud.Classes.Names, Other) {
		t.Errorf("classes lack %q: %v", Other, fraud.Classes.Names)
	}
}

func TestFutureTimesAreNotBelieved(t *testing.T) {
	c := testConfig()
	c.Global.Time = config.WallTime
	s := newTestSet(t, c)
	var m batcher
	far := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	b := m.batch([]row{{at: noon, amount: 1.}, {at: far, amount: 2.}})
	b.Arrival = noon.Add(time.Second).UnixNano()
	s.Apply(0, b, b.Arrival)
	v := s.byName["fraud"].Versions[0]
	if v.Future != 1 || v.LastEvent != b.Arrival {
		t.Errorf("future %d, last event %s", v.Future, time.Unix(0, v.LastEvent).UTC())
	}
	sum := v.Model.Sums()
	if v.Window(0, sum); total(column(t, v.Model, "amount").In(sum)) != 2 {
		t.Error("the window lost an event to a clock in the future")
	}
}

// TestReplaySurvivesUnknownTimes: in event time an event that tells no time, or
// one that cannot be, does not end the windows of a log of long ago.
func TestReplaySurvivesUnknownTimes(t *testing.T) {
	s := newTestSet(t, testConfig())
	var m batcher
	far := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 3 {
		at := noon.Add(time.Duration(i) * time.Minute)
		b := m.batch([]row{{amount: 1.}, {at: at, amount: 2.}, {at: far, amount: 3.}}) // read a year later
		b.Times[0] = event.NoTime
		s.Apply(0, b, b.Arrival)
	}
	v := s.byName["fraud"].Versions[0]
	if want := noon.Add(2 * time.Minute).UnixNano(); v.Late != 0 || v.Future != 3 || v.LastEvent != want {
		t.Errorf("late %d, future %d, last event %s", v.Late, v.Future, time.Unix(0, v.LastEvent).UTC())
	}
	sum := v.Model.Sums()
	if v.Window(0, sum); total(column(t, v.Model, "amount").In(sum)) != 9 {
		t.Errorf("the window holds %d of 9 values", total(column(t, v.Model, "amount").In(sum)))
	}

	s = newTestSet(t, testConfig())
	b := m.batch([]row{{amount: 1.}}) // a log without any time moves with the clock
	b.Times[0] = event.NoTime
	s.Apply(0, b, b.Arrival)
	if v := s.byName["fraud"].Versions[0]; v.LastEvent != b.Arrival {
		t.Errorf("last event %s", time.Unix(0, v.LastEvent).UTC())
	}
}

func TestDuplicatesAreOfOneVersion(t *testing.T) {
	s := newTestSet(t, testConfig())
	var m batcher
	s.Apply(0, m.batch([]row{
		{at: noon, id: "a", version: "1"}, {at: noon, id: "a", version: "2"}, {at: noon, id: "b", version: "1"},
		{at: noon, id: "a", version: "1"}, {at: noon, version: "1"}, {at: noon, version: "1"},
	}), noon.UnixNano())
	v := s.byName["fraud"].Versions
	if v[0].Duplicates != 1 || v[1].Duplicates != 0 {
		t.Errorf("duplicates: %d and %d, want 1 and 0", v[0].Duplicates, v[1].Duplicates)
	}
}

func TestLearnsABaseline(t *testing.T) {
	c := testConfig()
	c.Global.LearnEvents = 500
	s, err := NewSet(c, nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	var m batcher
	r := rand.New(rand.NewPCG(3, 3))
	for i := range 10 {
		var rows []row
		for range 100 {
			rows = append(rows, row{at: noon.Add(time.Duration(i) * time.Minute), model: "new", amount: r.Float64(), country: "DE", prediction: "1"})
		}
		learned := s.Apply(0, m.batch(rows), noon.UnixNano())
		if (len(learned) == 1) != (i == 4) {
			t.Fatalf("batch %d: learned %d models", i, len(learned))
		}
	}
	model := s.byName["new"]
	if model.Baseline == nil || !model.Baseline.Learned || model.Baseline.Rows != 500 {
		t.Fatalf("baseline %+v", model.Baseline)
	}
	sum := model.Sums()
	model.Versions[0].Total(sum)
	if got := total(column(t, model, "amount").In(sum)); got != 500 {
		t.Errorf("%d values since the baseline, want the other 500", got)
	}
}

// TestLearnsAsManyCategoriesAsDeclared: max_categories of a feature holds for the
// baseline that is learned from the log as for one from a file.
func TestLearnsAsManyCategoriesAsDeclared(t *testing.T) {
	c := testConfig()
	c.Global.LearnEvents = 400
	c.Models = []config.Model{{Name: "fraud", Features: []config.Feature{{Name: "country", MaxCategories: 2}}}}
	s, err := NewSet(c, nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	var m batcher
	var rows []row
	for i := range 400 {
		rows = append(rows, row{at: noon, model: "fraud", country: []any{"DE", "FR", "IT", "ES"}[i%4]})
	}
	s.Apply(0, m.batch(rows), noon.UnixNano())
	if got := column(t, s.byName["fraud"], "country").Base.Categories; len(got) != 2 {
		t.Errorf("categories %q, want 2 of them", got)
	}
}

func TestStaleVersionsAndModelsVanish(t *testing.T) {
	c := testConfig()
	c.Global.StaleAfter = time.Hour
	s := newTestSet(t, c)
	var m batcher
	s.Apply(0, m.batch([]row{{at: noon, model: "other", version: "1"}, {at: noon, model: "fraud", version: "1"}}), noon.UnixNano())
	s.Tick(noon.Add(59 * time.Minute).UnixNano())
	if len(s.Models) != 2 || len(s.byName["fraud"].Versions) != 1 {
		t.Fatal("vanished too early")
	}
	s.Tick(noon.Add(61 * time.Minute).UnixNano())
	if len(s.Models) != 1 || s.Models[0].Name != "fraud" || len(s.Models[0].Versions) != 0 {
		t.Fatalf("left: %d models", len(s.Models))
	}
	// and may come back, from nothing
	s.Apply(0, m.batch([]row{{at: noon, model: "other", version: "1"}}), noon.Add(2*time.Hour).UnixNano())
	if v := s.byName["other"].Versions[0]; v.Predictions != 1 {
		t.Errorf("%d predictions after coming back, want 1", v.Predictions)
	}
}

// How old the newest event of a model with a freshness objective is must be seen
// however long it lasts, but not of all the versions there were.
func TestFreshestVersionStays(t *testing.T) {
	c := testConfig()
	c.Global.StaleAfter = time.Hour
	c.Models = []config.Model{{Name: "fraud", Sources: []string{"s"}, Objectives: config.Objectives{Freshness: time.Minute}}}
	s := newTestSet(t, c)
	var m batcher
	s.Apply(0, m.batch([]row{{at: noon, model: "fraud", version: "1"}}), noon.UnixNano())
	s.Apply(0, m.batch([]row{{at: noon.Add(time.Minute), model: "fraud", version: "2"}}), noon.UnixNano())
	s.Apply(0, m.batch([]row{{at: noon, model: "fraud", version: "3"}}), noon.UnixNano())
	s.Tick(noon.Add(1000 * time.Hour).UnixNano())
	if v := s.byName["fraud"].Versions; len(v) != 1 || v[0].Name != "2" {
		t.Errorf("%d versions are left", len(v))
	}
}

func TestReloadKeepsCountersUnlessTheyMeanSomethingElse(t *testing.T) {
	s := newTestSet(t, testConfig())
	var m batcher
	s.Apply(0, m.batch([]row{{at: noon, amount: 5.}, {at: noon, amount: 500.}}), noon.UnixNano())

	next := testConfig()
	next.Models = []config.Model{{Name: "fraud", Sources: []string{"s"}, Owner: "someone else",
		Features: []config.Feature{{Name: "amount", Range: &[2]float64{0, 100}}}}}
	base := learned(t)
	kept, err := NewSet(next, map[string]*baseline.File{"fraud": base}, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	kept.Inherit(s)
	kept.Apply(0, m.batch([]row{{at: noon, amount: 500.}}), noon.UnixNano())
	v := kept.byName["fraud"].Versions[0]
	if v.Predictions != 3 || v.Columns[0].Range != 1 {
		t.Errorf("predictions %d, range violations %d; want 3 and 1", v.Predictions, v.Columns[0].Range)
	}

	other := learned(t)
	other.Features[0].Edges[0] /= 2
	changed, err := NewSet(next, map[string]*baseline.File{"fraud": other}, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	if anew := changed.Inherit(kept); !slices.Equal(anew, []string{"fraud (another baseline)"}) {
		t.Errorf("starting anew: %q", anew)
	}
	v = changed.byName["fraud"].Versions[0]
	sum := v.Model.Sums()
	if v.Total(sum); v.Predictions != 3 || v.Columns[0].Range != 1 || total(sum.Counts) != 0 {
		t.Errorf("with another baseline: %d predictions, %d range violations, %d values in bins; want 3, 1 and 0",
			v.Predictions, v.Columns[0].Range, total(sum.Counts))
	}
}

func TestChecks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		amount []any
		want   ColumnCounts
	}{
		{"missing", []any{nil, null{}, 1.}, ColumnCounts{Values: 3, Missing: 2, Removed: 1}},
		{"type", []any{"a", "b", 1., true}, ColumnCounts{Values: 4, Type: 2}},
		{"range", []any{-1., 101., 50., math.Inf(1)}, ColumnCounts{Values: 4, Range: 3}},
		{"declared sentinel is no range violation", []any{-7., 1.}, ColumnCounts{Values: 2, Sentinel: 1}},
		{"detected sentinel", slices.Repeat([]any{99999.}, 12), ColumnCounts{Values: 12, Range: 12, Sentinel: 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testConfig()
			c.Models = []config.Model{{Name: "fraud", Sources: []string{"s"},
				Features: []config.Feature{{Name: "amount", Range: &[2]float64{0, 100}, Sentinels: []float64{-7}}}}}
			s, err := NewSet(c, map[string]*baseline.File{"fraud": learned(t)}, []string{"s"})
			if err != nil {
				t.Fatal(err)
			}
			var rows []row
			for _, x := range tt.amount {
				rows = append(rows, row{at: noon, amount: x})
			}
			s.Apply(0, new(batcher).batch(rows), noon.UnixNano())
			got := s.byName["fraud"].Versions[0].Columns[0]
			got.sentinels, got.LastValue = nil, 0
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestAddedColumns are those with a value: lists and objects are none.
func TestAddedColumns(t *testing.T) {
	s := newTestSet(t, testConfig())
	b := new(batcher).batch([]row{{at: noon, amount: 1.}, {at: noon, amount: 2.}})
	for _, name := range []string{"tags", "sometimes"} {
		b.AddColumn(&b.Features, name)
		b.Features[len(b.Features)-1].Cells[0] = event.Nested
		b.Features[len(b.Features)-1].Cells[1] = event.Nested
	}
	b.Features[len(b.Features)-1].Cells[1] = event.Number
	s.Apply(0, b, noon.UnixNano())
	if got := tally(s.byName["fraud"].Versions[0].Added); len(got) != 1 || got["sometimes"] != 1 {
		t.Errorf("added columns %v, want one value of sometimes", got)
	}
}

func TestTaskIsGuessedFromTheBaseline(t *testing.T) {
	if s := newTestSet(t, testConfig()); s.Models[0].Task != catalog.Binary {
		t.Errorf("task %q, want binary", s.Models[0].Task)
	}
}

func TestCategoriesAreTheSameHoweverSpelled(t *testing.T) {
	s := newTestSet(t, testConfig())
	prediction := column(t, s.byName["fraud"], "prediction")
	want := prediction.bin("1")
	for _, spelling := range []string{"1.0", "1e0", "1.000"} {
		if got := prediction.bin(spelling); got != want {
			t.Errorf("%q is in bin %d, want %d like \"1\"", spelling, got, want)
		}
	}
	for _, stranger := range []string{"2", "1x", "", "01"} {
		if got := prediction.bin(stranger); got != prediction.unseen() {
			t.Errorf("%q is in bin %d, want %d, unseen", stranger, got, prediction.unseen())
		}
	}
	country := column(t, s.byName["fraud"], "country")
	if country.bin(baseline.Other) != len(country.Base.Categories) {
		t.Error("a category called other is not counted as other")
	}
	level, err := newColumn(&baseline.Column{Kind: catalog.Categorical, Categories: []string{"1.50", "02", "2.250", "2.25"}, Counts: make([]uint64, 6), Exhaustive: true, Rare: []string{"7.0"}})
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]int{"1.50": 0, "1.5": 0, "1.500": 0, "02": 1, "2.250": 2, "2.25": 3, "7": 4, "2": level.unseen(), "15": level.unseen()} {
		if got := level.bin(word); got != want {
			t.Errorf("%q is in bin %d, want %d", word, got, want)
		}
	}
}

// TestFailuresWithoutFeatures: a backend that is down is an error, not a schema
// change of every feature.
func TestFailuresWithoutFeatures(t *testing.T) {
	s := newTestSet(t, testConfig())
	var m batcher
	s.Apply(0, m.batch([]row{
		{at: noon, err: "timeout"}, {at: noon, amount: 5., country: "DE", prediction: "1"}, {at: noon.Add(time.Second), err: "timeout"},
		{at: noon, amount: 5., err: "late failure"}, {at: noon, country: null{}},
	}), noon.UnixNano())
	v := s.byName["fraud"].Versions[0]
	if v.Predictions != 5 || v.Errors.Counts[0] != 2 || v.LastEvent != noon.Add(time.Second).UnixNano() {
		t.Errorf("%d predictions, errors %v, last event %s", v.Predictions, v.Errors.Counts, time.Unix(0, v.LastEvent).UTC())
	}
	if n := v.Columns[0]; n.Values != 3 || n.Missing != 1 || n.Removed != 1 {
		t.Errorf("amount: %d values, %d missing, %d removed; want 3, 1 and 1", n.Values, n.Missing, n.Removed)
	}
	s.Apply(0, m.batch([]row{{at: noon, err: "timeout"}}), noon.UnixNano()) // nothing else in the batch
	if v.Predictions != 6 || v.Columns[0].Values != 3 {
		t.Errorf("%d predictions, %d values; want 6 and 3", v.Predictions, v.Columns[0].Values)
	}
}
