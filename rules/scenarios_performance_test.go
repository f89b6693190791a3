package rules

import "slices"

var performanceScenarios = []scenario{
	{
		name: "accuracy collapses",
		at:   "1h",
		series: []string{
			steady,
			`ml_performance{metric="accuracy",window="1h"} 0.7x*`,
			`ml_performance{metric="accuracy",window="24h"} 0.94x*`,
			`ml_baseline_performance{metric="accuracy"} 0.95x*`,
			`ml_performance_degradation{metric="accuracy",window="1h"} 0.263x*`,
			`ml_performance_degradation_lower{metric="accuracy",window="1h"} 0.24x*`,
			`ml_performance_degradation_lower{metric="accuracy",window="24h"} 0.01x*`,
			`ml_performance_degradation_threshold{metric="accuracy",priority="P0"} 0.15x*`,
			`ml_performance_degradation_threshold{metric="accuracy",priority="P1"} 0.05x*`,
		},
		fires: []firing{{"ModelPerformanceDegraded", "P0", version1,
			"Model fraud, version 1: performance is worse than the baseline's, even with the benefit of the doubt: accuracy by 24% or more (now 0.7, baseline 0.95, threshold 15%)."}},
	},
	{
		name: "a standard model loses some accuracy",
		at:   "1h",
		tier: "standard",
		series: []string{
			steady,
			`ml_performance{metric="accuracy",window="24h"} 0.87x*`,
			`ml_baseline_performance{metric="accuracy"} 0.95x*`,
			`ml_performance_degradation_lower{metric="accuracy",window="24h"} 0.07x*`,
			`ml_performance_degradation_threshold{metric="accuracy",priority="P1"} 0.05x*`,
		},
		fires: []firing{{"ModelPerformanceDegraded", "P1", version1,
			"Model fraud, version 1: performance is worse than the baseline's, even with the benefit of the doubt: accuracy by 7% or more (now 0.87, baseline 0.95, threshold 5%)."}},
	},
	{
		name: "a best effort model loses some accuracy",
		at:   "1h",
		tier: "best_effort",
		series: []string{
			steady,
			`ml_performance{metric="accuracy",window="24h"} 0.87x*`,
			`ml_baseline_performance{metric="accuracy"} 0.95x*`,
			`ml_performance_degradation_lower{metric="accuracy",window="24h"} 0.07x*`,
			`ml_performance_degradation_threshold{metric="accuracy",priority="P2"} 0.05x*`,
		},
		fires: []firing{{"ModelPerformanceDegraded", "P2", version1,
			"Model fraud, version 1: performance is worse than the baseline's, even with the benefit of the doubt: accuracy by 7% or more (now 0.87, baseline 0.95, threshold 5%)."}},
	},
	{
		name: "ModelPerformanceDegraded misses: a loss of a quarter, from twenty labels",
		at:   "1h",
		series: []string{
			steady,
			`ml_performance{metric="accuracy",window="24h"} 0.7x*`,
			`ml_baseline_performance{metric="accuracy"} 0.95x*`,
			`ml_performance_degradation{metric="accuracy",window="24h"} 0.263x*`,
			`ml_performance_degradation_lower{metric="accuracy",window="24h"} 0.01x*`,
			`ml_performance_degradation_threshold{metric="accuracy",priority="P0"} 0.15x*`,
			`ml_performance_degradation_threshold{metric="accuracy",priority="P1"} 0.05x*`,
		},
	},
	{
		name: "scores suggest a loss",
		at:   "1h",
		series: []string{
			steady,
			`ml_performance_estimated{metric="roc_auc",window="24h"} 0.72x*`,
			`ml_baseline_performance{metric="roc_auc"} 0.9x*`,
			`ml_performance_estimated_degradation{metric="roc_auc",window="24h"} 0.18x*`,
			`ml_performance_estimated_degradation_threshold{metric="roc_auc",priority="P1"} 0.15x*`,
			`ml_performance_estimated_degradation_threshold{metric="roc_auc",priority="P2"} 0.05x*`,
		},
		fires: []firing{{"ModelEstimatedPerformanceDegraded", "P1", version1,
			"Model fraud, version 1: without waiting for labels, its scores suggest a loss of roc_auc by 18% or more (estimated 0.72, baseline 0.9, threshold 15%)."}},
	},
	{
		name: "scores suggest a small loss",
		at:   "1h",
		series: []string{
			steady,
			`ml_performance_estimated{metric="roc_auc",window="24h"} 0.84x*`,
			`ml_baseline_performance{metric="roc_auc"} 0.9x*`,
			`ml_performance_estimated_degradation{metric="roc_auc",window="24h"} 0.06x*`,
			`ml_performance_estimated_degradation_threshold{metric="roc_auc",priority="P1"} 0.15x*`,
			`ml_performance_estimated_degradation_threshold{metric="roc_auc",priority="P2"} 0.05x*`,
		},
		fires: []firing{{"ModelEstimatedPerformanceDegraded", "P2", version1,
			"Model fraud, version 1: without waiting for labels, its scores suggest a loss of roc_auc by 6% or more (estimated 0.84, baseline 0.9, threshold 5%)."}},
	},
	{
		name: "ModelEstimatedPerformanceDegraded misses: the loss is below its threshold",
		at:   "1h",
		series: []string{
			steady,
			`ml_performance_estimated_degradation{metric="roc_auc",window="24h"} 0.04x*`,
			`ml_performance_estimated_degradation_threshold{metric="roc_auc",priority="P2"} 0.05x*`,
		},
	},
	{
		name: "scores no longer are probabilities",
		at:   "2h",
		series: []string{
			steady,
			`ml_calibration_degradation_lower{window="1h"} -0.04x*`,
			`ml_calibration_degradation_lower{window="24h"} 0.12x*`,
			`ml_baseline_performance{metric="ece"} 0.02x*`,
		},
		fires: []firing{{"ModelCalibrationDegraded", "P2", version1,
			"Model fraud, version 1: the calibration error (ece) is 0.12 or more above the baseline's 0.02; the threshold is 0.05. Decisions that use scores as probabilities are off."}},
	},
	{
		name: "ModelCalibrationDegraded misses: it may be chance",
		at:   "2h",
		series: []string{
			steady,
			`ml_performance{metric="ece",window="24h"} 0.14x*`,
			`ml_calibration_degradation_lower{window="24h"} 0.05x*`,
			`ml_baseline_performance{metric="ece"} 0.02x*`,
		},
	},
	{
		name: "two segments are treated differently, one of which may be",
		at:   "2h",
		series: slices.Concat([]string{
			steady,
			`ml_fairness_favourable{segment="country",metric="disparate_impact_ratio",window="1h"} 0.9x*`,
			`ml_fairness_favourable{segment="country",metric="disparate_impact_ratio",window="24h"} 0.71x*`,
			`ml_fairness_favourable{segment="country",metric="demographic_parity_difference",window="24h"} 0.08x*`,
			`ml_fairness_favourable{segment="gender",metric="equal_opportunity_difference",window="24h"} 0.13x*`,
			`ml_fairness_favourable{segment="device",metric="equal_opportunity_difference",window="24h"} 0.5x*`,
		}, alike("country", "P1"), alike("gender", "P1")),
		fires: []firing{
			{"ModelFairnessViolated", "P1", version1 + `,segment="country",metric="disparate_impact_ratio"`,
				"Model fraud, version 1: disparate_impact_ratio between the values of country is 0.71 even with the benefit of the doubt; the limit is 0.8."},
			{"ModelFairnessViolated", "P1", version1 + `,segment="gender",metric="equal_opportunity_difference"`,
				"Model fraud, version 1: equal_opportunity_difference between the values of gender is 0.13 even with the benefit of the doubt; the limit is 0.1."},
		},
	},
	{
		name: "a best effort model treats a segment's values differently",
		at:   "2h",
		tier: "best_effort",
		series: append(alike("country", "P2"), steady,
			`ml_fairness_favourable{segment="country",metric="demographic_parity_difference",window="24h"} 0.2x*`),
		fires: []firing{{"ModelFairnessViolated", "P2", version1 + `,segment="country",metric="demographic_parity_difference"`,
			"Model fraud, version 1: demographic_parity_difference between the values of country is 0.2 even with the benefit of the doubt; the limit is 0.1."}},
	},
	{
		name: "ModelFairnessViolated misses: nobody declared that the values are to be treated alike",
		at:   "2h",
		series: []string{
			steady,
			`ml_fairness{segment="country",metric="disparate_impact_ratio",window="24h"} 0.4x*`,
			`ml_fairness_favourable{segment="country",metric="disparate_impact_ratio",window="24h"} 0.5x*`,
			`ml_fairness_favourable{segment="country",metric="equal_opportunity_difference",window="24h"} 0.3x*`,
		},
	},
	{
		name: "ModelFairnessViolated misses: it may be chance",
		at:   "2h",
		series: append(alike("country", "P1"), steady,
			`ml_fairness{segment="country",metric="disparate_impact_ratio",window="1h"} 0.27x*`,
			`ml_fairness_favourable{segment="country",metric="disparate_impact_ratio",window="1h"} 0.9x*`,
			`ml_fairness{segment="country",metric="equal_opportunity_difference",window="1h"} 0.2x*`,
			`ml_fairness_favourable{segment="country",metric="equal_opportunity_difference",window="1h"} 0.05x*`),
	},
	{
		name: "ModelFairnessViolated misses: four fifths, and ten points",
		at:   "2h",
		series: append(alike("country", "P1"), steady,
			`ml_fairness_favourable{segment="country",metric="disparate_impact_ratio",window="24h"} 0.8x*`,
			`ml_fairness_favourable{segment="country",metric="demographic_parity_difference",window="24h"} 0.1x*`),
	},
}

// alike are the limits of a segment that is declared under fairness.
func alike(segment, priority string) []string {
	limit := func(metric, x string) string {
		return `ml_fairness_threshold{segment="` + segment + `",metric="` + metric + `",priority="` + priority + `"} ` + x + `x*`
	}
	return []string{
		limit("demographic_parity_difference", "0.1"), limit("equal_opportunity_difference", "0.1"),
		limit("disparate_impact_ratio", "0.8"),
	}
}
