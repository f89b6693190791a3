package mixin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/dashboards"
)

// goBoards are the dashboards as Go writes them.
func goBoards(t *testing.T, o dashboards.Options) map[string]any {
	t.Helper()
	all, err := dashboards.All(o)
	if err != nil {
		t.Fatal(err)
	}
	boards := map[string]any{}
	for _, d := range all {
		var board map[string]any
		if err := json.Unmarshal(d.JSON, &board); err != nil {
			t.Fatal(err)
		}
		boards[d.File] = board
	}
	return boards
}

// printedBoards prints every query on one line, with matchers that Go has no option
// for, of series that the rules record.
func printedBoards(t *testing.T, boards map[string]any, recorded string) map[string]any {
	t.Helper()
	printedBelow(t, boards, recorded)
	return boards
}

func printedBelow(t *testing.T, part any, recorded string) {
	t.Helper()
	switch part := part.(type) {
	case map[string]any:
		for field, v := range part {
			text, ok := v.(string)
			switch {
			case !ok:
				printedBelow(t, v, recorded)
			case field == "expr":
				part[field] = printedQuery(t, text, recorded)
			case strings.HasPrefix(text, "label_values("):
				end := strings.LastIndex(text, ",")
				part[field] = "label_values(" + printedQuery(t, text[len("label_values("):end], recorded) + text[end:]
			}
		}
	case []any:
		for _, v := range part {
			printedBelow(t, v, recorded)
		}
	}
}

func printedQuery(t *testing.T, text string, recorded string) string {
	t.Helper()
	// Durations that no query has, in place of what is none yet.
	e, err := promql.ParseExpr(strings.NewReplacer("$__rate_interval", "7d1s", "$__interval", "7d2s", "$__range", "7d3s").Replace(text))
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return text
	}
	if recorded == "" {
		return e.String()
	}
	more, err := promql.ParseMetricSelector(recorded)
	if err != nil {
		t.Fatal(err)
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok && (strings.Contains(s.Name, ":") || s.Name == "ALERTS") {
			s.LabelMatchers = append(s.LabelMatchers, more...)
		}
		return nil
	})
	return e.String()
}
