package baseline

import (
	"math"
	"testing"
)

// TestReservoirIsUniform counts how often each row of a stream is in the sample,
// with and without a smaller sample from some row on. The counts are compared
// with their expectation by chi-square, at five standard deviations.
func TestReservoirIsUniform(t *testing.T) {
	const stream, runs = 300, 4000
	rows := make([]int32, 7) // batches of a size that divides nothing
	for _, tt := range []struct {
		name       string
		most, then int
		shrinkAt   int
	}{
		{"full early", 20, 20, 0},
		{"one", 1, 1, 0},
		{"shrinks when full", 40, 15, 140},
		{"shrinks to one", 30, 1, 210},
		{"shrinks before it is full", 250, 50, 112},
		{"shrinks to just full", 250, 112, 112},
		{"all", 300, 300, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			counts := make([]float64, stream)
			for run := range uint64(runs) {
				r := newReservoir(tt.most, run)
				sample := make([]int, tt.most)
				for from := 0; from < stream; from += len(rows) {
					if from == tt.shrinkAt && tt.then < tt.most {
						for i, slot := range r.shrink(tt.then) {
							sample[i] = sample[slot]
						}
					}
					n := min(len(rows), stream-from)
					for i := range rows[:n] {
						rows[i] = int32(from + i)
					}
					for _, p := range r.offer(nil, rows[:n]) {
						sample[p.slot] = int(p.row)
					}
				}
				if r.filled != tt.then {
					t.Fatalf("%d rows in the sample, want %d", r.filled, tt.then)
				}
				for _, row := range sample[:r.filled] {
					counts[row]++
				}
			}
			share := float64(tt.then) / stream
			want := runs * share
			chi2 := 0.0
			for row, n := range counts {
				chi2 += (n - want) * (n - want) / want
				if share == 1 && n != want {
					t.Fatalf("row %d is missing", row)
				}
			}
			// Each run draws without replacement, which makes the counts vary less.
			free := (stream - 1) * (1 - share)
			if limit := free + 5*math.Sqrt(2*free*(1-share)); chi2 > limit {
				t.Errorf("chi-square %.0f with %.0f degrees of freedom", chi2, free)
			}
		})
	}
}
