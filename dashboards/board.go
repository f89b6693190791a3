package dashboards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// board is a dashboard.
type board struct {
	uid         string
	title       string
	description string
	from        string     // what it shows at first, such as "now-24h"
	variables   []variable // besides data source and job, which all have
	annotations []annotation
	rows        []row
}

// row is a line with a title and what is below it. Panels flow from left to right
// and begin a new line where the width of 24 ends; all are of one height.
type row struct {
	title     string
	collapsed bool   // opens on a click, and asks nothing before
	repeat    string // the variable for each of whose values it is repeated
	height    int
	panels    []panel
}

const gridWidth = 24

// source is what every panel, query and variable asks.
func source() *common.DataSourceRef {
	return &common.DataSourceRef{Type: ptr("prometheus"), Uid: ptr("${datasource}")}
}

// classic is the schema that every Grafana from 10 on reads; the newer one is for
// 13 alone.
//
//lint:ignore SA1019 see above
type classic = dashboard.Dashboard

func ptr[T any](v T) *T { return &v }

func (b *board) build(o Options) (*classic, error) {
	variables := append(shared(o), b.variables...)
	x, err := newExpander(o, variables)
	if err != nil {
		return nil, err
	}
	d := dashboard.NewDashboard()
	d.Uid, d.Title, d.Description = &b.uid, ptr(o.TitlePrefix+b.title), &b.description
	d.Tags = append([]string{"model_exporter"}, o.Tags...)
	d.Editable = ptr(false)
	d.GraphTooltip = ptr(dashboard.DashboardCursorSyncCrosshair)
	d.Time = &dashboard.DashboardDashboardTime{From: b.from, To: "now"}
	d.Refresh = ptr("1m")
	d.Links = []dashboard.DashboardLink{otherBoards()}
	for _, v := range variables {
		m, err := v.model(x)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.name, err)
		}
		d.Templating.List = append(d.Templating.List, m)
	}
	for _, a := range b.annotations {
		q, err := a.query(x)
		if err != nil {
			return nil, fmt.Errorf("annotation %q: %w", a.name, err)
		}
		d.Annotations.List = append(d.Annotations.List, q)
	}
	if err := b.layOut(d, x); err != nil {
		return nil, err
	}
	return d, d.Validate()
}

// layOut gives every row and panel its place and its number.
func (b *board) layOut(d *classic, x *expander) error {
	id, y := uint32(0), uint32(0)
	for _, r := range b.rows {
		id++
		header := dashboard.NewRowPanel()
		header.Title, header.Id, header.Collapsed = ptr(r.title), id, r.collapsed
		header.GridPos = &dashboard.GridPos{H: 1, W: gridWidth, X: 0, Y: y}
		header.Panels = []dashboard.Panel{}
		if r.repeat != "" {
			header.Repeat = ptr(r.repeat)
		}
		y++
		var panels []dashboard.Panel
		left := uint32(0)
		for _, p := range r.panels {
			built, err := p.build(x)
			if err != nil {
				return fmt.Errorf("panel %q: %w", p.title, err)
			}
			if left+uint32(p.width) > gridWidth {
				left, y = 0, y+uint32(r.height)
			}
			id++
			built.Id = ptr(id)
			built.GridPos = &dashboard.GridPos{H: uint32(r.height), W: uint32(p.width), X: left, Y: y}
			left += uint32(p.width)
			panels = append(panels, built)
		}
		y += uint32(r.height)
		if r.collapsed {
			header.Panels, panels = panels, nil
		}
		d.Panels = append(d.Panels, dashboard.PanelOrRowPanel{RowPanel: header})
		for i := range panels {
			d.Panels = append(d.Panels, dashboard.PanelOrRowPanel{Panel: &panels[i]})
		}
	}
	return nil
}

// otherBoards is a menu of all dashboards of the bundle, which keeps the time and
// what is chosen.
func otherBoards() dashboard.DashboardLink {
	l := dashboard.NewDashboardLink()
	l.Type, l.Title, l.Icon = dashboard.DashboardLinkTypeDashboards, "Model monitoring", "external link"
	l.Tags, l.AsDropdown, l.IncludeVars, l.KeepTime = []string{"model_exporter"}, true, true, true
	l.Placement = nil
	return *l
}

// annotation marks times in every panel: each series of expr, while it exists.
type annotation struct {
	name, color string
	expr        string
	title, text string // with {{labels}}
	labels      string // shown as tags, separated by commas
}

func (a *annotation) query(x *expander) (dashboard.AnnotationQuery, error) {
	expr, err := x.expr(a.expr)
	q := dashboard.NewAnnotationQuery()
	q.Name, q.Enable, q.IconColor, q.Datasource = a.name, true, a.color, source()
	q.Expr, q.TitleFormat, q.TextFormat, q.TagKeys = &expr, &a.title, &a.text, &a.labels
	q.Step, q.Placement = ptr("60s"), nil
	return *q, err
}

// firingAlerts marks alerts about the models that are chosen.
var firingAlerts = annotation{
	name: "Firing alerts", color: "red",
	expr:  firing + "}",
	title: "{{priority}} {{alertname}}", text: "{{model}} {{model_version}}", labels: "priority,component,model",
}

// newVersions marks the first hour of each model version.
var newVersions = annotation{
	name: "New model versions", color: "blue",
	expr: `group by (model, model_version) (ml_model_info)
		unless on (model, model_version) last_over_time(ml_model_info[1d] offset 1h)`,
	title: "New version {{model_version}}", text: "{{model}}", labels: "model",
}
