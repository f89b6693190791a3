package model

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// sampled samples the values 0, 1, … of rows that have one, in batches of any sizes of
// which some rows are selected.
func sampled(name uint64, values int, size func() int, other func() bool) *Newcomer {
	n := &Newcomer{random: rand.New(rand.NewPCG(name, 0))}
	v := &Version{Model: &Model{layout: &layout{}}}
	n.begin(v, 0)
	var b event.Batch
	b.AddColumn(&b.Features, "x")
	for at := 0; at < values; {
		b.Reset()
		b.Resize(size())
		col, rows := &b.Features[0], []int32(nil)
		for r := range b.N {
			switch {
			case other != nil && other(): // of another version
				col.Cells[r], col.Nums[r] = event.Number, -1
				continue
			case other != nil && other():
				col.Cells[r] = event.Cell(at % 2) // none, or null
			case at < values:
				col.Cells[r], col.Nums[r] = event.Number, float64(at)
				at++
			}
			rows = append(rows, int32(r))
		}
		v.sample(n, &b, col, rows, nil)
	}
	return n
}

// TestSampleByBatches: how values come in batches, and what is between them, changes
// nothing.
func TestSampleByBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.IntRange(1, 20_000).Draw(t, "values")
		most := rapid.IntRange(1, 5000).Draw(t, "most")
		some := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var other func() bool
		if odds := rapid.IntRange(0, 4).Draw(t, "odds"); odds > 0 {
			other = func() bool { return some.IntN(5) < odds-1 }
		}
		want := sampled(7, values, func() int { return 1 }, nil)
		got := sampled(7, values, func() int { return 1 + some.IntN(most) }, other)
		if got.Seen != uint64(values) || got.skip != want.skip || !slices.Equal(got.nums, want.nums) || len(got.nums) != min(values, newcomerSample) {
			t.Fatalf("%d of %d values seen, sample of %d; want one of %d", got.Seen, values, len(got.nums), len(want.nums))
		}
	})
}

// TestSampleIsUniform: early values and late ones are as often in the sample. Drawn
// without replacement, the χ² of the counts is below that of independent draws.
func TestSampleIsUniform(t *testing.T) {
	const rounds, parts = 200, 20
	for _, values := range []int{2500, 20_000, 300_000} {
		t.Run(fmt.Sprint(values), func(t *testing.T) {
			var counts [parts]float64
			for name := range uint64(rounds) {
				n := sampled(name, values, func() int { return 4096 }, nil)
				seen := map[float64]bool{}
				for _, x := range n.nums {
					if seen[x] {
						t.Fatalf("%v is in the sample twice", x)
					}
					seen[x] = true
					counts[int(x)*parts/values]++
				}
			}
			chi, want := 0.0, float64(rounds*newcomerSample/parts)
			for _, c := range counts {
				chi += (c - want) * (c - want) / want
			}
			// Each part's variance is smaller by what is left out of the sample.
			chi /= 1 - newcomerSample/float64(values)
			law := distuv.ChiSquared{K: parts - 1}
			if p := law.Survival(chi); p < 1e-6 || law.CDF(chi) < 1e-6 || math.IsNaN(p) {
				t.Errorf("χ² %.1f, p %.2g: %v, want %v each", chi, p, counts, want)
			}
		})
	}
}

// TestSettledIsBounded: a writer that invents columns makes the list no longer than
// columns are counted by name, and what is stored of it loads.
func TestSettledIsBounded(t *testing.T) {
	s := exampleSet(t)
	v := s.byName["fraud"].Versions[0]
	limit := s.cfg.Global.Limits.Features
	for i := range limit + 100 {
		v.settle(fmt.Sprint("column ", i))
	}
	store := memory{}
	s.Save(store)
	again := exampleReader(t, s.byName["fraud"].Baseline)
	if _, err := again.Load(store); err != nil {
		t.Fatal(err)
	}
	got := again.byName["fraud"].Versions[0].newcomers.settled
	if len(got) != limit || !maps.Equal(got, v.newcomers.settled) {
		t.Errorf("%d columns are settled, want %d", len(got), limit)
	}
}

// TestSettledOfAnotherBaseline: with another baseline a column may be somebody's new
// name again, before a restart and after.
func TestSettledOfAnotherBaseline(t *testing.T) {
	s, store := exampleSet(t), memory{}
	other := *s.byName["fraud"].Baseline
	other.Created = other.Created.Add(time.Second)
	for range 2 {
		s.Save(store)
		s = exampleReader(t, &other)
		if _, err := s.Load(store); err != nil {
			t.Fatal(err)
		}
		if settled := s.byName["fraud"].Versions[0].newcomers.settled; len(settled) > 0 {
			t.Errorf("settled: %v", settled)
		}
	}
}
