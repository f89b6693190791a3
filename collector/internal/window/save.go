package window

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Codec writes and reads what a ring consists of. Decoders get bytes of any
// kind: they return an error unless the result is one that Ops can work with.
type Codec[D, P, S any] interface {
	AppendOpen([]byte, D) []byte
	DecodeOpen([]byte, D) error // into one that is empty
	AppendPacked([]byte, P) []byte
	DecodePacked([]byte) (P, error) // keeps nothing of the bytes
	AppendExact([]byte, S) []byte
	DecodeExact([]byte, S) error // into one that is empty
}

// Writer takes what changed. It keeps neither keys nor values.
type Writer interface {
	Set(key, value []byte)
	Delete(key []byte)
}

// The parts of a ring, the first byte of its keys. They are read in this order.
const (
	partHead   byte = iota // the end, and which panes are open in which order
	partTotal              // exact part of the total
	partOpen               // an open pane, by level and index
	partPacked             // a packed pane, by level and index
)

// marks is what changed since the last Save, which is of no interest before the
// first one.
type marks struct {
	once   bool   // there was a Save
	total  bool   // the total changed
	closed []Slot // open panes that are gone
	head   []byte // as written last
}

func (m *marks) pane(changed map[int64]struct{}, index int64) {
	if m.once {
		changed[index] = struct{}{}
	}
}

// Save writes what changed since the last Save, at first everything. scratch is
// memory to work in, which is returned.
func (r *Ring[D, P, S]) Save(c Codec[D, P, S], w Writer, scratch []byte) []byte {
	var key [maxKey]byte
	for _, s := range r.saved.closed {
		w.Delete(paneKey(&key, partOpen, s.Level, s.Index))
	}
	b := r.appendHead(scratch[:0])
	if !bytes.Equal(b, r.saved.head) {
		w.Set([]byte{partHead}, b)
		r.saved.head = append(r.saved.head[:0], b...)
	}
	if r.saved.total || !r.saved.once {
		b = c.AppendExact(b[:0], r.total)
		w.Set([]byte{partTotal}, b)
	}
	for i := range r.open {
		if o := &r.open[i]; o.changed {
			b = c.AppendOpen(b[:0], o.pane)
			w.Set(paneKey(&key, partOpen, o.level, o.index), b)
			o.changed, o.saved = false, true
		}
	}
	for i := range r.levels {
		b = r.savePanes(i, c, w, b)
	}
	r.saved.once, r.saved.total, r.saved.closed = true, false, r.saved.closed[:0]
	return b
}

func (r *Ring[D, P, S]) savePanes(i int, c Codec[D, P, S], w Writer, b []byte) []byte {
	var key [maxKey]byte
	l := &r.levels[i]
	if !r.saved.once {
		for index := range l.panes {
			l.changed[index] = struct{}{}
		}
	}
	for index := range l.changed {
		k := paneKey(&key, partPacked, i, index)
		if p, ok := l.panes[index]; ok {
			b = c.AppendPacked(b[:0], p)
			w.Set(k, b)
		} else {
			w.Delete(k)
		}
	}
	clear(l.changed)
	return b
}

func (r *Ring[D, P, S]) appendHead(b []byte) []byte {
	b = binary.AppendVarint(b, r.end)
	for i := range r.open {
		b = binary.AppendUvarint(b, uint64(r.open[i].level))
		b = binary.AppendVarint(b, r.open[i].index)
	}
	return b
}

// maxKey is part, level and index.
const maxKey = 1 + 1 + 8

// paneKey orders panes by level and index: the sign bit is flipped.
func paneKey(k *[maxKey]byte, part byte, level int, index int64) []byte {
	k[0], k[1] = part, byte(level)
	binary.BigEndian.PutUint64(k[2:], uint64(index)^1<<63)
	return k[:]
}

var errNoPane = errors.New("no pane of this window")

// Restore takes over one pair that Save wrote. The ring is new; pairs come in the
// order of their keys. The ring may be used after Restored.
func (r *Ring[D, P, S]) Restore(c Codec[D, P, S], key, value []byte) error {
	switch {
	case len(key) == 1 && key[0] == partHead:
		return r.restoreHead(value)
	case !r.saved.once:
		return errors.New("a window without its end")
	case len(key) == 1 && key[0] == partTotal:
		r.saved.total = true
		return c.DecodeExact(value, r.total)
	case len(key) != maxKey:
		return errNoPane
	}
	level, index := int(key[1]), int64(binary.BigEndian.Uint64(key[2:])^1<<63)
	switch key[0] {
	case partOpen:
		return r.restoreOpen(c, Slot{level, index}, value)
	case partPacked:
		return r.restorePacked(c, level, index, value)
	}
	return errNoPane
}

func (r *Ring[D, P, S]) restoreHead(b []byte) error {
	r.saved.head = append([]byte(nil), b...)
	end, n := binary.Varint(b)
	if n <= 0 {
		return errors.New("no end of a window")
	}
	r.end, r.saved.once = end, true
	for b = b[n:]; len(b) > 0; {
		level, n := binary.Uvarint(b)
		if n <= 0 || level > uint64(len(r.levels)) || len(r.open) == maxOpen {
			return errNoPane
		}
		index, k := binary.Varint(b[n:])
		if k <= 0 || r.opened(Slot{int(level), index}) >= 0 {
			return errNoPane
		}
		b = b[n+k:]
		r.open = append(r.open, openPane[D]{level: int(level), index: index})
	}
	return nil
}

// opened returns the position of an open pane, -1 if it is not open.
func (r *Ring[D, P, S]) opened(s Slot) int {
	for i := range r.open {
		if o := &r.open[i]; o.index == s.Index && o.level == s.Level {
			return i
		}
	}
	return -1
}

func (r *Ring[D, P, S]) restoreOpen(c Codec[D, P, S], s Slot, value []byte) error {
	i := r.opened(s)
	if i < 0 || r.open[i].saved {
		return errNoPane
	}
	d := r.ops.New()
	r.open[i].pane, r.open[i].saved = d, true
	return c.DecodeOpen(value, d)
}

func (r *Ring[D, P, S]) restorePacked(c Codec[D, P, S], level int, index int64, value []byte) error {
	if level >= len(r.levels) || !r.holds(level, index) {
		return errNoPane
	}
	l := &r.levels[level]
	if _, ok := l.panes[index]; ok {
		return errNoPane
	}
	p, err := c.DecodePacked(value)
	if err != nil {
		return err
	}
	l.panes[index] = p
	r.ops.AddExact(l.sum, p)
	return nil
}

// Restored ends a restoration. It is an error if something was not there.
func (r *Ring[D, P, S]) Restored() error {
	if !r.saved.once || !r.saved.total {
		return errors.New("the end or the total is missing")
	}
	r.saved.total = false
	for i := range r.open {
		if o := &r.open[i]; !o.saved {
			return fmt.Errorf("open pane %d of level %d is missing", o.index, o.level)
		}
	}
	return nil
}
