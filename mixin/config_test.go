package mixin

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet"
	"github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/dashboards"
	"github.com/model-exporter/model_exporter/rules"
)

// settings says for each field of _config what changing it changes, and that
// nothing else does: the whole mixin must be what Go writes with the same option
// or, where Go has none, the usual rules after the change.
var settings = []struct {
	field, given string
	option       func(*rules.Options)
	change       func(*rules.Rule)

	boards      func(*dashboards.Options)
	changeBoard func(map[string]any)
	recorded    string // matchers of every series in dashboards that the rules record
}{
	{
		field: "selector", given: `selector: 'job="ml",cluster=~"eu-.*"'`,
		option: func(o *rules.Options) { o.Selector = `job="ml",cluster=~"eu-.*"` },
		boards: func(o *dashboards.Options) { o.Selector = `{job="ml",cluster=~"eu-.*"}` },
	},
	{ // in templates percent signs, backslashes and quotes need care
		field: "selector", given: `selector: @'{path=~"/a%q/\\d+\\.\"x\"",zone!="ö"}'`,
		option: func(o *rules.Options) { o.Selector = `{path=~"/a%q/\\d+\\.\"x\"",zone!="ö"}` },
		boards: func(o *dashboards.Options) { o.Selector = `{path=~"/a%q/\\d+\\.\"x\"",zone!="ö"}` },
	},
	{
		field: "labels", given: `labels: { zone: 'a "b" \\ 5%', cluster: 'eu' }`,
		option:   func(o *rules.Options) { o.Labels = map[string]string{"zone": `a "b" \ 5%`, "cluster": "eu"} },
		recorded: `{cluster="eu",zone="a \"b\" \\ 5%"}`,
	},
	{
		field: "for", given: `'for': { ModelFeatureDrift: '90m', ModelExporterDown: '0s' }`,
		option: func(o *rules.Options) {
			o.For = map[string]time.Duration{"ModelFeatureDrift": 90 * time.Minute, "ModelExporterDown": 0}
		},
	},
	{
		field: "keepFiringFor", given: `keepFiringFor: { ModelStale: '2h' }`,
		change: func(r *rules.Rule) {
			if r.Alert == "ModelStale" {
				r.KeepFiringFor = model.Duration(2 * time.Hour)
			}
		},
	},
	{
		field: "exporterOwner", given: `exporterOwner: 'sre'`,
		option: func(o *rules.Options) { o.ExporterOwner = "sre" },
	},
	{
		field: "runbookURLPattern", given: `runbookURLPattern: 'https://wiki/r/%s.md'`,
		option: func(o *rules.Options) { o.RunbookURL = "https://wiki/r" },
		boards: func(o *dashboards.Options) { o.RunbookURL = "https://wiki/r" },
	},
	{
		field: "dashboardURL", given: `dashboardURL: 'https://grafana/d'`,
		option: func(o *rules.Options) { o.DashboardURL = "https://grafana/d" },
	},
	{
		field: "exporterJobs", given: `exporterJobs: 'job="ml"'`,
		change: inAlert("ModelExporterDown", `up{job=~".*model.?exporter.*"} == 0`, `up{job="ml"} == 0`),
	},
	{
		field: "clusterLabel", given: `clusterLabel: 'region'`,
		boards: func(o *dashboards.Options) { o.Cluster = "region" },
	},
	{ // together with a selector, of which the choice of a cluster is one, too
		field: "clusterLabel", given: `clusterLabel: 'region', selector: 'job="ml"'`,
		option: func(o *rules.Options) { o.Selector = `job="ml"` },
		boards: func(o *dashboards.Options) { o.Cluster, o.Selector = "region", `job="ml"` },
	},
	{
		field: "datasource", given: `datasource: 'Mimir'`,
		boards: func(o *dashboards.Options) { o.Datasource = "Mimir" },
	},
	{
		field: "dashboardTitlePrefix", given: `dashboardTitlePrefix: 'ML / '`,
		boards: func(o *dashboards.Options) { o.TitlePrefix = "ML / " },
	},
	{
		field: "dashboardTags", given: `dashboardTags: ['ml', 'eu']`,
		boards: func(o *dashboards.Options) { o.Tags = []string{"ml", "eu"} },
	},
	{
		field: "dashboardRefresh", given: `dashboardRefresh: '5m'`,
		changeBoard: func(board map[string]any) { board["refresh"] = "5m" },
	},
	{field: "limits.sourceLagSeconds", given: `limits+: { sourceLagSeconds: 1234567 }`, change: inAlert("ModelExporterSourceStalled", "> 600", "> 1234567")},
	{field: "limits.checkpointAgeSeconds", given: `limits+: { checkpointAgeSeconds: 60 }`, change: inAlert("ModelExporterStoreDown", "> 900", "> 60")},
	{
		field: "limits.rejectedRatio", given: `limits+: { rejectedRatio: 0.07 }`,
		change: inAlert("ModelExporterRejectingEvents", "> 0.01", "> 0.07", "; 1% is", "; 7% is"),
	},
	{ // PromQL, not a number
		field: "limits.rejectedRatio", given: `limits+: { rejectedRatio: '1 / 3' }`,
		change: inAlert("ModelExporterRejectingEvents", "> 0.01", "> 1 / 3", "; 1% is", "; 1 / 3 is"),
	},
	{
		field: "limits.trainingAgeDays", given: `limits+: { trainingAgeDays: 30 }`,
		change: inAlert("ModelStale", "> 90 * 86400", "> 30 * 86400", "limit is 90 days", "limit is 30 days", "older than 90 days", "older than 30 days"),
	},
	{
		field: "limits.calibrationError", given: `limits+: { calibrationError: 0.125 }`,
		change: inAlert("ModelCalibrationDegraded", "> 0.05", "> 0.125", "threshold is 0.05.", "threshold is 0.125."),
	},
	{field: "limits.labelCoverageRatio", given: `limits+: { labelCoverageRatio: 0.5 }`, change: inAlert("ModelLabelsLate", "0.8 *", "0.5 *")},
	{
		field: "limits.trafficDropRatio", given: `limits+: { trafficDropRatio: 0.3 }`,
		change: inAlert("ModelTrafficAnomaly", "< on (model) 0.5 * (", "< on (model) 0.3 * ("),
	},
	{
		field: "limits.trafficSurgeRatio", given: `limits+: { trafficSurgeRatio: 9 }`,
		change: inAlert("ModelTrafficAnomaly", "> on (model) 4 * (", "> on (model) 9 * ("),
	},
	{field: "limits.kpiDropRatio1h", given: `limits+: { kpiDropRatio1h: 0.7 }`, change: inAlert("ModelKPIDropped", "> 0.4", "> 0.7")},
	{field: "limits.kpiDropRatio6h", given: `limits+: { kpiDropRatio6h: 0.6 }`, change: inAlert("ModelKPIDropped", "> 0.2", "> 0.6")},
	{field: "limits.driftedFeaturesRatio", given: `limits+: { driftedFeaturesRatio: 0.5 }`, change: inAlert("ModelFeatureDrift", ">= 1 / 3", ">= 0.5")},
}

// inAlert replaces texts of an alert: the expression's and the annotations'.
func inAlert(alert string, oldAndNew ...string) func(*rules.Rule) {
	replace := strings.NewReplacer(oldAndNew...).Replace
	return func(r *rules.Rule) {
		if r.Alert != alert {
			return
		}
		r.Expr = replace(r.Expr)
		for name, text := range r.Annotations {
			r.Annotations[name] = replace(text)
		}
	}
}

func TestEachSetting(t *testing.T) {
	usual, err := rules.Groups(rules.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	printed(t, usual)
	usualBoards := printedBoards(t, goBoards(t, dashboards.Defaults()), "")
	for _, s := range settings {
		t.Run(s.field, func(t *testing.T) {
			got, err := evaluate(t, s.given)
			if err != nil {
				t.Fatal(err)
			}
			o := rules.Defaults()
			if s.option != nil {
				s.option(&o)
			}
			want, err := rules.Groups(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range printed(t, want) {
				for i := range g.Rules {
					if s.change != nil {
						s.change(&g.Rules[i])
					}
				}
			}
			d := dashboards.Defaults()
			if s.boards != nil {
				s.boards(&d)
			}
			boards := printedBoards(t, goBoards(t, d), s.recorded)
			for _, board := range boards {
				if s.changeBoard != nil {
					s.changeBoard(board.(map[string]any))
				}
			}
			if cmp.Equal(want, usual) && cmp.Equal(boards, usualBoards) {
				t.Fatal("the row changes nothing")
			}
			if diff := cmp.Diff(printed(t, got.groups()), want); diff != "" {
				t.Errorf("rules (-mixin +wanted):\n%s", diff)
			}
			if diff := cmp.Diff(printedBoards(t, got.Dashboards, ""), boards); diff != "" {
				t.Errorf("dashboards (-mixin +wanted):\n%s", diff)
			}
		})
	}
}

// TestEachSettingIsTested: a field without a row above does who knows what.
func TestEachSettingIsTested(t *testing.T) {
	text, err := jsonnet.MakeVM().EvaluateAnonymousSnippet("user.jsonnet", `
		local config = (import 'mixin.libsonnet')._config.modelExporter;
		std.objectFieldsAll(config { limits:: null }) + ['limits.' + l for l in std.objectFieldsAll(config.limits)]`)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{"limits": true} // by its fields
	for _, s := range settings {
		tested[s.field] = true
	}
	slices.Sort(fields)
	if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(tested))); diff != "" {
		t.Errorf("fields of _config and those that are tested (-config +tested):\n%s", diff)
	}
}

// TestWrongSettings: whoever mistypes a name is told.
func TestWrongSettings(t *testing.T) {
	wrong := map[string]string{
		`'for': { ModelSlow: '1m' }`:           "modelExporter.for: unknown name ModelSlow; known are ModelBaselineMissing, ",
		`keepFiringFor: { ModelSlow: '1m' }`:   "modelExporter.keepFiringFor: unknown name ModelSlow; known are ModelBaselineMissing, ",
		`limits+: { sourceLag: 5 }`:            "modelExporter.limits: unknown name sourceLag; known are calibrationError, ",
		`labels: { 'a b': 'c' }`:               "modelExporter.labels: a b is no legal label name",
		`labels: { '1st': 'c' }`:               "modelExporter.labels: 1st is no legal label name",
		`runbookURLPattern: 'https://runbook'`: "Too many values to format",
	}
	for _, name := range rules.OwnLabels {
		wrong[`labels: { `+name+`: 'c' }`] = "modelExporter.labels: the rules set " + name + " themselves"
	}
	for given, want := range wrong {
		if _, err := evaluate(t, given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s…", given, err, want)
		}
	}
}
