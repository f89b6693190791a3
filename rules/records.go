package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// records are the recording groups. Additive counters are summed over every
// exporter that has a part of a model's events, so that several exporters, or
// several Prometheus servers behind one, give the same figures as one.
var records = []recordGroup{
	{"sight", 0, sightRecords},
	{"lost", 0, lostRecords},
	{"models", 0, modelRecords},
	{"traffic", 0, trafficRecords},
	{"habits", rarely, habitRecords},
	{"budgets", 0, budgetRecords},
	{"counts", 0, countRecords},
	{"ratios", 0, ratioRecords},
	{"performance", 0, performanceRecords()},
	{"losses", 0, performanceExceeded()},
	{"fairness", 0, fairnessExceeded()},
	{"violations", 0, violationRecords},
	{"failing", 0, violationsExceeded()},
	{"drifting", 0, append(driftExceeded(), togetherExceeded()...)},
	{"bins", slowly, []record{hourlyBins}},
	{"days", slowly, []record{dailyBins}},
	{"shares", slowly, shareRecords()},
	{"gaps", slowly, gapRecords()},
	{"distances", slowly, distanceRecords()},
	{"ks", slowly, ksRecords()},
}

// Rules over very many series, or long ranges, are evaluated less often. Beyond
// five minutes a series looks stale between two evaluations, so what is recorded
// rarely is read over a range.
const (
	slowly = 3 * time.Minute
	rarely = 15 * time.Minute
)

// modelRecords say who answers for a model. There is one series of each model
// version, whatever its exporters say: two would make every join with it fail.
// A model's own outlives its exporter by a day, since an alert about a model that
// is gone needs an owner most.
var modelRecords = []record{
	{name: "model_version_owner_tier:ml_model_info:max", expr: `
		topk by (model, model_version) (1,
			max by (model, model_version, model_owner, model_tier) (ml_model_info))`},
	{name: "model_owner_tier:ml_model_info:max", expr: `
		topk by (model) (1, max by (model, model_owner, model_tier) (ml_model_info))
		or on (model)
		topk by (model) (1, max by (model, model_owner, model_tier) (last_over_time(ml_model_info[1d])))`},
	// Some of a model is out of sight while an exporter that had it is lost, or a source
	// that explains its silence: totals then are too low.
	{name: "model:model_exporter_blind:max", expr: `
		group by (model) (last_over_time(ml_model_info[1d]) and on (job, instance) job_instance:model_exporter_lost:time)
		or ` + silenced},
	{name: "model:model_exporter_silenced:max", expr: silenced},
}

// silenced are models of which nothing was seen any more when something was lost that
// could show it: their silence is explained by the loss. A model that went on for more
// than ten minutes has another way to be seen; when that falls silent, too, the model
// does. Which source has which model nobody declares, and this says it.
const silenced = `
	group by (model) (
		last_over_time(ml_model_info[1d])
		* on (job, instance) group_left ()
		(job_instance:model_exporter_lost:time or on (job, instance) job_instance:model_exporter_source_lost:time)
		>= on (model) group_left ()
		(
			last_over_time(model:ml_predictions:seen_time[1d])
			or on (model) group by (model) (last_over_time(ml_model_info[1d])) * 0
		) - 600
	)`

// sightRecords are when something was seen last, as Unix time.
var sightRecords = []record{
	{name: "job_instance:model_exporter_scraped:time", expr: `max by (job, instance) (timestamp(model_exporter_build_info))`},
	{name: "job_instance_source:model_exporter_read:time", expr: `max by (job, instance, source) (timestamp(model_exporter_source_up == 1))`},
	{name: "model:ml_predictions:seen_time", expr: `(sum by (model) (rate(ml_predictions_total[5m])) > 0) * 0 + time()`},
}

// lostRecords are what is out of sight: when it was seen last, as Unix time.
var lostRecords = []record{
	// An exporter is lost while it could not be scraped for four of the last fifteen
	// minutes; while no exporter of its job is there, and a quarter of an hour after one
	// came back; and while what it serves stands still, since it cannot be saved. A
	// failed scrape or two change nothing: rates bridge them, and what has not happened
	// for ten minutes needs ten minutes to look so. Pods that were replaced have no "up"
	// any more, and do not count; neither does the first quarter of an hour of all.
	{name: "job_instance:model_exporter_lost:time", expr: `
		last_over_time(job_instance:model_exporter_scraped:time[1d])
		and on (job, instance) (avg_over_time(up[15m]) < 0.8 and up)
		or
		last_over_time(job_instance:model_exporter_scraped:time[1d])
		unless on (job) max_over_time(up[5m]) == 1
		or
		last_over_time(job_instance:model_exporter_scraped:time[1d])
		and on (job) last_over_time(model_exporter_build_info[1d] offset 20m)
		unless on (job) max_over_time(up[5m] offset 15m) == 1
		or
		max by (job, instance) (max_over_time(model_exporter_last_checkpoint_timestamp_seconds[1d]))
		and on (job, instance) (
			max by (job, instance) (max_over_time(model_exporter_store_up[5m])) == 0
			or time() - max by (job, instance) (model_exporter_last_checkpoint_timestamp_seconds) > 600
		)`},
	// So are the predictions of a source that could not be read for five minutes, or of
	// which the last ten are not read yet. What an exporter reads while all of its
	// sources are behind says nothing about now.
	{name: "job_instance:model_exporter_source_lost:time", expr: `
		(
			min by (job, instance) (` + predicting("model_exporter_source_lag_seconds") + `) > 600
			unless on (job, instance) model_exporter_source_up == 0
		) * 0 + time()
		or
		max by (job, instance) (` + predicting(`
			(
				last_over_time(job_instance_source:model_exporter_read:time[25h])
				or on (job, instance, source) model_exporter_source_up * 0
			)
			and on (job, instance, source) max_over_time(model_exporter_source_up[5m]) == 0
			or
			time() - (model_exporter_source_lag_seconds > 600)`) + `)`},
}

// predicting leaves out sources of which nothing but labels and outcomes is known.
func predicting(sources string) string {
	return `(` + sources + `) unless on (job, instance, source) (
		model_exporter_events_total{type!="prediction"} > 0
		unless on (job, instance, source) model_exporter_events_total{type="prediction"} > 0
	)`
}

var trafficRecords = []record{
	{name: "model:ml_predictions:rate5m", expr: `sum by (model) (rate(ml_predictions_total[5m]))`},
	{name: "model:ml_predictions:increase1h", expr: `sum by (model) (increase(ml_predictions_total[1h]))`},
	{name: "model_kpi:ml_kpi:increase1h", expr: kpi("1h")},
	{name: "model_kpi:ml_kpi:increase6h", expr: kpi("6h")},
	{name: "model:ml_labels:increase1h", expr: `sum by (model) (increase(ml_labels_total[1h]))`},
}

// habitRecords are what is usual: the delay of nine labels in ten, from classic or
// native buckets, of days that have labels; and how many predictions have their label.
var habitRecords = []record{
	{name: "model:ml_label_delay_seconds:p90_1d", expr: `
		histogram_quantile(0.9, sum by (model, le) (rate(ml_label_delay_seconds_bucket[1d]))) >= 0
		or
		histogram_quantile(0.9, sum by (model) (rate(ml_label_delay_seconds[1d]))) >= 0`},
	{name: "model_version_window:ml_label_coverage:avg1h", expr: `
		max by (model, model_version, window) (avg_over_time(ml_label_coverage_ratio[1h]))`},
}

func kpi(window string) string {
	return fmt.Sprintf(`
		sum by (model, kpi) (increase(ml_kpi_total[%[1]s]))
		- (sum by (model, kpi) (increase(ml_kpi_negative_total[%[1]s])) or sum by (model, kpi) (ml_kpi_total) * 0)`, window)
}

// burnWindows are the windows of the burn-rate alerts.
var burnWindows = []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"}

// budgetRecords are burn rates: the share of bad predictions, in units of the
// share that the objective allows. At 1 the budget lasts as long as it should.
// Slow ones are a counter of their own: PromQL cannot find the histogram bucket
// that a series names, and native histograms have none.
var budgetRecords = func() []record {
	burn := func(bad, objective, window string) record {
		return record{
			name:   "model_objective:ml_budget_burn:rate" + window,
			labels: map[string]string{"objective": objective},
			expr: fmt.Sprintf(`
				sum by (model) (rate(%[1]s[%[3]s])) / (sum by (model) (rate(ml_predictions_total[%[3]s])) > 0)
				/ on (model) (1 - max by (model) (ml_objective_ratio{objective="%[2]s"}))`, bad, objective, window),
		}
	}
	var rules []record
	for _, w := range burnWindows {
		rules = append(rules,
			burn("ml_prediction_errors_total", "availability", w),
			burn("ml_slow_predictions_total", "latency", w))
	}
	return rules
}()

// countRecords are sums over exporters of what happened in an hour.
var countRecords = []record{
	{name: "model_version_feature:ml_feature_values:increase1h", expr: `sum by (model, model_version, feature) (increase(ml_feature_values_total[1h]))`},
	{name: "model_version_feature_check:ml_feature_violations:increase1h", expr: `sum by (model, model_version, feature, check) (increase(ml_feature_violations_total[1h]))`},
}

// ratioRecords are shares of the last hour and day. What they were last week is
// one "offset 1w" away.
var ratioRecords = []record{
	{name: "model_version:ml_prediction_errors:ratio1h", expr: ratio("ml_prediction_errors_total", "ml_predictions_total", "1h")},
	{name: "model_version:ml_prediction_errors:ratio1d", expr: ratio("ml_prediction_errors_total", "ml_predictions_total", "1d")},
	{name: "model_version_feature_check:ml_feature_violations:ratio1h", expr: violations("%s")},
	{name: "model_version_feature_check:ml_feature_violations:ratio1d", expr: violations("sum_over_time(%s[1d:1h])")},
	{name: "model_version_feature_change:ml_schema_violations:ratio15m", expr: `
		sum by (model, model_version, feature, change) (increase(ml_schema_violations_total[15m]))
		/ on (model, model_version) group_left ()
		(sum by (model, model_version) (increase(ml_predictions_total[15m])) >= 20)`},
}

func ratio(part, whole, window string) string {
	return fmt.Sprintf(`
		sum by (model, model_version) (increase(%[1]s[%[3]s]))
		/ (sum by (model, model_version) (increase(%[2]s[%[3]s])) > 0)`, part, whole, window)
}

// violations divides counts of an hour, or what over makes of them.
func violations(over string) string {
	return fmt.Sprintf(over, "model_version_feature_check:ml_feature_violations:increase1h") +
		" / on (model, model_version, feature) group_left () (" +
		fmt.Sprintf(over, "model_version_feature:ml_feature_values:increase1h") + " > 0)"
}

// performanceRecords are metrics of joined predictions, by the time of the label.
func performanceRecords() []record {
	var rules []record
	for _, w := range []string{"1h", "1d"} {
		rules = append(rules,
			// Where predicted is actual: classes, each with itself.
			record{name: "model_version:ml_confusion_accuracy:ratio" + w, expr: fmt.Sprintf(`
				sum by (model, model_version) (
					sum by (model, model_version, predicted, actual) (increase(ml_confusion_total[%[1]s]))
					and on (model, model_version, predicted, actual)
					label_replace(group by (model, model_version, actual) (ml_confusion_total), "predicted", "$1", "actual", "(.*)")
				)
				/ (sum by (model, model_version) (increase(ml_confusion_total[%[1]s])) > 0)`, w)},
			record{name: "model_version:ml_regression_mae:mean" + w, expr: perLabel("ml_regression_absolute_error_total", w)},
			record{name: "model_version:ml_regression_rmse:mean" + w, expr: "sqrt(" + perLabel("ml_regression_squared_error_total", w) + ")"},
			record{name: "model_version:ml_regression_bias:mean" + w, expr: perLabel("ml_regression_overprediction_total", w) +
				" - (" + perLabel("ml_regression_underprediction_total", w) + ")"},
		)
	}
	return rules
}

func perLabel(sum, window string) string { return ratio(sum, "ml_labels_total", window) }

// priorities that thresholds may have.
var priorities = catalog.Priorities

// exceeded are rules of one name, one for each priority: the value where it is
// above the threshold of that priority.
func exceeded(name string, expr func(priority string) string) []record {
	var rules []record
	for _, p := range priorities {
		rules = append(rules, record{name: name, expr: expr(string(p)), labels: map[string]string{"priority": string(p)}})
	}
	return rules
}

func performanceExceeded() []record {
	loss := func(gauge, threshold string) func(string) string {
		return func(priority string) string {
			return fmt.Sprintf(`
				max by (model, model_version, metric) (%s)
				> on (model, model_version, metric)
				max by (model, model_version, metric) (%s{priority="%s"})`, gauge, threshold, priority)
		}
	}
	return append(
		exceeded("model_version_metric:ml_performance_degradation:exceeded", loss("ml_performance_degradation_lower", "ml_performance_degradation_threshold")),
		exceeded("model_version_metric:ml_performance_estimated_degradation:exceeded", loss("ml_performance_estimated_degradation", "ml_performance_estimated_degradation_threshold"))...)
}

// fairnessExceeded are the segments whose values are treated too differently in
// some window: differences above, and ratios below, their threshold.
func fairnessExceeded() []record {
	return exceeded("model_version_segment_metric:ml_fairness:exceeded", func(priority string) string {
		return strings.ReplaceAll(`
			max by (model, model_version, segment, metric) (ml_fairness_favourable{metric!="disparate_impact_ratio"})
			> on (model, model_version, segment, metric)
			max by (model, model_version, segment, metric) (ml_fairness_threshold{priority="PRIORITY"})
			or
			min by (model, model_version, segment, metric) (ml_fairness_favourable{metric="disparate_impact_ratio"})
			< on (model, model_version, segment, metric)
			max by (model, model_version, segment, metric) (ml_fairness_threshold{priority="PRIORITY"})`, "PRIORITY", priority)
	})
}
