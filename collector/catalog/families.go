package catalog

// Labels that several families share.
var (
	model        = []string{"model", "model_version"}
	feature      = labels("feature")
	featureDrift = labels("feature", "statistic", "baseline", "window")
	outputDrift  = labels("output", "statistic", "baseline", "window")
	featureStat  = labels("feature", "window")
)

func labels(more ...string) []string { return append(model[:len(model):len(model)], more...) }

// latencyBuckets span 1 ms to 10 s: a cache hit to a client's time-out.
var latencyBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .2, .3, .5, .75, 1, 2.5, 5, 10}

// What is monitored: counters and histograms.
var (
	Predictions = Family{Name: "ml_predictions_total", Type: Counter, Labels: model,
		Help: "Prediction events read."}
	PredictionErrors = Family{Name: "ml_prediction_errors_total", Type: Counter, Labels: labels("reason"),
		Help: "Predictions that report an error, by the reported reason (bounded; the rest is \"other\")."}
	PredictionLatency = Family{Name: "ml_prediction_latency_seconds", Type: Histogram, Labels: model, Buckets: latencyBuckets,
		Help: "Reported time from request to prediction."}
	PredictionClass = Family{Name: "ml_prediction_class_total", Type: Counter, Labels: labels("class"),
		Help: "Predictions by predicted class (bounded; the rest is \"other\")."}
	FeatureValues = Family{Name: "ml_feature_values_total", Type: Counter, Labels: feature,
		Help: "Values seen of a feature, missing ones included; those from which a baseline is learned are not counted."}
	FeatureViolations = Family{Name: "ml_feature_violations_total", Type: Counter, Labels: labels("feature", "check"),
		Help: "Values of a feature that failed a data-quality check."}
	SchemaViolations = Family{Name: "ml_schema_violations_total", Type: Counter, Labels: labels("feature", "change"),
		Help: "Events with a column added, removed or retyped against the baseline."}
	FeatureRename = Family{Name: "ml_feature_rename_info", Type: Gauge, Labels: labels("feature", "renamed_to"),
		Help: "1 for a feature that is probably called renamed_to now: a column that the baseline lacks has its distribution, in events that lack the feature. Both still count as removed and added."}
	DuplicatePredictions = Family{Name: "ml_duplicate_predictions_total", Type: Counter, Labels: model,
		Help: "Predictions whose id was seen before, among the last ids remembered."}
	LateEvents = Family{Name: "ml_late_events_total", Type: Counter, Labels: model,
		Help: "Predictions too old for every window; they count in the counters, not in window gauges."}
	FutureEvents = Family{Name: "ml_future_events_total", Type: Counter, Labels: model,
		Help: "Predictions dated more than a minute after they were read; they count as of their arrival or, in event time, of the newest event."}
	FeatureBin = Family{Name: "ml_feature_bin_total", Type: Counter, Labels: labels("feature", "bin"),
		Help: "Values of a feature by decision bin of the baseline: a range (a,b] or a category; \"other\" and \"unseen\" are categories too."}
	OutputBin = Family{Name: "ml_output_bin_total", Type: Counter, Labels: labels("output", "bin"),
		Help: "Values of a model output by decision bin of the baseline: a range (a,b] or a category; \"other\" and \"unseen\" are categories too."}
	SegmentPredictions = Family{Name: "ml_segment_predictions_total", Type: Counter, Labels: labels("segment", "value"),
		Help: "Prediction events by the value of a declared segment column (bounded; the rest is \"other\")."}
)

// What is monitored: gauges over a window of event time.
var (
	FeatureDrift = Family{Name: "ml_feature_drift", Type: Gauge, Labels: featureDrift,
		Help: "Distance of a feature's live distribution from its baseline over the window, higher is more drift. " +
			"psi: sum (p-q)ln(p/q), nats; kl: sum p ln(p/q), nats; js: square root of the Jensen-Shannon divergence, base 2; " +
			"hellinger; tvd: half the sum |p-q|; linf: max |p-q|; chi2: Cramer's V; these on decision bins (baseline deciles or categories). " +
			"ks: max |F-G|; wasserstein: area between F and G in baseline standard deviations; these on fine bins (baseline quantiles). " +
			"With baseline rolling the other side is the time before the window, on the same bins; absent until half of that time has passed."}
	FeatureDriftCritical = Family{Name: "ml_feature_drift_critical", Type: Gauge, Labels: featureDrift,
		Help: "The distance that sampling noise alone exceeds with the configured false-alarm probability; ml_feature_drift below it means nothing."}
	OutputDrift = Family{Name: "ml_output_drift", Type: Gauge, Labels: outputDrift,
		Help: "Distance of a model output's live distribution from its baseline over the window; statistics as in ml_feature_drift."}
	OutputDriftCritical = Family{Name: "ml_output_drift_critical", Type: Gauge, Labels: outputDrift,
		Help: "The distance that sampling noise alone exceeds with the configured false-alarm probability; ml_output_drift below it means nothing."}
	WindowValues = Family{Name: "ml_window_values", Type: Gauge, Labels: featureStat,
		Help: "Non-missing values behind a feature's gauges in the window; a gauge with too few of them is absent."}
	DriftedFeatures = Family{Name: "ml_drifted_features_ratio", Type: Gauge, Labels: labels("baseline", "window"),
		Help: "Share of features whose psi is both above its noise limit and above its P2 threshold (0 to 1)."}
	FeatureMean = Family{Name: "ml_feature_mean", Type: Gauge, Labels: featureStat,
		Help: "Mean of a numeric feature's finite values over the window."}
	FeatureStddev = Family{Name: "ml_feature_stddev", Type: Gauge, Labels: featureStat,
		Help: "Sample standard deviation (n-1) of a numeric feature's finite values over the window."}
	FeatureMin = Family{Name: "ml_feature_min", Type: Gauge, Labels: featureStat,
		Help: "Smallest finite value of a numeric feature over the window."}
	FeatureMax = Family{Name: "ml_feature_max", Type: Gauge, Labels: featureStat,
		Help: "Largest finite value of a numeric feature over the window."}
	FeatureDistinct = Family{Name: "ml_feature_distinct", Type: Gauge, Labels: featureStat,
		Help: "Distinct values of a feature over the window, estimated by HyperLogLog (standard error 2.3 %)."}
	FeatureQuantile = Family{Name: "ml_feature_quantile", Type: Gauge, Labels: labels("feature", "q", "window"),
		Help: "Quantile q of a numeric feature over the window, interpolated inside the baseline's fine bins."}
)

// Constants and thresholds as series.
var (
	ModelInfo = Family{Name: "ml_model_info", Type: Gauge, Labels: labels("task", "model_owner", "model_tier", "baseline"),
		Help: "1 for each model version that is monitored; baseline is training, learned, or learning while there is none yet."}
	LastEventTimestamp = Family{Name: "ml_last_event_timestamp_seconds", Type: Gauge, Labels: model,
		Help: "Unix time of the newest event."}
	BaselineBinRatio = Family{Name: "ml_baseline_bin_ratio", Type: Gauge, Labels: labels("feature", "bin"),
		Help: "Share of the baseline's values in a decision bin (0 to 1)."}
	BaselineBinRank = Family{Name: "ml_baseline_bin_rank", Type: Gauge, Labels: labels("feature", "bin"),
		Help: "Place of a numeric feature's decision bin in the order of values, from 1: a distribution function adds the bins up in this order."}
	BaselineValues = Family{Name: "ml_baseline_feature_values", Type: Gauge, Labels: feature,
		Help: "Number of the baseline's values in a feature's bins, missing ones not included."}
	BaselineMissingRatio = Family{Name: "ml_baseline_feature_missing_ratio", Type: Gauge, Labels: feature,
		Help: "Share of missing values of a feature in the baseline (0 to 1)."}
	FeatureDriftThreshold = Family{Name: "ml_feature_drift_threshold", Type: Gauge, Labels: labels("feature", "statistic", "priority"),
		Help: "The distance from which significant drift of a feature alerts with the priority."}
	OutputDriftThreshold = Family{Name: "ml_output_drift_threshold", Type: Gauge, Labels: labels("output", "statistic", "priority"),
		Help: "The distance from which significant drift of an output alerts with the priority."}
	FeatureViolationThreshold = Family{Name: "ml_feature_violation_ratio_threshold", Type: Gauge, Labels: labels("feature", "check", "priority"),
		Help: "The share of values failing a check, above the baseline's own share, that alerts with the priority (0 to 1)."}
	ObjectiveRatio = Family{Name: "ml_objective_ratio", Type: Gauge, Labels: labels("objective"),
		Help: "Promised share of good predictions (0 to 1): availability without error, latency within ml_objective_latency_seconds."}
	ObjectiveLatency = Family{Name: "ml_objective_latency_seconds", Type: Gauge, Labels: model,
		Help: "Latency within which the latency objective counts a prediction as good."}
)

// The exporter's own state, as far as it is part of the published snapshot.
// Build information, reloads and the Go runtime come from client_golang.
var (
	SourceEvents = Family{Name: "model_exporter_events_total", Type: Counter, Labels: []string{"source", "type"},
		Help: "Events read from a source: prediction, label or outcome."}
	SourceRejected = Family{Name: "model_exporter_rejected_total", Type: Counter, Labels: []string{"source", "reason"},
		Help: "Records of a source that are no events, and what their model's task cannot use of those that are (bad_prediction, bad_label, bad_value), by reason; the first of each reason is logged."}
	SourceReadBytes = Family{Name: "model_exporter_source_read_bytes_total", Type: Counter, Labels: []string{"source"},
		Help: "Bytes read from a source, after decompression."}
	SourceLag = Family{Name: "model_exporter_source_lag_seconds", Type: Gauge, Labels: []string{"source"},
		Help: "How far reading is behind the source: 0 when caught up, else now minus the time of the newest event read."}
	SourceUp = Family{Name: "model_exporter_source_up", Type: Gauge, Labels: []string{"source"},
		Help: "1 if the source could be read at the last attempt, 0 if not."}
	SourceFallbacks = Family{Name: "model_exporter_decode_fallbacks_total", Type: Counter, Labels: []string{"source"},
		Help: "Records that left the learned key order and took the slower general decoder."}
	BaselineLearned = Family{Name: "model_exporter_baseline_learned_ratio", Type: Gauge, Labels: model,
		Help: "Progress of learning a baseline from the log itself (0 to 1); 1 when it is complete. Absent with a training baseline."}
	EvaluationDuration = Family{Name: "model_exporter_evaluation_duration_seconds", Type: Gauge,
		Help: "Time the last evaluation of all models took."}
	Series = Family{Name: "model_exporter_series", Type: Gauge,
		Help: "Series published about models and sources."}
	SeriesDropped = Family{Name: "model_exporter_series_dropped_total", Type: Counter, Labels: []string{"limit"},
		Help: "Names not monitored because a limit was reached, counted once per event that carried one: models, versions, features, categories, classes, reasons, segments, or pending: predictions that cannot wait for their label."}
)

// About the process: registered with client_golang, beside its build
// information, Go runtime and process collectors.
var (
	ReloadSuccessful = Family{Name: "model_exporter_config_last_reload_successful", Type: Gauge,
		Help: "1 if the last reload of the configuration was taken over, 0 if it was refused and the old one keeps running."}
	ReloadTimestamp = Family{Name: "model_exporter_config_last_reload_success_timestamp_seconds", Type: Gauge,
		Help: "Unix time of the last configuration that was taken over."}
)

// Families lists every family in exposition order.
var Families = []*Family{
	&Predictions, &PredictionErrors, &PredictionLatency, &PredictionClass,
	&FeatureValues, &FeatureViolations, &SchemaViolations, &FeatureRename, &DuplicatePredictions, &LateEvents, &FutureEvents,
	&FeatureBin, &OutputBin, &SegmentPredictions, &SlowPredictions,
	&Labels, &LabelsUnmatched, &LabelsRepeated, &LabelsCorrected, &LabelDelay, &Confusion,
	&AbsoluteError, &SquaredError, &Overprediction, &Underprediction, &KPI, &KPINegative,
	&FeatureDrift, &FeatureDriftCritical, &OutputDrift, &OutputDriftCritical, &WindowValues, &DriftedFeatures,
	&MultivariateDrift, &MultivariateDriftCritical,
	&FeatureMean, &FeatureStddev, &FeatureMin, &FeatureMax, &FeatureDistinct, &FeatureQuantile,
	&Performance, &PerformanceLower, &PerformanceUpper, &PerformanceDegradation, &PerformanceDegradationLower,
	&PerformanceEstimated, &PerformanceEstimatedDegradation, &CalibrationDegradationLower, &ClassPerformance, &SegmentPerformance, &FairnessGap, &FairnessFavourable,
	&LabelCoverage, &LabelDrift, &LabelDriftCritical, &KPIPerPrediction, &KPILowerIsBetter,
	&VersionAgreement, &VersionDifference, &VersionDifferenceLower, &VersionDifferenceUpper,
	&ModelInfo, &LastEventTimestamp, &BaselineBinRatio, &BaselineBinRank, &BaselineValues, &BaselineMissingRatio,
	&FeatureDriftThreshold, &OutputDriftThreshold, &MultivariateDriftThreshold, &FeatureViolationThreshold, &ObjectiveRatio, &ObjectiveLatency,
	&ModelTrained, &BaselinePerformance, &PerformanceThreshold, &EstimatedThreshold, &FairnessThreshold,
	&TableTTL, &TableArrivalLag, &TableMaterialized, &OnlineUp, &OnlineEntities, &OnlineMissingEntities,
	&OnlineStaleEntities, &OnlineExpiredEntities, &OnlineLastEvent, &OnlineValues, &OnlineSkewedValues,
	&SourceEvents, &SourceRejected, &SourceReadBytes, &SourceLag, &SourceUp, &SourceFallbacks,
	&BaselineLearned, &EvaluationDuration, &Series, &SeriesDropped,
	&CheckpointDuration, &CheckpointTimestamp, &CheckpointBytes, &StoreUp, &PendingLabels,
	&ReloadSuccessful, &ReloadTimestamp,
}
