package rules

import "time"

const driftedTogether = "model_version_statistic:ml_multivariate_drift:exceeded"

// multivariateDrift is silent where a feature by itself says what is wrong: rows with
// such a value are unlike the baseline's, too, and one change is one alert.
var multivariateDrift = alert{
	name: "ModelMultivariateDrift", component: data, dashboard: modelDashboard,
	summary: "Inputs of a model look as usual one by one, but no longer go together as they did.",
	cases:   multivariateCases(),
}

func multivariateCases() []alertCase {
	cases := aboveThresholds("statistic", driftedTogether, 15*time.Minute, time.Hour,
		thisVersion+`no feature by itself has drifted or fails its checks, but their values no longer go together as in the baseline, more than chance explains: `+
			worst(driftedTogether+`{`+versionMatchers+`,priority="PRIORITY"}`,
				`{{ $f.Labels.statistic }} {{ $f.Value | printf "%.3g" }} (threshold `+
					value(`max(ml_multivariate_drift_threshold{`+versionMatchers+`,statistic="$f.statistic",priority="PRIORITY"})`, short)+`)`)+`.`)
	for i := range cases {
		cases[i].expr += ` unless on (model, model_version) (` + driftedFeatures + ` or ` + failingValues + `)`
	}
	return cases
}

// togetherExceeded are the multivariate distances that are both significant and above
// their threshold: see driftExceeded.
func togetherExceeded() []record {
	return exceeded(driftedTogether, func(priority string) string {
		return `
			max by (model, model_version, statistic) (ml_multivariate_drift > ml_multivariate_drift_critical)
			> on (model, model_version, statistic)
			max by (model, model_version, statistic) (ml_multivariate_drift_threshold{priority="` + priority + `"})`
	})
}
