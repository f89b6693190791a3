package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFaultsAreFound: days that are not quiet alert, so silence means something.
func TestFaultsAreFound(t *testing.T) {
	o := options{models: 1, seed: 1, span: 9 * time.Hour, training: day, budget: 1,
		faults: []string{"shift:feature=amount,by=2@2h+3h", "concept_drift@2h", "outage@6h"}}
	found, err := batch(t.Context(), o, o.seed)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range found {
		got = append(got, a.Priority+" "+a.Name)
	}
	for _, want := range []string{"P1 ModelFeatureDrift", "P0 ModelPerformanceDegraded", "P0 ModelPredictionsAbsent"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s among %q", want, got)
		}
	}
}

// TestBundleIsWhatAlertsRead: rules that no alert needs are left out, those that
// one needs by way of others are not.
func TestBundleIsWhatAlertsRead(t *testing.T) {
	p := &prometheus{reads: map[string]bool{}}
	bundle, err := p.bundle()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"model:ml_predictions:rate5m", "model_version_feature_check:ml_feature_violations:increase1h", "ModelStale"} {
		if !bytes.Contains(bundle, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	if bytes.Contains(bundle, []byte("record: model_version_feature:ml_feature_psi")) || p.reads["ml_feature_bin_total"] {
		t.Error("what no alert reads is evaluated")
	}
}

// TestLogIsReadInTime: every line once, none before its time, and labels of all but
// the newest predictions.
func TestLogIsReadInTime(t *testing.T) {
	e := &setup{options: options{span: 6 * time.Hour}, seed: 1}
	l := newLog(t.Context(), e.simulation(0, true))
	defer l.close()
	seen := map[string]bool{}
	predictions, labels := 0, 0
	for at := start.Add(step); !at.After(start.Add(e.span)); at = at.Add(step) {
		lines, err := l.until(at)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(lines)) {
			when, err := timeOf([]byte(line))
			if err != nil || when.After(at) || at.Sub(when) > step {
				t.Fatalf("at %s: %v %s", at, err, line)
			}
			if seen[line] {
				t.Fatalf("twice: %s", line)
			}
			seen[line] = true
			switch {
			case strings.HasPrefix(line, `{"type":"prediction"`):
				predictions++
			case strings.HasPrefix(line, `{"type":"label"`):
				labels++
			}
		}
	}
	// A mean delay of ten minutes, of six hours: 1 − 1/36 = 0.97 have one, less the 5 %
	// that are lost, and one in a hundred has two.
	if share := float64(labels) / float64(predictions); predictions < 3000 || share < 0.92 || share > 0.95 {
		t.Errorf("%d predictions, %.2f labels of each", predictions, share)
	}
}

func TestJudge(t *testing.T) {
	o := options{span: 10 * day, budget: 1}
	for _, tt := range []struct {
		found  string
		models int
		fails  bool
	}{
		{"", 1, false}, {"P2 P2 P2", 1, false}, {"P0", 100, true},
		{"P1 P1", 6, false}, {"P1 P1 P1", 6, true},
	} {
		total := tally{}
		var found []alarm
		for _, p := range strings.Fields(tt.found) {
			found = append(found, alarm{Priority: p})
		}
		total.add(result{Models: tt.models, Found: found})
		if err := total.judge(o); (err != nil) != tt.fails {
			t.Errorf("%q in %g model-days: %v", tt.found, total.modelDays(o), fmt.Sprint(err))
		}
	}
}
