package model

import (
	"encoding/hex"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

func sameFloats(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func TestEntryDecodesToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.Bool().Draw(t, "numbers")
		floats := rapid.SliceOfN(rapid.Float64(), 0, 4)
		at := rapid.Int64Range(0, 1<<60).Draw(t, "at")
		var e entry
		for i := range rapid.IntRange(1, 3).Draw(t, "predictions") {
			s := e.add()
			s.version, s.at = rapid.Uint32().Draw(t, "version"), at
			s.windows = rapid.SampledFrom([]uint8{0, 7, 255}).Draw(t, "era")
			if i > 0 {
				s.at += rapid.Int64Range(-1e12, 1e12).Draw(t, "later")
			}
			if numbers {
				s.said.Value = rapid.Float64().Draw(t, "value")
			} else {
				s.said.Class = rapid.IntRange(-1, perf.MaxClasses-1).Draw(t, "class")
				s.said.Scores = append(s.said.Scores, floats.Draw(t, "scores")...)
			}
			e.kpis = rapid.Uint8Range(0, 15).Draw(t, "KPIs")
			s.segments = append(s.segments, rapid.SliceOfN(rapid.Uint16(), 0, 3).Draw(t, "segments")...)
		}
		if e.labelled = rapid.Bool().Draw(t, "labelled"); e.labelled {
			e.label = perf.Label{Class: -1, Value: math.NaN()}
			if numbers {
				e.label.Value = rapid.Float64().Draw(t, "label")
			} else {
				e.label.Class = rapid.IntRange(-1, perf.MaxClasses-1).Draw(t, "label")
			}
		}
		e.values = append(e.values, floats.Draw(t, "values")...)
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			e.ranks = append(e.ranks, rapid.Uint16().Draw(t, "rank"))
			e.relevant = append(e.relevant, float64(rapid.Float32().Draw(t, "relevance")))
		}
		var got entry
		if err := got.decode(e.appendTo(nil, numbers), at); err != nil {
			t.Fatal(err)
		}
		same := len(got.scored) == len(e.scored) && got.kpis == e.kpis && got.labelled == e.labelled && sameFloats(got.values, e.values) &&
			slices.Equal(got.ranks, e.ranks) && sameFloats(got.relevant, e.relevant)
		for i := range e.scored {
			a, b := &e.scored[i], &got.scored[i]
			same = same && a.version == b.version && a.windows == b.windows && a.at == b.at && a.said.Class == b.said.Class && slices.Equal(a.segments, b.segments) &&
				sameFloats(a.said.Scores, b.said.Scores) && math.Float64bits(a.said.Value) == math.Float64bits(b.said.Value)
		}
		if e.labelled {
			same = same && got.label.Class == e.label.Class && math.Float64bits(got.label.Value) == math.Float64bits(e.label.Value)
		}
		if !same {
			t.Fatalf("got %+v\nwant %+v", got, e)
		}
	})
}

func TestTruthDecodesToTheSame(t *testing.T) {
	for _, want := range []truth{
		{at: event.NoTime, labelled: true, label: perf.Label{Class: 3, Value: math.NaN()}},
		{at: 17, label: perf.Label{Class: -1, Value: math.NaN()}, values: []float64{1.5, math.NaN()}},
		{at: -5, labelled: true, label: perf.Label{Class: -1, Value: -2.5}, item: 12},
	} {
		var got truth
		if err := got.decode(want.appendTo(nil)); err != nil {
			t.Fatal(err)
		}
		if got.at != want.at || got.labelled != want.labelled || got.label.Class != want.label.Class || got.item != want.item ||
			math.Float64bits(got.label.Value) != math.Float64bits(want.label.Value) || !sameFloats(got.values, want.values) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func FuzzEntry(f *testing.F) {
	e := entry{scored: []scored{{version: 7, said: perf.Prediction{Class: 1, Scores: []float64{.5}}, segments: []uint16{1}}}, labelled: true, label: perf.Label{Class: 1}}
	f.Add(e.appendTo(nil, false))
	e.values, e.ranks, e.relevant = []float64{1}, []uint16{1, 2}, []float64{0, 1}
	f.Add(e.appendTo(nil, true))
	e.scored = append(e.scored, scored{version: 8, windows: 1})
	f.Add(e.appendTo(nil, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e entry
		_ = e.decode(b, 1)
		var w truth
		_ = w.decode(b)
	})
}

// TestEntryOfVersion1 reads entries that programs wrote before predictions of one
// id could be of several eras.
func TestEntryOfVersion1(t *testing.T) {
	for text, predictions := range map[string]int{
		"3103" + "02" + "07000000" + "02" + "00" + "00" + "08000000" + "04" + "01" + "00" + "00" + "02": 2,
		"3003" + "01" + "07000000" + "02" + "00" + "00":                                                 1,
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		var e entry
		if err := e.decode(b, 1); err != nil || len(e.scored) != predictions || e.kpis != 3 {
			t.Fatalf("%s: %+v, %v", text, e, err)
		}
		for _, s := range e.scored {
			if s.windows != 3 {
				t.Errorf("%s: a prediction of era %d, want 3", text, s.windows)
			}
		}
		if got := hex.EncodeToString(e.appendTo(nil, false)); got != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}
