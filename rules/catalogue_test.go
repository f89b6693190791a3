package rules

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// targetLabels are on everything that Prometheus scrapes.
var targetLabels = []string{"job", "instance"}

// foreign are series that rules and runbooks use and that are not of the catalogue.
var foreign = map[string]struct{}{
	"up":                            {},
	"model_exporter_build_info":     {},
	"process_resident_memory_bytes": {},
	"process_start_time_seconds":    {},
}

// known returns the labels of every series that an expression may name.
func known() map[string][]string {
	all := map[string][]string{}
	for _, f := range catalog.Families {
		labels := slices.Concat(f.Labels, targetLabels)
		if f.Type == catalog.Histogram {
			all[f.Name] = labels // native
			all[f.Name+"_bucket"], all[f.Name+"_sum"], all[f.Name+"_count"] = append(labels, "le"), labels, labels
			continue
		}
		all[f.Name] = labels
	}
	for name := range foreign {
		all[name] = targetLabels
	}
	all["ALERTS"] = []string{"alertname", "alertstate", "model", "kind"}
	for _, g := range records {
		for _, r := range g.rules {
			all[r.name] = r.recordedLabels()
		}
	}
	return all
}

// undeclared lists what an expression names and nobody declared. A label in a
// matcher must be one of that series; a label that is grouped or matched by must
// be one of a series below.
func undeclared(e parser.Expr, known map[string][]string) []string {
	var found []string
	labelsBelow := func(n parser.Node) []string {
		var below []string
		parser.Inspect(n, func(n parser.Node, _ []parser.Node) error {
			switch n := n.(type) {
			case *parser.VectorSelector:
				below = append(below, known[n.Name]...)
			case *parser.AggregateExpr:
				if n.Op == parser.COUNT_VALUES {
					below = append(below, n.Param.(*parser.StringLiteral).Val)
				}
			case *parser.Call:
				if n.Func.Name == "label_replace" {
					below = append(below, n.Args[1].(*parser.StringLiteral).Val)
				}
			}
			return nil
		})
		return below
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			labels, ok := known[n.Name]
			if !ok {
				found = append(found, "metric "+n.Name)
			}
			for _, m := range n.LabelMatchers {
				if ok && m.Name != "__name__" && !slices.Contains(labels, m.Name) {
					found = append(found, fmt.Sprintf("label %s of %s", m.Name, n.Name))
				}
			}
		case *parser.AggregateExpr:
			for _, l := range n.Grouping {
				if !slices.Contains(labelsBelow(n.Expr), l) {
					found = append(found, fmt.Sprintf("label %s in %s", l, n))
				}
			}
			if n.Without {
				found = append(found, fmt.Sprintf("without in %s: labels of targets would stay", n))
			}
		case *parser.BinaryExpr:
			if n.VectorMatching == nil {
				return nil
			}
			for side, of := range map[string]parser.Expr{"left": n.LHS, "right": n.RHS} {
				for _, l := range n.VectorMatching.MatchingLabels {
					if !slices.Contains(labelsBelow(of), l) {
						found = append(found, fmt.Sprintf("label %s on the %s of %s", l, side, n))
					}
				}
			}
			for _, l := range n.VectorMatching.Include {
				if !slices.Contains(labelsBelow(n.RHS), l) {
					found = append(found, fmt.Sprintf("label %s on the right of %s", l, n))
				}
			}
		}
		return nil
	})
	return found
}

// TestRulesNameOnlyTheCatalogue walks every expression, those in annotations
// included.
func TestRulesNameOnlyTheCatalogue(t *testing.T) {
	all := known()
	check := func(name, text string) {
		t.Helper()
		e, err := promql.ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, u := range undeclared(e, all) {
			t.Errorf("%s: nobody declares %s", name, u)
		}
	}
	groups, err := Groups(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			check(r.Record+r.Alert, r.Expr)
		}
	}
	for _, g := range alerts() {
		for _, a := range g.alerts {
			for _, c := range a.cases {
				for _, m := range lookups.FindAllStringSubmatch(c.description, -1) {
					check(a.name+" description", m[1])
				}
			}
		}
	}
}

// TestUndeclaredIsFound: the check above can fail.
func TestUndeclaredIsFound(t *testing.T) {
	for text, want := range map[string]string{
		`ml_feature_drifts`:                                                               "metric ml_feature_drifts",
		`ml_predictions_total{feature="a"}`:                                               "label feature of ml_predictions_total",
		`sum by (feature) (ml_predictions_total)`:                                         "label feature in sum by (feature) (ml_predictions_total)",
		`sum without (model) (ml_predictions_total)`:                                      "without in sum without (model) (ml_predictions_total): labels of targets would stay",
		`up * on (model) group_left () ml_predictions_total`:                              "label model on the left of up * on (model) group_left () ml_predictions_total",
		`ml_predictions_total * on (model) group_left (model_owner) ml_predictions_total`: "label model_owner on the right of ml_predictions_total * on (model) group_left (model_owner) ml_predictions_total",
	} {
		e, err := promql.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := undeclared(e, known()); !slices.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
