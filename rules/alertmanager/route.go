package alertmanager

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

type route struct {
	Receiver            string   `yaml:"receiver"`
	Matchers            []string `yaml:"matchers,omitempty"`
	GroupBy             []string `yaml:"group_by,omitempty,flow"`
	GroupWait           string   `yaml:"group_wait,omitempty"`
	GroupInterval       string   `yaml:"group_interval,omitempty"`
	RepeatInterval      string   `yaml:"repeat_interval,omitempty"`
	ActiveTimeIntervals []string `yaml:"active_time_intervals,omitempty,flow"`
	Routes              []route  `yaml:"routes,omitempty"`
}

const (
	defaultReceiver  = "default"
	watchdogReceiver = "model_exporter_watchdog"

	// digestWindow is longer than digestInterval, so that at least one turn of a
	// group falls into it, and shorter than two.
	digestWindow   = time.Hour
	digestInterval = "50m"
)

// routes are those of the watchdog, if there is one, and of all our alerts.
func (c *Config) routes() []route {
	var all []route
	if c.WatchdogURLFile != "" {
		all = append(all, route{
			Receiver: watchdogReceiver, Matchers: []string{is("alertname", c.WatchdogAlert)},
			GroupBy: []string{"alertname"}, GroupWait: "0s", GroupInterval: "1m", RepeatInterval: "1m",
		})
	}
	ours := route{
		Receiver: receiverName(nil, catalog.P1), Matchers: []string{oneOf("alertname", "Model.+"), oneOf("priority", "P[012]")},
		GroupBy: append([]string{"alertname", "model"}, c.Scope...), GroupWait: "30s", GroupInterval: "5m", RepeatInterval: "12h",
	}
	for i := range c.Teams {
		t := &c.Teams[i]
		ours.Routes = append(ours.Routes, route{Receiver: receiverName(t, catalog.P1), Matchers: t.matchers(), Routes: c.byPriority(t)})
	}
	ours.Routes = append(ours.Routes, c.byPriority(nil)...)
	return append(all, ours)
}

// byPriority are the three routes of a team; nil is the default one. Groups form
// after group_wait: a page waits just long enough for what inhibits it.
func (c *Config) byPriority(t *Team) []route {
	to := func(p catalog.Priority, r route) route {
		r.Receiver, r.Matchers = receiverName(t, p), []string{is("priority", string(p))}
		return r
	}
	return []route{
		to(catalog.P0, route{GroupWait: "10s", GroupInterval: "1m", RepeatInterval: "4h"}),
		to(catalog.P1, route{ActiveTimeIntervals: []string{workingHours}}),
		// A day, less the window: a turn may come that much earlier than yesterday's.
		to(catalog.P2, route{
			GroupBy: append([]string{"model_owner"}, c.Scope...), GroupWait: "5m", GroupInterval: digestInterval,
			RepeatInterval: "20h", ActiveTimeIntervals: []string{digestHour},
		}),
	}
}

func (t *Team) matchers() []string {
	var m []string
	if t.Owner != "" {
		m = append(m, is("model_owner", t.Owner))
	}
	if t.Component != "" {
		m = append(m, is("component", t.Component))
	}
	return m
}

// receiverName is made of what a team matches, so that it stays the same when
// teams before it change. Every byte of an owner that could make two names equal
// is written as its code.
func receiverName(t *Team, p catalog.Priority) string {
	words := []string{"model_exporter"}
	if t != nil && t.Owner != "" {
		words = append(words, "owner", plain(t.Owner))
	}
	if t != nil && t.Component != "" {
		words = append(words, "component", t.Component)
	}
	return strings.Join(append(words, string(p)), "_")
}

func plain(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

// is and oneOf are matchers. Values are quoted: what is not, two versions of
// Alertmanager's parser may read differently.
func is(label, value string) string      { return label + `="` + escaped.Replace(value) + `"` }
func isNot(label, value string) string   { return label + `!="` + escaped.Replace(value) + `"` }
func oneOf(label, pattern string) string { return label + `=~"` + escaped.Replace(pattern) + `"` }

var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// inhibitRule mutes alerts that match target while one that matches source
// fires, if the labels in equal have the same values on both. A label that both
// lack is equal too: the matchers have to demand it.
type inhibitRule struct {
	why    string   // a comment
	Source []string `yaml:"source_matchers"`
	Target []string `yaml:"target_matchers"`
	Equal  []string `yaml:"equal,flow"`
}

// Alerts that inhibit others by their name.
const (
	predictionsAbsent = "ModelPredictionsAbsent"
	exporterDown      = "ModelExporterDown"
)

// meaningless are the alerts that say nothing more while a model makes no
// predictions at all.
var meaningless = []string{
	"ModelTrafficAnomaly", "ModelErrorBudgetBurn", "ModelLatencyBudgetBurn", "ModelKPIDropped", "ModelLabelsLate",
}

const present = ".+"

func (c *Config) inhibitRules() []inhibitRule {
	by := func(labels ...string) []string { return slices.Concat(labels, c.Scope) }
	return []inhibitRule{
		{
			"Who has been woken for a model looks at all of it.",
			[]string{is("priority", string(catalog.P0)), oneOf("model", present)},
			[]string{oneOf("priority", "P1|P2"), oneOf("model", present)}, by("model"),
		},
		{
			"Without predictions there is nothing to say about them, whatever the tier.",
			[]string{is("alertname", predictionsAbsent), oneOf("model", present)},
			[]string{oneOf("alertname", strings.Join(meaningless, "|")), oneOf("model", present)}, by("model"),
		},
		{
			"An exporter that cannot be scraped: what else is said of it is old. What it monitors\nthe rules themselves hold back, model by model.",
			[]string{is("alertname", exporterDown), oneOf("instance", present)},
			[]string{oneOf("alertname", "ModelExporter.+"), isNot("alertname", exporterDown), oneOf("instance", present)}, by("job", "instance"),
		},
		{
			"A job of which no exporter is left.",
			[]string{is("alertname", exporterDown), is("instance", ""), oneOf("job", present)},
			[]string{oneOf("alertname", "ModelExporter.+"), oneOf("instance", present)}, by("job"),
		},
	}
}
