package model

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// formatVersion is the version of the state that Save writes. Load reads it and
// every earlier one. FORMAT.md describes it.
const formatVersion = 2

// The parts that the state consists of, behind the id in a key. Load meets ids
// and parts in ascending order. Numbers are not used again.
const (
	partSet   byte = 0 // of id 0: format version and what belongs to no model
	partModel byte = 1 // of id 0, by the id of a model: its name and meaning

	partBaseline byte = 2 // a learned baseline, as a file
	partNames    byte = 3 // names of the columns
	partBuilder  byte = 4 // of a baseline being learned
	partIDs      byte = 5 // remembered ids
	partLabels   byte = 6 // what labels told of the model as a whole
	partPairs    byte = 7 // windows of two versions' comparison, by their keys
	partLaws     byte = 8 // laws of the columns' noise

	partVersion  byte = 16 // model, name and counters
	partColumns  byte = 17 // counters of the columns
	partPanes    byte = 18
	partDistinct byte = 19
	partJoined   byte = 20
	partJoint    byte = 21
	partRolling  byte = 22
	partSettled  byte = 23 // names of columns that are no others' new ones; it may be missing
)

// keyHead is an id and a part.
const keyHead = 4 + 1

func appendKey(b []byte, id uint32, part byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, id), part)
}

// fields lists what is kept of a set beside its models.
func (s *Set) fields(c *coder) {
	n := c.length(len(s.Dropped))
	for i := range n {
		var unknown uint64
		dropped := &unknown // of a limit that there is no more
		if i < len(s.Dropped) {
			dropped = &s.Dropped[i]
		}
		c.uint(dropped)
	}
}

// identity lists what tells which model this is.
func identity(c *coder, name, meaning *string) {
	c.text(name)
	c.text(meaning)
}

// fields lists what is kept of a column beside its bins.
func (n *ColumnCounts) fields(c *coder) {
	for _, x := range [...]*uint64{&n.Values, &n.Missing, &n.Type, &n.Range, &n.Sentinel, &n.Unseen, &n.Removed} {
		c.uint(x)
	}
	c.int(&n.LastValue)
	c.sentinels(&n.sentinels)
}

// fields lists what is kept of a version beside its columns and windows.
func (v *Version) fields(c *coder) {
	for _, x := range [...]*uint64{&v.Predictions, &v.Duplicates, &v.Late, &v.Future} {
		c.uint(x)
	}
	for _, x := range [...]*int64{&v.LastEvent, &v.LastSeen, &v.newest} {
		c.int(x)
	}
	c.tally(v.Errors)
	c.tally(v.Classes)
	c.tally(v.Added)
	c.histogram(&v.Latency)
	for _, t := range v.Segments {
		c.tally(t)
	}
	for _, x := range [...]*uint64{&v.Labels, &v.Repeated, &v.Corrected, &v.Slow} {
		c.uint(x)
	}
	c.histogram(&v.Delay)
	c.confusion(&v.Confusion)
	for _, x := range [...]*float64{&v.SquaredError, &v.Over, &v.Under} {
		c.float(x)
	}
	for i := range v.KPIs {
		c.float(&v.KPIs[i].Sum)
		c.float(&v.KPIs[i].Negative)
	}
}

// lawFields lists the laws of the columns' noise, the labels' last.
func (m *Model) lawFields(c *coder) {
	all := m.laws()
	if c.length(len(all)) != len(all) {
		c.fail()
		return
	}
	for _, l := range all {
		c.inner(l.AppendTo, l.Decode)
	}
}

// laws returns those of every column, the labels' last.
func (m *Model) laws() []*drift.Laws {
	if m.layout == nil {
		return nil
	}
	var all []*drift.Laws
	for i := range m.layout.columns {
		all = append(all, m.layout.columns[i].Laws)
	}
	if m.layout.label != nil {
		all = append(all, m.layout.label.Laws)
	}
	return all
}

// saveLaws writes the laws whenever some were found: they never change.
func (m *Model) saveLaws(o *saver) {
	known := 0
	for _, l := range m.laws() {
		known += l.Known()
	}
	if known != m.saved.laws {
		o.record(partLaws, m.lawFields)
		m.saved.laws = known
	}
}

// labelFields lists what labels told of a model as a whole: names by code, which
// pending predictions and windows refer to.
func (m *Model) labelFields(c *coder) {
	c.uint(&m.Unmatched)
	c.byte(&m.era.windows)
	c.byte(&m.era.kpis)
	c.names(&m.classes)
	for i := range m.segments {
		c.names(&m.segments[i])
	}
}

// columnFields are the fields of all columns, as many as there are names.
func (v *Version) columnFields(c *coder) {
	n := c.length(len(v.Columns))
	if n != len(v.Columns) {
		c.fail()
		return
	}
	for i := range v.Columns {
		v.Columns[i].fields(c)
	}
}

// settledFields lists the columns that came with all of the baseline's, by name.
func (v *Version) settledFields(c *coder) {
	s := &v.newcomers
	list := slices.Sorted(maps.Keys(s.settled))
	c.texts(&list)
	if !c.reading || c.err != nil {
		return
	}
	s.settled = map[string]bool{}
	for i, name := range list {
		if i > 0 && name <= list[i-1] {
			c.fail()
			return
		}
		s.settled[name] = true
	}
	if len(list) > v.Model.set.cfg.Global.Limits.Features {
		c.fail()
	}
}

// saveSettled writes the list whenever it grew.
func (v *Version) saveSettled(o *saver) {
	if n := len(v.newcomers.settled); n != v.saved.settled {
		o.record(partSettled, v.settledFields)
		v.saved.settled = n
	}
}

// rings lists the windows of a version by their part.
func (v *Version) rings() []partRing {
	var all []partRing
	if v.panes != nil {
		all = append(all, partRing{partPanes, ringOf(v.panes, v.ops)},
			partRing{partDistinct, ringOf(v.distinct, distinctOps{len(v.Columns)})})
	}
	if v.joint != nil {
		all = append(all, partRing{partJoint, ringOf(v.joint, jointOps{})})
	}
	if v.joined != nil {
		all = append(all, partRing{partJoined, ringOf(v.joined, v.joinedOps())})
	}
	if v.trail != nil {
		all = append(all, partRing{partRolling, trailState{v.trail, v.ops}})
	}
	return all
}

// partRing is a window and its part.
type partRing struct {
	part byte
	ring ring
}

// ring is a window of any kind.
type ring interface {
	save(w window.Writer, scratch []byte) []byte
	restore(key, value []byte) error
	restored() error
}

func ringOf[D, P, S any](r *window.Ring[D, P, S], c window.Codec[D, P, S]) ringState[D, P, S] {
	return ringState[D, P, S]{r, c}
}

// ringState is a window and how to write it.
type ringState[D, P, S any] struct {
	ring  *window.Ring[D, P, S]
	codec window.Codec[D, P, S]
}

func (r ringState[D, P, S]) save(w window.Writer, b []byte) []byte { return r.ring.Save(r.codec, w, b) }
func (r ringState[D, P, S]) restore(key, value []byte) error {
	return r.ring.Restore(r.codec, key, value)
}
func (r ringState[D, P, S]) restored() error { return r.ring.Restored() }
