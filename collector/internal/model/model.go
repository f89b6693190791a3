// Package model holds the whole state of every monitored model: what is counted
// since the start, and the distributions of the trailing windows. Batches are
// applied column by column; nothing is looked up or allocated per value.
//
// A Set has one owner. Whatever the data says, its memory is bounded by the
// configured limits: what exceeds them is counted in Dropped.
package model

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/quality"
)

// Limit names what was dropped.
type Limit uint8

// The limits.
const (
	LimitModels Limit = iota
	LimitVersions
	LimitFeatures
	LimitCategories
	LimitClasses
	LimitReasons
	LimitSegments
	LimitPending
	NumLimits int = iota
)

var limitNames = [NumLimits]string{"models", "versions", "features", "categories", "classes", "reasons", "segments", "pending"}

// String returns the limit as the label of model_exporter_series_dropped_total.
func (l Limit) String() string { return limitNames[l] }

// unknownVersion is the version of predictions that name none.
const unknownVersion = "unknown"

// Set is all models of a collector.
type Set struct {
	Models  []*Model // by name
	Dropped [NumLimits]uint64
	Err     error // of the store of pending labels: what was counted since the last Save is not to be trusted

	cfg     *config.Config
	byName  map[string]*Model
	sources []sourceMap
	batch   uint64
	table   *join.Table
	stored  stored

	// scratch
	groups  []*Version
	times   []int64
	runs    []run
	codes   codes
	numbers numbers
	failed  []int32
	judged  []int32
	at      []int64 // event time by row
	pending entry
	truth   truth
	found   []foundLabel
	scratch []byte // of Save and of entries
}

// sourceMap translates the model codes of one source.
type sourceMap struct {
	name     string
	fallback string   // model of events that name none
	models   []*Model // by code; nil if dropped
	known    int
}

// Model is one monitored model.
type Model struct {
	Name     string
	Config   *config.Model
	Task     catalog.Task // as configured, else as the baseline shows
	Baseline *baseline.File
	Versions []*Version // in order of appearance
	// Unmatched counts labels and outcomes without a prediction.
	Unmatched uint64

	set     *Set
	saved   marks
	meant   *meaning // see meaning; nil if not asked for yet
	layout  *layout
	builder *baseline.Builder // while a baseline is learned
	ids     quality.Duplicates
	byName  map[string]*Version
	byKey   map[uint32]*Version // see versionKey
	sources []modelSource

	together *together // nil if nothing is known of features that go together

	era        era // of what is predicted now
	measure    perf.Config
	slim       perf.Config // of segment values
	classes    names
	calibrator *perf.Calibrator
	segments   []names // values by declared segment
	pairs      []*Pair
	gone       []*Pair // since the last Save
}

// modelSource is what a model knows of one source.
type modelSource struct {
	columns  *columnMap
	versions [][2]*Version // by code, used answers and shadows; nil if not translated yet or dropped
	fallback [2]*Version

	predicted, actual        codeMap
	segments                 []codeMap
	scoreColumns, kpis       []int // by class and by KPI: index of the batch's column, -1 for none
	knownScores, knownValues int   // columns translated so far
}

// NewSet returns the models of a configuration, with the baselines by model name.
// sources are the names of the sources that Apply will be called with, by index.
func NewSet(cfg *config.Config, baselines map[string]*baseline.File, sources []string) (*Set, error) {
	s := &Set{cfg: cfg, byName: map[string]*Model{}}
	for _, name := range sources {
		s.sources = append(s.sources, sourceMap{name: name, fallback: fallbackModel(cfg, name)})
	}
	for i := range cfg.Models {
		m := s.newModel(cfg.Models[i].Name)
		if f := baselines[m.Name]; f != nil {
			if err := m.adopt(f, 0); err != nil {
				return nil, fmt.Errorf("baseline of model %q: %w", m.Name, err)
			}
		}
	}
	return s, nil
}

// Keep makes t hold the predictions that wait for labels. Without it only labels
// in the prediction event itself are joined.
func (s *Set) Keep(t *join.Table) { s.table = t }

// fallbackModel is the model of events that name none: the one that lists the
// source, or if there is not exactly one, a model named like the source.
func fallbackModel(cfg *config.Config, source string) string {
	name, n := source, 0
	for i := range cfg.Models {
		if slices.Contains(cfg.Models[i].Sources, source) {
			name = cfg.Models[i].Name
			n++
		}
	}
	if n == 1 {
		return name
	}
	return source
}

func (s *Set) newModel(name string) *Model {
	m := s.bareModel(name, s.cfg.Model(name))
	i, _ := slices.BinarySearchFunc(s.Models, name, func(m *Model, name string) int { return cmp.Compare(m.Name, name) })
	s.Models = slices.Insert(s.Models, i, m)
	s.byName[name] = m
	return m
}

// bareModel is a model that is in no set's list.
func (s *Set) bareModel(name string, c *config.Model) *Model {
	m := &Model{
		Name: name, Config: c, set: s,
		byName: map[string]*Version{}, byKey: map[uint32]*Version{}, sources: make([]modelSource, len(s.sources)),
		classes: names{limit: perf.MaxClasses},
	}
	for range c.Segments {
		m.segments = append(m.segments, names{limit: s.cfg.Global.Limits.Categories + 1})
	}
	if m.Task = c.Task; m.measured() {
		m.judge()
	}
	return m
}

// Columns returns the columns of the model, nil while it has no baseline.
func (m *Model) Columns() []Column {
	if m.layout == nil {
		return nil
	}
	return m.layout.columns
}

// Sums returns an empty sum over the model's columns, for Version.Window.
func (m *Model) Sums() *Sum { return (&paneOps{layout: m.layout}).NewSum() }

// Learned returns how much of a baseline is learned, from 0 to 1, and false if
// the model is not learning.
func (m *Model) Learned() (float64, bool) {
	if m.builder == nil {
		return 1, m.Baseline != nil && m.Baseline.Learned
	}
	return min(1, float64(m.builder.Rows())/float64(m.set.cfg.Global.LearnEvents)), true
}

// Apply adds a batch of the source with this index. now is the collector's
// clock in Unix nanoseconds. It returns the models that just learned their
// baseline.
func (s *Set) Apply(source int, b *event.Batch, now int64) (learned []*Model) {
	s.Dropped[LimitFeatures] += b.DroppedFeatures
	s.applyAggregates(source, b, now)
	s.group(source, b, now)
	for _, v := range s.groups {
		m := v.Model
		ms := &m.sources[source]
		ms.columns.update(m, b)
		baseline.ReadOutputs(m.Task, b, v.rows)
		m.refusePredictions(b, v.rows)
		v.apply(b, v.rows, ms, now)
		if m.layout == nil && m.learn(b, v.data, now) {
			learned = append(learned, m)
		}
	}
	s.label(source, b, now)
	return learned
}

// group sorts the batch's predictions by model version into s.groups.
func (s *Set) group(source int, b *event.Batch, now int64) {
	s.groups = s.groups[:0]
	s.batch++
	var last *Version
	var lastModel, lastVersion uint64
	for r := range b.N {
		if b.Types[r] != event.Prediction {
			continue
		}
		mk, vk := key(&b.Model, r), key(&b.Version, r)
		if b.IsShadow(r) {
			vk |= 1 << 41
		}
		if last == nil || mk != lastModel || vk != lastVersion {
			v := s.version(source, b, r, now)
			if v == nil {
				continue
			}
			if v.batch != s.batch {
				v.batch = s.batch
				v.rows = v.rows[:0]
				s.groups = append(s.groups, v)
			}
			last, lastModel, lastVersion = v, mk, vk
		}
		last.rows = append(last.rows, int32(r))
	}
}

// key tells rows apart by what they name in a column.
func key(c *event.Column, row int) uint64 {
	if c.Cells[row] != event.Text {
		return 1 << 40
	}
	return uint64(c.Codes[row])
}

// version finds or makes the version that a row belongs to; nil if it is beyond
// a limit.
func (s *Set) version(source int, b *event.Batch, row int, now int64) *Version {
	m := s.model(source, b, row, s.named)
	if m == nil {
		s.Dropped[LimitModels]++
		return nil
	}
	v := m.source(source).version(m, b, row, now)
	if v == nil {
		s.Dropped[LimitVersions]++
	}
	return v
}

// version finds or makes the version that a row names; nil if it is beyond a limit.
func (ms *modelSource) version(m *Model, b *event.Batch, row int, now int64) *Version {
	kind, suffix := 0, ""
	if b.IsShadow(row) {
		kind, suffix = 1, shadow
	}
	known, name := &ms.fallback[kind], unknownVersion
	if b.Version.Cells[row] == event.Text {
		code := b.Version.Codes[row]
		if code == event.Unlisted {
			return nil
		}
		for len(ms.versions) <= int(code) {
			ms.versions = append(ms.versions, [2]*Version{})
		}
		known, name = &ms.versions[code][kind], b.Version.Words[code]
	}
	if *known == nil {
		*known = m.version(name+suffix, now)
	}
	return *known
}

// shadow ends the name of the version whose answers are not used.
const shadow = "-shadow"

// source returns what the model knows of a source.
func (m *Model) source(i int) *modelSource {
	ms := &m.sources[i]
	if ms.columns == nil {
		ms.columns = newColumnMap(m)
	}
	return ms
}

// model returns the model of a row by its name; nil if there is none.
func (s *Set) model(source int, b *event.Batch, row int, named func(string) *Model) *Model {
	sm := &s.sources[source]
	name := sm.fallback
	if b.Model.Cells[row] == event.Text {
		code := b.Model.Codes[row]
		if code == event.Unlisted {
			return nil
		}
		for ; sm.known < len(b.Model.Words); sm.known++ {
			sm.models = append(sm.models, nil)
		}
		if sm.models[code] != nil {
			return sm.models[code]
		}
		name = b.Model.Words[code]
		sm.models[code] = named(name)
		return sm.models[code]
	}
	return named(name)
}

func (s *Set) known(name string) *Model { return s.byName[name] }

// named finds or makes a model; nil if there are too many.
func (s *Set) named(name string) *Model {
	if m, ok := s.byName[name]; ok {
		return m
	}
	if len(s.Models) >= s.cfg.Global.Limits.Models {
		return nil
	}
	return s.newModel(name)
}

// version finds or makes a version; nil if there are too many.
func (m *Model) version(name string, now int64) *Version {
	if v, ok := m.byName[name]; ok {
		return v
	}
	if len(m.Versions) >= m.set.cfg.Global.Limits.Versions {
		return nil
	}
	v := newVersion(m, name, now)
	m.addVersion(v)
	return v
}

func (m *Model) addVersion(v *Version) {
	m.byName[v.Name], m.byKey[v.key] = v, v
	m.Versions = append(m.Versions, v)
}

// learn adds rows to the baseline that the model learns from its own events, and
// tells whether it is complete now.
func (m *Model) learn(b *event.Batch, rows []int32, now int64) bool {
	g := &m.set.cfg.Global
	if m.builder == nil {
		m.builder = m.newBuilder()
	}
	m.builder.Add(b, rows)
	if m.builder.Rows() < g.LearnEvents {
		return false
	}
	f, err := m.builder.Build()
	m.builder = nil
	if err != nil { // nothing usable among the events: start over with the next
		return false
	}
	f.Learned = true
	return m.adopt(f, now) == nil
}

func (m *Model) newBuilder() *baseline.Builder {
	g := &m.set.cfg.Global
	return baseline.NewBuilder(baseline.Options{
		Model: m.Name, MaxCategories: g.Limits.Categories, Windows: g.Windows,
		Kinds: kinds(m.Config), Categories: maxCategories(m.Config),
		Task: m.Config.Task, PositiveClass: m.Config.PositiveClass,
	})
}

// kinds returns the declared kinds of features.
func kinds(c *config.Model) map[string]catalog.Kind {
	k := map[string]catalog.Kind{}
	for _, f := range c.Features {
		if f.Kind != "" {
			k[f.Name] = f.Kind
		}
	}
	return k
}

// maxCategories returns the declared limits of features that have one.
func maxCategories(c *config.Model) map[string]int {
	n := map[string]int{}
	for _, f := range c.Features {
		if f.MaxCategories > 0 {
			n[f.Name] = f.MaxCategories
		}
	}
	return n
}

// adopt makes f the model's baseline; distributions start empty.
func (m *Model) adopt(f *baseline.File, now int64) error {
	l, dropped, err := newLayout(f, m.Config, m.set.cfg.Global.Limits.Features)
	if err != nil {
		return err
	}
	m.set.Dropped[LimitFeatures] += uint64(dropped)
	m.Baseline, m.layout, m.meant, m.saved.laws = f, l, nil, -1
	m.together = newTogether(f, l)
	if m.Task == "" && f.Performance != nil {
		m.Task = f.Performance.Task
	}
	if m.Task == "" {
		m.Task = l.task()
	}
	m.judge()
	for i := range m.sources {
		if cm := m.sources[i].columns; cm != nil {
			cm.adopt(m)
		}
	}
	for _, v := range m.Versions {
		if v.joined != nil {
			m.era.windows++
		}
		v.adopt(now)
	}
	return nil
}

// task guesses what the model does from its baseline's prediction.
func (l *layout) task() catalog.Task {
	i, ok := l.outputs["prediction"]
	switch {
	case !ok:
		return catalog.TaskNone
	case l.columns[i].Kind == catalog.Numeric:
		return catalog.Regression
	case len(l.columns[i].Base.Categories) <= 2:
		return catalog.Binary
	default:
		return catalog.Multiclass
	}
}

// Tick moves the windows of idle models and drops versions that were silent for
// too long, but for the newest of a model with a freshness objective; models that
// are configured stay, without versions.
func (s *Set) Tick(now int64) {
	for _, m := range slices.Clone(s.Models) {
		m.tick(now)
		if len(m.Versions) == 0 && m.builder == nil && !s.configured(m.Name) {
			s.forget(m)
		}
	}
	s.expire(now)
}

func (m *Model) tick(now int64) {
	g := &m.set.cfg.Global
	kept := m.freshest()
	for _, v := range slices.Clone(m.Versions) {
		if now-v.LastSeen > int64(g.StaleAfter) && v != kept {
			m.forget(v)
			continue
		}
		if g.Time == config.WallTime {
			v.advance(now)
		}
	}
	if len(m.Versions) == 0 {
		m.builder = nil
	}
}

// freshest is the version with the newest event, of a model whose events must not
// be older than its configuration says: how old the newest is must be seen however
// long no other comes. It is nil for other models.
func (m *Model) freshest() *Version {
	if m.Config.Objectives.Freshness == 0 || len(m.Versions) == 0 {
		return nil
	}
	return slices.MaxFunc(m.Versions, func(a, b *Version) int { return cmp.Compare(a.LastEvent, b.LastEvent) })
}

func (m *Model) forget(v *Version) {
	delete(m.byName, v.Name)
	delete(m.byKey, v.key)
	m.forgetPairs(v.key)
	m.Versions = slices.DeleteFunc(m.Versions, func(o *Version) bool { return o == v })
	for i := range m.sources {
		ms := &m.sources[i]
		ms.fallback = without(ms.fallback, v)
		for code := range ms.versions {
			ms.versions[code] = without(ms.versions[code], v)
		}
	}
}

func without(known [2]*Version, v *Version) [2]*Version {
	for i := range known {
		if known[i] == v {
			known[i] = nil
		}
	}
	return known
}

func (s *Set) configured(name string) bool {
	return slices.ContainsFunc(s.cfg.Models, func(m config.Model) bool { return m.Name == name })
}

func (s *Set) forget(m *Model) {
	delete(s.byName, m.Name)
	s.Models = slices.DeleteFunc(s.Models, func(o *Model) bool { return o == m })
	for i := range s.sources {
		for code := range s.sources[i].models {
			if s.sources[i].models[code] == m {
				s.sources[i].models[code] = nil
			}
		}
	}
}
