package parquet

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Files are often written again with more rows, old and new ones mixed. Rows have no
// numbers that would last, so that new ones are told by time: that of their writing
// where the table has it, else that of their event.

// newest is up to where the rows of a path were read: those with a time of writing,
// and the others by the time of their event.
type newest struct{ written, event edge }

// edge is the newest time of some rows and which rows have it. The zero value is
// that of no rows.
type edge struct {
	known bool
	at    int64    // Unix ns
	rows  []uint64 // hashes, in their order
	many  bool     // more than maxAtEdge: all rows of that time are taken as read
}

// maxAtEdge bounds a position, which has 11 bytes per row of the newest time.
const maxAtEdge = 1024

func (n *newest) empty() bool { return !n.written.known && !n.event.known }

func (n newest) equal(o newest) bool { return n.written.equal(o.written) && n.event.equal(o.event) }

func (e edge) equal(o edge) bool {
	return e.known == o.known && e.at == o.at && e.many == o.many && slices.Equal(e.rows, o.rows)
}

// has tells whether a row was read before. A row without any time is taken as read:
// nothing tells it from those that were.
func (n *newest) has(row timedRow) bool {
	switch {
	case row.written != event.NoTime:
		return n.written.has(row.written, row.hash)
	case row.event != event.NoTime:
		return n.event.has(row.event, row.hash)
	}
	return true
}

func (e *edge) has(at int64, hash func() uint64) bool {
	if !e.known || at != e.at {
		return e.known && at < e.at
	}
	if e.many {
		return true
	}
	_, found := slices.BinarySearch(e.rows, hash())
	return found
}

// add notes that rows of a batch were read.
func (n *newest) add(rows func(func(timedRow) bool)) {
	written, latest := event.NoTime, event.NoTime // NoTime is before all times
	for row := range rows {
		if row.written != event.NoTime {
			written = max(written, row.written)
		} else {
			latest = max(latest, row.event)
		}
	}
	n.written.raise(written)
	n.event.raise(latest)
	for row := range rows {
		if row.written != event.NoTime {
			n.written.add(row.written, row.hash)
		} else {
			n.event.add(row.event, row.hash)
		}
	}
}

func (e *edge) raise(at int64) {
	if at != event.NoTime && (!e.known || at > e.at) {
		*e = edge{known: true, at: at}
	}
}

func (e *edge) add(at int64, hash func() uint64) {
	if !e.known || at != e.at || e.many {
		return
	}
	h := hash()
	i, found := slices.BinarySearch(e.rows, h)
	switch {
	case found:
	case len(e.rows) == maxAtEdge:
		e.rows, e.many = nil, true
	default:
		// Not in place: what a position was made of stays as it is.
		e.rows = slices.Concat(e.rows[:i], []uint64{h}, e.rows[i:])
	}
}

// timedRow is a row by its times, event.NoTime where it has none, and its content.
type timedRow struct {
	i              int
	written, event int64
	hash           func() uint64
}

// timedRows yields the rows of a batch. written names the column among the values
// with the time of writing, if there is one.
func timedRows(b *event.Batch, written string) func(func(timedRow) bool) {
	column := slices.IndexFunc(b.Values, func(c event.Column) bool { return written != "" && c.Name == written })
	return func(yield func(timedRow) bool) {
		row := timedRow{}
		row.hash = func() uint64 { return hashOf(b, row.i) }
		for i := range b.N {
			row.i, row.event, row.written = i, b.Times[i], event.NoTime
			if column >= 0 && b.Values[column].Cells[i] == event.Number {
				row.written = nanosOfSeconds(b.Values[column].Nums[i])
			}
			if !yield(row) {
				return
			}
		}
	}
}

// nanosOfSeconds is exact enough to compare: equal times stay equal, and none
// overtakes another.
func nanosOfSeconds(s float64) int64 {
	if math.Abs(s) > 9e9 {
		return event.NoTime
	}
	return int64(s * 1e9)
}

// hashOf is that of the row's id, else of its values whatever their order.
func hashOf(b *event.Batch, row int) uint64 {
	if id := b.ID(row); len(id) > 0 {
		return event.Hash(id)
	}
	h := uint64(b.Times[row])
	add := func(c *event.Column, name string) {
		var value uint64
		switch c.Cells[row] {
		case event.Absent:
			return
		case event.Number, event.Bool:
			value = math.Float64bits(c.Nums[row])
		case event.Text:
			if text, ok := c.Text(row); ok {
				value = event.Hash(text)
			} else {
				value = math.Float64bits(c.Nums[row])
			}
		}
		x := event.Hash(name) ^ value
		h += (x ^ x>>29) * 0xbf58476d1ce4e5b9 // so that values of two columns do not cancel
	}
	for i := range b.Features {
		add(&b.Features[i], b.Features[i].Name)
	}
	add(&b.Model, "\x00model")
	add(&b.Version, "\x00version")
	add(&b.Prediction, "\x00prediction")
	add(&b.Score, "\x00score")
	add(&b.Actual, "\x00label")
	return h
}

// sift drops the rows of b that were read before and returns how many they are.
func (n *newest) sift(b *event.Batch, written string) (dropped int) {
	keep := make([]int, 0, b.N)
	for row := range timedRows(b, written) {
		if !n.has(row) {
			keep = append(keep, row.i)
		}
	}
	dropped = b.N - len(keep)
	if dropped > 0 {
		b.Keep(keep)
	}
	return dropped
}

// String writes what parseNewest reads.
func (n newest) String() string { return n.written.String() + "," + n.event.String() }

func (e edge) String() string {
	switch {
	case !e.known:
		return "-"
	case e.many:
		return strconv.FormatInt(e.at, 10) + ":*"
	}
	var raw []byte
	for _, h := range e.rows {
		raw = binary.LittleEndian.AppendUint64(raw, h)
	}
	return strconv.FormatInt(e.at, 10) + ":" + base64.RawStdEncoding.EncodeToString(raw)
}

var errNewest = errors.New("no newest rows")

func parseNewest(text string) (n newest, err error) {
	written, latest, _ := strings.Cut(text, ",")
	if n.written, err = parseEdge(written); err == nil {
		n.event, err = parseEdge(latest)
	}
	return n, err
}

func parseEdge(text string) (e edge, err error) {
	if text == "-" {
		return edge{}, nil
	}
	at, rows, _ := strings.Cut(text, ":")
	e.known = true
	if e.at, err = strconv.ParseInt(at, 10, 64); err != nil {
		return edge{}, errNewest
	}
	if rows == "*" {
		e.many = true
		return e, nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(rows)
	if err != nil || len(raw)%8 != 0 || len(raw) > 8*maxAtEdge {
		return edge{}, errNewest
	}
	for ; len(raw) > 0; raw = raw[8:] {
		e.rows = append(e.rows, binary.LittleEndian.Uint64(raw))
	}
	if !slices.IsSorted(e.rows) {
		return edge{}, errNewest
	}
	return e, nil
}
