package drift_test

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

const fineBins = 256

// normalShape is that of a standard normal column with 256 fine bins and 10
// decision bins.
func normalShape() drift.Shape {
	s := drift.Shape{Kind: catalog.Numeric, Scale: 1}
	for i := 1; i < fineBins; i++ {
		s.Edges = append(s.Edges, distuv.UnitNormal.Quantile(float64(i)/fineBins))
	}
	for d := 1; d < 10; d++ {
		s.Decision = append(s.Decision, int(math.Round(float64(d)*fineBins/10))-1)
	}
	return s
}

// normalTail is the mean of a standard normal deviate beyond the last edge.
var normalTail = fineBins * distuv.UnitNormal.Prob(distuv.UnitNormal.Quantile(1./fineBins))

// normalBase is a standard normal column of m values, cut at its own quantiles.
func normalBase(m uint64) drift.Side {
	side := drift.Side{Counts: make([]uint64, fineBins), Low: -normalTail, High: normalTail}
	for i := range uint64(fineBins) {
		side.Counts[i] = m*(i+1)/fineBins - m*i/fineBins
	}
	return side
}

// zipf returns shares that fall like 1/rank^s.
func zipf(categories int, s float64) []float64 {
	shares := make([]float64, categories)
	var sum float64
	for i := range shares {
		shares[i] = math.Pow(float64(i+1), -s)
		sum += shares[i]
	}
	for i := range shares {
		shares[i] /= sum
	}
	return shares
}

// zipfCounts has the expected counts of categories, then none other or unseen.
func zipfCounts(categories int, s, m float64) []uint64 {
	counts := make([]uint64, categories+2)
	for i, q := range zipf(categories, s) {
		counts[i] = uint64(math.Round(q * m))
	}
	return counts
}

// someEffects are those of a correlated column, for blocks of 1 and 24 hours.
func someEffects() []drift.Effect {
	var effects []drift.Effect
	for _, e := range []drift.Effect{
		{Seconds: 3600, Blocks: 240, Values: 4000, Directions: 2, Ordered: 1.5, Successive: 0.3},
		{Seconds: 86400, Blocks: 10, Values: 96000, Directions: 3, Ordered: 1.5},
	} {
		e.Correlation = map[catalog.Statistic]float64{}
		for _, s := range catalog.Statistics {
			e.Correlation[s] = 20 / e.Values
		}
		effects = append(effects, e)
	}
	return effects
}
