package page

import (
	"math"
	"strings"
	"testing"
)

func TestPerformanceVerdict(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name      string
		metric    Metric
		verdict   string
		judgement string
	}{
		{"within chance", Metric{"accuracy", .93, .92, .94, false, .932, -.008, .05}, "normal", "as before"},
		{"beyond chance", Metric{"accuracy", .91, .90, .92, false, .932, .0129, .05}, "worse", "at least 1.3\u00a0% worse"},
		{"beyond the threshold", Metric{"accuracy", .86, .85, .87, false, .932, .0665, .05}, "degraded", "at least 6.7\u00a0% worse"},
		{"exactly as before", Metric{"accuracy", .93, .92, .932, false, .932, 0, 0}, "normal", "as before"},
		{"better", Metric{"accuracy", .95, .94, .96, false, .932, -.03, .05}, "better", "better"},
		{"an error grows", Metric{"mae", 12, 11, 13, true, 10, .1, .05}, "degraded", "at least 10\u00a0% worse"},
		{"an error falls", Metric{"mae", 8, 7, 9, true, 10, -.3, .05}, "better", "better"},
		{"never alerts", Metric{"mae", 12, 11, 13, true, 10, .1, inf}, "worse", "at least 10\u00a0% worse"},
		{"no baseline", Metric{"mae", 12, 11, 13, true, nan, nan, .05}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if v, j := c.metric.verdict(), c.metric.judgement(); v != c.verdict || j != c.judgement {
				t.Errorf("%q, said as %q; want %q and %q", v, j, c.verdict, c.judgement)
			}
		})
	}
}

// TestBand: right is better, whatever the metric's direction, and everything is on
// the scale.
func TestBand(t *testing.T) {
	for _, m := range []Metric{
		{"accuracy", .90, .89, .91, false, .932, .02, .05},
		{"mae", 11, 10.5, 11.5, true, 10, .05, .2},
	} {
		b := m.band()
		if !(0 < b.Threshold && b.Threshold < b.From && b.From+b.Width < b.Baseline && b.Baseline < 100) {
			t.Errorf("%s is drawn as %+v, want the threshold, the band and the baseline from left to right", m.Name, b)
		}
	}
	if b := (Metric{Lower: 1, Upper: 1, Baseline: math.NaN()}).band(); b != (band{Width: 100}) {
		t.Errorf("a point is drawn as %+v, want the whole scale", b)
	}
}

func TestWarningsOfPerformance(t *testing.T) {
	accuracy, auc := Metric{"accuracy", .86, .85, .87, false, .932, .0665, .05}, Metric{"roc_auc", .7, .69, .71, false, .89, .2, .05}
	for _, c := range []struct {
		name  string
		p     *Performance
		level string
		want  string
	}{
		{"the worst speaks", &Performance{Window: "1h", Metrics: []Metric{accuracy, auc}}, problem, "Model fraud: roc_auc is at least 20\u00a0% worse than in the baseline (0.7 instead of 0.89, in 1h)."},
		{"expected only", &Performance{Window: "1h", Metrics: []Metric{accuracy}, Estimated: true}, caution, "Model fraud: accuracy is expected to be at least 6.7\u00a0% worse than in the baseline (0.86 instead of 0.932, in 1h)."},
		{"a little", &Performance{Metrics: []Metric{{"accuracy", .91, .90, .92, false, .932, .0129, .05}}}, "", ""},
		{"nothing known", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var level, text string
			for _, w := range warnings(&Overview{Sources: []Source{{Up: true, Events: 1}}, Models: []Model{{Name: "fraud", Baseline: "training", Performance: c.p}}}) {
				level, text = w.Level, w.Text
			}
			if level != c.level || text != c.want {
				t.Errorf("%s: %q, want %s: %q", level, text, c.level, c.want)
			}
		})
	}
}

func TestAStuckStoreIsTheFirstProblem(t *testing.T) {
	o := busy()
	o.StoreError = "no space left on device"
	if w := warnings(o)[0]; w.Level != problem || !strings.Contains(w.Text, "Nothing is counted until the state can be stored again: no space left on device") {
		t.Errorf("the first warning is %+v", w)
	}
}
