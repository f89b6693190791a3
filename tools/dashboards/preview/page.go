package main

import (
	"fmt"
	"html"
	"maps"
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

// Grafana's grid: 24 columns, and rows of 30 pixels with 8 between them.
const (
	columns = 24
	cell    = 30
	gap     = 8
	heading = 32 // height of a panel's title
)

const sheet = `<!DOCTYPE html><meta charset="utf-8"><title>%s</title><style>
body { margin: 0; font: 13px/1.5 Inter, "Helvetica Neue", Arial, sans-serif; background: var(--page); color: var(--text); }
body.light { --page: #f4f5f5; --panel: #fff; --border: #e4e5e6; --text: #24292e; --weak: #6a6f76; --grid: #e9eaeb; --link: #1f62e0; color-scheme: light; }
body.dark { --page: #111217; --panel: #181b1f; --border: #2a2d33; --text: #ccccdc; --weak: #8e8e9e; --grid: #25282d; --link: #6e9fff; color-scheme: dark; }
header { padding: 12px 16px 4px; font-size: 18px; } header span { font-size: 12px; color: var(--weak); margin-right: 14px; }
main { position: relative; margin: 0 8px; }
section, h2 { position: absolute; box-sizing: border-box; margin: 0; overflow: hidden; }
h2 { font-size: 14px; font-weight: 500; padding-top: 5px; }
section { background: var(--panel); border: 1px solid var(--border); border-radius: 2px; }
h3 { font-size: 13px; font-weight: 500; margin: 0; padding: 6px 8px 0; height: 26px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
table { border-collapse: collapse; width: 100%%; } td, th { text-align: left; padding: 2px 8px; border-bottom: 1px solid var(--grid); white-space: nowrap; font-size: 12px; overflow: hidden; max-width: 340px; }
th { color: var(--link); font-weight: 500; } td.n { text-align: right; } .none { color: var(--weak); display: flex; height: 70%%; align-items: center; justify-content: center; }
.stats { display: flex; height: calc(100%% - 32px); align-items: stretch; } .stats div { flex: 1; display: flex; flex-direction: column; justify-content: center; align-items: center; overflow: hidden; } .stats b { font-weight: 500; } .stats span { color: var(--text); font-size: 12px; }
.legend { font-size: 12px; line-height: 18px; padding: 0 8px; overflow: hidden; } .legend i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin: 0 5px 2px 0; } .legend span { margin-right: 14px; white-space: nowrap; }
.side { position: absolute; right: 4px; top: 30px; bottom: 4px; overflow: hidden; } .side td, .side th { border: 0; padding: 0 5px; font-size: 11px; line-height: 17px; max-width: 170px; }
svg text { fill: var(--weak); font-size: 11px; } svg .grid { stroke: var(--grid); } svg { display: block; }
</style><body class="%s">`

// html draws the dashboard in a theme.
func (p *picture) html(theme string, o options) string {
	var w strings.Builder
	fmt.Fprintf(&w, sheet, html.EscapeString(p.Title), theme)
	fmt.Fprintf(&w, "<header>%s<br>", html.EscapeString(p.Title))
	for _, v := range p.Templating.List {
		if value := p.chosen[v.Name]; v.Hide == 0 && v.Type != "datasource" {
			text := strings.Join(value.Values, " + ")
			if value.All != "" || value.Multi && len(value.Values) > 3 {
				text = "All"
			}
			fmt.Fprintf(&w, "<span>%s: %s</span>", v.Name, html.EscapeString(text))
		}
	}
	w.WriteString("</header>")
	d := draw{p: p, colors: themes[theme], column: float64(o.width-2*gap) / columns}
	var body strings.Builder
	for _, panel := range p.panels {
		d.panel(&body, panel)
	}
	fmt.Fprintf(&w, `<main style="height:%dpx">%s</main></body>`, p.bottom()*(cell+gap)+gap, body.String())
	return w.String()
}

// draw draws panels in the colours of a theme.
type draw struct {
	p      *picture
	colors map[string]string
	column float64 // pixels, with the gap
}

// title has the names of what is chosen in it.
func (p placed) title() string {
	names := maps.Clone(p.chosen)
	for name, value := range names {
		value.Multi = false
		if value.All != "" {
			value = dashboards.Value{Values: []string{"All"}}
		}
		names[name] = value
	}
	text, err := names.Expand(p.Title)
	if err != nil {
		return p.Title
	}
	return text
}

func (d *draw) panel(w *strings.Builder, in placed) {
	panel, results := in.Panel, in.results
	g := panel.GridPos
	width, height := float64(g.W)*d.column-gap, float64(g.H*(cell+gap)-gap)
	place := fmt.Sprintf(`style="left:%.0fpx;top:%dpx;width:%.0fpx;height:%.0fpx"`, float64(g.X)*d.column, g.Y*(cell+gap), width, height)
	if panel.Type == "row" {
		mark := "⌄"
		if panel.Collapsed {
			mark = "›"
		}
		fmt.Fprintf(w, `<h2 %s>%s %s</h2>`, place, mark, html.EscapeString(in.title()))
		return
	}
	fmt.Fprintf(w, `<section %s><h3>%s</h3>`, place, html.EscapeString(in.title()))
	empty := true
	for _, r := range results {
		empty = empty && !dashboards.HasData(r.series)
	}
	width, height = width-2, height-heading-2
	switch {
	case empty && panel.FieldConfig.Defaults.NoValue != "":
		fmt.Fprintf(w, `<div class="none">%s</div>`, html.EscapeString(panel.FieldConfig.Defaults.NoValue))
	case empty:
		w.WriteString(`<div class="none">No data</div>`)
	case panel.Type == "stat":
		d.stat(w, panel, results, width, height)
	case panel.Type == "timeseries":
		d.timeseries(w, panel, results, width, height)
	case panel.Type == "table":
		d.table(w, panel, results)
	case panel.Type == "barchart":
		d.barchart(w, panel, results, width, height)
	case panel.Type == "state-timeline":
		d.timeline(w, panel, results, width, height)
	case panel.Type == "heatmap":
		d.heatmap(w, panel, results, width, height)
	default:
		fmt.Fprintf(w, `<div class="none">%s is not drawn here</div>`, html.EscapeString(panel.Type))
	}
	w.WriteString("</section>\n")
}
