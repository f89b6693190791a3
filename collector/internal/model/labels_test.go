package model

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// told is one event of a test: a prediction, a label or an outcome.
type told struct {
	kind    event.Type
	id      string
	at      time.Time
	model   string // m if empty
	version string
	class   any // prediction: string or float64
	score   float64
	label   any // of a label, or of a prediction that brings it
	revenue any
	country any
}

// teller makes batches of events the way a decoder does.
type teller struct{ model, version, prediction, actual, country, revenue words }

func (m *teller) batch(events []told) *event.Batch {
	b := new(event.Batch)
	b.AddColumn(&b.Segments, "country")
	b.AddColumn(&b.Values, "revenue")
	b.Resize(len(events))
	b.Arrival = noon.Add(time.Hour * 24 * 365).UnixNano()
	for i, e := range events {
		b.AppendID([]byte(e.id))
		b.Types[i] = e.kind
		b.Times[i] = e.at.UnixNano()
		m.model.set(&b.Model, i, cmp.Or(e.model, "m"))
		if e.version != "" {
			m.version.set(&b.Version, i, e.version)
		}
		m.prediction.set(&b.Prediction, i, e.class)
		m.actual.set(&b.Actual, i, e.label)
		m.country.set(&b.Segments[0], i, e.country)
		m.revenue.set(&b.Values[0], i, e.revenue)
		if e.score != 0 {
			b.Score.Cells[i], b.Score.Nums[i] = event.Number, e.score
		}
	}
	return b
}

// kept is a store in memory.
type kept struct{}

func (kept) Get(dst, _ []byte) ([]byte, bool, error)          { return dst, false, nil }
func (kept) Scan([]byte, func(key, value []byte) error) error { return nil }

// labelled returns a set with one model that waits for labels.
func labelled(t testing.TB, task catalog.Task) *Set {
	t.Helper()
	c := testConfig()
	c.Models = []config.Model{{
		Name: "m", Task: task, LabelHorizon: 24 * time.Hour, Segments: []string{"country"},
		KPIs: []config.KPI{{Name: "revenue", Sum: "revenue"}},
	}}
	s, err := NewSet(c, nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := join.New(kept{}, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Keep(table)
	return s
}

// TestLabelsEqualRecomputation holds counters and windows against a recomputation
// from all events, in any order, in batches of any size.
func TestLabelsEqualRecomputation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := labelled(t, catalog.Binary)
		var m teller
		type answer struct {
			version, class string
			label          string
		}
		answers := map[string]*answer{}
		waiting := map[string][]string{}
		var repeated, corrected uint64
		decide := func(a *answer, label string) {
			switch {
			case a.label == label:
				repeated++
			case a.label != "":
				corrected++
			}
			a.label = label
		}
		at := noon
		var batch []told
		for range rapid.IntRange(1, 80).Draw(rt, "events") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "seconds")) * time.Second)
			id := fmt.Sprint(rapid.IntRange(0, 15).Draw(rt, "id"))
			class := rapid.SampledFrom([]string{"0", "1"}).Draw(rt, "class")
			if rapid.Bool().Draw(rt, "label") {
				batch = append(batch, told{kind: event.Label, id: id, at: at, label: class})
			} else {
				version := fmt.Sprint(len(id)) // two versions of one id are compared elsewhere
				batch = append(batch, told{id: id, at: at, version: version, class: class, score: 0.25})
			}
			if rapid.IntRange(0, 5).Draw(rt, "flush") > 0 {
				continue
			}
			recompute(batch, answers, waiting, func(version, class string) *answer { return &answer{version: version, class: class} }, decide)
			s.Apply(0, m.batch(batch), noon.UnixNano())
			batch = nil
		}
		recompute(batch, answers, waiting, func(version, class string) *answer { return &answer{version: version, class: class} }, decide)
		s.Apply(0, m.batch(batch), noon.UnixNano())
		if s.Err != nil {
			rt.Fatal(s.Err)
		}

		confusion := map[[3]string]int64{}
		labels := map[string]uint64{}
		for _, a := range answers {
			if a.label != "" {
				confusion[[3]string{a.version, a.class, a.label}]++
				labels[a.version]++
			}
		}
		var gotRepeated, gotCorrected uint64
		for _, v := range s.Models[0].Versions {
			gotRepeated += v.Repeated
			gotCorrected += v.Corrected
			if v.Labels != labels[v.Name] {
				rt.Fatalf("version %s: %d labels, want %d", v.Name, v.Labels, labels[v.Name])
			}
			sum := v.JoinedSums()
			if !v.Joined(1, sum) {
				rt.Fatal("no window")
			}
			for p, predicted := range s.Models[0].Classes() {
				for a, actual := range s.Models[0].Classes() {
					if got, want := sum.All.Confusion(p, a), confusion[[3]string{v.Name, predicted, actual}]; got != want {
						rt.Fatalf("version %s: %d predicted %s and were %s, want %d", v.Name, got, predicted, actual, want)
					}
				}
			}
		}
		if gotRepeated != repeated || gotCorrected != corrected {
			rt.Fatalf("%d repeated and %d corrected, want %d and %d", gotRepeated, gotCorrected, repeated, corrected)
		}
	})
}

// recompute takes a batch as the set does: its predictions, then its labels in the
// order of their predictions.
func recompute[A any](batch []told, answers map[string]*A, waiting map[string][]string, answer func(version, class string) *A, decide func(*A, string)) {
	for _, e := range batch {
		if e.kind != event.Prediction || answers[e.id] != nil {
			continue
		}
		answers[e.id] = answer(e.version, e.class.(string))
		for _, label := range waiting[e.id] {
			decide(answers[e.id], label)
		}
		delete(waiting, e.id)
	}
	for _, e := range batch {
		switch a := answers[e.id]; {
		case e.kind == event.Prediction:
		case a == nil:
			waiting[e.id] = append(waiting[e.id], e.label.(string))
		default:
			decide(a, e.label.(string))
		}
	}
}

// TestOutcomesAndSegments: values count once for the version that answered, and
// segments add up to the whole.
func TestOutcomesAndSegments(t *testing.T) {
	s := labelled(t, catalog.Binary)
	var m teller
	s.Apply(0, m.batch([]told{
		{id: "a", at: noon, version: "1", class: 1.0, score: .9, country: "DE"},
		{id: "b", at: noon, version: "1", class: 0.0, score: .2, country: "FR", label: 0.0},
		{kind: event.Outcome, id: "a", at: noon, revenue: 5.0},
		{kind: event.Outcome, id: "a", at: noon, revenue: 5.0},
		{kind: event.Outcome, id: "b", at: noon, revenue: -2.0},
		{kind: event.Outcome, id: "nobody", at: noon, revenue: 100.0},
		{kind: event.Label, id: "a", at: noon.Add(time.Minute), label: true},
	}), noon.UnixNano())
	v := s.Models[0].Versions[0]
	if v.KPIs[0] != (KPISum{5, 2}) || v.Repeated != 1 || v.Labels != 2 {
		t.Errorf("KPI %+v, %d repeated, %d labels; want {5 2}, 1 and 2", v.KPIs[0], v.Repeated, v.Labels)
	}
	if v.Delay.Count() != 1 || v.Delay.Sum() != 60 {
		t.Errorf("%d delays of %v s, want one of 60 s", v.Delay.Count(), v.Delay.Sum())
	}
	sum := v.JoinedSums()
	v.Joined(0, sum)
	if sum.KPIs[0] != 3 || sum.All.Labels() != 2 || sum.All.Predictions() != 2 {
		t.Errorf("window: revenue %v, %d labels of %d predictions; want 3, 2 and 2", sum.KPIs[0], sum.All.Labels(), sum.All.Predictions())
	}
	for code, country := range s.Models[0].SegmentValues(0) {
		if got := sum.Segments[0][code]; got.Labels() != 1 || got.Predictions() != 1 {
			t.Errorf("%s: %d labels of %d predictions, want 1 of 1", country, got.Labels(), got.Predictions())
		}
	}
	s.Apply(0, m.batch([]told{{kind: event.Outcome, id: "a", at: noon, revenue: 7.0}}), noon.UnixNano())
	v.Joined(0, sum)
	if sum.KPIs[0] != 5 || v.KPIs[0].Sum != 5 || v.Corrected != 1 {
		t.Errorf("after a correction: window %v, counter %v, %d corrected; want 5, 5 and 1", sum.KPIs[0], v.KPIs[0].Sum, v.Corrected)
	}
	s.Tick(noon.Add(2 * time.Hour).UnixNano())
	if s.Models[0].Unmatched != 1 {
		t.Errorf("%d unmatched after the grace, want 1", s.Models[0].Unmatched)
	}
}

// TestVersionsAreCompared on the ids that both scored, whatever comes first.
func TestVersionsAreCompared(t *testing.T) {
	s := labelled(t, catalog.Binary)
	var m teller
	for i := range 40 {
		id := fmt.Sprint(i)
		right, wrong := fmt.Sprint(i%2), fmt.Sprint(1-i%2)
		events := []told{{id: id, at: noon, version: "1", class: right}, {id: id, at: noon, version: "2", class: right}}
		if i < 10 {
			events[0].class = wrong
		}
		label := told{kind: event.Label, id: id, at: noon, label: right}
		if i%3 == 0 {
			slices.Reverse(events)
		}
		if i%2 == 0 {
			events = append(events, label)
		} else {
			events = []told{events[0], label, events[1]}
		}
		for _, e := range events {
			s.Apply(0, m.batch([]told{e}), noon.UnixNano())
		}
	}
	if len(s.Models[0].Pairs()) != 1 {
		t.Fatalf("%d pairs, want 1", len(s.Models[0].Pairs()))
	}
	p := s.Models[0].Pairs()[0]
	sum := p.NewSum()
	p.Window(1, sum)
	if a, _ := sum.Agreement(); sum.IDs() != 40 || a.Value != 0.75 {
		t.Errorf("agreement %v on %d ids, want 0.75 on 40", a.Value, sum.IDs())
	}
	better := 0.25
	if first, _ := p.Versions(); first.Name == "2" {
		better = -better
	}
	for _, d := range sum.Differences(s.Models[0].Measure(), 0.005) {
		if d.Metric == catalog.Accuracy && math.Abs(d.Value-better) > 1e-12 {
			t.Errorf("accuracy differs by %v, want %v", d.Value, better)
		}
	}
	for _, v := range s.Models[0].Versions {
		if v.Labels != 40 {
			t.Errorf("version %s: %d labels, want 40", v.Name, v.Labels)
		}
	}
}

// TestShadow: answers that were not used are a version of their own.
func TestShadow(t *testing.T) {
	s := labelled(t, catalog.Binary)
	var m teller
	b := m.batch([]told{
		{id: "a", at: noon, version: "1", class: "1"}, {id: "a", at: noon, version: "2", class: "0"},
		{id: "b", at: noon, version: "1", class: "1"}, {id: "b", at: noon, class: "1"},
	})
	for _, r := range []int{1, 3} {
		b.Shadow.Cells[r], b.Shadow.Nums[r] = event.Bool, 1
	}
	s.Apply(0, b, noon.UnixNano())
	var got []string
	for _, v := range s.Models[0].Versions {
		got = append(got, fmt.Sprint(v.Name, " ", v.Predictions))
	}
	if want := []string{"1 2", "2-shadow 1", "unknown-shadow 1"}; !slices.Equal(got, want) {
		t.Errorf("versions %q, want %q", got, want)
	}
	if len(s.Models[0].Pairs()) != 2 {
		t.Errorf("%d comparisons, want 2", len(s.Models[0].Pairs()))
	}
}

// TestCalibratorFollowsTheClasses: it is fitted with the baseline's codes of
// classes, and the model has its own, in the order in which it met them.
func TestCalibratorFollowsTheClasses(t *testing.T) {
	curve := func(class int) perf.Curve {
		return perf.Curve{Class: class, Edges: []float64{0}, Probabilities: []float64{float64(class) / 4}, Labels: []int64{100}}
	}
	for _, tt := range []struct {
		name       string
		task, base catalog.Task
		positive   string
		curves     []perf.Curve
		want       map[string]float64 // probability by class
	}{
		{"binary", catalog.Binary, catalog.Binary, "c", []perf.Curve{curve(2)}, map[string]float64{"c": .5}},
		{"multiclass", catalog.Multiclass, catalog.Multiclass, "", []perf.Curve{curve(0), curve(1), curve(2)}, map[string]float64{"a": 0, "b": .25, "c": .5}},
		{"another task", catalog.Multiclass, catalog.Binary, "", []perf.Curve{curve(2)}, map[string]float64{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m teller
			events := []told{{id: "1", at: noon, class: "c"}, {id: "2", at: noon, class: "b"}, {id: "3", at: noon, class: "a"}}
			c := testConfig()
			c.Global.LearnEvents = 3
			c.Models = []config.Model{{Name: "m", Task: tt.task, PositiveClass: tt.positive}}
			s, err := NewSet(c, nil, []string{"s"})
			if err != nil {
				t.Fatal(err)
			}
			batch := m.batch(events)
			batch.Actual = batch.Prediction // labels, so that the model meets the classes before the baseline
			s.Apply(0, batch, noon.UnixNano())
			base := s.Models[0].Baseline
			if base == nil {
				t.Fatal("no baseline was learned")
			}
			base.Performance = &baseline.Performance{
				Task: tt.base, Labels: 300, Classes: []string{"a", "b", "c"}, PositiveClass: tt.positive,
				Calibrator: &perf.Calibrator{Curves: tt.curves},
			}
			if err := s.Models[0].adopt(base, 0); err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			if k := s.Models[0].Calibrator(); k != nil {
				for _, curve := range k.Curves {
					got[s.Models[0].Classes()[curve.Class]] = curve.Probabilities[0]
				}
				if !slices.IsSortedFunc(k.Curves, func(a, b perf.Curve) int { return a.Class - b.Class }) {
					t.Errorf("curves are not in the order of their classes: %+v", k.Curves)
				}
			}
			if !maps.Equal(got, tt.want) {
				t.Errorf("got curves %v, want %v", got, tt.want)
			}
		})
	}
}

// TestRanking: the items of a request are judged together, and again with every
// label.
func TestRanking(t *testing.T) {
	s := labelled(t, catalog.Ranking)
	var m teller
	for _, r := range []string{"r", "s"} {
		s.Apply(0, m.batch([]told{
			{id: r + "#0", at: noon, version: "1", score: .1}, {id: r + "#1", at: noon, version: "1", score: .9}, {id: r + "#2", at: noon, version: "1", score: .5},
			{id: "other" + r + "#0", at: noon, version: "1", score: .5},
			{kind: event.Label, id: r + "#2", at: noon, label: 1.0},
		}), noon.UnixNano())
	}
	v := s.Models[0].Versions[0]
	sum := v.JoinedSums()
	want := map[catalog.Metric]float64{catalog.MRR: 0.5, catalog.HitRate: 1, catalog.NDCG: 1 / math.Log2(3), catalog.CTR: 1. / 3}
	check := func() {
		t.Helper()
		v.Joined(0, sum)
		got := map[catalog.Metric]float64{}
		for _, x := range sum.All.Metrics(s.Models[0].Measure()) {
			got[x.Metric] = x.Value
		}
		for metric, x := range want {
			if math.Abs(got[metric]-x) > 1e-12 {
				t.Errorf("%s is %v, want %v", metric, got[metric], x)
			}
		}
	}
	check()
	for _, r := range []string{"r", "s"} {
		s.Apply(0, m.batch([]told{{kind: event.Label, id: r + "#1", at: noon, label: 1.0}, {kind: event.Label, id: r + "#2", at: noon, label: 0.0}}), noon.UnixNano())
	}
	want = map[catalog.Metric]float64{catalog.MRR: 1, catalog.HitRate: 1, catalog.NDCG: 1, catalog.CTR: 1. / 3}
	check()
	if v.Labels != 4 || v.Corrected != 2 {
		t.Errorf("%d labels, %d corrected; want 4 and 2", v.Labels, v.Corrected)
	}
}

// TestLabelsInQuotes: numbers count where the task wants them, however they are
// written, and what is none is counted with its place.
func TestLabelsInQuotes(t *testing.T) {
	for _, task := range []catalog.Task{catalog.Regression, catalog.Ranking} {
		s := labelled(t, task)
		var m teller
		b := m.batch([]told{
			{id: "a", at: noon, version: "1", class: "10.5", label: "12"},
			{id: "b", at: noon, version: "1", class: "10.5"},
			{id: "c", at: noon, version: "1", class: 10.5, label: "abc"},
			{id: "d", at: noon, version: "1", class: 10.5, label: "NaN"},
			{id: "e", at: noon, version: "1", class: "cheap"},
			{kind: event.Label, id: "b", at: noon, label: "13", revenue: "abc"},
			{kind: event.Label, id: "c", at: noon, label: "1e999"},
			{kind: event.Label, id: "e", at: noon, label: math.Inf(1), revenue: true},
			{kind: event.Outcome, id: "e", at: noon, revenue: 2.},
			{id: "f", at: noon, version: "1"},
		})
		for i := range b.N {
			b.Offsets[i] = int64(100 * i)
		}
		s.Apply(0, b, noon.UnixNano())
		v := s.Models[0].Versions[0]
		if v.Labels != 2 || v.KPIs[0].Sum != 2 {
			t.Errorf("%s: %d labels, revenue %v; want 2 and 2", task, v.Labels, v.KPIs[0].Sum)
		}
		if task == catalog.Regression && (v.Under != 4 || v.SquaredError != 1.5*1.5+2.5*2.5) {
			t.Errorf("errors %v, squared %v; want 4 and 8.5", v.Under, v.SquaredError)
		}
		if b.Rejected[event.BadLabel] != 3 || b.Rejected[event.BadValue] != 2 {
			t.Errorf("%s: %d bad labels and %d bad values, want 3 and 2", task, b.Rejected[event.BadLabel], b.Rejected[event.BadValue])
		}
		if want := map[catalog.Task]uint64{catalog.Regression: 1}[task]; b.Rejected[event.BadPrediction] != want {
			t.Errorf("%s: %d bad predictions, want %d", task, b.Rejected[event.BadPrediction], want)
		}
		b.First = slices.DeleteFunc(b.First, func(r event.Rejection) bool { return r.Reason == event.BadPrediction })
		want := []event.Rejection{{Reason: event.BadLabel, Offset: 200, Detail: `"abc"`}, {Reason: event.BadValue, Offset: 500, Detail: `"abc"`}}
		if !slices.Equal(b.First, want) {
			t.Errorf("%s: first %v, want %v", task, b.First, want)
		}
	}
}

// TestLabelsOfTheWrongKind are refused; truth values are clicks, and classes.
func TestLabelsOfTheWrongKind(t *testing.T) {
	for _, c := range []struct {
		task        catalog.Task
		cell        event.Cell
		labels, bad uint64
	}{
		{catalog.Regression, event.Bool, 0, 1},
		{catalog.Ranking, event.Bool, 1, 0},
		{catalog.Binary, event.Bool, 1, 0},
		{catalog.Regression, event.Nested, 0, 1},
		{catalog.Ranking, event.Nested, 0, 1},
		{catalog.Multiclass, event.Nested, 0, 1},
		{catalog.Binary, event.Null, 0, 0},
		{catalog.Regression, event.Null, 0, 0},
	} {
		s := labelled(t, c.task)
		var m teller
		b := m.batch([]told{{id: "a", at: noon, version: "1", class: 1.}, {kind: event.Label, id: "a", at: noon}})
		b.Actual.Cells[1], b.Actual.Nums[1] = c.cell, 1
		s.Apply(0, b, noon.UnixNano())
		if got := s.Models[0].Versions[0].Labels; got != c.labels || b.Rejected[event.BadLabel] != c.bad {
			t.Errorf("%s, cell %d: %d labels and %d refused, want %d and %d", c.task, c.cell, got, b.Rejected[event.BadLabel], c.labels, c.bad)
		}
	}
}

// TestQuotedPredictionsTeachNumbers: a baseline that a regression learns has bins,
// not categories.
func TestQuotedPredictionsTeachNumbers(t *testing.T) {
	s := labelled(t, catalog.Regression)
	s.cfg.Global.LearnEvents = 200
	var m teller
	var events []told
	for i := range 200 {
		events = append(events, told{id: fmt.Sprint(i), at: noon, version: "1", class: fmt.Sprint(float64(i) / 3), label: fmt.Sprint(i / 3)})
	}
	s.Apply(0, m.batch(events), noon.UnixNano())
	for _, c := range s.Models[0].Columns() {
		if c.Kind != catalog.Numeric {
			t.Errorf("column %s is %s", c.Name, c.Kind)
		}
	}
	if p := s.Models[0].Performance(); p == nil || p.Labels != 200 {
		t.Errorf("performance %+v, want that of 200 labels", p)
	}
}

// TestVersionsAfterTheWindowsBeganAnew: a baseline is learned, or other windows
// are configured, between the answers of two versions to the same ids. What the
// second one says is in the windows, and so are its labels and their corrections.
func TestVersionsAfterTheWindowsBeganAnew(t *testing.T) {
	const n = 200
	predictions := func(version string) (all []told) {
		for i := range n {
			all = append(all, told{id: fmt.Sprint(i), at: noon, version: version, class: fmt.Sprint(i % 2), score: .7})
		}
		return all
	}
	labels := func(of func(int) int) (all []told) {
		for i := range n {
			all = append(all, told{kind: event.Label, id: fmt.Sprint(i), at: noon, label: fmt.Sprint(of(i))})
		}
		return all
	}
	s := labelled(t, catalog.Binary)
	s.cfg.Global.LearnEvents = n
	var m teller
	s.Apply(0, m.batch(predictions("1")), noon.UnixNano())
	if s.Models[0].Baseline == nil {
		t.Fatal("no baseline was learned")
	}
	first := s.Models[0].Versions[0]
	s.Apply(0, m.batch(predictions("2")), noon.UnixNano())
	second := s.Models[0].Versions[1]
	check := func(labels, right int64) {
		t.Helper()
		sum := second.JoinedSums()
		second.Joined(0, sum)
		got := sum.All.Confusion(0, 0) + sum.All.Confusion(1, 1)
		if sum.All.Predictions() != n || sum.All.Labels() != labels || got != right {
			t.Errorf("version 2 has %d labels of %d predictions in its window, %d right; want %d of %d, %d right", sum.All.Labels(), sum.All.Predictions(), got, labels, n, right)
		}
		sum = first.JoinedSums()
		if first.Joined(0, sum) && sum.All.Labels() != 0 {
			t.Errorf("version 1 has %d labels of predictions that are in no window", sum.All.Labels())
		}
		for _, p := range s.Models[0].Pairs() {
			pair := p.NewSum()
			if p.Window(0, pair); pair.IDs() != 0 {
				t.Errorf("%d ids are compared, one version of which is in no window", pair.IDs())
			}
		}
	}
	check(0, 0)
	s.Apply(0, m.batch(labels(func(i int) int { return i % 2 })), noon.UnixNano())
	check(n, n)
	s.Apply(0, m.batch(labels(func(i int) int { return 1 - i%2 })), noon.UnixNano())
	check(n, 0)
	s.Apply(0, m.batch(predictions("3")), noon.UnixNano()) // after its labels
	if pairs := s.Models[0].Pairs(); len(pairs) != 1 {
		t.Errorf("%d pairs, want 1", len(pairs))
	} else if sum := pairs[0].NewSum(); true {
		if pairs[0].Window(0, sum); sum.IDs() != n {
			t.Errorf("%d ids are compared, want %d of versions 2 and 3", sum.IDs(), n)
		}
	}
	for _, v := range s.Models[0].Versions {
		if v.Labels != n {
			t.Errorf("version %s: %d labels, want %d", v.Name, v.Labels, n)
		}
	}
}

// TestLabelsWithoutATimestamp are as of their arrival, also those that come before
// their prediction, and of no known time where a replay follows event time.
func TestLabelsWithoutATimestamp(t *testing.T) {
	for clock, want := range map[config.TimeMode]float64{config.WallTime: 3 * 3600, config.EventTime: 0} {
		s := labelled(t, catalog.Binary)
		s.cfg.Global.Time = clock
		var m teller
		apply := func(arrival time.Duration, events ...told) {
			b := m.batch(events)
			b.Arrival = noon.Add(arrival).UnixNano()
			for i := range events {
				if events[i].at.IsZero() {
					b.Times[i] = event.NoTime
				}
			}
			s.Apply(0, b, b.Arrival)
		}
		apply(time.Second, told{id: "a", at: noon, version: "1", class: "1", score: .9}, told{id: "inline", at: noon, version: "1", class: "1", label: "1"})
		apply(time.Hour, told{kind: event.Label, id: "a", label: "1"}, told{kind: event.Label, id: "b", label: "1"})
		apply(time.Hour+time.Second, told{id: "b", at: noon.Add(-time.Hour), version: "1", class: "1", score: .9})
		apply(time.Hour+2*time.Second, told{kind: event.Label, id: "a", label: "1"})
		if v := s.Models[0].Versions[0]; v.Labels != 3 || v.Delay.Sum() != want {
			t.Errorf("time %s: %d labels, delays of %v s; want 3 and %v", clock, v.Labels, v.Delay.Sum(), want)
		}
	}
}

// TestRepeatedPredictionsAreJudgedOnce: retries with the same id are predictions,
// but neither lower the coverage nor weigh in what is known of the model.
func TestRepeatedPredictionsAreJudgedOnce(t *testing.T) {
	for _, task := range []catalog.Task{catalog.Binary, catalog.Regression, catalog.Ranking} {
		s := labelled(t, task)
		var m teller
		var batches [2][]told
		for i := range 100 {
			p := told{id: fmt.Sprint(i), at: noon, version: "1", class: float64(i % 2), score: .7, country: "DE"}
			batches[0] = append(batches[0], p, p)
			batches[1] = append(batches[1], told{kind: event.Label, id: p.id, at: noon, label: float64(i % 2)}, p)
		}
		batches[0] = append(batches[0], told{at: noon, version: "1", class: 1., score: .7}, told{at: noon, version: "1", class: 1., score: .7}) // no ids
		for _, events := range batches {
			s.Apply(0, m.batch(events), noon.UnixNano())
		}
		v := s.Models[0].Versions[0]
		sum := v.JoinedSums()
		v.Joined(0, sum)
		if v.Predictions != 302 || v.Duplicates != 200 || sum.All.Predictions() != 102 || sum.All.Labels() != 100 {
			t.Errorf("%s: %d predictions, %d of them repeated; %d labels of %d in the window, want 100 of 102", task, v.Predictions, v.Duplicates, sum.All.Labels(), sum.All.Predictions())
		}
		if task == catalog.Ranking {
			continue // its segments are not measured
		}
		for code := range s.Models[0].SegmentValues(0) {
			if got := sum.Segments[0][code]; got.Predictions() != 100 || got.Labels() != 100 {
				t.Errorf("%s: segment has %d labels of %d predictions, want 100 of 100", task, got.Labels(), got.Predictions())
			}
		}
	}
}

// TestSeveralPurchasesOfOnePrediction holds what the reference says of them: one
// figure is corrected, figures of different names add up.
func TestSeveralPurchasesOfOnePrediction(t *testing.T) {
	s := labelled(t, catalog.Binary)
	s.cfg.Models[0].KPIs = []config.KPI{{Name: "first", Sum: "revenue"}, {Name: "second", Sum: "more"}}
	s, err := NewSet(s.cfg, nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := join.New(kept{}, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Keep(table)
	var m teller
	b := m.batch([]told{
		{id: "a", at: noon, version: "1", class: "1", score: .9},
		{kind: event.Outcome, id: "a", at: noon, revenue: 10.},
		{kind: event.Outcome, id: "a", at: noon},
		{kind: event.Outcome, id: "a", at: noon, revenue: 25.},
	})
	b.AddColumn(&b.Values, "more")
	b.Values[1].Cells[2], b.Values[1].Nums[2] = event.Number, 7
	s.Apply(0, b, noon.UnixNano())
	v := s.Models[0].Versions[0]
	sum := v.JoinedSums()
	v.Joined(0, sum)
	if v.KPIs[0].Sum != 10 || v.KPIs[1].Sum != 7 || !slices.Equal(sum.KPIs, []float64{25, 7}) || v.Corrected != 1 {
		t.Errorf("counters %v, window %v, %d corrected; want 10 and 7, 25 and 7, and 1", v.KPIs, sum.KPIs, v.Corrected)
	}
}
