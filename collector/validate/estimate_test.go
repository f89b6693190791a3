package validate_test

import (
	"bytes"
	"context"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/simulate"
	"github.com/model-exporter/model_exporter/collector/validate"
)

// TestSeriesAreThoseThatAreServed holds the estimate against what a collector serves
// of the same files, within a tenth.
func TestSeriesAreThoseThatAreServed(t *testing.T) {
	for name, tt := range map[string]struct {
		models []string
		apart  bool // labels and outcomes are events of their own
	}{
		"one model":      {[]string{"fraud"}, false},
		"several models": {[]string{"a", "b", "c"}, false},
		"labels apart":   {[]string{"fraud"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				cfg := config.ForTail([]string{filepath.Join(dir, "*.jsonl")})
				cfg.Global.LearnEvents = 3000
				if tt.apart {
					truths := cfg.Sources[0]
					truths.Name, truths.File.Paths = "truths", []string{filepath.Join(dir, "[lo]*.jsonl")}
					cfg.Sources[0].File.Paths = []string{filepath.Join(dir, "fraud.jsonl")}
					cfg.Sources = append(cfg.Sources, truths)
				}
				var files [3]bytes.Buffer
				write := func(name string, log *bytes.Buffer) {
					if err := os.WriteFile(filepath.Join(dir, name+".jsonl"), log.Bytes(), 0o600); err != nil {
						t.Fatal(err)
					}
					log.Reset()
				}
				for i, model := range tt.models {
					o := simulate.Options{Events: 12_000, Rate: 10, Seed: uint64(i), Model: model, Start: time.Now().Add(-20 * time.Minute), Labels: !tt.apart}
					if tt.apart {
						o.Truth = simulate.Truth{Labels: &files[1], Outcomes: &files[2], Delay: 2 * time.Minute}
						cfg.Models = []config.Model{{Name: model, Task: catalog.Binary, Segments: []string{"country", "device"}, LabelHorizon: time.Hour}}
					}
					if err := simulate.Run(context.Background(), &files[0], o); err != nil {
						t.Fatal(err)
					}
					write(model, &files[0])
				}
				write("labels", &files[1])
				write("outcomes", &files[2])
				var report bytes.Buffer
				if _, err := validate.Run(context.Background(), &report, cfg); err != nil {
					t.Fatal(err)
				}
				m := regexp.MustCompile(`about ([\d,]+) series`).FindStringSubmatch(report.String())
				if m == nil {
					t.Fatalf("no estimate:\n%s", &report)
				}
				estimate, _ := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
				if served := served(t, cfg); math.Abs(estimate-served) > served/10 {
					t.Errorf("estimate %v, served %v", estimate, served)
				}
			})
		})
	}
}

// served is how many series a collector has once it read everything.
func served(t *testing.T, cfg *config.Config) float64 {
	c, err := collector.New(cfg, collector.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	time.Sleep(time.Minute) // of the bubble's clock
	synctest.Wait()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	m := regexp.MustCompile(`(?m)^model_exporter_series (\S+)`).FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatal("nothing is served")
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
