package rules

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

var camelCase = regexp.MustCompile(`^Model[A-Z][A-Za-z]+$`)

// TestConventions are those of mixins, of vmalert and of our own contract.
func TestConventions(t *testing.T) {
	groups, err := Groups(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if len(g.Rules) > 20 || len(g.Name) > 40 {
			t.Errorf("group %s has %d rules and a name of %d characters; 20 and 40 are allowed", g.Name, len(g.Rules), len(g.Name))
		}
		var recorded []string
		for _, r := range g.Rules {
			if r.Record != "" {
				recorded = append(recorded, r.Record)
			} else {
				checkAlert(t, r)
			}
		}
		for _, r := range g.Rules {
			e, err := promql.ParseExpr(r.Expr)
			if err != nil {
				t.Fatal(err)
			}
			parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
				if s, ok := n.(*parser.VectorSelector); ok && slices.Contains(recorded, s.Name) {
					t.Errorf("group %s both records and reads %s", g.Name, s.Name)
				}
				return nil
			})
		}
	}
}

func checkAlert(t *testing.T, r Rule) {
	t.Helper()
	if !camelCase.MatchString(r.Alert) || len(r.Alert) > 40 {
		t.Errorf("%s is no name for an alert", r.Alert)
	}
	if want := map[string]string{"P0": "critical", "P1": "warning", "P2": "info"}[r.Labels["priority"]]; want == "" || r.Labels["severity"] != want {
		t.Errorf("%s: priority %q with severity %q", r.Alert, r.Labels["priority"], r.Labels["severity"])
	}
	if !slices.Contains([]string{"data", "model", "system", "business"}, r.Labels["component"]) {
		t.Errorf("%s: component %q", r.Alert, r.Labels["component"])
	}
	if r.Labels["model_owner"] == "" && !strings.Contains(r.Expr, "group_left (model_owner)") {
		t.Errorf("%s: no model_owner", r.Alert)
	}
	for name, value := range r.Labels {
		if strings.Contains(value, "{{") {
			t.Errorf("%s: label %s is a template", r.Alert, name)
		}
	}
	for _, name := range []string{"summary", "description", "runbook_url", "dashboard_url"} {
		if r.Annotations[name] == "" {
			t.Errorf("%s: no %s", r.Alert, name)
		}
	}
	if s := r.Annotations["summary"]; strings.Contains(s, "{{") || !regexp.MustCompile(`^[A-Z].*\.$`).MatchString(s) {
		t.Errorf("%s: summary %q is no static sentence", r.Alert, s)
	}
	if d := r.Annotations["description"]; !strings.Contains(d, "{{") {
		t.Errorf("%s: description %q names no value", r.Alert, d)
	}
}
