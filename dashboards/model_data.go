package dashboards

import "github.com/grafana/grafana-foundation-sdk/go/units"

func driftPanels() []panel {
	table := columns{by: []string{"feature", "model_version"}, sort: "Times its threshold"}
	perThreshold := `max by (feature, model_version) (ml_feature_drift > ml_feature_drift_critical)
		/ on (feature, model_version) min by (feature, model_version) (ml_feature_drift_threshold)`
	drifted := lines{table: true}
	return []panel{
		{
			title: "Features by drift", width: 12, draw: table, unit: units.Short, decimals: ptr(3.0),
			description: "The 25 features that differ most from the baseline, by the chosen statistic and window. Below its noise limit a drift means nothing. " +
				"At one threshold and more it alerts. Click on a feature to see what changed in it.",
			links: []link{to("Open the feature", "model-exporter-feature", table, "$model", "$window", "$statistic", "model_version", "feature")},
			queries: []query{
				{legend: "Drift", expr: top(25, "feature", `max by (feature, model_version) (ml_feature_drift)`)},
				{legend: "Noise limit", expr: `max by (feature, model_version) (ml_feature_drift_critical) and on (feature) topk(25, max by (feature, model_version) (ml_feature_drift))`},
				{
					legend: "Times its threshold", steps: []step{{color: "transparent"}, {1, "orange"}},
					expr: perThreshold + ` and on (feature) topk(25, max by (feature, model_version) (ml_feature_drift))`,
				},
			},
		},
		{
			title: "Drift of the worst features", width: 12, draw: drifted, unit: units.Short, min: ptr(0.0),
			description: "The ten features that have drifted most by now, and the thresholds of the model's features. " +
				"A step shows when something was changed upstream; a slope is a changing world. Above a dashed line: click on the feature.",
			links: []link{to("Open the feature", "model-exporter-feature", drifted, "$model", "$window", "$statistic", "model_version", "feature")},
			queries: []query{
				{legend: "{{feature}} {{model_version}}", expr: top(10, "feature, model_version", `max by (feature, model_version) (ml_feature_drift @@)`)},
				{legend: "{{priority}}, lowest", style: limit, expr: `min by (priority) (ml_feature_drift_threshold)`},
			},
		},
		{
			title: "Drifted features", width: 8, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of features that have drifted by more than chance and more than their threshold, for each version. " +
				"From a third on the model sees another world: retrain, or find out what changed in the pipeline.",
			queries: []query{{legend: "{{model_version}}", expr: `max by (model_version) (ml_drifted_features_ratio)`}},
		},
		{
			title: "Drift of outputs", width: 8, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "How far predictions and scores are from the baseline's, by the chosen statistic and window; noise limit dotted, thresholds dashed. " +
				"Outputs that drift with inputs follow the world; outputs that drift alone are a change of the model or of its code.",
			queries: []query{
				{legend: "{{output}} {{model_version}}", expr: `max by (output, model_version) (ml_output_drift)`},
				{legend: "{{output}} noise limit", style: noise, expr: `max by (output) (ml_output_drift_critical)`},
				{legend: "{{output}} {{priority}}", style: limit, expr: `min by (output, priority) (ml_output_drift_threshold)`},
			},
		},
		{
			title: "Drift of labels", width: 8, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "How far the labels themselves are from the baseline's, by the chosen statistic and window; noise limit dotted. " +
				"Above it what is predicted became more or less frequent: thresholds and calibration of the model may need an update.",
			queries: []query{
				{legend: "{{model_version}}", expr: `max by (model_version) (ml_label_drift)`},
				{legend: "noise limit", style: noise, expr: `max(ml_label_drift_critical)`},
			},
		},
	}
}

// failing is the share of a feature's values that fail a check, in the last hour.
const failing = `
	sum by (feature, check) (increase(ml_feature_violations_total[1h]))
	/ on (feature) group_left () (sum by (feature) (increase(ml_feature_values_total[1h])) > 0)`

func qualityPanels() []panel {
	table := columns{by: []string{"feature", "check"}, sort: "Failing"}
	recorded := lines{table: true}
	return []panel{
		{
			title: "Values that fail a check", width: 12, draw: table, unit: units.PercentUnit,
			description: "The 25 worst features and checks in the last hour, what is missing on the baseline, and from which share above the baseline's on they alert. " +
				"Failing far more than on the baseline: something upstream broke; ask who delivers the feature.",
			links: []link{to("Open the feature", "model-exporter-feature", table, "$model", "$window", "feature")},
			queries: []query{
				{legend: "Failing", expr: `topk(25, ` + failing + ` > 0)`},
				{legend: "On the baseline", expr: `
					label_replace(max by (feature) (ml_baseline_feature_missing_ratio), "check", "missing", "", "")
					and on (feature, check) topk(25, ` + failing + ` > 0)`},
				{legend: "Alerts above it from", expr: `min by (feature, check) (ml_feature_violation_ratio_threshold) and on (feature, check) topk(25, ` + failing + ` > 0)`},
			},
		},
		{
			title: "The worst checks over time", width: 12, draw: recorded, unit: units.PercentUnit, min: ptr(0.0),
			description: "The ten features and checks with the largest share of failing values, over the hour before. " +
				"A sudden step is a change of the pipeline: compare its time with deployments upstream. Needs the rule bundle.",
			links: []link{to("Open the feature", "model-exporter-feature", recorded, "$model", "$window", "feature")},
			queries: []query{{
				legend: "{{feature}} {{check}}",
				expr:   top(10, "feature, check", `max by (feature, check) (model_version_feature_check:ml_feature_violations:ratio1h @@) > 0`),
			}},
		},
		{
			title: "Changed columns", width: 12, draw: columns{by: []string{"feature", "change", "model_version"}, sort: "Events"}, unit: units.PercentUnit, none: "None",
			description: "Columns that appeared, vanished or changed their type against the baseline, as a share of the events in the time shown. " +
				"Removed or retyped: the model works without that input; roll the change back, or retrain. Added: nothing breaks, but a renamed column shows as one removed and one added.",
			queries: []query{{legend: "Events", expr: `
				topk(25, sum by (feature, change, model_version) (increase(ml_schema_violations_total[$__range]))
				/ on (model_version) group_left () (sum by (model_version) (increase(ml_predictions_total[$__range])) > 0) > 0)`}},
		},
		{
			title: "Events that are odd", width: 12, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of events that were sent twice, came too late for every window, or are dated in the future. " +
				"Duplicates: a retry without a stable id. Late: a queue that is behind. Future: a clock that is wrong.",
			queries: []query{
				{legend: "twice", expr: oddShare("ml_duplicate_predictions_total")},
				{legend: "late", expr: oddShare("ml_late_events_total")},
				{legend: "from the future", expr: oddShare("ml_future_events_total")},
			},
		},
	}
}

func oddShare(counter string) string {
	return `sum(rate(` + counter + `[$__rate_interval])) / (sum(rate(ml_predictions_total[$__rate_interval])) > 0)`
}
