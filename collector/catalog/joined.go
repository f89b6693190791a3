package catalog

// delayBuckets span a second to three months: clicks to charge-backs.
var delayBuckets = []float64{1, 10, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600,
	86400, 2 * 86400, 4 * 86400, 7 * 86400, 14 * 86400, 30 * 86400, 60 * 86400, 90 * 86400}

var performance = labels("metric", "window")

// What becomes known when a label or an outcome meets its prediction: counters
// and histograms.
var (
	Labels = Family{Name: "ml_labels_total", Type: Counter, Labels: model,
		Help: "Labels joined to their prediction, each prediction's first one."}
	LabelsUnmatched = Family{Name: "ml_labels_unmatched_total", Type: Counter, Labels: []string{"model"},
		Help: "Labels and outcomes whose prediction is unknown or older than the label horizon, counted when waiting for it is over: an hour after they were read."}
	LabelsRepeated = Family{Name: "ml_labels_repeated_total", Type: Counter, Labels: model,
		Help: "Labels, and values of outcomes, that say again what an earlier one of the same prediction said; they change nothing."}
	LabelsCorrected = Family{Name: "ml_labels_corrected_total", Type: Counter, Labels: model,
		Help: "Labels, and values of outcomes, that differ from an earlier one of the same prediction. Window gauges follow the newest; counters keep the first."}
	LabelDelay = Family{Name: "ml_label_delay_seconds", Type: Histogram, Labels: model, Buckets: delayBuckets,
		Help: "Time from a prediction to its label, of labels that come in events of their own; without a timestamp a label is as of its arrival, or with global.time event of no known time and not in here."}
	Confusion = Family{Name: "ml_confusion_total", Type: Counter, Labels: labels("predicted", "actual"),
		Help: "Joined predictions by predicted and actual class (bounded; the rest is \"other\")."}
	AbsoluteError = Family{Name: "ml_regression_absolute_error_total", Type: Counter, Labels: model,
		Help: "Sum of |prediction - label| over joined predictions, in target units."}
	SquaredError = Family{Name: "ml_regression_squared_error_total", Type: Counter, Labels: model,
		Help: "Sum of (prediction - label)^2 over joined predictions, in target units squared."}
	Overprediction = Family{Name: "ml_regression_overprediction_total", Type: Counter, Labels: model,
		Help: "Sum of prediction - label over joined predictions where it is positive, in target units; bias is over minus under."}
	Underprediction = Family{Name: "ml_regression_underprediction_total", Type: Counter, Labels: model,
		Help: "Sum of label - prediction over joined predictions where it is positive, in target units."}
	KPI = Family{Name: "ml_kpi_total", Type: Counter, Labels: labels("kpi"),
		Help: "Sum of the positive values of a business figure over predictions, of each its first one: an outcome that is repeated counts once, and another value corrects ml_kpi_per_prediction, not this."}
	KPINegative = Family{Name: "ml_kpi_negative_total", Type: Counter, Labels: labels("kpi"),
		Help: "Sum of the negative values of a business figure, as a positive number; the figure is ml_kpi_total minus this."}
	KPILowerIsBetter = Family{Name: "ml_kpi_lower_is_better", Type: Gauge, Labels: labels("kpi"),
		Help: "1 for a business figure that should be low; there is no series of the others."}
	SlowPredictions = Family{Name: "ml_slow_predictions_total", Type: Counter, Labels: model,
		Help: "Predictions that took longer than ml_objective_latency_seconds; 0 without such an objective."}
)

// Gauges over a window of predictions, by the time of the prediction.
var (
	Performance = Family{Name: "ml_performance", Type: Gauge, Labels: performance,
		Help: "How good the window's labelled predictions are. The metrics are defined in the reference."}
	PerformanceLower = Family{Name: "ml_performance_lower", Type: Gauge, Labels: performance,
		Help: "Lower end of the 99 % confidence interval of ml_performance."}
	PerformanceUpper = Family{Name: "ml_performance_upper", Type: Gauge, Labels: performance,
		Help: "Upper end of the 99 % confidence interval of ml_performance."}
	PerformanceDegradation = Family{Name: "ml_performance_degradation", Type: Gauge, Labels: performance,
		Help: "Loss of performance relative to ml_baseline_performance; positive is worse whatever the metric's direction (0.1 is 10 % worse)."}
	PerformanceDegradationLower = Family{Name: "ml_performance_degradation_lower", Type: Gauge, Labels: performance,
		Help: "The loss that chance alone, in the window and in the baseline, does not explain: at the favourable end of an interval as wide as global.false_alarms_per_month asks for."}
	PerformanceEstimated = Family{Name: "ml_performance_estimated", Type: Gauge, Labels: performance,
		Help: "Performance expected without labels, from scores calibrated on the baseline (CBPE). It follows shifts of the inputs; where the meaning of a score changed (concept drift) it is wrong by any amount."}
	PerformanceEstimatedDegradation = Family{Name: "ml_performance_estimated_degradation", Type: Gauge, Labels: performance,
		Help: "Loss of estimated performance relative to ml_baseline_performance, at the favourable end of an interval as wide as global.false_alarms_per_month asks for; positive is worse."}
	CalibrationDegradationLower = Family{Name: "ml_calibration_degradation_lower", Type: Gauge, Labels: labels("window"),
		Help: "How much larger the calibration error (ece) is than the baseline's, in its own unit, as far as chance alone does not explain it: at the favourable end of an interval as wide as global.false_alarms_per_month asks for."}
	ClassPerformance = Family{Name: "ml_class_performance", Type: Gauge, Labels: labels("class", "metric", "window"),
		Help: "Precision, recall and f1 of each class of a multiclass model."}
	LabelCoverage = Family{Name: "ml_label_coverage_ratio", Type: Gauge, Labels: labels("window"),
		Help: "Share of the window's predictions whose label has arrived (0 to 1); of a ranking, of its requests. Repeats of a prediction that is kept for its label are left out."}
	LabelDrift = Family{Name: "ml_label_drift", Type: Gauge, Labels: labels("statistic", "baseline", "window"),
		Help: "Distance of the labels' distribution from the baseline's; statistics as in ml_feature_drift."}
	LabelDriftCritical = Family{Name: "ml_label_drift_critical", Type: Gauge, Labels: labels("statistic", "baseline", "window"),
		Help: "The distance that sampling noise alone exceeds with the configured false-alarm probability; ml_label_drift below it means nothing."}
	SegmentPerformance = Family{Name: "ml_segment_performance", Type: Gauge, Labels: labels("segment", "value", "metric", "window"),
		Help: "How good the labelled predictions of a segment's value are (bounded; the rest is \"other\")."}
	FairnessGap = Family{Name: "ml_fairness", Type: Gauge, Labels: labels("segment", "metric", "window"),
		Help: "Difference of outcomes between the values of a segment that have enough predictions."}
	FairnessFavourable = Family{Name: "ml_fairness_favourable", Type: Gauge, Labels: labels("segment", "metric", "window"),
		Help: "ml_fairness as far as chance alone does not explain it: at the end nearer to equal treatment of an interval as wide as global.false_alarms_per_month asks for, with as many comparisons as there are pairs of values."}
	KPIPerPrediction = Family{Name: "ml_kpi_per_prediction", Type: Gauge, Labels: labels("kpi", "window"),
		Help: "Sum of a business figure over the window's predictions, positive or negative, divided by their number; of a ranking, by that of its requests. Of each prediction the newest value of the figure counts."}
	VersionAgreement = Family{Name: "ml_version_agreement_ratio", Type: Gauge, Labels: labels("challenger", "window"),
		Help: "Share of predictions on which this version and a challenger that scored the same ids agree (0 to 1)."}
	VersionDifference = Family{Name: "ml_version_performance_difference", Type: Gauge, Labels: labels("challenger", "metric", "window"),
		Help: "How much better the challenger is on the same labelled predictions, in units of the metric; positive is better whatever its direction."}
	VersionDifferenceLower = Family{Name: "ml_version_performance_difference_lower", Type: Gauge, Labels: labels("challenger", "metric", "window"),
		Help: "Lower end of an interval of ml_version_performance_difference, as wide as global.false_alarms_per_month asks for: above 0 chance alone does not explain it."}
	VersionDifferenceUpper = Family{Name: "ml_version_performance_difference_upper", Type: Gauge, Labels: labels("challenger", "metric", "window"),
		Help: "Upper end of the same interval of ml_version_performance_difference."}
)

// Constants and thresholds of performance.
var (
	ModelTrained = Family{Name: "ml_model_trained_timestamp_seconds", Type: Gauge, Labels: model,
		Help: "Unix time of the newest event of the training baseline, or when the baseline was made."}
	BaselinePerformance = Family{Name: "ml_baseline_performance", Type: Gauge, Labels: labels("metric"),
		Help: "How good the baseline's labelled predictions were."}
	PerformanceThreshold = Family{Name: "ml_performance_degradation_threshold", Type: Gauge, Labels: labels("metric", "priority"),
		Help: "The loss of performance, at its favourable bound, that alerts with the priority."}
	FairnessThreshold = Family{Name: "ml_fairness_threshold", Type: Gauge, Labels: labels("segment", "metric", "priority"),
		Help: "The value of ml_fairness_favourable above which (differences) or below which (ratios) a segment alerts with the priority; only for segments declared under fairness."}
	EstimatedThreshold = Family{Name: "ml_performance_estimated_degradation_threshold", Type: Gauge, Labels: labels("metric", "priority"),
		Help: "The loss of estimated performance, at its favourable bound, that alerts with the priority."}
)

// Durability.
var (
	CheckpointDuration = Family{Name: "model_exporter_checkpoint_duration_seconds", Type: Gauge,
		Help: "Time the last checkpoint took: what was counted, the sources' positions and the pending labels, in one synced commit."}
	CheckpointTimestamp = Family{Name: "model_exporter_last_checkpoint_timestamp_seconds", Type: Gauge,
		Help: "Unix time of the last checkpoint. Everything that is served is part of it."}
	CheckpointBytes = Family{Name: "model_exporter_checkpoint_bytes", Type: Gauge,
		Help: "Size of the last checkpoint's changes."}
	StoreUp = Family{Name: "model_exporter_store_up", Type: Gauge,
		Help: "1 if the last checkpoint succeeded. While it is 0 the last committed values are served and nothing further is counted."}
	PendingLabels = Family{Name: "model_exporter_pending_labels", Type: Gauge, Labels: []string{"model"},
		Help: "Predictions that are kept for their label or outcome, those that have it already included, until the label horizon."}
)
