package config

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// DefaultFields maps nothing: the decoder looks for the canonical event.
var DefaultFields = Fields{
	Features:    Features{Auto: true},
	LatencyUnit: time.Millisecond,
	Timezone:    time.UTC,
}

func fieldsBlock(f *Fields) block {
	return block{
		fields: []field{
			{"id", mapped(&f.ID, false, "id"), "Joins predictions with labels and finds duplicates.", "request.id"},
			{"timestamp", mapped(&f.Timestamp, false, "timestamp"), "RFC 3339, or a Unix number in s, ms, µs or ns by magnitude. Missing: the time of arrival; with time: event that of the newest event for a prediction, and none for a label, whose delay is then not in ml_label_delay_seconds.", "[ts, meta.time]"},
			{"type", eventType(&f.Type), "prediction, label or outcome; prediction if missing.", "{ value: label }"},
			{"model", mapped(&f.Model, true, "model"), "The model's name. Missing: the one model that lists the source, else the source's name.", "{ value: fraud }"},
			{"version", mapped(&f.Version, true, "version"), "The model's version.", "model.tag"},
			{"prediction", mapped(&f.Prediction, false, "prediction"), "Class or number the model returned.", "output.class"},
			{"score", mapped(&f.Score, false, "score"), "Probability or ranking score the model returned.", "output.probability"},
			{"label", mapped(&f.Label, false, "label"), "Actual value, where the record has it; null or empty for none. Of a regression a number, of a ranking a number or true and false, also in quotes; what is neither is counted in model_exporter_rejected_total.", "truth"},
			{"latency", latencyValue(f), "Time from request to prediction, with its unit (ns, us, ms, s) if that is not ms.", "{ path: timing.total, unit: s }"},
			{"error", mapped(&f.Error, false, "error"), "Reason why there is no prediction; empty for none.", "status.error"},
			{"shadow", withDefault(mapped(&f.Shadow, false, ""), "none"), "Whether the answer was not used (true, yes, 1): such predictions are a version of their own, named version-shadow, and compared with the others of the same ids.", "meta.shadow"},
			{"scores", mapped(&f.Scores, false, "scores"), "Object with a score per class.", "output.probabilities"},
			{"values", mapped(&f.Values, false, "values"), "Object with the values of an outcome, numbers, also in quotes.", "business"},
			{"segments", mapped(&f.Segments, false, "segments"), "Object with the values of segments.", "meta"},
			{"features", featuresValue(&f.Features), `An object or array in the record, a list of columns, "*" for every value that no other field uses, or both parts: { path, names }. ` +
				"Missing: the object features if there is one, else every value that no other field uses.", "inputs"},
			{"instances", checked(&f.Instances, "path", checkPath), "An array in the record, each element an event; an id becomes id#0, id#1 and so on.", "instances"},
			{"timezone", timezoneValue(&f.Timezone), "Zone of timestamps that name none.", "Europe/Berlin"},
		},
		later: []string{"attributions", "group", "user"},
	}
}

// validateCSV finds what only JSON records can have.
func (f *Fields) validateCSV(r *reader, at string) {
	if f.Instances != "" {
		r.failf(join(at, "instances"), "a CSV record has no arrays; remove it, or write format: json")
	}
	if len(f.Features.Path) > 0 {
		r.failf(join(at, "features"), `a CSV record has no objects; list the columns, or write "*"`)
	}
}

// mapped is where a field is found: a path, a list of paths to try in order, or
// if constants are allowed { value: … }.
func mapped(p *Field, constant bool, initial string) value {
	paths := list(&p.Paths, "", pathValue)
	single := checked(new(string), "path", checkPath)
	fixed := block{
		fields: []field{{"value", text(&p.Value), "A constant.", ""}},
		check: func(r *reader, at string) {
			p.Const = true
			if !r.given(join(at, "value")) {
				r.failf(at, "has no value; write { value: … }, or a path")
			}
		},
	}
	v := value{shape: shape{kind: "path or list of paths", any: []shape{single.shape, paths.shape}, initial: initial}}
	if constant {
		v.kind, v.any = "path, list of paths, or { value }", append(v.any, nested(func() block { return fixed }).shape)
	}
	v.read = func(r *reader, n *yaml.Node, at string) {
		switch {
		case n.Kind == yaml.MappingNode && constant:
			fixed.read(r, n, at)
		case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
			r.failf(at, "is an empty list; name a path, or remove the field")
		case n.Kind == yaml.SequenceNode:
			paths.read(r, n, at)
		default:
			p.Paths = []string{""}
			pathValue(&p.Paths[0]).read(r, n, at)
		}
	}
	return v
}

// eventType is mapped, and a constant must be a type.
func eventType(p *Field) value {
	v := mapped(p, true, "type")
	types := []string{"prediction", "label", "outcome"}
	read := v.read
	v.read = func(r *reader, n *yaml.Node, at string) {
		read(r, n, at)
		if p.Const && r.given(join(at, "value")) && !slices.Contains(types, p.Value) {
			r.failf(join(at, "value"), "unknown type %q; %s", p.Value, suggest(p.Value, types))
		}
	}
	return v
}

func pathValue(p *string) value { return checked(p, "path", checkPath) }

func checkPath(s string) string {
	switch {
	case s == "":
		return "is empty; write a path such as request.id or /request/id"
	case len(s) > 512:
		return "has more than 512 bytes; write a shorter path"
	case s[0] != '/' && slices.Contains(strings.Split(s, "."), ""):
		return `has an empty part; write one dot between names, or a JSON Pointer (/a.b/c) for names with dots`
	}
	return ""
}

var latencyUnits = []string{"ns", "us", "ms", "s"}

// latencyValue is mapped, with a unit.
func latencyValue(f *Fields) value {
	v := mapped(&f.Latency, false, "latency_ms")
	v.kind = "path, list of paths, or { path, unit }"
	unit := "ms"
	b := block{fields: []field{
		{"path", mapped(&f.Latency, false, ""), "Where the latency is.", ""},
		{"unit", word(&unit, "unit", latencyUnits), "Its unit.", ""},
	}}
	v.any = append(v.any, nested(func() block { return b }).shape)
	read := v.read
	v.read = func(r *reader, n *yaml.Node, at string) {
		if n.Kind != yaml.MappingNode {
			read(r, n, at)
			return
		}
		b.read(r, n, at)
		if !r.given(join(at, "path")) {
			r.failf(at, "has no path; write { path: timing.total, unit: s }")
		}
		f.LatencyUnit = [...]time.Duration{time.Nanosecond, time.Microsecond, time.Millisecond, time.Second}[slices.Index(latencyUnits, unit)]
	}
	return v
}

// featuresValue is "*", a path, a list of columns, or { path, names }.
func featuresValue(p *Features) value {
	var path Field
	names := list(&p.Names, "", name)
	single := checked(new(string), "path", checkPath)
	b := block{fields: []field{
		{"path", mapped(&path, false, ""), "The object or array that holds the features.", ""},
		{"names", names, "Names of the array's values by position, or of the object's values to take.", ""},
	}}
	v := value{shape: shape{kind: `"*", path, list of columns, or { path, names }`, initial: "features, else all",
		any: []shape{single.shape, names.shape, nested(func() block { return b }).shape}}}
	v.read = func(r *reader, n *yaml.Node, at string) {
		*p = Features{}
		switch n.Kind {
		case yaml.MappingNode:
			b.read(r, n, at)
			p.Path = path.Paths
			if len(p.Path) == 0 && len(p.Names) == 0 {
				r.failf(at, "names nothing; write { path: inputs, names: [a, b] }, or remove it")
			}
		case yaml.SequenceNode:
			names.read(r, n, at)
			if len(n.Content) == 0 {
				r.failf(at, `is an empty list; list the columns, or write "*" for all`)
			}
		default:
			var s string
			single := checked(&s, "path", checkPath)
			if single.read(r, n, at); s == "*" {
				p.All = true
			} else {
				p.Path = []string{s}
			}
		}
		p.validate(r, at)
	}
	return v
}

func (p *Features) validate(r *reader, at string) {
	seen := map[string]bool{}
	for _, n := range p.Names {
		if n != "" && seen[n] {
			r.failf(at, "names %q twice; remove one", n)
		}
		seen[n] = true
	}
}

func timezoneValue(p **time.Location) value {
	v := value{shape: shape{kind: "time zone", types: []string{"string"}, initial: "UTC"}}
	v.read = func(r *reader, n *yaml.Node, at string) {
		s, ok := r.scalar(n, at, "time zone such as Europe/Berlin")
		if !ok {
			return
		}
		zone, err := time.LoadLocation(s)
		if err != nil || s == "" {
			r.failf(at, "%q is no time zone that is known here; write a name such as UTC or Europe/Berlin", s)
			return
		}
		*p = zone
	}
	return v
}
