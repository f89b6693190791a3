package model

import (
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// applyAggregates adds rows that a source counted where they are. What that cannot
// tell is left out: latency, errors, repeated ids, segments, and sentinels that are
// not declared.
func (s *Set) applyAggregates(source int, b *event.Batch, now int64) {
	var last int64
	for i := range b.Aggregates {
		last = max(last, b.Aggregates[i].Last)
	}
	for i := range b.Aggregates {
		a := &b.Aggregates[i]
		v := s.aggregated(source, a, now)
		if v == nil {
			continue
		}
		v.Predictions += a.Rows
		v.LastSeen, v.LastEvent = now, max(v.LastEvent, a.Last)
		if v.Columns == nil {
			continue
		}
		if s.cfg.Global.Time == config.EventTime {
			v.newest = max(v.newest, last)
			v.advance(last)
		} else {
			v.advance(b.Arrival)
		}
		v.applyAggregate(a, now)
	}
}

// aggregated finds or makes the version that counted rows belong to; nil if it is
// beyond a limit.
func (s *Set) aggregated(source int, a *event.Aggregate, now int64) *Version {
	name, version := a.Model, a.Version
	if name == "" {
		name = s.sources[source].fallback
	}
	if version == "" {
		version = unknownVersion
	}
	m := s.named(name)
	if m == nil {
		s.Dropped[LimitModels] += a.Rows
		return nil
	}
	v := m.version(version, now)
	if v == nil {
		s.Dropped[LimitVersions] += a.Rows
	}
	return v
}

func (v *Version) applyAggregate(a *event.Aggregate, now int64) {
	l := v.Model.layout
	coarse, _ := v.distinct.Slot(a.At)
	d := v.distinct.Pane(coarse)
	if a.Rows == 0 { // hashes only
		for i := range a.Columns {
			if j, ok := l.names(a.Columns[i].Output)[a.Columns[i].Name]; ok {
				d[j].AddRanks(a.Columns[i].Ranks)
			}
		}
		return
	}
	for _, name := range a.Added {
		v.Model.set.Dropped[LimitFeatures] += v.Added.add(name, a.Rows)
	}
	slot, late := v.panes.Slot(a.At)
	if late && v.Model.set.cfg.Global.Time == config.WallTime {
		v.Late += a.Rows // in event time they were not when it was theirs
	}
	counts := make([]uint64, l.bins)
	for i := range a.Columns {
		c := &a.Columns[i]
		if j, ok := l.names(c.Output)[c.Name]; ok {
			v.applyCounted(j, c, a.Rows, counts, &d[j], now)
		}
	}
	p := v.addCounts(slot, a.Rows, counts)
	for i := range a.Columns {
		c := &a.Columns[i]
		if j, ok := l.names(c.Output)[c.Name]; ok && l.columns[j].Moments >= 0 {
			p.moments[l.columns[j].Moments].Add(momentsOf(c))
		}
	}
}

// addCounts adds rows, by the bins of all columns, to the pane of a slot, which it
// returns. A pane counts in 32 bits: one that is full is packed, and the rest goes
// into the next. Packed ones are added up in 64.
func (v *Version) addCounts(slot window.Slot, rows uint64, counts []uint64) *pane {
	for _, n := range counts {
		rows = max(rows, n) // a server without snapshots may have counted more
	}
	for {
		p := v.panes.Pane(slot)
		part := min(rows, fullPane-uint64(p.rows))
		for i, n := range counts {
			n = min(n, part)
			p.counts[i] += uint32(n)
			counts[i] -= n
		}
		p.rows += uint32(part)
		rows -= part
		if p.rows < fullPane {
			return p
		}
		v.panes.Pack(slot)
	}
}

func (l *layout) names(outputs bool) map[string]int {
	if outputs {
		return l.outputs
	}
	return l.features
}

// Levels returns how windows are divided, and how those of distinct counts are.
func Levels(windows []time.Duration) (panes, distinct []window.Level) {
	return window.Levels(windows, window.PanesPerWindow), window.Levels(windows, distinctPanes)
}

// applyCounted checks what was counted of column i, and adds it to the counts of all
// columns.
func (v *Version) applyCounted(i int, from *event.Counted, rows uint64, counts []uint64, d *sketch.Distinct, now int64) {
	c, n := &v.Model.layout.columns[i], &v.Columns[i]
	n.Values += rows
	n.Missing += from.Missing
	n.Type += from.Type
	n.Range += from.Range
	n.Sentinel += from.Sentinel
	if from.Removed {
		n.removed(c, rows)
	}
	if from.Missing < rows {
		n.LastValue = now
	}
	counts = counts[c.First : c.First+c.Len]
	if c.Kind == catalog.Numeric {
		for _, b := range from.Bins {
			if b.Bin >= 0 && b.Bin < len(counts) {
				counts[b.Bin] += b.N
			}
		}
	} else {
		v.addWords(c, counts, from, d)
		n.Unseen += counts[c.unseen()]
	}
	d.AddRanks(from.Ranks)
}

func momentsOf(from *event.Counted) *sketch.Moments {
	return &sketch.Moments{
		N: from.N, Shift: from.Shift, Sum: from.Sum, SumSq: from.SumSq, Min: from.Min, Max: from.Max,
		Low: from.Low, High: from.High, LowN: from.LowN, HighN: from.HighN,
	}
}

// addWords adds categories.
func (v *Version) addWords(c *Column, counts []uint64, from *event.Counted, d *sketch.Distinct) {
	output := c.Output && c.Name == "prediction"
	for _, w := range from.Words {
		counts[c.bin(w.Word)] += w.N
		d.AddWord(w.Word)
		if output {
			v.Model.set.Dropped[LimitClasses] += v.Classes.add(w.Word, w.N)
		}
	}
	if from.Unlisted > 0 {
		counts[c.Base.Unknown()] += from.Unlisted
		if output {
			v.Classes.add(Other, from.Unlisted)
		}
	}
}
