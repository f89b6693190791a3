package baseline

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// appendTo appends everything of a column but its sample.
func (c *column) appendTo(b []byte) []byte {
	b = appendText(b, c.name)
	for _, n := range c.cells {
		b = binary.AppendUvarint(b, n)
	}
	b = binary.AppendUvarint(b, c.unlisted)
	m := &c.moments
	for _, n := range [...]uint64{m.N, m.LowN, m.HighN} {
		b = binary.AppendUvarint(b, n)
	}
	for _, x := range [...]float64{m.Shift, m.Sum, m.SumSq, m.Min, m.Max, m.Low, m.High} {
		b = appendFloat(b, x)
	}
	b = c.distinct.AppendTo(b)
	return c.numbers.appendTo(c.words.appendTo(b))
}

func (w *words) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, w.lost)
	b = binary.AppendUvarint(b, uint64(len(w.list)))
	for id, text := range w.list {
		b = binary.AppendUvarint(appendText(b, text), w.counts[id])
	}
	return b
}

// appendTo begins with 0 if there are no numbers, 2 if some were lost, else 1.
func (n *numbers) appendTo(b []byte) []byte {
	switch {
	case n == nil:
		return append(b, 0)
	case n.lost:
		b = append(b, 2)
	default:
		b = append(b, 1)
	}
	for _, k := range n.bools {
		b = binary.AppendUvarint(b, k)
	}
	b = binary.AppendUvarint(b, uint64(len(n.counts)))
	for _, x := range slices.Sorted(maps.Keys(n.counts)) { // the same bytes every time
		b = binary.AppendUvarint(appendFloat(b, x), n.counts[x])
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFloat(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
}

// stateReader reads what the append functions wrote. bad stays set once
// something does not fit.
type stateReader struct {
	b   []byte
	bad bool
}

func (r *stateReader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *stateReader) uint() uint64 {
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[k:]
	return n
}

func (r *stateReader) text() string { return string(r.take(r.uint())) }

func (r *stateReader) float() float64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// restore reads what appendTo wrote.
func (c *column) restore(b []byte) error {
	r := &stateReader{b: b}
	c.name = r.text()
	for i := range c.cells {
		c.cells[i] = r.uint()
	}
	c.unlisted = r.uint()
	m := &c.moments
	for _, n := range [...]*uint64{&m.N, &m.LowN, &m.HighN} {
		*n = r.uint()
	}
	for _, x := range [...]*float64{&m.Shift, &m.Sum, &m.SumSq, &m.Min, &m.Max, &m.Low, &m.High} {
		*x = r.float()
	}
	rest, err := c.distinct.Decode(r.b)
	if err != nil {
		return errBuilder
	}
	r.b = rest
	c.words.restore(r)
	c.numbers = readNumbers(r)
	if r.bad || len(r.b) > 0 || (c.name == Prediction) && c.numbers == nil {
		return errBuilder
	}
	return nil
}

// legal tells whether so many rows can have led to the counts and moments.
func (c *column) legal(rows uint64) bool {
	left := rows
	for _, n := range c.cells {
		if n > left {
			return false
		}
		left -= n
	}
	m := &c.moments
	return c.unlisted <= c.cells[event.Text] && m.N <= rows &&
		(m.N == 0 || m.Min <= m.Max && !math.IsInf(m.Min, 0) && !math.IsInf(m.Max, 0))
}

func (w *words) restore(r *stateReader) {
	w.lost = r.uint()
	n := r.uint()
	if n > maxColumnWords {
		r.bad = true
	}
	w.index = map[string]uint32{}
	for id := uint64(0); id < n && !r.bad; id++ {
		text, count := r.text(), r.uint()
		if _, twice := w.index[text]; twice {
			r.bad = true
		}
		w.index[text] = uint32(id)
		w.list, w.counts = append(w.list, text), append(w.counts, count)
	}
}

func readNumbers(r *stateReader) *numbers {
	form := r.take(1)
	if r.bad || form[0] == 0 {
		return nil
	}
	n := newNumbers()
	n.lost = form[0] == 2
	for i := range n.bools {
		n.bools[i] = r.uint()
	}
	k := r.uint()
	if k > maxNumbers+1 {
		r.bad = true
	}
	for range k {
		x, count := r.float(), r.uint()
		if r.bad || math.IsNaN(x) {
			r.bad = true
			return n
		}
		n.counts[x] = count
	}
	return n
}
