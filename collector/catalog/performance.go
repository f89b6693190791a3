package catalog

// Metric names a measure of how good a model's predictions are.
type Metric string

// The values of the label "metric" in ml_performance and its kin. Of multiclass
// models precision, recall, f1, fpr, fnr, roc_auc, pr_auc and ece are means over
// the classes (macro), all classes alike.
const (
	Accuracy          Metric = "accuracy"
	Precision         Metric = "precision"
	Recall            Metric = "recall"
	F1                Metric = "f1"
	PrecisionMicro    Metric = "precision_micro"
	RecallMicro       Metric = "recall_micro"
	F1Micro           Metric = "f1_micro"
	PrecisionWeighted Metric = "precision_weighted"
	RecallWeighted    Metric = "recall_weighted"
	F1Weighted        Metric = "f1_weighted"
	FPR               Metric = "fpr"
	FNR               Metric = "fnr"
	ROCAUC            Metric = "roc_auc"
	PRAUC             Metric = "pr_auc"
	LogLoss           Metric = "log_loss"
	Brier             Metric = "brier"
	ECE               Metric = "ece"
	MAE               Metric = "mae"
	RMSE              Metric = "rmse"
	MAPE              Metric = "mape"
	R2                Metric = "r2"
	Bias              Metric = "bias"
	NDCG              Metric = "ndcg"
	MRR               Metric = "mrr"
	HitRate           Metric = "hit_rate"
	CTR               Metric = "ctr"
)

// Metrics lists every metric in the order of the documentation.
var Metrics = []Metric{
	Accuracy, Precision, Recall, F1,
	PrecisionMicro, RecallMicro, F1Micro, PrecisionWeighted, RecallWeighted, F1Weighted,
	FPR, FNR, ROCAUC, PRAUC, LogLoss, Brier, ECE,
	MAE, RMSE, MAPE, R2, Bias, NDCG, MRR, HitRate, CTR,
}

// Better says in which direction a metric is better.
type Better int8

// The directions. A metric that is best at some value (bias: 0) has neither, and
// no degradation.
const (
	Lower   Better = -1
	Neither Better = 0
	Higher  Better = 1
)

// Better returns the direction in which the metric is better.
func (m Metric) Better() Better {
	switch m {
	case FPR, FNR, LogLoss, Brier, ECE, MAE, RMSE, MAPE:
		return Lower
	case Bias:
		return Neither
	default:
		return Higher
	}
}

// Fairness names a difference of outcomes between the values of a segment.
type Fairness string

// The values of the label "metric" in ml_fairness.
const (
	DemographicParityDifference Fairness = "demographic_parity_difference"
	EqualOpportunityDifference  Fairness = "equal_opportunity_difference"
	DisparateImpactRatio        Fairness = "disparate_impact_ratio"
)

// FairnessMetrics lists them in the order of the documentation.
var FairnessMetrics = []Fairness{DemographicParityDifference, EqualOpportunityDifference, DisparateImpactRatio}

// metricDoc is what the reference says about a metric.
type metricDoc struct{ Definition, Range, Tasks string }

// metricDocs has an entry for each of Metrics. TP, FP, TN, FN count joined
// predictions of the positive class, y is a label, f its prediction, p a score.
var metricDocs = map[Metric]metricDoc{
	Accuracy:          {"share of predictions that equal their label", "0 to 1", "binary, multiclass"},
	Precision:         {"TP / (TP+FP)", "0 to 1", "binary, multiclass (mean over classes)"},
	Recall:            {"TP / (TP+FN)", "0 to 1", "binary, multiclass (mean over classes)"},
	F1:                {"2·TP / (2·TP+FP+FN)", "0 to 1", "binary, multiclass (mean over classes)"},
	PrecisionMicro:    {"ΣTP / Σ(TP+FP) over all classes", "0 to 1", "multiclass"},
	RecallMicro:       {"ΣTP / Σ(TP+FN) over all classes", "0 to 1", "multiclass"},
	F1Micro:           {"2·ΣTP / Σ(2·TP+FP+FN) over all classes", "0 to 1", "multiclass"},
	PrecisionWeighted: {"mean over classes, weighted by their labels", "0 to 1", "multiclass"},
	RecallWeighted:    {"mean over classes, weighted by their labels", "0 to 1", "multiclass"},
	F1Weighted:        {"mean over classes, weighted by their labels", "0 to 1", "multiclass"},
	FPR:               {"FP / (FP+TN)", "0 to 1", "binary, multiclass (mean over classes)"},
	FNR:               {"FN / (FN+TP)", "0 to 1", "binary, multiclass (mean over classes)"},
	ROCAUC:            {"probability that a positive has a higher score than a negative; 0.5 is chance", "0 to 1", "binary, multiclass (mean of one class against the rest)"},
	PRAUC:             {"average precision: Σ (Rₖ−Rₖ₋₁)·Pₖ over the scores, descending", "0 to 1", "binary, multiclass (mean of one class against the rest)"},
	LogLoss:           {"mean of −ln p(y), p cut to 1e-15 … 1−1e-15", "≥ 0, nats", "binary, multiclass"},
	Brier:             {"mean of (p−y)²; multiclass: of the sum over classes", "0 to 1; multiclass 0 to 2", "binary, multiclass"},
	ECE:               {"expected calibration error: Σ n_b/n · |mean score − share of positives| over ten equal bins", "0 to 1", "binary, multiclass (of the predicted class)"},
	MAE:               {"mean of |f−y|", "≥ 0, target units", "regression"},
	RMSE:              {"√ mean of (f−y)²", "≥ 0, target units", "regression"},
	MAPE:              {"mean of |f−y| / |y| where y is not 0", "≥ 0", "regression"},
	R2:                {"1 − Σ(f−y)² / Σ(y−mean of y)²", "≤ 1", "regression"},
	Bias:              {"mean of f−y", "target units", "regression"},
	NDCG:              {"mean over requests of DCG/ideal DCG of the first 10, gain 2^relevance−1", "0 to 1", "ranking"},
	MRR:               {"mean over requests of 1/rank of the first relevant item", "0 to 1", "ranking"},
	HitRate:           {"share of requests with a relevant item among the first 10", "0 to 1", "ranking"},
	CTR:               {"share of shown items that are relevant", "0 to 1", "ranking"},
}

// fairnessDocs has an entry for each of FairnessMetrics.
var fairnessDocs = map[Fairness]string{
	DemographicParityDifference: "Largest minus smallest share of positive predictions among the segment's values; 0 is fair.",
	EqualOpportunityDifference:  "Largest minus smallest recall among the segment's values; 0 is fair.",
	DisparateImpactRatio:        "Smallest share of positive predictions divided by the largest; 1 is fair, below 0.8 is the usual alarm.",
}
