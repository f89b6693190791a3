package evaluate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// TestLossKeepsTheBudget lets models that lose nothing have labels for months, looks
// at windows that slide, and counts how often a metric is surely worse than it is in
// truth: at most as often as its part of the budget says, of one false alarm a month.
// An alarm that comes back within 15 minutes is one. The usual interval of 99 % is
// left about a hundred times as often. In 24 months there were 9 and 3, where 12 are allowed.
func TestLossKeepsTheBudget(t *testing.T) {
	const months, rate, compares = 4, 100, 6 // labels an hour; three metrics and as many columns
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	for _, tt := range []struct {
		name string
		base float64 // logit of the positives' share
	}{{"even", 0}, {"rare", -2}} {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 5))
			truth := map[catalog.Metric]float64{}
			var many perf.State
			for range 400_000 {
				p, l := labelled(r, tt.base)
				many.Join(c, &p, &l, 1)
			}
			for _, v := range many.Metrics(c) {
				truth[v.Metric] = v.Value
			}
			windows := []time.Duration{time.Hour, 24 * time.Hour}
			sure, usual := 0, 0
			for _, w := range windows {
				alpha := LossAlpha(1, compares, len(windows), w)
				sure += alarms(r, c, tt.base, truth, w, months, rate, alpha)
				usual += alarms(r, c, tt.base, truth, w, months/4, rate, 0.005) * 4 // one month is enough
			}
			allowed := float64(months) * 3 / compares
			t.Logf("%d in %d months (%.0f allowed), %d at the usual level", sure, months, allowed, usual)
			if float64(sure) > allowed+3*math.Sqrt(allowed) {
				t.Errorf("%d false alarms in %d months, want about %.0f at most", sure, months, allowed)
			}
			if float64(usual) < 5*allowed {
				t.Errorf("%d false alarms at the usual level: the test would not find what is wrong", usual)
			}
		})
	}
}

// TestLossAlpha: the clumps of all comparisons over a month are the budget, and what
// scipy 1.10 finds for z (optimize.brentq) is found.
func TestLossAlpha(t *testing.T) {
	for _, tt := range []struct {
		budget            float64
		compares, windows int
		window            time.Duration
		alpha             float64
	}{
		{1, 10, 2, time.Hour, 3.268963188383422e-06},
		{1, 10, 2, 24 * time.Hour, 0.00011532230352116174},
		{0.001, 1000, 2, time.Hour, 1.5403323948438035e-11},
		{1000, 1, 1, 24 * time.Hour, 0.05},
		{1, 1, 1, 2000 * time.Hour, 0.05},
	} {
		if got := LossAlpha(tt.budget, tt.compares, tt.windows, tt.window); math.Abs(got-tt.alpha) > 1e-9*tt.alpha {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
}

// labelled draws a prediction with its label; scores are calibrated.
func labelled(r *rand.Rand, base float64) (perf.Prediction, perf.Label) {
	x := base + 1.5*r.NormFloat64()
	score := 1 / (1 + math.Exp(-x))
	p, l := perf.Prediction{Scores: []float64{score}}, perf.Label{}
	if x > base/2 {
		p.Class = 1
	}
	if r.Float64() < score {
		l.Class = 1
	}
	return p, l
}

// alarms counts how often, in months of looks every few minutes, a metric's better
// end begins to be worse than the truth.
func alarms(r *rand.Rand, c *perf.Config, base float64, truth map[catalog.Metric]float64, window time.Duration, months, rate int, alpha float64) (n int) {
	type event struct {
		p perf.Prediction
		l perf.Label
	}
	const again = 15 * time.Minute
	step := window / 15
	var s perf.State
	var held []event
	perStep := float64(rate) * step.Hours()
	var ends []int // events behind each step in the window
	last := map[catalog.Metric]time.Duration{}
	for at := time.Duration(0); at < time.Duration(months)*month; at += step {
		k := int(perStep + r.Float64())
		ends = append(ends, k)
		for range k {
			p, l := labelled(r, base)
			s.Join(c, &p, &l, 1)
			held = append(held, event{p, l})
		}
		if len(ends) <= 15 {
			continue
		}
		for _, e := range held[:ends[0]] {
			s.Join(c, &e.p, &e.l, -1)
		}
		held, ends = held[ends[0]:], ends[1:]
		for _, v := range s.MetricsAt(c, alpha) {
			switch v.Metric {
			case catalog.Accuracy, catalog.F1, catalog.ROCAUC:
			default:
				continue
			}
			if _, lower, ok := perf.Degradation(v.Metric, truth[v.Metric], v); ok && lower > 0 {
				if was, ok := last[v.Metric]; !ok || at-was > max(again, step) {
					n++
				}
				last[v.Metric] = at
			}
		}
	}
	return n
}
