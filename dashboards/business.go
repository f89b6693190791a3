package dashboards

import "github.com/grafana/grafana-foundation-sdk/go/units"

// business is for whoever answers for what a model earns. Its words are theirs:
// figures, predictions, last week. The time picker is the period that is compared.
func business() board {
	return board{
		uid: "model-exporter-business", title: "ML business figures",
		description: "What the models are worth: each business figure in the time shown at the top right, against the same time a week before.",
		from:        "now-24h",
		variables:   []variable{modelVariable, versionVariable, figureVariable, windowVariable},
		annotations: []annotation{alertsOf("business"), newVersions},
		rows: []row{
			{title: "Figures", height: 9, panels: []panel{figureTable(), figureAlerts()}},
			{title: "Hour by hour", height: 8, panels: figureOverTime()},
			{title: "Version by version", height: 9, panels: []panel{figuresByVersion()}},
			{title: "Service to the customers", height: 8, panels: customerPanels()},
			{title: "What the models answer, and to whom", height: 9, panels: answerPanels()},
		},
	}
}

var figureVariable = variable{name: "kpi", label: "Figure", query: `ml_kpi_total`}

// figure is a business figure over the time shown, by labels: what was earned less
// what was lost. Losses may be missing where there are none.
func figure(by, offset string) string {
	return `(
		sum by (` + by + `) (increase(ml_kpi_total[$__range]` + offset + `))
		- (sum by (` + by + `) (increase(ml_kpi_negative_total[$__range]` + offset + `))
			or sum by (` + by + `) (increase(ml_kpi_total[$__range]` + offset + `)) * 0)
	)`
}

// perPrediction divides a figure by the predictions of the same time.
func perPrediction(by, of, offset string) string {
	return figure(by+", kpi", offset) + ` / on (` + of + `) group_left ()
		(sum by (` + of + `) (increase(ml_predictions_total[$__range]` + offset + `)) > 0)`
}

// change is how much more there is than there was.
func change(now, before string) string {
	return now + ` / (` + before + ` > 0) - 1`
}

// lossSteps colour a change as the alert ModelKPIDropped counts it. What is more
// than before is left alone: nobody says whether more of a figure is good.
var lossSteps = []step{{color: "red"}, {from: -0.4, color: "orange"}, {from: -0.2, color: "transparent"}}

const lastWeek = " offset 1w"

func figureTable() panel {
	d := columns{by: []string{"model", "kpi"}, sort: "Now"}
	return panel{
		title: "Figures in the time shown", width: 16, draw: d, unit: units.Short,
		description: "Each figure of each model in the time shown at the top right, and in the same time a week before. Orange: a fifth is missing; red: " +
			"two fifths. First look whether the predictions fell as well (fewer customers), or only the figure per prediction (worse answers): " +
			"then ask the owner of the model. Of figures that should be low, such as losses (better: lower in the configuration), less is good news, whatever its colour, and more is not coloured.",
		links: []link{
			to("Open the model", "model-exporter-model", d, "model"),
			to("Open its operations", "model-exporter-operations", d, "model"),
		},
		queries: []query{
			{legend: "Now", expr: figure("model, kpi", "")},
			{legend: "Week before", expr: figure("model, kpi", lastWeek)},
			{legend: "Change", unit: units.PercentUnit, steps: lossSteps, expr: change(figure("model, kpi", ""), figure("model, kpi", lastWeek))},
			{legend: "Per prediction", expr: perPrediction("model", "model", "")},
			{legend: "Per prediction, week before", expr: perPrediction("model", "model", lastWeek)},
			{legend: "Change per prediction", unit: units.PercentUnit, steps: lossSteps,
				expr: change(perPrediction("model", "model", ""), "("+perPrediction("model", "model", lastWeek)+")")},
		},
		none: "no business figures",
	}
}

func figureAlerts() panel {
	return panel{
		title: "Is anything wrong?", width: 8, draw: states{}, unit: units.Short, words: urgency,
		description: "When a business figure was far below that of last week (the alert ModelKPIDropped). P0: two fifths below within an hour, somebody is called. " +
			"P1: a fifth below within six hours. Its runbook says how to tell a worse model from fewer customers. Needs the rule bundle.",
		links: []link{
			to("Open the model", "model-exporter-model", states{}, "model"),
			{"What to do about it", runbooks + "/ModelKPIDropped.md"},
		},
		queries: []query{{legend: "{{model}}: {{kpi}}", expr: `
			max by (model, kpi) (
				3 * ALERTS{alertname="ModelKPIDropped",alertstate="firing",priority="P0"}
				or 2 * ALERTS{alertname="ModelKPIDropped",alertstate="firing",priority="P1"}
				or ALERTS{alertname="ModelKPIDropped",alertstate="firing",priority="P2"}
			)
			or group by (model, kpi) (model_kpi:ml_kpi:increase1h) * 0`}},
		none: "no business figures",
	}
}

func figureOverTime() []panel {
	return []panel{
		{
			title: "$kpi in an hour", width: 24, draw: lines{}, unit: units.Short, repeat: "kpi", across: 2,
			description: "The figure of the hour before each moment, of the ten models with most of it; dashed, all that are chosen a week before. " +
				"A gap that opens at a blue line began with a new version of the model. Needs the rule bundle.",
			links: []link{to("Open the model", "model-exporter-model", lines{}, "model")},
			queries: []query{
				{legend: "{{model}}", expr: top(10, "model", `max by (model) (model_kpi:ml_kpi:increase1h @@)`)},
				{legend: "all, last week", style: reference, expr: `sum(model_kpi:ml_kpi:increase1h offset 1w)`},
			},
			none: "no business figures",
		},
		{
			title: "$kpi per prediction", width: 24, draw: lines{}, unit: units.Short, repeat: "kpi", across: 2,
			description: "What one prediction brings, over the window chosen at the top, of the ten versions with most; dashed, " +
				"an hour of the same model a week before. Each prediction counts when it was made, whenever its outcome came, " +
				"so the newest are low while outcomes are on the way. A line that sinks while the number of predictions stays: the answers are worth less. " +
				"Needs the rule bundle.",
			links: []link{to("Open the version", "model-exporter-model", lines{}, "model", "model_version")},
			queries: []query{
				{legend: "{{model}} {{model_version}}", expr: top(10, "model, model_version", `avg by (model, model_version) (ml_kpi_per_prediction @@)`)},
				{legend: "{{model}}, last week", style: reference, expr: `
					max by (model) (model_kpi:ml_kpi:increase1h offset 1w / on (model) group_left () (model:ml_predictions:increase1h offset 1w > 0))
					and on (model) topk(5, max by (model) (model_kpi:ml_kpi:increase1h @ end()))`},
			},
			none: "no business figures",
		},
	}
}

func figuresByVersion() panel {
	d := columns{by: []string{"model", "model_version", "kpi"}, sort: "Now"}
	return panel{
		title: "Versions side by side", width: 24, draw: d, unit: units.Short,
		description: "The same figures by version of the model, in the time shown. Per prediction is the fair comparison: " +
			"a version with little traffic has small sums. A new version that earns less per prediction than the old one: " +
			"give it more time if it has few predictions, else go back to the old one.",
		links: []link{to("Open the version", "model-exporter-model", d, "model", "model_version")},
		queries: []query{
			{legend: "Now", expr: figure("model, model_version, kpi", "")},
			{legend: "Predictions", expr: `
				group by (model, model_version, kpi) (increase(ml_kpi_total[$__range])) * 0
				+ on (model, model_version) group_left () sum by (model, model_version) (increase(ml_predictions_total[$__range]))`},
			{legend: "Per prediction", expr: perPrediction("model, model_version", "model, model_version", "")},
			{legend: "Per prediction, week before", expr: perPrediction("model, model_version", "model, model_version", lastWeek)},
		},
		none: "no business figures",
	}
}

func customerPanels() []panel {
	return []panel{
		{
			title: "Predictions per hour", width: 8, draw: lines{}, unit: units.Short,
			description: "How often the models were asked in the hour before each moment; dashed, a week before. Fewer than last week: fewer customers, " +
				"or a caller that stopped asking. Ask Operations. Needs the rule bundle.",
			queries: []query{
				{legend: "now", expr: `sum(model:ml_predictions:increase1h)`},
				{legend: "last week", style: reference, expr: `sum(model:ml_predictions:increase1h offset 1w)`},
			},
		},
		{
			title: "Requests that failed", width: 8, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of requests that got no answer, of the ten models that fail most. Nobody earns on those. If it climbs, Operations is told by an alert; " +
				"the dashboard Operations has the reasons.",
			links:   []link{to("Open its operations", "model-exporter-operations", lines{}, "model")},
			queries: []query{{legend: "{{model}}", expr: top(10, "model", errorShare)}},
		},
		{
			title: "Answered in time", width: 8, draw: lines{}, unit: units.PercentUnit, max: ptr(1.0),
			description: "Share of answers that came within the promised time, of the ten models with fewest, and the least that is promised. " +
				"Below the dashed line customers wait: ask Operations.",
			links: []link{to("Open its operations", "model-exporter-operations", lines{}, "model")},
			queries: []query{
				{legend: "{{model}}", expr: `1 - (` + top(10, "model", `
					sum by (model) (rate(ml_slow_predictions_total[$__rate_interval] @@)) / (sum by (model) (rate(ml_predictions_total[$__rate_interval] @@)) > 0)
					and on (model) ml_objective_latency_seconds @@`) + `)`},
				{legend: "promised", style: limit, expr: `min(ml_objective_ratio{objective="latency"})`},
			},
			none: "nothing promised",
		},
	}
}

func answerPanels() []panel {
	answers := columns{by: []string{"model", "class"}, sort: "Now"}
	share := func(offset string) string {
		return `sum by (model, class) (increase(ml_prediction_class_total[$__range]` + offset + `))
			/ on (model) group_left () (sum by (model) (increase(ml_prediction_class_total[$__range]` + offset + `)) > 0)`
	}
	groups := columns{by: []string{"segment", "value"}, sort: "Now"}
	group := func(offset string) string {
		return `sum by (segment, value) (increase(ml_segment_predictions_total[$__range]` + offset + `))`
	}
	largest := ` and on (segment, value) topk(50, ` + group("") + `)`
	return []panel{
		{
			title: "Answers", width: 12, draw: answers, unit: units.PercentUnit,
			description: "How often each model gives which answer, in the time shown and a week before. " +
				"An answer that is suddenly much more or less frequent changes what customers get: ask the owner of the model whether that is meant.",
			links: []link{to("Open the model", "model-exporter-model", answers, "model")},
			queries: []query{
				{legend: "Now", expr: `topk(50, ` + share("") + `)`},
				{legend: "Week before", expr: share(lastWeek) + ` and on (model, class) topk(50, ` + share("") + `)`},
			},
			none: "no models that choose an answer",
		},
		{
			title: "Groups of customers", width: 12, draw: groups, unit: units.Short,
			description: "Predictions by group (country, device, whatever the configuration names), the fifty largest, in the time shown and a week before. " +
				"A group that vanished: its channel is broken. Orange and red as above.",
			queries: []query{
				{legend: "Now", expr: `topk(50, ` + group("") + `)`},
				{legend: "Week before", expr: group(lastWeek) + largest},
				{legend: "Change", unit: units.PercentUnit, steps: lossSteps, expr: change(group(""), group(lastWeek)) + largest},
			},
			none: "no segments configured",
		},
	}
}
