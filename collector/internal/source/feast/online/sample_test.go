package online

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestSampleHoldsNewestRows adds rows in any order and batches: the sample has as
// many entities as it may, each as its newest row has it, and of rows of the same
// time the one that was written last.
func TestSampleHoldsNewestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := &config.View{
			Keys: []config.Column{{As: "a", Type: typeString}, {As: "b", Type: typeInt64}}, Sample: rapid.IntRange(1, 8).Draw(t, "sample"),
			Features: []config.Column{{Name: "x", As: "x"}},
		}
		s := NewSample(v)
		type newest struct{ time, created int64 }
		want := map[string]newest{}
		value := map[string]float64{}
		for n := range rapid.IntRange(0, 5).Draw(t, "batches") {
			var b event.Batch
			b.AddColumn(&b.Features, "other")
			b.AddColumn(&b.Features, "x")
			b.AddColumn(&b.Values, "created")
			rows := rapid.IntRange(0, 20).Draw(t, "rows")
			b.Resize(rows)
			for i := range rows {
				entity := fmt.Sprintf("k\x1f%d", rapid.IntRange(0, 12).Draw(t, "entity"))
				at := newest{rapid.Int64Range(0, 3).Draw(t, "time"), rapid.Int64Range(0, 3).Draw(t, "created")}
				b.AppendID([]byte(entity + "\x1fat"))
				b.Times[i] = at.time
				x := float64(n*100 + i)
				b.Features[1].Cells[i], b.Features[1].Nums[i] = event.Number, x
				b.Values[0].Cells[i], b.Values[0].Nums[i] = event.Number, float64(at.created)
				if old, ok := want[entity]; !ok || at.time > old.time || at.time == old.time && at.created >= old.created {
					want[entity], value[entity] = at, x
				}
			}
			s.Add(&b)
		}
		got := s.take()
		if len(got) != min(len(want), v.Sample) {
			t.Fatalf("%d entities of %d, at most %d", len(got), len(want), v.Sample)
		}
		for _, r := range got {
			entity := r.keys[0] + "\x1f" + r.keys[1]
			if len(r.keys) != 2 || r.time != want[entity].time || r.values[0].num != value[entity] {
				t.Fatalf("entity %q has %v of time %d, want %v of %d", entity, r.values[0].num, r.time, value[entity], want[entity].time)
			}
		}
	})
}

// TestSampleIsUniform counts how often each of 40 entities, and each pair of them,
// is among 10, whatever how often it has rows and where between its rows the
// exporter restarts: as often as in any draw without replacement, within five
// standard deviations of a binomial count.
func TestSampleIsUniform(t *testing.T) {
	const runs, entities, kept = 4000, 40, 10
	v := &config.View{Keys: []config.Column{{As: "a", Type: typeInt64}}, Sample: kept}
	counts := map[string]int{}
	pairs := map[[2]string]int{}
	batch := func(from, to int) *event.Batch {
		var b event.Batch
		for e := from; e < to; e++ {
			for range 1 + e%5 {
				b.AppendID(fmt.Appendf(nil, "%d", e))
				b.Resize(b.N + 1)
				b.Times[b.N-1] = int64(e)
			}
		}
		return &b
	}
	first, second := batch(0, 25), batch(15, entities)
	for run := range runs {
		s := NewSample(v)
		s.seed = uint64(run)
		s.Add(first)
		m := newMemory()
		s.Save(m)
		s = m.again(t, v)
		s.Add(second)
		rows := s.take()
		for i, r := range rows {
			counts[r.keys[0]]++
			for _, o := range rows[i+1:] {
				pairs[[2]string{min(r.keys[0], o.keys[0]), max(r.keys[0], o.keys[0])}]++
			}
		}
	}
	within := func(what any, n int, p float64) {
		t.Helper()
		if mean := runs * p; math.Abs(float64(n)-mean) > 5*math.Sqrt(mean*(1-p)) {
			t.Errorf("%v was sampled %d times of %d, want about %.0f", what, n, runs, mean)
		}
	}
	for e := range entities {
		within(e, counts[fmt.Sprint(e)], kept/float64(entities))
		for o := range e {
			a, b := fmt.Sprint(e), fmt.Sprint(o)
			within([2]int{o, e}, pairs[[2]string{min(a, b), max(a, b)}], kept*(kept-1)/float64(entities*(entities-1)))
		}
	}
}

// TestSampleIsLookedAtWhileItGrows takes rows in one goroutine while another adds,
// saves and lets others inherit: each row is as it was at one time. The race
// detector sees the rest.
func TestSampleIsLookedAtWhileItGrows(t *testing.T) {
	v := &config.View{
		Keys: []config.Column{{As: "a", Type: typeInt64}}, Sample: 10,
		Features: []config.Column{{Name: "x", As: "x"}, {Name: "y", As: "y"}},
	}
	s := NewSample(v)
	var b event.Batch
	b.AddColumn(&b.Features, "x")
	b.AddColumn(&b.Features, "y")
	b.Resize(40)
	for i := range b.N {
		b.AppendID(fmt.Appendf(nil, "%d", i))
		b.Features[0].Cells[i], b.Features[1].Cells[i] = event.Number, event.Number
	}
	done, m := make(chan struct{}), newMemory()
	go func() {
		defer close(done)
		for round := range 200 {
			for i := range b.N {
				b.Times[i], b.Features[0].Nums[i], b.Features[1].Nums[i] = int64(round), float64(round), float64(round)
			}
			s.Add(&b)
			s.Save(m)
			if why := NewSample(v).Inherit(s); why != "" {
				t.Error(why)
			}
		}
	}()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		for _, r := range s.take() {
			if at := float64(r.time); r.values[0].num != at || r.values[1].num != at {
				t.Fatalf("a row of time %v has %v and %v", at, r.values[0].num, r.values[1].num)
			}
		}
	}
	if n := s.Len(); n != v.Sample {
		t.Errorf("%d entities, want %d", n, v.Sample)
	}
}
