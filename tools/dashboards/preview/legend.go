package main

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

type legendOptions struct {
	Legend struct {
		DisplayMode, Placement string
		ShowLegend             bool
		Calcs                  []string
		SortBy                 string
	}
}

// legend writes the names of lines, under them or beside them, and returns the space
// that is left.
func (d *draw) legend(w *strings.Builder, p *dashboards.Panel, all []*line, width, height float64) (float64, float64) {
	var o legendOptions
	_ = json.Unmarshal(p.Options, &o)
	var shown []*line
	for _, l := range all {
		if !l.HideFrom.Legend {
			shown = append(shown, l)
		}
	}
	if !o.Legend.ShowLegend || len(shown) == 0 {
		return width, height
	}
	if o.Legend.Placement == "right" {
		d.side(w, shown, o)
		return width - sideWidth(shown), height
	}
	// About six pixels a letter, and what does not fit on three lines is scrolled to.
	letters := 0
	for _, l := range shown {
		letters += len([]rune(l.name)) + 6
	}
	lines := min(1+float64(letters)*6.2/width, 3)
	high := float64(int(lines)) * 18
	fmt.Fprintf(w, `<div class="legend" style="position:absolute;bottom:4px;height:%.0fpx;left:0;right:0">`, high)
	for _, l := range shown {
		fmt.Fprintf(w, `<span><i style="background:%s"></i>%s</span> `, l.color, html.EscapeString(l.name))
	}
	w.WriteString("</div>")
	return width, height - high - 4
}

func sideWidth(shown []*line) float64 {
	letters := 0
	for _, l := range shown {
		letters = max(letters, len([]rune(l.name)))
	}
	return float64(min(letters*6+35, 180) + 120)
}

func (d *draw) side(w *strings.Builder, shown []*line, o legendOptions) {
	if o.Legend.SortBy != "" {
		shown = slices.Clone(shown)
		slices.SortStableFunc(shown, func(a, b *line) int { return int(sign(b.last - a.last)) })
	}
	fmt.Fprintf(w, `<div class="side" style="width:%.0fpx"><table><tr><th></th>`, sideWidth(shown))
	titles := map[string]string{"lastNotNull": "Last *", "last": "Last", "max": "Max"}
	for _, calc := range o.Legend.Calcs {
		fmt.Fprintf(w, `<th>%s</th>`, html.EscapeString(titles[calc]))
	}
	w.WriteString("</tr>")
	for _, l := range shown {
		fmt.Fprintf(w, `<tr><td class="legend"><i style="background:%s"></i>%s</td>`, l.color, html.EscapeString(l.name))
		for _, calc := range o.Legend.Calcs {
			value := l.last
			if calc == "max" {
				value = l.most
			}
			text, _ := l.write(value)
			fmt.Fprintf(w, `<td class="n">%s</td>`, html.EscapeString(text))
		}
		w.WriteString("</tr>")
	}
	w.WriteString("</table></div>")
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
