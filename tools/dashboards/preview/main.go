// Command preview draws dashboards with what a Prometheus answers, as HTML files
// without scripts. It is for people who want to see what a panel looks like where no
// Grafana runs: it keeps to the dashboard's grid, titles, legends, units, thresholds
// and colours, and to nothing finer. Grafana itself draws better.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

type options struct {
	json, prometheus, output, uid, rows string
	from                                time.Duration
	width                               int
	chosen                              choices
}

// choices are variables that are not what the dashboard chooses, as name=value.
type choices map[string]string

func (c choices) String() string { return fmt.Sprint(map[string]string(c)) }

func (c choices) Set(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("%q is not name=value", s)
	}
	c[name] = value
	return nil
}

func main() {
	o := options{chosen: choices{}}
	flag.StringVar(&o.json, "json", "../dashboards/json", "folder of the dashboards")
	flag.StringVar(&o.prometheus, "prometheus", "http://localhost:9090", "address of the Prometheus to ask")
	flag.StringVar(&o.output, "output", ".", "folder to write NAME-light.html and NAME-dark.html into")
	flag.StringVar(&o.uid, "uid", "", "the only dashboard to draw; all if empty")
	flag.StringVar(&o.rows, "rows", "", "rows to draw, by parts of their titles, separated by |; all if empty")
	flag.DurationVar(&o.from, "from", 0, "how far to look back, instead of as the dashboard says")
	flag.IntVar(&o.width, "width", 1600, "pixels")
	flag.Var(o.chosen, "var", "what to choose of a variable, as model=fraud; repeatable")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	boards, err := dashboards.ReadFolder(o.json)
	if err != nil {
		return err
	}
	api := dashboards.NewAPI(o.prometheus)
	for _, d := range boards {
		if o.uid != "" && o.uid != d.UID {
			continue
		}
		if o.from > 0 {
			d.Time.From = fmt.Sprintf("now-%ds", int(o.from.Seconds()))
		}
		p, err := query(ctx, api, d, o)
		if err != nil {
			return fmt.Errorf("%s: %w", d.UID, err)
		}
		for _, theme := range []string{"light", "dark"} {
			path := filepath.Join(o.output, d.UID+"-"+theme+".html")
			if err := os.WriteFile(path, []byte(p.html(theme, o)), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// picture is a dashboard and what its queries returned.
type picture struct {
	*dashboards.Dashboard
	from, to float64 // Unix seconds
	chosen   dashboards.Values
	panels   []placed
}

// placed is a panel in its place, for one value of what it is repeated for.
type placed struct {
	*dashboards.Panel
	chosen  dashboards.Values
	results []result
}

// result is what one target of a panel returned.
type result struct {
	*dashboards.Target
	series []dashboards.Series
}

// query chooses and asks.
func query(ctx context.Context, api *dashboards.API, d *dashboards.Dashboard, o options) (*picture, error) {
	to := time.Now()
	p := &picture{Dashboard: d, from: unix(to.Add(-d.Span())), to: unix(to), chosen: dashboards.Values{}}
	for _, v := range d.Templating.List {
		value, err := choose(ctx, api, v, p.chosen, to.Add(-d.Span()), to)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.Name, err)
		}
		if text, ok := o.chosen[v.Name]; ok {
			value = dashboards.Value{Values: []string{text}, Multi: v.Multi}
		}
		p.chosen[v.Name] = value
	}
	p.place(o.rows)
	for i := range p.panels {
		panel := &p.panels[i]
		for _, q := range panel.Queries() {
			expr, err := q.Expand(d, panel.chosen)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", q.Name, err)
			}
			series, err := api.Ask(ctx, d, q, expr, to)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", q.Name, err)
			}
			panel.results = append(panel.results, result{q.Target, series})
		}
	}
	return p, nil
}

// choose takes what the dashboard takes at first.
func choose(ctx context.Context, api *dashboards.API, v *dashboards.Variable, chosen dashboards.Values, from, to time.Time) (dashboards.Value, error) {
	choices := v.Fixed()
	if v.Type == "query" {
		var err error
		if choices, err = api.Choices(ctx, v, chosen, from, to); err != nil {
			return dashboards.Value{}, err
		}
	}
	if selections := v.Selections(choices, false); len(selections) > 0 {
		return selections[0], nil
	}
	return dashboards.Value{Values: []string{""}}, nil
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
