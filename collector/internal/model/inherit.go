package model

import (
	"maps"
	"slices"
)

// Inherit takes over the state of old's models. Where the configuration still
// means the same (windows, limits, baseline, segments, kinds) all of it stays, so
// thresholds, owners and declared ranges change without a trace. Elsewhere only
// what is counted per event and per value does; windows and bins start empty, and
// the result tells for which models, and why. old must not be used afterwards.
// The next Save writes what became another, and deletes what is gone.
func (s *Set) Inherit(old *Set) (anew []string) {
	s.batch, s.stored = old.batch, old.stored
	// What does not fit is the same as before: it was counted when old met it.
	defer func() { s.Dropped = old.Dropped }()
	for _, m := range old.Models {
		fresh := s.named(m.Name)
		if fresh == nil {
			continue
		}
		fresh.inheritBaseline(m)
		if reason := fresh.meaning().differs(m.meaning()); reason == "" {
			fresh.inherit(m)
		} else {
			fresh.inheritCounters(m)
			anew = append(anew, m.Name+" ("+reason+")")
		}
	}
	return anew
}

// inheritBaseline keeps a baseline that old learned, unless another is configured.
func (m *Model) inheritBaseline(old *Model) {
	if m.Baseline == nil && m.Config.Baseline.Training == "" && old.Baseline != nil && old.Baseline.Learned &&
		maps.Equal(kinds(m.Config), kinds(old.Config)) {
		_ = m.adopt(old.Baseline, 0) // it was adopted once; if not, the model learns anew
	}
}

func (m *Model) inherit(old *Model) {
	m.builder, m.ids, m.saved = old.builder, old.ids, old.saved
	m.byName, m.byKey, m.Versions, m.pairs, m.gone = old.byName, old.byKey, old.Versions, old.pairs, old.gone
	for _, v := range m.Versions {
		v.Model = m
		if m.Config.Baseline.Rolling != old.Config.Baseline.Rolling {
			v.follow()
		}
	}
	for _, p := range m.pairs {
		p.model = m
	}
	m.inheritLabels(old)
}

// inheritLabels keeps what pending predictions refer to.
func (m *Model) inheritLabels(old *Model) {
	m.Unmatched, m.classes, m.era = old.Unmatched, old.classes, old.era
	if slices.Equal(m.Config.Segments, old.Config.Segments) {
		m.segments = old.segments
	}
	if m.measured() {
		m.judge()
	}
}

// inheritCounters makes versions like old's, with their counts per event and, for
// columns of the same name, per value.
func (m *Model) inheritCounters(old *Model) {
	m.ids = old.ids
	m.ids.Unsave()
	m.inheritLabels(old)
	m.era.windows++
	if !slices.Equal(m.Config.KPIs, old.Config.KPIs) {
		m.era.kpis = (m.era.kpis + 1) % (256 / kpiEra)
	}
	for _, o := range old.Versions {
		v := m.version(o.Name, o.LastSeen)
		if v == nil {
			continue
		}
		v.Predictions, v.Duplicates, v.Late, v.Future = o.Predictions, o.Duplicates, o.Late, o.Future
		v.LastEvent, v.newest, v.Latency = o.LastEvent, o.newest, o.Latency
		v.Errors, v.Classes, v.Added = o.Errors, o.Classes, o.Added
		if slices.Equal(m.Config.Segments, old.Config.Segments) {
			v.Segments = o.Segments
		}
		v.Labels, v.Repeated, v.Corrected, v.Slow = o.Labels, o.Repeated, o.Corrected, o.Slow
		v.Delay, v.Confusion = o.Delay, o.Confusion
		v.SquaredError, v.Over, v.Under = o.SquaredError, o.Over, o.Under
		for i, k := range m.Config.KPIs {
			if j := slices.Index(old.Config.KPIs, k); j >= 0 {
				v.KPIs[i] = o.KPIs[j]
			}
		}
		if v.Columns == nil || o.Columns == nil {
			continue
		}
		for i := range old.layout.columns {
			c := &old.layout.columns[i]
			names := m.layout.features
			if c.Output {
				names = m.layout.outputs
			}
			if j, ok := names[c.Name]; ok {
				detector := v.Columns[j].sentinels
				v.Columns[j] = o.Columns[i]
				v.Columns[j].sentinels = detector
			}
		}
		v.newcomers.removed = v.removed()
	}
}
