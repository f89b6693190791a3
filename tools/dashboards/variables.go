package dashboards

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

func duration(s string) (time.Duration, error) {
	d, err := model.ParseDuration(s)
	return time.Duration(d), err
}

var (
	labelValues = regexp.MustCompile(`^label_values\((?:(.+),\s*)?([a-zA-Z_$][\w$]*)\)\s*$`)
	queryResult = regexp.MustCompile(`^query_result\((.+)\)\s*$`)
	metricNames = regexp.MustCompile(`^metrics\((.+)\)\s*$`)
)

// Choices asks what there is to choose of a query variable, once those before it
// are chosen.
func (a *API) Choices(ctx context.Context, v *Variable, chosen Values, from, to time.Time) ([]string, error) {
	query, err := chosen.Expand(string(v.Query))
	if err != nil {
		return nil, err
	}
	found, err := a.choices(ctx, query, from, to)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	return v.filter(found)
}

func (a *API) choices(ctx context.Context, query string, from, to time.Time) ([]string, error) {
	if m := labelValues.FindStringSubmatch(query); m != nil {
		return a.LabelValues(ctx, m[2], strings.TrimSpace(m[1]), from, to)
	}
	if m := metricNames.FindStringSubmatch(query); m != nil {
		return a.LabelValues(ctx, "__name__", fmt.Sprintf("{__name__=~%q}", ".*("+m[1]+").*"), from, to)
	}
	m := queryResult.FindStringSubmatch(query)
	if m == nil {
		return nil, fmt.Errorf("is no label_values(), metrics() or query_result()")
	}
	result, err := a.Query(ctx, m[1], to)
	var texts []string
	for _, s := range result {
		p := s.Points[len(s.Points)-1]
		texts = append(texts, fmt.Sprintf("%s %v %v", s, p.V, p.T*1000)) // as Grafana writes it
	}
	return texts, err
}

// filter keeps what the variable's regular expression finds, its group if it has
// one, each once.
func (v *Variable) filter(found []string) (kept []string, err error) {
	pattern := v.Regex
	if strings.HasPrefix(pattern, "/") {
		pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, "/"), "/")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	for _, s := range found {
		m := re.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		if pattern != "" && len(m) > 1 {
			s = m[1]
		}
		if s != "" && !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// Selections lists what may be chosen of some choices, what is chosen at first
// before the others. Where more may be chosen it is all of them, by name or as All.
func (v *Variable) Selections(choices []string, byName bool) (list []Value) {
	if v.Multi || v.IncludeAll {
		all := Value{Values: choices, Multi: true}
		if v.IncludeAll && !byName {
			all.All = v.AllValue
		}
		return []Value{all}
	}
	for _, c := range choices {
		value := Value{Values: []string{c}}
		if slices.Contains(v.Current.Value, c) {
			list = slices.Insert(list, 0, value)
		} else {
			list = append(list, value)
		}
	}
	return list
}

// Fixed lists the choices of a variable that asks nobody, such as custom and
// interval.
func (v *Variable) Fixed() (choices []string) {
	switch v.Type {
	case "constant", "textbox":
		return []string{string(v.Query)}
	case "datasource":
		return []string{"prometheus"}
	}
	for _, part := range strings.Split(string(v.Query), ",") {
		value := strings.TrimSpace(part)
		if name, after, ok := strings.Cut(value, " : "); ok && name != "" {
			value = strings.TrimSpace(after)
		}
		choices = append(choices, value)
	}
	return choices
}
