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
			truth := known(profiled(r, c, tt.base, 400_000))
			always := func(float64) map[catalog.Metric]perf.Value { return truth }
			windows := []time.Duration{time.Hour, 24 * time.Hour}
			sure, usual := 0, 0
			for _, w := range windows {
				alpha := LossAlpha(1, compares, len(windows), w)
				sure += alarms(r, c, tt.base, always, w, months, rate, alpha)
				usual += alarms(r, c, tt.base, always, w, months/4, rate, 0.005) * 4 // one month is enough
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

// TestLossKeepsTheBudgetOfSmallBaselines: each month has a baseline of 1,000 labels, as
// many as a window of ten hours, and the model loses nothing. If the baseline's value
// is taken for the truth, its bad luck is a loss for as long as it is in use, and
// alerts over and over again.
func TestLossKeepsTheBudgetOfSmallBaselines(t *testing.T) {
	const months, rate, compares, labels = 6, 100, 6, 1000
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	windows := []time.Duration{time.Hour, 24 * time.Hour}
	sure, blind := 0, 0
	for _, w := range windows {
		alpha := LossAlpha(1, compares, len(windows), w)
		sure += alarms(rand.New(rand.NewPCG(5, 6)), c, 0, monthly(c, labels, func(base map[catalog.Metric]perf.Value) map[catalog.Metric]perf.Value {
			wide := map[catalog.Metric]perf.Value{}
			for m, v := range base {
				wide[m] = perf.At(v, labels, alpha)
			}
			return wide
		}), w, months, rate, alpha)
		blind += alarms(rand.New(rand.NewPCG(5, 6)), c, 0, monthly(c, labels, known), w, months, rate, alpha)
	}
	allowed := float64(months) * 3 / compares
	t.Logf("%d in %d months (%.0f allowed), %d if the baseline were known", sure, months, allowed, blind)
	if float64(sure) > allowed+3*math.Sqrt(allowed) {
		t.Errorf("%d false alarms in %d months, want about %.0f at most", sure, months, allowed)
	}
	if float64(blind) < 5*allowed {
		t.Errorf("%d false alarms with a baseline that is known: the test would not find what is wrong", blind)
	}
}

// monthly returns a baseline of so many labels for each month.
func monthly(c *perf.Config, labels int, as func(map[catalog.Metric]perf.Value) map[catalog.Metric]perf.Value) func(month float64) map[catalog.Metric]perf.Value {
	r := rand.New(rand.NewPCG(6, 5))
	var bases []map[catalog.Metric]perf.Value
	return func(month float64) map[catalog.Metric]perf.Value {
		for len(bases) <= int(month) {
			bases = append(bases, as(profiled(r, c, 0, labels)))
		}
		return bases[int(month)]
	}
}

// profiled returns what a baseline file says of so many labels.
func profiled(r *rand.Rand, c *perf.Config, base float64, labels int) map[catalog.Metric]perf.Value {
	var s perf.State
	for range labels {
		p, l := labelled(r, base)
		s.Join(c, &p, &l, 1)
	}
	vs := map[catalog.Metric]perf.Value{}
	for _, v := range s.Metrics(c) {
		vs[v.Metric] = v
	}
	return vs
}

// known returns the values without their errors.
func known(vs map[catalog.Metric]perf.Value) map[catalog.Metric]perf.Value {
	exact := map[catalog.Metric]perf.Value{}
	for m, v := range vs {
		exact[m] = perf.Value{Metric: m, Value: v.Value, Lower: v.Value, Upper: v.Value}
	}
	return exact
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

// alarms counts how often, in months of looks every few minutes, a metric begins to be
// surely worse than the month's baseline.
func alarms(r *rand.Rand, c *perf.Config, base float64, baseline func(month float64) map[catalog.Metric]perf.Value, window time.Duration, months, rate int, alpha float64) (n int) {
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
		against := baseline(float64(at) / float64(month))
		for _, v := range s.MetricsAt(c, alpha) {
			switch v.Metric {
			case catalog.Accuracy, catalog.F1, catalog.ROCAUC:
			default:
				continue
			}
			if _, lower, ok := perf.Degradation(v.Metric, against[v.Metric], v); ok && lower > 0 {
				if was, ok := last[v.Metric]; !ok || at-was > max(again, step) {
					n++
				}
				last[v.Metric] = at
			}
		}
	}
	return n
}
