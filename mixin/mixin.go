// Package mixin writes what mixin.libsonnet builds on: the rules of package rules
// and the dashboards of package dashboards, with a mark in each place that a
// setting of its _config changes. Jsonnet cannot parse PromQL, so Go finds the
// places, with Prometheus' own parser, and jsonnet only replaces marks by text. With
// the default settings the result is what Go writes, to the byte; a test compares
// them.
package mixin

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/model-exporter/model_exporter/rules"
)

// Files returns the generated files by their names below the folder generated.
func Files() (map[string][]byte, error) {
	groups, err := rules.Groups(rules.Defaults())
	if err != nil {
		return nil, err
	}
	var records, alerts []rules.Group
	for _, g := range groups {
		if g.Rules[0].Alert != "" {
			alerts = append(alerts, g)
		} else {
			records = append(records, g)
		}
	}
	found := limitCounts{}
	for _, of := range [][]rules.Group{records, alerts} {
		for _, g := range of {
			for i := range g.Rules {
				if err := mark(&g.Rules[i], found); err != nil {
					return nil, fmt.Errorf("%s%s: %w", g.Rules[i].Record, g.Rules[i].Alert, err)
				}
			}
		}
	}
	if err := found.check(); err != nil {
		return nil, err
	}
	boards, cluster, err := markedDashboards()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, content := range map[string]any{
		"rules.json":      map[string]any{"groups": records},
		"alerts.json":     map[string]any{"groups": alerts},
		"dashboards.json": boards,
		"cluster.json":    cluster,
		"names.json":      map[string]any{"alerts": rules.AlertNames(), "clicked": clicked, "limits": limitNames(), "ownLabels": rules.OwnLabels},
	} {
		if files[name], err = encode(content); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}

// encode writes JSON for people to read and to compare: Go's way of hiding < and >
// would make that hard.
func encode(content any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(content)
	return text.Bytes(), err
}
