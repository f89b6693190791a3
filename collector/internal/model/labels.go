package model

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// labelGrace is how long, on the collector's clock, a label waits for a
// prediction that is not there yet: log shippers deliver in no fixed order.
const labelGrace = int64(time.Hour)

// versionKey names a version in pending predictions: shorter than its name, and
// the same after a restart.
func versionKey(name string) uint32 { return uint32(event.Hash(name)) }

// key returns what a model's pending predictions are kept under. The items of
// one ranking request (id#0, id#1, …) are kept together.
func (m *Model) key(id []byte) join.Key {
	if m.Task == catalog.Ranking {
		id, _, _ = event.SplitItem(id)
	}
	return join.Key{Model: uint32(event.Hash(m.Name)), ID: event.Hash(id)}
}

// measured tells whether the model's predictions can be right or wrong.
func (m *Model) measured() bool {
	return m.Task != "" && m.Task != catalog.TaskNone
}

// waits tells whether predictions are kept for labels and outcomes.
func (m *Model) waits() bool { return m.Config.LabelHorizon > 0 && m.set.table != nil }

// truth is what a label or outcome event says.
type truth struct {
	at       int64 // Unix ns; NoTime if nobody knows
	labelled bool
	label    perf.Label
	item     int       // ranking: which item the label is of
	values   []float64 // by KPI; NaN for none
	kpis     uint8     // their era
}

// empty tells that the event says nothing that the model asks for.
func (t *truth) empty() bool {
	return !t.labelled && !slices.ContainsFunc(t.values, func(x float64) bool { return x == x })
}

// read sets t to what a row says to a model, and rejects what it cannot use.
func (t *truth) read(m *Model, b *event.Batch, row int32, ms *modelSource) {
	*t = truth{at: b.Times[row], kpis: m.era.kpis, values: t.values[:0], label: perf.Label{Class: -1, Value: math.NaN()}}
	if t.at == event.NoTime && m.set.cfg.Global.Time != config.EventTime {
		t.at = b.Arrival // a replay reads them at another time than they came
	}
	switch label := baseline.ReadLabel(m.Task, b, row); {
	case label == baseline.BadLabel:
		b.Refuse(event.BadLabel, int(row), &b.Actual)
	case label == baseline.NoLabel:
	case m.Task == catalog.Regression || m.Task == catalog.Ranking:
		t.labelled, t.label.Value = true, b.Actual.Nums[row]
	default:
		t.labelled, t.label.Class = true, ms.actual.code(&b.Actual, row, m.class)
	}
	if m.Task == catalog.Ranking {
		_, t.item, _ = event.SplitItem(b.ID(int(row)))
	}
	for i := range m.Config.KPIs {
		x := math.NaN()
		if col := ms.value(m, b, i); col != nil && col.Cells[row] > event.Null {
			if col.Cells[row] == event.Number && finite(col.Nums[row]) {
				x = col.Nums[row]
			} else {
				b.Refuse(event.BadValue, int(row), col)
			}
		}
		t.values = append(t.values, x)
	}
}

// value returns the column of a KPI, nil if no event of the source had it.
func (ms *modelSource) value(m *Model, b *event.Batch, kpi int) *event.Column {
	for ; ms.knownValues < len(b.Values); ms.knownValues++ {
		for i := range m.Config.KPIs {
			if m.Config.KPIs[i].Sum == b.Values[ms.knownValues].Name {
				for len(ms.kpis) <= i {
					ms.kpis = append(ms.kpis, -1)
				}
				ms.kpis[i] = ms.knownValues
			}
		}
	}
	if kpi < len(ms.kpis) && ms.kpis[kpi] >= 0 {
		return &b.Values[ms.kpis[kpi]]
	}
	return nil
}

// appendTo encodes what has to wait for its prediction.
func (t *truth) appendTo(b []byte) []byte {
	var labelled byte
	if t.labelled {
		labelled = 1
	}
	b = append(b, labelled|t.kpis*kpiEra)
	b = binary.AppendVarint(b, t.at)
	b = binary.AppendUvarint(b, uint64(t.label.Class+1))
	b = appendFloat(b, t.label.Value)
	b = binary.AppendUvarint(b, uint64(t.item))
	return appendFloats(b, t.values)
}

// decode replaces t with what appendTo encoded.
func (t *truth) decode(b []byte) error {
	d := decoder{b: b}
	*t = truth{values: t.values[:0]}
	flags := d.byte()
	t.labelled, t.kpis = flags&1 != 0, flags/kpiEra
	t.at = d.varint()
	t.label = perf.Label{Class: d.class(), Value: d.float()}
	t.item = int(min(d.uvarint(), maxItems)) // no request has more
	t.values = d.floats(t.values)
	if d.failed || len(d.b) > 0 {
		return errEntry
	}
	return nil
}

// label joins the labels and outcomes of a batch to the predictions that are kept.
// As long as those are close in time they are joined as they come. From the first
// one that is not, the rest is looked up, sorted by the time of its predictions,
// and looked up again: each pane is then opened once, however wide they spread.
func (s *Set) label(source int, b *event.Batch, now int64) {
	s.found = s.found[:0]
	reach := int64(s.cfg.Global.Windows[0]) / 4 // panes that may all be open
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for r := range b.N {
		if b.Types[r] == event.Prediction {
			continue
		}
		f := foundLabel{model: s.model(source, b, r, s.known), row: int32(r), at: math.MaxInt64}
		switch m := f.model; {
		case m == nil:
			continue // nobody predicted for it: it takes no place among the models
		case !m.measured() || !m.waits() || len(b.ID(r)) == 0:
			m.Unmatched++
			continue
		}
		f.source = f.model.source(source)
		f.source.columns.update(f.model, b)
		k := f.model.key(b.ID(r))
		e, ok := s.find(k)
		if ok {
			f.at = e.scored[0].at
			first, last = min(first, f.at), max(last, f.at)
		}
		if len(s.found) > 0 || last-reach > first {
			s.found = append(s.found, f)
			continue
		}
		s.confirmRow(b, &f, k, e, ok, now)
	}
	slices.SortStableFunc(s.found, func(a, b foundLabel) int { return cmp.Compare(a.at, b.at) })
	for i := range s.found {
		f := &s.found[i]
		k := f.model.key(b.ID(int(f.row)))
		e, ok := s.find(k)
		s.confirmRow(b, f, k, e, ok, now)
	}
}

// confirmRow joins one label or outcome to its prediction, or lets it wait.
func (s *Set) confirmRow(b *event.Batch, f *foundLabel, k join.Key, e *entry, ok bool, now int64) {
	m := f.model
	s.truth.read(m, b, f.row, f.source)
	switch {
	case s.truth.empty():
	case ok:
		m.confirm(e, &s.truth, now)
		s.put(m, k, e)
	case !s.table.Wait(k, now, s.truth.appendTo(s.scratch[:0])):
		m.Unmatched++
	}
}

// foundLabel is a label's row with the time of its prediction.
type foundLabel struct {
	model  *Model
	source *modelSource
	row    int32
	at     int64
}

// find returns the entry of a key, in s.pending. An error of the store ends all
// work: see Err.
func (s *Set) find(k join.Key) (*entry, bool) {
	at, value, ok, err := s.table.Find(k)
	if err == nil && ok {
		err = s.pending.decode(value, at)
	}
	if err != nil {
		s.Err = cmp.Or(s.Err, fmt.Errorf("pending prediction: %w", err))
		ok = false
	}
	return &s.pending, ok
}

// first returns an empty entry for what is predicted now, in s.pending.
func (m *Model) first() *entry {
	e := &m.set.pending
	e.reset()
	e.kpis = m.era.kpis
	return e
}

// in tells whether a prediction is in the windows that m has now.
func (m *Model) in(p *scored) bool { return p.windows == m.era.windows }

func (s *Set) put(m *Model, k join.Key, e *entry) {
	s.scratch = e.appendTo(s.scratch[:0], m.Task == catalog.Regression)
	err := s.table.Put(k, e.scored[0].at, int64(m.Config.LabelHorizon), s.scratch)
	if err != nil {
		s.Dropped[LimitPending]++
	}
}

// expire drops what nothing is expected for any more.
func (s *Set) expire(now int64) {
	if s.table == nil {
		return
	}
	for _, m := range s.Models {
		if !m.waits() {
			if m.Pending() > 0 { // its horizon was taken away
				s.table.Forget(m.key(nil).Model)
			}
			continue
		}
		end := now
		if s.cfg.Global.Time == config.EventTime {
			end = m.newest()
		}
		s.table.Expire(m.key(nil).Model, end-int64(m.Config.LabelHorizon))
	}
	s.table.ExpireWaiting(now-labelGrace, func(k join.Key, _ []byte) {
		for _, m := range s.Models {
			if m.key(nil).Model == k.Model {
				m.Unmatched++
			}
		}
	})
}

// newest returns the newest event time of any version.
func (m *Model) newest() int64 {
	newest := int64(0)
	for _, v := range m.Versions {
		newest = max(newest, v.LastEvent)
	}
	return newest
}
