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
	if err := page.Write(&text, c.overview.Load(), page.Choice{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"disk full", "No event was read of model m"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestOverviewSaysWhatIsWrong: what the models know of faults of half an hour arrives on
// the page, of features, outputs, checks, columns and segments.
func TestOverviewSaysWhatIsWrong(t *testing.T) {
	cfg := faultConfig()
	cfg.Models[0].Fairness = []string{"country"}
	cfg.Models[0].Objectives.Availability = 0.99
	base := faultBaseline(t, cfg)
	read := func(faults ...string) string {
		o := simulate.Options{Seed: 7, Rate: faultRate, Start: faultStart, Span: faultSpan}
		for _, text := range faults {
			fault, err := simulate.ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			o.Faults = append(o.Faults, fault)
		}
		set, _, now := filled(t, cfg, base, simulatedTruth(t, o))
		c := &Collector{cfg: cfg, set: set, evaluator: evaluate.New(cfg)}
		c.past.Look(&page.Overview{Now: now.Add(-faultSpan)})
		c.evaluator.Evaluate(set, now.UnixNano())
		var text strings.Builder
		if err := page.Write(&text, c.summarise(now), page.Choice{Model: "fraud"}); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(text.String(), "\u00a0", " ")
	}
	if quiet := read(); strings.Contains(quiet, "Wrong now") || !strings.Contains(quiet, "Distributed as on the baseline: ") {
		t.Errorf("something is said to be wrong while nothing is:\n%s", quiet)
	}
	said := read("shift:feature=amount,by=1.5@10m", "output_shift@10m", "unfair@10m", "errors:share=0.2@10m", "nulls:feature=balance,share=0.5@10m",
		"rename:feature=email_match,to=email_matches@10m")
	for _, want := range []string{
		"predictions failed in the last 40 min; the objective allows 1.0 %",
		"of balance are missing in the last 40 min", "of events lack the column email_match in the last 40 min",
		"<b>amount</b>", "<b>score</b>", "Between values of country, the share of positive predictions differs by at least",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
}

// TestOverviewOfWhatWasNotEvaluated: a version may be there that no evaluation saw, as
// after a commit that failed.
func TestOverviewOfWhatWasNotEvaluated(t *testing.T) {
	cfg := faultConfig()
	set, _, now := filled(t, cfg, faultBaseline(t, cfg), simulatedTruth(t, simulate.Options{Seed: 7, Rate: faultRate, Start: faultStart, Span: faultSpan}))
	c := &Collector{cfg: cfg, set: set, evaluator: evaluate.New(cfg)}
	var text strings.Builder
	if err := page.Write(&text, c.summarise(now), page.Choice{}); err != nil {
		t.Fatal(err)
	}
	if want := "Too few values yet to compare with the baseline."; !strings.Contains(text.String(), want) {
		t.Errorf("the page does not say %q", want)
	}
}
