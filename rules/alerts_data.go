package rules

import (
	"fmt"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

const (
	driftedFeatures = "model_version_feature_statistic:ml_feature_drift:exceeded"
	driftedOutputs  = "model_version_output_statistic:ml_output_drift:exceeded"
	failingValues   = "model_version_feature_check:ml_feature_violations:exceeded"
	changedColumns  = "model_version_feature_change:ml_schema_violations:exceeded"
)

// manyDrifted are models of which a third of the features drifted at once, and
// three at least: each may be within its own limits, together they are not.
const manyDrifted = `(
	max by (model, model_version) (ml_drifted_features_ratio) >= 1/3
	and on (model, model_version)
	count by (model, model_version) (group by (model, model_version, feature) (` + driftedFeatures + `)) >= 3
)`

// featureDrift is one alert per model version, however many features drift: the
// description names the worst.
var featureDrift = alert{
	name: "ModelFeatureDrift", component: data, dashboard: modelDashboard,
	summary: "Inputs of a model no longer look like its baseline.",
	cases:   featureDriftCases(),
}

func featureDriftCases() []alertCase {
	cases := aboveThresholds("feature", driftedFeatures, 15*time.Minute, time.Hour,
		thisVersion+`features that differ from the baseline by more than chance and more than their threshold: {{ $value }}. Worst: `+
			worstFeatures(`"PRIORITY"`)+`.`)
	many := alertCase{
		priority: catalog.P1, scope: byVersion, wait: 15 * time.Minute, keep: time.Hour,
		labels: map[string]string{"kind": "many"},
		expr:   manyDrifted + fmt.Sprintf(` unless on (model, model_version) %s{priority=~"P0|P1"}`, driftedFeatures),
		description: thisVersion + `{{ $value | humanizePercentage }} of all features have drifted from the baseline at once. Worst: ` +
			worstFeatures(`"P2"`) + `.`,
	}
	// The least urgent case leaves to this one what it says better.
	last := &cases[len(cases)-1]
	last.expr += " unless on (model, model_version) " + manyDrifted
	return append(cases, many)
}

func worstFeatures(priority string) string {
	return worst(driftedFeatures+`{`+versionMatchers+`,priority=`+priority+`}`,
		`{{ $f.Labels.feature }} ({{ $f.Labels.statistic }} {{ $f.Value | printf "%.3g" }}, threshold `+
			value(`max(ml_feature_drift_threshold{`+versionMatchers+`,feature="$f.feature",statistic="$f.statistic",priority=`+priority+`})`, short)+`)`)
}

var outputDrift = alert{
	name: "ModelOutputDrift", component: models, dashboard: modelDashboard,
	summary: "A model answers differently than it did on its baseline.",
	cases: aboveThresholds("output", driftedOutputs, 15*time.Minute, time.Hour,
		thisVersion+`outputs have drifted from the baseline, more than chance explains: `+
			worst(driftedOutputs+`{`+versionMatchers+`,priority="PRIORITY"}`,
				`{{ $f.Labels.output }} ({{ $f.Labels.statistic }} {{ $f.Value | printf "%.3g" }}, threshold `+
					value(`max(ml_output_drift_threshold{`+versionMatchers+`,output="$f.output",statistic="$f.statistic",priority="PRIORITY"})`, short)+`)`)+`.`),
}

var featureViolations = alert{
	name: "ModelFeatureViolations", component: data, dashboard: modelDashboard,
	summary: "Too many input values of a model fail their data-quality checks.",
	cases: aboveThresholds("feature", failingValues, 10*time.Minute, 15*time.Minute,
		thisVersion+`features of which more values fail a check than usual, in the last hour: {{ $value }}. Worst: `+
			worst(failingValues+`{`+versionMatchers+`,priority="PRIORITY"}`,
				`{{ $f.Labels.feature }} ({{ $f.Labels.check }} {{ $f.Value | humanizePercentage }}, threshold `+
					value(`max(ml_feature_violation_ratio_threshold{`+versionMatchers+`,feature="$f.feature",check="$f.check",priority="PRIORITY"})`, percent)+` above the baseline)`)+`.`),
}

// schemaChanged: a column that vanished or changed its type breaks the model's
// input; one that appeared mostly shows where the vanished one went.
var schemaChanged = alert{
	name: "ModelSchemaChanged", component: data, dashboard: modelDashboard,
	summary: "Columns of a model's input were removed, retyped or added.",
	cases: []alertCase{
		schemaCase(catalog.P1, "broken", `change=~"removed|retyped"`, ``),
		schemaCase(catalog.P2, "added", `change="added"`, `
			unless on (model, model_version) `+changedColumns+`{change=~"removed|retyped"}`),
	},
}

// schemaCase is about the changes that match, and names no others: a new column beside
// a lost one says less than a second lost one.
func schemaCase(p catalog.Priority, kind, match, unless string) alertCase {
	return alertCase{
		priority: p, scope: byVersion, wait: 5 * time.Minute, keep: 15 * time.Minute,
		expr:   `count by (model, model_version) (` + changedColumns + `{` + match + `})` + unless,
		labels: map[string]string{"kind": kind},
		description: thisVersion + `columns differ from the baseline: ` +
			worst(changedColumns+`{`+versionMatchers+`,`+match+`}`,
				`{{ $f.Labels.feature }} {{ $f.Labels.change }} in {{ $f.Value | humanizePercentage }} of events`+
					`{{ range <<max by (renamed_to) (ml_feature_rename_info{`+versionMatchers+`,feature="$f.feature"})>> }}, probably renamed to {{ .Labels.renamed_to }}{{ end }}`) + `.`,
	}
}

// tableStale is about the newest row of any version: a feature table with a limit of
// age (a freshness objective, or the TTL of its feature view) that nobody fills. While
// the newest row moves on faster than the clock, old rows are still being read. Its
// models go on predicting from old values, or get none from a feature server.
var tableStale = alert{
	name: "ModelFeatureTableStale", component: data, dashboard: tableDashboard,
	summary: "The newest row of a feature table is older than it may be.",
	cases: []alertCase{{
		priority: catalog.P1, scope: byModel, wait: 10 * time.Minute, keep: 10 * time.Minute,
		expr: unlessBlind(`
			time() - max by (model) (ml_last_event_timestamp_seconds)
			> on (model) max by (model) (ml_table_ttl_seconds)
			unless on (model) max by (model) (delta(ml_last_event_timestamp_seconds[10m])) > 660`),
		description: `Table {{ $labels.model }}: the newest row is {{ $value | humanizeDuration }} old; ` +
			value(`max(ml_table_ttl_seconds{model="$labels.model"})`, "humanizeDuration") + ` is the limit.`,
	}},
}
