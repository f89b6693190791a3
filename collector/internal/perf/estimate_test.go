package perf_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// shifted draws from a binary model: one input x, P(y=1|x) = logistic(slope·x),
// an overconfident score, and inputs around mean.
func shifted(slope, mean, spread float64) world {
	return func(r *rand.Rand, p *perf.Prediction, l *perf.Label) {
		x := mean + spread*r.NormFloat64()
		*l = perf.Label{}
		if r.Float64() < logistic(slope*x) {
			l.Class = 1
		}
		p.Scores = append(p.Scores[:0], logistic(2.5*x))
		p.Class = 0
		if x > 0 {
			p.Class = 1
		}
	}
}

func fill(r *rand.Rand, c *perf.Config, draw world, n int) *perf.State {
	var s perf.State
	var p perf.Prediction
	var l perf.Label
	for range n {
		draw(r, &p, &l)
		s.Predict(c, &p)
		s.Join(c, &p, &l, 1)
	}
	return &s
}

// TestEstimateFollowsCovariateShift: inputs move, what they mean does not. Each run
// has its own reference of 5,000 labels; the realised metric lies inside the
// 99 % interval of the estimate in 99 % less four standard errors of
// the simulation.
func TestEstimateFollowsCovariateShift(t *testing.T) {
	const runs = 200
	least := 0.99 - 4*math.Sqrt(0.99*0.01/runs)
	for _, w := range []struct {
		name               string
		c                  perf.Config
		reference, shifted world
	}{
		{"harder", perf.Config{Task: catalog.Binary, Positive: 1}, shifted(1.5, 0, 1), shifted(1.5, 0, 0.5)},
		{"more positives", perf.Config{Task: catalog.Binary, Positive: 1}, shifted(1.5, 0, 1), shifted(1.5, 0.7, 0.8)},
		{"no shift", perf.Config{Task: catalog.Binary, Positive: 1}, shifted(1.5, 0, 1), shifted(1.5, 0, 1)},
		{"classes", perf.Config{Task: catalog.Multiclass}, classWorld, surer(classWorld, 0.6)},
	} {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			inside, seen := map[catalog.Metric]int{}, map[catalog.Metric]int{}
			for range runs {
				calibrator := perf.Fit(&w.c, fill(r, &w.c, w.reference, 5000))
				live := fill(r, &w.c, w.shifted, 1000)
				realised := byMetric(live.Metrics(&w.c))
				for _, v := range calibrator.Estimate(&w.c, live) {
					seen[v.Metric]++
					if got := realised[v.Metric].Value; v.Lower <= got && got <= v.Upper {
						inside[v.Metric]++
					}
				}
			}
			for m := range seen {
				rate := float64(inside[m]) / runs
				t.Logf("%s: inside in %.4f of runs", m, rate)
				if rate < least {
					t.Errorf("%s: inside in %.4f of runs, want %.4f", m, rate, least)
				}
			}
		})
	}
}

// surer keeps the draws whose best score is above least: other inputs, the same
// meaning.
func surer(draw world, least float64) world {
	return func(r *rand.Rand, p *perf.Prediction, l *perf.Label) {
		for draw(r, p, l); p.Scores[p.Class] < least; draw(r, p, l) {
		}
	}
}

// TestEstimateIsBlindToConceptDrift: the inputs stay, their meaning weakens. The
// estimate stays where it was, and the realised accuracy falls out of it.
func TestEstimateIsBlindToConceptDrift(t *testing.T) {
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	r := rand.New(rand.NewPCG(5, 6))
	reference := fill(r, c, shifted(1.5, 0, 1), 5000)
	live := fill(r, c, shifted(0.3, 0, 1), 5000)
	before := byMetric(reference.Metrics(c))[catalog.Accuracy].Value
	realised := byMetric(live.Metrics(c))[catalog.Accuracy].Value
	estimated := byMetric(perf.Fit(c, reference).Estimate(c, live))[catalog.Accuracy]
	if before < estimated.Lower || before > estimated.Upper || realised > estimated.Lower-0.1 {
		t.Errorf("estimated %s, before %.4f, realised %.4f: want the estimate to hold the old accuracy and miss the new one", show(estimated), before, realised)
	}
}

// TestFitOnItselfIsExact: estimates of the very predictions that a calibrator was
// fitted to return their accuracy, since pooling keeps sums.
func TestFitOnItselfIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	c := &perf.Config{Task: catalog.Multiclass}
	s := fill(r, c, classWorld, 3000)
	k := perf.Fit(c, s)
	realised := byMetric(s.Metrics(c))
	for _, v := range k.Estimate(c, s) {
		near(t, string(v.Metric), v.Value, realised[v.Metric].Value, 1e-12)
	}
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var back perf.Calibrator
	if err := json.Unmarshal(b, &back); err != nil || !cmp.Equal(&back, k) {
		t.Errorf("JSON gives another calibrator back: %v", err)
	}
}

// TestEditedCalibratorEstimatesNothing: a baseline file may have been edited.
func TestEditedCalibratorEstimatesNothing(t *testing.T) {
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	s := fill(rand.New(rand.NewPCG(1, 1)), c, shifted(1, 0, 1), 500)
	for name, text := range map[string]string{
		"empty":              `{"curves":[{"class":1}]}`,
		"lengths":            `{"curves":[{"class":1,"edges":[0],"probabilities":[0.1,0.2],"labels":[5]}]}`,
		"descending":         `{"curves":[{"class":1,"edges":[0,0.5],"probabilities":[0.3,0.2],"labels":[5,5]}]}`,
		"beyond 1":           `{"curves":[{"class":1,"edges":[0],"probabilities":[1.5],"labels":[5]}]}`,
		"nothing behind":     `{"curves":[{"class":1,"edges":[0],"probabilities":[0.5],"labels":[0]}]}`,
		"only other classes": `{"curves":[{"class":0,"edges":[0],"probabilities":[0.5],"labels":[9]}]}`,
	} {
		var k perf.Calibrator
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			t.Fatal(err)
		}
		if vs := k.Estimate(c, s); len(vs) > 0 {
			t.Errorf("%s: got %v", name, vs)
		}
	}
}
