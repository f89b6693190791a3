package simulate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultSyntax is how a fault is written, for help texts.
const FaultSyntax = "NAME[:PARAM=VALUE,...][@START[+DURATION]]"

// ParseFault reads a fault from its text:
//
//	fault    = name [ ":" param { "," param } ] [ "@" start [ "+" duration ] ]
//	param    = name "=" value
//
// start counts from the first event; without it the fault lasts from the
// beginning, without a duration to the end. Parameters left out have the
// defaults that Faults lists. Examples:
//
//	outage@30m+10m
//	shift:feature=amount,by=1.5@10m+20m
//	nulls:feature=country,share=0.5
func ParseFault(text string) (Fault, error) {
	f, err := parseFault(text)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

// UnmarshalText is ParseFault, for flags.
func (f *Fault) UnmarshalText(text []byte) (err error) {
	*f, err = ParseFault(string(text))
	return err
}

// String returns the fault as ParseFault reads it.
func (f *Fault) String() string {
	if f.kind == nil {
		return ""
	}
	s := f.kind.name
	if len(f.params) > 0 {
		s += ":" + strings.Join(f.params, ",")
	}
	if f.Start > 0 || f.Duration > 0 {
		s += "@" + f.Start.String()
	}
	if f.Duration > 0 {
		s += "+" + f.Duration.String()
	}
	return s
}

func parseFault(text string) (f Fault, err error) {
	what, when, timed := strings.Cut(text, "@")
	name, params, hasParams := strings.Cut(what, ":")
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return f, fmt.Errorf("unknown fault; %s", oneOf(name, names(kinds, func(k kind) string { return k.name })))
	}
	f.kind = &kinds[i]
	f.args = *f.kind.defaults()
	if hasParams {
		if params == "" {
			return f, fmt.Errorf("a parameter must follow the colon; write %s:name=value", name)
		}
		for p := range strings.SplitSeq(params, ",") {
			if err := f.set(p); err != nil {
				return f, err
			}
		}
	}
	if timed {
		f.Start, f.Duration, err = parseTimes(when)
	}
	return f, err
}

// set sets one parameter.
func (f *Fault) set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("parameter %q has no value; write %s=value", text, name)
	}
	i := slices.IndexFunc(f.kind.params, func(p param) bool { return p.Name == name })
	if i < 0 {
		known := names(f.kind.params, func(p param) string { return p.Name })
		if len(known) == 0 {
			return fmt.Errorf("%s has no parameters; remove %q", f.kind.name, text)
		}
		return fmt.Errorf("%s has no parameter %q; %s", f.kind.name, name, oneOf(name, known))
	}
	for _, given := range f.params {
		if strings.HasPrefix(given, name+"=") {
			return fmt.Errorf("parameter %q is given twice; remove one", name)
		}
	}
	if err := f.kind.params[i].set(&f.args, value); err != nil {
		return fmt.Errorf("parameter %q: %w", name, err)
	}
	f.params = append(f.params, text)
	return nil
}

func parseTimes(when string) (start, duration time.Duration, err error) {
	from, long, limited := strings.Cut(when, "+")
	if start, err = parseDuration(from); err != nil {
		return 0, 0, fmt.Errorf("start %w", err)
	}
	if !limited {
		return start, 0, nil
	}
	if duration, err = parseDuration(long); err == nil && duration == 0 {
		err = fmt.Errorf("is zero; leave it out for a fault that lasts")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("duration %w", err)
	}
	return start, duration, nil
}

// maxDuration keeps sums of a start, a duration and a date inside an int64.
const maxDuration = 10 * 365 * 24 * time.Hour

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDuration {
		return 0, fmt.Errorf("%q is not a duration up to ten years; write it like 90s, 10m or 1h30m", s)
	}
	return d, nil
}

// param is one parameter of a kind of fault.
type param struct {
	ParamInfo
	set func(*args, string) error
}

// defaults returns the parameters that are not given.
func (k *kind) defaults() *args {
	a := &args{share: 1, at: logged}
	for _, p := range k.params {
		if err := p.set(a, p.Default); err != nil {
			panic(fmt.Sprintf("fault %s: default of %s: %v", k.name, p.Name, err))
		}
	}
	return a
}

func number(name, fallback, summary string, lo, hi float64, field func(*args) *float64) param {
	return param{ParamInfo{name, fallback, summary}, func(a *args, s string) error {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || !(x >= lo && x <= hi) {
			return fmt.Errorf("%q is not a number from %v to %v", s, lo, hi)
		}
		*field(a) = x
		return nil
	}}
}

func value(name, fallback, summary string, lo, hi float64) param {
	return number(name, fallback, summary, lo, hi, func(a *args) *float64 { return &a.value })
}

func share(fallback string) param {
	return number("share", fallback, "share of events that are struck, 0 to 1", 0, 1, func(a *args) *float64 { return &a.share })
}

func span(name, fallback, summary string) param {
	return param{ParamInfo{name, fallback, summary}, func(a *args, s string) (err error) {
		d, err := parseDuration(s)
		if err == nil && d < time.Millisecond {
			err = fmt.Errorf("%q is less than a millisecond, as exact as the log is", s)
		}
		a.span = d
		return err
	}}
}

func text(name, fallback, summary string) param {
	return param{ParamInfo{name, fallback, summary}, func(a *args, s string) error {
		if !plain(s) {
			return fmt.Errorf("%q: use 1 to 64 letters, digits and _ . - only", s)
		}
		a.text = s
		return nil
	}}
}

// plain tells whether s needs no escapes in JSON, CSV and a fault's text.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-') {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 64
}

func at(fallback stage) param {
	return param{ParamInfo{"at", stages[fallback],
		"where it strikes: world (score and label follow), input (the score follows) or log (nothing follows)"},
		func(a *args, s string) error {
			i := slices.Index(stages, s)
			if i < 0 {
				return fmt.Errorf("%q is unknown; %s", s, oneOf(s, stages))
			}
			a.at = stage(i)
			return nil
		}}
}

func anyFeature(fallback int) param { return aFeature(fallback, "feature", 0, numFeatures) }

func numericFeature(fallback int) param {
	return aFeature(fallback, "numeric feature", 0, merchantCategory)
}

func categoricalFeature(fallback int) param {
	return aFeature(fallback, "categorical feature", merchantCategory, numFeatures)
}

func aFeature(fallback int, what string, from, to int) param {
	return param{ParamInfo{"feature", features[fallback].name, "the " + what}, func(a *args, s string) error {
		known := names(features[from:to], func(f feature) string { return f.name })
		i := slices.Index(known, s)
		if i < 0 {
			return fmt.Errorf("%q is no %s; %s", s, what, oneOf(s, known))
		}
		a.feature = from + i
		return nil
	}}
}

func names[T any](list []T, name func(T) string) []string {
	var all []string
	for _, x := range list {
		all = append(all, name(x))
	}
	return all
}

// oneOf proposes a known name for an unknown one.
func oneOf(unknown string, known []string) string {
	best, least := "", len(unknown)/2+1
	for _, k := range known {
		if d := edits(unknown, k); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "use one of " + strings.Join(known, ", ")
}

// edits is the Levenshtein distance of two short names.
func edits(a, b string) int {
	if len(a) > 64 { // longer than any name we know
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
