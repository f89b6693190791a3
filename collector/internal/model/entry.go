package model

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// scored is what one version said about an id.
type scored struct {
	version  uint32 // see versionKey
	windows  uint8  // their era; see era
	at       int64  // Unix ns
	said     perf.Prediction
	segments []uint16 // by declared segment: 1 + index of the version's tally, 0 for none
}

// era numbers what a model's predictions meant while they were made. Where windows
// or figures began anew since, an entry of before must not change them: what it
// said is not in those windows, and its codes are of other segments and figures.
// Of one id, a version may have answered before and another one since.
type era struct {
	windows uint8
	kpis    uint8 // 4 bits are kept
}

// entry is one id that waits for what will come true, or knows it already: a
// repeated label must change nothing.
type entry struct {
	scored   []scored
	kpis     uint8 // their era
	labelled bool
	label    perf.Label
	values   []float64 // of outcomes, by KPI; NaN for none
	ranks    []uint16  // ranking: by item, 1 is the first; the label is in relevance
	relevant []float64 // ranking: by item; NaN for no label yet
}

// reset empties e and keeps its memory.
func (e *entry) reset() {
	e.scored, e.kpis, e.labelled = e.scored[:0], 0, false
	e.values, e.ranks, e.relevant = e.values[:0], e.ranks[:0], e.relevant[:0]
}

// add appends a prediction whose slices reuse memory of an earlier one.
func (e *entry) add() *scored {
	if len(e.scored) < cap(e.scored) {
		e.scored = e.scored[:len(e.scored)+1]
	} else {
		e.scored = append(e.scored, scored{})
	}
	s := &e.scored[len(e.scored)-1]
	*s = scored{said: perf.Prediction{Class: -1, Scores: s.said.Scores[:0], Value: math.NaN()}, segments: s.segments[:0]}
	return s
}

// by returns what a version said, nil if it said nothing.
func (e *entry) by(version uint32) *scored {
	for i := range e.scored {
		if e.scored[i].version == version {
			return &e.scored[i]
		}
	}
	return nil
}

const (
	hasLabel   = 1 << iota // label.Class and label.Value follow
	hasValues              // number of KPIs and their values follow
	hasRanks               // number of items, their ranks and relevances follow
	hasNumbers             // predictions and labels are numbers, not classes
	kpiEra                 // the era of the KPIs, up to the highest bit
)

// appendTo encodes e: flags, the era of the windows, the number of predictions and
// each of them, then what the flags announce; and if the predictions are of several
// eras, those of all but the first. Times of further predictions count from the first one's,
// which the join keeps with the entry. e has a prediction.
func (e *entry) appendTo(b []byte, numbers bool) []byte {
	b = append(b, e.flags(numbers)|e.kpis*kpiEra, e.scored[0].windows)
	b = binary.AppendUvarint(b, uint64(len(e.scored)))
	for i := range e.scored {
		s := &e.scored[i]
		b = binary.LittleEndian.AppendUint32(b, s.version)
		if i > 0 {
			b = binary.AppendVarint(b, s.at-e.scored[0].at)
		}
		if numbers {
			b = appendFloat(b, s.said.Value)
		} else {
			b = binary.AppendUvarint(b, uint64(s.said.Class+1))
			b = appendFloats(b, s.said.Scores)
		}
		b = binary.AppendUvarint(b, uint64(len(s.segments)))
		for _, v := range s.segments {
			b = binary.AppendUvarint(b, uint64(v))
		}
	}
	if e.labelled {
		if numbers {
			b = appendFloat(b, e.label.Value)
		} else {
			b = binary.AppendUvarint(b, uint64(e.label.Class+1))
		}
	}
	if len(e.values) > 0 {
		b = appendFloats(b, e.values)
	}
	if len(e.ranks) > 0 {
		b = binary.AppendUvarint(b, uint64(len(e.ranks)))
		for _, r := range e.ranks {
			b = binary.AppendUvarint(b, uint64(r))
		}
		for _, x := range e.relevant {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(x)))
		}
	}
	if slices.ContainsFunc(e.scored, func(s scored) bool { return s.windows != e.scored[0].windows }) {
		for i := range e.scored[1:] {
			b = append(b, e.scored[1+i].windows)
		}
	}
	return b
}

func (e *entry) flags(numbers bool) (f byte) {
	for _, bit := range [...]struct {
		is  bool
		bit byte
	}{{e.labelled, hasLabel}, {len(e.values) > 0, hasValues}, {len(e.ranks) > 0, hasRanks}, {numbers, hasNumbers}} {
		if bit.is {
			f |= bit.bit
		}
	}
	return f
}

func appendFloat(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
}

func appendFloats(b []byte, all []float64) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, x := range all {
		b = appendFloat(b, x)
	}
	return b
}

var errEntry = errors.New("not a pending prediction")

// maxItems bounds what an entry may hold of anything.
const maxItems = 1 << 12

// decode replaces e with what appendTo encoded; at is the time of its first
// prediction.
func (e *entry) decode(b []byte, at int64) error {
	e.reset()
	d := decoder{b: b}
	flags := d.byte()
	e.kpis = flags / kpiEra
	windows := d.byte()
	numbers := flags&hasNumbers != 0
	for i := range d.count(4) {
		s := e.add()
		s.version, s.windows, s.at = d.uint32(), windows, at
		if i > 0 {
			s.at += d.varint()
		}
		if numbers {
			s.said.Value = d.float()
		} else {
			s.said.Class = d.class()
			s.said.Scores = d.floats(s.said.Scores)
		}
		for range d.count(1) {
			s.segments = append(s.segments, uint16(d.uvarint()))
		}
	}
	if flags&hasLabel != 0 {
		e.labelled = true
		if numbers {
			e.label = perf.Label{Class: -1, Value: d.float()}
		} else {
			e.label = perf.Label{Class: d.class(), Value: math.NaN()}
		}
	}
	if flags&hasValues != 0 {
		e.values = d.floats(e.values)
	}
	if flags&hasRanks != 0 {
		n := d.count(5)
		for range n {
			e.ranks = append(e.ranks, uint16(d.uvarint()))
		}
		for range n {
			e.relevant = append(e.relevant, float64(math.Float32frombits(d.uint32())))
		}
	}
	if len(d.b) > 0 && len(d.b) == len(e.scored)-1 {
		for i := range e.scored[1:] {
			e.scored[1+i].windows = d.byte()
		}
	}
	if d.failed || len(d.b) > 0 || len(e.scored) == 0 {
		return errEntry
	}
	return nil
}

// decoder reads what append functions wrote. After something that cannot be, it
// has failed and reads zeros.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) fail() { d.b, d.failed = nil, true }

func (d *decoder) byte() byte {
	if len(d.b) < 1 {
		d.fail()
		return 0
	}
	x := d.b[0]
	d.b = d.b[1:]
	return x
}

func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) varint() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) uint32() uint32 {
	if len(d.b) < 4 {
		d.fail()
		return 0
	}
	x := binary.LittleEndian.Uint32(d.b)
	d.b = d.b[4:]
	return x
}

func (d *decoder) float() float64 {
	if len(d.b) < 8 {
		d.fail()
		return 0
	}
	x := math.Float64frombits(binary.LittleEndian.Uint64(d.b))
	d.b = d.b[8:]
	return x
}

// count reads how many things of an entry follow, each of at least so many bytes.
func (d *decoder) count(least int) int {
	n := d.many(least)
	if n > maxItems {
		d.fail()
		return 0
	}
	return n
}

// many reads how many things follow, as many as their bytes allow.
func (d *decoder) many(least int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/least) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) class() int {
	c := d.uvarint()
	if c > perf.MaxClasses {
		d.fail()
		return -1
	}
	return int(c) - 1
}

func (d *decoder) floats(all []float64) []float64 {
	for range d.count(8) {
		all = append(all, d.float())
	}
	return all
}
