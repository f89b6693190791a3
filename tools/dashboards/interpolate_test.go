package dashboards

import (
	"strings"
	"testing"
	"time"
)

func TestExpand(t *testing.T) {
	v := Values{
		"one": {Values: []string{`a"b\c.d`}}, "many": {Values: []string{"a.b", "c"}, Multi: true},
		"single": {Values: []string{"10.0.0.1:80"}, Multi: true}, "all": {Values: []string{"a", "b"}, Multi: true, All: ".+"},
	}.Builtin(24*time.Hour, time.Minute)
	for _, tt := range []struct{ name, text, want string }{
		{"single value", `x{l="$one"}`, `x{l="a\"b\\c.d"}`},
		{"more values", `x{l=~"$many"}`, `x{l=~"(a\\.b|c)"}`},
		{"one of more", `x{l=~"${single}"}`, `x{l=~"10\\.0\\.0\\.1:80"}`},
		{"all", `x{l=~"$all"}`, `x{l=~".+"}`},
		{"square brackets", `x{l="[[one]]"}`, `x{l="a\"b\\c.d"}`},
		{"as regular expression", `${many:regex}`, `(a\.b|c)`},
		{"pipe", `${many:pipe}`, `a.b|c`},
		{"raw", `${many:raw}`, `a.b,c`},
		{"built in", `rate(x[$__rate_interval]) $__interval ${__range_s} $__interval_ms`, `rate(x[75s]) 60s 86400 60000`},
		{"group", `label_replace(x, "a", "$1${2}", "b", "(.)(.)")`, `label_replace(x, "a", "$1${2}", "b", "(.)(.)")`},
		{"anchor", `x{l=~".+$"}`, `x{l=~".+$"}`},
	} {
		got, err := v.Expand(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
	for _, text := range []string{"$nobody", "${one:sqlstring}"} {
		if _, err := v.Expand(text); err == nil {
			t.Errorf("%s is expanded", text)
		}
	}
}

// FuzzExpand: what has no variable is left alone, and what has one loses it.
func FuzzExpand(f *testing.F) {
	f.Add(`x{l=~"$a", m="${a:regex}"}`)
	f.Add("[[a]] ${ $ $$a")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Values{"a": {Values: []string{"v"}}}.Expand(text)
		if err == nil && got != text && !strings.Contains(got, "v") {
			t.Errorf("%q becomes %q", text, got)
		}
		if !strings.ContainsAny(text, "$[") && got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}

func TestInterval(t *testing.T) {
	for _, tt := range []struct {
		span  time.Duration
		least string
		want  time.Duration
	}{
		{time.Hour, "", 15 * time.Second}, {24 * time.Hour, "", time.Minute}, {24 * time.Hour, "5m", 5 * time.Minute},
		{time.Hour, ">1s", 5 * time.Second}, {7 * 24 * time.Hour, "", 10 * time.Minute},
	} {
		if got := Interval(tt.span, 0, tt.least); got != tt.want {
			t.Errorf("%v with at least %q: %v, want %v", tt.span, tt.least, got, tt.want)
		}
	}
}

func TestFilter(t *testing.T) {
	for _, tt := range []struct {
		regex string
		want  string
	}{
		{"", "b1 a1 b2"}, {"/^b/", "b1 b2"}, {"/([ab])/", "b a"}, {"none", ""},
	} {
		got, err := (&Variable{Regex: tt.regex}).filter([]string{"b1", "a1", "", "b2", "b1"})
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%q keeps %q, %v, want %s", tt.regex, got, err, tt.want)
		}
	}
}
