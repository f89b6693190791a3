package rules

var qualityScenarios = []scenario{
	{
		name: "a fifth of the values of an important feature is missing",
		at:   "30m",
		series: []string{
			steady,
			`ml_feature_values_total{feature="amount"} 0+600x*`,
			`ml_feature_violations_total{feature="amount",check="missing"} 0+132x*`,
			`ml_feature_violations_total{feature="amount",check="range"} 0+1x*`,
			`ml_baseline_feature_missing_ratio{feature="amount"} 0.02x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="missing",priority="P1"} 0.05x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="missing",priority="P2"} 0.01x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="range",priority="P2"} 0.01x*`,
		},
		fires: []firing{{"ModelFeatureViolations", "P1", version1,
			"Model fraud, version 1: features of which more values fail a check than usual, in the last hour: 1. Worst: amount (missing 22%, threshold 5% above the baseline)."}},
	},
	{
		name: "every value is a sentinel: a share of one has no noise",
		at:   "30m",
		series: []string{
			steady,
			`ml_feature_values_total{feature="amount"} 0+600x*`,
			`ml_feature_violations_total{feature="amount",check="sentinel"} 0+600x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="sentinel",priority="P1"} 0.2x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="sentinel",priority="P2"} 0.05x*`,
		},
		fires: []firing{{"ModelFeatureViolations", "P1", version1,
			"Model fraud, version 1: features of which more values fail a check than usual, in the last hour: 1. Worst: amount (sentinel 100%, threshold 20% above the baseline)."}},
	},
	{
		name: "a few values are out of range",
		at:   "30m",
		series: []string{
			steady,
			`ml_feature_values_total{feature="amount"} 0+600x*`,
			`ml_feature_violations_total{feature="amount",check="range"} 0+48x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="range",priority="P1"} 0.2x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="range",priority="P2"} 0.05x*`,
		},
		fires: []firing{{"ModelFeatureViolations", "P2", version1,
			"Model fraud, version 1: features of which more values fail a check than usual, in the last hour: 1. Worst: amount (range 8%, threshold 5% above the baseline)."}},
	},
	{
		name: "ModelFeatureViolations misses: as many missing as in the baseline",
		at:   "30m",
		series: []string{
			steady,
			`ml_feature_values_total{feature="amount"} 0+600x*`,
			`ml_feature_violations_total{feature="amount",check="missing"} 0+132x*`,
			`ml_baseline_feature_missing_ratio{feature="amount"} 0.215x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="missing",priority="P2"} 0.01x*`,
		},
	},
	{
		name: "ModelFeatureViolations misses: 7 of 120 values may be chance",
		at:   "30m",
		series: []string{
			steady,
			`ml_feature_values_total{feature="amount"} 0+2x*`,
			`ml_feature_violations_total{feature="amount",check="range"} 0x22 7x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="range",priority="P2"} 0.05x*`,
		},
	},
	{
		name: "a column is renamed: one alert, and its values are not missing once more",
		at:   "30m",
		series: []string{
			steady,
			`ml_feature_values_total{feature="amount"} 0+600x*`,
			`ml_feature_violations_total{feature="amount",check="missing"} 0+600x*`,
			`ml_schema_violations_total{feature="amount",change="removed"} 0+600x*`,
			`ml_schema_violations_total{feature="amount_eur",change="added"} 0+594x*`,
			`ml_feature_rename_info{feature="amount",renamed_to="amount_eur"} 1x*`,
			`ml_feature_violation_ratio_threshold{feature="amount",check="missing",priority="P1"} 0.05x*`,
		},
		fires: []firing{{"ModelSchemaChanged", "P1", version1 + `,kind="broken"`,
			"Model fraud, version 1: columns differ from the baseline: amount removed in 100% of events, probably renamed to amount_eur."}},
	},
	{
		name: "a column appears",
		at:   "30m",
		series: []string{
			steady,
			`ml_schema_violations_total{feature="device",change="added"} 0+300x*`,
		},
		fires: []firing{{"ModelSchemaChanged", "P2", version1 + `,kind="added"`,
			"Model fraud, version 1: columns differ from the baseline: device added in 50% of events."}},
	},
	{
		name: "ModelSchemaChanged misses: an optional column, as often away as in the baseline",
		at:   "30m",
		series: []string{
			steady,
			`ml_schema_violations_total{feature="coupon",change="removed"} 0+300x*`,
			`ml_baseline_feature_missing_ratio{feature="coupon"} 0.45x*`,
		},
	},
}
