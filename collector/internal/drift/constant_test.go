package drift_test

import (
	"math"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// TestConstantBaseline: a column that never varied has no standard deviation and
// empty open bins. Leaving the constant must still show, in either direction.
func TestConstantBaseline(t *testing.T) {
	below := math.Nextafter(5, 0)
	s := drift.Shape{Kind: catalog.Numeric, Edges: []float64{below, 5}, Decision: []int{0, 1}}
	base := drift.Side{Counts: []uint64{0, 1000, 0}, Low: math.NaN(), High: math.NaN()}
	c := drift.New(s, base, nil)
	for name, counts := range map[string][]uint64{"below": {1000, 0, 0}, "above": {0, 0, 1000}} {
		live := drift.Side{Counts: counts, Low: 1, High: 9}
		for _, r := range c.Compare(nil, live, catalog.Statistics, 1e-5, time.Hour) {
			if r.Statistic == catalog.Wasserstein {
				continue // it is measured in standard deviations
			}
			if !(r.Distance > r.Critical) {
				t.Errorf("%s: %s is %v, noise %v", name, r.Statistic, r.Distance, r.Critical)
			}
		}
	}
	same := drift.Side{Counts: []uint64{0, 1000, 0}, Low: math.NaN(), High: math.NaN()}
	for _, r := range c.Compare(nil, same, catalog.Statistics, 1e-5, time.Hour) {
		if r.Distance > 0 {
			t.Errorf("unchanged: %s is %v", r.Statistic, r.Distance)
		}
	}
}
