package model

import (
	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/quality"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// Version is the state of one version of a model.
type Version struct {
	Name  string
	Model *Model

	Predictions uint64
	Duplicates  uint64
	Late        uint64 // too old for every window
	Future      uint64 // dated after their arrival; see times
	LastEvent   int64  // Unix ns, newest event time
	LastSeen    int64  // Unix ns on the collector's clock
	Errors      *Tally
	Classes     *Tally
	Segments    []*Tally // by index of the model's declared segments
	Latency     snapshot.Histogram
	Added       *Tally         // events by column the baseline does not have
	Columns     []ColumnCounts // by index of the model's columns; nil without a baseline

	// What labels and outcomes told, since the start.
	Labels, Repeated, Corrected uint64
	Slow                        uint64 // predictions beyond the latency objective
	Delay                       snapshot.Histogram
	Confusion                   Confusion
	SquaredError, Over, Under   float64  // regression, target units
	KPIs                        []KPISum // by declared KPI

	key      uint32 // see versionKey
	joined   *window.Ring[*Joined, packedJoined, *Joined]
	panes    *window.Ring[*pane, packedPane, *Sum]
	distinct *window.Ring[[]sketch.Distinct, []byte, []sketch.Distinct]
	joint    *jointRing // nil if the model's together is
	newest   int64      // Unix ns, newest time that an event told itself
	ops      *paneOps   // of panes
	saved    marks
	batch    uint64 // the batch that rows belong to
	rows     []int32
	data     []int32 // of rows, those that answered has kept

	newcomers newcomers
	trail     *trail // of panes; nil without a rolling baseline
}

// ColumnCounts is what is counted of one column since the start.
type ColumnCounts struct {
	Values, Missing, Type, Range, Sentinel, Unseen, Removed uint64
	LastValue                                               int64 // Unix ns on the collector's clock, last event with a value

	sentinels *quality.Sentinels
}

// Violated returns how many values failed a check.
func (n *ColumnCounts) Violated(c catalog.Check) uint64 {
	switch c {
	case catalog.CheckMissing:
		return n.Missing
	case catalog.CheckType:
		return n.Type
	case catalog.CheckRange:
		return n.Range
	case catalog.CheckSentinel:
		return n.Sentinel
	default:
		return n.Unseen
	}
}

func newVersion(m *Model, name string, now int64) *Version {
	v := bareVersion(m, name, now)
	if m.layout != nil {
		v.adopt(now)
	}
	return v
}

// bareVersion is a version without distributions.
func bareVersion(m *Model, name string, now int64) *Version {
	limit := m.set.cfg.Global.Limits.Categories
	v := &Version{
		Name: name, Model: m, LastSeen: now, newest: event.NoTime, key: versionKey(name),
		KPIs:    make([]KPISum, len(m.Config.KPIs)),
		Latency: snapshot.NewHistogram(&catalog.PredictionLatency), Delay: snapshot.NewHistogram(&catalog.LabelDelay),
		Errors: newTally(limit), Classes: newTally(limit), Added: newTally(m.set.cfg.Global.Limits.Features),
	}
	for range m.Config.Segments {
		v.Segments = append(v.Segments, newTally(limit))
	}
	return v
}

// adopt gives the version its distributions, empty, once there is a baseline.
func (v *Version) adopt(now int64) {
	l, g := v.Model.layout, &v.Model.set.cfg.Global
	v.Columns = make([]ColumnCounts, len(l.columns))
	for i := range l.columns {
		v.Columns[i].LastValue = now
		if c := &l.columns[i]; c.Moments >= 0 && !c.Output {
			v.Columns[i].sentinels = quality.NewSentinels(c.Base.Min, c.Base.Max)
		}
	}
	v.ops = &paneOps{layout: l}
	v.panes = window.New(v.ops, g.Windows, window.PanesPerWindow, g.Lateness)
	v.distinct = window.New(distinctOps{len(l.columns)}, g.Windows, distinctPanes, g.Lateness)
	v.joint = nil
	if v.Model.together != nil {
		v.joint = window.New(jointOps{}, g.Windows, window.PanesPerWindow, g.Lateness)
	}
	v.joined = nil // the classes may mean something else now
	v.newcomers = newcomers{}
	v.follow()
}

// Window sets s to the sum over the i-th configured window.
func (v *Version) Window(i int, s *Sum) { v.panes.Sum(i, s) }

// Distinct sets d, one per column, to the distinct counts of the i-th window.
func (v *Version) Distinct(i int, d []sketch.Distinct) { v.distinct.Sum(i, d) }

// Total sets the counts of s to those of all events since the start.
func (v *Version) Total(s *Sum) { v.panes.Total(s) }

// advance moves the windows' end to t (Unix ns).
func (v *Version) advance(t int64) {
	if v.joined != nil {
		v.joined.Advance(t)
	}
	if v.panes == nil {
		return
	}
	before := v.panes.End()
	v.panes.Advance(t)
	v.distinct.Advance(t)
	if v.joint != nil {
		v.joint.Advance(t)
	}
	shortest := int64(v.Model.set.cfg.Global.Windows[0])
	if before/shortest != v.panes.End()/shortest {
		for i := range v.Columns {
			if s := v.Columns[i].sentinels; s != nil {
				s.Forget()
			}
		}
	}
}

// apply adds the selected rows of a batch, all predictions of this version.
func (v *Version) apply(b *event.Batch, rows []int32, ms *modelSource, now int64) {
	m := ms.columns
	v.Predictions += uint64(len(rows))
	v.LastSeen = now
	v.countErrors(b, rows)
	v.countLatency(b, rows)
	v.countDuplicates(b, rows)
	v.countSegments(b, rows, m)
	rows = v.answered(b, rows)
	if v.Columns != nil {
		v.applyColumns(b, rows, m, now)
	} else {
		v.touch(b, rows)
	}
	if len(rows) > 0 && v.measures(b, rows) {
		v.follows(b)
		v.predict(b, v.remember(b, rows, ms, now), ms)
	}
}

// applyColumns checks the values of every column and adds them to their panes.
func (v *Version) applyColumns(b *event.Batch, rows []int32, m *columnMap, now int64) {
	v.countClasses(b, rows)
	v.countAdded(b, rows, m)
	for i := range v.Columns {
		v.check(i, m.column(b, v.Model, i), rows, now)
	}
	v.eachPane(b, rows, func(slot window.Slot, p *pane, d []sketch.Distinct, rows []int32) {
		for i := range v.Columns {
			if col := m.column(b, v.Model, i); col != nil {
				v.fill(i, col, p, &d[i], rows, m)
			}
		}
		v.addErrors(slot, b, rows, m)
	})
	v.meetNewcomers(b, rows, m)
}
