package dashboards

import "github.com/grafana/grafana-foundation-sdk/go/units"

func versionPanels() []panel {
	versions := columns{by: []string{"model_version"}, sort: "Predictions"}
	challengers := columns{by: []string{"model_version", "challenger", "metric"}, sort: "Better by at least"}
	byVersion := `sum by (model_version) (rate(ml_predictions_total[$__rate_interval]))`
	return []panel{
		{
			title: "Versions", width: 12, draw: versions, unit: units.Short,
			description: "The versions side by side: traffic, errors, speed, drift and the chosen metric. " +
				"A new version that is worse than the one before: roll it back while you find out why.",
			queries: []query{
				{legend: "Predictions", unit: units.RequestsPerSecond, expr: byVersion},
				{legend: "Errors", unit: units.PercentUnit, expr: `sum by (model_version) (rate(ml_prediction_errors_total[$__rate_interval])) / (` + byVersion + ` > 0)`},
				{legend: "Latency, p99", unit: units.Seconds, expr: latency("0.99", "model_version")},
				{legend: "Drifted features", unit: units.PercentUnit, expr: `max by (model_version) (ml_drifted_features_ratio)`},
				{legend: "Metric", expr: performanceNow},
				{legend: "On its baseline", expr: baselineThen},
				{legend: "Labelled", unit: units.PercentUnit, expr: `max by (model_version) (ml_label_coverage_ratio)`},
				{legend: "Trained", unit: units.Seconds, expr: `time() - max by (model_version) (ml_model_trained_timestamp_seconds)`},
			},
		},
		{
			title: "Traffic by version", width: 12, draw: lines{stacked: true}, unit: units.RequestsPerSecond, min: ptr(0.0),
			description: "Which version answers how much. A version that should be gone and still has traffic: look at what routes the requests.",
			queries:     []query{{legend: "{{model_version}}", expr: byVersion}},
		},
		{
			title: "Challengers", width: 12, draw: challengers, unit: units.Short, decimals: ptr(4.0), none: "No version is compared with another",
			description: "Versions that scored the same cases: how much better the challenger is, with the interval that chance alone leaves it. " +
				"Only if it is better by at least more than zero, luck does not explain it, and it should take over.",
			queries: []query{
				{legend: "Better by", expr: `max by (model_version, challenger, metric) (ml_version_performance_difference{metric=~".+"})`},
				{
					legend: "Better by at least", steps: []step{{color: "transparent"}, {1e-9, "green"}},
					expr: `min by (model_version, challenger, metric) (ml_version_performance_difference_lower{metric=~".+"})`,
				},
				{legend: "At most", expr: `max by (model_version, challenger, metric) (ml_version_performance_difference_upper{metric=~".+"})`},
			},
		},
		{
			title: "Agreement with challengers", width: 12, draw: lines{}, unit: units.PercentUnit, max: ptr(1.0), none: "No version is compared with another",
			description: "Share of the same cases on which two versions say the same. Far below the usual: look at the challenger before it takes over.",
			queries:     []query{{legend: "{{model_version}} and {{challenger}}", expr: `min by (model_version, challenger) (ml_version_agreement_ratio)`}},
		},
	}
}

func labelPanels() []panel {
	delay := func(q string) string {
		return `histogram_quantile(` + q + `, sum by (le) (rate(ml_label_delay_seconds_bucket[$__rate_interval])))
			or histogram_quantile(` + q + `, sum(rate(ml_label_delay_seconds[$__rate_interval])))`
	}
	return []panel{
		{
			title: "Predictions with a label", width: 8, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0), max: ptr(1.0),
			description: "Share of the predictions of each window whose label has come. Lower than usual: labels are late or lost, " +
				"and performance is measured on those that came; ask who delivers them.",
			queries: []query{{legend: "{{window}} {{model_version}}", expr: `max by (window, model_version) (ml_label_coverage_ratio{window=~".+"})`}},
		},
		{
			title: "Delay of labels", width: 8, draw: lines{}, unit: units.Seconds, min: ptr(0.0),
			description: "Time from a prediction to its label: of half of them, of nine in ten, and what is usual. " +
				"Rising: performance lags behind as much. What is usual needs the rule bundle.",
			queries: []query{
				{legend: "half", expr: delay("0.5")},
				{legend: "nine in ten", expr: delay("0.9")},
				{legend: "nine in ten, usual", style: reference, expr: `max(model:ml_label_delay_seconds:p90_1d)`},
			},
		},
		{
			title: "Labels that came", width: 8, draw: lines{}, unit: units.CountsPerSecond, min: ptr(0.0),
			description: "Labels per second by what became of them. Unmatched: their prediction is unknown or older than the label horizon; are ids the same on both sides? " +
				"Corrected: labels that were wrong at first.",
			queries: []query{
				{legend: "joined", expr: `sum(rate(ml_labels_total[$__rate_interval]))`},
				{legend: "unmatched", expr: `sum(rate(ml_labels_unmatched_total[$__rate_interval]))`},
				{legend: "corrected", expr: `sum(rate(ml_labels_corrected_total[$__rate_interval]))`},
				{legend: "repeated", expr: `sum(rate(ml_labels_repeated_total[$__rate_interval]))`},
			},
		},
	}
}

func segmentPanels() []panel {
	fair := columns{by: []string{"segment", "metric", "model_version"}}
	return []panel{
		{
			title: "Classes", width: 6, draw: matrix{rows: "class", columns: "metric"}, unit: units.PercentUnit, min: ptr(0.0), max: ptr(1.0), decimals: ptr(1.0),
			none: "Only of models with more than two classes",
			description: "Precision, recall and f1 of each class over the chosen window. A light line is a class that the model misses (recall) or names too often (precision): " +
				"look at its examples, and whether it is rarer than in training.",
			queries: []query{{expr: `min by (class, metric) (ml_class_performance{metric=~".+"})`}},
		},
		{
			title: "$metric by $segment", width: 6, draw: lines{table: true}, unit: units.Short,
			description: "The chosen metric for the ten largest values of the chosen segment. One value alone that falls: look for what is special about it, such as a new product or country.",
			queries: []query{{legend: "{{value}}", expr: `
				max by (value) (ml_segment_performance)
				and on (value) topk(10, sum by (value) (rate(ml_segment_predictions_total[$__rate_interval] @ end())))`}},
		},
		{
			title: "Predictions by $segment", width: 6, draw: lines{stacked: true}, unit: units.RequestsPerSecond, min: ptr(0.0),
			description: "Traffic of the ten largest values of the chosen segment. A change of the mix moves every figure of the model: look here before you blame it.",
			queries:     []query{{legend: "{{value}}", expr: top(10, "value", `sum by (value) (rate(ml_segment_predictions_total[$__rate_interval] @@))`)}},
		},
		{
			title: "Fairness", width: 6, draw: fair, unit: units.Short, decimals: ptr(3.0), none: "No segment is declared under fairness, or it has too few labels",
			description: "How differently the values of a segment are treated, over the chosen window. Differences are fair at 0, the ratio at 1. " +
				"With benefit of the doubt beyond its limit it alerts: look at which value is treated worse before you change anything.",
			queries: []query{
				{legend: "Now", expr: `max by (segment, metric, model_version) (ml_fairness{segment=~".+",metric=~".+"})`},
				{legend: "Benefit of the doubt", expr: `max by (segment, metric, model_version) (ml_fairness_favourable{segment=~".+",metric=~".+"})`},
				{legend: "P1 beyond", expr: `max by (segment, metric, model_version) (ml_fairness_threshold{segment=~".+",metric=~".+",priority="P1"})`},
				{legend: "P2 beyond", expr: `max by (segment, metric, model_version) (ml_fairness_threshold{segment=~".+",metric=~".+",priority="P2"})`},
			},
		},
	}
}
