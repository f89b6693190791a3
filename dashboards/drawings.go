package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/barchart"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

// number shows the newest value of each series, large.
type number struct{}

func (number) plugin() (string, prometheus.PromQueryFormat, bool) {
	return "stat", prometheus.PromQueryFormatTimeSeries, true
}

func (number) options(p *panel, d *dashboard.Panel) {
	p.setLinks(d)
	o := stat.NewOptions()
	o.GraphMode, o.Orientation = common.BigValueGraphModeNone, common.VizOrientationAuto
	o.ReduceOptions = common.ReduceDataOptions{Calcs: []string{"lastNotNull"}}
	d.Options = o
	setThresholdColor(d)
}

// columns is a table: a line for each combination of the labels by, a column for
// each query, headed by its legend.
type columns struct {
	by   []string
	sort string // the heading by which lines are sorted, largest first
}

func (columns) plugin() (string, prometheus.PromQueryFormat, bool) {
	return "table", prometheus.PromQueryFormatTable, true
}

func (c columns) options(p *panel, d *dashboard.Panel) {
	o := table.NewOptions()
	o.Footer = nil // the SDK's has a reducer that is null, which its own schema forbids
	if c.sort != "" {
		o.SortBy = []common.TableSortByFieldState{{DisplayName: c.sort, Desc: ptr(true)}}
	}
	d.Options = o
	custom := table.NewFieldConfig()
	custom.Align = common.FieldTextAlignmentAuto
	custom.Filterable = ptr(true)
	d.FieldConfig.Defaults.Custom = custom
	d.Transformations = merged(p, c.by)
	setThresholdColor(d)
	for _, q := range p.queries {
		if q.unit != "" {
			setField(d, q.legend, "unit", q.unit)
		}
		if q.steps != nil {
			setField(d, q.legend, "thresholds", thresholdsOf(q.steps))
			setField(d, q.legend, "custom.cellOptions", map[string]any{"type": "color-background", "mode": "basic"})
		}
		if q.words != nil {
			setField(d, q.legend, "mappings", mappingsOf(q.words))
			setField(d, q.legend, "custom.cellOptions", map[string]any{"type": "color-background", "mode": "basic"})
		}
	}
	if len(p.links) > 0 {
		setField(d, c.by[0], "links", linksOf(p.links))
	}
}

// merged makes one table of several queries: lines are joined by their labels, and
// the columns are the labels and then the queries, under their legends.
func merged(p *panel, by []string) []dashboard.DataTransformerConfig {
	rename, index := map[string]any{}, map[string]any{}
	for i, label := range by {
		index[label] = i
	}
	for i, q := range p.queries {
		name := "Value"
		if len(p.queries) > 1 {
			name = "Value #" + refID(i)
		}
		rename[name], index[name] = q.legend, len(by)+i
	}
	return []dashboard.DataTransformerConfig{
		{Id: "merge", Options: map[string]any{}},
		{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]any{"Time": true}, "renameByName": rename, "indexByName": index,
		}},
	}
}

// matrix is a table with a line for each value of one label and a column for each
// of another, coloured by what is where they meet.
type matrix struct{ rows, columns string }

func (matrix) plugin() (string, prometheus.PromQueryFormat, bool) {
	return "table", prometheus.PromQueryFormatTable, true
}

func (m matrix) options(p *panel, d *dashboard.Panel) {
	o := table.NewOptions()
	o.Footer = nil
	d.Options = o
	d.FieldConfig.Defaults.Custom = map[string]any{
		"align": "center", "inspect": false, "cellOptions": map[string]any{"type": "color-background", "mode": "basic"},
	}
	d.FieldConfig.Defaults.Color = &dashboard.FieldColor{Mode: dashboard.FieldColorModeIdContinuousBlues}
	d.Transformations = []dashboard.DataTransformerConfig{{Id: "groupingToMatrix", Options: map[string]any{
		"rowField": m.rows, "columnField": m.columns, "valueField": "Value", "emptyValue": "zero",
	}}}
}

// bars is a bar for each value of the label by and each query. With rank, the
// last query, bars are ordered by its value, and it is not drawn.
type bars struct {
	by   string
	rank bool
}

func (bars) plugin() (string, prometheus.PromQueryFormat, bool) {
	return "barchart", prometheus.PromQueryFormatTable, true
}

func (b bars) options(p *panel, d *dashboard.Panel) {
	p.setLinks(d)
	o := barchart.NewOptions()
	o.XField, o.Legend, o.Tooltip = &b.by, legend(), tooltip()
	o.XTickLabelRotation, o.XTickLabelMaxLength, o.ShowValue = -30, 24, common.VisibilityModeNever
	d.Options = o
	d.FieldConfig.Defaults.Custom = barchart.NewFieldConfig()
	d.Transformations = merged(p, []string{b.by})
	if b.rank {
		rank := p.queries[len(p.queries)-1].legend
		d.Transformations = append(d.Transformations,
			dashboard.DataTransformerConfig{Id: "sortBy", Options: map[string]any{"sort": []any{map[string]any{"field": rank}}}},
			dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{"excludeByName": map[string]any{rank: true}}})
	}
	for _, q := range p.queries {
		if q.style == reference {
			setField(d, q.legend, "color", map[string]any{"mode": "fixed", "fixedColor": "text"})
		}
	}
}

// states is a line for each series that is coloured by what the panel's words call
// its value.
type states struct{}

func (states) plugin() (string, prometheus.PromQueryFormat, bool) {
	return "state-timeline", prometheus.PromQueryFormatTimeSeries, false
}

func (states) options(p *panel, d *dashboard.Panel) {
	p.setLinks(d)
	o := statetimeline.NewOptions()
	o.Legend, o.Tooltip, o.ShowValue = noLegend(), tooltip(), common.VisibilityModeNever
	d.Options = o
	d.FieldConfig.Defaults.Custom = statetimeline.NewFieldConfig()
}

// heat is a heatmap: of histogram buckets, or of one row for each series.
type heat struct {
	buckets bool // the series are buckets by le, or one is a native histogram
}

func (h heat) plugin() (string, prometheus.PromQueryFormat, bool) {
	if h.buckets {
		return "heatmap", prometheus.PromQueryFormatHeatmap, false
	}
	return "heatmap", prometheus.PromQueryFormatTimeSeries, false
}

func (h heat) options(p *panel, d *dashboard.Panel) {
	p.setLinks(d)
	o := heatmap.NewOptions()
	o.Color.Mode, o.Color.Scheme = ptr(heatmap.HeatmapColorModeScheme), "Blues"
	o.Color.Reverse = false
	o.ShowValue, o.CellGap = common.VisibilityModeNever, ptr(uint8(0))
	o.Tooltip = heatmap.HeatmapTooltip{Mode: common.TooltipDisplayModeSingle, YHistogram: ptr(true)}
	o.YAxis.Unit = &p.unit
	o.YAxis.AxisPlacement = ptr(common.AxisPlacementLeft)
	d.Options = o
	d.FieldConfig.Defaults.Custom = heatmap.NewFieldConfig()
}

func setThresholdColor(d *dashboard.Panel) {
	d.FieldConfig.Defaults.Color = &dashboard.FieldColor{Mode: dashboard.FieldColorModeIdThresholds}
}
