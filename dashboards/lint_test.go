package dashboards

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/units"
	"github.com/prometheus/prometheus/promql/parser"
)

// exceptions to the rules of grafana/dashboard-linter, each with its reason: the
// rule, and what its findings are about. One that excuses nothing is an error.
var exceptions = []struct{ rule, finding, reason string }{
	{"template-instance", `.`, "which exporter reads a model's log means nothing to whoever answers for the model"},
	{"target-instance", `.`, "the same; figures are those of all exporters together"},
	{"target-job", ` \w+:\w+:\w+$`, "recorded series are sums over jobs and have no job"},
	{"target-job", ` ALERTS(_FOR_STATE)?$`, "alerts are about models; few have a job"},
	{"target-job", ` (node|container|kube_pod_container|DCGM)_\w+$`, "the job of hosts, pods and GPUs is another than the exporter's"},
}

// lints are the linter's rules, in its order. A finding ends in what it is about.
var lints = []struct {
	rule string
	find func(t *testing.T, r *read) []string
}{
	{"template-datasource", func(t *testing.T, r *read) []string {
		i := slices.IndexFunc(r.Templating.List, func(v readVariable) bool { return v.Type == "datasource" })
		if i < 0 || r.Templating.List[i].Name != "datasource" || r.Templating.List[i].Label != "Data source" || r.Templating.List[i].Query != "prometheus" {
			return []string{r.UID}
		}
		return nil
	}},
	{"template-job", func(t *testing.T, r *read) []string { return noTemplate(r, "job", "Job") }},
	{"template-instance", func(t *testing.T, r *read) []string { return noTemplate(r, "instance", "Instance") }},
	{"template-label-promql", func(t *testing.T, r *read) []string {
		return variables(r, func(v readVariable) bool {
			m := labelValues.FindStringSubmatch(v.Query)
			return m != nil && parsed(t, ask{r.UID + " " + v.Name, m[1]}) != nil
		})
	}},
	{"template-on-time-change-reload", func(t *testing.T, r *read) []string {
		return variables(r, func(v readVariable) bool { return v.Refresh == 2 })
	}},
	{"panel-datasource", func(t *testing.T, r *read) []string {
		return panels(r, func(p readPanel) bool { return templated(p.Datasource.UID) })
	}},
	{"panel-title-description", func(t *testing.T, r *read) []string {
		return panels(r, func(p readPanel) bool { return p.Title != "" && p.Description != "" })
	}},
	{"panel-units", func(t *testing.T, r *read) []string {
		return panels(r, func(p readPanel) bool { return slices.Contains(validUnits, p.FieldConfig.Defaults.Unit) })
	}},
	{"panel-no-targets", func(t *testing.T, r *read) []string {
		return panels(r, func(p readPanel) bool { return len(p.Targets) > 0 })
	}},
	{"target-logql", notPrometheus},
	{"target-logql-auto", notPrometheus},
	{"target-promql", func(t *testing.T, r *read) []string {
		for _, a := range r.asks() {
			parsed(t, a)
		}
		return nil
	}},
	{"target-rate-interval", func(t *testing.T, r *read) (found []string) {
		for _, a := range r.asks() {
			for _, m := range rateRange.FindAllStringSubmatch(a.expr, -1) {
				if m[1] != "$__rate_interval" {
					found = append(found, a.where+" "+m[0])
				}
			}
		}
		return found
	}},
	{"target-job", func(t *testing.T, r *read) []string { return unmatched(t, r, "job") }},
	{"target-instance", func(t *testing.T, r *read) []string { return unmatched(t, r, "instance") }},
	{"target-counter-agg", func(t *testing.T, r *read) (found []string) {
		for _, a := range r.asks() {
			if strings.Contains(a.where, "/variable ") {
				continue // its labels alone are asked for
			}
			selectors(parsed(t, a), func(s *parser.VectorSelector, parents []parser.Node) {
				if strings.HasSuffix(s.Name, "_total") && !inRate(parents) {
					found = append(found, a.where+" "+s.Name)
				}
			})
		}
		return found
	}},
	{"uneditable-dashboard", func(t *testing.T, r *read) []string {
		if r.Editable == nil || *r.Editable {
			return []string{r.UID}
		}
		return nil
	}},
}

// TestLint holds the dashboards against the rules of grafana/dashboard-linter.
func TestLint(t *testing.T) {
	used := make([]bool, len(exceptions))
	for _, r := range readAll(t, Defaults()) {
		for _, l := range lints {
			for _, finding := range l.find(t, &r) {
				excused := false
				for i, e := range exceptions {
					if e.rule == l.rule && regexp.MustCompile(e.finding).MatchString(finding) {
						excused, used[i] = true, true
					}
				}
				if !excused {
					t.Errorf("%s: %s", l.rule, finding)
				}
			}
		}
	}
	for i, e := range exceptions {
		if !used[i] {
			t.Errorf("nothing needs the exception to %s for %q any more", e.rule, e.finding)
		}
	}
}

// validUnits are those in use: the SDK's constants, so Grafana knows them.
var validUnits = []string{
	units.Short, units.PercentUnit, units.Seconds, units.RequestsPerSecond, units.CountsPerSecond,
	units.EventsPerSecond, units.BytesIEC, units.BytesPerSecondIEC,
}

var rateRange = regexp.MustCompile(`\bi?rate\([^[]*\[([^]:]*)`)

func templated(uid string) bool { return uid == "$datasource" || uid == "${datasource}" }

func noTemplate(r *read, name, label string) []string {
	for _, v := range r.Templating.List {
		if v.Name == name && v.Label == label && v.Type == "query" && templated(v.Datasource.UID) && v.Multi && v.AllValue == ".+" {
			return nil
		}
	}
	return []string{r.UID}
}

// variables are the query variables that are not good.
func variables(r *read, good func(readVariable) bool) (found []string) {
	for _, v := range r.Templating.List {
		if v.Type == "query" && !good(v) {
			found = append(found, r.UID+" "+v.Name)
		}
	}
	return found
}

// panels are the panels that are not good.
func panels(r *read, good func(readPanel) bool) (found []string) {
	for _, p := range r.all() {
		if p.Type != "row" && !good(p) {
			found = append(found, r.UID+" "+p.Title)
		}
	}
	return found
}

func notPrometheus(t *testing.T, r *read) []string {
	return panels(r, func(p readPanel) bool {
		return !slices.ContainsFunc(p.Targets, func(q readTarget) bool {
			return q.Datasource.Type != "prometheus" || !templated(q.Datasource.UID)
		})
	})
}

// unmatched are the selectors without a matcher for the variable of a label.
func unmatched(t *testing.T, r *read, label string) (found []string) {
	for _, a := range r.asks() {
		if a.where == r.UID+"/variable "+label {
			continue // it cannot match itself
		}
		selectors(parsed(t, a), func(s *parser.VectorSelector, _ []parser.Node) {
			if matcher(s, label) != label+`=~"$`+label+`"` {
				found = append(found, a.where+" "+s.Name)
			}
		})
	}
	return found
}

func inRate(parents []parser.Node) bool {
	return slices.ContainsFunc(parents, func(n parser.Node) bool {
		c, ok := n.(*parser.Call)
		return ok && slices.Contains([]string{"rate", "irate", "increase"}, c.Func.Name)
	})
}
