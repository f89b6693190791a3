package perf_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// world draws a prediction with its label.
type world func(r *rand.Rand, p *perf.Prediction, l *perf.Label)

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// binaryWorld scores with normal evidence: base is the logit of the base rate,
// signal its weight, error a miscalibration of the score.
func binaryWorld(base, signal, miscalibration float64) world {
	return func(r *rand.Rand, p *perf.Prediction, l *perf.Label) {
		x := base + signal*r.NormFloat64()
		*l = perf.Label{}
		if r.Float64() < logistic(x) {
			l.Class = 1
		}
		p.Scores = append(p.Scores[:0], logistic(x*(1+miscalibration)))
		p.Class = 0
		if x > base {
			p.Class = 1
		}
	}
}

// classWorld has four classes, the last three times as frequent as the first.
func classWorld(r *rand.Rand, p *perf.Prediction, l *perf.Label) {
	p.Scores = p.Scores[:0]
	sum := 0.0
	for c := range 4 {
		e := math.Exp(1.2*r.NormFloat64() + 0.3*float64(c))
		p.Scores = append(p.Scores, e)
		sum += e
	}
	u, best := r.Float64()*sum, 0 // best is compared among those already divided
	*l = perf.Label{Class: 3}
	for c := range p.Scores {
		if u -= p.Scores[c]; u < 0 {
			l.Class, u = c, math.Inf(1)
		}
		p.Scores[c] /= sum
		if p.Scores[c] > p.Scores[best] {
			best = c
		}
	}
	p.Class = best
}

func valueWorld(heavy bool) world {
	return func(r *rand.Rand, p *perf.Prediction, l *perf.Label) {
		l.Value = 20 + 5*r.NormFloat64()
		e := r.NormFloat64()
		if heavy {
			e *= math.Exp(0.5 * r.NormFloat64())
		}
		p.Value = l.Value + 0.5 + 2*e
	}
}

// TestIntervalsCover draws many samples of n labels and counts how often the
// 99 % interval holds the value of a sample of a million. It must be in 99 % less
// four standard errors of the simulation; and in 95 % for the few labels, named
// few, that the package's documentation warns of.
func TestIntervalsCover(t *testing.T) {
	const runs = 1000
	nominal := 0.99 - 4*math.Sqrt(0.99*0.01/runs)
	for _, w := range []struct {
		name  string
		c     perf.Config
		draw  world
		few   int // below it 95 %
		sizes []int
	}{
		{"balanced", perf.Config{Task: catalog.Binary, Positive: 1}, binaryWorld(0, 1.5, 0), 50, []int{30, 50, 100, 1000}},
		{"rare", perf.Config{Task: catalog.Binary, Positive: 1}, binaryWorld(-3, 1.5, 0), 0, []int{200, 1000}},
		{"miscalibrated", perf.Config{Task: catalog.Binary, Positive: 1}, binaryWorld(0, 3, 0.7), 0, []int{100, 1000}},
		{"classes", perf.Config{Task: catalog.Multiclass}, classWorld, 0, []int{120, 1000}},
		{"normal errors", perf.Config{Task: catalog.Regression}, valueWorld(false), 50, []int{10, 50, 100, 1000}},
		{"heavy errors", perf.Config{Task: catalog.Regression}, valueWorld(true), 2000, []int{100, 500, 2000}},
	} {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			truth := map[catalog.Metric]float64{}
			for _, v := range sample(r, &w.c, w.draw, 1_000_000) {
				truth[v.Metric] = v.Value
			}
			for _, n := range w.sizes {
				least := nominal
				if n < w.few {
					least = 0.95
				}
				held, seen := map[catalog.Metric]int{}, map[catalog.Metric]int{}
				for range runs {
					for _, v := range sample(r, &w.c, w.draw, n) {
						seen[v.Metric]++
						if v.Lower <= truth[v.Metric] && truth[v.Metric] <= v.Upper {
							held[v.Metric]++
						}
					}
				}
				for m := range truth {
					rate := float64(held[m]) / float64(seen[m])
					t.Logf("n=%d %s: %.4f of %d", n, m, rate, seen[m])
					if !(rate >= least) {
						t.Errorf("n=%d %s: interval holds the truth in %.4f of samples, want %.4f", n, m, rate, least)
					}
				}
			}
		})
	}
}

func sample(r *rand.Rand, c *perf.Config, draw world, n int) []perf.Value {
	var s perf.State
	var p perf.Prediction
	var l perf.Label
	for range n {
		draw(r, &p, &l)
		s.Join(c, &p, &l, 1)
	}
	return s.Metrics(c)
}

// TestRankingIntervalsCover: items of a request are liked or not together, so
// that clicks are no independent trials.
func TestRankingIntervalsCover(t *testing.T) {
	const runs = 1000
	least := 0.99 - 4*math.Sqrt(0.99*0.01/runs)
	r := rand.New(rand.NewPCG(6, 6))
	c := &perf.Config{Task: catalog.Ranking}
	draw := func(n int) []perf.Value {
		var s perf.State
		var relevance []float64
		for range n {
			liking := logistic(-2 + 1.2*r.NormFloat64())
			relevance = relevance[:0]
			for rank := range 5 + r.IntN(15) {
				v := 0.0
				if r.Float64() < liking/math.Sqrt(float64(rank+1)) {
					v = float64(1 + r.IntN(3))
				}
				relevance = append(relevance, v)
			}
			s.Rank(relevance, 1)
		}
		return s.Metrics(c)
	}
	truth := byMetric(draw(100_000))
	for _, n := range []int{50, 500} {
		held := map[catalog.Metric]int{}
		for range runs {
			for _, v := range draw(n) {
				if v.Lower <= truth[v.Metric].Value && truth[v.Metric].Value <= v.Upper {
					held[v.Metric]++
				}
			}
		}
		for m := range truth {
			rate := float64(held[m]) / runs
			t.Logf("n=%d %s: %.4f", n, m, rate)
			if rate < least {
				t.Errorf("n=%d %s: interval holds the truth in %.4f of samples, want %.4f", n, m, rate, least)
			}
		}
	}
}

// TestAreaIntervalCovers: normal scores have a known area.
func TestAreaIntervalCovers(t *testing.T) {
	const runs = 1000
	for _, w := range []struct {
		shift, spread        float64 // of positives; negatives are standard normal
		positives, negatives int
	}{
		{1, 1, 10, 200},
		{1, 1, 50, 50},
		{1, 3, 30, 300},
		{2, 0.4, 20, 200},
		{2.5, 1, 20, 20},
		{2.5, 1, 20, 400},
		{2.5, 1, 100, 2000},
	} {
		r := rand.New(rand.NewPCG(1, 1))
		truth := 0.5 * math.Erfc(-w.shift/math.Sqrt(2*(1+w.spread*w.spread)))
		held := 0
		for range runs {
			var s perf.State
			for i := range w.positives + w.negatives {
				x, l := r.NormFloat64(), perf.Label{}
				if i < w.positives {
					x, l.Class = w.shift+w.spread*x, 1
				}
				s.Join(binary, &perf.Prediction{Scores: []float64{logistic(x)}}, &l, 1)
			}
			if v := byMetric(s.Metrics(binary))[catalog.ROCAUC]; v.Lower <= truth && truth <= v.Upper {
				held++
			}
		}
		rate := float64(held) / runs
		t.Logf("%+v: area %.3f held in %.4f", w, truth, rate)
		if rate < 0.99-4*math.Sqrt(0.99*0.01/runs) {
			t.Errorf("%+v: interval holds %.4f in %.4f of samples", w, truth, rate)
		}
	}
}
