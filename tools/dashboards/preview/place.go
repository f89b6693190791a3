package main

import (
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

// place puts the panels of all rows, or of those that are asked for, one under the
// other and repeats what is to be repeated.
func (p *picture) place(rows string) {
	for _, group := range groups(p.Panels) {
		if rows != "" && !wanted(group[0].Title, rows) {
			continue
		}
		if group[0].Repeat == "" || group[0].Type != "row" {
			p.group(group, p.chosen)
			continue
		}
		for _, value := range p.chosen[group[0].Repeat].Values {
			p.group(group, p.chosen.With(group[0].Repeat, dashboards.Value{Values: []string{value}}))
		}
	}
}

// groups are rows with the panels under them.
func groups(panels []*dashboards.Panel) (all [][]*dashboards.Panel) {
	for _, panel := range panels {
		if panel.Type == "row" || len(all) == 0 {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], panel)
	}
	return all
}

// group adds a row and its panels under what there is.
func (p *picture) group(panels []*dashboards.Panel, chosen dashboards.Values) {
	down := p.bottom() - panels[0].GridPos.Y
	for _, panel := range panels {
		one := *panel
		one.GridPos.Y += down
		if one.Repeat == "" || one.Type == "row" {
			p.panels = append(p.panels, placed{Panel: &one, chosen: chosen})
			continue
		}
		down += p.repeat(&one, chosen)
	}
}

func wanted(title, rows string) bool {
	for _, part := range strings.Split(rows, "|") {
		if strings.Contains(title, part) {
			return true
		}
	}
	return false
}

// repeat adds a panel for each value of what it is repeated for, and returns how much
// lower all that follows is. Copies share whole rows of the grid, so what was beside
// the panel comes under them.
func (p *picture) repeat(panel *dashboards.Panel, chosen dashboards.Values) (lower int) {
	values := chosen[panel.Repeat].Values
	g := panel.GridPos
	perRow := max(len(values), 1)
	if panel.MaxPerRow > 0 {
		perRow = min(perRow, panel.MaxPerRow)
	}
	for i, value := range values {
		copied := *panel
		copied.GridPos.W = columns / perRow
		copied.GridPos.X = i % perRow * copied.GridPos.W
		copied.GridPos.Y = g.Y + i/perRow*g.H
		p.panels = append(p.panels, placed{Panel: &copied, chosen: chosen.With(panel.Repeat, dashboards.Value{Values: []string{value}})})
	}
	lines := (len(values) + perRow - 1) / perRow
	if g.W < columns && g.W*perRow >= columns {
		return lines * g.H // it had a neighbour
	}
	return (lines - 1) * g.H
}

// bottom is the first row of the grid that is free.
func (p *picture) bottom() (y int) {
	for _, panel := range p.panels {
		y = max(y, panel.GridPos.Y+panel.GridPos.H)
	}
	return y
}
