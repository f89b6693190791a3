package dashboards

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// The metric and window that are chosen, of each version.
const (
	performanceNow = `max by (model_version) (ml_performance)`
	baselineThen   = `max by (model_version) (ml_baseline_performance)`
)

func performancePanels() []panel {
	table := columns{by: []string{"metric", "model_version"}, sort: "Times its threshold"}
	return []panel{
		{
			title: "$metric of version $model_version", width: 24, draw: lines{}, unit: units.Short, repeat: "model_version", across: 3, // alone in its line, which the repeated ones share
			description: "The chosen metric over the chosen window, with the interval in which it lies with 99 % confidence, and what it was on the baseline. " +
				"Only when the whole shaded band is on the bad side of the dashed line did the model become worse; else there are too few labels to say.",
			queries: []query{
				{legend: "now", expr: `max(ml_performance)`},
				{legend: "at least", style: lower, expr: `min(ml_performance_lower)`},
				{legend: "at most", style: upper, expr: `max(ml_performance_upper)`},
				{legend: "baseline", style: reference, expr: `max(ml_baseline_performance)`},
			},
		},
		{
			title: "All metrics", width: 24, draw: table, unit: units.Short, decimals: ptr(3.0),
			description: "Every metric over the chosen window. Loss is relative to the baseline, with the benefit of the doubt: above zero chance does not explain it. " +
				"Orange: it is at its threshold or above and alerts; the panels below show since when. Metrics without a threshold do not alert.",
			queries: []query{
				{legend: "Now", expr: `max by (metric, model_version) (ml_performance{metric=~".+"})`},
				{legend: "At least", expr: `min by (metric, model_version) (ml_performance_lower{metric=~".+"})`},
				{legend: "At most", expr: `max by (metric, model_version) (ml_performance_upper{metric=~".+"})`},
				{legend: "Baseline", expr: `max by (metric, model_version) (ml_baseline_performance{metric=~".+"})`},
				{legend: "Loss", unit: units.PercentUnit, expr: `max by (metric, model_version) (ml_performance_degradation_lower{metric=~".+"})`},
				{legend: "Threshold", unit: units.PercentUnit, expr: `min by (metric, model_version) (ml_performance_degradation_threshold{metric=~".+"})`},
				{legend: "Times its threshold", steps: []step{{color: "transparent"}, {1, "orange"}}, expr: `
					max by (metric, model_version) (ml_performance_degradation_lower{metric=~".+"})
					/ on (metric, model_version) min by (metric, model_version) (ml_performance_degradation_threshold{metric=~".+"})`},
			},
		},
		{
			title: "Loss of $metric", width: 12, draw: lines{}, unit: units.PercentUnit,
			description: "How much of the metric is lost against the baseline, with the benefit of the doubt, and from where on it alerts with which priority. " +
				"Above a dashed line: see whether inputs drifted (the model sees another world) or not (what it learned no longer holds), then decide to retrain or to roll back.",
			queries: []query{
				{legend: "{{model_version}}", expr: `max by (model_version) (ml_performance_degradation_lower)`},
				{legend: "{{priority}}", style: limit, expr: `min by (priority) (ml_performance_degradation_threshold)`},
			},
		},
		{
			title: "Estimated $metric", width: 12, draw: lines{}, unit: units.Short,
			description: "What the metric should be by the scores alone, without waiting for labels, beside what labels say. " +
				"If the estimate falls first, inputs moved to where the model is less sure. If only the measured line falls, the meaning of the inputs changed: retrain. " +
				"There is no estimate for every metric.",
			queries: []query{
				{legend: "{{model_version}} estimated", expr: `max by (model_version) (ml_performance_estimated)`},
				{legend: "{{model_version}} measured", expr: performanceNow},
				{legend: "{{model_version}} baseline", style: reference, expr: baselineThen},
			},
		},
	}
}

// outputShare is the share of an output's values in each range, for the version with
// the most traffic of those that are chosen: ranges of two versions do not compare.
const outputShare = `
	sum by (bin) (rate(ml_output_bin_total{output="OUTPUT"}[$__rate_interval]) and on (model_version) BUSIEST)
	/ on () group_left () (sum(rate(ml_output_bin_total{output="OUTPUT"}[$__rate_interval]) and on (model_version) BUSIEST) > 0)`

// outputs is that of scores or, where a model has none, of its predictions.
func outputs() string {
	of := func(output string) string {
		return strings.NewReplacer("OUTPUT", output,
			"BUSIEST", `topk(1, sum by (model_version) (rate(ml_predictions_total[$__rate_interval] @ end())))`).Replace(outputShare)
	}
	return of("score") + " or on () " + of("prediction")
}

// outputPanels are about what the model answers.
func outputPanels() []panel {
	return []panel{
		{
			title: "Confusion matrix", width: 8, draw: matrix{rows: "actual", columns: "predicted"}, unit: units.PercentUnit, min: ptr(0.0), max: ptr(1.0), decimals: ptr(1.0),
			description: "Of all cases that truly are the class of a line, the share that the model called the class of a column, over the time shown. " +
				"The diagonal should be dark. A class whose line is dark elsewhere is the one to look at. Classification only.",
			queries: []query{{expr: `
				sum by (actual, predicted) (increase(ml_confusion_total[$__range]))
				/ on (actual) group_left () (sum by (actual) (increase(ml_confusion_total[$__range])) > 0)`}},
		},
		{
			title: "Calibration error", width: 8, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "How far scores are from the shares that come true (ece), over the chosen window: at 0.05 a score of 70 % means 65 % or 75 %. " +
				"More than 0.05 above the baseline alerts. Then do not use scores as probabilities until they are calibrated anew. Classification only.",
			queries: []query{
				{legend: "{{model_version}}", expr: `max by (model_version) (ml_performance{metric="ece"})`},
				{legend: "{{model_version}} at least", style: noise, expr: `min by (model_version) (ml_performance_lower{metric="ece"})`},
				{legend: "{{model_version}} baseline", style: reference, expr: `max by (model_version) (ml_baseline_performance{metric="ece"})`},
				{legend: "alerts from here", style: limit, expr: `max(ml_baseline_performance{metric="ece"}) + 0.05`},
			},
		},
		{
			title: "Scores over time", width: 8, draw: heat{}, unit: units.PercentUnit,
			description: "Share of predictions in each range of the score (of the predicted value, where there is no score), for the version with the most traffic. " +
				"Ranges held a tenth each on the baseline, so an even colour is good. " +
				"A line that becomes dark shows where scores went: compare with the drift of inputs and with the last release.",
			queries: []query{{legend: "{{bin}}", expr: outputs()}},
		},
	}
}
