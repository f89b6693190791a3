package sql

import (
	"math"
	"slices"
)

// maxRemembered rows within the overlap are remembered. If there are more, those
// up to some row are forgotten together, and no late rows are looked for before it.
const maxRemembered = 1 << 15

// memory is which rows were read, as far as that is not told by where they are:
// those from a floor on. It is what a position holds.
type memory struct {
	form  form   // of the watermark
	high  int64  // watermark of the newest row, in nanoseconds or as it is
	highs string // its text
	// Rows from floor on are all in rows; what is before it was read, or came too
	// late. key is that of the row at the floor, if other rows of its watermark
	// come before it.
	floor mark
	rows  []seen
	pass  uint64 // rows visited so far
	begun uint64 // pass at the beginning of the poll
	sweep int    // number of rows from which on some may be forgotten

	index   map[uint64]int32 // of the first rows, by hash
	indexed int              // how many
	highest int              // the first row with the newest watermark; -1 if that is not known
	written written
}

// mark is a place in the order of watermark and key.
type mark struct {
	order int64 // of the watermark
	row   []arg // the watermark and, unless the mark is before all of them, the key
}

// seen is what is known of a row, or of several that are equal in watermark and key.
type seen struct {
	hash  uint64
	order int64
	n     uint64 // how many
	pass  uint64 // when it was visited last
}

func newMemory() *memory {
	return &memory{floor: mark{order: math.MinInt64}, index: map[uint64]int32{}, high: math.MinInt64, sweep: 1024, highest: -1}
}

func (m *memory) empty() bool { return m.high == math.MinInt64 }

// visit notes a row, the occurrence-th of those that are equal to it, and tells
// whether it is new. Rows come in their order.
func (m *memory) visit(hash uint64, order int64, occurrence uint64) bool {
	m.pass++
	i := -1
	if order > m.high { // nothing is like it
		m.highest = len(m.rows)
	} else {
		i = m.find(hash, order)
	}
	if i < 0 {
		i = len(m.rows)
		m.rows = append(m.rows, seen{hash: hash, order: order})
	}
	r := &m.rows[i]
	r.pass = m.pass
	if occurrence <= r.n {
		return false
	}
	if r.n = occurrence; i < m.written.rows {
		m.written.reset(m.high)
	}
	return true
}

// maxSearch rows of the newest watermark are searched one by one: less work than an
// index of rows that are each newer than the one before.
const maxSearch = 16

// find returns the place of a row, -1 if there is none.
func (m *memory) find(hash uint64, order int64) int {
	if order == m.high && m.highest >= 0 && len(m.rows)-m.highest <= maxSearch {
		for i := m.highest; i < len(m.rows); i++ {
			if m.rows[i].hash == hash {
				return i
			}
		}
		return -1
	}
	for ; m.indexed < len(m.rows); m.indexed++ {
		m.index[m.rows[m.indexed].hash] = int32(m.indexed)
	}
	if i, ok := m.index[hash]; ok {
		return int(i)
	}
	return -1
}

// forget drops the rows that are further behind the newest one than the overlap.
func (m *memory) forget(overlap int64) {
	if len(m.rows) < m.sweep {
		return
	}
	low := m.low(overlap)
	m.drop(func(r seen) bool { return r.order < low })
}

// drop forgets rows.
func (m *memory) drop(which func(seen) bool) {
	m.rows = slices.DeleteFunc(m.rows, which)
	clear(m.index)
	m.indexed, m.highest = 0, -1
	m.written.reset(m.high)
	m.sweep = max(1024, 2*len(m.rows))
}

// low is the watermark from which on rows are looked at.
func (m *memory) low(overlap int64) int64 {
	if m.empty() {
		return math.MinInt64
	}
	low := m.high - overlap
	if low > m.high { // too far back for 64 bits
		low = math.MinInt64
	}
	return max(low, m.floor.order)
}

// full tells that too many rows are remembered.
func (m *memory) full() bool { return len(m.rows) > maxRemembered }

// raise forgets what was visited in this poll before the last row, which becomes
// the floor.
func (m *memory) raise(at mark, hash uint64) {
	m.drop(func(r seen) bool { return r.pass > m.begun && r.hash != hash })
	m.floor = at
}
