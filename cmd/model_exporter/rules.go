package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/rules"
)

type rulesCommand struct {
	Format   string            `default:"prometheus" enum:"prometheus,operator" help:"What to write: prometheus (a rule file) or operator (objects of prometheus-operator)."`
	Output   string            `short:"o" placeholder:"FILE" help:"Write to this file instead of standard output."`
	Selector string            `placeholder:"MATCHERS" help:"Label matchers for every series that is read from exporters."`
	Label    map[string]string `mapsep:"none" placeholder:"NAME=VALUE" help:"Label to add to every alert and recorded series. Repeatable."`
	For      map[string]string `mapsep:"none" placeholder:"ALERT=DURATION" help:"How long an alert waits before it fires, instead of its usual time. Repeatable."`
	Owner    string            `default:"${owner}" help:"Label model_owner of alerts about the exporter itself."`

	RunbookURL   string `name:"runbook-url" placeholder:"URL" default:"${runbooks}" help:"What links to runbooks begin with (${default})."`
	DashboardURL string `name:"dashboard-url" placeholder:"URL" default:"${dashboards}" help:"What links to dashboards begin with: Grafana's address and /d (${default})."`

	Namespace   string            `placeholder:"NAME" help:"Namespace of the objects; for --format operator."`
	ObjectLabel map[string]string `mapsep:"none" placeholder:"NAME=VALUE" help:"Label of the objects, by which the operator finds them; for --format operator. Repeatable."`
}

// Help is shown above the flags.
func (rulesCommand) Help() string {
	return `Writes recording and alerting rules. The bundle is the same for every model: thresholds, objectives
and owners are series that the exporter serves. Examples:

    model_exporter rules --output model_exporter.rules.yml
    model_exporter rules --selector 'job="model_exporter"' --for ModelFeatureDrift=30m
    model_exporter rules --format operator --namespace monitoring --object-label release=prometheus

The alerts are ` + strings.Join(rules.AlertNames(), ", ") + `.`
}

func (c *rulesCommand) Run(stdout io.Writer) error {
	if c.Format != "operator" && (c.Namespace != "" || len(c.ObjectLabel) > 0) {
		return usageError{fmt.Errorf("--namespace and --object-label are for --format operator")}
	}
	o := rules.Options{
		Selector: c.Selector, Labels: c.Label, For: map[string]time.Duration{}, ExporterOwner: c.Owner,
		RunbookURL: strings.TrimSuffix(c.RunbookURL, "/"), DashboardURL: strings.TrimSuffix(c.DashboardURL, "/"),
	}
	for alert, text := range c.For {
		var d duration
		if err := d.UnmarshalText([]byte(text)); err != nil {
			return usageError{fmt.Errorf("--for %s: %w", alert, err)}
		}
		o.For[alert] = time.Duration(d)
	}
	var text bytes.Buffer
	var err error
	if c.Format == "operator" {
		err = rules.WriteOperator(&text, rules.OperatorOptions{Options: o, Namespace: c.Namespace, Labels: c.ObjectLabel})
	} else {
		err = rules.WritePrometheus(&text, o)
	}
	if err != nil {
		return usageError{err}
	}
	if c.Output != "" {
		return os.WriteFile(c.Output, text.Bytes(), 0o644)
	}
	_, err = stdout.Write(text.Bytes())
	return err
}
