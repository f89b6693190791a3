package joint_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/joint"
)

func sampler(features, components int) joint.Sampler {
	return joint.NewSampler(&joint.PCA{Features: make([]joint.Feature, features), Components: make([][]float64, components)})
}

// TestSampleDoesNotDependOnBatches: a run in any pieces gives the same sample.
func TestSampleDoesNotDependOnBatches(t *testing.T) {
	s := sampler(16, 9)
	whole := s.Append(nil, 0, 20_000)
	rapid.Check(t, func(t *rapid.T) {
		var parts []joint.Pick
		for before := 0; before < 20_000; {
			n := min(20_000-before, rapid.IntRange(0, 5000).Draw(t, "rows"))
			for _, p := range s.Append(nil, uint64(before), n) {
				parts = append(parts, joint.Pick{Row: before + p.Row, Weight: p.Weight})
			}
			before += n
		}
		for i, p := range parts {
			if i >= len(whole) || p != whole[i] || i > 0 && p.Row <= parts[i-1].Row {
				t.Fatalf("pick %d is %v", i, p)
			}
		}
		if len(parts) != len(whole) {
			t.Fatalf("%d picks, want %d", len(parts), len(whole))
		}
	})
}

// TestSampleSize: all rows of a short run, few of a long one, and weights that add up
// to the rows.
func TestSampleSize(t *testing.T) {
	for _, tt := range []struct{ features, components, rows, least, most int }{
		{16, 9, 32, 32, 32},
		{16, 9, 600, 90, 110},
		{16, 9, 1 << 20, 270, 275},
		{256, 166, 8, 8, 8},
		{256, 166, 1 << 20, 75, 77},
	} {
		picks := sampler(tt.features, tt.components).Append(nil, 0, tt.rows)
		var sums joint.Sums
		for _, p := range picks {
			sums.AddRow(1, p.Weight)
		}
		if len(picks) < tt.least || len(picks) > tt.most {
			t.Errorf("%d of %d rows, want %d to %d", len(picks), tt.rows, tt.least, tt.most)
		}
		if math.Abs(sums.Weight-float64(tt.rows)) > 0.1*float64(tt.rows) {
			t.Errorf("%d rows have the weight %v", tt.rows, sums.Weight)
		}
	}
}

// TestSampleHasNoRhythm: rows that differ by their place in groups of eight, as the
// candidates of one request do, are all as likely.
func TestSampleHasNoRhythm(t *testing.T) {
	var weight [8]float64
	for _, p := range sampler(16, 9).Append(nil, 0, 1<<30) {
		weight[p.Row%8]++
	}
	total := 0.0
	for _, w := range weight {
		total += w
	}
	for place, w := range weight {
		// About 430 picks: five standard deviations of a binomial number.
		if math.Abs(w-total/8) > 5*math.Sqrt(total/8*7/8) {
			t.Errorf("place %d: %v of %v rows", place, w, total)
		}
	}
}

// TestWeightedMean: the sample's mean is right where rows change within the run.
func TestWeightedMean(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const rows = 100_000
	var whole, sample, merged, half joint.Sums
	values := make([]float64, rows)
	for i := range values {
		values[i] = 2 + float64(i)/rows + 0.1*r.NormFloat64()
		whole.AddRow(values[i], 1)
	}
	s := sampler(16, 9)
	for i, p := range s.Append(nil, 0, rows) {
		sample.AddRow(values[p.Row], p.Weight)
		if i%2 == 0 {
			half.AddRow(values[p.Row], p.Weight)
		} else {
			merged.AddRow(values[p.Row], p.Weight)
		}
	}
	merged.Add(&half)
	if math.Abs(merged.Mean()-sample.Mean()) > 1e-12 || math.Abs(merged.Variance()-sample.Variance()) > 1e-9 || math.Abs(merged.Rows()-sample.Rows()) > 1e-9 {
		t.Errorf("in parts %+v, at once %+v", merged, sample)
	}
	// One row stands for up to 4,096; the largest standard error of the mean is
	// that of the run's own spread over the effective number of rows.
	limit := 4 * math.Sqrt(whole.Variance()/sample.Rows())
	if d := math.Abs(sample.Mean() - whole.Mean()); d > limit {
		t.Errorf("mean %v, of all rows %v", sample.Mean(), whole.Mean())
	}
	if got := whole.Rows(); got != rows {
		t.Errorf("%v rows of equal weight, want %d", got, rows)
	}
	var none joint.Sums
	if none.Rows() != 0 || !math.IsNaN(none.Mean()) {
		t.Errorf("without rows: %v rows, mean %v", none.Rows(), none.Mean())
	}
}
