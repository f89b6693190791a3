package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

var promql = parser.NewParser(parser.Options{})

// rewriter turns the expressions of the bundle into those of an installation.
type rewriter struct {
	Options
	exported []*labels.Matcher // for series of an exporter
	recorded []*labels.Matcher // for what the bundle itself records
}

func newRewriter(o Options) (*rewriter, error) {
	w := &rewriter{Options: o}
	if o.Selector != "" {
		var err error
		if w.exported, err = promql.ParseMetricSelector("{" + strings.Trim(o.Selector, "{}") + "}"); err != nil {
			return nil, fmt.Errorf("selector %q: %w", o.Selector, err)
		}
		for _, m := range w.exported {
			if m.Name == model.MetricNameLabel {
				return nil, fmt.Errorf("selector %q: names metrics; the rules do that", o.Selector)
			}
		}
	}
	for _, link := range []string{o.RunbookURL, o.DashboardURL} {
		if strings.ContainsAny(link, "{}\" \n") {
			return nil, fmt.Errorf("link %q: no address; links have no blanks, quotes or braces", link)
		}
	}
	for name, value := range o.Labels {
		if !model.LegacyValidation.IsValidLabelName(name) || strings.HasPrefix(name, model.ReservedLabelPrefix) {
			return nil, fmt.Errorf("label %q: no legal label name", name)
		}
		if slices.Contains(OwnLabels, name) {
			return nil, fmt.Errorf("label %q: the rules set it themselves", name)
		}
		w.recorded = append(w.recorded, labels.MustNewMatcher(labels.MatchEqual, name, value))
	}
	slices.SortFunc(w.recorded, func(a, b *labels.Matcher) int { return strings.Compare(a.Name, b.Name) })
	names := AlertNames()
	for name := range o.For {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("for %q: no such alert; the alerts are %s", name, strings.Join(names, ", "))
		}
	}
	return w, nil
}

// OwnLabels are labels that Options.Labels may not have, sorted: they would change
// which alert is which, or make two recorded series one.
var OwnLabels = func() []string {
	names := []string{"alertname", "alertstate", "component", "instance", "job", "kind", "le", "priority", "severity"}
	for _, f := range catalog.Families {
		names = append(names, f.Labels...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}()

// expr parses an expression and adds the matchers to each of its selectors.
// Results of the bundle's own rules have no target's labels.
func (w *rewriter) expr(text string) (parser.Expr, error) {
	e, err := promql.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			more := w.exported
			if strings.Contains(s.Name, ":") || s.Name == "ALERTS" {
				more = w.recorded
			}
			s.LabelMatchers = append(s.LabelMatchers, more...)
		}
		return nil
	})
	return e, nil
}

// pretty writes an expression over several lines.
func (w *rewriter) pretty(text string) (string, error) {
	e, err := w.expr(text)
	if err != nil {
		return "", err
	}
	return parser.Prettify(e), nil
}

var (
	lookups      = regexp.MustCompile(`(?s)<<(.*?)>>`)
	placeholders = regexp.MustCompile(`"(\$\w+)\.(\w+)"`)
)

// template turns each <<query>> of an annotation into a call of the template
// function query. In it, the label value "$labels.model" is that label of the
// alert, and "$f.feature" that label of the sample $f.
func (w *rewriter) template(text string) (string, error) {
	var failed error
	text = lookups.ReplaceAllStringFunc(text, func(match string) string {
		e, err := w.expr(match[2 : len(match)-2])
		if err != nil {
			failed = err
			return match
		}
		format, args := strings.ReplaceAll(e.String(), "%", "%%"), ""
		format = placeholders.ReplaceAllStringFunc(format, func(p string) string {
			of, label, _ := strings.Cut(strings.Trim(p, `"`), ".")
			if of != "$labels" {
				of += ".Labels"
			}
			args += " " + of + "." + label
			return "%q"
		})
		return "(query (printf " + strconv.Quote(format) + args + "))"
	})
	return text, failed
}

// wait returns how long an alert waits before it fires.
func (w *rewriter) wait(alert string, usual time.Duration) model.Duration {
	if d, ok := w.For[alert]; ok {
		usual = d
	}
	return model.Duration(usual)
}
