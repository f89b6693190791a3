package rules

// apart are a model's features that no longer go together.
var apart = []string{
	steady,
	`ml_multivariate_drift{statistic="pca_reconstruction",baseline="training",window="1h"} 0.31x*`,
	`ml_multivariate_drift_critical{statistic="pca_reconstruction",baseline="training",window="1h"} 0.12x*`,
	`ml_multivariate_drift_threshold{statistic="pca_reconstruction",priority="P2"} 0.2x*`,
}

var multivariateScenarios = []scenario{
	{
		name:   "features no longer go together",
		at:     "1h",
		series: apart,
		fires: []firing{{"ModelMultivariateDrift", "P2", version1,
			"Model fraud, version 1: no feature by itself has drifted or fails its checks, but their values no longer go together as in the baseline, more than chance explains: pca_reconstruction 0.31 (threshold 0.2)."}},
	},
	{
		name:   "features no longer go together, and somebody wants to know today",
		at:     "1h",
		series: append([]string{`ml_multivariate_drift_threshold{statistic="pca_reconstruction",priority="P1"} 0.3x*`}, apart...),
		fires: []firing{{"ModelMultivariateDrift", "P1", version1,
			"Model fraud, version 1: no feature by itself has drifted or fails its checks, but their values no longer go together as in the baseline, more than chance explains: pca_reconstruction 0.31 (threshold 0.3)."}},
	},
	{
		name: "ModelMultivariateDrift misses: large, and no more than chance",
		at:   "1h",
		series: []string{
			steady,
			`ml_multivariate_drift{statistic="pca_reconstruction",baseline="training",window="1h"} 0.31x*`,
			`ml_multivariate_drift_critical{statistic="pca_reconstruction",baseline="training",window="1h"} 0.32x*`,
			`ml_multivariate_drift_threshold{statistic="pca_reconstruction",priority="P2"} 0.2x*`,
		},
	},
	{
		name: "ModelMultivariateDrift misses: significant, and small",
		at:   "1h",
		series: []string{
			steady,
			`ml_multivariate_drift{statistic="pca_reconstruction",baseline="training",window="1h"} 0.19x*`,
			`ml_multivariate_drift_critical{statistic="pca_reconstruction",baseline="training",window="1h"} 0.02x*`,
			`ml_multivariate_drift_threshold{statistic="pca_reconstruction",priority="P2"} 0.2x*`,
		},
	},
	{
		name: "ModelMultivariateDrift misses: too few rows in the window for half an hour of each",
		at:   "2h",
		series: []string{
			steady,
			`ml_multivariate_drift{statistic="pca_reconstruction",baseline="training",window="1h"} 0.31x10 _x20 0.31x10 _x20 0.31x10 _x20`,
			`ml_multivariate_drift_critical{statistic="pca_reconstruction",baseline="training",window="1h"} 0.12x10 _x20 0.12x10 _x20 0.12x10 _x20`,
			`ml_multivariate_drift_threshold{statistic="pca_reconstruction",priority="P2"} 0.2x*`,
		},
	},
	{
		name: "ModelMultivariateDrift misses: a feature by itself says what is wrong",
		at:   "1h",
		series: append([]string{
			`ml_feature_drift{feature="amount",statistic="psi",baseline="training",window="1h"} 0.31x*`,
			`ml_feature_drift_critical{feature="amount",statistic="psi",baseline="training",window="1h"} 0.02x*`,
			`ml_feature_drift_threshold{feature="amount",statistic="psi",priority="P2"} 0.25x*`,
		}, apart...),
		fires: []firing{{"ModelFeatureDrift", "P2", version1,
			"Model fraud, version 1: features that differ from the baseline by more than chance and more than their threshold: 1. Worst: amount (psi 0.31, threshold 0.25)."}},
	},
}
