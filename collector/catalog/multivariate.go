package catalog

import (
	"fmt"
	"io"
)

// PCAReconstruction is how far rows are from what the principal components of the
// baseline's features can say of them.
const PCAReconstruction Statistic = "pca_reconstruction"

// MultivariateStatistics lists the statistics of ml_multivariate_drift.
var MultivariateStatistics = []Statistic{PCAReconstruction}

// Drift of numeric features taken together.
var (
	MultivariateDrift = Family{Name: "ml_multivariate_drift", Type: Gauge, Labels: labels("statistic", "baseline", "window"),
		Help: "How differently from the baseline the numeric features of a row go together over the window, higher is more drift. " +
			"pca_reconstruction: |mean error - baseline's mean error| / baseline's standard deviation of a row's error, where the error is the distance " +
			"of a row's standardised features from their projection on the baseline's principal components, of a sample of rows."}
	MultivariateDriftCritical = Family{Name: "ml_multivariate_drift_critical", Type: Gauge, Labels: labels("statistic", "baseline", "window"),
		Help: "The value that sampling noise alone exceeds with the configured false-alarm probability; ml_multivariate_drift below it means nothing."}
	MultivariateDriftThreshold = Family{Name: "ml_multivariate_drift_threshold", Type: Gauge, Labels: labels("statistic", "priority"),
		Help: "The value from which significant multivariate drift alerts with the priority."}
)

// multivariateDocs has an entry for each of MultivariateStatistics.
var multivariateDocs = map[Statistic]statisticDoc{
	PCAReconstruction: {Formula: "abs(ē − μ) / σ, e = ‖z − VᵀVz‖", Range: "≥ 0",
		Reads: "0.2 is a small change, 0.5 one that is easy to see, 1 as much as rows differ among themselves."},
}

func writeMultivariate(w io.Writer) {
	fmt.Fprint(w, "\n## Multivariate drift\n\n"+
		"It sees what features by themselves do not: each keeps its distribution, but they no longer go together as they did. "+
		"z are a row's numeric features, standardised by the baseline's mean and standard deviation within five of them, 0 where missing; "+
		"V the baseline's principal components that explain 65 % of their variance; e a row's error, ē its mean over the window, "+
		"μ and σ mean and standard deviation over rows of the baseline. "+
		"Categories take no part, nor do rows that a database counted (`mode: aggregate`); of more than 256 numeric features the first ones by name do. "+
		"A baseline of fewer than 200 rows, or that an earlier version wrote, knows nothing of it.\n\n")
	var rows [][]string
	for _, s := range MultivariateStatistics {
		d := multivariateDocs[s]
		rows = append(rows, []string{code(string(s)), d.Formula, d.Range, d.Reads})
	}
	table(w, []string{"statistic", "definition", "range", "reading"}, rows)
}
