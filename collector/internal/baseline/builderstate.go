package baseline

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
)

// Writer takes what changed. It keeps neither keys nor values.
type Writer interface {
	Set(key, value []byte)
	DeleteRange(from, to []byte) // without to
}

// The parts of a builder, the first byte of its keys. They are read in this order.
const (
	partHead    byte = iota
	partOutput       // by index
	partFeature      // by index
	partBlock        // of the sample, by index
	partLabels       // what labels showed
)

// blockRows are the rows of the sample that are saved under one key.
const blockRows = 1024

// builderMarks is what was saved, and what changed since.
type builderMarks struct {
	once    bool
	hashes  map[*column]uint64 // as they were written
	changed map[int]struct{}   // blocks of the sample
	blocks  int                // that are stored
	labels  uint64             // hash of what labels showed

	outputs, features int // still to be restored
}

// slot marks a row of the sample as changed.
func (m *builderMarks) slot(i int) {
	if m.once {
		m.changed[i/blockRows] = struct{}{}
	}
}

// everything marks the whole sample as changed.
func (m *builderMarks) everything(rows int) {
	if !m.once {
		return
	}
	for i := 0; i < rows; i += blockRows {
		m.changed[i/blockRows] = struct{}{}
	}
}

var builderSeed = maphash.MakeSeed()

// Save writes what changed since the last Save, at first everything. scratch is
// memory to work in, which is returned.
func (b *Builder) Save(w Writer, scratch []byte) []byte {
	m := &b.saved
	if !m.once {
		*m = builderMarks{once: true, hashes: map[*column]uint64{}, changed: map[int]struct{}{}}
		m.everything(b.sample.filled)
	}
	scratch = b.appendHead(scratch[:0])
	w.Set([]byte{partHead}, scratch)
	scratch = b.saveLabels(w, scratch)
	var key [5]byte
	for i, c := range b.outputs {
		scratch = m.save(w, builderKey(&key, partOutput, i), c, scratch)
	}
	for i, c := range b.columns {
		scratch = m.save(w, builderKey(&key, partFeature, i), c, scratch)
	}
	for block := range m.changed {
		if block*blockRows < b.sample.filled {
			scratch = b.appendBlock(scratch[:0], block)
			w.Set(builderKey(&key, partBlock, block), scratch)
		}
	}
	clear(m.changed)
	if blocks := (b.sample.filled + blockRows - 1) / blockRows; blocks != m.blocks {
		if blocks < m.blocks {
			var end [5]byte
			w.DeleteRange(builderKey(&key, partBlock, blocks), builderKey(&end, partBlock, m.blocks))
		}
		m.blocks = blocks
	}
	return scratch
}

func builderKey(k *[5]byte, part byte, i int) []byte {
	k[0] = part
	binary.BigEndian.PutUint32(k[1:], uint32(i))
	return k[:]
}

// save writes a column, unless it is as it was.
func (m *builderMarks) save(w Writer, key []byte, c *column, scratch []byte) []byte {
	scratch = c.appendTo(scratch[:0])
	hash := maphash.Bytes(builderSeed, scratch)
	if before, ok := m.hashes[c]; !ok || before != hash {
		w.Set(key, scratch)
		m.hashes[c] = hash
	}
	return scratch
}

func (b *Builder) appendHead(to []byte) []byte {
	r := &b.sample
	for _, n := range [...]uint64{b.rows, uint64(b.from), uint64(b.to), uint64(len(b.columns)),
		uint64(r.most), uint64(r.filled), r.seen, math.Float64bits(r.bound), r.next} {
		to = binary.LittleEndian.AppendUint64(to, n)
	}
	to, err := r.source.AppendBinary(to)
	if err != nil {
		panic("baseline: " + err.Error()) // a PCG always can
	}
	return to
}

const headNumbers = 9

func (b *Builder) restoreHead(from []byte) error {
	if len(from) < 8*headNumbers {
		return errBuilder
	}
	var n [headNumbers]uint64
	for i := range n {
		n[i], from = binary.LittleEndian.Uint64(from), from[8:]
	}
	r := &b.sample
	most, filled, bound := n[4], n[5], math.Float64frombits(n[7])
	switch {
	case n[0] > maxCount || n[0] != n[6]: // every row was offered to the sample
		return errBuilder
	case n[3] > maxColumns || most == 0 || most > uint64(r.most) || filled > most || filled > n[0]:
		return errBuilder
	case !(bound >= 0 && bound <= 1) || filled == most && n[8] < n[6]:
		return errBuilder
	}
	b.rows, b.from, b.to = n[0], int64(n[1]), int64(n[2])
	r.most, r.filled, r.seen, r.bound, r.next = int(most), int(filled), n[6], bound, n[8]
	b.saved = builderMarks{
		once: true, hashes: map[*column]uint64{}, changed: map[int]struct{}{}, outputs: len(b.outputs), features: int(n[3]),
	}
	return r.source.UnmarshalBinary(from)
}

var errBuilder = errors.New("no part of a baseline being learned")

// Restore takes over one pair that Save wrote. The builder is new, with the same
// options; pairs come in the order of their keys. It may be used after Restored.
func (b *Builder) Restore(key, value []byte) error {
	m := &b.saved
	if len(key) == 1 && key[0] == partHead && !m.once {
		return b.restoreHead(value)
	}
	if len(key) == 1 && key[0] == partLabels && m.once {
		return b.labels.restore(value)
	}
	if len(key) != 5 || !m.once {
		return errBuilder
	}
	i := int(binary.BigEndian.Uint32(key[1:]))
	switch {
	case key[0] == partOutput && i < len(b.outputs) && i == len(b.outputs)-m.outputs:
		m.outputs--
		return b.restoreColumn(b.outputs[i], value)
	case key[0] == partFeature && i == len(b.columns) && m.outputs == 0 && m.features > 0:
		m.features--
		return b.restoreFeature(value)
	case key[0] == partBlock && m.outputs+m.features == 0 && i == m.blocks && len(b.times) < b.sample.filled:
		m.blocks++
		return b.restoreBlock(value)
	}
	return errBuilder
}

// Restored ends a restoration. It is an error if something was not there.
func (b *Builder) Restored() error {
	m := &b.saved
	if !m.once || m.outputs+m.features > 0 || len(b.times) != b.sample.filled {
		return fmt.Errorf("%w: %d columns and %d sampled rows are missing", errBuilder, m.outputs+m.features, b.sample.filled-len(b.times))
	}
	return nil
}

func (b *Builder) restoreFeature(value []byte) error {
	c := newColumn("", false)
	if err := b.restoreColumn(c, value); err != nil {
		return err
	}
	if _, twice := b.index[c.name]; twice || c.name == "" {
		return errBuilder
	}
	b.index[c.name] = len(b.columns)
	b.columns = append(b.columns, c)
	return nil
}

func (b *Builder) restoreColumn(c *column, value []byte) error {
	name := c.name
	if err := c.restore(value); err != nil {
		return err
	}
	if name != "" && name != c.name || !c.legal(b.rows) {
		return errBuilder
	}
	for _, text := range c.words.list {
		b.words.words--
		b.words.bytes -= len(text)
	}
	if b.words.words < 0 || b.words.bytes < 0 {
		return errBuilder
	}
	return nil
}
