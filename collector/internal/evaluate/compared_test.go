package evaluate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// TestWorstOf: each column in the window where it is worst, the worst column first, and
// whether a window beside it looks well.
func TestWorstOf(t *testing.T) {
	in := func(column, window string, distance float64) Comparison {
		return Comparison{Column: column, Statistic: catalog.PSI, Window: window, Distance: distance, Critical: 0.01, Threshold: 0.1}
	}
	unsure := in("unsure", "10m", 0.15)
	unsure.Critical = 0.5
	output := in("began", "1h", 0.11)
	output.Output = true
	ks := in("over", "1h", 0.05)
	ks.Statistic = catalog.KS
	got := worstOf([]Comparison{
		in("calm", "10m", 0.03), in("began", "10m", 0.5), in("over", "10m", 0.02), in("lasting", "10m", 0.2), unsure,
		in("unsure", "1h", 0.2), in("calm", "1h", 0.02), in("began", "1h", 0.05), output, in("over", "1h", 0.05), ks, in("lasting", "1h", 0.3),
		in("calm", "1d", 0.01), in("began", "1d", 0.01), in("over", "1d", 0.4), in("lasting", "1d", 0.2),
	})
	began, over := in("began", "10m", 0.5), in("over", "1d", 0.4)
	began.Longer, over.Shorter = "1h", "1h"
	want := []Comparison{began, over, in("lasting", "1h", 0.3), in("unsure", "1h", 0.2), output, in("calm", "10m", 0.03)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestGapExceeded: differences from above, ratios from below, both at the favourable end.
func TestGapExceeded(t *testing.T) {
	for _, c := range []struct {
		name  string
		value perf.FairnessValue
		limit float64
		want  bool
	}{
		{"difference", perf.FairnessValue{Fairness: catalog.DemographicParityDifference, Value: 0.3, Favourable: 0.2}, 0.1, true},
		{"difference by chance", perf.FairnessValue{Fairness: catalog.DemographicParityDifference, Value: 0.3, Favourable: 0.05}, 0.1, false},
		{"ratio", perf.FairnessValue{Fairness: catalog.DisparateImpactRatio, Value: 0.5, Favourable: 0.7}, 0.8, true},
		{"ratio by chance", perf.FairnessValue{Fairness: catalog.DisparateImpactRatio, Value: 0.5, Favourable: 0.9}, 0.8, false},
	} {
		g := Gap{FairnessValue: c.value, Threshold: c.limit}
		if g.Exceeded() != c.want {
			t.Errorf("%s: exceeded is %v, want %v", c.name, g.Exceeded(), c.want)
		}
	}
}
