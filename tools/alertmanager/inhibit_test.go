package alertmanager_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

// TestInhibition lets alerts fire together, as they would, and lists the muted.
// An alert is written as name priority label=value….
func TestInhibition(t *testing.T) {
	c := load(t, example)
	for name, tc := range map[string]struct{ firing, muted []string }{
		"a broken input breaks the model": {
			firing: []string{
				"ModelPerformanceDegraded P0 model=fraud model_version=3",
				"ModelFeatureDrift P1 model=fraud model_version=3",
				"ModelFeatureViolations P1 model=fraud model_version=3",
				"ModelStale P2 model=fraud model_version=2",
			},
			muted: []string{"ModelFeatureDrift P1", "ModelFeatureViolations P1", "ModelStale P2"},
		},
		"another model speaks for itself": {
			firing: []string{"ModelPerformanceDegraded P0 model=fraud", "ModelFeatureDrift P1 model=churn"},
		},
		"several pages of one model": {
			firing: []string{"ModelPerformanceDegraded P0 model=fraud", "ModelErrorBudgetBurn P0 model=fraud"},
		},
		"a P1 does not mute a P2": {
			firing: []string{"ModelOutputDrift P1 model=fraud", "ModelStale P2 model=fraud"},
		},
		"a model is gone": {
			firing: []string{
				"ModelPredictionsAbsent P0 model=fraud", "ModelKPIDropped P0 model=fraud kpi=revenue", "ModelErrorBudgetBurn P0 model=fraud",
				"ModelLatencyBudgetBurn P1 model=fraud", "ModelTrafficAnomaly P1 model=fraud", "ModelPerformanceDegraded P0 model=fraud",
			},
			muted: []string{"ModelKPIDropped P0", "ModelErrorBudgetBurn P0", "ModelLatencyBudgetBurn P1", "ModelTrafficAnomaly P1"},
		},
		"a model of a lower tier is gone": {
			firing: []string{
				"ModelPredictionsAbsent P2 model=toy", "ModelKPIDropped P2 model=toy", "ModelTrafficAnomaly P2 model=toy",
				"ModelFeatureDrift P2 model=toy", "ModelTrafficAnomaly P1 model=fraud",
			},
			muted: []string{"ModelKPIDropped P2", "ModelTrafficAnomaly P2"},
		},
		"an exporter is down": {
			firing: []string{
				"ModelExporterDown P1 job=ml instance=a", "ModelExporterSourceStalled P1 job=ml instance=a source=log",
				"ModelExporterSeriesDropped P2 job=ml instance=a limit=models",
			},
			muted: []string{"ModelExporterSourceStalled P1", "ModelExporterSeriesDropped P2"},
		},
		"an exporter says nothing about others": {
			firing: []string{
				"ModelExporterDown P1 job=ml instance=a", "ModelExporterSourceStalled P1 job=ml instance=b",
				"ModelExporterRejectingEvents P1 job=other instance=a", "ModelPredictionsAbsent P0 model=fraud", "NodeDown P1 job=ml instance=a",
			},
		},
		"two exporters are down": {
			firing: []string{"ModelExporterDown P1 job=ml instance=a", "ModelExporterDown P1 job=ml instance=b"},
		},
		"a job is gone": {
			firing: []string{
				"ModelExporterDown P1 job=ml", "ModelExporterSourceStalled P1 job=ml instance=b", "ModelExporterDown P1 job=ml instance=b",
				"ModelExporterSourceStalled P1 job=other instance=b",
			},
			muted: []string{"ModelExporterSourceStalled P1 job=ml", "ModelExporterDown P1 job=ml instance=b"},
		},
		"labels that both lack are not the same": {
			firing: []string{"ModelPerformanceDegraded P0", "ModelFeatureDrift P1", "ModelExporterDown P1", "ModelExporterSeriesDropped P2"},
		},
	} {
		t.Run(name, func(t *testing.T) { checkMuted(t, c, tc.firing, tc.muted) })
	}
}

// TestInhibitionKeepsToScope has equal names in two clusters.
func TestInhibitionKeepsToScope(t *testing.T) {
	checkMuted(t, load(t, product+"testdata/mail.golden.yml"),
		[]string{"ModelPerformanceDegraded P0 model=fraud cluster=eu", "ModelFeatureDrift P1 model=fraud cluster=eu", "ModelFeatureDrift P1 model=fraud cluster=us"},
		[]string{"ModelFeatureDrift P1 model=fraud cluster=eu"})
}

func checkMuted(t *testing.T, c *config.Config, alerts, muted []string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	store, err := mem.NewAlerts(context.Background(), 1<<40, 0, nil, log, eventrecorder.NopRecorder(), prometheus.NewRegistry(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, a := range alerts {
		if err := store.Put(context.Background(), firing(parse(a), "", "")); err != nil {
			t.Fatal(err)
		}
	}
	ih := inhibit.NewInhibitor(store, c.InhibitRules, log, eventrecorder.NopRecorder())
	go ih.Run()
	defer ih.Stop()
	ih.WaitForLoading()
	for _, a := range alerts {
		want := slices.ContainsFunc(muted, func(m string) bool { return strings.HasPrefix(a+" ", m+" ") })
		if got := ih.Mutes(context.Background(), parse(a)); got != want {
			t.Errorf("%s: muted is %v, want %v", a, got, want)
		}
	}
}

func parse(alert string) model.LabelSet {
	words := strings.Fields(alert)
	l := of(model.LabelValue(words[0]), model.LabelValue(words[1]), "system", nil)
	for _, w := range words[2:] {
		name, value, _ := strings.Cut(w, "=")
		l[model.LabelName(name)] = model.LabelValue(value)
	}
	return l
}
