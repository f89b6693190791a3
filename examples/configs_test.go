package examples_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/profile"
	"github.com/model-exporter/model_exporter/collector/simulate"
	"github.com/model-exporter/model_exporter/collector/validate"
)

// TestConfigurations lets "validate" check each configuration of the exporter
// against a simulated log at the place that it names, and once more with the
// baseline file that it proposes.
func TestConfigurations(t *testing.T) {
	for path, logs := range map[string]string{
		"fraud/config.yml":                         "${FRAUD_DIR}/",
		"systemd/model_exporter.yml":               "/var/log/fraud/",
		"kubernetes/sidecar/model_exporter.yml":    "/logs/",
		"kubernetes/standalone/model_exporter.yml": "/logs/fraud/",
	} {
		t.Run(path, func(t *testing.T) {
			dir := t.TempDir() + "/"
			writeLogs(t, dir)
			text := string(read(t, path))
			if !strings.Contains(text, "labels*.jsonl") { // it reads all of the folder
				if err := errors.Join(os.Remove(dir+"labels.jsonl"), os.Remove(dir+"outcomes.jsonl")); err != nil {
					t.Fatal(err)
				}
			}
			if !strings.Contains(text, `"`+logs) {
				t.Fatalf("it does not read %s", logs)
			}
			text = strings.ReplaceAll(text, logs, dir)
			check(t, path, text)
			if with := strings.ReplaceAll(text, "# baseline: { training: /etc/model_exporter/", "baseline: { training: "+dir); with != text {
				check(t, path+" with a baseline", strings.ReplaceAll(with, "fraud.json", "baseline.json"))
			} else if !strings.Contains(text, "baseline.json") {
				t.Error("it says nothing of a baseline")
			}
		})
	}
}

// writeLogs writes an hour of predictions, their labels and outcomes, and a baseline.
func writeLogs(t *testing.T, dir string) {
	t.Helper()
	var predictions, labels, outcomes bytes.Buffer
	o := simulate.Options{
		Span: time.Hour, Rate: 1, Seed: 1,
		Truth: simulate.Truth{Labels: &labels, Delay: time.Minute, Outcomes: &outcomes, OutcomeDelay: time.Second},
	}
	if err := simulate.Run(t.Context(), &predictions, o); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.WriteFile(dir+"predictions.jsonl", predictions.Bytes(), 0o644),
		os.WriteFile(dir+"labels.jsonl", labels.Bytes(), 0o644),
		os.WriteFile(dir+"outcomes.jsonl", outcomes.Bytes(), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	if _, err := profile.Run(t.Context(), profile.Options{
		Paths: []string{dir + "predictions.jsonl"}, Labels: []string{dir + "labels.jsonl"}, Output: dir + "baseline.json",
	}); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, path, text string) {
	t.Helper()
	cfg, err := config.Parse(filepath.Base(path), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	if problems, err := validate.Run(t.Context(), &report, cfg); err != nil || problems > 0 {
		t.Errorf("%s: %d problems, %v:\n%s", path, problems, err, report.String())
	}
}
