package evaluate

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// slim keeps no score bins: panes are many.
var slim = &perf.Config{Task: catalog.Binary, Positive: 1, Slim: true}

// traffic is what a pane, or a window, holds of a model about which there is nothing to
// say: its groups are treated as differently as they may be and no more, its scores are
// off by as much as they may be, and its challenger is as good as itself.
type traffic struct {
	groups [2]perf.State
	scored perf.State
	pair   perf.Paired
}

func (s *traffic) draw(r *rand.Rand) {
	group := r.IntN(len(s.groups))
	share := 0.5 - 0.1*float64(group) // ten points, and four fifths
	said := perf.Prediction{}
	if r.Float64() < share {
		said.Class = 1
	}
	s.groups[group].Predict(slim, &said)
	if r.Float64() < 0.3 { // a positive label, and a recall that differs by ten points
		said.Class = 0
		if r.Float64() < share+0.4 {
			said.Class = 1
		}
		s.groups[group].Join(slim, &said, &perf.Label{Class: 1}, 1)
	}
	s.score(r, 0.05)

	p, label := 0.1+0.8*r.Float64(), perf.Label{}
	if r.Float64() < p {
		label.Class = 1
	}
	say := func() *perf.Prediction {
		q := &perf.Prediction{Scores: []float64{p + 0.1*(2*r.Float64()-1)}}
		if q.Scores[0] > 0.5 {
			q.Class = 1
		}
		return q
	}
	a, b := say(), say()
	s.pair.Both(slim, a, b)
	s.pair.Join(slim, a, b, &label, 1)
}

// score adds a score that is too large by so much, with its label.
func (s *traffic) score(r *rand.Rand, off float64) {
	p, label := 0.1+0.8*r.Float64(), perf.Label{}
	if r.Float64() < p-off {
		label.Class = 1
	}
	s.scored.Join(slim, &perf.Prediction{Scores: []float64{p}}, &label, 1)
}

func (s *traffic) add(o *traffic) {
	for i := range s.groups {
		s.groups[i].Add(&o.groups[i])
	}
	s.scored.Add(&o.scored)
	s.pair.Add(&o.pair)
}

// alerting returns what alerts of a window: by the alert, each of its comparisons.
func (s *traffic) alerting(ece perf.Value, alpha func(of int) float64) map[string][]bool {
	fair := map[string][]bool{}
	for _, f := range perf.Fairness(slim, []*perf.State{&s.groups[0], &s.groups[1]}, 20, alpha) {
		fair["fairness"] = append(fair["fairness"], f.Fairness == catalog.DisparateImpactRatio && f.Favourable < 0.8 ||
			f.Fairness != catalog.DisparateImpactRatio && f.Favourable > 0.1)
	}
	for _, v := range s.scored.MetricsAt(slim, alpha(1)) {
		if v.Metric == catalog.ECE {
			fair["calibration"] = []bool{perf.Excess(perf.At(ece, 1000, alpha(1)), v) > 0.05}
		}
	}
	for _, v := range s.pair.Differences(slim, alpha(1)) {
		fair["challenger"] = append(fair["challenger"], v.Lower > 0)
	}
	return fair
}

// TestQuietModelsKeepTheBudget counts how often, in months of sliding windows, an alert
// begins whose condition is at its limit and not beyond: the alerts about fairness,
// calibration and challengers have at most their part of the budget. At the level of
// the intervals that are shown challengers alone would alert some fifty times a month;
// the others' limits are so far from nothing that they hardly ever do.
func TestQuietModelsKeepTheBudget(t *testing.T) {
	const compares = 7 // three of fairness, one of calibration, three of a challenger
	for _, rate := range []int{100, 1000} {
		months := 4
		if rate > 100 {
			months = 1
		}
		windows := []time.Duration{time.Hour, 24 * time.Hour}
		sure, usual := map[string]int{}, map[string]int{}
		for _, w := range windows {
			quietMonths(months, rate, w, map[*map[string]int]func(int) float64{
				&sure:  func(of int) float64 { return LossAlpha(1, compares*of, len(windows), w) },
				&usual: func(of int) float64 { return 0.005 / float64(of) },
			})
		}
		t.Logf("%d labels an hour, %d months: %v; at the usual level %v", rate, months, sure, usual)
		for alert, allowed := range map[string]float64{"fairness": 3. / compares, "calibration": 1. / compares, "challenger": 3. / compares} {
			allowed *= float64(months)
			if n := sure[alert]; float64(n) > allowed+3*max(1, allowed) {
				t.Errorf("%d labels an hour: %d false alarms of %s in %d months, want about %.1f at most", rate, n, alert, months, allowed)
			}
		}
		if usual["challenger"] < 10*months {
			t.Errorf("%d false alarms of challengers at the usual level: the test would not find what is wrong", usual["challenger"])
		}
	}
}

// quietMonths counts for each level how often a comparison begins to alert.
func quietMonths(months, rate int, window time.Duration, levels map[*map[string]int]func(int) float64) {
	const panes = 15
	r := rand.New(rand.NewPCG(5, 5))
	step := window / panes
	type key struct {
		level *map[string]int
		alert string
		i     int
	}
	on := map[key]bool{}
	var ring []*traffic
	var ece perf.Value
	for at := time.Duration(0); at < time.Duration(months)*month; at += step {
		if at%month < step { // another baseline, of 1,000 labels
			ece = baselineECE(r)
		}
		pane := &traffic{}
		for range int(float64(rate)*step.Hours() + r.Float64()) {
			pane.draw(r)
		}
		if ring = append(ring, pane); len(ring) <= panes {
			continue
		}
		ring = ring[1:]
		var sum traffic
		for _, p := range ring {
			sum.add(p)
		}
		for level, alpha := range levels {
			for alert, each := range sum.alerting(ece, alpha) {
				for i, now := range each {
					k := key{level, alert, i}
					if now && !on[k] {
						(*level)[alert]++
					}
					on[k] = now
				}
			}
		}
	}
}

func baselineECE(r *rand.Rand) perf.Value {
	var base traffic
	for range 1000 {
		base.score(r, 0)
	}
	for _, v := range base.scored.Metrics(slim) {
		if v.Metric == catalog.ECE {
			return v
		}
	}
	panic("no ece")
}
