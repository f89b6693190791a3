package config

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	prometheus "github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// value is what a field can hold: how it is read, and how the schema and the
// reference describe it. What is read is legal, or reported.
type value struct {
	read func(r *reader, n *yaml.Node, at string)
	shape
}

// shape describes a value.
type shape struct {
	kind    string   // as the reference calls it: "duration"
	types   []string // JSON types it may have
	words   []string // the only texts it may have
	pattern string   // of its texts
	initial string   // what a missing field means
	table   bool     // a block that the reference shows in one line
	any     []shape  // alternatives, instead of types

	fields func() []field // of a block
	each   func() shape   // of a list's items, or of a mapping with free names
}

// text holds any single value as it is written.
func text(p *string) value { return checked(p, "text", func(string) string { return "" }) }

// checked is text for which check finds nothing to repair.
func checked(p *string, kind string, check func(string) string) value {
	return value{shape: shape{kind: kind, types: []string{"string", "number", "boolean"}, initial: *p},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, kind)
			if !ok {
				return
			}
			if len(s) > 4096 {
				r.failf(at, "has %d bytes; write at most 4096", len(s))
				return
			}
			if finding := check(s); finding != "" {
				r.failf(at, "%s", finding)
				return
			}
			*p = s
		}}
}

// name is a text that becomes the value of a label.
func name(p *string) value {
	return checked(p, "text", func(s string) string {
		switch {
		case strings.TrimSpace(s) == "":
			return "is empty; write a name"
		case len(s) > 128:
			return "has more than 128 bytes; write a shorter name"
		}
		return ""
	})
}

// word is one of a closed list. Later ones are known but not in this version.
func word[T ~string](p *T, noun string, words []T, later ...string) value {
	known := make([]string, len(words))
	for i, w := range words {
		known[i] = string(w)
	}
	return value{shape: shape{kind: strings.Join(known, ", "), types: []string{"string"}, words: known, initial: string(*p)},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, noun)
			switch {
			case !ok:
			case slices.Contains(known, s):
				*p = T(s)
			case slices.Contains(later, s):
				r.failf(at, "%s %q is not part of this version yet; write one of %s", noun, s, strings.Join(known, ", "))
			default:
				r.failf(at, "unknown %s %q; %s", noun, s, suggest(s, known))
			}
		}}
}

// number is a finite number within bounds.
func number(p *float64, lo, hi float64) value {
	return value{shape: shape{kind: "number", types: []string{"number", "string"}, initial: decimal(*p)},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, "number")
			if !ok {
				return
			}
			x, err := strconv.ParseFloat(s, 64)
			if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
				r.failf(at, "%q is not a number; write one such as 0.25", s)
				return
			}
			if x < lo || x > hi {
				r.failf(at, "%s is out of range; %s", s, bounds(decimal(lo), decimal(hi), math.IsInf(hi, 1)))
				return
			}
			*p = x
		}}
}

// ratio is a share: 0.15 or 15%.
func ratio(p *float64, lo, hi float64) value {
	return value{shape: shape{kind: "ratio or percent", types: []string{"number", "string"}, initial: decimal(*p)},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, "ratio such as 0.15 or 15%")
			if !ok {
				return
			}
			x, ok := parseRatio(s)
			if !ok {
				r.failf(at, "%q is not a ratio; write one such as 0.15 or 15%%", s)
				return
			}
			if x < lo || x > hi {
				r.failf(at, "%s is out of range; %s", s, bounds(decimal(lo), decimal(hi), math.IsInf(hi, 1)))
				return
			}
			*p = x
		}}
}

func parseRatio(s string) (x float64, ok bool) {
	digits, percent := strings.CutSuffix(s, "%")
	if percent {
		digits = strings.TrimSpace(digits)
	}
	x, err := strconv.ParseFloat(digits, 64)
	if percent {
		x /= 100
	}
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

// count is a whole number within bounds.
func count[T int | uint64](p *T, lo, hi T) value {
	return value{shape: shape{kind: "whole number", types: []string{"integer", "string"}, initial: strconv.FormatUint(uint64(*p), 10)},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, "whole number")
			if !ok {
				return
			}
			x, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, 62)
			if err != nil {
				r.failf(at, "%q is not a whole number; write one such as %d", s, *p)
				return
			}
			if x < int64(lo) || x > int64(hi) {
				r.failf(at, "%s is out of range; write %d to %d", s, lo, hi)
				return
			}
			*p = T(x)
		}}
}

// span is a duration within bounds, in Prometheus' notation.
func span(p *time.Duration, lo, hi time.Duration) value {
	return value{shape: shape{kind: "duration", types: []string{"string", "integer"}, pattern: `^([0-9]+(y|w|d|h|ms|m|s))+$|^0$|\$\{`, initial: duration(*p)},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, "duration such as 15s, 1h or 30d")
			if !ok {
				return
			}
			parsed, err := prometheus.ParseDuration(s)
			d := time.Duration(parsed)
			if err != nil || d < 0 {
				r.failf(at, "%q is not a duration; write one such as 15s, 1h, 30d or 730h", s)
				return
			}
			if d < lo || d > hi {
				r.failf(at, "%s is out of range; write %s to %s", s, duration(lo), duration(hi))
				return
			}
			*p = d
		}}
}

var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

// size is a number of bytes within bounds.
func size(p *int, lo, hi int) value {
	return value{shape: shape{kind: "size", types: []string{"string", "integer"}, pattern: `^[0-9.]+ ?([kKMG]i?B|B)?$|\$\{`, initial: byteSize(*p)},
		read: func(r *reader, n *yaml.Node, at string) {
			s, ok := r.scalar(n, at, "size such as 1MiB")
			if !ok {
				return
			}
			x, ok := parseSize(s)
			if !ok {
				r.failf(at, "%q is not a size; write one such as 65536, 64KiB or 1MiB", s)
				return
			}
			if x < float64(lo) || x > float64(hi) {
				r.failf(at, "%s is out of range; write %s to %s", s, byteSize(lo), byteSize(hi))
				return
			}
			*p = int(x)
		}}
}

var plainNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

func parseSize(s string) (x float64, ok bool) {
	for _, u := range units {
		digits, found := strings.CutSuffix(s, u.name)
		if !found {
			continue
		}
		digits = strings.TrimSpace(digits)
		x, err := strconv.ParseFloat(digits, 64)
		return x * u.bytes, err == nil && plainNumber.MatchString(digits)
	}
	return 0, false
}

// byteSize writes a size the way it is written in the file.
func byteSize(n int) string {
	for _, u := range []string{"GiB", "MiB", "KiB"} {
		if unit, _ := parseSize("1" + u); n >= int(unit) && n%int(unit) == 0 {
			return strconv.Itoa(n/int(unit)) + u
		}
	}
	return strconv.Itoa(n)
}

// duration writes a duration the way it is written in the file. Days and more
// are hours, as in the label "window".
func duration(d time.Duration) string {
	if d > 0 && d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return prometheus.Duration(d).String()
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func bounds(lo, hi string, open bool) string {
	if open {
		return "write " + lo + " or more"
	}
	return "write " + lo + " to " + hi
}
