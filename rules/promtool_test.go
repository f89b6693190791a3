package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scenario is a course of events for promtool's rule tests: what exporters serve,
// and every alert that fires at some time. Any other alert is a failure.
type scenario struct {
	name   string
	tier   string // of model fraud; critical if empty
	series []string
	at     string
	fires  []firing
	values []recorded // of recorded series, at the same time
}

// firing is an alert as it is sent. Severity, summary and links follow from name
// and priority, component from the bundle.
type firing struct {
	alert       string
	priority    string
	labels      string // besides model, model_version and model_owner
	description string
}

// recorded is a value of an expression; all its series must be listed.
type recorded struct {
	expr   string
	labels string
	value  float64
}

// healthy is what an exporter serves of a model that is well.
var healthy = []string{
	`up{} 1x*`,
	`model_exporter_build_info{} 1x*`,
	`model_exporter_source_up{source="log"} 1x*`,
	`model_exporter_source_lag_seconds{source="log"} 0x*`,
	`ml_model_info{task="binary",model_owner="risk-ml",model_tier="TIER",baseline="training"} 1x*`,
}

// steady is ten predictions a second.
const steady = `ml_predictions_total{} 0+600x*`

// suite is a list of scenarios with one evaluation interval: rules are evaluated
// so often, and series have a sample each minute whatever it is.
type suite struct {
	file      string
	every     string
	groups    []string // all if empty; weeks of all of them would take minutes
	scenarios []scenario
}

// TestAlerts runs every scenario through promtool.
func TestAlerts(t *testing.T) {
	promtool := findPromtool(t)
	for _, s := range suites {
		t.Run(s.file, func(t *testing.T) {
			t.Parallel()
			s.run(t, promtool)
		})
	}
}

func (s *suite) run(t *testing.T, promtool string) {
	path := filepath.Join(t.TempDir(), s.file+".test.yml")
	groups := s.bundle(t)
	writeTo(t, filepath.Join(filepath.Dir(path), "rules.yml"), ruleFile{groups})
	writeTo(t, path, s.promtool(t, groups))
	if out, err := exec.Command(promtool, "test", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestPromtoolChecksRules: what is committed passes promtool's lint.
func TestPromtoolChecksRules(t *testing.T) {
	promtool := findPromtool(t)
	out, err := exec.Command(promtool, "check", "rules", "--lint=all", "--lint-fatal", "model_exporter.rules.yml").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestEveryAlertHasScenarios: one in which it fires, at each of its priorities
// that no tier brought about, and a near miss.
func TestEveryAlertHasScenarios(t *testing.T) {
	fires, misses := map[string]bool{}, map[string]bool{}
	for _, s := range suites {
		for _, c := range s.scenarios {
			for _, f := range c.fires {
				fires[f.alert+" "+f.priority] = true
			}
			if name, _, ok := strings.Cut(c.name, " misses:"); ok {
				misses[name] = true
				if slices.ContainsFunc(c.fires, func(f firing) bool { return f.alert == name }) {
					t.Errorf("%q fires", c.name)
				}
			}
		}
	}
	for _, g := range alerts() {
		for _, a := range g.alerts {
			if !misses[a.name] {
				t.Errorf("no scenario named %q", a.name+" misses: …")
			}
			for _, c := range a.cases {
				if c.scope == thresholds && c.priority == "P0" && a.name != "ModelPerformanceDegraded" {
					continue // only where somebody configures it
				}
				if !fires[a.name+" "+string(c.priority)] {
					t.Errorf("%s never fires with %s in a scenario", a.name, c.priority)
				}
			}
		}
	}
}

// findPromtool skips the test if there is none, but not if PROMTOOL says that
// there is, as CI does.
func findPromtool(t *testing.T) string {
	t.Helper()
	path, required := os.LookupEnv("PROMTOOL")
	if !required {
		path = "../.run/bin/promtool"
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if required && err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("%v; make tools builds it, or set PROMTOOL", err)
	}
	return path
}
