package model

import (
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// clockSkew is how far an event may be dated after its arrival before its clock
// is not believed: one event from the year 2999 would otherwise end all windows.
const clockSkew = int64(time.Minute)

// times returns the event time of each row, believed only as far as clockSkew,
// and their range. A row without one counts as of its arrival; where windows
// follow event time, as of the newest event: a replay would be over otherwise.
func (v *Version) times(b *event.Batch, rows []int32) (times []int64, first, last int64) {
	set := v.Model.set
	if cap(set.times) < len(rows) {
		set.times = make([]int64, len(rows))
	}
	times = set.times[:len(rows)]
	if len(set.at) < b.N {
		set.at = make([]int64, b.N)
	}
	first, last = 1<<63-1, -1<<63
	unknown := b.Arrival
	if set.cfg.Global.Time == config.EventTime {
		for _, r := range rows {
			if t := b.Times[r]; t <= b.Arrival+clockSkew {
				v.newest = max(v.newest, t)
			}
		}
		if v.newest != event.NoTime {
			unknown = v.newest
		}
	}
	for i, r := range rows {
		t := b.Times[r]
		if t > b.Arrival || t == event.NoTime {
			if t > b.Arrival+clockSkew {
				v.Future++
				t = unknown
			} else if t == event.NoTime {
				t = unknown
			}
		}
		times[i], set.at[r] = t, t
		first, last = min(first, t), max(last, t)
	}
	return times, first, last
}

// touch notes the time of rows that are in no pane.
func (v *Version) touch(b *event.Batch, rows []int32) {
	_, _, last := v.times(b, rows)
	v.LastEvent = max(v.LastEvent, last)
}

// eachPane calls f for every run of rows that belong to the same open pane.
func (v *Version) eachPane(b *event.Batch, rows []int32, f func(window.Slot, *pane, []sketch.Distinct, []int32)) {
	if len(rows) == 0 {
		return
	}
	times, first, last := v.times(b, rows)
	v.LastEvent = max(v.LastEvent, last)
	if v.Model.set.cfg.Global.Time == config.EventTime {
		v.advance(last)
	} else {
		v.advance(b.Arrival)
	}
	fill := func(slot window.Slot, late bool, at int64, rows []int32) {
		if late {
			v.Late += uint64(len(rows))
		}
		coarse, _ := v.distinct.Slot(at)
		p := v.panes.Pane(slot)
		p.rows += uint32(len(rows))
		f(slot, p, v.distinct.Pane(coarse), rows)
		if p.rows >= fullPane {
			v.panes.Pack(slot)
		}
	}
	slot, late := v.panes.Slot(first)
	if _, to := v.panes.Span(slot); last < to {
		fill(slot, late, first, rows)
		return
	}
	for _, run := range v.runs(times, rows) {
		fill(run.slot, run.late, run.at, run.rows)
	}
}

// run is the rows of one pane.
type run struct {
	slot     window.Slot
	late     bool
	at       int64 // a time within the pane
	from, to int64
	rows     []int32
}

// runs sorts rows by pane. Their memory is reused by the next call.
func (v *Version) runs(times []int64, rows []int32) []run {
	runs := v.Model.set.runs[:0]
	last := -1
rows:
	for i, r := range rows {
		t := times[i]
		if last >= 0 && t >= runs[last].from && t < runs[last].to {
			runs[last].rows = append(runs[last].rows, r)
			continue
		}
		for j := range runs {
			if t >= runs[j].from && t < runs[j].to {
				runs[j].rows = append(runs[j].rows, r)
				last = j
				continue rows
			}
		}
		last = len(runs)
		if last < cap(runs) { // keep the rows' memory of an earlier call
			runs = runs[:last+1]
		} else {
			runs = append(runs, run{})
		}
		n := &runs[last]
		n.slot, n.late = v.panes.Slot(t)
		n.from, n.to = v.panes.Span(n.slot)
		n.at = t
		n.rows = append(n.rows[:0], r)
	}
	v.Model.set.runs = runs
	return runs
}

func (v *Version) countErrors(b *event.Batch, rows []int32) {
	set := v.Model.set
	texts, unlisted := set.codes.count(&b.Error, rows)
	if texts == 0 {
		return
	}
	for _, code := range set.codes.touched {
		if word := b.Error.Words[code]; word != "" {
			set.Dropped[LimitReasons] += v.Errors.add(word, uint64(set.codes.n[code]))
		}
	}
	if unlisted > 0 {
		set.Dropped[LimitReasons] += unlisted
		v.Errors.add(Other, unlisted)
	}
}

// answered returns the rows that say something about features or outputs. A
// prediction that failed without either is an error and no broken feature: a
// backend that is down must not look like twenty columns that vanished.
func (v *Version) answered(b *event.Batch, rows []int32) []int32 {
	v.data = append(v.data[:0], rows...)
	if count(b.Error.Cells, rows, event.Text) == 0 {
		return v.data
	}
	v.data = v.data[:0]
	failed := v.Model.set.failed[:0]
	for _, r := range rows {
		if b.Error.Cells[r] == event.Text && b.Prediction.Cells[r] <= event.Null && !hasFeatures(b, r) {
			failed = append(failed, r)
		} else {
			v.data = append(v.data, r)
		}
	}
	v.Model.set.failed = failed
	if len(failed) > 0 {
		v.touch(b, failed)
	}
	return v.data
}

func hasFeatures(b *event.Batch, row int32) bool {
	for i := range b.Features {
		if b.Features[i].Cells[row] != event.Absent {
			return true
		}
	}
	return false
}

func (v *Version) countLatency(b *event.Batch, rows []int32) {
	cells, nums := b.Latency.Cells, b.Latency.Nums
	slow := math.Inf(1)
	if o := v.Model.Config.Objectives; o.Latency > 0 {
		slow = o.Latency.Seconds()
	}
	for _, r := range rows {
		if cells[r] == event.Number && nums[r] >= 0 {
			v.Latency.Observe(nums[r])
			if nums[r] > slow {
				v.Slow++
			}
		}
	}
}

// countDuplicates looks for ids this version has answered before. Two versions
// that score the same id are a comparison, not a duplicate.
func (v *Version) countDuplicates(b *event.Batch, rows []int32) {
	version := event.Hash(v.Name)
	for _, r := range rows {
		if id := b.ID(int(r)); len(id) > 0 && v.Model.ids.Seen(event.Hash(id)^version) {
			v.Duplicates++
		}
	}
}

// countClasses counts predictions by class, if they are classes.
func (v *Version) countClasses(b *event.Batch, rows []int32) {
	i, ok := v.Model.layout.outputs["prediction"]
	if ok && v.Model.layout.columns[i].Kind != catalog.Numeric {
		v.Model.set.tally(v.Classes, LimitClasses, &b.Prediction, rows)
	}
}

func (v *Version) countSegments(b *event.Batch, rows []int32, m *columnMap) {
	for i, col := range m.segments {
		if col >= 0 {
			v.Model.set.tally(v.Segments[i], LimitSegments, m.segment(b, i), rows)
		}
	}
}

// tally counts the values of a column by name.
func (s *Set) tally(t *Tally, limit Limit, col *event.Column, rows []int32) {
	texts, unlisted := s.codes.count(col, rows)
	for _, code := range s.codes.touched {
		s.Dropped[limit] += t.add(col.Words[code], uint64(s.codes.n[code]))
	}
	if unlisted > 0 {
		s.Dropped[limit] += unlisted
		t.add(Other, unlisted)
	}
	if texts == uint64(len(rows)) {
		return
	}
	s.numbers.count(col, rows, func(name string) { s.Dropped[limit] += t.add(name, 1) })
	for i, x := range s.numbers.values {
		s.Dropped[limit] += t.add(spellCell(x, s.numbers.bools[i]), s.numbers.counts[i])
	}
}

// countAdded counts events with columns that the baseline does not have. Lists and
// objects are no change: a baseline has no column for them.
func (v *Version) countAdded(b *event.Batch, rows []int32, m *columnMap) {
	for _, i := range m.unknown {
		col := &b.Features[i]
		if present := len(rows) - count(col.Cells, rows, event.Absent) - count(col.Cells, rows, event.Nested); present > 0 {
			v.Model.set.Dropped[LimitFeatures] += v.Added.add(col.Name, uint64(present))
		}
	}
}
