package drift_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// readOracle reads what testdata/<name>.scipy.py wrote.
func readOracle(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".scipy.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// close allows for 1e-9, relative where values are large.
func closeTo(got, want float64) bool {
	return math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))
}

func TestStatisticsAgreeWithScipy(t *testing.T) {
	var cases []struct {
		Name       string
		Live, Base []uint64
		Want       map[catalog.Statistic]float64
	}
	readOracle(t, "statistics", &cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			for _, s := range drift.Statistics {
				want, ok := c.Want[s.Name]
				if !ok {
					continue
				}
				got := s.Distance(nil, drift.Side{Counts: c.Live}, drift.Side{Counts: c.Base})
				if !closeTo(got, want) {
					t.Errorf("%s: got %v, want %v", s.Name, got, want)
				}
			}
			if len(c.Want) != len(drift.Statistics)-1 {
				t.Errorf("got %d statistics in the oracle, want all but wasserstein", len(c.Want))
			}
		})
	}
}

// sample is a sample as the oracle knows it.
type sample struct {
	Counts    []uint64
	Low, High *float64
}

func (s sample) side() drift.Side {
	side := drift.Side{Counts: s.Counts, Low: math.NaN(), High: math.NaN()}
	if s.Low != nil {
		side.Low = *s.Low
	}
	if s.High != nil {
		side.High = *s.High
	}
	return side
}

func TestBinningErrorIsBounded(t *testing.T) {
	var cases []struct {
		Name            string
		Edges           []float64
		Scale           float64
		Live, Base      sample
		Min, Max        float64
		KS, Wasserstein float64 // of the raw samples
		Quantiles       []float64
		QuantileValues  []float64 `json:"quantile_values"`
	}
	readOracle(t, "samples", &cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			shape := drift.Shape{Kind: catalog.Numeric, Edges: c.Edges, Scale: c.Scale}
			live, base := c.Live.side(), c.Base.side()

			ks := drift.KS(live.Counts, base.Counts)
			bound := max(largestShare(live.Counts), largestShare(base.Counts))
			if ks > c.KS+1e-12 || ks < c.KS-bound {
				t.Errorf("ks: got %v, want %v less at most %v", ks, c.KS, bound)
			}

			w := drift.Wasserstein(&shape, live, base)
			bound = drift.WassersteinError(&shape, live, base)
			if math.Abs(w-c.Wasserstein) > bound+1e-9 {
				t.Errorf("wasserstein: got %v, want %v ± %v", w, c.Wasserstein, bound)
			}
			t.Logf("ks %.5f (raw %.5f), wasserstein %.5f (raw %.5f, bound %.5f)", ks, c.KS, w, c.Wasserstein, bound)

			for i, q := range c.Quantiles {
				got, want := drift.Quantile(c.Edges, live.Counts, c.Min, c.Max, q), c.QuantileValues[i]
				low, high := binAround(c.Edges, c.Min, c.Max, want)
				if got < low || got > high {
					t.Errorf("quantile %v: got %v, want %v, in (%v, %v]", q, got, want, low, high)
				}
			}
		})
	}
}

func largestShare(counts []uint64) float64 {
	var n, largest uint64
	for _, c := range counts {
		n += c
		largest = max(largest, c)
	}
	return float64(largest) / float64(n)
}

// binAround returns the ends of the bin that holds x.
func binAround(edges []float64, low, high, x float64) (float64, float64) {
	for _, e := range edges {
		if e < x {
			low = max(low, e)
		} else {
			return low, min(high, e)
		}
	}
	return low, high
}
