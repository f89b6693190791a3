package validate

import (
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// TestBlindWindows: the block correlations are those of the California housing data,
// where a running collector has 1.0000 as ks limit of Latitude, and less of HouseAge.
func TestBlindWindows(t *testing.T) {
	column := func(name string, ks float64) baseline.Column {
		return baseline.Column{Name: name, Effects: []drift.Effect{
			{Seconds: 86400, Values: 21, Correlation: map[catalog.Statistic]float64{catalog.KS: 0}},
			{Seconds: 730 * 3600, Values: 650, Correlation: map[catalog.Statistic]float64{catalog.KS: ks}},
		}}
	}
	f := &baseline.File{Features: []baseline.Column{column("Latitude", 0.4185), column("HouseAge", 0.1266), column("AveOccup", 0.0449)}}
	r := &report{}
	r.blind("housing", f, []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 730 * time.Hour})
	got := r.text.String()
	if strings.Count(got, "NOTE") != 1 || !strings.Contains(got, `windows of 730h of model "housing" cannot show drift of "Latitude":`) || r.problems != 0 {
		t.Errorf("report:\n%s", got)
	}
	r.blind("learned", nil, []time.Duration{time.Hour})
	if r.text.String() != got {
		t.Error("a model without a baseline file has a note")
	}
}
