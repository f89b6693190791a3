package config

import "github.com/model-exporter/model_exporter/collector/catalog"

// multivariateDrift is a change that is small, but as large as a common scale of
// effects (Cohen, 1988) calls worth a look.
var multivariateDrift = distances{catalog.PCAReconstruction: {catalog.P2: 0.2}}

// MultivariateThresholds returns the thresholds in force for features taken together.
func (m *Model) MultivariateThresholds() map[catalog.Statistic]map[catalog.Priority]float64 {
	return inForce(m.Tier, multivariateDrift, m.Thresholds.Multivariate)
}

func multivariateField(t *Thresholds) field {
	distance := func(p *float64) value { return ratio(p, 0, unbounded) }
	table := thresholdTable(&t.Multivariate, "statistic", catalog.MultivariateStatistics, distance)
	return field{"multivariate_drift", withDefault(table, builtin(catalog.PCAReconstruction, multivariateDrift, multivariateDrift)),
		"Drift of numeric features taken together, where it is above its noise limit.", "{ pca_reconstruction: { P2: 0.3 } }"}
}
