package rules

import (
	"fmt"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// performanceDegraded takes the favourable end of the interval, so that a few
// labels page nobody.
var performanceDegraded = alert{
	name: "ModelPerformanceDegraded", component: models, dashboard: modelDashboard,
	summary: "A model's labelled predictions are worse than its baseline's.",
	cases: aboveThresholds("metric", "model_version_metric:ml_performance_degradation:exceeded", 15*time.Minute, 15*time.Minute,
		thisVersion+`performance is worse than the baseline's, even with the benefit of the doubt: `+
			worst(`model_version_metric:ml_performance_degradation:exceeded{`+versionMatchers+`,priority="PRIORITY"}`,
				`{{ $f.Labels.metric }} by {{ $f.Value | humanizePercentage }} or more (now `+
					value(inWorstWindow("ml_performance", "ml_performance_degradation_lower"), short)+`, baseline `+
					value(`max(ml_baseline_performance{`+versionMatchers+`,metric="$f.metric"})`, short)+`, threshold `+
					value(`max(ml_performance_degradation_threshold{`+versionMatchers+`,metric="$f.metric",priority="PRIORITY"})`, percent)+`)`)+`.`),
}

var estimatedDegraded = alert{
	name: "ModelEstimatedPerformanceDegraded", component: models, dashboard: modelDashboard,
	summary: "A model's scores suggest worse performance than the baseline's.",
	cases: aboveThresholds("metric", "model_version_metric:ml_performance_estimated_degradation:exceeded", 30*time.Minute, 30*time.Minute,
		thisVersion+`without waiting for labels, its scores suggest a loss of `+
			worst(`model_version_metric:ml_performance_estimated_degradation:exceeded{`+versionMatchers+`,priority="PRIORITY"}`,
				`{{ $f.Labels.metric }} by {{ $f.Value | humanizePercentage }} or more (estimated `+
					value(inWorstWindow("ml_performance_estimated", "ml_performance_estimated_degradation"), short)+`, baseline `+
					value(`max(ml_baseline_performance{`+versionMatchers+`,metric="$f.metric"})`, short)+`, threshold `+
					value(`max(ml_performance_estimated_degradation_threshold{`+versionMatchers+`,metric="$f.metric",priority="PRIORITY"})`, percent)+`)`)+`.`),
}

// inWorstWindow is the value of a metric in the window with the largest loss: the
// other windows may look well.
func inWorstWindow(family, loss string) string {
	matchers := `{` + versionMatchers + `,metric="$f.metric"}`
	return `max(` + family + matchers + ` and on (window) topk(1, ` + loss + matchers + `))`
}

// calibrationDegraded: scores mean five points less than they did, with what chance
// makes of few labels, in the window or in the baseline, taken off.
var calibrationDegraded = alert{
	name: "ModelCalibrationDegraded", component: models, dashboard: modelDashboard,
	summary: "A model's scores no longer mean the probabilities that they did.",
	cases: []alertCase{{
		priority: catalog.P2, scope: byVersion, wait: time.Hour, keep: time.Hour,
		expr: `max by (model, model_version) (ml_calibration_degradation_lower) > 0.05`,
		description: thisVersion + `the calibration error (ece) is {{ $value | printf "%.3g" }} or more above the baseline's ` +
			value(`max(ml_baseline_performance{`+versionMatchers+`,metric="ece"})`, short) + `; the threshold is 0.05. Decisions that use scores as probabilities are off.`,
	}},
}

// fairnessViolated is about segments that are declared under fairness alone: groups
// differ for good reasons, too. It takes the favourable end of the interval, so that
// the luck of a small group, or of one among many, is no news.
var fairnessViolated = alert{
	name: "ModelFairnessViolated", component: models, dashboard: modelDashboard,
	summary: "A model treats the values of a segment more differently than is allowed.",
	cases:   []alertCase{fairness(catalog.P1), fairness(catalog.P2)},
}

const unfairSegments = "model_version_segment_metric:ml_fairness:exceeded"

func fairness(priority catalog.Priority) alertCase {
	return alertCase{
		priority: priority, scope: thresholds, wait: time.Hour, keep: time.Hour,
		expr: fmt.Sprintf(`max by (model, model_version, segment, metric) (%s{priority="%s"})`, unfairSegments, priority),
		description: thisVersion + `{{ $labels.metric }} between the values of {{ $labels.segment }} is {{ $value | printf "%.3g" }} even with the benefit of the doubt; the limit is ` +
			value(fmt.Sprintf(`max(ml_fairness_threshold{%s,segment="$labels.segment",metric="$labels.metric",priority="%s"})`, versionMatchers, priority), short) + `.`,
	}
}

// challengerBetter: no luck explains it that the budget of false alarms has room for.
var challengerBetter = alert{
	name: "ModelChallengerBetter", component: models, dashboard: modelDashboard,
	summary: "A challenger is better than the model that is in use.",
	cases: []alertCase{{
		priority: catalog.P2, scope: byVersion, wait: 6 * time.Hour, keep: 6 * time.Hour,
		expr: `min by (model, model_version, challenger, metric) (ml_version_performance_difference_lower) > 0`,
		description: thisVersion + `challenger {{ $labels.challenger }} is better in {{ $labels.metric }} on the same predictions, by {{ $value | printf "%.3g" }} or more (` +
			value(`max(ml_version_performance_difference{`+versionMatchers+`,challenger="$labels.challenger",metric="$labels.metric"})`, short) + ` measured).`,
	}},
}

// labelsLate looks back over the shortest of some spans that is three times the
// usual delay or longer, and only where there were predictions to label before.
// The usual delay is that of nine labels in ten, on the last day that had any in the
// week before: who is told of it may be off until Monday. Labels are rare only in windows of a
// day or more: in shorter ones the share with a label falls each morning, when there
// are more and more predictions whose label is yet to come, and moves by chance where
// predictions are few.
var labelsLate = alert{
	name: "ModelLabelsLate", component: data, dashboard: allVersions,
	summary: "Labels of a model's predictions have stopped or become rarer.",
	cases: []alertCase{
		{
			priority: catalog.P1, scope: byModel, wait: 15 * time.Minute,
			labels: map[string]string{"kind": "stopped"},
			expr: unlessBlindIn("1h", noLabels("1h", "0", "1200")+` or `+noLabels("6h", "1200", "7200")+` or `+
				noLabels("1d", "7200", "28800")+` or `+noLabels("1w", "28800", "201600")),
			description: `Model {{ $labels.model }}: no label has arrived for more than three times the usual delay of {{ $value | humanizeDuration }}.`,
		},
		{
			priority: catalog.P2, scope: byVersion, wait: time.Hour, keep: time.Hour,
			labels: map[string]string{"kind": "rare"},
			expr: `
				max by (model, model_version, window) (ml_label_coverage_ratio{window!~"` + shorterThanADay + `"})
				< on (model, model_version, window)
				0.8 * avg_over_time(model_version_window:ml_label_coverage:avg1h[1w] offset 1d)`,
			description: thisVersion + `only {{ $value | humanizePercentage }} of the predictions of the last {{ $labels.window }} have a label; ` +
				value(`avg_over_time(model_version_window:ml_label_coverage:avg1h{`+versionMatchers+`,window="$labels.window"}[1w] offset 1d)`, percent) + ` are usual.`,
		},
	},
}

// shorterThanADay matches the label window.
const shorterThanADay = `([0-9]|1[0-9]|2[0-3])h|.*[ms]`

// noLabels is the usual delay, if that is more than least and at most most
// seconds, of models without a label for the window but with predictions before.
func noLabels(window, least, most string) string {
	delay := "last_over_time(model:ml_label_delay_seconds:p90_1d[1w] offset " + window + ")"
	return `(
		(` + delay + ` > ` + least + ` and ` + delay + ` <= ` + most + `)
		and on (model) avg_over_time(model:ml_predictions:increase1h[` + window + `] offset ` + window + `) > 10
		unless on (model) max_over_time(model:ml_labels:increase1h[` + window + `]) > 0
	)`
}

// answering are versions that predicted in the last day: a version that was
// replaced needs no care.
const answering = `sum by (model, model_version) (increase(ml_predictions_total[1d])) > 0`

var modelStale = alert{
	name: "ModelStale", component: models, dashboard: modelDashboard,
	summary: "A model was trained on data older than 90 days.",
	cases: []alertCase{{
		priority: catalog.P2, scope: byVersion, wait: time.Hour,
		expr: `
			time() - max by (model, model_version) (ml_model_trained_timestamp_seconds) > 90 * 86400
			and on (model, model_version) ` + answering,
		description: thisVersion + `its training data ended {{ $value | humanizeDuration }} ago; the limit is 90 days.`,
	}},
}

var baselineMissing = alert{
	name: "ModelBaselineMissing", component: models, dashboard: modelDashboard,
	summary: "A model has nothing to be compared with, so drift goes unseen.",
	cases: []alertCase{{
		priority: catalog.P2, scope: byVersion, wait: time.Hour,
		expr: `
			(
				group by (model, model_version) (ml_model_info{baseline="learning"})
				unless on (model, model_version) ml_model_info{baseline!="learning"}
			)
			and on (model, model_version) group by (model, model_version) (last_over_time(ml_model_info{baseline="learning"}[15m] offset 1d))
			and on (model, model_version) ` + answering,
		description: thisVersion + `there has been no baseline for more than a day. Of what it is learning one from, ` +
			value(`max(model_exporter_baseline_learned_ratio{`+versionMatchers+`})`, percent) + ` has been seen.`,
	}},
}
