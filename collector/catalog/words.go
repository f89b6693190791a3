package catalog

// statisticDoc is what the reference says about a statistic.
type statisticDoc struct {
	Formula string // p and F live, q and G baseline
	Range   string
	Bins    string
	Kinds   string
	Reads   string // how to read it
}

// statisticDocs has an entry for each of Statistics.
var statisticDocs = map[Statistic]statisticDoc{
	PSI: {"Σ (p−q) · ln(p/q)", "≥ 0, nats", "decision", "all",
		"Population stability index, the usual one: below 0.1 little has changed, above 0.25 much."},
	KL: {"Σ p · ln(p/q)", "≥ 0, nats", "decision", "all",
		"Kullback–Leibler divergence of live data from the baseline: weighs what is more frequent than before."},
	JS: {"√(½ Σ p·log₂(p/m) + ½ Σ q·log₂(q/m)), m = (p+q)/2", "0 to 1", "decision", "all",
		"Jensen–Shannon distance: symmetric, finite, comparable between features."},
	Hellinger: {"√(½ Σ (√p−√q)²)", "0 to 1", "decision", "all",
		"Like js, and more sensitive to rare bins."},
	TVD: {"½ Σ |p−q|", "0 to 1", "decision", "all",
		"Total variation: the share of values that would have to move to another bin."},
	LInf: {"max |p−q|", "0 to 1", "decision", "categorical, boolean",
		"The largest change of one category's share."},
	Chi2: {"√(χ² / (n+m)) of the 2×B table of counts", "0 to 1", "decision", "all",
		"Cramér's V: the effect size of the chi-squared test, independent of how many values there are."},
	KS: {"max |F−G|", "0 to 1", "fine", "numeric",
		"Kolmogorov–Smirnov: the largest difference of the distribution functions."},
	Wasserstein: {"∫ |F−G| dx / baseline standard deviation", "≥ 0", "fine", "numeric",
		"How far values moved on average, in baseline standard deviations."},
}

// checkDocs says which values fail each of Checks.
var checkDocs = map[Check]string{
	CheckMissing:        "Absent, null, NaN or one of the source's null words.",
	CheckType:           "Of another type than the feature, such as text in a numeric one.",
	CheckRange:          "Outside the configured range.",
	CheckSentinel:       "A number that stands for \"missing\": declared, or found since it lies far outside the baseline and suddenly repeats (−999).",
	CheckUnseenCategory: "A category that the baseline never had.",
}

// changeDocs says which columns each of Changes counts.
var changeDocs = map[Change]string{
	ColumnAdded:   "The event has a column that the baseline lacks.",
	ColumnRemoved: "The event lacks a column that the baseline has.",
	ColumnRetyped: "The column's values have another type than in the baseline.",
}

// labelDocs says what each label holds.
var labelDocs = map[string]string{
	"model":         "Name of the model.",
	"model_version": "Version of the model; unknown if the log names none.",
	"model_owner":   "Who answers for the model; alerts are routed by it.",
	"model_tier":    "critical, standard or best_effort: the highest priority its alerts may have (P0, P1, P2).",
	"task":          "What the model does: binary, multiclass, regression, ranking or none (a feature table).",
	"feature":       "Input column.",
	"output":        "What the model returned: prediction or score.",
	"bin":           "Decision bin: a range (a,b] between deciles of the baseline, or a category.",
	"statistic":     "Distance between live data and baseline, see below.",
	"baseline":      "What live data is compared with: training (a profile) or learned (the model's own first events), and for drift of features and outputs also rolling (the time before the window, if configured); learning while there is nothing to compare with yet.",
	"window":        "Trailing range of event time, such as 1h.",
	"q":             "Which quantile, 0 to 1.",
	"check":         "Data-quality check, see below.",
	"renamed_to":    "Column in which the feature's values probably are now.",
	"change":        "Difference between an event's columns and the baseline's, see below.",
	"class":         "Predicted class.",
	"reason":        "Why a prediction failed, as the log reports it; or why a record is no event.",
	"predicted":     "Predicted class.",
	"actual":        "Class that the label says.",
	"metric":        "Measure of performance or fairness, see below.",
	"kpi":           "Business figure declared for the model.",
	"challenger":    "Version that is compared with model_version on the same ids.",
	"segment":       "Declared segment column.",
	"value":         "Value of the segment column.",
	"priority":      "P0, P1 or P2, most urgent first.",
	"objective":     "Service level objective: availability or latency.",
	"source":        "Name of the source in the configuration.",
	"type":          "Type of event: prediction, label or outcome.",
	"limit":         "Which limit was reached: models, versions, features, categories, classes, reasons or segments.",
}
