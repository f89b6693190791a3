package parquet

import (
	"errors"
	"fmt"
	"io"
	"slices"

	pq "github.com/parquet-go/parquet-go"

	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxFooter bounds the description of a file's schema and row groups.
	maxFooter = 256 << 20
	// maxColumns of one file, those that are not read included.
	maxColumns = 50_000
	bufferSize = 4 << 10 // pageReader keeps more
)

// errUnfinished says that a file has no footer, as long as it is being written.
var errUnfinished = errors.New("the file has no footer: its writer has not finished it, or died")

// table is a file being read.
type table struct {
	object
	r          *input
	file       *pq.File
	columns    []column
	wanted     []int // places in columns
	partitions []partition
	decode     *decode.Table
	chain      []string // identity of the first so many row groups

	group   int   // being read
	row     int64 // next one in the group
	first   int64 // number of the group's first row in the file
	cursors []*cursor
	bytes   int64 // of the wanted columns in the group, compressed
}

// input is a reader that remembers why it failed: an error of the disk or the
// network says nothing about the file.
type input struct {
	io.ReaderAt
	io.Closer
	failed error
}

func (i *input) ReadAt(b []byte, off int64) (int, error) {
	n, err := i.ReaderAt.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) {
		i.failed = err
	}
	return n, err
}

// contain turns a panic into an error. The library checks most of what it reads,
// but a damaged file still makes it index out of range in places; a file from
// elsewhere must not stop the exporter.
func contain(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the file is damaged: %v", r)
		}
	}()
	return f()
}

// open reads a file's footer. It closes the input if that fails.
func open(o object, r *input, set *decode.Set) (t *table, err error) {
	t = &table{object: o, r: r}
	err = contain(func() error {
		if err := checkFooter(r, o.size); err != nil {
			return err
		}
		t.file, err = pq.OpenFile(r, o.size, pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(bufferSize))
		if err != nil {
			return err
		}
		return t.plan(set)
	})
	if err != nil {
		_ = r.Close() // was only read
		if r.failed != nil {
			err = r.failed
		}
		return nil, fmt.Errorf("%s: %w", o.path, err)
	}
	return t, nil
}

// checkFooter tells a file that is not finished from one that is damaged.
func checkFooter(r io.ReaderAt, size int64) error {
	if size < 12 {
		return errUnfinished
	}
	var b [8]byte
	if n, err := r.ReadAt(b[:], size-8); n < len(b) {
		return err
	}
	if string(b[4:]) != "PAR1" && string(b[4:]) != "PARE" {
		return errUnfinished
	}
	if n := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24; n > min(size-12, maxFooter) {
		return fmt.Errorf("the footer is damaged: it claims %d of the file's %d bytes", n, size)
	}
	return nil
}

func (t *table) plan(set *decode.Set) (err error) {
	if t.columns, err = columnsOf(t.file); err != nil {
		return err
	}
	if len(t.columns) > maxColumns {
		return fmt.Errorf("%d columns are more than the %d that are supported", len(t.columns), maxColumns)
	}
	names := make([]string, 0, len(t.columns))
	known := map[string]bool{}
	for _, c := range t.columns {
		names = append(names, c.name)
		known[c.name] = true
	}
	for _, p := range partitionsOf(t.path) {
		if !known[p.name] {
			known[p.name] = true
			t.partitions = append(t.partitions, p)
			names = append(names, p.name)
		}
	}
	t.decode = set.Table(names)
	for i, c := range t.columns {
		if t.decode.Wants(i) && c.leaf >= 0 && !c.empty {
			t.wanted = append(t.wanted, i)
		}
	}
	for i, g := range t.file.RowGroups() {
		if g.NumRows() < 0 || len(g.ColumnChunks()) == 0 && g.NumRows() > 0 {
			return fmt.Errorf("row group %d is damaged: %d rows, %d columns", i, g.NumRows(), len(g.ColumnChunks()))
		}
		for _, c := range t.columns {
			if c.leaf < 0 {
				continue
			}
			if n := t.file.Metadata().RowGroups[i].Columns[c.leaf].MetaData.NumValues; n != g.NumRows() {
				return fmt.Errorf("row group %d is damaged: %d rows, but %d values of column %q", i, g.NumRows(), n, c.name)
			}
		}
	}
	return nil
}

func (t *table) groups() []pq.RowGroup { return t.file.RowGroups() }

// done tells that no rows are left.
func (t *table) done() bool { return t.group >= len(t.groups()) }

// seek goes on behind a row of a row group.
func (t *table) seek(group int, row int64) error {
	t.closeGroup()
	t.group, t.row, t.first = group, 0, 0
	for _, g := range t.groups()[:group] {
		t.first += g.NumRows()
	}
	if row == 0 || t.done() {
		return nil
	}
	return t.run(func() error {
		if row > t.groups()[group].NumRows() {
			return fmt.Errorf("row group %d has no row %d", group, row)
		}
		t.openGroup()
		for _, c := range t.cursors {
			if err := c.skip(int(row)); err != nil {
				return err
			}
		}
		t.row = row
		return nil
	})
}

// run contains what reads pages, and names the file in its error.
func (t *table) run(f func() error) error {
	err := contain(f)
	if t.r.failed != nil {
		err = t.r.failed
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	return nil
}

func (t *table) openGroup() {
	g := t.groups()[t.group]
	t.bytes = 0
	block := t.blockBytes(len(t.wanted))
	for _, i := range t.wanted {
		c := t.columns[i]
		chunk := g.ColumnChunks()[c.leaf].(*pq.FileColumnChunk)
		meta := &t.file.Metadata().RowGroups[t.group].Columns[c.leaf].MetaData
		start := begin(meta)
		t.bytes += meta.TotalCompressedSize
		cur := &cursor{column: c, pages: chunk.PagesFrom(&pageReader{
			r: t.r, rows: g.NumRows(), next: start, end: min(start+meta.TotalCompressedSize, t.size), blockBytes: block,
		})}
		cur.chunk.Spell = cur.spell
		t.cursors = append(t.cursors, cur)
	}
}

func (t *table) closeGroup() {
	for _, c := range t.cursors {
		c.close()
	}
	t.cursors = nil
}

// fill appends the next rows to b, so many at most. They are of one row group.
func (t *table) fill(b *event.Batch, most int) error {
	return t.run(func() error {
		for !t.done() && t.row == t.groups()[t.group].NumRows() {
			t.leaveGroup()
		}
		if t.done() {
			return nil
		}
		if t.cursors == nil {
			t.openGroup()
		}
		rows := t.groups()[t.group].NumRows()
		n := int(min(int64(t.decode.MaxRows()), int64(most), rows-t.row))
		t.decode.Begin(b, n, t.first+t.row)
		for i, c := range t.cursors {
			if err := t.fillColumn(t.wanted[i], c, n); err != nil {
				return err
			}
		}
		t.fillConstant(n)
		t.decode.End()
		b.Bytes += share(t.bytes, t.row+int64(n), rows) - share(t.bytes, t.row, rows)
		if t.row += int64(n); t.row == rows {
			t.leaveGroup()
		}
		return nil
	})
}

// share returns what the first n of all rows are of some bytes, about.
func share(bytes, n, all int64) int64 { return int64(float64(bytes) * float64(n) / float64(all)) }

func (t *table) leaveGroup() {
	t.closeGroup()
	t.first += t.groups()[t.group].NumRows()
	t.group, t.row = t.group+1, 0
}

func (t *table) fillColumn(i int, c *cursor, n int) error {
	for at := 0; at < n; {
		chunk, err := c.next(n - at)
		if err != nil {
			return err
		}
		t.decode.Put(i, at, chunk)
		at += chunk.Rows
	}
	return nil
}

// fillConstant puts in what is the same in all rows: lists, and partitions.
func (t *table) fillConstant(n int) {
	for i, c := range t.columns {
		switch {
		case !t.decode.Wants(i):
		case c.leaf < 0:
			t.decode.Put(i, 0, &decode.Chunk{Kind: decode.Containers, Rows: n})
		case c.empty:
			t.decode.Put(i, 0, &decode.Chunk{Kind: decode.Untyped, Rows: n, Null: slices.Repeat([]bool{true}, n)})
		}
	}
	for i, p := range t.partitions {
		if !t.decode.Wants(len(t.columns) + i) {
			continue
		}
		chunk := &decode.Chunk{Kind: decode.Untyped, Rows: n, Spell: func(dst []byte, _ int) []byte { return append(dst, p.value...) }}
		if p.null {
			chunk.Null = slices.Repeat([]bool{true}, n)
		}
		t.decode.Put(len(t.columns)+i, 0, chunk)
	}
}

func (t *table) close() {
	t.closeGroup()
	_ = t.r.Close() // was only read
}
