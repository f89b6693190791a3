package online

import (
	"fmt"
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

// TestSampleIsUniform counts how often each of 40 entities is among 10, whatever
// how often it has rows: a quarter of the time, within five standard deviations
// of a binomial count.
func TestSampleIsUniform(t *testing.T) {
	const runs, entities, kept = 2000, 40, 10
	v := &config.View{Keys: []config.Column{{As: "a", Type: typeInt64}}, Sample: kept}
	counts := map[string]int{}
	var b event.Batch
	rows := 0
	for e := range entities {
		for range 1 + e%5 {
			b.AppendID(fmt.Appendf(nil, "%d", e))
			rows++
		}
	}
	b.Resize(rows)
	for i := range rows {
		b.Times[i] = int64(i)
	}
	for range runs {
		s := NewSample(v)
		s.Add(&b)
		for _, r := range s.take() {
			counts[r.keys[0]]++
		}
	}
	for e := range entities {
		// n·p = 500, standard deviation √(n·p·(1−p)) = 19.4
		if n := counts[fmt.Sprint(e)]; n < 403 || n > 597 {
			t.Errorf("entity %d was sampled %d times of %d, want about 500", e, n, runs)
		}
	}
}
