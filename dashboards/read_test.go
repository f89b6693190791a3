package dashboards

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// read is a dashboard as its file has it: what tests look at is what Grafana reads.
type read struct {
	ID            any
	UID, Title    string
	Description   string
	Editable      *bool
	SchemaVersion int
	Panels        []readPanel
	Annotations   struct{ List []struct{ Name, Expr string } }
	Templating    struct{ List []readVariable }
}

type readPanel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  struct{ H, W, X, Y int }
	Targets                  []readTarget
	Panels                   []readPanel
	FieldConfig              struct {
		Defaults struct {
			Unit     string
			Mappings []any
			Links    []struct{ URL string }
		}
		Overrides []struct {
			Matcher    struct{ ID string }
			Properties []struct {
				ID    string
				Value any
			}
		}
	}
}

type readTarget struct {
	RefID, Expr, LegendFormat, Format string
	Instant, Range                    bool
	Datasource                        struct{ Type, UID string }
}

type readVariable struct {
	Type, Name, Label, Query, AllValue string
	Multi                              bool
	Refresh                            int
	Datasource                         struct{ UID string }
}

// readAll reads the dashboards of options.
func readAll(t *testing.T, o Options) []read {
	t.Helper()
	all, err := All(o)
	if err != nil {
		t.Fatal(err)
	}
	var out []read
	for _, d := range all {
		var r read
		if err := json.Unmarshal(d.JSON, &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// all are the panels, those in closed rows and the rows included.
func (r *read) all() []readPanel {
	var out []readPanel
	for _, p := range r.Panels {
		out = append(out, p)
		out = append(out, p.Panels...)
	}
	return out
}

// ask is an expression that a dashboard asks Prometheus, and where.
type ask struct{ where, expr string }

// asks are those of panels, variables and annotations.
func (r *read) asks() []ask {
	var out []ask
	for _, p := range r.all() {
		for _, t := range p.Targets {
			out = append(out, ask{r.UID + "/" + p.Title + "/" + t.RefID, t.Expr})
		}
	}
	for _, v := range r.Templating.List {
		if v.Type == "query" {
			out = append(out, ask{r.UID + "/variable " + v.Name, labelValues.FindStringSubmatch(v.Query)[1]})
		}
	}
	for _, a := range r.Annotations.List {
		out = append(out, ask{r.UID + "/annotation " + a.Name, a.Expr})
	}
	return out
}

var labelValues = regexp.MustCompile(`(?s)^label_values\((.+), (\w+)\)$`)

// parsed parses an expression as Prometheus gets it.
func parsed(t *testing.T, a ask) parser.Expr {
	t.Helper()
	text := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "15s", "$__range", "6h").Replace(a.expr)
	e, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v in %s", a.where, err, a.expr)
	}
	return e
}

// selectors calls f for each selector with the node's parents.
func selectors(e parser.Expr, f func(s *parser.VectorSelector, parents []parser.Node)) {
	parser.Inspect(e, func(n parser.Node, parents []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			f(s, parents)
		}
		return nil
	})
}

func matcher(s *parser.VectorSelector, label string) string {
	for _, m := range s.LabelMatchers {
		if m.Name == label {
			return fmt.Sprint(m)
		}
	}
	return ""
}
