package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

// barchart draws a group of bars for each row, by the first column of texts or the
// one that the panel names.
func (d *draw) barchart(w *strings.Builder, p *dashboards.Panel, results []result, width, height float64) {
	var o struct {
		XField     string
		GroupWidth float64
	}
	_ = json.Unmarshal(p.Options, &o)
	f := frames(p, results)
	var bars []*line
	for _, c := range f.columns {
		if c.name == o.XField {
			continue
		}
		l := &line{style: styleOf(p, c.name, c.ref), color: palette[len(bars)%len(palette)]}
		if l.fixed != "" {
			l.color = d.color(l.fixed)
		}
		for i, row := range f.rows {
			if x, ok := row[c.name].(float64); ok {
				l.points = append(l.points, dashboards.Point{T: float64(i), V: x})
			}
		}
		bars = append(bars, l)
	}
	width, height = d.legend(w, p, bars, width, height)
	_, high := limits(bars)
	const under = 54 // for names that lean
	c := d.axes(w, width, height, height-under, 0, high, styleOf(p, "", ""))
	group := c.x.length / float64(max(len(f.rows), 1))
	wide := group * cmp.Or(o.GroupWidth, 0.7) / float64(max(len(bars), 1))
	for n, l := range bars {
		for _, point := range l.points {
			x := c.x.zero + group*(point.T+0.5) + wide*(float64(n)-float64(len(bars))/2)
			fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" fill-opacity="%.2f"/>`,
				x, c.y.at(point.V), wide*0.97, c.y.zero-c.y.at(point.V), l.color, cmp.Or(l.FillOpacity, 80)/100)
		}
	}
	for i, row := range f.rows {
		x, y := c.x.zero+group*(float64(i)+0.5), c.y.zero+14
		fmt.Fprintf(w, `<text transform="translate(%.0f %.0f) rotate(-30)" text-anchor="end">%s</text>`, x, y, html.EscapeString(fmt.Sprint(row[o.XField])))
	}
	w.WriteString("</svg>")
}
