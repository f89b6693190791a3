package page

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"
)

// How much is shown at once. The rest is counted, and a click away.
const (
	mostFindings = 8   // of the exporter and its sources
	mostRows     = 40  // model versions in the table
	mostFineRows = 15  // rows from which on nothing that is fine is added
	mostRowsAll  = 500 // the same, where all were asked for
	mostCards    = 4   // model versions told in full
	mostShown    = 5   // things of one side of a model
	mostItems    = 100 // the same, where one model was asked for
	mostSources  = 20
	mostNames    = 10
)

// Choice is what of an overview is looked at. The zero value is the front page.
type Choice struct {
	Model, Version string // one model version in full; with Model alone all of its versions
	All            bool   // model versions beyond the worst ones
}

// Knows tells whether what is chosen is there.
func (o *Overview) Knows(c Choice) bool {
	return c.Model == "" && c.Version == "" || slices.ContainsFunc(o.Models, c.is)
}

func (c *Choice) is(m Model) bool {
	return m.Name == c.Model && (c.Version == "" || m.Version == c.Version)
}

// view is an overview as it is shown.
type view struct {
	*Overview
	Choice       Choice
	One          bool // model is looked at
	Headline     string
	State        state
	Findings     []finding
	MoreFindings int
	Areas        []string
	About        [][2]string // what the areas mean
	Rows         []row
	MoreRows     int
	MoreWrong    int // of MoreRows
	Cards        []card
	Table        []Source
	MoreSources  int
}

// row is a model version in the table.
type row struct {
	Model *Model
	State state
	Cells []cell
}

// cell is one side of it.
type cell struct {
	State state
	Text  string
	Title string
}

// card is a model version in full.
type card struct {
	Model *Model
	State state
	Wrong []result // what is wrong now
	Over  []result // what was, or is worth knowing
	Fine  []line
	Open  []line // what cannot be told
	Worst []Drift
	// Metrics are those that are not in Wrong.
	Metrics []Metric
}

// line is a side of a model of which there is nothing to do.
type line struct{ Area, Text string }

// Write writes the page that is chosen.
func Write(w io.Writer, o *Overview, c Choice) error {
	return pages.ExecuteTemplate(w, "page", look(o, c))
}

func look(o *Overview, c Choice) *view {
	v := &view{Overview: o, Choice: c, One: c.Model != "" || c.Version != ""}
	for _, a := range areas {
		v.Areas, v.About = append(v.Areas, a.Name), append(v.About, [2]string{a.Name, a.About})
	}
	all := o.findings()
	v.Findings = all[:min(len(all), mostFindings)]
	v.MoreFindings = len(all) - len(v.Findings)
	models := o.worstFirst()
	v.headline(models)
	v.choose(models)
	v.Table = slices.Clone(o.Sources)
	slices.SortStableFunc(v.Table, func(a, b Source) int { return cmp.Compare(b.worst(), a.worst()) })
	v.MoreSources = max(0, len(v.Table)-mostSources)
	v.Table = v.Table[:len(v.Table)-v.MoreSources]
	return v
}

// choose picks the rows and cards.
func (v *view) choose(models []*Model) {
	cards, items := mostCards, mostShown
	if v.One {
		models = slices.DeleteFunc(models, func(m *Model) bool { return !v.Choice.is(*m) })
		cards, items = 1, mostItems
	}
	rows, fineRows := mostRows, mostFineRows
	if v.Choice.All {
		rows, fineRows, cards = mostRowsAll, mostRowsAll, 0
	}
	for i, m := range models {
		if i >= rows || i >= fineRows && m.state() <= fine {
			v.MoreRows++
			if m.state() >= wrong {
				v.MoreWrong++
			}
			continue
		}
		if len(models) > 1 {
			v.Rows = append(v.Rows, m.row())
		}
		// Of many models only those that need somebody are told in full.
		if i < cards && (len(models) <= cards || m.state() > fine) {
			v.Cards = append(v.Cards, m.card(items))
		}
	}
}

// headline sums up the page.
func (v *view) headline(models []*Model) {
	bad, broken := 0, 0
	for _, m := range models {
		if m.state() >= wrong {
			bad++
		}
		v.State = max(v.State, m.state())
	}
	for i := range v.Sources {
		if v.Sources[i].worst() >= wrong {
			broken++
		}
	}
	for _, f := range v.Findings {
		v.State = max(v.State, f.State)
	}
	var parts []string
	share := func(k, n int, one, many string) {
		switch {
		case k > 0 && n == 1:
			parts = append(parts, "the "+one)
		case k > 0:
			parts = append(parts, fmt.Sprintf("%d of %d %s", k, n, many))
		}
	}
	share(bad, len(models), "model", "model versions")
	share(broken, len(v.Sources), "source", "sources")
	compared := slices.ContainsFunc(models, func(m *Model) bool { return len(m.Drifts) > 0 })
	switch {
	case len(parts) > 0:
		v.Headline = "Something is wrong with " + strings.Join(parts, " and ") + "."
	case v.State >= wrong:
		v.Headline = "Something is wrong."
	case len(models) > 0 && !compared:
		v.State, v.Headline = max(v.State, over), "Nothing is wrong so far; there are too few events yet to compare with a baseline."
	case v.State == over:
		v.Headline = "Nothing is wrong now; some things were, or are good to know."
	default:
		v.State, v.Headline = fine, "Nothing is wrong."
	}
}

// state is the worst of a model's sides.
func (m *Model) state() state {
	worst := fine
	for i := range m.results {
		worst = max(worst, m.results[i].State)
	}
	return worst
}

// worstFirst orders models by what is wrong with them, then by name.
func (o *Overview) worstFirst() []*Model {
	all := make([]*Model, len(o.Models))
	for i := range o.Models {
		all[i] = &o.Models[i]
	}
	sides := func(m *Model, s state) (n int) {
		for i := range m.results {
			if m.results[i].State == s {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b *Model) int {
		return cmp.Or(cmp.Compare(sides(b, grave), sides(a, grave)), cmp.Compare(sides(b, wrong), sides(a, wrong)),
			cmp.Compare(b.excess(), a.excess()), cmp.Compare(b.things(), a.things()), cmp.Compare(sides(b, over), sides(a, over)),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	return all
}

// excess is how far the worst thing that is wrong is above its threshold.
func (m *Model) excess() (x float64) {
	for i := range m.results {
		for _, item := range m.results[i].Items {
			if item.state >= wrong {
				x = max(x, item.excess)
			}
		}
	}
	return x
}

// things is how many things are wrong with a model.
func (m *Model) things() (n int) {
	for i := range m.results {
		n += m.results[i].Wrong
	}
	return n
}

//go:embed page.html
var pageHTML string

//go:embed style.css
var style string

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(style) },
	"number": number, "rounded": rounded, "percent": percent, "duration": duration, "age": age, "about": about,
	"total": total, "seconds": time.Duration.Seconds, "relative": relative,
	"verdict": Drift.verdict, "marks": Drift.marks,
	"quality": Metric.verdict, "judgement": Metric.judgement, "styleOf": styleOf, "band": Metric.band, "gloss": gloss,
	"measured": measured, "known": isFinite, "baseline": baselineText, "words": words, "capital": capital,
}).Parse(pageHTML))

// relative makes a path of this server one that survives a proxy's prefix.
func relative(path string) string { return strings.TrimPrefix(path, "/") }
