package parquet

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go/format"
)

// identity names the content of the first n row groups: what the footer says of
// them, statistics included, and the bytes at both ends of each.
func (t *table) identity(n int) (string, error) {
	for len(t.chain) <= n {
		if len(t.chain) == 0 {
			t.chain = append(t.chain, "0")
			continue
		}
		g := &t.file.Metadata().RowGroups[len(t.chain)-1]
		h := sha256.New()
		h.Write([]byte(t.chain[len(t.chain)-1]))
		number := func(x int64) { h.Write(binary.LittleEndian.AppendUint64(nil, uint64(x))) }
		number(g.NumRows)
		number(g.TotalByteSize)
		for i := range g.Columns {
			m := &g.Columns[i].MetaData
			h.Write([]byte(strings.Join(m.PathInSchema, "\x00")))
			number(m.NumValues)
			number(m.TotalCompressedSize)
			number(m.Statistics.NullCount)
			for _, b := range [][]byte{m.Statistics.Min, m.Statistics.Max, m.Statistics.MinValue, m.Statistics.MaxValue} {
				number(int64(len(b)))
				h.Write(b)
			}
		}
		if len(g.Columns) > 0 {
			last := &g.Columns[len(g.Columns)-1].MetaData
			from, to := begin(&g.Columns[0].MetaData), begin(last)+last.TotalCompressedSize
			// Nothing outside of the group: it may be followed by others next time.
			n := min(sampleSize, to-from)
			for _, off := range [...]int64{from, to - n} {
				if err := t.sample(h.Write, off, n); err != nil {
					return "", err
				}
			}
		}
		t.chain = append(t.chain, hex.EncodeToString(h.Sum(nil)[:8]))
	}
	return t.chain[n], nil
}

const sampleSize = 1 << 10

func (t *table) sample(write func([]byte) (int, error), off, size int64) error {
	if off < 0 || size < 0 || off+size > t.size {
		return fmt.Errorf("%s: the footer is damaged: a row group lies outside of the file", t.path)
	}
	b := make([]byte, size)
	if n, err := t.r.ReadAt(b, off); n < len(b) {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	_, err := write(b)
	return err
}

// begin is where the pages of a column begin.
func begin(m *format.ColumnMetaData) int64 {
	if m.DictionaryPageOffset != 0 {
		return m.DictionaryPageOffset
	}
	return m.DataPageOffset
}

// mark is how far a file was read.
type mark struct {
	group int   // the next row's
	row   int64 // in the group
	// content is the identity of the groups read, the one begun included.
	content string
	// What the file looked like when it was read to its end, so that it need not
	// be opened to see that nothing has changed; empty before that.
	size  int64
	stamp string
	bad   bool // it was used up to here; there is no more until it changes

	newest newest // of all rows read
	whole  newest // the same when the file, or one before it, was last read to its end
	again  bool   // the file is another one since: rows up to whole were read before
}

func (m mark) String() string {
	text := fmt.Sprintf("%d.%d %s %d %s", m.group, m.row, m.content, m.size, strconv.Quote(m.stamp))
	if m.bad {
		text += " damaged"
	}
	if m.newest.empty() && m.whole.empty() {
		return text
	}
	text += " newest " + m.newest.String()
	if !m.whole.equal(m.newest) {
		text += " whole " + m.whole.String()
	}
	if m.again {
		text += " again"
	}
	return text
}

// parseMark reads what String wrote, also before there was anything about times.
func parseMark(at string) (mark, error) {
	var m mark
	text := at
	if i := strings.LastIndex(at, " newest "); i >= 0 && !strings.Contains(at[i:], `"`) {
		var err error
		var rest string
		rest, m.again = strings.CutSuffix(at[i+len(" newest "):], " again")
		latest, whole, found := strings.Cut(rest, " whole ")
		if m.newest, err = parseNewest(latest); err == nil {
			m.whole = m.newest
			if found {
				m.whole, err = parseNewest(whole)
			}
		}
		if err != nil {
			return mark{}, fmt.Errorf("position %q is not one of a Parquet file", at)
		}
		text = at[:i]
	}
	text, damaged := strings.CutSuffix(text, " damaged")
	m.bad = damaged
	if n, err := fmt.Sscanf(text, "%d.%d %s %d %q", &m.group, &m.row, &m.content, &m.size, &m.stamp); err != nil || n != 5 {
		return mark{}, fmt.Errorf("position %q is not one of a Parquet file", at)
	}
	if m.group < 0 || m.row < 0 || m.size < 0 || m.String() != at {
		return mark{}, fmt.Errorf("position %q is not one of a Parquet file", at)
	}
	return m, nil
}

// covers is how many row groups the mark's identity is of.
func (m mark) covers() int {
	if m.row > 0 {
		return m.group + 1
	}
	return m.group
}
