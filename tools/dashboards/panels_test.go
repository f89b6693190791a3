package dashboards

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/tools/running"
)

// look finds out which queries of a dashboard have data, with one choice of its
// variables after the other, until each query has some or there are no more.
type look struct {
	api       *API
	dashboard *Dashboard
	to        time.Time
	byName    bool              // where more may be chosen: all by their names, instead of All
	without   map[string]string // queries that have had no data yet: the last expression
	asked     map[string]bool   // expressions that had none
	choices   map[string][]string
	tries     int
}

// tries is how many choices are looked at: models times features, and more.
const tries = 20_000

// queries lists the queries and variables of a dashboard by name.
func queries(d *Dashboard) map[string]string {
	all := map[string]string{}
	for _, q := range d.Queries() {
		all[q.Name] = q.Target.Expr
	}
	for _, v := range d.Templating.List {
		if v.Type == "query" {
			all["variable "+v.Name] = string(v.Query)
		}
	}
	return all
}

// without returns those that have no data, with what was asked in vain.
func without(ctx context.Context, api *API, d *Dashboard, byName bool) (map[string]string, error) {
	l := &look{api: api, dashboard: d, to: time.Now(), byName: byName, without: queries(d), asked: map[string]bool{}, choices: map[string][]string{}}
	err := l.choose(ctx, d.Templating.List, nil)
	return l.without, err
}

// choose walks through the choices of variables and asks everything with each.
func (l *look) choose(ctx context.Context, variables []*Variable, chosen Values) error {
	if len(l.without) == 0 || l.tries >= tries {
		return nil
	}
	if len(variables) == 0 {
		l.tries++
		return l.ask(ctx, chosen)
	}
	v, rest := variables[0], variables[1:]
	choices, err := l.of(ctx, v, chosen)
	if err != nil {
		return fmt.Errorf("variable %s: %w", v.Name, err)
	}
	selections := v.Selections(choices, l.byName)
	if len(selections) == 0 {
		selections = []Value{{Values: []string{""}}}
	}
	for _, s := range selections {
		if err := l.choose(ctx, rest, chosen.With(v.Name, s)); err != nil {
			return err
		}
	}
	return nil
}

// of lists the choices of a variable, and asks for the same ones only once.
func (l *look) of(ctx context.Context, v *Variable, chosen Values) ([]string, error) {
	if v.Type != "query" {
		return v.Fixed(), nil
	}
	query, err := chosen.Expand(string(v.Query))
	if err != nil {
		return nil, err
	}
	key := v.Name + " " + query
	if known, ok := l.choices[key]; ok {
		return known, nil
	}
	choices, err := l.api.Choices(ctx, v, chosen, l.to.Add(-l.dashboard.Span()), l.to)
	if len(choices) > 0 {
		delete(l.without, "variable "+v.Name)
	}
	l.choices[key] = choices
	return choices, err
}

// ask runs the queries that have had no data yet, unless they were asked the same.
func (l *look) ask(ctx context.Context, chosen Values) error {
	for _, q := range l.dashboard.Queries() {
		if _, still := l.without[q.Name]; !still {
			continue
		}
		expr, err := q.Expand(l.dashboard, chosen)
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", q.Name, err, expr)
		}
		if l.asked[expr] {
			continue
		}
		result, err := l.api.Ask(ctx, l.dashboard, q, expr, l.to)
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", q.Name, err, expr)
		}
		if HasData(result) {
			delete(l.without, q.Name)
		} else {
			l.without[q.Name], l.asked[expr] = expr, true
		}
	}
	return nil
}

// TestPanelsHaveData runs every query of every panel, variable and annotation. Those
// without data must be listed with the reason, and those listed must have none.
func TestPanelsHaveData(t *testing.T) {
	boards, err := ReadFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s := startStack(t)
	t.Logf("everything runs after %v: exporter %s, Prometheus %s", time.Since(began).Round(time.Second), s.exporter, s.prometheus.base)
	s.waitFor(t, late)
	running.Stop(s.process["exporter"])
	s.runExporter(t)
	s.lastDay(t)
	s.waitFor(t, again)
	s.lastWeek(t)
	wait(t, 20*time.Second) // four scrapes and evaluations
	t.Logf("there is data after %v", time.Since(began).Round(time.Second))
	for _, d := range boards {
		t.Run(d.UID, func(t *testing.T) { s.check(t, d, false) })
		t.Run(d.UID+" by name", func(t *testing.T) { s.check(t, d, true) })
	}
	t.Logf("looked at after %v", time.Since(began).Round(time.Second))
	s.hold(t)
}

func (s *stack) check(t *testing.T, d *Dashboard, byName bool) {
	all := queries(d)
	var missing map[string]string
	for try := range 20 { // some look at changes, and get more scrapes
		if try > 0 {
			wait(t, 10*time.Second)
		}
		var err error
		if missing, err = without(t.Context(), s.prometheus, d, byName); err != nil {
			t.Fatal(err)
		}
		if len(unexplained(d, missing)) == 0 {
			break
		}
	}
	for _, name := range unexplained(d, missing) {
		t.Errorf("%s has no data:\n%s", name, missing[name])
	}
	for listed, reason := range exceptions {
		name, ours := strings.CutPrefix(listed, d.UID+": ")
		_, known := all[name]
		_, no := missing[name]
		switch {
		case ours && !known:
			t.Errorf("there is no %s any more: take it off the list of exceptions", name)
		case ours && !no:
			t.Errorf("%s has data, although %s: take it off the list of exceptions", name, reason)
		}
	}
	t.Logf("%d queries and variables, %d without data", len(all), len(missing))
}

// unexplained lists what has no data and is no exception.
func unexplained(d *Dashboard, missing map[string]string) (names []string) {
	for name := range missing {
		if exceptions[d.UID+": "+name] == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
