package drift_test

import (
	"fmt"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// A column with two values has a live sample of one number, so its rate of false
// alarms can be added up exactly. It goes in steps: where few of the rare value
// are expected it may be far below alpha, and above by half a step at most.
func TestFalseAlarmsOfRareValues(t *testing.T) {
	const m = 1_000_000
	for _, share := range []float64{0.5, 0.1, 0.03, 0.01, 0.001} {
		for _, n := range []float64{200, 2000} {
			t.Run(fmt.Sprintf("share=%v/n=%v", share, n), func(t *testing.T) {
				rare := uint64(share * m)
				c := drift.New(drift.Shape{Kind: catalog.Boolean}, drift.Side{Counts: []uint64{m - rare, rare, 0, 0}}, nil)
				for alpha, most := range map[float64]float64{0.05: 1.25, 0.01: 1.25, 0.001: 1.25, 1e-5: 2} {
					rates := map[catalog.Statistic]float64{}
					var results []drift.Result
					for k := 0.0; k <= n; k++ {
						p := distuv.Binomial{N: n, P: share}.Prob(k)
						if p < alpha*1e-6 {
							continue
						}
						live := drift.Side{Counts: []uint64{uint64(n - k), uint64(k), 0, 0}}
						results = c.Compare(results[:0], live, catalog.Statistics, alpha, time.Hour)
						for _, r := range results {
							if r.Distance > r.Critical {
								rates[r.Statistic] += p
							}
						}
					}
					for s, rate := range rates {
						if rate > most*alpha {
							t.Errorf("%s: got rate %.3g, want at most %v × %v", s, rate, most, alpha)
						}
					}
					if len(rates) == 0 && share == 0.5 {
						t.Errorf("nothing ever exceeds at %v", alpha)
					}
				}
			})
		}
	}
}
