package dashboards

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/rules"
)

// targetLabels are what Prometheus gives to all that it scrapes.
var targetLabels = []string{"job", "instance"}

// foreign are metrics of others, with the labels that are used.
var foreign = map[string][]string{
	"ALERTS":           {"alertname", "alertstate", "priority", "component", "model", "model_version", "kpi"},
	"ALERTS_FOR_STATE": {"alertname", "priority", "component", "model", "model_version"},

	// The exporter's own, as client_golang and common/version make them, and
	// Prometheus about each scrape.
	"model_exporter_build_info":     {"version", "revision", "goversion"},
	"process_cpu_seconds_total":     nil,
	"process_resident_memory_bytes": nil,
	"process_start_time_seconds":    nil,
	"process_open_fds":              nil,
	"process_max_fds":               nil,
	"up":                            nil,
	"scrape_duration_seconds":       nil,

	// node_exporter, cAdvisor, kube-state-metrics and dcgm-exporter.
	"node_uname_info":                           nil,
	"node_cpu_seconds_total":                    {"mode"},
	"node_memory_MemAvailable_bytes":            nil,
	"node_memory_MemTotal_bytes":                nil,
	"container_cpu_usage_seconds_total":         {"namespace", "pod", "container"},
	"container_cpu_cfs_periods_total":           {"namespace", "pod", "container"},
	"container_cpu_cfs_throttled_periods_total": {"namespace", "pod", "container"},
	"container_memory_working_set_bytes":        {"namespace", "pod", "container"},
	"kube_pod_container_resource_limits":        {"namespace", "pod", "resource"},
	"DCGM_FI_DEV_GPU_UTIL":                      {"Hostname", "gpu"},
	"DCGM_FI_DEV_FB_USED":                       {"Hostname", "gpu"},
	"DCGM_FI_DEV_FB_FREE":                       {"Hostname", "gpu"},
}

// labelsOf are the labels of every metric that a query may name.
func labelsOf(t *testing.T) map[string][]string {
	t.Helper()
	known := map[string][]string{}
	for name, labels := range foreign {
		known[name] = append(slices.Clone(labels), targetLabels...)
	}
	for _, f := range catalog.Families {
		labels := append(slices.Clone(f.Labels), targetLabels...)
		known[f.Name] = labels
		if f.Type == catalog.Histogram {
			known[f.Name+"_bucket"] = append(labels, "le")
			known[f.Name+"_count"], known[f.Name+"_sum"] = labels, labels
		}
	}
	groups, err := rules.Groups(rules.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record == "" {
				continue
			}
			var labels []string
			for name := range r.Labels {
				labels = append(labels, name)
			}
			for _, name := range []string{
				"model", "model_version", "feature", "statistic", "check", "change", "window", "metric", "segment", "output", "kpi", "bin", "rank", "objective",
			} {
				if recordedLabel(r.Record, name) {
					labels = append(labels, name)
				}
			}
			known[r.Record] = labels
		}
	}
	return known
}

// TestQueries lets Prometheus' parser read every query, and finds no metric and no
// label that nobody serves. A misspelt name would be an empty panel for ever.
func TestQueries(t *testing.T) {
	known := labelsOf(t)
	for _, r := range readAll(t, Options{Cluster: ""}) {
		asked := r.asks()
		if len(asked) < 10 {
			t.Errorf("%s asks only %d questions", r.UID, len(asked))
		}
		for _, a := range asked {
			e := parsed(t, a)
			selectors(e, func(s *parser.VectorSelector, _ []parser.Node) {
				var labels []string
				for _, name := range names(s) {
					of, ok := known[name]
					if !ok {
						t.Errorf("%s: nobody serves %s", a.where, name)
					}
					labels = append(labels, of...)
				}
				for _, m := range s.LabelMatchers {
					if m.Name != "__name__" && !slices.Contains(labels, m.Name) {
						t.Errorf("%s: %s has no label %s", a.where, s.Name, m.Name)
					}
				}
			})
			grouped(e, known, func(label string) { t.Errorf("%s: nothing in it has a label %s", a.where, label) })
			for _, v := range dollars.FindAllStringSubmatch(a.expr, -1) {
				if !strings.HasPrefix(v[1], "__") && !slices.ContainsFunc(r.Templating.List, func(w readVariable) bool { return w.Name == v[1] }) {
					t.Errorf("%s: there is no variable %s", a.where, v[1])
				}
			}
		}
	}
}

// names are the metrics of a selector: the one before its braces, or those that
// __name__=~"a|b" lists.
func names(s *parser.VectorSelector) []string {
	if s.Name != "" {
		return []string{s.Name}
	}
	i := slices.IndexFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == "__name__" })
	return strings.Split(s.LabelMatchers[i].Value, "|")
}

var (
	dollars = regexp.MustCompile(`\$\{?(\w+)`)
	braces  = regexp.MustCompile(`\{\{(\w+)\}\}`)
)

// grouped calls missing for each label of a grouping that no series below it has.
func grouped(e parser.Expr, known map[string][]string, missing func(string)) {
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		var names []string
		switch n := n.(type) {
		case *parser.AggregateExpr:
			names = n.Grouping
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				names = append(slices.Clone(n.VectorMatching.MatchingLabels), n.VectorMatching.Include...)
			}
		}
		for _, name := range names {
			if !slices.Contains(carried(n, known), name) {
				missing(name)
			}
		}
		return nil
	})
}

// carried are the labels of all series below a node, and those that it makes.
func carried(n parser.Node, known map[string][]string) []string {
	var all []string
	parser.Inspect(n, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			all = append(all, known[n.Name]...)
		case *parser.Call:
			if n.Func.Name == "label_replace" || n.Func.Name == "label_join" {
				all = append(all, n.Args[1].(*parser.StringLiteral).Val)
			}
		case *parser.AggregateExpr:
			if n.Op == parser.COUNT_VALUES {
				all = append(all, n.Param.(*parser.StringLiteral).Val)
			}
		}
		return nil
	})
	return all
}

// TestLabelsAreReturned: a legend, a table's lines and a link name only labels that
// the query groups by.
func TestLabelsAreReturned(t *testing.T) {
	for _, of := range boards {
		b := of()
		for _, r := range b.rows {
			for _, p := range r.panels {
				var needed []string
				switch d := p.draw.(type) {
				case columns:
					needed = d.by
				case bars:
					needed = []string{d.by}
				case matrix:
					needed = []string{d.rows, d.columns}
				}
				for _, l := range p.links {
					for _, m := range linked.FindAllStringSubmatch(l.url, -1) {
						needed = append(needed, m[1])
					}
				}
				for i, q := range p.queries {
					names := slices.Clone(needed)
					if q.style != measured {
						names = nil // a threshold is nothing to click on
					}
					for _, m := range braces.FindAllStringSubmatch(q.legend, -1) {
						names = append(names, m[1])
					}
					for _, name := range names {
						if !regexp.MustCompile(`by \([^)]*\b` + name + `\b`).MatchString(q.expr) {
							t.Errorf("%s/%s/%s does not return the label %s", b.uid, p.title, refID(i), name)
						}
					}
				}
			}
		}
	}
}

var linked = regexp.MustCompile(`\$\{__(?:field\.labels|data\.fields)\.(\w+):`)
