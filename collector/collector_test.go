package collector_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// log writes a simulated log whose last event is at end.
func writeLog(t *testing.T, path string, end time.Time, events int, faults ...string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	o := simulate.Options{Events: events, Rate: 10, Start: end.Add(-time.Duration(events) * time.Second / 10), Seed: uint64(events)}
	for _, s := range faults {
		fault, err := simulate.ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = append(o.Faults, fault)
	}
	if err := errors.Join(simulate.Run(t.Context(), f, o), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

// running starts a collector in a bubble of fake time, and returns its handler
// and what ends it.
func running(t *testing.T, cfg *config.Config, o collector.Options) (c *collector.Collector, stop func()) {
	t.Helper()
	c, err := collector.New(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// TestFirstScrape: a scrape that comes before the first evaluation is held until
// that is published, so that no scrape sees a page without its models; if it takes
// too long, the scrape fails.
func TestFirstScrape(t *testing.T) {
	path := filepath.Join(t.TempDir(), "predictions.jsonl")
	for name, late := range map[string]struct {
		start time.Duration
		code  int
		want  string
	}{
		"soon":     {300 * time.Millisecond, 200, "model_exporter_events_total{"},
		"too late": {time.Minute, 503, "not evaluated"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := collector.New(config.ForTail([]string{path}), collector.Options{StoragePath: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					time.Sleep(late.start) // of the bubble's clock
					ended <- c.Run(ctx)
				}()
				if code, _ := get(t, c.Handler(), "/-/ready"); code != 503 {
					t.Errorf("/-/ready: status %d before the first evaluation", code)
				}
				if code, body := get(t, c.Handler(), "/metrics"); code != late.code || !strings.Contains(body, late.want) {
					t.Errorf("/metrics: status %d:\n%s", code, body)
				}
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestServesALogThatGrows follows a file through learning a baseline, quiet
// traffic and a shift, as Prometheus would see it.
func TestServesALogThatGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "predictions.jsonl")
	synctest.Test(t, func(t *testing.T) {
		cfg := config.ForTail([]string{path})
		cfg.Global.LearnEvents = 3000
		writeLog(t, path, time.Now(), 2000)
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		h := c.Handler()

		time.Sleep(20 * time.Second) // of the bubble's clock
		synctest.Wait()
		if code, body := get(t, h, "/metrics"); code != 200 || !strings.Contains(body, `ml_predictions_total{model="fraud",model_version="1"} 2000`) ||
			!strings.Contains(body, `model_exporter_baseline_learned_ratio{model="fraud",model_version="1"} 0.666`) {
			t.Fatalf("status %d, while learning:\n%s", code, grep(body, "predictions_total|learned_ratio|model_info"))
		}

		writeLog(t, path, time.Now(), 3001)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		_, body := get(t, h, "/metrics")
		if !strings.Contains(body, `ml_model_info{model="fraud",model_version="1",task="binary",model_owner="",model_tier="standard",baseline="learned"} 1`) {
			t.Fatalf("no learned baseline:\n%s", grep(body, "model_info|learned_ratio"))
		}
		writeLog(t, path, time.Now(), 4000, "shift:feature=amount,by=1.5")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		_, body = get(t, h, "/metrics")
		if !strings.Contains(body, `ml_drifted_features_ratio{model="fraud",model_version="1",baseline="learned",window="1h"} 0.`) {
			t.Errorf("the shift of one feature does not show:\n%s", grep(body, "drifted_features_ratio"))
		}
		if strings.Contains(body, "NaN") {
			t.Errorf("a series is NaN:\n%s", grep(body, "NaN"))
		}
		if code, body := get(t, h, "/"); code != 200 || !strings.Contains(body, "amount") {
			t.Errorf("the overview has status %d and does not name the feature", code)
		}
		for path, want := range map[string]int{
			"/-/healthy": 200, "/-/ready": 200, "/-/reload": 405, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/nothing": 404,
		} {
			if code, _ := get(t, h, path); code != want {
				t.Errorf("%s: status %d, want %d", path, code, want)
			}
		}
	})
}

func grep(body, alternatives string) string {
	var found []string
	for line := range strings.Lines(body) {
		for _, a := range strings.Split(alternatives, "|") {
			if strings.Contains(line, a) && !strings.HasPrefix(line, "#") {
				found = append(found, line)
				break
			}
		}
	}
	return strings.Join(found, "")
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "predictions.jsonl")
	synctest.Test(t, func(t *testing.T) {
		writeLog(t, path, time.Now(), 1000)
		yaml := func(model string) string {
			return "sources: [{name: log, file: {paths: ['" + path + "']}}]\nmodels: [{name: fraud, " + model + "sources: [log]}]\n"
		}
		next := yaml("owner: first, ")
		load := func() (*config.Config, error) { return config.Parse("test.yml", []byte(next)) }
		cfg, err := load()
		if err != nil {
			t.Fatal(err)
		}
		c, stop := running(t, cfg, collector.Options{Load: load})
		defer stop()
		h := c.Handler()
		time.Sleep(20 * time.Second)

		next = yaml("owner: second, ")
		if _, err := c.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		writeLog(t, path, time.Now(), 500)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		_, body := get(t, h, "/metrics")
		if !strings.Contains(body, `model_owner="second"`) || !strings.Contains(body, `ml_predictions_total{model="fraud",model_version="1"} 1500`) {
			t.Errorf("after a reload:\n%s", grep(body, "predictions_total|model_info"))
		}

		next = yaml("ownr: third, ")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/-/reload", nil))
		if w.Code != 500 || !strings.Contains(w.Body.String(), `test.yml:2: models[0].ownr`) {
			t.Errorf("a bad file: status %d, %s", w.Code, w.Body)
		}
		synctest.Wait()
		_, body = get(t, h, "/metrics")
		if !strings.Contains(body, "model_exporter_config_last_reload_successful 0") || !strings.Contains(body, `model_owner="second"`) {
			t.Errorf("after a refused reload:\n%s", grep(body, "last_reload|model_info"))
		}

		// another mapping opens the source anew, where the old one was
		next = strings.Replace(yaml("owner: fourth, "), "name: log,", "name: log, max_line_bytes: 64KiB,", 1)
		if _, err := c.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		writeLog(t, path, time.Now(), 300)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if _, body = get(t, h, "/metrics"); !strings.Contains(body, `ml_predictions_total{model="fraud",model_version="1"} 1800`) {
			t.Errorf("after the source changed:\n%s", grep(body, "predictions_total|events_total"))
		}
	})
}

// TestStaleSeriesVanish: what is gone from the log leaves nothing behind on the
// page, first a feature, then the model.
func TestStaleSeriesVanish(t *testing.T) {
	path := filepath.Join(t.TempDir(), "predictions.jsonl")
	synctest.Test(t, func(t *testing.T) {
		cfg := config.ForTail([]string{path})
		cfg.Global.LearnEvents = 1000
		cfg.Global.StaleAfter = 30 * time.Minute
		writeLog(t, path, time.Now(), 2000)
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		h := c.Handler()
		for range 4 {
			writeLog(t, path, time.Now(), 500, "drop_feature:feature=amount")
			time.Sleep(10 * time.Minute)
		}
		synctest.Wait()
		_, body := get(t, h, "/metrics")
		if left := grep(body, `feature="amount"`); strings.Contains(left, "ml_feature_values_total") || strings.Contains(left, "ml_window_values") {
			t.Errorf("a feature without values for 40 minutes is still there:\n%s", left)
		}
		if !strings.Contains(body, `ml_feature_values_total{model="fraud",model_version="1",feature="balance"} `) {
			t.Errorf("a feature that has values is gone:\n%s", grep(body, "feature_values"))
		}
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		_, body = get(t, h, "/metrics")
		if left := grep(body, `model="fraud"`); left != "" {
			t.Errorf("a silent model is still there:\n%s", left)
		}
		if !strings.Contains(body, `model_exporter_events_total{source="tail",type="prediction"} 4000`) {
			t.Errorf("the source's counters went with the model:\n%s", grep(body, "events_total"))
		}
	})
}

// TestReloadReadsColumnsAsTheyAreDeclared: a feature that a reload declares to be
// categorical is read as text from then on, so that 007 is not 7.
func TestReloadReadsColumnsAsTheyAreDeclared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "predictions.csv")
	lines := func(events int) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString("zip,prediction\n" + strings.Repeat("007,1\n", events))
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		lines(100)
		next := "global: {learn_events: 200}\nsources: [{name: log, file: {paths: ['" + path + "']}}]\n"
		load := func() (*config.Config, error) { return config.Parse("test.yml", []byte(next)) }
		cfg, err := load()
		if err != nil {
			t.Fatal(err)
		}
		c, stop := running(t, cfg, collector.Options{Load: load})
		defer stop()
		time.Sleep(20 * time.Second)

		next += "models: [{name: log, features: {zip: {kind: categorical}}}]\n"
		if _, err := c.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		lines(400)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		_, body := get(t, c.Handler(), "/metrics")
		if got := grep(body, "ml_baseline_bin_ratio"); !strings.Contains(got, `feature="zip",bin="007"} 1`) {
			t.Errorf("bins after the reload:\n%s", got)
		}
	})
}

// TestReloadWithoutAFile: whoever sends SIGHUP to serve --tail is told, but no
// configuration was refused, and none needs to be repaired.
func TestReloadWithoutAFile(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c, stop := running(t, config.ForTail([]string{filepath.Join(dir, "*.jsonl")}), collector.Options{})
		defer stop()
		if _, err := c.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "no configuration file") {
			t.Errorf("error %v", err)
		}
		if _, body := get(t, c.Handler(), "/metrics"); !strings.Contains(body, "model_exporter_config_last_reload_successful 1") {
			t.Errorf("after a reload of nothing:\n%s", grep(body, "last_reload"))
		}
	})
}
