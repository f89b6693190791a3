package main

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

// line is one series of a picture over time.
type line struct {
	style
	color  string
	points []dashboards.Point // stacked ones on top of those before
	last   float64
	most   float64
}

// stat draws the last value of each series.
func (d *draw) stat(w *strings.Builder, p *dashboards.Panel, results []result, width, height float64) {
	w.WriteString(`<div class="stats">`)
	n := 0
	for _, r := range results {
		n += len(r.series)
	}
	for _, r := range results {
		for _, series := range r.series {
			if len(series.Points) == 0 {
				continue
			}
			name := legend(r.Target, series)
			s := styleOf(p, name, r.RefID)
			text, color := s.write(series.Points[len(series.Points)-1].V)
			label := ""
			if n > 1 {
				label = html.EscapeString(s.name)
			}
			fmt.Fprintf(w, `<div><b style="white-space:nowrap;font-size:%.0fpx;color:%s">%s</b><span>%s</span></div>`,
				min(height*0.5, 46, 1.6*width/float64(n*len([]rune(text)))), d.color(cmp.Or(color, "text")), html.EscapeString(text), label)
		}
	}
	w.WriteString(`</div>`)
}

// lines are the series of a panel, in their colours.
func (d *draw) lines(p *dashboards.Panel, results []result) (all []*line) {
	sums := map[float64]float64{}
	for _, r := range results {
		for _, series := range r.series {
			name := legend(r.Target, series)
			l := &line{style: styleOf(p, name, r.RefID), color: palette[len(all)%len(palette)], last: math.NaN(), most: math.NaN()}
			if l.fixed != "" {
				l.color = d.color(l.fixed)
			}
			for _, point := range series.Points {
				if point.T < d.p.from {
					continue // the first step begins before the time that is shown
				}
				if !math.IsNaN(point.V) {
					l.last = point.V
					if !(l.most > point.V) {
						l.most = point.V
					}
				}
				if l.Stacking.Mode == "normal" {
					sums[point.T] += point.V
					point.V = sums[point.T]
				}
				l.points = append(l.points, point)
			}
			all = append(all, l)
		}
	}
	return all
}

// limits are the least and greatest value of lines.
func limits(all []*line) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range all {
		for _, p := range l.points {
			if !math.IsNaN(p.V) && !math.IsInf(p.V, 0) {
				low, high = min(low, p.V), max(high, p.V)
			}
		}
		if l.Stacking.Mode == "normal" {
			low = min(low, 0)
		}
	}
	return low, high
}

// timeseries draws lines over time, with what is filled and a legend.
func (d *draw) timeseries(w *strings.Builder, p *dashboards.Panel, results []result, width, height float64) {
	all := d.lines(p, results)
	base := styleOf(p, "", "")
	width, height = d.legend(w, p, all, width, height)
	low, high := limits(all)
	c := d.axes(w, width, height, height-20, low, high, base)
	c.times(w)
	if mode := base.ThresholdsStyle.Mode; mode != "" && mode != "off" {
		for _, step := range base.thresholds.Steps {
			if step.Value != nil && *step.Value >= c.y.from && *step.Value <= c.y.to {
				fmt.Fprintf(w, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="10 6"/>`,
					c.x.zero, c.x.zero+c.x.length, c.y.at(*step.Value), c.y.at(*step.Value), d.color(step.Color))
			}
		}
	}
	// From the top, so that what is stacked lower is in front.
	for _, l := range slices.Backward(all) {
		c.fill(w, l, all)
		c.line(w, l)
	}
	w.WriteString("</svg>")
}

// path follows points; it is broken where there are none for long.
func (c chart) path(points []dashboards.Point) string {
	var b strings.Builder
	before := math.Inf(-1)
	for _, p := range points {
		if math.IsNaN(p.V) {
			continue
		}
		command := "L"
		if math.IsInf(before, -1) || (p.T-before)/(c.x.to-c.x.from) > 0.05 {
			command = "M"
		}
		before = p.T
		fmt.Fprintf(&b, "%s%.1f %.1f", command, c.x.at(p.T), c.y.at(min(max(p.V, c.y.from), c.y.to)))
	}
	return b.String()
}

func (c chart) line(w *strings.Builder, l *line) {
	width := 1.0
	if l.LineWidth != nil {
		width = *l.LineWidth
	}
	dash := ""
	if l.LineStyle.Fill == "dash" {
		dash = fmt.Sprintf(` stroke-dasharray="%s"`, strings.Trim(fmt.Sprint(l.LineStyle.Dash), "[]"))
	}
	if width > 0 {
		fmt.Fprintf(w, `<path d="%s" fill="none" stroke="%s" stroke-width="%.1f"%s/>`, c.path(l.points), l.color, width*1.3, dash)
	}
	if len(l.points) == 1 {
		fmt.Fprintf(w, `<circle cx="%.1f" cy="%.1f" r="2" fill="%s"/>`, c.x.at(l.points[0].T), c.y.at(l.points[0].V), l.color)
	}
}

// fill colours what is between a line and the axis, or another line.
func (c chart) fill(w *strings.Builder, l *line, all []*line) {
	if len(l.points) < 2 || l.FillOpacity == 0 && l.FillBelowTo == "" {
		return
	}
	first, last := l.points[0], l.points[len(l.points)-1]
	floor := min(max(0, c.y.from), c.y.to)
	below := []dashboards.Point{{T: last.T, V: floor}, {T: first.T, V: floor}}
	opacity := l.FillOpacity
	if l.FillBelowTo != "" {
		opacity = cmp.Or(opacity, 20)
		for _, other := range all {
			if other.name == l.FillBelowTo {
				below = slices.Clone(other.points)
				slices.Reverse(below)
			}
		}
	}
	path := c.path(slices.Concat(l.points, below))
	fmt.Fprintf(w, `<path d="%s" fill="%s" fill-opacity="%.2f"/>`, path, l.color, opacity/100)
}
