package rules

import (
	"fmt"
	"math"
	"testing"
)

// TestDistancesOfADayAndAgainstLastWeek: the mix of two bins changes after a week
// and stays so for a day.
func TestDistancesOfADayAndAgainstLastWeek(t *testing.T) {
	promtool := findPromtool(t)
	now, before, base := []float64{0.3, 0.7}, []float64{0.6, 0.4}, []float64{0.5, 0.5}
	c := scenario{
		name: "a day after the change", at: "194h",
		series: []string{
			`ml_feature_bin_total{feature="amount",bin="a"} 0+60x10080 604830+30x*`,
			`ml_feature_bin_total{feature="amount",bin="b"} 0+40x10080 403270+70x*`,
			`ml_baseline_bin_ratio{feature="amount",bin="a"} 0.5x*`,
			`ml_baseline_bin_ratio{feature="amount",bin="b"} 0.5x*`,
			`ml_baseline_bin_rank{feature="amount",bin="a"} 2x*`,
			`ml_baseline_bin_rank{feature="amount",bin="b"} 1x*`,
		},
	}
	for _, r := range []struct {
		name  string
		value float64
	}{
		{"psi:baseline1h", textbookPSI(now, base)},
		{"psi:baseline1d", textbookPSI(now, base)},
		{"psi:week1h", textbookPSI(now, before)},
		{"psi:week1d", textbookPSI(now, before)},
		{"ks:baseline1h", 0.2},
		{"ks:baseline1d", 0.2},
		{"js:baseline1d", textbookJS(now, base)},
		{"js:week1h", textbookJS(now, before)},
		{"js:week1d", textbookJS(now, before)},
	} {
		c.values = append(c.values, recorded{
			expr:   fmt.Sprintf(`count(abs(model_version_feature:ml_feature_%s - %.17g) < 1e-9)`, r.name, r.value),
			labels: "{}", value: 1,
		})
	}
	s := suite{"week", "1h", []string{"records.bins", "records.days", "records.shares", "records.gaps", "records.distances", "records.ks"}, []scenario{c}}
	s.run(t, promtool)
}

// textbookPSI is Σ (p−q) ln(p/q), of shares.
func textbookPSI(p, q []float64) float64 {
	sum := 0.0
	for i := range p {
		sum += (p[i] - q[i]) * math.Log(p[i]/q[i])
	}
	return sum
}

// textbookJS is the square root of the Jensen–Shannon divergence, base 2.
func textbookJS(p, q []float64) float64 {
	sum := 0.0
	for i := range p {
		r := (p[i] + q[i]) / 2
		sum += p[i]*math.Log2(p[i]/r)/2 + q[i]*math.Log2(q[i]/r)/2
	}
	return math.Sqrt(sum)
}
