package dashboards

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// operations is for whoever keeps the service running: is it answering, fast
// enough, and without errors.
func operations() board {
	return board{
		uid: "model-exporter-operations", title: "ML operations",
		description: "Objectives, latency, traffic and errors of the models as services, and the hosts that they run on.",
		from:        "now-6h",
		variables:   []variable{modelVariable, versionVariable, hostVariable, podVariable},
		annotations: []annotation{alertsOf("system"), newVersions},
		rows: []row{
			{title: "Now", height: 5, panels: operationsNow()},
			{title: "Objectives", height: 9, panels: objectivePanels()},
			{title: "Latency", height: 9, panels: latencyPanels()},
			{title: "Traffic", height: 9, panels: trafficPanels()},
			{title: "Errors", height: 9, panels: errorPanels()},
			{title: "Silent and out of sight", height: 9, panels: absentPanels()},
			{title: "Serving hosts", height: 8, collapsed: true, panels: hostPanels()},
		},
	}
}

// more leads from a value with the label model to what else there is about it.
func more(d drawing) []link {
	return []link{
		to("Open the model", "model-exporter-model", d, "model"),
		to("Open its business figures", "model-exporter-business", d, "model"),
	}
}

func operationsNow() []panel {
	return []panel{
		{
			title: "Predictions", width: 4, draw: number{}, unit: units.RequestsPerSecond,
			description: "Predictions per second of the models that are chosen; rows of feature tables count too. None at all: see the row Silent and out of sight.",
			queries:     []query{{legend: "per second", expr: `sum(rate(ml_predictions_total[$__rate_interval]))`}},
		},
		{
			title: "Failed", width: 4, draw: number{}, unit: units.PercentUnit,
			description: "Share of predictions that ended with an error. Whether it is too many depends on each model's promise: see the row Objectives; " +
				"the row Errors has the reasons.",
			queries: []query{{legend: "failed", expr: `
				sum(rate(ml_prediction_errors_total[$__rate_interval])) / (sum(rate(ml_predictions_total[$__rate_interval])) > 0)`}},
		},
		{
			title: "Latency, p99", width: 4, draw: number{}, unit: units.Seconds,
			description: "99 of 100 predictions were faster than this. The row Latency compares it with the objective.",
			queries:     []query{{legend: "p99", expr: chosenLatency("0.99")}},
		},
		{
			title: "Least budget left", width: 4, draw: number{}, unit: units.PercentUnit, steps: budgetSteps,
			description: "The error budget that the worst objective has left of its 30 days. Red: it is used up, the promise of the month is broken. " +
				"The row Objectives shows whose. Needs the rule bundle.",
			queries: []query{{legend: "left", expr: "min(" + budgetLeft + ")"}},
			none:    "no objective",
		},
		{
			title: "Silent models", width: 4, draw: number{}, unit: units.Short, steps: anyIsBad("red"),
			description: "Models that made predictions within the last day, and none for 15 minutes. Red: look at the row Silent and out of sight. " +
				"Feature tables do not count, but models that work in batches or by day are silent at times: " +
				"the alert ModelPredictionsAbsent knows their rhythm.",
			queries: []query{{legend: "silent", expr: `
				count(
					(sum by (model) (increase(ml_predictions_total[1d])) > 0 and on (model) ml_model_info{task!="none"})
					unless on (model) (sum by (model) (increase(ml_predictions_total[15m])) > 0)
				)
				or vector(0)`}},
		},
		{
			title: "Out of sight", width: 4, draw: number{}, unit: units.Short, steps: anyIsBad("red"),
			description: "Models whose exporter cannot be scraped or reads nothing. Their alerts rest meanwhile. Red: open the dashboard Exporter. " +
				"Also in the first quarter of an hour of a new exporter. Needs the rule bundle.",
			links:   []link{to("Open the exporters", "model-exporter-exporter", number{})},
			queries: []query{{legend: "out of sight", expr: `count(model:model_exporter_blind:max) or vector(0)`}},
		},
	}
}

// alertsOf marks alerts of one component.
func alertsOf(component string) annotation {
	a := firingAlerts
	a.expr = firing + `,component="` + component + `"}`
	return a
}

// chosenLatency is a quantile over all models that are chosen, from classic buckets
// or, without them, from native ones.
func chosenLatency(q string) string {
	return strings.ReplaceAll(`
		histogram_quantile(QUANTILE, sum by (le) (rate(ml_prediction_latency_seconds_bucket[$__rate_interval])))
		or histogram_quantile(QUANTILE, sum(rate(ml_prediction_latency_seconds[$__rate_interval])))`, "QUANTILE", q)
}

func latencyPanels() []panel {
	return []panel{
		{
			title: "Latency against the objective", width: 12, draw: lines{}, unit: units.Seconds, min: ptr(0.0),
			description: "The time that 50, 95 and 99 of 100 predictions stay below, over all models that are chosen, and the strictest objective among them. " +
				"Above the dashed line: choose one model at the top to see whose it is; compare with traffic, with a new version, and with the hosts below.",
			queries: []query{
				{legend: "p50", expr: chosenLatency("0.5")},
				{legend: "p95", expr: chosenLatency("0.95")},
				{legend: "p99", expr: chosenLatency("0.99")},
				{legend: "objective", style: limit, expr: `min(ml_objective_latency_seconds)`},
			},
		},
		{
			title: "Latency of the slowest models, p99", width: 12, draw: lines{table: true}, unit: units.Seconds, min: ptr(0.0),
			description: "The ten models whose slowest hundredth takes longest. One that climbs alone has a problem of its own; all at once share a host, " +
				"a network or a feature store.",
			links:   more(lines{}),
			queries: []query{{legend: "{{model}}", expr: top(10, "model", "("+latency("0.99", "model")+") >= 0")}},
		},
		{
			title: "Latency heatmap", width: 12, draw: heat{buckets: true}, unit: units.Seconds,
			description: "How many predictions took how long, in fine steps. A second band above the usual one is a part of the traffic that became slow: a version, " +
				"a host, a cache that misses. Needs native histograms (scrape_native_histograms: true in Prometheus); without them see the panel beside it.",
			queries: []query{{legend: "latency", expr: `sum(rate(ml_prediction_latency_seconds[$__rate_interval]))`}},
			none:    "no native histograms",
		},
		{
			title: "Latency heatmap, classic buckets", width: 12, draw: heat{buckets: true}, unit: units.Seconds,
			description: "The same in coarse steps, for a Prometheus without native histograms. Empty where only native ones are stored.",
			queries:     []query{{legend: "{{le}}", expr: `sum by (le) (rate(ml_prediction_latency_seconds_bucket[$__rate_interval]))`}},
			none:        "no classic buckets",
		},
	}
}

func errorPanels() []panel {
	return []panel{
		{
			title: "Errors by reason", width: 12, draw: lines{stacked: true}, unit: units.RequestsPerSecond,
			description: "Failed predictions per second by the reason that the log gives, the ten most frequent ones. A new reason names what broke: " +
				"ask the owner of that part. Many reasons at once: look at the hosts.",
			links:   more(lines{}),
			queries: []query{{legend: "{{model}}: {{reason}}", expr: busiest("10", "model, reason", "ml_prediction_errors_total")}},
			none:    "no errors",
		},
		{
			title: "Share of failed predictions", width: 12, draw: lines{table: true}, unit: units.PercentUnit, min: ptr(0.0),
			description: "The ten models that fail most, and what the strictest objective among those that are chosen allows. " +
				"Above the dashed line the error budget shrinks: the row Objectives says how fast.",
			links: more(lines{}),
			queries: []query{
				{legend: "{{model}}", expr: top(10, "model", errorShare)},
				{legend: "allowed", style: limit, expr: `1 - max(ml_objective_ratio{objective="availability"})`},
			},
		},
	}
}

func absentPanels() []panel {
	d := columns{by: []string{"model"}, sort: "Since the last event"}
	return []panel{
		{
			title: "Models, longest silent first", width: 12, draw: d, unit: units.Seconds,
			description: "How long ago each model's newest event was, for the last day's models. No prediction in 15 minutes: is the service up, " +
				"does it still write its log? Out of sight: the exporter is down or its source cannot be read, so nobody knows; open the dashboard Exporter. " +
				"Needs the rule bundle.",
			links: more(d),
			queries: []query{
				{legend: "Since the last event", expr: `time() - max by (model) (last_over_time(ml_last_event_timestamp_seconds[1d]))`},
				{legend: "Predictions in 15 min", unit: units.Short, steps: []step{{color: "red"}, {from: 1, color: "green"}},
					expr: `sum by (model) (increase(ml_predictions_total[15m]))`},
				{legend: "In sight", unit: units.Short, words: []word{{"0", "yes", "green"}, {"1", "no", "red"}},
					expr: `max by (model) (model:model_exporter_blind:max) or max by (model) (last_over_time(ml_last_event_timestamp_seconds[1d])) * 0`},
			},
		},
		{
			title: "Alerts of the service", width: 12, draw: states{}, unit: units.Short, words: urgency,
			description: "Which alerts about availability, latency and traffic fired when. P0 needs somebody now; the alert's runbook says what to do. Needs the rule bundle.",
			links:       append(more(states{}), link{"What to do about it", runbooks + "/${__field.labels.alertname}.md"}),
			queries: []query{{legend: "{{model}}: {{alertname}}", expr: `
				max by (model, alertname) (
					3 * ` + firing + `,component="system",priority="P0"}
					or 2 * ` + firing + `,component="system",priority="P1"}
					or ` + firing + `,component="system",priority="P2"}
				)`}},
			none: "no alerts",
		},
	}
}
