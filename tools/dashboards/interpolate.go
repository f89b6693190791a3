package dashboards

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"
)

// reference is a variable in a text: $name, ${name}, ${name:format} or [[name]]. What
// begins with a digit is a group of a regular expression, as in label_replace.
var reference = regexp.MustCompile(`\$([a-zA-Z_]\w*)|\[\[([a-zA-Z_]\w*)(?::(\w+))?\]\]|\$\{([a-zA-Z_]\w*)(?::([^}]+))?\}`)

func parts(ref string) (name, format string) {
	m := reference.FindStringSubmatch(ref)
	return m[1] + m[2] + m[4], m[3] + m[5]
}

// Value is what is chosen of a variable.
type Value struct {
	Values []string
	Multi  bool   // more may be chosen, so values stand in a regular expression
	All    string // stands for all of them as it is, if it is not empty
}

// Values are the choices by variable.
type Values map[string]Value

// With is the same with one more choice.
func (v Values) With(name string, value Value) Values {
	more := maps.Clone(v)
	if more == nil {
		more = Values{}
	}
	more[name] = value
	return more
}

// Expand puts the choices into an expression, as Grafana's Prometheus data source
// does: a single value is escaped for a string in quotes, one of which there may be
// more for a regular expression in quotes.
//
// Source: interpolateQueryExpr, prometheusRegularEscape and
// prometheusSpecialRegexEscape of grafana-prometheus, and its formats
// (https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/).
func (v Values) Expand(text string) (string, error) {
	var unknown error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		name, format := parts(ref)
		value, ok := v[name]
		if !ok {
			unknown = fmt.Errorf("there is no variable %s", ref)
			return ref
		}
		s, err := value.format(format)
		if err != nil {
			unknown = fmt.Errorf("%s: %w", ref, err)
		}
		return s
	})
	return out, unknown
}

func (v Value) format(format string) (string, error) {
	if v.All != "" && format != "text" {
		return v.All, nil
	}
	switch format {
	case "":
		if !v.Multi {
			return each(quoted, v.Values, ""), nil
		}
		return grouped(special, v.Values), nil
	case "regex":
		return grouped(regexEscape, v.Values), nil
	case "pipe":
		return strings.Join(v.Values, "|"), nil
	case "raw", "csv":
		return strings.Join(v.Values, ","), nil
	case "text":
		return strings.Join(v.Values, " + "), nil
	case "doublequote":
		return each(func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }, v.Values, ","), nil
	}
	return "", fmt.Errorf("format %q is not known here", format)
}

func grouped(escape func(string) string, values []string) string {
	if len(values) == 1 {
		return escape(values[0])
	}
	return "(" + each(escape, values, "|") + ")"
}

func each(escape func(string) string, values []string, between string) string {
	escaped := make([]string, len(values))
	for i, s := range values {
		escaped[i] = escape(s)
	}
	return strings.Join(escaped, between)
}

var (
	quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	// A backslash of the regular expression is one more in its quotes.
	specialChars = regexp.MustCompile(`[$^*{}\[\]'+?.()|]`)
	regexChars   = regexp.MustCompile(`[\\^$*+?.()|[\]{}/]`)
)

func quoted(s string) string { return quoting.Replace(s) }

func special(s string) string {
	s = strings.ReplaceAll(s, `\`, `\\\\`)
	s = strings.ReplaceAll(s, `"`, `\\\"`)
	return specialChars.ReplaceAllString(s, `\\$0`)
}

func regexEscape(s string) string { return regexChars.ReplaceAllString(s, `\$0`) }

// scrape is what Grafana's data source takes for the scrape interval unless it is
// told another.
const scrape = 15 * time.Second

// Interval is how far apart the points of a panel are.
//
// Source: roundInterval and calculateInterval of Grafana's rangeutil.
func Interval(span time.Duration, points float64, least string) time.Duration {
	limit := scrape
	if d, err := duration(strings.TrimPrefix(least, ">")); err == nil {
		limit = d
	}
	if points <= 0 {
		points = 1000 // about the width of a panel in pixels
	}
	return max(limit, round(time.Duration(float64(span)/points)))
}

// round takes the nearest of the lengths that read well.
func round(d time.Duration) time.Duration {
	nice := []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 20 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}
	for i := 1; i < len(nice); i++ {
		if d < (nice[i-1]+nice[i])/2 {
			return nice[i-1]
		}
	}
	return nice[len(nice)-1]
}

// Builtin adds Grafana's own variables, for a panel whose points are so far apart.
func (v Values) Builtin(span, interval time.Duration) Values {
	more := Values{}
	maps.Copy(more, v)
	for name, d := range map[string]time.Duration{"interval": interval, "rate_interval": max(interval+scrape, 4*scrape), "range": span} {
		more["__"+name] = Value{Values: []string{fmt.Sprintf("%ds", int(d.Seconds()))}}
		more["__"+name+"_ms"] = Value{Values: []string{fmt.Sprint(d.Milliseconds())}}
	}
	more["__range_s"] = Value{Values: []string{fmt.Sprint(int(span.Seconds()))}}
	return more
}

// Span is how long a dashboard looks back, such as six hours for now-6h.
func (d *Dashboard) Span() time.Duration {
	if span, err := duration(strings.TrimPrefix(d.Time.From, "now-")); err == nil {
		return span
	}
	return 6 * time.Hour // Grafana's own
}
