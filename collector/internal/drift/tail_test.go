package drift

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

type quantileOracle struct {
	Alphas []float64
	Chi2   []struct {
		D         float64
		Quantiles []float64
	}
	F []struct {
		D1, D2    float64
		Quantiles []float64
	}
	Kolmogorov []float64
	Normal     []float64 `json:"normal_two_sided"`
}

func readQuantiles(t *testing.T) (o quantileOracle) {
	t.Helper()
	text, err := os.ReadFile("testdata/critical.scipy.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func within(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %v, want %v within %v", name, got, want, tolerance)
	}
}

func TestQuantilesAgreeWithScipy(t *testing.T) {
	o := readQuantiles(t)
	for i, alpha := range o.Alphas {
		for _, c := range o.Chi2 {
			within(t, "chi2", chi2Quantile(c.D, alpha), c.Quantiles[i], 1e-9)
			within(t, "type III of chi2", typeIII(c.D, 2*c.D, 8*c.D).quantile(alpha), c.Quantiles[i], 1e-9)
		}
		for _, c := range o.F {
			within(t, "f", fQuantile(c.D1, c.D2, alpha), c.Quantiles[i], 1e-8)
		}
	}
}

// With two categories the largest deviation is |z|·√(q(1−q)), z normal: there
// the simulated law must give the quantiles of a normal deviate, far into the
// tail. With very many fine bins KS is Kolmogorov's; with 1,024 a little less.
func TestLimitsMeetKnownLaws(t *testing.T) {
	o := readQuantiles(t)
	var two, fine limits
	two.simulateDecision([]float64{0.7, 0.3})
	base := Side{Counts: make([]uint64, 1024)}
	shape := Shape{Scale: 1, Edges: make([]float64, 1023)}
	for i := range base.Counts {
		base.Counts[i] = 1000
	}
	fine.simulateFine(&shape, base)
	for i, alpha := range o.Alphas {
		within(t, "linf", math.Sqrt(two.linf.quantile(alpha)/0.21), o.Normal[i], 0.02)
		within(t, "tvd", math.Sqrt(two.tvd.quantile(alpha)/0.21), o.Normal[i], 0.02)
		within(t, "ks", math.Sqrt(fine.ks.quantile(alpha)), o.Kolmogorov[i], 0.03)
	}
}

// The law of a sum over bins is χ² with B−1 degrees of freedom when all counts
// are large, for every statistic of that kind.
func TestSumLawTendsToChi2(t *testing.T) {
	counts := make([]float64, 10)
	for i := range counts {
		counts[i] = 1e8 * float64(i+1)
	}
	names, terms := sumTerms(catalog.Statistics)
	for i, law := range sumLaws(terms, counts, 0, 0, 1e8)[:len(names)] {
		for _, alpha := range []float64{0.1, 0.01, 1e-4, 1e-6} {
			within(t, string(names[i]), law.quantile(alpha), chi2Quantile(9, alpha), 1e-3)
		}
	}
}

// Where there is no closed form, many draws made elsewhere say how far into the
// tail the law fitted to few draws is right.
func TestSimulatedLimits(t *testing.T) {
	var o map[string]struct{ Alphas, Quantiles []float64 }
	text, err := os.ReadFile("testdata/limits.scipy.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	var l limits
	deciles := make([]float64, 10)
	for i := range deciles {
		deciles[i] = 0.1
	}
	l.simulateDecision(deciles)
	uniform := Shape{Scale: math.Sqrt(1. / 12)}
	base := Side{Counts: make([]uint64, 256), Low: 0.5 / 256, High: 1 - 0.5/256}
	for i := range base.Counts {
		base.Counts[i] = 1000
		if i > 0 {
			uniform.Edges = append(uniform.Edges, float64(i)/256)
		}
	}
	l.simulateFine(&uniform, base)
	for name, law := range map[string]tail{"tvd": l.tvd, "wasserstein": l.wasserstein} {
		for i, alpha := range o[name].Alphas {
			within(t, name, math.Sqrt(law.quantile(alpha)), o[name].Quantiles[i], 0.05)
		}
	}
}
