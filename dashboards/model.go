package dashboards

import "github.com/grafana/grafana-foundation-sdk/go/units"

// model is one model for whoever answers for it. Links from alerts lead here.
func model() board {
	return board{
		uid: "model-exporter-model", title: "ML model",
		description: "One model: is it well, how good are its predictions, what changed in its inputs and outputs.",
		from:        "now-24h",
		variables:   []variable{oneModelVariable, versionVariable, windowVariable, metricVariable, statisticVariable, segmentVariable},
		annotations: []annotation{firingAlerts, newVersions},
		rows: []row{
			{title: "Is it well?", height: 4, panels: modelNumbers()},
			{title: "Firing alerts", height: 6, panels: []panel{modelAlerts()}},
			{title: "Performance", height: 9, panels: append(performancePanels(), outputPanels()...)},
			{title: "Drift of inputs and outputs", height: 9, panels: driftPanels()},
			{title: "Data quality", height: 9, panels: qualityPanels()},
			{title: "Versions side by side", height: 8, panels: versionPanels()},
			{title: "Labels", height: 8, panels: labelPanels()},
			{title: "Classes, segments and fairness", height: 9, collapsed: true, panels: segmentPanels()},
		},
	}
}

func modelNumbers() []panel {
	number := func(title, unit, expr, description string, steps []step) panel {
		return panel{
			title: title, width: 3, draw: number{}, unit: unit, steps: steps, none: "–",
			description: description, queries: []query{{expr: expr}},
		}
	}
	return []panel{
		number("Alerts", units.Short, `count(`+firing+`}) or vector(0)`,
			"Firing alerts about the model. Any: the table below names them. Needs the rule bundle.", anyIsBad("orange")),
		number("Predictions", units.RequestsPerSecond, `sum(rate(ml_predictions_total[$__rate_interval]))`,
			"Predictions per second now. None: look at what serves the model, and at the Operations dashboard.", plain),
		number("Errors", units.PercentUnit, `sum(rate(ml_prediction_errors_total[$__rate_interval])) / (sum(rate(ml_predictions_total[$__rate_interval])) > 0)`,
			"Share of predictions that fail now. More than usual: the Operations dashboard says for which reason.", plain),
		number("Drifted features", units.PercentUnit, `max(ml_drifted_features_ratio)`,
			"Share of features that differ from the baseline by more than chance and more than their threshold. Above a third the model sees another world: look at the row Drift.",
			[]step{{color: "green"}, {1e-9, "orange"}, {1. / 3, "red"}}),
		number("Performance lost", units.PercentUnit, lost,
			"The largest loss, against the baseline, of a metric that has a threshold, as far as chance does not explain it. Above zero: the row Performance says in which metric.",
			[]step{{color: "green"}, {1e-9, "orange"}}),
		number("Labelled", units.PercentUnit, `min(ml_label_coverage_ratio)`,
			"Share of predictions whose label has come. It falls when labels come late: look at the row Labels before you believe any performance.", plain),
		number("Last event", units.Seconds, `time() - max(ml_last_event_timestamp_seconds)`,
			"Age of the newest prediction. Minutes, where you expect seconds: look at the Exporter dashboard for the lag of its source.", plain),
		number("Trained", units.Seconds, `time() - max(ml_model_trained_timestamp_seconds)`,
			"Age of the data that the newest version was trained on. From 90 days on an alert asks whether to train anew.",
			[]step{{color: "green"}, {90 * 86400, "orange"}}),
	}
}

func modelAlerts() panel {
	return panel{
		title: "Firing alerts", width: 24, unit: units.Seconds, none: "None",
		draw:        columns{by: []string{"alertname", "priority", "component", "model_version"}, sort: "For"},
		description: "What is wrong now and for how long. Click on an alert: its runbook says what to look at first and what to decide. Needs the rule bundle.",
		links:       []link{runbook},
		queries: []query{{legend: "For", expr: `
			time() - min by (alertname, priority, component, model_version) (ALERTS_FOR_STATE{component!="",alertname!~"ModelExporter.+"})
			and on (alertname, priority, component, model_version) ` + firing + `}`}},
	}
}
