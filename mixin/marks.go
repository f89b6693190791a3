package mixin

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/rules"
)

var promql = parser.NewParser(parser.Options{})

// exporterJobs is by what jobs of exporters are known that never answered.
const exporterJobs = `job=~".*model.?exporter.*"`

// mark replaces what _config can change in a rule.
func mark(r *rules.Rule, found limitCounts) error {
	var err error
	if r.Expr, err = markExpr(r.Expr, r.Alert, found); err != nil {
		return err
	}
	if r.Alert == "" {
		return nil
	}
	r.Expr = strings.ReplaceAll(r.Expr, exporterJobs, "<<exporterJobs>>")
	a := r.Annotations
	if a["description"], err = markQueries(a["description"]); err != nil {
		return err
	}
	found.inWords(r)
	defaults := rules.Defaults()
	path, ok := strings.CutPrefix(a["dashboard_url"], defaults.DashboardURL)
	if !ok || a["runbook_url"] != defaults.RunbookURL+"/"+r.Alert+".md" {
		return fmt.Errorf("links %q and %q", a["dashboard_url"], a["runbook_url"])
	}
	a["dashboard_url"] = "<<dashboardURL>>" + path
	delete(a, "runbook_url") // made of the alert's name
	if r.Labels["model_owner"] != "" {
		r.Labels["model_owner"] = "<<exporterOwner>>"
	}
	return nil
}

// edit puts a mark in place of a part of a text, or between two characters.
type edit struct {
	start, end int
	mark       string
}

// markExpr puts a mark behind the matchers of each series in an expression, as
// printed by Prometheus, and in place of limits of the alert, if it is one's.
func markExpr(text, alert string, found limitCounts) (string, error) {
	if strings.Contains(text, "<<") {
		return "", fmt.Errorf("expression with a mark already: %s", text)
	}
	e, err := promql.ParseExpr(text)
	if err != nil {
		return "", err
	}
	var edits []edit
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			if kind := kindOf(n.Name); kind != "" {
				edits = append(edits, markSelector(n, kind))
			}
		case *parser.NumberLiteral, *parser.BinaryExpr:
			edits = append(edits, found.inExpr(alert, n.(parser.Expr))...)
		}
		return nil
	})
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.start, a.start) }) // from the end: places stay
	marked := text
	for _, m := range edits {
		marked = marked[:m.start] + m.mark + marked[m.end:]
	}
	return marked, nil
}

// kindOf says which matchers a series takes: what the bundle itself records has
// other labels than a target, and what others serve has none of ours.
func kindOf(series string) string {
	switch {
	case strings.Contains(series, ":") || series == "ALERTS":
		return "recorded"
	case series == "" || series == "up" || ours.MatchString(series): // without a name: a list of ours
		return "exporter"
	default:
		return ""
	}
}

var ours = regexp.MustCompile(`^(ml|model_exporter|go|process|scrape)_`)

// markSelector is <<kind>> where a selector has no braces, and else <<,kind>>
// before the closing one.
func markSelector(s *parser.VectorSelector, kind string) edit {
	// As it is printed without an offset, which stands behind the braces.
	plain := (&parser.VectorSelector{Name: s.Name, LabelMatchers: s.LabelMatchers}).String()
	at := int(s.PosRange.Start) + len(plain)
	if strings.HasSuffix(plain, "}") {
		return edit{at - 1, at - 1, "<<," + kind + ">>"}
	}
	return edit{at, at, "<<" + kind + ">>"}
}

// quoted is the format of a query in an annotation.
var quoted = regexp.MustCompile(`\(query \(printf ("(?:[^"\\]|\\.)*")`)

// markQueries does the same for each query of an annotation. There it is a format
// in a Go string, in which the label values to come are %q. The empty string is as
// long, so places stay the same.
func markQueries(text string) (string, error) {
	var failed error
	text = quoted.ReplaceAllStringFunc(text, func(call string) string {
		start := strings.Index(call, `"`)
		format, err := strconv.Unquote(call[start:])
		if err == nil && (strings.Contains(format, `""`) || strings.Contains(strings.ReplaceAll(format, "%q", ""), "%")) {
			err = fmt.Errorf("query with an empty string or a percent sign: %s", format)
		}
		if err == nil {
			format, err = markExpr(strings.ReplaceAll(format, "%q", `""`), "", nil)
		}
		if err != nil {
			failed = err
		}
		return call[:start] + strconv.Quote(strings.ReplaceAll(format, `""`, "%q"))
	})
	return text, failed
}
