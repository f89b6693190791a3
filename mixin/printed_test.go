package mixin

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/rules"
)

// printed returns the rules with every expression printed by Prometheus on one
// line: where Go breaks lines depends on how long the selector is, and in which
// order it has the matchers on their names.
func printed(t *testing.T, groups []rules.Group) []rules.Group {
	t.Helper()
	for _, g := range groups {
		for i := range g.Rules {
			r := &g.Rules[i]
			r.Expr = printedExpr(t, r.Expr)
			if r.Alert != "" {
				r.Annotations["description"] = printedQueries(t, r.Annotations["description"])
			}
		}
	}
	return groups
}

func printedExpr(t *testing.T, text string) string {
	t.Helper()
	e, err := promql.ParseExpr(text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return text
	}
	return e.String()
}

var calls = regexp.MustCompile(`\(printf ("(?:[^"\\]|\\.)*")(( \$[\w.]+)*)\)`)

// printedQueries prints the queries of a description as a template makes them, with
// the arguments' names as their values.
func printedQueries(t *testing.T, description string) string {
	t.Helper()
	return calls.ReplaceAllStringFunc(description, func(call string) string {
		m := calls.FindStringSubmatch(call)
		format, err := strconv.Unquote(m[1])
		if err != nil {
			t.Errorf("%s: %v", call, err)
			return call
		}
		for _, argument := range strings.Fields(m[2]) {
			before, after, ok := cutVerb(format)
			if !ok {
				t.Errorf("%s: more arguments than %%q", call)
				return call
			}
			// Sprintf would take an escaped percent sign for a verb's.
			format = before + strconv.Quote(argument) + after
		}
		return "(" + printedExpr(t, strings.ReplaceAll(format, "%%", "%")) + ")"
	})
}

// cutVerb finds the first %q that is no part of %%q.
func cutVerb(format string) (before, after string, found bool) {
	for i := 0; i+1 < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		if format[i+1] == 'q' {
			return format[:i], format[i+2:], true
		}
		i++ // %%
	}
	return format, "", false
}
