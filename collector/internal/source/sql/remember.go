package sql

import (
	"math"
	"slices"
)

// maxRemembered rows within the overlap are remembered. If there are more, the older
// half of them is forgotten, and no late rows are looked for before the others: as
// if the overlap were shorter. Among so many rows two have the same hash of 64 bits
// once in 8 million times.
const maxRemembered = 1 << 21

// memory is which rows were read, as far as that is not told by where they are:
// those from a floor on. It is what the positions hold.
type memory struct {
	form  form   // of the watermark; formNull if it is to be seen yet
	high  int64  // watermark of the newest row, in nanoseconds or as it is
	highs string // its text
	// Rows from floor on are all in rows; what is before it was read, or came too
	// late. key is that of the row at the floor, if other rows of its watermark
	// come before it.
	floor mark
	rows  []seen
	most  int    // rows to remember
	page  uint32 // pages visited so far
	begun uint32 // page at the beginning of the poll
	fresh int    // rows of this page that no earlier one of this poll had
	sweep int    // number of rows from which on some may be forgotten

	index   map[uint64]int32 // of the first rows, by hash
	indexed int              // how many
	highest int              // the first row with the newest watermark; -1 if that is not known

	segments []segment
	current  int // the one that is being written
	serial   uint64
	written  written
}

// segment is a part of the memory that is one position.
type segment struct {
	rows   int    // of it in memory
	serial uint64 // how many were begun before it
}

// mark is a place in the order of watermark and key.
type mark struct {
	order int64 // of the watermark
	row   []arg // the watermark and, unless the mark is before all of them, the key
}

// seen is what is known of a row, or of several that are equal in watermark and key.
type seen struct {
	hash    uint64
	order   int64
	n       uint32 // how many
	here    uint32 // how many on page
	page    uint32 // where they were visited last
	segment int32  // of the positions
}

func newMemory() *memory {
	return &memory{floor: mark{order: math.MinInt64}, index: map[uint64]int32{}, high: math.MinInt64, most: maxRemembered, sweep: 1024, highest: -1, segments: make([]segment, 1)}
}

func (m *memory) empty() bool { return m.high == math.MinInt64 }

// turn begins a page. A server may take keys for equal that are not, such as words in
// another case, and mix their rows; but rows that it takes for equal are all on one
// page, or come again from the first one on with the next page. So the rows that are
// equal are as many as there are on one page.
func (m *memory) turn() { m.page, m.fresh = m.page+1, 0 }

// visit notes a row and tells whether it is new.
func (m *memory) visit(hash uint64, order int64) bool {
	i := -1
	if order > m.high { // nothing is like it
		m.highest = len(m.rows)
	} else {
		i = m.find(hash, order)
	}
	if i < 0 {
		i = len(m.rows)
		if len(m.rows) == cap(m.rows) {
			m.rows = slices.Grow(m.rows, max(1024, len(m.rows))) // doubled: append alone copies them four times
		}
		m.rows = append(m.rows, seen{hash: hash, order: order, segment: -1})
	}
	r := &m.rows[i]
	if r.page != m.page {
		if r.page <= m.begun {
			m.fresh++
		}
		r.page, r.here = m.page, 0
	}
	if r.here++; r.here <= r.n {
		return false
	}
	r.n = r.here
	m.record(r)
	return true
}

// record makes a row part of the segment at hand.
func (m *memory) record(r *seen) {
	if r.segment >= 0 {
		m.segments[r.segment].rows--
	}
	r.segment = int32(m.current)
	m.segments[m.current].rows++
	m.written.add(r)
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
	if len(m.rows) >= m.sweep {
		m.forgetBefore(m.low(overlap))
	}
}

// forgetBefore drops the rows before a watermark, which becomes the floor: with a
// longer overlap they would be new.
func (m *memory) forgetBefore(low int64) {
	m.drop(func(r *seen) bool { return r.order < low })
	if low > m.floor.order {
		m.floor = mark{order: low}
	}
}

// drop forgets rows.
func (m *memory) drop(which func(*seen) bool) {
	m.rows = slices.DeleteFunc(m.rows, func(r seen) bool {
		if !which(&r) {
			return false
		}
		if r.segment >= 0 {
			m.segments[r.segment].rows--
		}
		return true
	})
	clear(m.index)
	m.indexed, m.highest = 0, -1
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
func (m *memory) full() bool { return len(m.rows) > m.most }

// shed makes room before a page whose first row is at a mark: rows that are further
// behind than the overlap, else half of them by their watermark, else those that were
// visited in this poll before the mark, as many rows of one watermark need it. It
// tells whether late rows will be missed for that.
func (m *memory) shed(overlap int64, at mark) bool {
	low, old, visited := m.low(overlap), 0, 0
	for i := range m.rows {
		r := &m.rows[i]
		if r.order < low {
			old++
		} else if r.page > m.begun && r.page < m.page {
			visited++
		}
	}
	if old >= m.most/8 {
		m.forgetBefore(low)
		return false
	}
	if at.row != nil && visited < m.most/8 {
		return false // later: all this takes time
	}
	orders := make([]int64, len(m.rows))
	for i := range m.rows {
		orders[i] = m.rows[i].order
	}
	slices.Sort(orders)
	half := orders[len(orders)/2]
	if before, _ := slices.BinarySearch(orders, half); before >= m.most/8 && half <= at.order {
		m.forgetBefore(half)
		return true
	}
	if at.row == nil {
		return false
	}
	// Those that equal the row at the mark, as the server has it, come again; they were
	// on the page before.
	m.drop(func(r *seen) bool { return r.page > m.begun && r.page < m.page })
	m.floor = at
	m.next(0) // of what is in other segments, those before the mark cannot be told
	for i := range m.rows {
		m.record(&m.rows[i])
	}
	return true
}
