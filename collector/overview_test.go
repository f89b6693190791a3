package collector

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/evaluate"
	"github.com/model-exporter/model_exporter/collector/internal/page"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// TestOverviewShowsPerformance: the window where the model is worst, by labels if
// there are enough of them and else by scores.
func TestOverviewShowsPerformance(t *testing.T) {
	cfg := faultConfig()
	base := faultBaseline(t, cfg)
	for _, tt := range []struct {
		name, faults, window string
		estimated            bool
		coverage             float64
		degraded             bool
	}{
		{"as before", "", "1h", false, 0.93, false}, // 0.98 · (1 − (2 min / 40 min) · (1 − e⁻²⁰))
		{"concept drift", "concept_drift@30m", "10m", false, 0.78, true},
		{"no labels", "label_loss:share=1", "1h", true, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := simulate.Options{Seed: 7, Rate: faultRate, Start: faultStart, Span: faultSpan}
			if tt.faults != "" {
				fault, err := simulate.ParseFault(tt.faults)
				if err != nil {
					t.Fatal(err)
				}
				o.Faults = []simulate.Fault{fault}
			}
			set, _, now := filled(t, cfg, base, simulatedTruth(t, o))
			c := &Collector{cfg: cfg, set: set, evaluator: evaluate.New(cfg)}
			c.evaluator.Evaluate(set, now.UnixNano())
			p := c.performanceOf(set.Models[0].Versions[0])
			if p == nil || p.Window != tt.window || p.Estimated != tt.estimated || math.Abs(p.Coverage-tt.coverage) > 0.02 {
				t.Fatalf("got %+v, want it of %s, estimated: %v, with a coverage of %v", p, tt.window, tt.estimated, tt.coverage)
			}
			degraded := false
			for _, m := range p.Metrics {
				if m.Name == string(catalog.ROCAUC) {
					degraded = m.Worse > m.Threshold
				}
				if !(m.Lower <= m.Value && m.Value <= m.Upper && m.Baseline > 0) || m.LowerIsBetter {
					t.Errorf("odd metric %+v", m)
				}
			}
			if degraded != tt.degraded || len(p.Metrics) != 3 || len(p.Figures) != 2 {
				t.Errorf("degraded: %v; want %v, three metrics and two figures: %+v", degraded, tt.degraded, p)
			}
		})
	}
}

// TestOverviewTellsThatTheStoreIsStuck, and goes on to show what it showed.
func TestOverviewTellsThatTheStoreIsStuck(t *testing.T) {
	c := &Collector{}
	c.stuck(errors.New("disk full")) // before there is a page
	if c.overview.Load() != nil {
		t.Error("there is a page before anything was committed")
	}
	c.overview.Store(&page.Overview{Now: time.Unix(1, 0), Silent: []string{"m"}})
	c.stuck(errors.New("disk full"))
	var text strings.Builder
	if err := page.Write(&text, c.overview.Load()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"disk full", "No event of model m"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
