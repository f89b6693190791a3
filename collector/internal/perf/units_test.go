package perf_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// exactly is a baseline that is known without error.
func exactly(x float64) perf.Value { return perf.Value{Value: x, Lower: x, Upper: x} }

func TestDegradation(t *testing.T) {
	for _, tt := range []struct {
		name        string
		metric      catalog.Metric
		base        float64
		v           perf.Value
		loss, lower float64
		ok          bool
	}{
		{"higher is better", catalog.Accuracy, 0.8, perf.Value{Value: 0.6, Lower: 0.5, Upper: 0.7}, 0.25, 0.125, true},
		{"lower is better", catalog.MAE, 2, perf.Value{Value: 3, Lower: 2.5, Upper: 4}, 0.5, 0.25, true},
		{"better than before", catalog.Accuracy, 0.5, perf.Value{Value: 0.6, Lower: 0.55, Upper: 0.7}, -0.2, -0.4, true},
		{"negative base", catalog.R2, -0.5, perf.Value{Value: -1, Lower: -2, Upper: -0.75}, 1, 0.5, true},
		{"no direction", catalog.Bias, 2, perf.Value{Value: 3}, 0, 0, false},
		{"base near 0", catalog.FPR, 0.0005, perf.Value{Value: 0.5}, 0, 0, false},
		{"small errors are errors", catalog.MAE, 1e-6, perf.Value{Value: 2e-6, Lower: 1.5e-6}, 1, 0.5, true},
		{"base 0", catalog.RMSE, 0, perf.Value{Value: 1}, 0, 0, false},
		{"no base", catalog.Accuracy, math.NaN(), perf.Value{Value: 1}, 0, 0, false},
	} {
		loss, lower, ok := perf.Degradation(tt.metric, exactly(tt.base), tt.v)
		if ok != tt.ok || ok && (math.Abs(loss-tt.loss) > 1e-12 || math.Abs(lower-tt.lower) > 1e-12) {
			t.Errorf("%s: got %v %v %v, want %v %v %v", tt.name, loss, lower, ok, tt.loss, tt.lower, tt.ok)
		}
	}
}

// group has n predictions, positive of them positive, and of the positive labels
// found ones found and missed ones missed.
func group(n, positive, found, missed int) *perf.State {
	var s perf.State
	for i := range n {
		p := perf.Prediction{}
		if i < positive {
			p.Class = 1
		}
		s.Predict(binary, &p)
	}
	for i := range found + missed {
		p := perf.Prediction{}
		if i < found {
			p.Class = 1
		}
		s.Join(binary, &p, &perf.Label{Class: 1}, 1)
	}
	return &s
}

func TestFairness(t *testing.T) {
	groups := []*perf.State{nil, group(1000, 500, 90, 10), group(1000, 300, 60, 40), group(10, 0, 0, 1)}
	got := perf.Fairness(binary, groups, 50, always(0.005))
	want := []struct {
		f             catalog.Fairness
		v, favourable float64 // the latter as testdata/loss.scipy.py says
	}{
		{catalog.DemographicParityDifference, 0.2, 0.1434941696041825},
		{catalog.EqualOpportunityDifference, 0.3, 0.1396669482128579},
		{catalog.DisparateImpactRatio, 0.6, 0.6963491637921113},
	}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i, w := range want {
		if got[i].Fairness != w.f || math.Abs(got[i].Value-w.v) > 1e-12 || math.Abs(got[i].Favourable-w.favourable) > 1e-9 {
			t.Errorf("got %+v, want %+v", got[i], w)
		}
	}
	if got := perf.Fairness(binary, groups[2:], 50, always(0.005)); len(got) > 0 {
		t.Errorf("one group is large enough: got %v", got)
	}
	if got := perf.Fairness(&perf.Config{Task: catalog.Multiclass}, groups, 1, always(0.005)); got != nil {
		t.Errorf("multiclass: got %v", got)
	}
}

// always is a level whatever is compared.
func always(alpha float64) func(int) float64 { return func(int) float64 { return alpha } }

// TestFairnessKeepsItsLevel: four groups whose largest gap is what it is by chance at
// most; in a part alpha of samples, or less, it seems larger. Each of twelve ordered
// pairs has a twelfth of alpha.
func TestFairnessKeepsItsLevel(t *testing.T) {
	const runs, alpha = 4000, 0.02
	for _, shares := range [][]float64{{0.3, 0.3, 0.3, 0.3}, {0.2, 0.3, 0.3, 0.5}, {0.02, 0.02, 0.02, 0.02}, {0.4, 0.4, 0.4, 0.32}} {
		r := rand.New(rand.NewPCG(1, 9))
		larger, smaller, compared := 0, 0, 0
		lo, hi := slices.Min(shares), slices.Max(shares)
		for range runs {
			var groups []*perf.State
			for _, q := range shares {
				k := 0
				for range 200 {
					if r.Float64() < q {
						k++
					}
				}
				groups = append(groups, group(200, k, 0, 0))
			}
			vs := perf.Fairness(binary, groups, 1, func(n int) float64 {
				compared = n
				return alpha / float64(n)
			})
			for _, v := range vs {
				switch {
				case v.Fairness == catalog.DemographicParityDifference && v.Favourable > hi-lo:
					larger++
				case v.Fairness == catalog.DisparateImpactRatio && v.Favourable < lo/hi:
					smaller++
				}
			}
		}
		t.Logf("%v: %.4f and %.4f, of %v allowed", shares, float64(larger)/runs, float64(smaller)/runs, alpha)
		if most := runs*alpha + 3*math.Sqrt(runs*alpha); float64(max(larger, smaller)) > most {
			t.Errorf("%v: a gap seems larger than it is in %d, a ratio smaller in %d of %d samples, want %.0f at most", shares, larger, smaller, runs, most)
		}
		if compared != 12 {
			t.Errorf("%d comparisons of four groups, want 12", compared)
		}
	}
}

// TestDifferencesCover: b is a little better than a, and the interval of the
// difference holds the true one at its rate.
func TestDifferencesCover(t *testing.T) {
	const runs, n = 1000, 300
	least := 0.99 - 4*math.Sqrt(0.99*0.01/runs)
	for _, c := range []*perf.Config{binary, {Task: catalog.Regression}} {
		r := rand.New(rand.NewPCG(4, 4))
		draw := func(n int) []perf.Value {
			var p perf.Paired
			for range n {
				a, b, l := versions(r)
				p.Both(c, a, b)
				p.Join(c, a, b, l, 1)
			}
			return p.Differences(c, 0.005)
		}
		truth := byMetric(draw(200_000))
		held := map[catalog.Metric]int{}
		for range runs {
			for _, v := range draw(n) {
				if want := truth[v.Metric].Value; v.Lower <= want && want <= v.Upper {
					held[v.Metric]++
				}
			}
		}
		for m, v := range truth {
			rate := float64(held[m]) / runs
			t.Logf("%s %s: %.4f", m, show(v), rate)
			if rate < least || v.Value <= 0 {
				t.Errorf("%s: b is better by %v, held in %.4f, want %.4f", m, v.Value, rate, least)
			}
		}
	}
}

// versions draws two predictions of which the second is better.
func versions(r *rand.Rand) (a, b *perf.Prediction, l *perf.Label) {
	x := 1.5 * r.NormFloat64()
	l = &perf.Label{Value: x + 0.3*r.NormFloat64()}
	if r.Float64() < logistic(x) {
		l.Class = 1
	}
	say := func(noise float64) *perf.Prediction {
		x := x + noise*r.NormFloat64()
		p := &perf.Prediction{Scores: []float64{logistic(x)}, Value: x}
		if x > 0 {
			p.Class = 1
		}
		return p
	}
	return say(1), say(0.3), l
}

func TestPaired(t *testing.T) {
	var p, q perf.Paired
	a, b := &perf.Prediction{Class: 0, Scores: []float64{0.2}}, &perf.Prediction{Class: 1, Scores: []float64{0.9}}
	for i := range 10 {
		other := a
		if i < 4 {
			other = b
		}
		p.Both(binary, a, other)
		p.Join(binary, a, other, &perf.Label{Class: 1}, 1)
	}
	p.Join(binary, a, b, &perf.Label{Class: 0}, 1)
	p.Join(binary, a, b, &perf.Label{Class: 0}, -1)
	if v, ok := p.Agreement(); !ok || v.Value != 0.6 {
		t.Errorf("agreement: got %v", v)
	}
	got := byMetric(p.Differences(binary, 0.005))
	near(t, "accuracy", got[catalog.Accuracy].Value, 0.4, 1e-12)
	near(t, "brier", got[catalog.Brier].Value, 0.4*(0.64-0.01), 1e-12)
	near(t, "log_loss", got[catalog.LogLoss].Value, 0.4*math.Log(0.9/0.2), 1e-12)
	if _, err := q.Decode(p.AppendTo(nil)); err != nil || q != p {
		t.Errorf("decoded %+v, %v, want %+v", q, err, p)
	}
	q.Add(&p)
	if v, _ := q.Agreement(); v.Value != 0.6 {
		t.Errorf("twice the same agrees in %v", v)
	}
}

// TestAbsurdValuesAreSkipped: they are counted, and the rest is as if they had
// not come.
func TestAbsurdValuesAreSkipped(t *testing.T) {
	c := &perf.Config{Task: catalog.Regression}
	var s perf.State
	for _, v := range []float64{1, 2, 4} {
		s.Join(c, &perf.Prediction{Value: v + 1}, &perf.Label{Value: v}, 1)
	}
	for _, v := range []float64{1e308, -1e308, math.Inf(1), math.Inf(-1)} {
		s.Join(c, &perf.Prediction{Value: v}, &perf.Label{Value: 1}, 1)
		s.Join(c, &perf.Prediction{Value: 1}, &perf.Label{Value: v}, 1)
	}
	if s.Skipped() != 8 {
		t.Errorf("skipped %d, want 8", s.Skipped())
	}
	near(t, "mae", byMetric(s.Metrics(c))[catalog.MAE].Value, 1, 0)

	s.Reset()
	for _, q := range []float64{math.NaN(), -0.1, 1.1, math.Inf(1)} {
		s.Join(binary, &perf.Prediction{Class: 1, Scores: []float64{q}}, &perf.Label{Class: 1}, 1)
	}
	got := byMetric(s.Metrics(binary))
	if _, ok := got[catalog.LogLoss]; ok || s.Skipped() != 4 || got[catalog.Accuracy].Value != 1 {
		t.Errorf("skipped %d, got %v", s.Skipped(), got)
	}
}

// TestSlimIsSmall: a segment value's state has all but the areas in a few
// hundred bytes.
func TestSlimIsSmall(t *testing.T) {
	c := *binary
	c.Slim = true
	s := fill(rand.New(rand.NewPCG(1, 1)), &c, binaryWorld(0, 1.5, 0), 1000)
	got := byMetric(s.Metrics(&c))
	for _, m := range []catalog.Metric{catalog.Accuracy, catalog.LogLoss, catalog.Brier, catalog.ECE, catalog.F1} {
		if _, ok := got[m]; !ok {
			t.Errorf("%s is missing", m)
		}
	}
	if n := len(s.AppendTo(nil)); n > 400 {
		t.Errorf("got %d bytes, want a few hundred", n)
	}
}
