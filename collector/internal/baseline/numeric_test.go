package baseline_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// TestCutEqualsNumpy compares with testdata/quantiles.numpy.py.
func TestCutEqualsNumpy(t *testing.T) {
	data, err := os.ReadFile("testdata/quantiles.numpy.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name                   string
		Sample, Edges, Deciles []float64
		DecisionBins           int `json:"decision_bins"`
		FineBins               int `json:"fine_bins"`
		Counts                 []uint64
		Mean, Stddev, Min, Max float64
		LowMean                float64 `json:"low_mean"`
		HighMean               float64 `json:"high_mean"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, tt := range cases {
		t.Run(tt.Name, func(t *testing.T) {
			values := make([]any, len(tt.Sample))
			for i, x := range tt.Sample {
				values[i] = x
			}
			f := build(t, baseline.Options{FineBins: tt.FineBins, DecisionBins: tt.DecisionBins}, rowsOf(values...))
			c := column(t, f.Features, "x")
			var deciles []float64
			for _, i := range c.Decision {
				deciles = append(deciles, c.Edges[i])
			}
			if c.Kind != catalog.Numeric || !slices.Equal(c.Edges, tt.Edges) || !slices.Equal(deciles, tt.Deciles) || !slices.Equal(c.Counts, tt.Counts) {
				t.Errorf("%s edges %v\n%v\ndeciles %v\n%v\ncounts %v\n%v", c.Kind, c.Edges, tt.Edges, deciles, tt.Deciles, c.Counts, tt.Counts)
			}
			for name, x := range map[string][2]float64{
				"mean": {c.Mean, tt.Mean}, "stddev": {c.Stddev, tt.Stddev}, "low": {c.Low, tt.LowMean}, "high": {c.High, tt.HighMean},
			} {
				if math.Abs(x[0]-x[1]) > 1e-12*max(1, math.Abs(x[1])) {
					t.Errorf("%s %v, want %v", name, x[0], x[1])
				}
			}
			if c.Min != tt.Min || c.Max != tt.Max {
				t.Errorf("min %v max %v, want %v %v", c.Min, c.Max, tt.Min, tt.Max)
			}
		})
	}
}

// repeat returns n times x, then the others.
func repeat(n int, x any, others ...any) []any {
	v := make([]any, n, n+len(others))
	for i := range v {
		v[i] = x
	}
	return append(v, others...)
}

func TestCutOfOddSamples(t *testing.T) {
	below := math.Nextafter(5, 0)
	inf := math.Inf(1)
	for _, tt := range []struct {
		name     string
		values   []any
		edges    []float64
		decision []int
		counts   []uint64
	}{
		{"constant", repeat(9, 5), []float64{below, 5}, []int{0, 1}, []uint64{0, 9, 0}},
		{"one value", repeat(1, 5), []float64{below, 5}, []int{0, 1}, []uint64{0, 1, 0}},
		{"lowest number", repeat(3, -math.MaxFloat64), []float64{-math.MaxFloat64}, []int{0}, []uint64{3, 0}},
		{"mostly the largest", repeat(999, 5, 1), []float64{1}, []int{0}, []uint64{1, 999}},
		{"one in twenty is smaller", repeat(95, 5, repeat(5, 1)...), []float64{1}, []int{0}, []uint64{5, 95}},
		{"mostly the smallest", repeat(999, 5, 9), []float64{5}, []int{0}, []uint64{999, 1}},
		{"only infinite", repeat(4, inf, -inf), []float64{-math.SmallestNonzeroFloat64, 0}, []int{0, 1}, []uint64{1, 0, 4}},
		{"half infinite", []any{-inf, 1, 2, inf}, []float64{1, 2}, []int{0, 1}, []uint64{2, 1, 1}},
		{"zeros", repeat(3, math.Copysign(0, -1), 0, 1), []float64{0}, []int{0}, []uint64{4, 1}},
		{"huge", []any{-math.MaxFloat64, math.MaxFloat64}, []float64{-math.MaxFloat64}, []int{0}, []uint64{1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := build(t, baseline.Options{}, rowsOf(tt.values...))
			c := column(t, f.Features, "x")
			if !slices.Equal(c.Edges, tt.edges) || !slices.Equal(c.Decision, tt.decision) || !slices.Equal(c.Counts, tt.counts) {
				t.Errorf("edges %v at %v counts %v; want %v at %v counts %v", c.Edges, c.Decision, c.Counts, tt.edges, tt.decision, tt.counts)
			}
			roundTrip(t, f)
		})
	}
}

func TestDecisionLabels(t *testing.T) {
	c := baseline.Column{Kind: catalog.Numeric, Edges: []float64{-1.5, 0, 0.1, 1e6, 1e22}, Decision: []int{0, 2, 3, 4}}
	want := []string{"(-Inf,-1.5]", "(-1.5,0.1]", "(0.1,1000000]", "(1000000,1e+22]", "(1e+22,+Inf)"}
	if got := c.DecisionLabels(); !slices.Equal(got, want) {
		t.Errorf("numeric: %q, want %q", got, want)
	}
	c = baseline.Column{Kind: catalog.Categorical, Categories: []string{"b", "a"}}
	if got, want := c.DecisionLabels(), []string{"b", "a", "other", "unseen"}; !slices.Equal(got, want) {
		t.Errorf("categorical: %q, want %q", got, want)
	}
}
