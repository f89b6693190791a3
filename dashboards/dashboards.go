// Package dashboards writes Grafana dashboards for what the exporter serves and
// package rules records. A dashboard is a Go value: rows of panels, each with its
// queries. Job and model are matched in every query by themselves, since the
// catalogue says which labels a metric has.
package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/model-exporter/model_exporter/rules"
)

// Options are what differs between installations. Start from Defaults.
type Options struct {
	// Datasource is the name or uid of the Prometheus data source that is chosen
	// at first. Without one it is the first of Grafana's list.
	Datasource string
	// Selector are label matchers for every series read from an exporter, such as
	// `job="model_exporter"`, whatever is chosen.
	Selector string
	// Cluster is a label that tells clusters apart, such as "cluster". With it
	// every dashboard has a variable for it.
	Cluster string
	// TitlePrefix precedes every title, such as "ML / ".
	TitlePrefix string
	// Tags are added to every dashboard's own.
	Tags []string
	// RunbookURL is what links to the runbooks of alerts begin with.
	RunbookURL string
}

// Defaults are the options of the committed files.
func Defaults() Options { return Options{RunbookURL: rules.Defaults().RunbookURL} }

// Dashboard is one dashboard as Grafana reads it from a file.
type Dashboard struct {
	UID  string
	File string // its name, such as "model-exporter-fleet.json"
	JSON []byte
}

// boards is every dashboard, in the order of the documentation. Uids never
// change: alerts and bookmarks link to them.
var boards = []func() board{
	fleet,
	model,
	feature,
	operations,
	business,
	tables,
	exporter,
}

var legalLabel = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// All returns every dashboard.
func All(o Options) ([]Dashboard, error) {
	if o.Cluster != "" && !legalLabel.MatchString(o.Cluster) {
		return nil, fmt.Errorf("cluster %q: no legal label name", o.Cluster)
	}
	if o.Cluster == "datasource" || slices.Contains(rules.OwnLabels, o.Cluster) {
		return nil, fmt.Errorf("cluster %q: that label means something else here", o.Cluster)
	}
	var all []Dashboard
	for _, of := range boards {
		b := of()
		d, err := b.build(o)
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", b.uid, err)
		}
		text, err := encode(d)
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", b.uid, err)
		}
		all = append(all, Dashboard{UID: b.uid, File: b.uid + ".json", JSON: text})
	}
	return all, nil
}

// encode writes indented JSON with sorted keys, so that two versions differ where
// they do.
func encode(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(tree)
	return out.Bytes(), err
}
