package rules

import (
	"maps"
	"strings"
	"time"
)

// record is a recording rule. Its name begins with the level, the labels that it
// keeps, as in "model_version:ml_errors:ratio1h".
type record struct {
	name   string
	expr   string
	labels map[string]string // static ones
}

type recordGroup struct {
	name     string
	interval time.Duration // 0 is the server's own
	rules    []record
}

// levels are what recorded names may begin with, and the labels it stands for.
var levels = map[string][]string{
	"job_instance":                    {"job", "instance"},
	"job_instance_source":             {"job", "instance", "source"},
	"model":                           {"model"},
	"model_owner_tier":                {"model", "model_owner", "model_tier"},
	"model_kpi":                       {"model", "kpi"},
	"model_objective":                 {"model"},
	"model_version":                   {"model", "model_version"},
	"model_version_owner_tier":        {"model", "model_version", "model_owner", "model_tier"},
	"model_version_window":            {"model", "model_version", "window"},
	"model_version_metric":            {"model", "model_version", "metric"},
	"model_version_statistic":         {"model", "model_version", "statistic"},
	"model_version_segment_metric":    {"model", "model_version", "segment", "metric"},
	"model_version_output_statistic":  {"model", "model_version", "output", "statistic"},
	"model_version_feature":           {"model", "model_version", "feature"},
	"model_version_feature_statistic": {"model", "model_version", "feature", "statistic"},
	"model_version_feature_check":     {"model", "model_version", "feature", "check"},
	"model_version_feature_change":    {"model", "model_version", "feature", "change"},
	"model_version_feature_bin":       {"model", "model_version", "feature", "bin"},
	"model_version_feature_rank":      {"model", "model_version", "feature", "rank"},
}

// recordedLabels returns the labels of a recorded series, without those that
// the installation adds.
func (r record) recordedLabels() []string {
	level, _, _ := strings.Cut(r.name, ":")
	all := append([]string(nil), levels[level]...)
	for name := range r.labels {
		all = append(all, name)
	}
	return all
}

func (r record) rule(w *rewriter) (Rule, error) {
	expr, err := w.pretty(r.expr)
	if err != nil {
		return Rule{}, err
	}
	rule := Rule{Record: r.name, Expr: expr, Labels: maps.Clone(w.Labels)}
	if len(r.labels) > 0 && rule.Labels == nil {
		rule.Labels = map[string]string{}
	}
	maps.Copy(rule.Labels, r.labels)
	return rule, nil
}
