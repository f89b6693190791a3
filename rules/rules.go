// Package rules writes the recording and alerting rules for Prometheus. One
// bundle fits every model: what models differ in (thresholds, objectives,
// owners, tiers) are series that the exporter serves, so a rule only compares
// series. Rules are PromQL in Go values, parsed by Prometheus' own parser when
// they are written out.
package rules

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Options are what differs between installations. The zero value is not usable;
// start from Defaults.
type Options struct {
	// Selector are label matchers for every series read from an exporter, such
	// as `job="model_exporter",cluster="eu"`.
	Selector string
	// Labels are added to every alert and recorded series.
	Labels map[string]string
	// RunbookURL and DashboardURL are what the links in alerts begin with.
	RunbookURL   string
	DashboardURL string
	// For replaces how long the named alerts wait before they fire.
	For map[string]time.Duration
	// ExporterOwner is model_owner of alerts about the exporter itself.
	ExporterOwner string
}

// Defaults are the options of the committed bundle.
func Defaults() Options {
	return Options{
		RunbookURL:    "https://github.com/model-exporter/model_exporter/blob/main/rules/runbooks",
		DashboardURL:  "/d",
		ExporterOwner: "platform",
	}
}

// Group is a group of rules that Prometheus evaluates one after the other. No
// rule reads what another of its group records, since vmalert stores results
// after the group.
type Group struct {
	Name     string         `yaml:"name" json:"name"`
	Interval model.Duration `yaml:"interval,omitempty" json:"interval,omitempty"`
	Rules    []Rule         `yaml:"rules" json:"rules"`
}

// Rule is a recording rule or an alert, with the fields of a rule file.
type Rule struct {
	Record        string            `yaml:"record,omitempty" json:"record,omitempty"`
	Alert         string            `yaml:"alert,omitempty" json:"alert,omitempty"`
	Expr          string            `yaml:"expr" json:"expr"`
	For           model.Duration    `yaml:"for,omitempty" json:"for,omitempty"`
	KeepFiringFor model.Duration    `yaml:"keep_firing_for,omitempty" json:"keep_firing_for,omitempty"`
	Labels        map[string]string `yaml:"labels,omitempty" json:"labels,omitempty"`
	Annotations   map[string]string `yaml:"annotations,omitempty" json:"annotations,omitempty"`
}

// Groups returns the bundle. An error is about an option; it names it.
func Groups(o Options) ([]Group, error) {
	w, err := newRewriter(o)
	if err != nil {
		return nil, err
	}
	var groups []Group
	for _, g := range records {
		group := Group{Name: "model_exporter.records." + g.name, Interval: model.Duration(g.interval)}
		for _, r := range g.rules {
			rule, err := r.rule(w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			group.Rules = append(group.Rules, rule)
		}
		groups = append(groups, group)
	}
	for _, g := range alerts() {
		group := Group{Name: "model_exporter.alerts." + g.name}
		for _, a := range g.alerts {
			rules, err := a.rules(w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.name, err)
			}
			group.Rules = append(group.Rules, rules...)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// AlertNames lists every alert of the bundle, sorted.
func AlertNames() []string {
	names := map[string]bool{}
	for _, g := range alerts() {
		for _, a := range g.alerts {
			names[a.name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// severities are what routing trees and linters know, beside our priorities.
var severities = map[catalog.Priority]string{
	catalog.P0: "critical",
	catalog.P1: "warning",
	catalog.P2: "info",
}
