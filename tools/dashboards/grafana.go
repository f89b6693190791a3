// Package dashboards asks a Prometheus what the dashboards ask it, with the
// variables of Grafana put in as Grafana puts them in. Grafana itself does not run.
package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Dashboard is what concerns queries, and how they are drawn, of a dashboard in
// Grafana's classic schema.
type Dashboard struct {
	UID, Title string
	Time       struct{ From, To string }
	Panels     []*Panel
	Templating struct{ List []*Variable }
	Annotations
}

// Annotations are marks over time, some of which are queried.
type Annotations struct {
	Annotations struct{ List []Annotation }
}

// Annotation is one kind of mark.
type Annotation struct {
	Name, Expr, IconColor string
	Enable                bool
	BuiltIn               int
	Target                *Target
}

// Panel is one panel, or a row and the panels that are folded in it.
type Panel struct {
	ID                       int
	Type, Title, Description string
	Repeat, RepeatDirection  string
	MaxPerRow                int
	TimeFrom, Interval       string
	MaxDataPoints            float64
	GridPos                  struct{ H, W, X, Y int }
	Collapsed                bool
	Panels                   []*Panel
	Targets                  []*Target
	FieldConfig              FieldConfig
	Options                  json.RawMessage
	Transformations          []Transformation
}

// Transformation is a change of results before they are drawn.
type Transformation struct {
	ID      string
	Options json.RawMessage
}

// Target is one query.
type Target struct {
	RefID, Expr, LegendFormat, Format, Interval string
	Instant, Range, Hide                        bool
	Datasource                                  json.RawMessage
}

// Variable is a choice on top of a dashboard.
type Variable struct {
	Name, Type, Regex string
	Label             string
	Hide              int
	Multi, IncludeAll bool
	AllValue          string
	Query             VariableQuery
	Current           struct{ Value Strings }
	Options           []struct {
		Value    Strings
		Selected bool
	}
}

// VariableQuery is a text, or an object that holds it.
type VariableQuery string

// UnmarshalJSON reads either.
func (q *VariableQuery) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("{")) {
		var o struct{ Query string }
		err := json.Unmarshal(b, &o)
		*q = VariableQuery(o.Query)
		return err
	}
	return json.Unmarshal(b, (*string)(q))
}

// Strings is a text or a list of texts; anything else is left out.
type Strings []string

// UnmarshalJSON reads either.
func (s *Strings) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*s = Strings{one}
		return nil
	}
	var many []string
	if json.Unmarshal(b, &many) == nil {
		*s = many
	}
	return nil
}

// Read reads a dashboard.
func Read(b []byte) (*Dashboard, error) {
	d := &Dashboard{}
	if err := json.Unmarshal(b, d); err != nil {
		return nil, err
	}
	if d.Title == "" || len(d.Panels) == 0 {
		return nil, fmt.Errorf("no dashboard: it has no title or no panels")
	}
	if slices.Contains(d.Templating.List, nil) || !complete(d.Panels) {
		return nil, fmt.Errorf("no dashboard: a panel, target or variable is null")
	}
	return d, nil
}

func complete(panels []*Panel) bool {
	return !slices.ContainsFunc(panels, func(p *Panel) bool {
		return p == nil || slices.Contains(p.Targets, nil) || !complete(p.Panels)
	})
}

// ReadFolder reads every dashboard of a folder, in the order of their file names.
func ReadFolder(dir string) ([]*Dashboard, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no dashboards in %s", dir)
	}
	var all []*Dashboard
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		d, err := Read(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// All lists panels, those that are folded in rows included and the rows left out.
func (d *Dashboard) All() (all []*Panel) {
	for _, p := range d.Panels {
		if p.Type != "row" {
			all = append(all, p)
		}
		all = append(all, p.Panels...)
	}
	return all
}

// Queries names each query of the dashboard: those of its panels by title and
// reference, with a number where a title is there again, those of annotations by name.
func (d *Dashboard) Queries() (all []Query) {
	titles := map[string]int{}
	for _, p := range d.All() {
		titles[p.Title]++
		for _, q := range p.Queries() {
			if n := titles[p.Title]; n > 1 {
				q.Name = fmt.Sprintf("%s (%d) / %s", p.Title, n, q.Target.RefID)
			}
			all = append(all, q)
		}
	}
	for _, a := range d.Annotations.Annotations.List {
		t := &Target{Expr: a.Expr, Range: true}
		if a.Target != nil && a.Target.Expr != "" {
			t.Expr, t.Interval = a.Target.Expr, a.Target.Interval
		}
		if t.Expr != "" && a.BuiltIn == 0 {
			all = append(all, Query{"annotation " + a.Name, &Panel{Type: "annotation", Title: a.Name}, t})
		}
	}
	return all
}

// Queries names each query of a panel by its title and reference.
func (p *Panel) Queries() (all []Query) {
	for _, t := range p.Targets {
		if t.Expr != "" {
			all = append(all, Query{p.Title + " / " + t.RefID, p, t})
		}
	}
	return all
}

// Query is a target, its panel and its name in the dashboard.
type Query struct {
	Name   string
	Panel  *Panel
	Target *Target
}
