package dashboards

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// query is one query of a panel.
type query struct {
	expr   string
	legend string // of time series, with {{labels}}; of a table the column's title
	style  style
	unit   string // where it is not the panel's

	// Of a column: from which value on it is coloured how, and values as text.
	steps []step
	words []word
}

// target is the query as Grafana keeps it, by the letter of its place.
func (q *query) target(x *expander, place int, format prometheus.PromQueryFormat, instant bool) (*prometheus.Dataquery, error) {
	expr, err := x.expr(q.expr)
	if err != nil {
		return nil, err
	}
	t := prometheus.NewDataquery()
	t.Datasource, t.Expr, t.LegendFormat = source(), expr, ptr(q.legend)
	t.Format, t.RefId = ptr(format), ptr(refID(place))
	t.Instant, t.Range = ptr(instant), ptr(!instant)
	t.EditorMode = ptr(prometheus.QueryEditorModeCode)
	return t, nil
}

// top keeps the series of the k values of a label that are largest at the end of the
// time that is shown, so that the picture holds as many lines with a thousand
// features. In expr @@ stands after each range or selector: there the end is fixed.
func top(k int, by, expr string) string {
	return fmt.Sprintf("(%s) and on (%s) topk(%d, %s)", expr, by, k, strings.ReplaceAll(expr, "@@", "@ end()"))
}

func refID(place int) string { return string(rune('A' + place)) }

// expander adds matchers for the dashboard's variables to every selector.
type expander struct {
	Options
	selector  []*labels.Matcher // Options.Selector
	variables []variable        // those that are labels
}

func newExpander(o Options, variables []variable) (*expander, error) {
	x := &expander{Options: o, variables: variables[1:]} // without the data source
	if o.Selector == "" {
		return x, nil
	}
	var err error
	if x.selector, err = promql.ParseMetricSelector("{" + strings.Trim(o.Selector, "{}") + "}"); err != nil {
		return nil, fmt.Errorf("selector %q: %w", o.Selector, err)
	}
	if slices.ContainsFunc(x.selector, func(m *labels.Matcher) bool { return m.Name == "__name__" }) {
		return nil, fmt.Errorf("selector %q: names metrics; the dashboards do that", o.Selector)
	}
	return x, nil
}

// before is the expander for a variable's own query: only those before it count.
func (x *expander) before(v *variable) *expander {
	i := slices.IndexFunc(x.variables, func(w variable) bool { return w.name == v.name })
	return &expander{x.Options, x.selector, x.variables[:i]}
}

// durations stand in for what Grafana puts between brackets while an expression is
// parsed. Nobody writes such ones.
var durations = []struct{ name, text string }{
	{"$__rate_interval", "59m11s"}, {"$__interval", "59m12s"}, {"$__range", "59m13s"},
}

var promql = parser.NewParser(parser.Options{})

// expr parses an expression, adds the matchers and writes it over several lines.
func (x *expander) expr(text string) (string, error) {
	text = strings.ReplaceAll(text, "@@", "")
	for _, d := range durations {
		text = strings.ReplaceAll(text, d.name, d.text)
	}
	e, err := promql.ParseExpr(text)
	if err != nil {
		return "", fmt.Errorf("%w in %s", err, text)
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			x.match(s)
		}
		return nil
	})
	out := parser.Prettify(e)
	for _, d := range durations {
		out = strings.ReplaceAll(out, d.text, d.name)
	}
	return out, nil
}

// match adds a matcher for each variable that the series have a label for, unless
// the selector has one of its own. Grafana escapes what a pattern would take for
// more than a letter in variables of several values alone.
func (x *expander) match(s *parser.VectorSelector) {
	for _, v := range x.variables {
		own := slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == v.name })
		if own || v.of != "" || !hasLabel(s.Name, v.name) {
			continue
		}
		kind := labels.MatchRegexp
		if v.single {
			kind = labels.MatchEqual
		}
		s.LabelMatchers = append(s.LabelMatchers, labels.MustNewMatcher(kind, v.name, "$"+v.name))
	}
	// Nothing alerts on the rolling baseline, and beside another it would be mistaken for it.
	family := familyOf(s.Name)
	if family != nil && slices.Contains(family.Labels, "baseline") && slices.Contains(family.Labels, "statistic") &&
		!slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == "baseline" }) {
		s.LabelMatchers = append(s.LabelMatchers, labels.MustNewMatcher(labels.MatchNotEqual, "baseline", "rolling"))
	}
	if isExporter(s.Name) {
		s.LabelMatchers = append(s.LabelMatchers, x.selector...)
	}
}

// ofMetrics are variables that are labels of metrics. Any other is one that
// Prometheus gives to all that it scrapes.
var ofMetrics = []string{"model", "model_version", "feature", "window", "segment", "metric", "statistic", "kpi", "objective", "source"}

// hasLabel tells whether series of a metric have a label that variables match.
func hasLabel(metric, label string) bool {
	family := familyOf(metric)
	switch {
	case family != nil && slices.Contains(family.Labels, label):
		return true
	case strings.Contains(metric, ":"):
		return recordedLabel(metric, label)
	case strings.HasPrefix(metric, "ALERTS"):
		return label == "model"
	default:
		return isExporter(metric) && !slices.Contains(ofMetrics, label)
	}
}

// isExporter tells whether the exporter serves a metric, its process's included.
func isExporter(metric string) bool {
	if metric == "" || metric == "up" { // without a name: a list of the exporter's own
		return true
	}
	return slices.ContainsFunc([]string{"ml_", "model_exporter_", "go_", "process_", "scrape_"},
		func(prefix string) bool { return strings.HasPrefix(metric, prefix) })
}

// recordedLabel reads the labels of a recorded series off its name, which begins
// with them: model_version_feature has model, model_version and feature.
func recordedLabel(metric, label string) bool {
	level, _, _ := strings.Cut(metric, ":")
	switch label {
	case "model":
		return true
	case "model_version":
		return strings.HasPrefix(level, label)
	default:
		return strings.HasSuffix(level, "_"+label) || strings.Contains(level, "_"+label+"_")
	}
}

// familyOf finds the family of a series, histograms by each of their names.
func familyOf(metric string) *catalog.Family {
	for _, f := range catalog.Families {
		base := metric
		if f.Type == catalog.Histogram {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				base = strings.TrimSuffix(base, suffix)
			}
		}
		if f.Name == base {
			return f
		}
	}
	return nil
}
