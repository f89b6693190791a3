package sql

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// written is what String wrote of the first rows. Most rows are written many times:
// a position belongs to each batch.
type written struct {
	rows int
	base int64  // from which their watermarks are counted
	text []byte // in base64, whole groups
	rest []byte // what is no whole group, and scratch
}

func (w *written) reset(base int64) { *w = written{base: base, text: w.text[:0], rest: w.rest[:0]} }

// add writes rows.
func (w *written) add(rows []seen) {
	for i := range rows {
		r := &rows[i]
		w.rest = binary.LittleEndian.AppendUint64(w.rest, r.hash)
		w.rest = binary.AppendVarint(w.rest, w.base-r.order)
		w.rest = binary.AppendUvarint(w.rest, r.n)
	}
	w.rows += len(rows)
	whole := len(w.rest) / 3 * 3
	w.text = base64.RawStdEncoding.AppendEncode(w.text, w.rest[:whole])
	w.rest = append(w.rest[:0], w.rest[whole:]...)
}

// String writes a memory as a position: form and text of the newest watermark, the
// floor, what watermarks are counted from, and the rows in base64.
func (m *memory) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %q from %d", m.form, m.high, m.highs, m.floor.order)
	for _, a := range m.floor.row {
		fmt.Fprintf(&b, " %d%q", a.form, a.text)
	}
	if m.written.rows == 0 && len(m.rows) > 0 && m.written.base == 0 {
		m.written.base = m.high
	}
	m.written.add(m.rows[m.written.rows:])
	fmt.Fprintf(&b, " by %d ", m.written.base)
	b.Grow(len(m.written.text) + 3)
	b.Write(m.written.text)
	b.WriteString(base64.RawStdEncoding.EncodeToString(m.written.rest))
	return b.String()
}

var errPosition = errors.New("the position is not one of a SQL source")

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
	for !strings.HasPrefix(text, "seen ") && !strings.HasPrefix(text, "by ") {
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
	m.written.base = m.high
	if next() == "by" {
		if m.written.base, err = strconv.ParseInt(next(), 10, 64); err != nil {
			return nil, errPosition
		}
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errPosition
	}
	return m, m.parseRows(raw)
}

func (m *memory) parseRows(raw []byte) error {
	for len(raw) > 0 {
		if len(raw) < 10 {
			return errPosition
		}
		h := binary.LittleEndian.Uint64(raw)
		behind, k := binary.Varint(raw[8:])
		if k <= 0 {
			return errPosition
		}
		n, l := binary.Uvarint(raw[8+k:])
		if l <= 0 {
			return errPosition
		}
		if _, twice := m.index[h]; twice {
			return errPosition
		}
		m.index[h] = int32(len(m.rows))
		m.indexed++
		m.rows = append(m.rows, seen{hash: h, order: m.written.base - behind, n: n})
		raw = raw[8+k+l:]
	}
	m.sweep = max(1024, 2*len(m.rows))
	return nil
}
