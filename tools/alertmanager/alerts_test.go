package alertmanager_test

import (
	"maps"
	"net/url"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/common/model"
)

type knownAlert struct {
	name       string
	component  string
	priorities string
	exporter   bool // about an exporter: no model
}

// known is every alert of the rules with the priorities it can have: by its
// thresholds, and lower ones by a model's tier.
var known = []knownAlert{
	{"ModelPredictionsAbsent", "system", "P0 P1 P2", false},
	{"ModelErrorBudgetBurn", "system", "P0 P1 P2", false},
	{"ModelLatencyBudgetBurn", "system", "P0 P1 P2", false},
	{"ModelPerformanceDegraded", "model", "P0 P1 P2", false},
	{"ModelKPIDropped", "business", "P0 P1 P2", false},
	{"ModelEstimatedPerformanceDegraded", "model", "P0 P1 P2", false},
	{"ModelOutputDrift", "model", "P0 P1 P2", false},
	{"ModelFeatureDrift", "data", "P0 P1 P2", false},
	{"ModelFeatureViolations", "data", "P0 P1 P2", false},
	{"ModelSchemaChanged", "data", "P1 P2", false},
	{"ModelTrafficAnomaly", "system", "P1 P2", false},
	{"ModelLabelsLate", "data", "P1 P2", false},
	{"ModelFairnessViolated", "model", "P1 P2", false},
	{"ModelFeatureTableStale", "data", "P1 P2", false},
	{"ModelExporterDown", "system", "P1", true},
	{"ModelExporterSourceStalled", "system", "P1", true},
	{"ModelExporterRejectingEvents", "data", "P1", true},
	{"ModelExporterStoreDown", "system", "P1", true},
	{"ModelMultivariateDrift", "data", "P0 P1 P2", false},
	{"ModelCalibrationDegraded", "model", "P2", false},
	{"ModelStale", "model", "P2", false},
	{"ModelChallengerBetter", "model", "P2", false},
	{"ModelBaselineMissing", "model", "P2", false},
	{"ModelExporterSeriesDropped", "system", "P2", true},
}

var start = time.Date(2026, 11, 20, 3, 12, 0, 0, time.UTC)

// severities are what other routing trees go by.
var severities = map[model.LabelValue]model.LabelValue{"P0": "critical", "P1": "warning", "P2": "info"}

// of is an alert's labels: name, priority, component and any others.
func of(name, priority, component model.LabelValue, others model.LabelSet) model.LabelSet {
	l := model.LabelSet{"alertname": name, "priority": priority, "severity": severities[priority], "component": component}
	maps.Copy(l, others)
	return l
}

func fraud(owner model.LabelValue) model.LabelSet {
	return model.LabelSet{"model": "fraud", "model_owner": owner}
}

// firing is an alert with what the rules say about it.
func firing(labels model.LabelSet, summary, description string) *alert.Alert {
	return &alert.Alert{Alert: model.Alert{
		Labels: labels,
		Annotations: model.LabelSet{
			"summary": model.LabelValue(summary), "description": model.LabelValue(description),
			"runbook_url":   "https://github.com/model-exporter/model_exporter/blob/main/rules/runbooks/" + labels["alertname"] + ".md",
			"dashboard_url": "http://grafana.example.com/d/model-exporter-model?var-model=" + model.LabelValue(url.QueryEscape(string(labels["model"]))),
		},
		StartsAt: start, EndsAt: time.Now().Add(time.Hour),
	}}
}

func resolved(a *alert.Alert) *alert.Alert {
	b := *a
	b.EndsAt = start.Add(time.Hour)
	return &b
}
