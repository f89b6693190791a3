package drift_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// longEnv asks for more windows, sizes and shapes than a normal test run has
// time for. The measured rates are then logged.
const longEnv = "DRIFT_LONG"

var long = os.Getenv(longEnv) != ""

// alphas are the probabilities that rates are counted for.
var alphas = []float64{0.05, 0.01}

// sizes are the numbers of values in a window.
func sizes() []uint64 {
	if testing.Short() {
		return []uint64{200}
	}
	return []uint64{200, 2_000, 20_000, 200_000}
}

// alarms counts exceedances by statistic and alpha.
type alarms struct {
	windows int
	count   map[catalog.Statistic][]int
}

// add compares one window.
func (a *alarms) add(c *drift.Comparison, live drift.Side, results []drift.Result) []drift.Result {
	if a.count == nil {
		a.count = map[catalog.Statistic][]int{}
	}
	a.windows++
	for k, alpha := range alphas {
		results = c.Compare(results[:0], live, catalog.Statistics, alpha, time.Hour)
		for _, r := range results {
			if a.count[r.Statistic] == nil {
				a.count[r.Statistic] = make([]int, len(alphas))
			}
			if r.Distance > r.Critical {
				a.count[r.Statistic][k]++
			}
		}
	}
	return results
}

// check compares rates with alpha·[low, high], widened by four binomial standard
// errors, times errors where windows that share a baseline exceed together.
func (a *alarms) check(t *testing.T, low, high, errors float64) {
	t.Helper()
	for _, s := range catalog.Statistics {
		count, ok := a.count[s]
		if !ok {
			continue
		}
		line := string(s) + ":"
		for k, alpha := range alphas {
			rate := float64(count[k]) / float64(a.windows)
			noise := 4 * errors * math.Sqrt(alpha*(1-alpha)/float64(a.windows))
			line += fmt.Sprintf(" %.4f at %v", rate, alpha)
			if rate < alpha*low-noise || rate > alpha*high+noise {
				t.Errorf("%s: got rate %.4f, want %v × [%v, %v] ± %.4f", s, rate, alpha, low, high, noise)
			}
		}
		t.Log(line)
	}
}

// multinomial distributes n over bins with these shares.
func multinomial(dst []uint64, n uint64, shares []float64, random *rand.Rand) {
	mass := 1.0
	for i, q := range shares {
		switch {
		case n == 0 || q <= 0:
			dst[i] = 0
			continue
		case i == len(shares)-1 || q >= mass:
			dst[i] = n
		default:
			dst[i] = uint64(distuv.Binomial{N: float64(n), P: q / mass, Src: random}.Rand())
		}
		n -= dst[i]
		mass -= q
	}
}

// spacings draws the true shares of bins that were cut at quantiles of a
// continuous sample: gaps between order statistics follow the Dirichlet law.
func spacings(dst []float64, counts []uint64, random *rand.Rand) {
	var sum float64
	for i, c := range counts {
		dst[i] = distuv.Gamma{Alpha: float64(c), Beta: 1, Src: random}.Rand()
		sum += dst[i]
	}
	for i := range dst {
		dst[i] /= sum
	}
}

// tailMean is the mean of count normal deviates beyond the last fine cut point.
func tailMean(count uint64, random *rand.Rand) float64 {
	var sum float64
	from := 1 - 1./fineBins
	for range min(count, 50) {
		sum += distuv.UnitNormal.Quantile(from + (1-from)*random.Float64())
	}
	if count <= 50 {
		return sum / float64(count)
	}
	// Their standard deviation is 0.32; the mean of many is normal.
	return normalTail + 0.32*random.NormFloat64()/math.Sqrt(float64(count))
}

func TestFalseAlarmsNumeric(t *testing.T) {
	windows := 2000
	if long {
		windows = 40000
	}
	for _, m := range []uint64{2_000, 1_000_000} {
		for _, n := range sizes() {
			t.Run(fmt.Sprintf("n=%d/m=%d", n, m), func(t *testing.T) {
				random := rand.New(rand.NewPCG(n, m))
				base := normalBase(m)
				c := drift.New(normalShape(), base, nil)
				shares := make([]float64, fineBins)
				live := drift.Side{Counts: make([]uint64, fineBins)}
				var a alarms
				var results []drift.Result
				for range windows {
					spacings(shares, base.Counts, random)
					multinomial(live.Counts, n, shares, random)
					live.Low = -tailMean(live.Counts[0], random)
					live.High = tailMean(live.Counts[fineBins-1], random)
					results = a.add(c, live, results)
				}
				// KS is a step function of few steps where n is small: at
				// n = 200 it exceeds less often than it may.
				a.check(t, 0.8, 1.15, 1)
			})
		}
	}
}

func TestFalseAlarmsCategories(t *testing.T) {
	type column struct {
		categories int
		s          float64
	}
	columns := []column{{10, 1}, {50, 1}}
	bases := []uint64{2_000, 1_000_000}
	windows := 2000
	if long {
		columns = append(columns, column{10, 1.5}, column{25, 1.2}, column{50, 1.5})
		bases = []uint64{2_000, 20_000, 1_000_000}
		windows = 20000
	}
	for _, col := range columns {
		for _, m := range bases {
			for _, n := range sizes() {
				t.Run(fmt.Sprintf("categories=%d/zipf=%v/n=%d/m=%d", col.categories, col.s, n, m), func(t *testing.T) {
					each := 20 // windows per baseline
					if n >= m {
						each = 10 // they exceed together
					}
					a := categoryAlarms(zipf(col.categories, col.s), n, m, windows/each, each)
					errors := math.Sqrt(1 + float64(each-1)*float64(n)/float64(n+m))
					low, high := 0.7, 1.3
					if m == 2_000 && col.categories == 50 {
						low, high = 0.3, 1.7 // many categories have about ten events in the baseline
					}
					a.check(t, low, high, errors)
				})
			}
		}
	}
}

// categoryAlarms compares windows with baselines that are samples of the same
// categories. What a baseline did not see is unseen.
func categoryAlarms(shares []float64, n, m uint64, baselines, each int) alarms {
	random := rand.New(rand.NewPCG(n, m))
	k := len(shares)
	base := drift.Side{Counts: make([]uint64, k+2)}
	live := drift.Side{Counts: make([]uint64, k+2)}
	var a alarms
	var results []drift.Result
	for range baselines {
		multinomial(base.Counts[:k], m, shares, random)
		c := drift.New(drift.Shape{Kind: catalog.Categorical}, base, nil)
		for range each {
			multinomial(live.Counts[:k], n, shares, random)
			live.Counts[k+1] = 0
			for i := range k {
				if base.Counts[i] == 0 {
					live.Counts[k+1] += live.Counts[i]
					live.Counts[i] = 0
				}
			}
			results = a.add(c, live, results)
		}
	}
	return a
}
