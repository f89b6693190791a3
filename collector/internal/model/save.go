package model

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// Writer takes changes of the stored state. It keeps neither keys nor values.
type Writer interface {
	Set(key, value []byte)
	Delete(key []byte)
	DeleteRange(from, to []byte) // without to
}

// stored is what a set knows of its stored state.
type stored struct {
	ids  map[uint32]bool // of models and versions; true if it is still in use
	last uint32          // highest id given
	set  marks
}

// marks is what is stored of a model or version.
type marks struct {
	id       uint32          // 0: nothing
	hashes   map[byte]uint64 // of the records as they were written, by part
	baseline *baseline.File
	builder  *baseline.Builder
	joined   *window.Ring[*Joined, packedJoined, *Joined]
	laws     int // of the columns' noise
	settled  int // columns that the baseline lacks
	trail    *trail
}

// Save writes everything that changed since the last Save, at first everything.
// What it wrote must be durable before it is called again, or become so with what
// the next call writes. It costs little for versions that saw nothing.
func (s *Set) Save(w Writer) {
	if s.stored.ids == nil {
		s.stored.ids = map[uint32]bool{}
	}
	for id := range s.stored.ids {
		s.stored.ids[id] = false
	}
	o := &saver{w: w, scratch: s.scratch}
	o.begin(&s.stored.set, 0)
	o.record(partSet, func(c *coder) {
		version := uint64(formatVersion)
		c.uint(&version)
		s.fields(c)
	})
	for _, m := range s.Models {
		s.identify(&m.saved)
		m.save(o)
		for _, v := range m.Versions {
			s.identify(&v.saved)
			v.save(o)
		}
	}
	for id, used := range s.stored.ids {
		if !used {
			o.deleteAll(id)
			delete(s.stored.ids, id)
		}
	}
	s.scratch = o.scratch
}

// identify gives what is not stored yet an id, higher than all before it: a
// version comes behind its model, and behind earlier versions.
func (s *Set) identify(m *marks) {
	if m.id == 0 {
		s.stored.last++
		m.id = s.stored.last
	}
	s.stored.ids[m.id] = true
}

func (m *Model) save(o *saver) {
	o.begin(&m.saved, 0)
	o.part(partModel)
	o.put(directoryKey(m.saved.id), func(c *coder) {
		text := m.meaning().encode()
		identity(c, &m.Name, &text)
	})
	o.begin(&m.saved, m.saved.id)
	m.saveBaseline(o)
	o.record(partNames, m.names)
	o.record(partLabels, m.labelFields)
	m.savePairs(o)
	m.saveLaws(o)
	m.saveBuilder(o)
	o.part(partIDs)
	o.scratch = m.ids.Save(o, o.scratch)
}

func (m *Model) saveBaseline(o *saver) {
	var learned *baseline.File
	if m.Baseline != nil && m.Baseline.Learned && m.Config.Baseline.Training == "" {
		learned = m.Baseline
	}
	if learned == m.saved.baseline {
		return
	}
	o.part(partBaseline)
	o.deletePart()
	if learned != nil {
		var file bytes.Buffer
		if learned.Write(&file) != nil {
			return // the model would learn anew
		}
		o.Set(nil, file.Bytes())
	}
	m.saved.baseline = learned
}

func (m *Model) saveBuilder(o *saver) {
	o.part(partBuilder)
	if m.builder != m.saved.builder {
		if m.saved.builder != nil {
			o.deletePart()
		}
		m.saved.builder = m.builder
	}
	if m.builder != nil {
		o.scratch = m.builder.Save(o, o.scratch)
	}
}

func (v *Version) save(o *saver) {
	o.begin(&v.saved, v.saved.id)
	o.record(partVersion, func(c *coder) {
		model := uint64(v.Model.saved.id)
		c.uint(&model)
		c.text(&v.Name)
		v.fields(c)
	})
	o.record(partColumns, v.columnFields)
	if v.saved.joined != nil && v.saved.joined != v.joined { // other windows, or none
		o.part(partJoined)
		o.deletePart()
	}
	v.saved.joined = v.joined
	if v.saved.trail != nil && v.saved.trail != v.trail { // of another length, or none
		o.part(partRolling)
		o.deletePart()
	}
	v.saved.trail = v.trail
	for _, r := range v.rings() {
		o.part(r.part)
		o.scratch = r.ring.save(o, o.scratch)
	}
	v.saveSettled(o)
}

// saver writes below the id and the part that it is at.
type saver struct {
	w       Writer
	marks   *marks
	key     []byte
	scratch []byte // of values
}

// seed is new in every process: nobody can make two records look the same.
var seed = maphash.MakeSeed()

// begin makes keys begin with an id.
func (o *saver) begin(m *marks, id uint32) {
	o.marks = m
	if m.hashes == nil {
		m.hashes = map[byte]uint64{}
	}
	o.key = appendKey(o.key[:0], id, 0)
}

// part makes keys go on with a part.
func (o *saver) part(p byte) { o.key = append(o.key[:keyHead-1], p) }

// record writes the fields that f lists as a part, unless they are as they were.
func (o *saver) record(part byte, f func(*coder)) {
	o.part(part)
	o.put(nil, f)
}

func (o *saver) put(key []byte, f func(*coder)) {
	part := o.key[keyHead-1]
	c := coder{b: o.scratch[:0]}
	f(&c)
	o.scratch = c.b
	hash := maphash.Bytes(seed, c.b)
	if before, ok := o.marks.hashes[part]; !ok || before != hash {
		o.Set(key, c.b)
		o.marks.hashes[part] = hash
	}
}

// Set, Delete and DeleteRange take keys that go behind the part.

func (o *saver) Set(key, value []byte) { o.w.Set(o.at(key), value) }

func (o *saver) Delete(key []byte) { o.w.Delete(o.at(key)) }

func (o *saver) DeleteRange(from, to []byte) {
	end := append(bytes.Clone(o.key[:keyHead]), to...)
	o.w.DeleteRange(o.at(from), end)
}

func (o *saver) at(key []byte) []byte {
	o.key = append(o.key[:keyHead], key...)
	return o.key
}

func (o *saver) deletePart() {
	head := o.key[:keyHead]
	end := bytes.Clone(head)
	end[keyHead-1]++
	o.w.DeleteRange(head, end)
}

// deleteAll deletes a model or version.
func (o *saver) deleteAll(id uint32) {
	o.begin(&marks{}, 0)
	o.part(partModel)
	o.Delete(directoryKey(id))
	o.w.DeleteRange(directoryKey(id), directoryKey(id+1))
}

// directoryKey is the key of a model behind partModel, and how keys of the model
// begin.
func directoryKey(id uint32) []byte { return binary.BigEndian.AppendUint32(nil, id) }
