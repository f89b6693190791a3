package dashboards

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/rules"
)

// TestStrictDecode lets the SDK read its own output: no field that Grafana's schema
// does not have, and none of another type.
func TestStrictDecode(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	all, err := All(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		var decoded classic
		// The SDK returns an empty list of errors for none.
		if err := decoded.UnmarshalJSONStrict(d.JSON); err != nil && err.Error() != "" {
			t.Errorf("%s: %v", d.File, err)
		}
		if bytes.Contains(d.JSON, []byte(`"reducer": null`)) || decoded.Id != nil || decoded.SchemaVersion != 42 {
			t.Errorf("%s: has a null reducer, a number of its own, or schema %d", d.File, decoded.SchemaVersion)
		}
	}
}

// TestLayout: panels have numbers of their own and do not lie on each other, and
// everything has a name.
func TestLayout(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range readAll(t, Defaults()) {
		if len(r.UID) < 8 || len(r.UID) > 40 || r.Description == "" || seen[r.UID] || seen[r.Title] {
			t.Errorf("%s: its uid or title is no good or was used before, or there is no description", r.UID)
		}
		seen[r.UID], seen[r.Title] = true, true
		ids, taken := map[int]bool{}, map[[2]int]string{}
		for _, p := range r.all() {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s/%s has number %d, like another one", r.UID, p.Title, p.ID)
			}
			ids[p.ID] = true
			g := p.GridPos
			if g.X < 0 || g.W < 2 || g.X+g.W > 24 || g.H < 1 {
				t.Errorf("%s/%s is %d wide at %d", r.UID, p.Title, g.W, g.X)
			}
			for x := g.X; x < g.X+g.W; x++ {
				for y := g.Y; y < g.Y+g.H; y++ {
					if other, ok := taken[[2]int{x, y}]; ok {
						t.Fatalf("%s: %s lies on %s", r.UID, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
			checkPanel(t, &r, p)
		}
	}
}

// checkPanel is about what a reader needs: a sentence that says what to do, and
// numbers with a unit.
func checkPanel(t *testing.T, r *read, p readPanel) {
	if p.Type == "row" {
		return
	}
	if len(strings.Fields(p.Description)) < 8 || !strings.HasSuffix(p.Description, ".") {
		t.Errorf("%s/%s: the description says too little, or is no sentence: %q", r.UID, p.Title, p.Description)
	}
	if p.FieldConfig.Defaults.Unit == "" {
		t.Errorf("%s/%s has no unit", r.UID, p.Title)
	}
	recorded := false
	refs := map[string]bool{}
	for _, q := range p.Targets {
		selectors(parsed(t, ask{p.Title, q.Expr}), func(s *parser.VectorSelector, _ []parser.Node) {
			recorded = recorded || strings.Contains(s.Name, ":") || strings.HasPrefix(s.Name, "ALERTS")
		})
		if q.Instant == q.Range || refs[q.RefID] {
			t.Errorf("%s/%s/%s is neither of one time nor of a range, or there are two of it", r.UID, p.Title, q.RefID)
		}
		refs[q.RefID] = true
	}
	if says := strings.Contains(strings.ToLower(p.Description), "rule bundle"); recorded && !says {
		t.Errorf("%s/%s needs the rule bundle and does not say so", r.UID, p.Title)
	}
}

// TestLinks: every link of an alert and of a panel leads to a dashboard that there
// is, and sets variables that it has.
func TestLinks(t *testing.T) {
	variables := map[string]map[string]bool{}
	var links []string
	for _, r := range readAll(t, Defaults()) {
		variables[r.UID] = map[string]bool{}
		for _, v := range r.Templating.List {
			variables[r.UID]["var-"+v.Name] = true
		}
		for _, p := range r.all() {
			for _, l := range p.FieldConfig.Defaults.Links {
				links = append(links, l.URL)
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, property := range o.Properties {
					if property.ID == "links" {
						for _, l := range property.Value.([]any) {
							links = append(links, l.(map[string]any)["url"].(string))
						}
					}
				}
			}
		}
	}
	ofPanels := len(links)
	groups, err := rules.Groups(rules.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				links = append(links, r.Annotations["dashboard_url"])
			}
		}
	}
	if ofPanels == 0 || len(links) == ofPanels {
		t.Fatalf("%d links in panels, %d in all", ofPanels, len(links))
	}
	for _, link := range links {
		if strings.HasPrefix(link, Defaults().RunbookURL) {
			continue
		}
		path, query, _ := strings.Cut(link, "?")
		known, ok := variables[strings.TrimPrefix(path, "/d/")]
		if !ok {
			t.Errorf("there is no dashboard at %s", link)
			continue
		}
		for _, pair := range strings.Split(query, "&") {
			name, _, set := strings.Cut(pair, "=")
			if name, err = url.QueryUnescape(name); err != nil || set && !known[name] {
				t.Errorf("%s sets %s, which is no variable there", link, name)
			}
		}
	}
}
