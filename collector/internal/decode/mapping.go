package decode

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// canonical names the fields of the canonical event.
var canonical = []string{
	"type", "id", "timestamp", "model", "version", "features", "prediction", "score", "scores",
	"latency_ms", "error", "segments", "attributions", "label", "values",
}

// ofEvents are fields that a feature table has not, unless they are mapped: a column of
// that name may be a feature.
var ofEvents = []string{"type", "model", "version", "error"}

// synonyms are other usual names of fields. They are tried after the canonical
// one, where the configuration does not map the field and features stand apart
// from it: in a flat record, a column that is called so may be a feature.
var synonyms = map[string][]string{
	"id":         {"request_id", "prediction_id"},
	"timestamp":  {"time", "ts", "@timestamp", "event_time", "event_timestamp"},
	"model":      {"model_name"},
	"version":    {"model_version"},
	"prediction": {"y_pred"},
	"score":      {"probability", "y_pred_proba"},
	"label":      {"y_true"},
}

// Defaults fills the fields that are not mapped: by the names of the canonical
// event and, unless features are taken from the same flat record, their synonyms.
func Defaults(f config.Fields) config.Fields {
	if !f.Features.Auto && !f.Features.All && len(f.Features.Path) == 0 && len(f.Features.Names) == 0 {
		f.Features.Auto = true
	}
	apart := f.Features.Auto || len(f.Features.Path) > 0
	for name, field := range map[string]*config.Field{
		"type": &f.Type, "id": &f.ID, "timestamp": &f.Timestamp, "model": &f.Model, "version": &f.Version,
		"prediction": &f.Prediction, "score": &f.Score, "label": &f.Label, "latency_ms": &f.Latency,
		"error": &f.Error, "scores": &f.Scores, "values": &f.Values, "segments": &f.Segments,
	} {
		if field.IsZero() && !f.Exact && !(f.Table && slices.Contains(ofEvents, name)) {
			field.Paths = []string{name}
		}
		if apart && !field.Const && slices.Equal(field.Paths, []string{name}) {
			field.Paths = append([]string{name}, synonyms[name]...)
		}
	}
	if f.LatencyUnit == 0 {
		f.LatencyUnit = time.Millisecond
	}
	if f.Timezone == nil {
		f.Timezone = time.UTC
	}
	return f
}

// path is where a value lies in a record.
type path struct {
	name string // as configured: the column of a flat record
	segs []segment
}

// segment is a key of an object or, if index ≥ 0, also a place in an array.
type segment struct {
	key   string
	index int
}

// parsePath reads a dotted path (a.b.0) or a JSON Pointer (/a/b/0).
func parsePath(s string) path {
	p := path{name: s}
	keys := strings.Split(s, ".")
	if pointer, ok := strings.CutPrefix(s, "/"); ok {
		keys = strings.Split(pointer, "/")
		for i, k := range keys {
			keys[i] = strings.ReplaceAll(strings.ReplaceAll(k, "~1", "/"), "~0", "~")
		}
		if len(keys) == 1 {
			p.name = keys[0]
		}
	}
	for _, k := range keys {
		index, err := strconv.Atoi(k)
		if err != nil || index < 0 || strconv.Itoa(index) != k {
			index = -1
		}
		p.segs = append(p.segs, segment{k, index})
	}
	return p
}

// last returns the last key of the path.
func (p path) last() string { return p.segs[len(p.segs)-1].key }

func parsePaths(texts []string) []path {
	paths := make([]path, len(texts))
	for i, s := range texts {
		paths[i] = parsePath(s)
	}
	return paths
}

// mapping is config.Fields made ready: what to do with which path.
type mapping struct {
	fields    []field // one value each
	groups    []field // objects whose values become columns
	features  config.Features
	objects   []path // where the features' object or array may lie
	named     []path // one per features.Names, if each is a path of its own
	instances *path
	// reserved are top-level keys that are no features: the first keys of all
	// mapped paths, synonyms excepted.
	reserved map[string]bool
	inner    inner // all places that the paths pass
}

// field says what to do with the first of some paths that a record has.
type field struct {
	act   act
	paths []path
	part  int32 // of a joined id
}

func newMapping(f config.Fields) *mapping {
	m := &mapping{features: f.Features, reserved: map[string]bool{}}
	for _, x := range []struct {
		act   act
		field config.Field
	}{
		{setType, f.Type}, {setID, f.ID}, {setTime, f.Timestamp}, {setModel, f.Model}, {setVersion, f.Version},
		{setPrediction, f.Prediction}, {setActual, f.Label}, {setScore, f.Score}, {setLatency, f.Latency}, {setError, f.Error}, {setShadow, f.Shadow},
	} {
		switch {
		case x.field.Joined:
			for i, p := range m.reserve(x.field.Paths) {
				m.fields = append(m.fields, field{x.act, []path{p}, int32(i)})
			}
		case len(x.field.Paths) > 0:
			m.fields = append(m.fields, field{act: x.act, paths: m.reserve(x.field.Paths)})
		}
	}
	for _, x := range []struct {
		act   act
		field config.Field
	}{{setClassScore, f.Scores}, {setValue, f.Values}, {setSegment, f.Segments}} {
		if len(x.field.Paths) > 0 {
			m.groups = append(m.groups, field{act: x.act, paths: m.reserve(x.field.Paths)})
		}
	}
	m.objects = m.reserve(f.Features.Path)
	switch {
	case f.Features.Auto:
		m.objects = []path{parsePath("features")}
		for _, name := range canonical {
			m.reserved[name] = true
		}
	case !f.Features.All && len(f.Features.Path) == 0:
		m.named = parsePaths(f.Features.Names)
		if len(f.Features.Columns) > 0 {
			m.named = parsePaths(f.Features.Columns)
		}
	}
	for _, g := range [...]struct {
		fields []field
		group  bool
	}{{m.fields, false}, {m.groups, true}, {[]field{{paths: m.objects}}, true}, {[]field{{paths: m.named}}, false}} {
		for _, f := range g.fields {
			for _, p := range f.paths {
				m.inner.add(p.segs, g.group)
			}
		}
	}
	if f.Instances != "" {
		p := parsePath(f.Instances)
		m.instances = &p
		m.reserved[p.segs[0].key] = true
	}
	return m
}

// reserve keeps the paths' first keys from being features.
func (m *mapping) reserve(texts []string) []path {
	paths := parsePaths(texts)
	for _, p := range paths {
		if s, known := synonyms[texts[0]]; !known || !slices.Contains(s, p.name) {
			m.reserved[p.segs[0].key] = true
			m.reserved[p.name] = true // of a flat record
		}
	}
	return paths
}
