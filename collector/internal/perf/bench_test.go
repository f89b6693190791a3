package perf_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

type scoredPair struct {
	p perf.Prediction
	l perf.Label
}

func binaryPairs(n int) []scoredPair {
	r := rand.New(rand.NewPCG(9, 9))
	pairs := make([]scoredPair, n)
	for i := range pairs {
		binaryWorld(0, 1.5, 0)(r, &pairs[i].p, &pairs[i].l)
	}
	return pairs
}

var binary = &perf.Config{Task: catalog.Binary, Positive: 1}

func TestJoinDoesNotAllocate(t *testing.T) {
	pairs := binaryPairs(100)
	var s perf.State
	run := func() {
		for i := range pairs {
			s.Predict(binary, &pairs[i].p)
			s.Join(binary, &pairs[i].p, &pairs[i].l, 1)
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("got %v allocations per 100 events, want 0", n)
	}
}

func BenchmarkJoin(b *testing.B) {
	pairs := binaryPairs(1 << 14)
	b.Run("with=state", func(b *testing.B) {
		var s perf.State
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			e := &pairs[i&(len(pairs)-1)]
			s.Join(binary, &e.p, &e.l, 1)
		}
		report(b, 1)
	})
	b.Run("with=predict", func(b *testing.B) {
		var s perf.State
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s.Predict(binary, &pairs[i&(len(pairs)-1)].p)
		}
		report(b, 1)
	})
}

func report(b *testing.B, events int) {
	b.ReportMetric(float64(b.N)*float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkArea adds 16,384 pairs and asks for the metrics; the reference keeps
// scores and labels and sorts them for one of those metrics, as scikit-learn
// does.
func BenchmarkArea(b *testing.B) {
	pairs := binaryPairs(1 << 14)
	b.Run("with=state", func(b *testing.B) {
		var s perf.State
		for b.Loop() {
			s.Reset()
			for i := range pairs {
				s.Join(binary, &pairs[i].p, &pairs[i].l, 1)
			}
			s.Metrics(binary)
		}
		report(b, len(pairs))
	})
	b.Run("with=sort", func(b *testing.B) {
		var kept []scoredPair
		for b.Loop() {
			kept = append(kept[:0], pairs...)
			sortedArea(kept)
		}
		report(b, len(pairs))
	})
}

func sortedArea(pairs []scoredPair) float64 {
	slices.SortFunc(pairs, func(x, y scoredPair) int { return cmp.Compare(x.p.Scores[0], y.p.Scores[0]) })
	var negatives, positives, below float64
	for _, e := range pairs {
		if e.l.Class == 1 {
			positives++
			below += negatives
		} else {
			negatives++
		}
	}
	return below / (positives * negatives)
}

func BenchmarkMetrics(b *testing.B) {
	var s perf.State
	pairs := binaryPairs(1 << 14)
	for i := range pairs {
		s.Predict(binary, &pairs[i].p)
		s.Join(binary, &pairs[i].p, &pairs[i].l, 1)
	}
	k := perf.Fit(binary, &s)
	encoded := s.AppendTo(nil)
	b.Run("of=metrics", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Metrics(binary)
		}
	})
	b.Run("of=estimate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			k.Estimate(binary, &s)
		}
	})
	b.Run("of=encode", func(b *testing.B) {
		b.SetBytes(int64(len(encoded)))
		b.ReportAllocs()
		for b.Loop() {
			encoded = s.AppendTo(encoded[:0])
		}
		b.ReportMetric(float64(len(encoded)), "encoded-B")
	})
	b.Run("of=decode", func(b *testing.B) {
		b.SetBytes(int64(len(encoded)))
		b.ReportAllocs()
		var back perf.State
		for b.Loop() {
			if _, err := back.Decode(encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("of=add", func(b *testing.B) {
		b.ReportAllocs()
		var sum perf.State
		for b.Loop() {
			sum.Add(&s)
		}
	})
}
