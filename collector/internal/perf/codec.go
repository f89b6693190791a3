package perf

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// errEncoding says that bytes are no state.
var errEncoding = errors.New("not an encoded performance state")

// maxCount bounds decoded counts, so that many can be added.
const maxCount = 1 << 53

// AppendTo appends the state to b:
//
//	sparse(counts) sparse(predicted) sparse(confusion)
//	uvarint(tables) { uvarint(class) sparse(table) }…, classes ascending
//	floats(sums) floats(spread)
//
// sparse is uvarint(length) uvarint(values not 0) { uvarint(zeros before) varint(value) }…,
// floats is uvarint(a bit for each value that is not 0) and 8 bytes, little endian, for each. The caller
// keeps the version.
func (s *State) AppendTo(b []byte) []byte {
	b = appendSparse(b, s.n[:])
	b = appendSparse(b, s.predicted)
	b = appendSparse(b, s.confusion)
	tables := uint64(0)
	for _, t := range s.scores {
		if !empty(t) {
			tables++
		}
	}
	b = binary.AppendUvarint(b, tables)
	for class, t := range s.scores {
		if !empty(t) {
			b = appendSparse(binary.AppendUvarint(b, uint64(class)), t)
		}
	}
	b = appendFloats(b, s.f[:])
	y := s.y.array()
	return appendFloats(b, y[:])
}

func empty(xs []int64) bool {
	return nextSet(xs, 0) == len(xs)
}

// nextSet returns the index of the first value from i on that is not 0, or the
// length. Most are 0, so it passes over eight at a time.
func nextSet(xs []int64, i int) int {
	for i+8 <= len(xs) {
		s := xs[i:][:8]
		if s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7] != 0 {
			break
		}
		i += 8
	}
	for i < len(xs) && xs[i] == 0 {
		i++
	}
	return i
}

// Decode makes s the state at the start of b and returns the bytes behind it.
// Any bytes are a state or an error; after an error s is empty.
func (s *State) Decode(b []byte) (rest []byte, err error) {
	s.Reset()
	d := decoder{b: b}
	d.sparse(s.n[:])
	s.predicted = d.list(s.predicted, MaxClasses)
	s.confusion = d.list(s.confusion, MaxClasses*MaxClasses)
	next := uint64(0)
	for range d.upTo(MaxClasses) {
		class := d.upTo(MaxClasses - 1)
		if class < next {
			d.bad = true
		}
		if d.bad {
			break
		}
		next = class + 1
		d.sparse(s.table(int(class)))
	}
	d.floats(s.f[:])
	var y [spreadLen]float64
	d.floats(y[:])
	s.y = spreadOf(y)
	if d.bad {
		s.Reset()
		return nil, errEncoding
	}
	return d.b, nil
}

func appendSparse(b []byte, xs []int64) []byte {
	n := uint64(0)
	for i := nextSet(xs, 0); i < len(xs); i = nextSet(xs, i+1) {
		n++
	}
	b = binary.AppendUvarint(b, uint64(len(xs)))
	b = binary.AppendUvarint(b, n)
	from := 0
	for i := nextSet(xs, 0); i < len(xs); i = nextSet(xs, i+1) {
		b = binary.AppendVarint(binary.AppendUvarint(b, uint64(i-from)), xs[i])
		from = i + 1
	}
	return b
}

func appendFloats(b []byte, xs []float64) []byte {
	var mask uint64 // len(xs) ≤ 64
	for i, x := range xs {
		if x != 0 {
			mask |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, mask)
	for _, x := range xs {
		if x != 0 {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
	}
	return b
}

// decoder reads from b until something is wrong; then it reads zeros.
type decoder struct {
	b   []byte
	bad bool
}

// upTo reads an integer ≤ limit.
func (d *decoder) upTo(limit uint64) uint64 {
	x, n := binary.Uvarint(d.b)
	if d.bad || n <= 0 || x > limit {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) count() int64 {
	x, n := binary.Varint(d.b)
	if d.bad || n <= 0 || x > maxCount || x < -maxCount {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return x
}

// list reads a list of at most limit counts into xs.
func (d *decoder) list(xs []int64, limit uint64) []int64 {
	n := d.upTo(limit)
	xs = grow(xs[:0], int(n))
	d.values(xs)
	return xs
}

// sparse reads as many counts as xs has.
func (d *decoder) sparse(xs []int64) {
	if d.upTo(uint64(len(xs))) != uint64(len(xs)) {
		d.bad = true
	}
	d.values(xs)
}

func (d *decoder) values(xs []int64) {
	at := 0
	for range d.upTo(uint64(len(xs))) {
		at += int(d.upTo(uint64(len(xs))))
		x := d.count()
		if d.bad || at >= len(xs) || x == 0 {
			d.bad = true
			return
		}
		xs[at] = x
		at++
	}
}

func (d *decoder) floats(xs []float64) {
	mask := d.upTo(math.MaxUint64)
	if bits.Len64(mask) > len(xs) {
		d.bad = true
	}
	for i := range xs {
		xs[i] = 0
		if d.bad || mask>>i&1 == 0 {
			continue
		}
		if len(d.b) < 8 {
			d.bad = true
			return
		}
		x := math.Float64frombits(binary.LittleEndian.Uint64(d.b))
		if math.IsNaN(x) || math.IsInf(x, 0) || x == 0 {
			d.bad = true
		}
		xs[i] = x
		d.b = d.b[8:]
	}
}
