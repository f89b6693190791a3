package main

import (
	"fmt"
	"strings"

	"github.com/model-exporter/model_exporter/dashboards"
)

type dashboardsCommand struct {
	Output string `short:"o" required:"" type:"path" placeholder:"DIR" help:"Write to this folder, a file for each dashboard."`
	Format string `default:"grafana" enum:"grafana,import,operator" help:"What to write: grafana (files for provisioning), import (files for the import page, which asks for the data source) or operator (ConfigMaps for Grafana's sidecar)."`

	Datasource  string   `placeholder:"NAME" help:"Name or uid of the Prometheus data source that is chosen at first, instead of the first one there is."`
	Selector    string   `placeholder:"MATCHERS" help:"Label matchers for every series that is read from exporters."`
	Cluster     string   `placeholder:"LABEL" help:"Label that tells clusters apart; adds a variable for it."`
	TitlePrefix string   `placeholder:"TEXT" help:"What titles begin with."`
	Tag         []string `placeholder:"TAG" help:"Tag to add to every dashboard. Repeatable."`
	RunbookURL  string   `name:"runbook-url" placeholder:"URL" default:"${runbooks}" help:"What links to runbooks begin with (${default})."`

	Namespace   string            `placeholder:"NAME" help:"Namespace of the ConfigMaps; for --format operator."`
	ObjectLabel map[string]string `mapsep:"none" placeholder:"NAME=VALUE" help:"Label of the ConfigMaps besides grafana_dashboard=1; for --format operator. Repeatable."`
}

// Help is shown above the flags.
func (dashboardsCommand) Help() string {
	return `Writes Grafana dashboards, for Grafana 10 and later. Examples:

    model_exporter dashboards --output /var/lib/grafana/dashboards
    model_exporter dashboards --format import --output import
    model_exporter dashboards --format operator --namespace monitoring --output manifests

Links in alerts lead to them if "model_exporter rules --dashboard-url" is Grafana's address and /d.`
}

func (c *dashboardsCommand) Run() error {
	format := dashboards.Format(c.Format)
	if format != dashboards.Operator && (c.Namespace != "" || len(c.ObjectLabel) > 0) {
		return usageError{fmt.Errorf("--namespace and --object-label are for --format operator")}
	}
	o := dashboards.Options{
		Datasource: c.Datasource, Selector: c.Selector, Cluster: c.Cluster, TitlePrefix: c.TitlePrefix, Tags: c.Tag,
		RunbookURL: strings.TrimSuffix(c.RunbookURL, "/"),
	}
	if _, err := dashboards.All(o); err != nil {
		return usageError{err}
	}
	object := dashboards.Object{Namespace: c.Namespace, Labels: c.ObjectLabel}
	if err := object.Check(); err != nil {
		return usageError{err}
	}
	return dashboards.Write(c.Output, format, o, object)
}
