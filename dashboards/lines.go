package dashboards

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// lines draws time series.
type lines struct {
	stacked bool // areas on top of each other: parts of a whole
	log     bool // logarithmic axis
	table   bool // the legend as a table with the last and the largest value: for many lines
}

// style is what a query's lines mean.
type style int

const (
	measured  style = iota
	limit           // a threshold series: from here on it alerts
	noise           // the noise limit: below it a value means nothing
	reference       // what it was on the baseline, or last week
	lower           // the ends of an interval, with what is between them shaded;
	upper           // the legends are fixed texts
)

func (lines) plugin() (string, prometheus.PromQueryFormat, bool) {
	return "timeseries", prometheus.PromQueryFormatTimeSeries, false
}

func (l lines) options(p *panel, d *dashboard.Panel) {
	p.setLinks(d)
	o := timeseries.NewOptions()
	o.Legend, o.Tooltip = legend(), tooltip()
	if l.table {
		o.Legend = legendTable(p.width)
	}
	d.Options = o
	c := timeseries.NewFieldConfig()
	c.LineWidth, c.FillOpacity = ptr(1.0), ptr(0.0)
	c.ShowPoints = ptr(common.VisibilityModeNever)
	if l.stacked {
		c.FillOpacity = ptr(60.0)
		c.Stacking = &common.StackingConfig{Mode: ptr(common.StackingModeNormal)}
	}
	if l.log {
		c.ScaleDistribution = &common.ScaleDistributionConfig{Type: common.ScaleDistributionLog, Log: ptr(10.0)}
	}
	d.FieldConfig.Defaults.Custom = c
	for i, q := range p.queries {
		if q.unit != "" {
			setQuery(d, i, "unit", q.unit)
		}
		for _, property := range p.look(q.style) {
			setQuery(d, i, property.Id, property.Value)
		}
		if q.style == limit && strings.Contains(q.legend, "{{priority}}") {
			setPriorityColors(d)
		}
	}
}

// setPriorityColors tells thresholds of one query apart, in the colours of alerts.
func setPriorityColors(d *dashboard.Panel) {
	for _, w := range urgency[1:] {
		set(d, "byRegexp", "/(^| )"+w.text+"(,|$)/", "color", map[string]any{"mode": "fixed", "fixedColor": w.color})
	}
}

// look is how lines of a style differ from the usual ones. The colour "text" is
// that of the theme's text, and is seen on light and on dark.
func (p *panel) look(s style) []dashboard.DynamicConfigValue {
	line := func(color string, dash ...float64) []dashboard.DynamicConfigValue {
		return []dashboard.DynamicConfigValue{
			{Id: "color", Value: map[string]any{"mode": "fixed", "fixedColor": color}},
			{Id: "custom.lineStyle", Value: map[string]any{"fill": "dash", "dash": dash}},
			{Id: "custom.fillOpacity", Value: 0},
			{Id: "custom.stacking", Value: map[string]any{"mode": "none"}},
		}
	}
	switch s {
	case limit:
		return line("red", 10, 6)
	case noise:
		return line("text", 2, 4)
	case reference:
		return line("text", 10, 6)
	case lower, upper:
		edge := []dashboard.DynamicConfigValue{
			{Id: "color", Value: map[string]any{"mode": "fixed", "fixedColor": "blue"}},
			{Id: "custom.lineWidth", Value: 0},
		}
		if s == upper {
			edge = append(edge, dashboard.DynamicConfigValue{Id: "custom.fillOpacity", Value: 20},
				dashboard.DynamicConfigValue{Id: "custom.fillBelowTo", Value: p.legendOf(lower)})
		}
		return edge
	default:
		return nil
	}
}

// legendOf is the legend of the first query of a style.
func (p *panel) legendOf(s style) string {
	for _, q := range p.queries {
		if q.style == s {
			return q.legend
		}
	}
	return ""
}

func legend() common.VizLegendOptions {
	return common.VizLegendOptions{
		DisplayMode: common.LegendDisplayModeList, Placement: common.LegendPlacementBottom, ShowLegend: true, Calcs: []string{},
	}
}

// legendTable is beside the lines where the panel is wide enough for both.
func legendTable(width int) common.VizLegendOptions {
	l := legend()
	l.DisplayMode, l.Calcs = common.LegendDisplayModeTable, []string{"lastNotNull", "max"}
	l.SortBy, l.SortDesc = ptr("Last *"), ptr(true)
	if width >= gridWidth/2 {
		l.Placement = common.LegendPlacementRight
	}
	return l
}

func noLegend() common.VizLegendOptions {
	l := legend()
	l.ShowLegend = false
	return l
}

func tooltip() common.VizTooltipOptions {
	return common.VizTooltipOptions{Mode: common.TooltipDisplayModeMulti, Sort: common.SortOrderDescending}
}
