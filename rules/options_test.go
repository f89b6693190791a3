package rules

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestOptions: what is asked for is in every place.
func TestOptions(t *testing.T) {
	o := Defaults()
	o.Selector = `job="ml",cluster=~"eu-.*"`
	o.Labels = map[string]string{"cluster": "eu-1"}
	o.For = map[string]time.Duration{"ModelStale": 7 * time.Hour}
	o.RunbookURL, o.DashboardURL, o.ExporterOwner = "https://wiki/r", "https://grafana/d", "sre"
	groups, err := Groups(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Labels["cluster"] != "eu-1" {
				t.Errorf("%s%s: no label cluster", r.Record, r.Alert)
			}
			checkSelectors(t, r.Expr)
			if r.Alert == "" {
				continue
			}
			if r.Alert == "ModelStale" && r.For != model.Duration(7*time.Hour) {
				t.Errorf("ModelStale waits %s", r.For)
			}
			if a := r.Annotations; a["runbook_url"] != "https://wiki/r/"+r.Alert+".md" || !strings.HasPrefix(a["dashboard_url"], "https://grafana/d/model-exporter-") {
				t.Errorf("%s: links %q and %q", r.Alert, a["runbook_url"], a["dashboard_url"])
			}
			if strings.HasPrefix(r.Alert, "ModelExporter") && r.Labels["model_owner"] != "sre" {
				t.Errorf("%s: owner %q", r.Alert, r.Labels["model_owner"])
			}
			for _, call := range regexp.MustCompile(`printf ("(?:[^"\\]|\\.)*")`).FindAllStringSubmatch(r.Annotations["description"], -1) {
				if text, err := strconv.Unquote(call[1]); err != nil {
					t.Error(err)
				} else if strings.Contains(text, "(") || strings.Contains(text, "{") {
					checkSelectors(t, strings.ReplaceAll(text, "%q", `"x"`))
				}
			}
		}
	}
}

func checkSelectors(t *testing.T, text string) {
	t.Helper()
	e, err := promql.ParseExpr(text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			want := `cluster=~"eu-.*"`
			if strings.Contains(s.Name, ":") || s.Name == "ALERTS" {
				want = `cluster="eu-1"`
			}
			if !strings.Contains(s.String(), want) {
				t.Errorf("%s lacks %s", s, want)
			}
		}
		return nil
	})
}

func TestWrongOptions(t *testing.T) {
	for want, change := range map[string]func(*Options){
		`selector "job=": `:                               func(o *Options) { o.Selector = "job=" },
		`label "a b": no legal label name`:                func(o *Options) { o.Labels = map[string]string{"a b": "c"} },
		`selector "{__name__=\"x\"}": names metrics`:      func(o *Options) { o.Selector = `{__name__="x"}` },
		`label "__name__": no legal label name`:           func(o *Options) { o.Labels = map[string]string{"__name__": "c"} },
		`link "https://u{{": no address`:                  func(o *Options) { o.RunbookURL = "https://u{{" },
		`label "model": the rules set it themselves`:      func(o *Options) { o.Labels = map[string]string{"model": "c"} },
		`label "feature": the rules set it themselves`:    func(o *Options) { o.Labels = map[string]string{"feature": "c"} },
		`for "ModelSlow": no such alert; the alerts are `: func(o *Options) { o.For = map[string]time.Duration{"ModelSlow": 1} },
	} {
		o := Defaults()
		change(&o)
		if _, err := Groups(o); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
	}
}
