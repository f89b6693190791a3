package sql

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// segmentRows is how many rows one position has: each belongs to a batch, so the
// memory is written in parts of which a batch changes one.
const segmentRows = 1 << 13

// maxSegments bounds the number of a segment that is read.
const maxSegments = 1 << 20

// written is what was written of the segment at hand.
type written struct {
	rows int
	base int64  // from which their watermarks are counted
	text []byte // in base64, whole groups
	rest []byte // what is no whole group, and scratch
}

// add writes a row.
func (w *written) add(r *seen) {
	if w.rows == 0 {
		w.base = r.order
	}
	w.rest = binary.LittleEndian.AppendUint64(w.rest, r.hash)
	w.rest = binary.AppendVarint(w.rest, w.base-r.order)
	w.rest = binary.AppendUvarint(w.rest, uint64(r.n))
	w.rows++
	w.encode()
}

// encode writes what is whole groups of three bytes.
func (w *written) encode() {
	whole := len(w.rest) / 3 * 3
	w.text = base64.RawStdEncoding.AppendEncode(w.text, w.rest[:whole])
	w.rest = append(w.rest[:0], w.rest[whole:]...)
}

// next begins another segment if that at hand is long enough: one whose rows are
// forgotten is written anew.
func (m *memory) next(enough int) {
	if m.written.rows < enough {
		return
	}
	free := 0
	for free < len(m.segments) && (m.segments[free].rows > 0 || free == m.current) {
		free++
	}
	if free == len(m.segments) {
		m.segments = append(m.segments, segment{})
	}
	m.current, m.serial = free, m.serial+1
	m.segments[free].serial = m.serial
	m.written = written{text: m.written.text[:0], rest: m.written.rest[:0]}
}

// since is the first segment that has rows in memory.
func (m *memory) since() uint64 {
	first := m.serial
	for _, s := range m.segments {
		if s.rows > 0 {
			first = min(first, s.serial)
		}
	}
	return first
}

// String writes the segment at hand as a position: form and text of the newest
// watermark, the floor, how many segments were begun before and how many of them are
// forgotten, what watermarks are counted from, and the rows in base64.
func (m *memory) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %q from %d", m.form, m.high, m.highs, m.floor.order)
	for _, a := range m.floor.row {
		fmt.Fprintf(&b, " %d%q", a.form, a.text)
	}
	if m.serial > 0 {
		fmt.Fprintf(&b, " serial %d since %d", m.serial, m.since())
	}
	fmt.Fprintf(&b, " by %d ", m.written.base)
	b.Grow(len(m.written.text) + 3)
	b.Write(m.written.text)
	b.WriteString(base64.RawStdEncoding.EncodeToString(m.written.rest))
	return b.String()
}

var errPosition = errors.New("the position is not one of a SQL source")

// parseMemories reads segments. What the last one says holds.
func parseMemories(texts map[int]string) (*memory, error) {
	all := map[int]*memory{}
	m, last := newMemory(), -1
	for n, text := range texts {
		one, err := parseMemory(text)
		if err != nil {
			return nil, err
		}
		if n < 0 || n >= maxSegments {
			return nil, errPosition
		}
		if all[n] = one; last < 0 || one.serial > m.serial || one.serial == m.serial && n > last {
			m, last = one, n
		}
	}
	if last < 0 {
		return m, nil
	}
	since := m.segments[0].serial
	m.segments = make([]segment, slices.Max(slices.Collect(maps.Keys(all)))+1)
	m.current, m.segments[last].rows = last, len(m.rows)
	for i := range m.rows {
		m.rows[i].segment = int32(last)
	}
	for n, one := range all {
		m.segments[n].serial = one.serial
		if n == last || one.serial < since {
			continue
		}
		for _, r := range one.rows {
			r.segment = int32(n)
			m.segments[n].rows += m.put(r)
		}
	}
	m.drop(func(r *seen) bool { return r.order < m.floor.order })
	return m, nil
}

// put adds a row that was read; 1 unless it is there as often already.
func (m *memory) put(r seen) int {
	i, ok := m.index[r.hash]
	if !ok {
		m.index[r.hash] = int32(len(m.rows))
		m.indexed++
		m.rows = append(m.rows, r)
		return 1
	}
	have := &m.rows[i]
	if r.n <= have.n {
		return 0
	}
	m.segments[have.segment].rows--
	have.n, have.segment = r.n, r.segment
	return 1
}

// parseMemory reads what String wrote.
func parseMemory(text string) (*memory, error) {
	m := newMemory()
	var err error
	next := func() string {
		word, rest, _ := strings.Cut(text, " ")
		if strings.HasPrefix(text, `"`) {
			if word, err = strconv.QuotedPrefix(text); err != nil {
				return ""
			}
			rest = strings.TrimPrefix(text[len(word):], " ")
			word, _ = strconv.Unquote(word)
		}
		text = rest
		return word
	}
	f, err1 := strconv.ParseUint(next(), 10, 8)
	high, err2 := strconv.ParseInt(next(), 10, 64)
	m.form, m.high, m.highs = form(f), high, next()
	if from := next(); from != "from" {
		return nil, errPosition
	}
	floor, err3 := strconv.ParseInt(next(), 10, 64)
	m.floor.order = floor
	if err := errors.Join(err, err1, err2, err3); err != nil || int(f) >= len(kinds) {
		return nil, errPosition
	}
	// Until 2026-11 rows were written as seen, counted from the newest watermark.
	for !strings.HasPrefix(text, "seen ") && !strings.HasPrefix(text, "by ") && !strings.HasPrefix(text, "serial ") {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return nil, errPosition
		}
		f, err1 := strconv.ParseUint(text[:i], 10, 8)
		text = text[i:]
		if m.floor.row = append(m.floor.row, arg{form(f), next()}); err != nil || err1 != nil || int(f) >= len(kinds) {
			return nil, errPosition
		}
	}
	word := next()
	if word == "serial" {
		m.serial, err1 = strconv.ParseUint(next(), 10, 64)
		since := next()
		m.segments[0].serial, err2 = strconv.ParseUint(next(), 10, 64)
		if errors.Join(err1, err2) != nil || since != "since" {
			return nil, errPosition
		}
		word = next()
	}
	base := m.high
	if word == "by" {
		if base, err = strconv.ParseInt(next(), 10, 64); err != nil {
			return nil, errPosition
		}
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errPosition
	}
	return m, m.parseRows(raw, base)
}

// parseRows reads the rows of a segment, which goes on behind them.
func (m *memory) parseRows(raw []byte, base int64) error {
	w := &m.written
	w.base, w.rest = base, slices.Clone(raw)
	w.encode()
	for ; len(raw) > 0; w.rows++ {
		if len(raw) < 10 {
			return errPosition
		}
		behind, k := binary.Varint(raw[8:])
		if k <= 0 {
			return errPosition
		}
		n, l := binary.Uvarint(raw[8+k:])
		if l <= 0 || n > math.MaxUint32 {
			return errPosition
		}
		m.put(seen{hash: binary.LittleEndian.Uint64(raw), order: base - behind, n: uint32(n)})
		raw = raw[8+k+l:]
	}
	m.segments[0].rows = len(m.rows)
	m.sweep = max(1024, 2*len(m.rows))
	return nil
}
