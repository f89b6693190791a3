package dashboards

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// panel is one picture. Every one has a title, a unit and a description, which says
// what is good and what to do when it is not.
type panel struct {
	title       string
	description string
	width       int // of 24
	draw        drawing
	unit        string // one of the SDK's package units
	queries     []query

	min, max *float64
	decimals *float64
	steps    []step // from which value on what is coloured how
	words    []word // values that are shown as text
	links    []link // where a click leads; in a table from its first column
	none     string // shown where there is no data
	repeat   string // the variable for each of whose values it is repeated
	across   int    // how many repeated ones are beside each other at most
}

// drawing is how a panel shows its queries.
type drawing interface {
	// plugin is what Grafana calls it, with the queries' format.
	plugin() (name string, format prometheus.PromQueryFormat, instant bool)
	// options fills in what only this plugin has.
	options(p *panel, d *dashboard.Panel)
}

// step colours values from a value on. The first of several has no value.
type step struct {
	from  float64
	color string
}

// word shows a value as a coloured text.
type word struct {
	value, text, color string
}

// build takes a copy of the panel, since it fills its links in.
func (p panel) build(x *expander) (dashboard.Panel, error) {
	name, format, instant := p.draw.plugin()
	p.links = x.links(p.links)
	d := dashboard.NewPanel()
	d.Type, d.Title, d.Description, d.Datasource = name, &p.title, &p.description, source()
	d.FieldConfig = dashboard.NewFieldConfigSource()
	d.FieldConfig.Overrides = []dashboard.DashboardFieldConfigSourceOverrides{}
	f := &d.FieldConfig.Defaults
	f.Unit, f.Min, f.Max, f.Decimals = &p.unit, p.min, p.max, p.decimals
	f.Color = &dashboard.FieldColor{Mode: dashboard.FieldColorModeIdPaletteClassic}
	f.Thresholds, f.Mappings = thresholdsOf(p.steps), mappingsOf(p.words)
	if p.none != "" {
		f.NoValue = &p.none
	}
	if p.repeat != "" {
		d.Repeat, d.RepeatDirection = &p.repeat, ptr(dashboard.PanelRepeatDirectionH)
		d.MaxPerRow = ptr(float64(p.across))
	}
	for i := range p.queries {
		t, err := p.queries[i].target(x, i, format, instant)
		if err != nil {
			return *d, err
		}
		d.Targets = append(d.Targets, t)
	}
	p.draw.options(&p, d)
	if p.width < 1 || p.width > gridWidth {
		return *d, fmt.Errorf("it is %d wide", p.width)
	}
	return *d, d.Validate()
}

// setLinks adds the links to every value of a time series.
func (p *panel) setLinks(d *dashboard.Panel) {
	d.FieldConfig.Defaults.Links = linksOf(p.links)
}

// link leads to a place with variables set from what was clicked.
type link struct{ title, url string }

// to is a link to a dashboard of the bundle that keeps the time, data source and
// job, and sets variables from the labels of what was clicked. In a table the
// labels are columns. A name such as $model keeps that variable as it is.
func to(title, uid string, d drawing, names ...string) link {
	from := "__field.labels"
	switch d.(type) {
	case columns, bars:
		from = "__data.fields"
	}
	url := "/d/" + uid + "?${__url_time_range}"
	for _, n := range append([]string{"$datasource", "$job"}, names...) {
		if kept, ok := strings.CutPrefix(n, "$"); ok {
			url += "&${" + kept + ":queryparam}"
		} else {
			url += fmt.Sprintf("&var-%s=${%s.%s:percentencode}", n, from, n)
		}
	}
	return link{title, url}
}

// runbook leads from the name of an alert to what to do about it.
var runbook = link{"What to do about it", runbooks + "/${__value.text}.md"}

// runbooks stands for Options.RunbookURL in links.
const runbooks = "RUNBOOKS"

// links are those of an installation.
func (x *expander) links(links []link) []link {
	out := slices.Clone(links)
	for i, l := range out {
		l.url = strings.Replace(l.url, runbooks, x.RunbookURL, 1)
		if x.Cluster != "" {
			l.url = strings.Replace(l.url, "&${job:", "&${"+x.Cluster+":queryparam}&${job:", 1)
		}
		out[i] = l
	}
	return out
}

func linksOf(links []link) []dashboard.DashboardLink {
	var out []dashboard.DashboardLink
	for _, l := range links {
		d := dashboard.NewDashboardLink()
		d.Title, d.Type, d.Url = l.title, dashboard.DashboardLinkTypeLink, ptr(l.url)
		out = append(out, *d)
	}
	return out
}

func thresholdsOf(steps []step) *dashboard.ThresholdsConfig {
	t := dashboard.NewThresholdsConfig()
	t.Mode, t.Steps = dashboard.ThresholdsModeAbsolute, nil
	for i, s := range steps {
		one := dashboard.Threshold{Color: s.color}
		if i > 0 {
			one.Value = ptr(s.from)
		}
		t.Steps = append(t.Steps, one)
	}
	if t.Steps == nil {
		t.Steps = []dashboard.Threshold{{Color: "text"}}
	}
	return t
}

func mappingsOf(words []word) []dashboard.ValueMapping {
	if len(words) == 0 {
		return nil
	}
	m := dashboard.NewValueMap()
	m.Options = map[string]dashboard.ValueMappingResult{}
	for i, w := range words {
		m.Options[w.value] = dashboard.ValueMappingResult{Text: ptr(w.text), Color: ptr(w.color), Index: ptr(int32(i))}
	}
	return []dashboard.ValueMapping{{ValueMap: m}}
}

// setField changes a property of the field with a name.
func setField(d *dashboard.Panel, name, property string, value any) {
	set(d, "byName", name, property, value)
}

// setQuery changes a property of everything that a query returns.
func setQuery(d *dashboard.Panel, place int, property string, value any) {
	set(d, "byFrameRefID", refID(place), property, value)
}

// set puts all properties of one matcher into one override.
func set(d *dashboard.Panel, matcher, of, property string, value any) {
	v := dashboard.DynamicConfigValue{Id: property, Value: value}
	all := d.FieldConfig.Overrides
	for i := range all {
		if all[i].Matcher.Id == matcher && all[i].Matcher.Options == any(of) {
			all[i].Properties = append(all[i].Properties, v)
			return
		}
	}
	d.FieldConfig.Overrides = append(all, dashboard.DashboardFieldConfigSourceOverrides{
		Matcher:    dashboard.MatcherConfig{Id: matcher, Options: of},
		Properties: []dashboard.DynamicConfigValue{v},
	})
}
