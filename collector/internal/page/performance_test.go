package page

import (
	"math"
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
		{"within chance", metric("accuracy", .93, .92, .94, false, .932, -.008, .05), "normal", "as before"},
		{"beyond chance", metric("accuracy", .91, .90, .92, false, .932, .0129, .05), "worse", "at least 1.3\u00a0% worse"},
		{"beyond the threshold", metric("accuracy", .86, .85, .87, false, .932, .0665, .05), "degraded", "at least 6.7\u00a0% worse"},
		{"exactly as before", metric("accuracy", .93, .92, .932, false, .932, 0, 0), "normal", "as before"},
		{"better", metric("accuracy", .95, .94, .96, false, .932, -.03, .05), "better", "better"},
		{"an error grows", metric("mae", 12, 11, 13, true, 10, .1, .05), "degraded", "at least 10\u00a0% worse"},
		{"an error falls", metric("mae", 8, 7, 9, true, 10, -.3, .05), "better", "better"},
		{"never alerts", metric("mae", 12, 11, 13, true, 10, .1, inf), "worse", "at least 10\u00a0% worse"},
		{"no baseline", metric("mae", 12, 11, 13, true, nan, nan, .05), "", ""},
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

func metric(name string, value, lower, upper float64, lowerIsBetter bool, base, worse, threshold float64) Metric {
	return Metric{Name: name, Value: value, Lower: lower, Upper: upper, LowerIsBetter: lowerIsBetter, Baseline: base, Worse: worse, Threshold: threshold}
}
