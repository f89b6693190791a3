package dashboards

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// feature is one input of one version of a model: what changed in it.
func feature() board {
	return board{
		uid: "model-exporter-feature", title: "ML feature",
		description: "One feature of a model: its values now and on the baseline, how far apart they are, and which values are bad.",
		from:        "now-24h",
		variables:   []variable{oneModelVariable, oneVersionVariable, featureVariable, windowVariable, statisticVariable},
		annotations: []annotation{firingAlerts, newVersions},
		rows: []row{
			{title: "Is it well?", height: 4, panels: featureNumbers()},
			{title: "Distribution", height: 10, panels: distributionPanels()},
			{title: "Drift", height: 9, panels: featureDriftPanels()},
			{title: "Values", height: 9, panels: valuePanels()},
			{title: "Quality", height: 9, panels: featureQualityPanels()},
		},
	}
}

func featureNumbers() []panel {
	number := func(title, unit, expr, description string, steps []step) panel {
		return panel{
			title: title, width: 4, draw: number{}, unit: unit, steps: steps, none: "–",
			description: description, queries: []query{{expr: expr}},
		}
	}
	return []panel{
		number("Drift", units.Short, `max(ml_feature_drift)`, "Distance from the baseline by the chosen statistic and window. Compare it with the two numbers beside it.", plain),
		number("Noise limit", units.Short, `max(ml_feature_drift_critical)`, "What chance alone reaches with so many values. Drift below it means nothing, whatever the threshold says.", plain),
		number("Times its threshold", units.Short, `max(ml_feature_drift > ml_feature_drift_critical) / min(ml_feature_drift_threshold)`,
			"Drift that chance does not explain, as a multiple of its lowest threshold. At 1 and above it alerts: look at the bars below for what changed. Empty while chance explains it.",
			[]step{{color: "green"}, {1, "orange"}}),
		number("Values in the window", units.Short, `sum(ml_window_values)`, "Values behind all figures of the window, missing ones not counted. Below a few hundred they jump by chance: choose a longer window.", plain),
		number("Missing", units.PercentUnit, failingNow("missing")+` / (sum(rate(ml_feature_values_total[$__rate_interval])) > 0)`,
			"Share of missing values now. Compare with the baseline's beside it. Much more: ask who delivers the feature.", plain),
		number("Missing on the baseline", units.PercentUnit, `max(ml_baseline_feature_missing_ratio)`, "Share of missing values when the model was trained: what it is used to.", plain),
	}
}

func failingNow(check string) string {
	return `sum(rate(ml_feature_violations_total{check="` + check + `"}[$__rate_interval]))`
}

// liveShare is the share of a feature's values in each bin in a range; since what
// is empty in it is 0, not absent, a bin that lost its values is drawn.
func liveShare(over string) string {
	return strings.ReplaceAll(`sum by (bin) (OVER)
		/ on () group_left () (sum(OVER) > 0)`, "OVER", over)
}

// inOrder puts the rank of a bin before its name, with two digits: Grafana draws rows
// in the order of Prometheus, which is that of names. Categories have no rank.
func inOrder(share string) string {
	return strings.ReplaceAll(`
		label_join(
			label_join(
				label_replace(
					(SHARE) * on (bin) group_left (rank) count_values by (bin) ("rank", max by (bin) (ml_baseline_bin_rank)),
					"zero", "0", "rank", "."
				),
				"rank", "", "zero", "rank"
			),
			"bin", " ", "rank", "bin"
		)
		or on (bin) ((SHARE) unless on (bin) ml_baseline_bin_rank)`, "SHARE", share)
}

func distributionPanels() []panel {
	return []panel{
		{
			title: "Baseline and now", width: 14, draw: bars{by: "bin", rank: true}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of values in each range, or category by its frequency: on the baseline, and in the time shown. Ranges hold a tenth each on the baseline, so flat grey bars are usual. " +
				"Coloured bars that lean to one side: values grew or fell. One that sticks out: a default or a new category. Missing values are in no bar.",
			queries: []query{
				{legend: "baseline", style: reference, expr: `max by (bin) (ml_baseline_bin_ratio)`},
				{legend: "now", expr: liveShare(`increase(ml_feature_bin_total[$__range])`)},
				{legend: "rank", expr: `max by (bin) (ml_baseline_bin_rank) or on (bin) -max by (bin) (ml_baseline_bin_ratio)`},
			},
		},
		{
			title: "Distribution over time", width: 10, draw: heat{}, unit: units.PercentUnit,
			description: "Share of values in each range or category, over time; the 25 most frequent of them. When did the change begin, and was it a step or a slope? " +
				"Compare the time with deployments and with the annotations.",
			queries: []query{{
				legend: "{{bin}}",
				expr:   inOrder(top(25, "bin", liveShare(`rate(ml_feature_bin_total[$__rate_interval] @@)`))),
			}},
		},
	}
}

func featureDriftPanels() []panel {
	by := `max by (statistic) (%)`
	of := func(expr string) string { return strings.Replace(by, "%", expr, 1) }
	return []panel{
		{
			title: "$statistic over time", width: 14, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "Distance from the baseline by the chosen statistic and window. Below the dotted line it is chance; above a dashed line it alerts with that priority. " +
				"A step: something was changed upstream. A slope: the world changes; plan to retrain.",
			queries: []query{
				{legend: "{{statistic}}", expr: of(`ml_feature_drift`)},
				{legend: "noise limit", style: noise, expr: `max(ml_feature_drift_critical)`},
				{legend: "{{priority}}", style: limit, expr: `min by (priority) (ml_feature_drift_threshold)`},
			},
		},
		{
			title: "All statistics", width: 10, draw: columns{by: []string{"statistic"}}, unit: units.Short, decimals: ptr(4.0),
			description: "Every statistic that is computed for this feature, over the chosen window. Orange: above its noise limit, so it is no chance. " +
				"What each of them means is in the metric reference.",
			queries: []query{
				{legend: "Drift", expr: `max by (statistic) (ml_feature_drift{statistic=~".+"})`},
				{legend: "Noise limit", expr: `max by (statistic) (ml_feature_drift_critical{statistic=~".+"})`},
				{
					legend: "Times its noise limit", steps: []step{{color: "transparent"}, {1, "orange"}},
					expr: `max by (statistic) (ml_feature_drift{statistic=~".+"}) / on (statistic) max by (statistic) (ml_feature_drift_critical{statistic=~".+"})`,
				},
				{legend: "Alerts from", expr: `min by (statistic) (ml_feature_drift_threshold{statistic=~".+"})`},
			},
		},
		{
			title: "psi over all exporters", width: 24, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "The population stability index of all exporters' values together, against the baseline and against the same time last week. " +
				"High against the baseline, low against last week: it has been so for long. High against both: it is new. Needs the rule bundle.",
			queries: []query{
				{legend: "an hour, to the baseline", expr: `max(model_version_feature:ml_feature_psi:baseline1h)`},
				{legend: "a day, to the baseline", expr: `max(model_version_feature:ml_feature_psi:baseline1d)`},
				{legend: "an hour, to last week", expr: `max(model_version_feature:ml_feature_psi:week1h)`},
				{legend: "a day, to last week", expr: `max(model_version_feature:ml_feature_psi:week1d)`},
				{legend: "{{priority}}", style: limit, expr: `min by (priority) (ml_feature_drift_threshold{statistic="psi"})`},
			},
		},
	}
}

func valuePanels() []panel {
	quantile := func(q string) string { return `max(ml_feature_quantile{q="` + q + `"})` }
	return []panel{
		{
			title: "Quantiles", width: 14, draw: lines{}, unit: units.Short, none: "Only of numeric features",
			description: "Half of all values lie between the quarter lines, nine in ten in the shaded band; over the chosen window. " +
				"All lines move together: another unit or level. Only the upper one: new large values. Numeric features only.",
			queries: []query{
				{legend: "5 %", style: lower, expr: quantile("0.05")},
				{legend: "95 %", style: upper, expr: quantile("0.95")},
				{legend: "25 %", style: noise, expr: quantile("0.25")},
				{legend: "75 %", style: noise, expr: quantile("0.75")},
				{legend: "median", expr: quantile("0.5")},
			},
		},
		{
			title: "Mean and spread", width: 10, draw: lines{}, unit: units.Short, none: "Only of numeric features",
			description: "Mean of the values over the chosen window and one standard deviation to both sides. Numeric features only. " +
				"A spread that explodes while the median stands still: a few huge values; look at the smallest and largest one.",
			queries: []query{
				{legend: "mean", expr: mean},
				{legend: "mean − standard deviation", style: lower, expr: mean + ` - max(ml_feature_stddev)`},
				{legend: "mean + standard deviation", style: upper, expr: mean + ` + max(ml_feature_stddev)`},
			},
		},
		{
			title: "Smallest and largest", width: 12, draw: lines{}, unit: units.Short, none: "Only of numeric features",
			description: "The extremes of the chosen window. A round number such as -999 or 99999 stands for a missing value: declare it as a sentinel. Numeric features only.",
			queries: []query{
				{legend: "largest", expr: `max(ml_feature_max)`},
				{legend: "smallest", expr: `min(ml_feature_min)`},
			},
		},
		{
			title: "Distinct values", width: 12, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "How many different values there are in the chosen window (give or take 2 or 3 %). One: the feature is stuck at a constant; ask who delivers it. " +
				"Suddenly many categories: free text, or an id that slipped in.",
			queries: []query{{legend: "distinct", expr: `max(ml_feature_distinct)`}},
		},
	}
}

// mean is that of all exporters, by how many values each has seen.
const mean = `sum(ml_feature_mean * ml_window_values) / sum(ml_window_values and ml_feature_mean)`

func featureQualityPanels() []panel {
	return []panel{
		{
			title: "Values that fail a check", width: 14, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of values that fail each check, and what is missing on the baseline (grey). Above its dashed line plus the baseline's share it alerts. " +
				"missing: ask who delivers it; range or type: a changed unit or format; sentinel: a number for missing; unseen_category: new values that the model never learned.",
			queries: []query{
				{legend: "{{check}}", expr: `
					sum by (check) (rate(ml_feature_violations_total[$__rate_interval]))
					/ on () group_left () (sum(rate(ml_feature_values_total[$__rate_interval])) > 0)`},
				{legend: "missing on the baseline", style: reference, expr: `max(ml_baseline_feature_missing_ratio)`},
				{legend: "{{check}} alerts from", style: limit, expr: `min by (check) (ml_feature_violation_ratio_threshold)`},
			},
		},
		{
			title: "Bins that changed most", width: 10, draw: columns{by: []string{"bin"}, sort: "Change"}, unit: units.PercentUnit,
			description: "The 15 ranges or categories whose share changed most against the baseline, in the time shown. " +
				"A category that was never there has no baseline: the model did not learn it.",
			queries: []query{
				{legend: "Now", expr: liveShare(`increase(ml_feature_bin_total[$__range])`) + ` and on (bin) ` + changed},
				{legend: "Baseline", expr: `max by (bin) (ml_baseline_bin_ratio) and on (bin) ` + changed},
				{legend: "Change", expr: changed},
			},
		},
	}
}

// changed are the bins whose shares are farthest from the baseline's.
var changed = `topk(15, abs(` + liveShare(`increase(ml_feature_bin_total[$__range])`) + ` - on (bin) max by (bin) (ml_baseline_bin_ratio)))`
