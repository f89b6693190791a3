package collector

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// TestReplayFollowsTheClockItIsGiven: what is read counts at once, is served after
// the next evaluation, and leaves the windows as the time that is told goes by.
func TestReplayFollowsTheClockItIsGiven(t *testing.T) {
	cfg := faultConfig()
	cfg.Global.LearnEvents = 1000
	log := simulated(t, simulate.Options{Seed: 4, Rate: faultRate, Start: faultStart, Span: faultSpan})
	r, err := NewReplay(cfg, faultStart)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	scrape := func() samples {
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return families
	}
	end := faultStart.Add(faultSpan)
	half := bytes.IndexByte(log[len(log)/2:], '\n') + len(log)/2 + 1
	for _, lines := range [][]byte{log[:half], log[half:], []byte("no event\n")} {
		if err := r.Read(0, lines, end); err != nil {
			t.Fatal(err)
		}
	}
	source := map[string]string{"source": cfg.Sources[0].Name}
	for _, tt := range []struct {
		name   string
		after  time.Duration
		inHour bool
	}{{"at once", 0, true}, {"a day later", 24 * time.Hour, false}} {
		if err := r.Evaluate(end.Add(tt.after)); err != nil {
			t.Fatal(err)
		}
		served := scrape()
		n := float64(strings.Count(string(log), "\n"))
		if got := served.one(t, &catalog.Predictions, map[string]string{"model": "fraud"}); got != n {
			t.Errorf("%s: %v predictions, want %v", tt.name, got, n)
		}
		values := served.one(t, &catalog.WindowValues, map[string]string{"feature": "amount", "window": "1h"})
		if inWindow := values > 0; inWindow != tt.inHour {
			t.Errorf("%s: %v values of the last hour", tt.name, values)
		}
		if got := served.one(t, &catalog.SourceUp, source); got != 1 {
			t.Errorf("%s: the source is %v", tt.name, got)
		}
		if got := served.one(t, &catalog.SourceRejected, map[string]string{"source": cfg.Sources[0].Name, "reason": "malformed"}); got != 1 {
			t.Errorf("%s: %v records are rejected, want 1", tt.name, got)
		}
	}
}
