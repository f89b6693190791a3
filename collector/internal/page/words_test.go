package page

import (
	"math"
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	now := noon
	for _, c := range []struct{ got, want string }{
		{number(0), "0"}, {number(999), "999"}, {number(1000), "1,000"}, {number(1234567), "1,234,567"},
		{number(math.MaxUint64), "18,446,744,073,709,551,615"},
		{rounded(0), "0"}, {rounded(0.25), "0.25"}, {rounded(0.0421), "0.0421"}, {rounded(0.00099), "< 0.001"},
		{rounded(12.345), "12.3"}, {rounded(math.NaN()), "–"}, {rounded(math.Inf(1)), "∞"},
		{measured(0.5), "0.500"}, {measured(0.9996), "1.00"}, {measured(43.21), "43.2"}, {measured(999.6), "1,000"}, {measured(-43127.4), "−43,127"},
		{measured(-0.5), "−0.500"}, {measured(0), "0.000"}, {measured(math.NaN()), "–"}, {measured(math.Inf(-1)), "∞"}, {measured(1e300), "1e+300"},
		{percent(0), "0.0\u00a0%"}, {percent(0.0001), "<\u00a00.1\u00a0%"}, {percent(0.0345), "3.5\u00a0%"}, {percent(0.43), "43\u00a0%"},
		{percent(0.999), ">\u00a099\u00a0%"}, {percent(1), "100\u00a0%"}, {percent(math.NaN()), "–"},
		{duration(0), "0 s"}, {duration(59 * time.Second), "59 s"}, {duration(192 * time.Second), "3 min 12 s"},
		{duration(2 * time.Hour), "2 h"}, {duration(49*time.Hour + 59*time.Second), "2 d 1 h"}, {duration(-time.Hour), "0 s"},
		{age(now, time.Time{}), "never"}, {age(now, now), "just now"}, {age(now, now.Add(-90*time.Second)), "1 min 30 s ago"},
		{age(now, now.Add(2*time.Minute)), "in 2 min"},
		{checkText("missing"), "are missing"}, {checkText("new_one"), `fail the check "new_one"`},
		{about(89 * time.Second), "1\u00a0min"}, {about(58*time.Minute + 29*time.Second), "58\u00a0min"}, {about(26*time.Hour + 31*time.Minute), "1\u00a0d\u00a03\u00a0h"}, {about(0), "0\u00a0s"},
		{short(250 * time.Millisecond), "250\u00a0ms"}, {short(1500 * time.Millisecond), "1.5\u00a0s"},
		{clockTime(now, now.Add(-time.Hour)), "11:00 UTC"}, {clockTime(now, now.Add(-25*time.Hour)), "20 Nov 11:00 UTC"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name                    string
		value, threshold, limit float64
		want                    string
	}{
		{"small", 0.01, 0.25, 0.02, "normal"},
		{"at the limit", 0.02, 0.25, 0.02, "normal"},
		{"more than chance", 0.1, 0.25, 0.02, "shifted"},
		{"at the threshold", 0.25, 0.25, 0.02, "drifted"},
		{"large, but so is chance", 0.4, 0.25, 0.5, "normal"},
		{"no threshold", 0.9, 0, 0.02, "shifted"},
		{"chance unknown", 0.3, 0.25, math.NaN(), "drifted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Drift{Value: c.value, Threshold: c.threshold, Limit: c.limit}
			if got := d.verdict(); got != c.want {
				t.Errorf("verdict of %+v: %s, want %s", d, got, c.want)
			}
			for _, at := range []float64{d.marks().Value, d.marks().Threshold, d.marks().Limit} {
				if !(at >= 0 && at <= 100) {
					t.Errorf("%+v is not on the scale", d.marks())
				}
			}
		})
	}
}
