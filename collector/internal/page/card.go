package page

import (
	"fmt"
	"slices"
)

// signs stand for states in the table.
var signs = map[state]string{unknown: "–", fine: "✓", over: "○", wrong: "!", grave: "✕"}

func (m *Model) row() row {
	r := row{Model: m, State: m.state()}
	for _, a := range areas {
		c := cell{State: none}
		if i := slices.IndexFunc(m.results, func(r result) bool { return r.Area == a.Name }); i >= 0 {
			x := &m.results[i]
			c = cell{State: x.State, Text: signs[x.State]}
			if x.Wrong > 1 {
				c.Text += fmt.Sprintf(" %d", x.Wrong)
			}
			if x.State > fine {
				c.Title = x.Head
			}
		}
		r.Cells = append(r.Cells, c)
	}
	return r
}

// card tells a model, with at most so many things of each side.
func (m *Model) card(items int) card {
	c := card{Model: m, State: m.state()}
	for _, r := range m.results {
		if hidden := len(r.Items) - items; hidden > 0 {
			r.Items, r.More = r.Items[:items], r.More+hidden
		}
		switch {
		case r.State >= wrong:
			c.Wrong = append(c.Wrong, r)
			if r.Rest != "" {
				c.Fine = append(c.Fine, line{r.Area, r.Rest})
			}
		case r.State == over:
			c.Over = append(c.Over, r)
		case r.State == fine:
			c.Fine = append(c.Fine, line{r.Area, r.Head})
		default:
			c.Open = told(c.Open, r)
		}
	}
	for _, d := range m.Drifts {
		if len(c.Worst) == 3 || d.verdict() == "drifted" {
			break
		}
		c.Worst = append(c.Worst, d)
	}
	if len(c.Wrong) > 0 {
		c.Worst = nil // there is more to say
	}
	if p := m.Performance; p != nil {
		c.Metrics = slices.DeleteFunc(slices.Clone(p.Metrics), func(m Metric) bool { return m.verdict() == "degraded" })
	}
	return c
}

// told adds what cannot be told of a side, once for all sides of which it is the same.
func told(lines []line, r result) []line {
	for i := range lines {
		if lines[i].Text == r.Head {
			lines[i].Area += ", " + r.Area
			return lines
		}
	}
	return append(lines, line{r.Area, r.Head})
}
