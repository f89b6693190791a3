package dashboards

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// fleet is every model on one screen, for whoever is on call.
func fleet() board {
	return board{
		uid: "model-exporter-fleet", title: "ML fleet",
		description: "Every model on one screen, what is wrong first. A click on a model leads to its own dashboard.",
		from:        "now-6h",
		variables:   []variable{modelVariable},
		annotations: []annotation{newVersions},
		rows: []row{
			{title: "How many are well", height: 4, panels: fleetNumbers()},
			{title: "What is wrong", height: 10, panels: []panel{fleetTable(), fleetAlerts()}},
			{title: "Service", height: 8, panels: fleetService()},
			{title: "Data and performance", height: 8, panels: fleetHealth()},
		},
	}
}

// firing are alerts about models, in the selector of a query.
const firing = `ALERTS{alertname=~"Model.+",alertstate="firing",component!="",alertname!~"ModelExporter.+"`

// worstAlert is a number for the most urgent alert of a model: 3 is P0, 0 is none.
const worstAlert = `max by (model) (3 * ` + firing + `,priority="P0"} or 2 * ` + firing + `,priority="P1"} or ` + firing + `,priority="P2"})
	or group by (model) (ml_model_info) * 0`

// worstInRange is the same over all the time that is shown, as of its end; models
// without an alert are not in it.
const worstInRange = `max by (model) (
		3 * max_over_time(` + firing + `,priority="P0"}[$__range] @ end())
		or 2 * max_over_time(` + firing + `,priority="P1"}[$__range] @ end())
		or max_over_time(` + firing + `,priority="P2"}[$__range] @ end())
	)`

var urgency = []word{
	{"0", "fine", "green"}, {"1", "P2", "blue"}, {"2", "P1", "orange"}, {"3", "P0", "red"},
}

// Values are coloured where any is bad, and left alone where it depends.
var (
	plain    = []step{{color: "text"}}
	anyIsBad = func(color string) []step { return []step{{color: "green"}, {from: 1, color: color}} }
)

func fleetNumbers() []panel {
	with := func(priority, color, what string) panel {
		return panel{
			title: "Models with " + priority, width: 4, draw: number{}, unit: units.Short, steps: anyIsBad(color), none: "0",
			description: "Models with a firing alert of priority " + priority + ": " + what + " The table below says which. Needs the rule bundle.",
			queries:     []query{{expr: `count(group by (model) (` + firing + `,priority="` + priority + `"})) or vector(0)`}},
		}
	}
	return []panel{
		{
			title: "Models", width: 4, draw: number{}, unit: units.Short, steps: plain,
			description: "Models that are monitored. Fewer than you have: look at the exporter's configuration, and at Models out of sight.",
			queries:     []query{{expr: `count(group by (model) (ml_model_info))`}},
		},
		with("P0", "red", "somebody should be looking at them now."),
		with("P1", "orange", "for today."),
		with("P2", "blue", "for the backlog."),
		{
			title: "Models out of sight", width: 4, draw: number{}, unit: units.Short, steps: anyIsBad("red"), none: "0",
			description: "Models of which an exporter is down or reads nothing: no alert about them can fire. " +
				"Look at the Exporter dashboard. Needs the rule bundle.",
			queries: []query{{expr: `count(model:model_exporter_blind:max) or vector(0)`}},
		},
		{
			title: "Versions without a baseline", width: 4, draw: number{}, unit: units.Short, steps: anyIsBad("orange"), none: "0",
			description: "Model versions that have nothing to be compared with yet, so that drift goes unseen. " +
				"They learn a baseline from their log; to have one at once, make it with model_exporter profile.",
			queries: []query{{expr: `count(group by (model, model_version) (ml_model_info{baseline="learning"})) or vector(0)`}},
		},
	}
}

func fleetTable() panel {
	d := columns{by: []string{"model"}, sort: "Worst alert"}
	return panel{
		title: "Models", width: 24, draw: d, unit: units.Short,
		description: "One line for each model, those with the most urgent alert first. " +
			"Red or orange: click on the model, its dashboard says which alert it is and what to look at. " +
			"The columns about alerts need the rule bundle.",
		links: []link{to("Open the model", "model-exporter-model", d, "model"), to("Open its operations", "model-exporter-operations", d, "model")},
		queries: []query{
			{legend: "Worst alert", words: urgency, expr: worstAlert},
			{legend: "Alerts", expr: `count by (model) (` + firing + `})`},
			{legend: "Predictions", unit: units.RequestsPerSecond, expr: `sum by (model) (rate(ml_predictions_total[$__rate_interval]))`},
			{legend: "Errors", unit: units.PercentUnit, expr: errorShare},
			{legend: "Latency, p99", unit: units.Seconds, expr: latency("0.99", "model")},
			{legend: "Drifted features", unit: units.PercentUnit, expr: `max by (model) (ml_drifted_features_ratio)`},
			{legend: "Performance lost", unit: units.PercentUnit, expr: lost},
			{legend: "Last event", unit: units.Seconds, expr: `time() - max by (model) (ml_last_event_timestamp_seconds)`},
		},
	}
}

func fleetAlerts() panel {
	d := states{}
	return panel{
		title: "Alerts over time", width: 24, draw: d, unit: units.Short, words: urgency, none: "No alert in this time",
		description: "The most urgent alert of each model that had one in this time, 25 models at most. " +
			"P0 needs somebody now, P1 today, P2 is for the backlog. Needs the rule bundle.",
		links:   []link{to("Open the model", "model-exporter-model", d, "model")},
		queries: []query{{expr: `(` + worstAlert + `) and on (model) topk(25, ` + worstInRange + `)`, legend: "{{model}}"}},
	}
}

// fleetService are the ten worst models in what their callers notice.
func fleetService() []panel {
	d := lines{table: true}
	open := []link{to("Open its operations", "model-exporter-operations", d, "model")}
	return []panel{
		{
			title: "Predictions", width: 8, draw: d, unit: units.RequestsPerSecond, links: open, min: ptr(0.0),
			description: "The ten models with the most predictions per second. A line that falls to the ground is an outage: " +
				"look at what serves the model, then at its Operations dashboard.",
			queries: []query{{legend: "{{model}}", expr: top(10, "model", `sum by (model) (rate(ml_predictions_total[$__rate_interval] @@))`)}},
		},
		{
			title: "Errors", width: 8, draw: d, unit: units.PercentUnit, links: open, min: ptr(0.0),
			description: "Share of predictions that failed, of the ten worst models. The dashed line is what the strictest availability objective allows. " +
				"Above it: the Operations dashboard says for which reason.",
			queries: []query{
				{legend: "{{model}}", expr: top(10, "model", errorShare)},
				{legend: "strictest objective", style: limit, expr: `min(1 - ml_objective_ratio{objective="availability"})`},
			},
		},
		{
			title: "Latency, p99", width: 8, draw: d, unit: units.Seconds, links: open, min: ptr(0.0),
			description: "Of a hundred predictions one takes longer than this; the ten slowest models. The dashed line is the strictest latency objective. " +
				"Above it: look at the host's load and at what changed with the last release.",
			queries: []query{
				{legend: "{{model}}", expr: top(10, "model", latency("0.99", "model"))},
				{legend: "strictest objective", style: limit, expr: `min(ml_objective_latency_seconds)`},
			},
		},
	}
}

// fleetHealth are the ten worst models in what nobody notices at once.
func fleetHealth() []panel {
	d := lines{table: true}
	open := []link{to("Open the model", "model-exporter-model", d, "model")}
	return []panel{
		{
			title: "Drifted features", width: 8, draw: d, unit: units.PercentUnit, links: open, min: ptr(0.0),
			description: "Share of a model's features that differ from the baseline by more than chance and more than their threshold; the ten worst models. " +
				"One feature that moved is often a change upstream, many at once are a change of the world or of the pipeline. Click on the model to see which.",
			queries: []query{{legend: "{{model}}", expr: top(10, "model", `max by (model) (ml_drifted_features_ratio @@)`)}},
		},
		{
			title: "Performance lost", width: 8, draw: d, unit: units.PercentUnit, links: open,
			description: "Loss against the baseline in the worst window of those metrics that have a threshold, with the benefit of the doubt; the ten worst models. " +
				"Below zero nothing is lost. The dashed line is the lowest threshold from which any model alerts. Above it: click on the model.",
			queries: []query{
				{legend: "{{model}}", expr: top(10, "model", lost)},
				{legend: "lowest threshold", style: limit, expr: `min(ml_performance_degradation_threshold)`},
			},
		},
		{
			title: "Performance lost, estimated", width: 8, draw: d, unit: units.PercentUnit, links: open,
			description: "The loss that the scores suggest before labels come; the ten worst models. It follows changes of the inputs, " +
				"and is wrong where the meaning of a score changed. Above the dashed line: click on the model, and compare with its labels when they come.",
			queries: []query{
				{legend: "{{model}}", expr: top(10, "model", `
					max by (model) (ml_performance_estimated_degradation @@ and on (model, model_version, metric) ml_performance_estimated_degradation_threshold @@)`)},
				{legend: "lowest threshold", style: limit, expr: `min(ml_performance_estimated_degradation_threshold)`},
			},
		},
	}
}

// lost is the largest loss of a metric that can alert: others, such as log_loss,
// may double while nothing is wrong.
const lost = `max by (model) (ml_performance_degradation_lower @@ and on (model, model_version, metric) ml_performance_degradation_threshold @@)`

// errorShare is the share of predictions that failed, by model.
const errorShare = `
	sum by (model) (rate(ml_prediction_errors_total[$__rate_interval] @@))
	/ (sum by (model) (rate(ml_predictions_total[$__rate_interval] @@)) > 0)`

// latency is a quantile from classic buckets or, without them, from native ones.
func latency(q, by string) string {
	return strings.NewReplacer("QUANTILE", q, "BY", by).Replace(`
		histogram_quantile(QUANTILE, sum by (BY, le) (rate(ml_prediction_latency_seconds_bucket[$__rate_interval] @@)))
		or histogram_quantile(QUANTILE, sum by (BY) (rate(ml_prediction_latency_seconds[$__rate_interval] @@)))`)
}
