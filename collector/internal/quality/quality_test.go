package quality_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/quality"
)

func TestDuplicatesAreFoundAmongRememberedIDs(t *testing.T) {
	var d quality.Duplicates
	id := func(i int) uint64 { return event.Hash(fmt.Appendf(nil, "id-%d", i)) }
	const n = 3 * quality.RememberedIDs
	for i := range n {
		if d.Seen(id(i)) {
			t.Fatalf("id %d is new but was taken for a duplicate", i)
		}
		// asking remembers the id anew, so ask rarely and leave that much room
		const back = quality.RememberedIDs - n/10_000 - 1
		if i%10_000 == 0 && i >= back && !d.Seen(id(i-back)) {
			t.Fatalf("at id %d: the one %d before it is forgotten", i, back)
		}
	}
	d.Seen(0) // the value that marks free slots
	if !d.Seen(0) {
		t.Error("hash 0 is never remembered")
	}
}

func TestSentinels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	repeat := func(x float64, n int) []float64 {
		s := make([]float64, n)
		for i := range s {
			s[i] = x
		}
		return s
	}
	drifting := make([]float64, 1000) // natural, outside the range, never twice the same
	for i := range drifting {
		drifting[i] = 120 + 30*r.Float64()
	}
	counts := make([]float64, 1000) // integers a little above the range repeat naturally
	for i := range counts {
		counts[i] = 101 + float64(r.IntN(5))
	}
	mixed := append([]float64(nil), drifting...)
	for i := 0; i < len(mixed); i += 4 {
		mixed[i] = -999
	}
	for _, tt := range []struct {
		name   string
		values []float64
		want   uint64
		found  int
	}{
		{"-999 repeats", repeat(-999, 50), 50, 1},
		{"-1 below a range from 0", repeat(-1, 50), 50, 1},
		{"a strange value far away", repeat(12345.678, 50), 50, 1},
		{"a strange value nearby is drift", repeat(101.5, 50), 0, 0},
		{"inside the range", repeat(99, 50), 0, 0},
		{"too few", repeat(-999, 9), 0, 0},
		{"drift", drifting, 0, 0},
		{"integer drift", counts, 0, 0},
		{"among drift", mixed, 250, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := quality.NewSentinels(0, 100)
			var got uint64
			for _, x := range tt.values {
				got += s.Add(x)
			}
			if got != tt.want || len(s.Found()) != tt.found {
				t.Errorf("got %d sentinels of %d values, want %d of %d", got, len(s.Found()), tt.want, tt.found)
			}
		})
	}
}

func TestForgottenCandidatesDoNotAddUp(t *testing.T) {
	s := quality.NewSentinels(0, 100)
	for range 20 {
		for range 5 {
			if n := s.Add(-999); n != 0 {
				t.Fatal("a trickle of 5 per window was taken for a sentinel")
			}
		}
		s.Forget()
	}
}

func BenchmarkDuplicates(b *testing.B) {
	var d quality.Duplicates
	id := []byte("01J00000000000000000000000")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id[20], id[21], id[22], id[23] = byte(i), byte(i>>8), byte(i>>16), byte(i>>24)
		d.Seen(event.Hash(id))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ids/s")
}
