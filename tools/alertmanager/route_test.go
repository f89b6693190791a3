// Package alertmanager_test proves the configurations of rules/alertmanager with
// the packages that Alertmanager itself runs on.
package alertmanager_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

const (
	product = "../../rules/alertmanager/"
	example = product + "alertmanager.yml"
)

func load(t *testing.T, path string) *config.Config {
	t.Helper()
	c, err := config.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// match returns the receiver of an alert, which is only ever one.
func match(t *testing.T, c *config.Config, labels model.LabelSet) *dispatch.Route {
	t.Helper()
	routes := dispatch.NewRoute(c.Route, nil).Match(labels)
	if len(routes) != 1 {
		t.Fatalf("%v takes %d routes", labels, len(routes))
	}
	return routes[0]
}

func receiver(t *testing.T, c *config.Config, name string) config.Receiver {
	t.Helper()
	i := slices.IndexFunc(c.Receivers, func(r config.Receiver) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("no receiver %q", name)
	}
	return c.Receivers[i]
}

// TestConfigurationsLoad loads every committed configuration.
func TestConfigurationsLoad(t *testing.T) {
	files, err := filepath.Glob(product + "testdata/*.golden.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, error %v", files, err)
	}
	for _, f := range append(files, example) {
		load(t, f)
	}
}

// TestEveryAlertArrives sends every alert, at each of its priorities, for owners
// and components with a team and without.
func TestEveryAlertArrives(t *testing.T) {
	c := load(t, example)
	for _, a := range known {
		for _, p := range strings.Fields(a.priorities) {
			for _, owner := range []string{"risk-ml", "search", ""} {
				others := fraud(model.LabelValue(owner))
				if a.exporter {
					others = model.LabelSet{"job": "model_exporter", "instance": "a:9877", "model_owner": model.LabelValue(owner)}
				}
				r := match(t, c, of(model.LabelValue(a.name), model.LabelValue(p), model.LabelValue(a.component), others))
				want := "model_exporter_"
				switch {
				case owner == "risk-ml":
					want += "owner_risk-ml_"
				case a.component == "business":
					want += "component_business_"
				}
				if got := r.RouteOpts.Receiver; got != want+p {
					t.Errorf("%s %s of %q goes to %s, want %s", a.name, p, owner, got, want+p)
				}
				checkRoute(t, c, r, p)
			}
		}
	}
}

// checkRoute demands that a P0 pages at any time, a P1 opens a ticket in working
// hours and a P2 waits for the digest.
func checkRoute(t *testing.T, c *config.Config, r *dispatch.Route, priority string) {
	t.Helper()
	o, to := r.RouteOpts, receiver(t, c, r.RouteOpts.Receiver)
	_, byModel := o.GroupBy["model"]
	times := strings.Join(o.ActiveTimeIntervals, " ")
	sends := []int{len(to.PagerdutyConfigs), len(to.SlackConfigs), len(to.WebhookConfigs)}
	switch priority {
	case "P0":
		if times != "" || o.GroupWait > 10*time.Second || !byModel || !slices.Equal(sends, []int{1, 1, 0}) {
			t.Errorf("%s: a P0 has to page at once: %+v, %v", to.Name, o, sends)
		}
	case "P1":
		if times != "model_exporter_working_hours" || !byModel || !slices.Equal(sends, []int{0, 1, 1}) {
			t.Errorf("%s: a P1 belongs to working hours: %+v, %v", to.Name, o, sends)
		}
	case "P2":
		if times != "model_exporter_digest" || byModel || !slices.Equal(sends, []int{0, 1, 0}) {
			t.Errorf("%s: a P2 belongs into the digest: %+v, %v", to.Name, o, sends)
		}
	}
}

func TestOtherAlerts(t *testing.T) {
	c := load(t, example)
	for want, labels := range map[string]model.LabelSet{
		"model_exporter_watchdog": {"alertname": "Watchdog", "severity": "none"},
		"default":                 {"alertname": "NodeDown", "severity": "critical"},
	} {
		if got := match(t, c, labels).RouteOpts.Receiver; got != want {
			t.Errorf("%v goes to %s, want %s", labels, got, want)
		}
	}
	unnamed := match(t, c, model.LabelSet{"alertname": "ModelTrainSlow", "severity": "critical"})
	if got := unnamed.RouteOpts.Receiver; got != "default" {
		t.Errorf("somebody else's alert goes to %s", got)
	}
}

// TestHardNames routes owners that need quoting, and tells labels in scope apart.
func TestHardNames(t *testing.T) {
	c := load(t, product+"testdata/mail.golden.yml")
	for _, tc := range []struct{ owner, component, want string }{
		{`risk "ml" \n`, "data", "model_exporter_owner_risk%20%22ml%22%20%5cn_component_data_P1"},
		{`risk "ml" \n`, "model", "model_exporter_P1"},
		{"risk_ml", "data", "model_exporter_owner_risk%5fml_P1"},
		{"risk-ml", "data", "model_exporter_P1"},
	} {
		r := match(t, c, of("ModelFeatureDrift", "P1", model.LabelValue(tc.component), fraud(model.LabelValue(tc.owner))))
		if r.RouteOpts.Receiver != tc.want {
			t.Errorf("%s, %s goes to %s, want %s", tc.owner, tc.component, r.RouteOpts.Receiver, tc.want)
		}
		if _, ok := r.RouteOpts.GroupBy["cluster"]; !ok {
			t.Errorf("%s: %v does not tell clusters apart", tc.want, r.RouteOpts.GroupBy)
		}
	}
}

// TestWorkingHours follows the clock of Berlin, in summer and in winter.
func TestWorkingHours(t *testing.T) {
	c := load(t, example)
	intervals := map[string][]timeinterval.TimeInterval{}
	for _, i := range c.TimeIntervals {
		intervals[i.Name] = i.TimeIntervals
	}
	times := timeinterval.NewIntervener(intervals)
	for at, want := range map[string][2]bool{ // working hours, digest
		"2026-07-01T06:59:00Z": {false, false},
		"2026-07-01T07:00:00Z": {true, true},
		"2026-07-01T08:00:00Z": {true, false},
		"2026-07-01T14:59:00Z": {true, false},
		"2026-07-01T15:00:00Z": {false, false},
		"2026-12-01T07:00:00Z": {false, false},
		"2026-12-01T08:00:00Z": {true, true},
		"2026-07-04T08:00:00Z": {false, false}, // Saturday
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"model_exporter_working_hours", "model_exporter_digest"} {
			got, _, err := times.Mutes([]string{name}, now)
			if err != nil || got != want[i] {
				t.Errorf("%s at %s: %v, want %v, error %v", name, at, got, want[i], err)
			}
		}
	}
}

// TestFragmentLeavesOthersAlone pastes each fragment into somebody's
// configuration as its head says, and routes by both.
func TestFragmentLeavesOthersAlone(t *testing.T) {
	fragments, err := filepath.Glob(product + "testdata/*.fragment.yml")
	if err != nil || len(fragments) == 0 {
		t.Fatalf("%v, error %v", fragments, err)
	}
	before := load(t, "testdata/somebody.yml")
	for _, f := range append(fragments, product+"fragment.yml") {
		path := filepath.Join(t.TempDir(), "alertmanager.yml")
		if err := os.WriteFile(path, paste(t, f), 0o600); err != nil {
			t.Fatal(err)
		}
		after := load(t, path)
		for _, labels := range []model.LabelSet{
			{"alertname": "NodeDown", "severity": "critical"},
			{"alertname": "NodeDown", "severity": "warning"},
			{"alertname": "Other"},
			{"alertname": "ModelTrainSlow", "severity": "critical", "team": "ml"},
		} {
			got, want := match(t, after, labels), match(t, before, labels)
			if got.RouteOpts.Receiver != want.RouteOpts.Receiver || got.RouteOpts.GroupWait != want.RouteOpts.GroupWait {
				t.Errorf("%s: %v goes to %s, before to %s", f, labels, got.RouteOpts.Receiver, want.RouteOpts.Receiver)
			}
		}
		if got := match(t, after, of("ModelPredictionsAbsent", "P0", "system", fraud("x"))).RouteOpts.Receiver; got != "model_exporter_P0" {
			t.Errorf("%s: a P0 goes to %s", f, got)
		}
	}
}

func paste(t *testing.T, fragment string) []byte {
	t.Helper()
	read := func(path string) (m map[string]any) {
		data, err := os.ReadFile(path)
		if err == nil {
			err = yaml.Unmarshal(data, &m)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	theirs, ours := read("testdata/somebody.yml"), read(fragment)
	route := theirs["route"].(map[string]any)
	route["routes"] = append(ours["routes"].([]any), route["routes"].([]any)...)
	for _, list := range []string{"receivers", "inhibit_rules", "time_intervals"} {
		old, _ := theirs[list].([]any)
		theirs[list] = append(old, ours[list].([]any)...)
	}
	data, err := yaml.Marshal(theirs)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRuleBundle holds the table of alerts against the rules as they are written.
func TestRuleBundle(t *testing.T) {
	data, err := os.ReadFile("../../rules/model_exporter.rules.yml")
	if os.IsNotExist(err) {
		t.Skip("there are no rules yet")
	}
	var bundle struct {
		Groups []struct {
			Rules []struct {
				Alert  string
				Labels map[string]string
			}
		}
	}
	if err == nil {
		err = yaml.Unmarshal(data, &bundle)
	}
	if err != nil {
		t.Fatal(err)
	}
	components := map[string]string{}
	for _, a := range known {
		components[a.name] = a.component
	}
	for _, g := range bundle.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" && components[r.Alert] != r.Labels["component"] {
				t.Errorf("%s of component %q is not in the table of alerts", r.Alert, r.Labels["component"])
			}
		}
	}
}

// TestInhibitionNamesAlerts finds names in inhibition that are no alerts.
func TestInhibitionNamesAlerts(t *testing.T) {
	for _, rule := range load(t, example).InhibitRules {
		for _, m := range slices.Concat(rule.SourceMatchers, rule.TargetMatchers) {
			for name := range strings.SplitSeq(m.Value, "|") {
				if m.Name == "alertname" && !slices.ContainsFunc(known, func(a knownAlert) bool { return a.name == name || m.Matches(a.name) && strings.HasSuffix(name, ".+") }) {
					t.Errorf("%s: no alert is named %q", m, name)
				}
			}
		}
	}
}
