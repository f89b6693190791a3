package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

// timeline draws a bar for each series, in the colours of its states.
func (d *draw) timeline(w *strings.Builder, p *dashboards.Panel, results []result, width, height float64) {
	var o struct {
		RowHeight float64
		PerPage   int
	}
	_ = json.Unmarshal(p.Options, &o)
	all := d.lines(p, results)
	if o.PerPage > 0 && len(all) > o.PerPage {
		all = all[:o.PerPage]
	}
	left := 20.0
	for _, l := range all {
		left = max(left, 14+6.2*float64(len([]rune(l.name))))
	}
	left = min(left, width/3)
	c := chart{scale{d.p.from, d.p.to, left, width - left - 10}, scale{}, width, height}
	fmt.Fprintf(w, `<svg width="%.0f" height="%.0f">`, width, height)
	row := (height - 22) / float64(len(all))
	for i, l := range all {
		top := float64(i)*row + row*(1-cmp.Or(o.RowHeight, 0.9))/2
		fmt.Fprintf(w, `<text x="%.0f" y="%.1f" text-anchor="end">%s</text>`, left-6, top+row/2+2, html.EscapeString(l.name))
		for _, s := range states(l.points) {
			_, color := l.write(s.V)
			fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" fill-opacity="%.2f"/>`,
				max(c.x.at(s.T), left), top, max(c.x.at(s.until)-max(c.x.at(s.T), left), 1), row*cmp.Or(o.RowHeight, 0.9), d.color(cmp.Or(color, "text")), cmp.Or(l.FillOpacity, 70)/100)
		}
	}
	c.times(w)
	w.WriteString("</svg>")
}

type state struct {
	dashboards.Point
	until float64
}

// states merges points of the same value that follow each other.
func states(points []dashboards.Point) (all []state) {
	step := math.Inf(1)
	for i := 1; i < len(points); i++ {
		step = min(step, points[i].T-points[i-1].T)
	}
	if math.IsInf(step, 1) {
		step = 15
	}
	for _, p := range points {
		if n := len(all); n > 0 && all[n-1].V == p.V && p.T-all[n-1].until < step/2 {
			all[n-1].until = p.T + step
		} else {
			all = append(all, state{p, p.T + step})
		}
	}
	return all
}

// strip is a column or a cell of a heat map.
type strip struct{ time, from, to, count float64 }

// heatmap draws counts by time and value: of native histograms, of classic buckets,
// or of series that are rows in their order.
func (d *draw) heatmap(w *strings.Builder, p *dashboards.Panel, results []result, width, height float64) {
	var o struct {
		YAxis        struct{ Unit string }
		FilterValues struct{ LE float64 }
	}
	_ = json.Unmarshal(p.Options, &o)
	cells, names := strips(results)
	low, high, most, step := math.Inf(1), 0.0, 0.0, math.Inf(1)
	times := map[float64]bool{}
	for _, c := range cells {
		if c.count > o.FilterValues.LE {
			low, high, most = min(low, c.from), max(high, c.to), max(most, c.count)
		}
		times[c.time] = true
	}
	for t := range times {
		for u := range times {
			if u > t {
				step = min(step, u-t)
			}
		}
	}
	if math.IsInf(step, 1) {
		step = 60
	}
	left := 60.0
	for _, n := range names {
		left = max(left, 16+6*float64(len([]rune(n))))
	}
	place := func(x float64) float64 { return x }
	if names == nil { // native buckets grow by a factor
		low, place = max(low, 1e-6), math.Log2
	}
	y := scale{place(low), place(high), height - 20, 26 - height}
	c := chart{scale{d.p.from, d.p.to, left, width - left - 10}, y, width, height}
	fmt.Fprintf(w, `<svg width="%.0f" height="%.0f">`, width, height)
	for _, s := range cells {
		if s.count <= o.FilterValues.LE || s.from < low {
			continue
		}
		top, bottom := y.at(place(s.to)), y.at(place(s.from))
		x := max(c.x.at(s.time-step), left)
		fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x, top, c.x.at(s.time)-x, bottom-top, d.shade(math.Sqrt(s.count/most)))
	}
	for i, n := range names {
		fmt.Fprintf(w, `<text x="%.0f" y="%.1f" text-anchor="end">%s</text>`, left-6, y.at(float64(i)+0.5)+4, html.EscapeString(n))
	}
	for x := math.Exp2(math.Ceil(place(low))); names == nil && x <= high; x *= 4 {
		fmt.Fprintf(w, `<text x="%.0f" y="%.1f" text-anchor="end">%s</text>`, left-6, y.at(place(x))+4, html.EscapeString(format(x, o.YAxis.Unit, nil)))
	}
	c.times(w)
	w.WriteString("</svg>")
}

// shade goes from the panel's own colour to a full blue.
func (d *draw) shade(share float64) string {
	return fmt.Sprintf("color-mix(in srgb, %s %.0f%%, var(--panel))", d.colors["blue"], 12+88*share)
}

// strips are the cells of a heat map, and the names of its rows if it has any, in the
// order in which Prometheus returns them: Grafana does not sort them, either.
func strips(results []result) (cells []strip, names []string) {
	for _, r := range results {
		if r.Format == "heatmap" {
			r.series = apart(r.series)
		}
		for _, s := range r.series {
			for _, h := range s.Histograms {
				for _, b := range h.Buckets {
					cells = append(cells, strip{h.T, b.From, b.To, b.Count})
				}
			}
			if len(s.Histograms) > 0 {
				continue
			}
			names = append(names, legend(r.Target, s))
			for _, p := range s.Points {
				if !math.IsNaN(p.V) {
					cells = append(cells, strip{p.T, float64(len(names) - 1), float64(len(names)), p.V})
				}
			}
		}
	}
	if slices.ContainsFunc(cells, func(c strip) bool { return c.to > float64(len(names)) }) {
		return cells, nil
	}
	return cells, names
}

// apart takes from classic buckets, which count all that is below them, what the one
// below counts.
func apart(series []dashboards.Series) (all []dashboards.Series) {
	series = slices.Clone(series)
	slices.SortFunc(series, func(a, b dashboards.Series) int { return cmp.Compare(bound(a.Labels["le"]), bound(b.Labels["le"])) })
	below := map[float64]float64{}
	for _, s := range series {
		points := slices.Clone(s.Points)
		for i, p := range points {
			points[i].V -= below[p.T]
			below[p.T] = p.V
		}
		s.Points = points
		all = append(all, s)
	}
	return all
}

// bound is the number that a text is, or infinity.
func bound(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.Inf(1)
	}
	return x
}
