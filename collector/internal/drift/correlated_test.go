package drift_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// stream yields the next value of a column.
type stream func(random *rand.Rand) func() float64

// independent values, transformed from normal ones.
func independent(f func(z float64) float64) stream {
	return func(random *rand.Rand) func() float64 {
		return func() float64 { return f(random.NormFloat64()) }
	}
}

// autoregressive values: x ← φ·x + noise.
func autoregressive(phi float64) stream {
	return func(random *rand.Rand) func() float64 {
		x := random.NormFloat64()
		return func() float64 {
			x = phi*x + math.Sqrt(1-phi*phi)*random.NormFloat64()
			return x
		}
	}
}

// daily values have a mean that swings once per period.
func daily(period int, amplitude float64) stream {
	return func(random *rand.Rand) func() float64 {
		t := 0
		return func() float64 {
			t++
			return amplitude*math.Sin(2*math.Pi*float64(t)/float64(period)) + random.NormFloat64()
		}
	}
}

// switching values have one of two means, for a time of exponential length.
func switching(duration, distance float64) stream {
	return func(random *rand.Rand) func() float64 {
		mean := distance / 2
		if random.Uint32()&1 == 0 {
			mean = -mean
		}
		return func() float64 {
			if random.Float64() < 1/duration {
				mean = -mean
			}
			return mean + random.NormFloat64()
		}
	}
}

// Raw values, binned as the product bins them, with the design effect that the
// baseline's own blocks give. high is what the rate may be, in units of alpha:
// 1, or what the package documentation admits. sharp is how large the critical
// value at 0.01 may be beside the distance that is really exceeded that often.
func TestFalseAlarmsOfStreams(t *testing.T) {
	const n = 1000 // values per block and window
	for _, c := range []struct {
		name   string
		stream stream
		blocks int
		high   float64
		sharp  float64
	}{
		{"independent", independent(func(z float64) float64 { return z }), 50, 1.1, 1.15},
		{"independent, few blocks", independent(func(z float64) float64 { return z }), 10, 1.1, 1.2},
		{"lognormal", independent(math.Exp), 50, 1.1, 1.2},
		{"counts", independent(func(z float64) float64 { return math.Floor(math.Exp(z)) }), 50, 1.1, 1.2},
		{"autoregressive 0.9", autoregressive(0.9), 100, 1.1, 1.15},
		{"autoregressive 0.9, few blocks", autoregressive(0.9), 20, 1.3, 1.35},
		{"autoregressive 0.99", autoregressive(0.99), 100, 1.3, 1.3},
		{"daily rhythm", daily(24*n, 0.3), 120, 1, 2},
		{"switching often", switching(n/5, 1), 100, 1.3, 1.3},
		{"switching seldom", switching(5*n, 1), 100, 1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.blocks > 50 {
				t.Skip("long streams")
			}
			baselines, windows := 20, 100
			if long {
				baselines = 200
			}
			a, ratios := streamAlarms(c.stream, n, c.blocks, baselines, windows)
			// Windows that share an estimated design effect exceed together.
			a.check(t, 0, c.high, 1.5)
			for s, ratio := range ratios {
				t.Logf("%s: critical value %.2f times the quantile", s, ratio)
				if ratio > c.sharp*c.sharp || s != catalog.PSI && s != catalog.KL && ratio > c.sharp {
					t.Errorf("%s: got a critical value %.2f times the quantile, want at most %v", s, ratio, c.sharp)
				}
			}
		})
	}
}

// streamAlarms returns, beside the alarms, the median critical value at the last
// alpha over the distance that was exceeded with that frequency.
func streamAlarms(s stream, n, blocks, baselines, windows int) (alarms, map[catalog.Statistic]float64) {
	random := rand.New(rand.NewPCG(uint64(n), uint64(blocks)))
	distances, criticals := map[catalog.Statistic][]float64{}, map[catalog.Statistic][]float64{}
	var a alarms
	var results []drift.Result
	values := make([]float64, blocks*n)
	for range baselines {
		next := s(random)
		for i := range values {
			values[i] = next()
		}
		shape := quantileShape(values)
		sides := make([]drift.Side, blocks)
		for i := range sides {
			sides[i] = count(shape, values[i*n:(i+1)*n])
		}
		effect := drift.EstimateEffect(shape, sides, 3600)
		c := drift.New(shape, count(shape, values), []drift.Effect{effect})
		for range windows {
			window := values[:n]
			for i := range window {
				window[i] = next()
			}
			results = a.add(c, count(shape, window), results)
			for _, r := range results {
				distances[r.Statistic] = append(distances[r.Statistic], r.Distance)
				criticals[r.Statistic] = append(criticals[r.Statistic], r.Critical)
			}
		}
	}
	ratios := map[catalog.Statistic]float64{}
	for s, d := range distances {
		slices.Sort(d)
		slices.Sort(criticals[s])
		exceeded := d[int(float64(len(d))*(1-alphas[len(alphas)-1]))]
		ratios[s] = criticals[s][len(d)/2] / exceeded
	}
	return a, ratios
}

// quantileShape cuts at the sample's quantiles: 256 fine bins where values
// differ enough, and deciles among them.
func quantileShape(values []float64) drift.Shape {
	sorted := slices.Sorted(slices.Values(values))
	s := drift.Shape{Kind: catalog.Numeric}
	decile := 1
	for i := 1; i < fineBins; i++ {
		edge := sorted[len(sorted)*i/fineBins]
		if k := len(s.Edges); k == 0 || edge > s.Edges[k-1] {
			s.Edges = append(s.Edges, edge)
			if i*10 >= decile*fineBins {
				s.Decision = append(s.Decision, k)
				decile = i*10/fineBins + 1
			}
		}
	}
	var sum, squares float64
	for _, v := range values {
		sum += v
		squares += v * v
	}
	m := float64(len(values))
	s.Scale = math.Sqrt(squares/m - sum/m*sum/m)
	return s
}

// count puts values into the fine bins.
func count(s drift.Shape, values []float64) drift.Side {
	side := drift.Side{Counts: make([]uint64, len(s.Edges)+1)}
	var low, high float64
	for _, v := range values {
		i, _ := slices.BinarySearch(s.Edges, v)
		side.Counts[i]++
		switch i {
		case 0:
			low += v
		case len(s.Edges):
			high += v
		}
	}
	side.Low = low / float64(side.Counts[0])
	side.High = high / float64(side.Counts[len(s.Edges)])
	return side
}
