package catalog_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// clashing are label names that targets, Prometheus or dashboards own already.
var clashing = []string{
	"version", "owner", "type", "region", "zone", "cluster", "env", "service", "customer", "stage",
	"job", "instance", "le", "quantile", "severity",
}

// fixed by the specification, which came before the rule.
var allowedClash = map[string]string{"model_exporter_events_total": "type"}

var (
	metricName = regexp.MustCompile(`^(ml|model_exporter)_[a-z][a-z0-9_]*[a-z0-9]$`)
	labelName  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

func TestFamilies(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range catalog.Families {
		t.Run(f.Name, func(t *testing.T) {
			if seen[f.Name] {
				t.Error("the name is taken")
			}
			seen[f.Name] = true
			if !metricName.MatchString(f.Name) || strings.Contains(f.Name, "__") {
				t.Errorf("the name does not match %s", metricName)
			}
			if f.Help == "" || !strings.HasSuffix(f.Help, ".") || strings.TrimSpace(f.Help) != f.Help {
				t.Errorf("help %q is no sentence", f.Help)
			}
			checkLabels(t, f)
			checkBuckets(t, f)
		})
	}
}

func checkLabels(t *testing.T, f *catalog.Family) {
	for i, l := range f.Labels {
		if !labelName.MatchString(l) || strings.HasPrefix(l, "__") {
			t.Errorf("label %q is not legal", l)
		}
		if slices.Contains(f.Labels[:i], l) {
			t.Errorf("label %q is there twice", l)
		}
		if slices.Contains(clashing, l) && allowedClash[f.Name] != l {
			t.Errorf("label %q clashes with what targets are labelled with", l)
		}
	}
}

func checkBuckets(t *testing.T, f *catalog.Family) {
	if (f.Type == catalog.Histogram) != (len(f.Buckets) > 0) {
		t.Errorf("a %s with %d buckets", f.Type, len(f.Buckets))
	}
	for i, b := range f.Buckets {
		if math.IsInf(b, 0) || math.IsNaN(b) || i > 0 && b <= f.Buckets[i-1] {
			t.Errorf("bounds %v are not finite and ascending", f.Buckets)
			break
		}
	}
}

// TestLint asks the linter of promtool check metrics about one series of each
// family.
func TestLint(t *testing.T) {
	var page bytes.Buffer
	for _, f := range catalog.Families {
		fmt.Fprintf(&page, "# HELP %s %s\n# TYPE %s %s\n", f.Name, f.Help, f.Name, f.Type)
		var pairs []string
		for _, l := range f.Labels {
			pairs = append(pairs, l+`="x"`)
		}
		labels := strings.Join(pairs, ",")
		if f.Type == catalog.Histogram {
			fmt.Fprintf(&page, "%s_bucket{%s,le=\"+Inf\"} 1\n%s_sum{%s} 1\n%s_count{%s} 1\n", f.Name, labels, f.Name, labels, f.Name, labels)
			continue
		}
		fmt.Fprintf(&page, "%s{%s} 1\n", f.Name, labels)
	}
	problems, err := promlint.New(&page).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestEveryFamilyIsListed reads the source: a family that is declared but not
// listed would never be exposed.
func TestEveryFamilyIsListed(t *testing.T) {
	var declared, listed []string
	visit := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, v := range n.Values {
				lit, ok := v.(*ast.CompositeLit)
				if !ok {
					continue
				}
				if typ, ok := lit.Type.(*ast.Ident); ok && typ.Name == "Family" {
					declared = append(declared, n.Names[i].Name)
				}
			}
		case *ast.UnaryExpr:
			if id, ok := n.X.(*ast.Ident); ok && n.Op == token.AND {
				listed = append(listed, id.Name)
			}
		}
		return true
	}
	for _, name := range []string{"families.go", "joined.go", "multivariate.go", "tables.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, visit)
	}
	if len(declared) == 0 {
		t.Fatal("no family is declared")
	}
	for _, name := range declared {
		if !slices.Contains(listed, name) {
			t.Errorf("%s is declared, but not in Families", name)
		}
	}
	if len(listed) != len(catalog.Families) || len(listed) != len(declared) {
		t.Errorf("%d families are listed in the source, %d in Families, %d are declared", len(listed), len(catalog.Families), len(declared))
	}
}
