package mixin

import (
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/rules"
)

// TestMarkExpr: marks stand within braces or for them, before offsets, and behind
// our own series only.
func TestMarkExpr(t *testing.T) {
	for text, want := range map[string]string{
		`up`: `up<<exporter>>`,
		`rate(ml_predictions_total{model="}, {"}[5m] offset 1d)`: `rate(ml_predictions_total{model="}, {"<<,exporter>>}[5m] offset 1d)`,
		`ml_model_info @ end() offset 5m`:                        `ml_model_info<<exporter>> @ end() offset 5m`,
		`model:ml_labels:increase1h / ALERTS{a="b"}`:             `model:ml_labels:increase1h<<recorded>> / ALERTS{a="b"<<,recorded>>}`,
		`max_over_time(process_cpu_seconds_total[1h:5m])`:        `max_over_time(process_cpu_seconds_total<<exporter>>[1h:5m])`,
		`{__name__=~"ml_.+"}`:                                    `{__name__=~"ml_.+"<<,exporter>>}`,
		`node_load1 + up_and_down`:                               `node_load1 + up_and_down`,
	} {
		if got, err := markExpr(text, "", nil); err != nil || got != want {
			t.Errorf("%s became %s (%v), not %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		`up{a="<<exporter>>"}`:   "a mark already",
		`sum by (model) (ml_x[)`: "parse error",
	} {
		if _, err := markExpr(text, "", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestMarkQueries(t *testing.T) {
	const text = `{{ with (query (printf "max(ml_x{model=%q,kind=\"a\"}) * up" $labels.model)) }}{{ printf "%.3g" $value }}{{ end }}`
	const want = `{{ with (query (printf "max(ml_x{kind=\"a\",model=%q<<,exporter>>}) * up<<exporter>>" $labels.model)) }}{{ printf "%.3g" $value }}{{ end }}`
	sorted := strings.Replace(text, `model=%q,kind=\"a\"`, `kind=\"a\",model=%q`, 1) // as Prometheus prints it
	if got, err := markQueries(sorted); err != nil || got != want {
		t.Errorf("got %s, %v", got, err)
	}
	for _, bad := range []string{`(query (printf "up % 2"))`, `(query (printf "up{a=\"\"}"))`, `(query (printf "up{"))`} {
		if _, err := markQueries(bad); err == nil {
			t.Errorf("%s was marked", bad)
		}
	}
}

// TestLimitsAreFound: a rule that loses the number of a limit is noticed.
func TestLimitsAreFound(t *testing.T) {
	groups, err := rules.Groups(rules.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range []string{"", "ModelStale", "ModelKPIDropped"} {
		found := limitCounts{}
		for _, g := range groups {
			for _, r := range g.Rules {
				if r.Alert == "" || r.Alert == lost {
					continue
				}
				if _, err := markExpr(r.Expr, r.Alert, found); err != nil {
					t.Fatal(err)
				}
				found.inWords(&r)
			}
		}
		if err := found.check(); (err == nil) != (lost == "") {
			t.Errorf("without %q: %v", lost, err)
		}
		if groups, err = rules.Groups(rules.Defaults()); err != nil { // inWords changed annotations
			t.Fatal(err)
		}
	}
}
