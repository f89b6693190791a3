package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// Batch collects what one Commit changes: later calls win over earlier ones. It
// copies what it is given, is bounded by memory only (24 bytes a key beside keys and
// values), and costs least if keys come in order.
type Batch struct {
	data   []byte // keys and values, in the order of the calls
	points []point
	ranges []span
}

// point is a key that is set or deleted.
type point struct {
	prefix uint64 // the key's first bytes, so that sorting seldom follows at
	at     int    // in data: the key, then the value; later calls lie higher
	key    uint32 // bytes
	value  uint32 // bytes, or deleted
}

// span is a range of keys that is deleted.
type span struct {
	from, to []byte
	at       int // points at lower offsets are deleted too
}

const deleted = math.MaxUint32

// Batch returns an empty batch.
func (s *Store) Batch() *Batch { return new(Batch) }

// Set sets key to value. A key has 1 byte at least and does not begin with 0xff;
// key and value are shorter than 4 GiB.
func (b *Batch) Set(key, value []byte) {
	b.add(key, uint32(len(value)))
	b.data = append(b.data, value...)
}

// Delete deletes key, if it is there.
func (b *Batch) Delete(key []byte) { b.add(key, deleted) }

func (b *Batch) add(key []byte, value uint32) {
	if len(key) == 0 || key[0] == reserved {
		panic("store: a key must not be empty or begin with 0xff")
	}
	b.points = append(b.points, point{prefix(key), len(b.data), uint32(len(key)), value})
	b.data = append(b.data, key...)
}

// DeleteRange deletes all keys k with from ≤ k < to, at a cost that does not depend
// on how many there are. to is at most 0xff.
func (b *Batch) DeleteRange(from, to []byte) {
	if bytes.Compare(to, []byte{reserved}) > 0 {
		panic("store: keys from 0xff on are not the caller's")
	}
	if bytes.Compare(from, to) < 0 {
		b.ranges = append(b.ranges, span{bytes.Clone(from), bytes.Clone(to), len(b.data)})
	}
}

// Len returns the number of calls that the batch holds.
func (b *Batch) Len() int { return len(b.points) + len(b.ranges) }

// Size returns the bytes of all keys and values.
func (b *Batch) Size() int { return len(b.data) }

// Reset empties the batch; its memory is kept for the next one.
func (b *Batch) Reset() {
	b.data, b.points, b.ranges = b.data[:0], b.points[:0], b.ranges[:0]
}

// prefix returns the first eight bytes of key as a number that orders like them.
func prefix(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

func (b *Batch) key(p point) []byte { return b.data[p.at : p.at+int(p.key)] }

func (b *Batch) value(p point) []byte {
	at := p.at + int(p.key)
	return b.data[at : at+int(p.value)]
}

// settle sorts the calls and leaves those that count: of each key the last one, and
// none that a later range deletes. It may be called again, also after more calls.
func (b *Batch) settle() {
	order := func(x, y point) int {
		if c := cmp.Compare(x.prefix, y.prefix); c != 0 {
			return c
		}
		if c := bytes.Compare(b.key(x), b.key(y)); c != 0 {
			return c
		}
		return cmp.Compare(x.at, y.at)
	}
	b.sort(order)
	kept := b.points[:0]
	for i, p := range b.points {
		last := i+1 == len(b.points) || !bytes.Equal(b.key(p), b.key(b.points[i+1]))
		if last && !b.covered(p) {
			kept = append(kept, p)
		}
	}
	b.points = kept
}

// sort orders the points. What is in order already, from the first one on, is only
// looked at: of a batch that begins with many keys in order the rest is sorted.
func (b *Batch) sort(order func(x, y point) int) {
	n := 1
	for n < len(b.points) && order(b.points[n-1], b.points[n]) <= 0 {
		n++
	}
	if n >= len(b.points) {
		return
	}
	slices.SortFunc(b.points[n:], order)
	if order(b.points[n-1], b.points[n]) > 0 {
		slices.SortFunc(b.points, order)
	}
}

// covered tells whether a range that came after p deletes it.
func (b *Batch) covered(p point) bool {
	for _, r := range b.ranges {
		if r.at > p.at && bytes.Compare(r.from, b.key(p)) <= 0 && bytes.Compare(b.key(p), r.to) < 0 {
			return true
		}
	}
	return false
}

// merged returns the ranges in order; those that touch are one.
func (b *Batch) merged() []span {
	all := slices.Clone(b.ranges)
	slices.SortFunc(all, func(x, y span) int { return bytes.Compare(x.from, y.from) })
	var out []span
	for _, r := range all {
		if n := len(out); n > 0 && bytes.Compare(r.from, out[n-1].to) <= 0 {
			if bytes.Compare(r.to, out[n-1].to) > 0 {
				out[n-1].to = r.to
			}
			continue
		}
		out = append(out, r)
	}
	return out
}
