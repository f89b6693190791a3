package dashboards

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestValues holds what longer expressions compute against values worked out by
// hand, with promtool.
func TestValues(t *testing.T) {
	for _, c := range []struct {
		name, expr, interval, at string
		series, want             []string // as promtool writes them
	}{
		{
			// A day at twice the speed with 100 predictions an hour, then a day without
			// an error and 300: 200 of 400 parts are used up. b made no promise.
			name: "budget left", expr: budgetLeft, interval: "15m", at: "47h45m",
			series: []string{
				`model_objective:ml_budget_burn:rate1h{model="a",objective="latency"}`, `2x95 0x95`,
				`model:ml_predictions:increase1h{model="a"}`, `100x95 300x95`,
				`model:ml_predictions:increase1h{model="b"}`, `100x191`,
			},
			want: []string{`{model="a",objective="latency"}`, `0.5`},
		},
		{
			// 3,600 an hour less 600 last week, 1,800 less 600 now.
			name: "change of a figure", expr: change(figure("model, kpi", ""), figure("model, kpi", lastWeek)), interval: "1m", at: "10200m",
			series: []string{
				`ml_kpi_total{model="a",model_version="1",kpi="revenue"}`, `0+60x10080 604830+30x119`,
				`ml_kpi_negative_total{model="a",model_version="1",kpi="revenue"}`, `0+10x10200`,
			},
			want: []string{`{model="a",kpi="revenue"}`, `-0.6`},
		},
		{
			// Two versions earn 120 an hour in 6,000 predictions; nothing was lost.
			name: "figure per prediction", expr: perPrediction("model", "model", ""), interval: "1m", at: "120m",
			series: []string{
				`ml_kpi_total{model="a",model_version="1",kpi="revenue"}`, `0+1x120`,
				`ml_kpi_total{model="a",model_version="2",kpi="revenue"}`, `0+1x120`,
				`ml_predictions_total{model="a",model_version="1"}`, `0+90x120`,
				`ml_predictions_total{model="a",model_version="2"}`, `0+10x120`,
			},
			want: []string{`{model="a",kpi="revenue"}`, `0.02`},
		},
		{
			// The newest row of any version is half an hour old, and an hour is allowed.
			name: "age of a table", expr: ofAllowed, interval: "1m", at: "60m",
			series: []string{
				`ml_last_event_timestamp_seconds{model="a",model_version="1"}`, `0x60`,
				`ml_last_event_timestamp_seconds{model="a",model_version="2"}`, `1800x60`,
				`ml_table_ttl_seconds{model="a",model_version="1"}`, `3600x60`,
			},
			want: []string{`{model="a"}`, `0.5`},
		},
		{
			// One record of a hundred, for two reasons; all of the other source, which has
			// no event.
			name: "rejected records", expr: rejectedShare, interval: "1m", at: "60m",
			series: []string{
				`model_exporter_rejected_total{job="j",instance="i",source="a",reason="malformed"}`, `0+1x60`,
				`model_exporter_rejected_total{job="j",instance="i",source="a",reason="too_long"}`, `0+1x60`,
				`model_exporter_events_total{job="j",instance="i",source="a",type="label"}`, `0+198x60`,
				`model_exporter_rejected_total{job="j",instance="i",source="b",reason="malformed"}`, `0+1x60`,
				`model_exporter_events_total{job="j",instance="i",source="b",type="label"}`, `0x60`,
			},
			want: []string{`{instance="i",source="a"}`, `0.01`, `{instance="i",source="b"}`, `1`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			expr := strings.NewReplacer("@@", "", "$__range", "1h").Replace(c.expr)
			var series, want strings.Builder
			for i := 0; i < len(c.series); i += 2 {
				fmt.Fprintf(&series, "      - { series: '%s', values: '%s' }\n", c.series[i], c.series[i+1])
			}
			for i := 0; i < len(c.want); i += 2 {
				fmt.Fprintf(&want, "          - { labels: '%s', value: %s }\n", c.want[i], c.want[i+1])
			}
			path := filepath.Join(t.TempDir(), "values.test.yml")
			text := fmt.Sprintf("fuzzy_compare: true\ntests:\n  - interval: %s\n    input_series:\n%s    promql_expr_test:\n      - expr: %q\n        eval_time: %s\n        exp_samples:\n%s",
				c.interval, series.String(), expr, c.at, want.String())
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(promtool(t), "test", "rules", path).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// promtool is the program that make tools builds, or that PROMTOOL names.
func promtool(t *testing.T) string {
	path, required := os.LookupEnv("PROMTOOL")
	if !required {
		path = "../.run/bin/promtool"
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	switch {
	case err != nil && required:
		t.Fatal(err)
	case err != nil:
		t.Skipf("%v; make tools builds it, or set PROMTOOL", err)
	}
	return path
}
