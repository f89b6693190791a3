package sql

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// settle puts what is new into b, and remembers the spans that may still grow.
func (s *Source) settle(b *event.Batch, now counted, sc *scope, high int64) {
	l, added := s.counts, s.added()
	keys := make([]span, 0, len(now))
	for k := range now {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b span) int { return compare(a, b) })
	next := map[int64]*event.Aggregate{}
	keep := s.back(max(high, l.High), sc.levels[0].Width)
	for start, a := range l.Spans {
		if start >= keep {
			next[start] = a
		}
	}
	for _, k := range keys {
		a := now[k]
		a.At = k.at(sc.levels)
		var before *event.Aggregate
		if k.level == 0 {
			before = l.Spans[k.start]
		}
		delta := difference(a, before)
		if k.level == 0 && k.start >= keep {
			next[k.start] = most(a, before)
		}
		if delta.Rows > 0 {
			delta.Model, delta.Version, delta.Added = s.model, s.version, added
			b.Aggregates = append(b.Aggregates, *delta)
		}
	}
	l.Spans = next
	if high > l.High {
		l.High, l.Text = high, s.rows.highs
	}
}

func compare(a, b span) int {
	if a.level != b.level {
		return b.level - a.level
	}
	switch {
	case a.start < b.start:
		return -1
	case a.start > b.start:
		return 1
	}
	return 0
}

// added are the features that the baseline does not have.
func (s *Source) added() (names []string) {
	for i, f := range s.plan.fields {
		known := slices.ContainsFunc(s.counting.Columns, func(c Column) bool { return !c.Output && c.Name == f.name })
		if !known && s.plan.decode.Feature(i) {
			names = append(names, f.name)
		}
	}
	return names
}
