package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

// frame is a table: texts and numbers by the names of its columns.
type frame struct {
	columns []column
	rows    []map[string]any // string or float64
}

type column struct{ name, ref string }

// frames makes one table of what the targets returned, changed as the panel says.
func frames(p *dashboards.Panel, results []result) frame {
	f := merge(results)
	for _, t := range p.Transformations {
		switch t.ID {
		case "organize":
			f.organize(t.Options)
		case "sortBy":
			var o struct {
				Sort []struct {
					Field string
					Desc  bool
				}
			}
			_ = json.Unmarshal(t.Options, &o)
			for _, s := range o.Sort {
				f.sort(s.Field, s.Desc)
			}
		case "groupingToMatrix":
			f = f.matrix(t.Options)
		}
	}
	return f
}

// merge joins the rows of targets whose labels are equal. A value is called Value, or
// Value #A if there is more than one target.
func merge(results []result) (f frame) {
	labels := map[string]bool{}
	byKey := map[string]map[string]any{}
	var values []column
	for _, r := range results {
		value := column{"Value", r.RefID}
		if len(results) > 1 {
			value.name += " #" + r.RefID
		}
		values = append(values, value)
		for _, s := range r.series {
			if len(s.Points) == 0 {
				continue
			}
			key := s.String()
			row := byKey[key]
			if row == nil {
				row = map[string]any{}
				byKey[key] = row
				f.rows = append(f.rows, row)
			}
			for name, text := range s.Labels {
				if name != "__name__" {
					row[name], labels[name] = text, true
				}
			}
			row[value.name] = s.Points[len(s.Points)-1].V
		}
	}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		f.columns = append(f.columns, column{name: name})
	}
	f.columns = append(f.columns, values...)
	return f
}

func (f *frame) organize(options json.RawMessage) {
	var o struct {
		ExcludeByName map[string]bool
		IndexByName   map[string]int
		RenameByName  map[string]string
	}
	_ = json.Unmarshal(options, &o)
	place := func(c column) int {
		if i, ok := o.IndexByName[c.name]; ok {
			return i
		}
		return len(f.columns)
	}
	f.columns = slices.DeleteFunc(f.columns, func(c column) bool { return o.ExcludeByName[c.name] })
	slices.SortStableFunc(f.columns, func(a, b column) int { return place(a) - place(b) })
	for i, c := range f.columns {
		if to := o.RenameByName[c.name]; to != "" {
			for _, row := range f.rows {
				if value, ok := row[c.name]; ok {
					delete(row, c.name)
					row[to] = value
				}
			}
			f.columns[i].name = to
		}
	}
}

func (f *frame) sort(by string, desc bool) {
	slices.SortStableFunc(f.rows, func(a, b map[string]any) int {
		c := compare(a[by], b[by])
		if desc {
			c = -c
		}
		return c
	})
}

// compare sorts numbers, texts that are numbers, and texts.
func compare(a, b any) int {
	x, isX := a.(float64)
	y, isY := b.(float64)
	switch {
	case isX && isY:
		return cmp.Compare(x, y)
	case isX != isY:
		return map[bool]int{true: 1, false: -1}[isX]
	}
	s, t := fmt.Sprint(a), fmt.Sprint(b)
	if len(s) != len(t) && strings.Trim(s+t, "0123456789") == "" {
		return len(s) - len(t)
	}
	return strings.Compare(s, t)
}

// matrix makes columns of the values of one column.
func (f frame) matrix(options json.RawMessage) frame {
	var o struct{ ColumnField, RowField, ValueField string }
	_ = json.Unmarshal(options, &o)
	corner := o.RowField + `\` + o.ColumnField
	rows := map[string]map[string]any{}
	names := map[string]bool{}
	for _, r := range f.rows {
		key, name := fmt.Sprint(r[o.RowField]), fmt.Sprint(r[o.ColumnField])
		if rows[key] == nil {
			rows[key] = map[string]any{corner: key}
		}
		rows[key][name], names[name] = r[o.ValueField], true
	}
	out := frame{columns: []column{{name: corner}}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out.columns = append(out.columns, column{name: name})
	}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		for name := range names {
			if _, ok := rows[key][name]; !ok {
				rows[key][name] = 0.0
			}
		}
		out.rows = append(out.rows, rows[key])
	}
	return out
}

func (d *draw) table(w *strings.Builder, p *dashboards.Panel, results []result) {
	var o struct {
		SortBy []struct {
			DisplayName string
			Desc        bool
		}
	}
	_ = json.Unmarshal(p.Options, &o)
	f := frames(p, results)
	for _, s := range o.SortBy {
		f.sort(s.DisplayName, s.Desc)
	}
	w.WriteString("<table><tr>")
	styles := make([]style, len(f.columns))
	for i, c := range f.columns {
		styles[i] = styleOf(p, c.name, c.ref)
		fmt.Fprintf(w, "<th>%s</th>", html.EscapeString(styles[i].name))
	}
	w.WriteString("</tr>")
	for _, row := range f.rows {
		w.WriteString("<tr>")
		for i, c := range f.columns {
			d.cell(w, &styles[i], row[c.name])
		}
		w.WriteString("</tr>")
	}
	w.WriteString("</table>")
}

func (d *draw) cell(w *strings.Builder, s *style, value any) {
	x, number := value.(float64)
	if !number {
		text, _ := value.(string)
		fmt.Fprintf(w, "<td>%s</td>", html.EscapeString(text))
		return
	}
	text, color := s.write(x)
	if s.continuous && s.min != nil && s.max != nil {
		fmt.Fprintf(w, `<td class="n" style="background:%s">%s</td>`, d.shade((x-*s.min)/(*s.max-*s.min)), html.EscapeString(text))
		return
	}
	paint := ""
	if color = d.color(color); color != "" && color != "transparent" && !math.IsNaN(x) {
		switch s.CellOptions.Type {
		case "color-background":
			paint = fmt.Sprintf(` style="background:%s;color:%s"`, color, d.on(color))
		case "color-text":
			paint = fmt.Sprintf(` style="color:%s"`, color)
		}
	}
	fmt.Fprintf(w, `<td class="n"%s>%s</td>`, paint, html.EscapeString(text))
}

// on is the colour of text on a coloured ground.
func (d *draw) on(ground string) string {
	if ground == d.colors["text"] {
		return "var(--panel)"
	}
	return "#fff"
}
