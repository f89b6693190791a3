package mixin

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/dashboards"
	"github.com/model-exporter/model_exporter/rules"
)

// durations stand in for what Grafana puts between brackets while an expression is
// parsed. Nobody writes such ones.
var durations = [][2]string{{"$__rate_interval", "59m11s"}, {"$__interval", "59m12s"}, {"$__range", "59m13s"}}

// markedDashboards returns the dashboards by the names of their files, and the
// variable that they get where there are several clusters.
func markedDashboards() (boards map[string]any, cluster any, err error) {
	o := dashboards.Defaults()
	all, err := dashboards.All(o)
	if err != nil {
		return nil, nil, err
	}
	o.Cluster = "cluster"
	clustered, err := dashboards.All(o)
	if err != nil {
		return nil, nil, err
	}
	boards = map[string]any{}
	for i, d := range all {
		if strings.Contains(string(d.JSON), "<<") {
			return nil, nil, fmt.Errorf("%s has a mark already", d.File)
		}
		var board, other map[string]any
		if err := errors.Join(json.Unmarshal(d.JSON, &board), json.Unmarshal(clustered[i].JSON, &other)); err != nil {
			return nil, nil, err
		}
		v, err := cutCluster(other)
		if err != nil || cluster != nil && !reflect.DeepEqual(v, cluster) {
			return nil, nil, fmt.Errorf("%s: no variable for clusters like the others': %v, %w", d.File, v, err)
		}
		cluster = v
		if boards[d.File], err = markBelow("", board, other); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", d.File, err)
		}
	}
	return boards, cluster, nil
}

// cutCluster removes the variable for clusters from a dashboard that has it, second
// after the data source, and returns it with marks.
func cutCluster(board map[string]any) (map[string]any, error) {
	templating := board["templating"].(map[string]any)
	list := templating["list"].([]any)
	v := list[1].(map[string]any)
	templating["list"] = slices.Delete(list, 1, 2)
	for _, field := range []string{"query", "definition"} {
		if v[field] != "label_values(ml_model_info, cluster)" {
			return nil, fmt.Errorf("the %s is %v", field, v[field])
		}
		v[field] = "label_values(ml_model_info<<first>>, <<cluster>>)"
	}
	v["name"] = "<<cluster>>"
	return v, nil
}

// markBelow returns a part of a dashboard with marks, of which field is the name.
// clustered is the same part where there are clusters.
func markBelow(field string, part, clustered any) (any, error) {
	switch part := part.(type) {
	case map[string]any:
		other, ok := clustered.(map[string]any)
		if !ok || len(other) != len(part) {
			return nil, fmt.Errorf("%s has other fields with clusters", field)
		}
		for name, v := range part {
			marked, err := markBelow(name, v, other[name])
			if err != nil {
				return nil, err
			}
			part[name] = marked
		}
	case []any:
		other, ok := clustered.([]any)
		if !ok || len(other) != len(part) {
			return nil, fmt.Errorf("%s has other elements with clusters", field)
		}
		for i, v := range part {
			marked, err := markBelow(field, v, other[i])
			if err != nil {
				return nil, err
			}
			part[i] = marked
		}
	case string:
		return markText(field, part, clustered.(string))
	}
	return part, nil
}

// keepsCluster is the part of a link that keeps the chosen cluster.
const keepsCluster = "&${cluster:queryparam}"

// clicked are what Grafana puts for the name of an alert that is clicked on, in links
// to its runbook.
var clicked = []string{"${__value.text}", "${__field.labels.alertname}"}

// markText marks an expression, a variable's query or a link.
func markText(field, text, clustered string) (string, error) {
	switch {
	case field == "expr":
		return markQuery(text)
	case strings.HasPrefix(text, "label_values("):
		return markVariable(text)
	case strings.HasPrefix(text, dashboards.Defaults().RunbookURL):
		alert := strings.TrimSuffix(strings.TrimPrefix(text, dashboards.Defaults().RunbookURL+"/"), ".md")
		if !slices.Contains(clicked, alert) && !slices.Contains(rules.AlertNames(), alert) {
			return "", fmt.Errorf("%s leads to another runbook: %s", field, text)
		}
		return "<<runbook of " + alert + ">>", nil
	case strings.ReplaceAll(clustered, keepsCluster, "") == text:
		return strings.ReplaceAll(clustered, keepsCluster, "<<keepsCluster>>"), nil
	default:
		return "", fmt.Errorf("%s is %q, and with clusters %q", field, text, clustered)
	}
}

func markQuery(text string) (string, error) {
	for _, d := range durations {
		text = strings.ReplaceAll(text, d[0], d[1])
	}
	text, err := markExpr(text, "", nil)
	for _, d := range durations {
		text = strings.ReplaceAll(text, d[1], d[0])
	}
	return text, err
}

// markVariable marks the query of a variable: label_values(expr, label).
func markVariable(text string) (string, error) {
	const call = "label_values("
	comma := strings.LastIndex(text, ", ")
	if comma < 0 {
		return "", fmt.Errorf("variable without a series: %s", text)
	}
	expr, err := markQuery(text[len(call):comma])
	return call + expr + text[comma:], err
}
