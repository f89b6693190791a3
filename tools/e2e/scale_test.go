package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

// factor shortens time: an hour becomes a minute, a week not quite three hours.
const factor = 60

// shortest is what no positive duration falls below: two scrapes are needed to
// see anything.
const shortest = time.Second

// places are where the rules and the configuration of Alertmanager have durations.
// The queries in annotations are written like those in expressions.
var (
	places = regexp.MustCompile(`(?m)^ *(for|keep_firing_for|interval|group_wait|group_interval|repeat_interval): \S+$` +
		`|\boffset [0-9]\w*|\[[0-9]\w*(:[0-9]\w*)?\]`)
	duration = regexp.MustCompile(`\b([0-9]+(ms|[smhdwy]))+\b`)
)

// scaled divides every duration in a rule file or a configuration of Alertmanager
// by factor. Plain numbers are not durations: a threshold of 300 (seconds) stays.
func scaled(text string) string {
	return places.ReplaceAllStringFunc(text, func(place string) string {
		return duration.ReplaceAllStringFunc(place, func(s string) string {
			d, err := model.ParseDuration(s)
			if err != nil {
				return s // such as a character class: promtool and Alertmanager check the result
			}
			return shortened(time.Duration(d))
		})
	})
}

func shortened(d time.Duration) string {
	if d > 0 {
		d = max(d/factor, shortest)
	}
	if d%time.Second != 0 {
		return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}

func TestScaled(t *testing.T) {
	for _, tt := range []struct{ from, want string }{
		{"rate(x[5m])", "rate(x[5s])"},
		{"sum_over_time(a:b:increase1h[1d:1h])", "sum_over_time(a:b:increase1h[1440s:60s])"},
		{"x offset 6d23h30m > 300", "x offset 10050s > 300"},
		{"    interval: 3m\n    rules:", "    interval: 3s\n    rules:"},
		{"        for: 2m\n        keep_firing_for: 1h\n", "        for: 2s\n        keep_firing_for: 60s\n"},
		{"  group_wait: 10s\n  group_interval: 1m30s\n  repeat_interval: 0s", "  group_wait: 1s\n  group_interval: 1500ms\n  repeat_interval: 0s"},
		{`query (printf "x{model=%q}[15m] offset 1w" $m)`, `query (printf "x{model=%q}[15s] offset 10080s" $m)`},
		{`priority=~"P[012]", waits for 5m`, `priority=~"P[012]", waits for 5m`},
	} {
		if got := scaled(tt.from); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.from, got, tt.want)
		}
	}
}
