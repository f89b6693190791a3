package rules

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// The test file of promtool, as far as it is used here.
type (
	promtoolFile struct {
		RuleFiles          []string       `yaml:"rule_files"`
		EvaluationInterval string         `yaml:"evaluation_interval"`
		GroupEvalOrder     []string       `yaml:"group_eval_order"`
		Fuzzy              bool           `yaml:"fuzzy_compare"`
		Tests              []promtoolTest `yaml:"tests"`
	}
	promtoolTest struct {
		Name     string          `yaml:"name"`
		Interval string          `yaml:"interval"`
		Series   []promtoolInput `yaml:"input_series"`
		Alerts   []promtoolAlert `yaml:"alert_rule_test"`
		Exprs    []promtoolExpr  `yaml:"promql_expr_test,omitempty"`
	}
	promtoolInput struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	}
	promtoolAlert struct {
		At    string           `yaml:"eval_time"`
		Alert string           `yaml:"alertname"`
		Fires []promtoolFiring `yaml:"exp_alerts"`
	}
	promtoolFiring struct {
		Labels      map[string]string `yaml:"exp_labels"`
		Annotations map[string]string `yaml:"exp_annotations"`
	}
	promtoolExpr struct {
		Expr    string           `yaml:"expr"`
		At      string           `yaml:"eval_time"`
		Samples []promtoolSample `yaml:"exp_samples"`
	}
	promtoolSample struct {
		Labels string  `yaml:"labels"`
		Value  float64 `yaml:"value"`
	}
)

func writeTo(t *testing.T, path string, document any) {
	t.Helper()
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(writeYAML(f, document), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// bundle returns the groups of a suite. Their own intervals are left out: promtool
// has one for all.
func (s *suite) bundle(t *testing.T) []Group {
	all, err := Groups(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var groups []Group
	for _, g := range all {
		if len(s.groups) == 0 || slices.Contains(s.groups, strings.TrimPrefix(g.Name, "model_exporter.")) {
			g.Interval = 0
			groups = append(groups, g)
		}
	}
	return groups
}

func (s *suite) promtool(t *testing.T, groups []Group) promtoolFile {
	f := promtoolFile{RuleFiles: []string{"rules.yml"}, EvaluationInterval: s.every, Fuzzy: true}
	for _, g := range groups {
		f.GroupEvalOrder = append(f.GroupEvalOrder, g.Name)
	}
	for i := range s.scenarios {
		f.Tests = append(f.Tests, s.scenarios[i].promtool(t, groups))
	}
	return f
}

func (s *scenario) promtool(t *testing.T, groups []Group) promtoolTest {
	at, err := model.ParseDuration(s.at)
	if err != nil {
		t.Fatal(err)
	}
	minutes := int(time.Duration(at)/time.Minute) + 1
	test := promtoolTest{Name: s.name, Interval: "1m"}
	tier := s.tier
	if tier == "" {
		tier = "critical"
	}
	for _, line := range slices.Concat(healthy, s.series) {
		test.Series = append(test.Series, input(t, strings.ReplaceAll(line, "TIER", tier), minutes))
	}
	test.Series = lastOfEach(test.Series)
	for _, name := range alertsOf(groups) {
		a := promtoolAlert{At: s.at, Alert: name}
		for _, f := range s.fires {
			if f.alert == name {
				a.Fires = append(a.Fires, f.expected(t, groups))
			}
		}
		test.Alerts = append(test.Alerts, a)
	}
	for _, r := range s.values {
		i := slices.IndexFunc(test.Exprs, func(e promtoolExpr) bool { return e.Expr == r.expr })
		if i < 0 {
			i = len(test.Exprs)
			test.Exprs = append(test.Exprs, promtoolExpr{Expr: r.expr, At: s.at})
		}
		if r.labels != "" {
			test.Exprs[i].Samples = append(test.Exprs[i].Samples, promtoolSample{r.labels, r.value})
		}
	}
	return test
}

func alertsOf(groups []Group) []string {
	names := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				names[r.Alert] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// lastOfEach lets a scenario replace a series of healthy.
func lastOfEach(all []promtoolInput) []promtoolInput {
	var kept []promtoolInput
	for i, s := range all {
		if !slices.ContainsFunc(all[i+1:], func(later promtoolInput) bool { return later.Series == s.Series }) {
			kept = append(kept, s)
		}
	}
	return slices.DeleteFunc(kept, func(s promtoolInput) bool { return s.Values == "" })
}

// input reads `name{labels} values`. The labels of exporter and model are added
// where they are missing; x* goes on to the end.
func input(t *testing.T, line string, minutes int) promtoolInput {
	selector, values, _ := strings.Cut(line, "} ")
	matchers, err := promql.ParseMetricSelector(selector + "}")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{"job": "model_exporter", "instance": "a:9877"}
	name := ""
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel {
			name = m.Value
		}
	}
	if strings.HasPrefix(name, "ml_") {
		set["model"], set["model_version"] = "fraud", "1"
	}
	for _, m := range matchers {
		set[m.Name] = m.Value
	}
	return promtoolInput{labels.FromMap(set).String(), strings.ReplaceAll(values, "x*", fmt.Sprintf("x%d", minutes))}
}

// expected fills in what follows from an alert's name and priority.
func (f firing) expected(t *testing.T, groups []Group) promtoolFiring {
	set := map[string]string{"priority": f.priority, "severity": map[string]string{"P0": "critical", "P1": "warning", "P2": "info"}[f.priority]}
	matchers, err := promql.ParseMetricSelector("{" + f.labels + "}")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range matchers {
		set[m.Name] = m.Value
	}
	if !strings.HasPrefix(f.alert, "ModelExporter") {
		set["model"], set["model_owner"] = "fraud", "risk-ml"
	} else {
		set["model_owner"] = "platform"
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert == f.alert {
				set["component"] = r.Labels["component"]
				annotations := maps.Clone(r.Annotations)
				annotations["description"] = f.description
				annotations["dashboard_url"] = fillIn(r.Annotations["dashboard_url"], set)
				return promtoolFiring{set, annotations}
			}
		}
	}
	t.Fatalf("no alert %q", f.alert)
	return promtoolFiring{}
}

// fillIn does what the template of a link does; no label here needs escaping but
// a colon.
func fillIn(text string, set map[string]string) string {
	for name, value := range set {
		for _, call := range []string{"$labels." + name, "or $labels." + name + ` "$__all"`} {
			text = strings.ReplaceAll(text, "{{ "+call+" | urlquery }}", strings.ReplaceAll(value, ":", "%3A"))
		}
	}
	text = absentOrAll.ReplaceAllString(text, "%24__all")
	return absentLabel.ReplaceAllString(text, "")
}

var (
	absentLabel = regexp.MustCompile(`{{ \$labels\.\w+ \| urlquery }}`)
	absentOrAll = regexp.MustCompile(`{{ or \$labels\.\w+ "\$__all" \| urlquery }}`)
)
