package parquet

import (
	"errors"
	"fmt"
	"io"
	"slices"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/model-exporter/model_exporter/collector/internal/decode"
)

// cursor reads one column of a row group, page by page.
type cursor struct {
	column
	pages *pq.FilePages
	page  pq.Page
	rows  int // of the page
	row   int // next one in the page
	value int // next one in the page: nulls have none

	values encoding.Values // of the page, or the codes of a dictionary
	levels []byte          // definition levels by row; nil if there are no nulls
	coded  bool
	dict   *dictionary
	words  *decode.Words // of a page that has no dictionary

	chunk  decode.Chunk
	places []int32 // of the rows' values among those of the page
	nums   []float64
	nanos  []int64
	codes  []uint32
	null   []bool
}

// dictionary is the distinct values of a column in a row group.
type dictionary struct {
	of     pq.Dictionary
	values encoding.Values
	nums   []float64
	nanos  []int64
	words  *decode.Words
}

var errShort = errors.New("the column has fewer rows than its row group")

// next returns the next rows of the column, at least one and at most n. They are
// valid until the following call.
func (c *cursor) next(n int) (*decode.Chunk, error) {
	if err := c.load(); err != nil {
		return nil, err
	}
	n = min(n, c.rows-c.row)
	present := c.nulls(n)
	out := &c.chunk
	*out = decode.Chunk{Kind: c.kind, Rows: n, Local: c.local, Spell: out.Spell}
	if present < n {
		out.Null = c.null
	}
	switch c.kind {
	case decode.Times:
		out.Nanos = c.readNanos(n, present)
	case decode.Texts:
		out.Codes, out.Words = c.readCodes(n, present)
	default:
		out.Nums = c.readNums(n, present)
	}
	c.row += n
	c.value += present
	return out, nil
}

// skip goes on n rows.
func (c *cursor) skip(n int) error {
	for n > 0 {
		if err := c.load(); err != nil {
			return err
		}
		rows := min(n, c.rows-c.row)
		c.value += c.nulls(rows)
		c.row += rows
		n -= rows
	}
	return nil
}

// load makes sure that there are rows left in the page.
func (c *cursor) load() error {
	for c.row == c.rows {
		pq.Release(c.page)
		c.page = nil
		page, err := c.pages.ReadPage()
		if errors.Is(err, io.EOF) {
			err = errShort
		}
		if err != nil {
			return fmt.Errorf("column %q: %w", c.name, err)
		}
		c.page, c.row, c.value = page, 0, 0
		c.rows, c.levels = int(page.NumRows()), page.DefinitionLevels()
		if c.maxLevel == 0 {
			c.levels = nil
		}
		c.values, c.coded = page.Data(), page.Dictionary() != nil
		if d := page.Dictionary(); d != nil && (c.dict == nil || c.dict.of != d) {
			c.dict = c.convert(d)
		}
		if !c.coded && c.kind == decode.Texts {
			data, ends := c.texts(&c.values, int(page.NumValues()-page.NumNulls()))
			c.words = &decode.Words{Data: data, Ends: ends, Once: true}
		}
	}
	return nil
}

// convert reads the values of a dictionary once for all rows that have them.
func (c *cursor) convert(d pq.Dictionary) *dictionary {
	n := d.Len()
	out := &dictionary{of: d, values: d.Page().Data()}
	switch c.kind {
	case decode.Times:
		out.nanos = make([]int64, n)
		c.column.nanos(out.nanos, &out.values, 0)
	case decode.Texts:
		data, ends := c.texts(&out.values, n)
		out.words = &decode.Words{Data: data, Ends: ends}
	default:
		out.nums = make([]float64, n)
		c.column.nums(out.nums, &out.values, 0)
	}
	return out
}

// nulls finds which of the next n rows are null and where the values of the
// others are. It returns how many have one.
func (c *cursor) nulls(n int) (present int) {
	c.places = slices.Grow(c.places[:0], n)[:n]
	if c.levels == nil {
		return n
	}
	levels := c.levels[c.row : c.row+n]
	for _, l := range levels {
		if l == c.maxLevel {
			present++
		}
	}
	if present == n {
		return n
	}
	c.null = slices.Grow(c.null[:0], n)[:n]
	at := int32(c.value)
	for i, l := range levels {
		c.null[i] = l != c.maxLevel
		c.places[i] = at
		if l == c.maxLevel {
			at++
		}
	}
	return present
}

// spell writes the text of a row of the chunk.
func (c *cursor) spell(dst []byte, row int) []byte {
	// The chunk is behind c.row and c.value already.
	i := c.value - c.chunk.Rows + row
	if c.chunk.Null != nil {
		i = int(c.places[row])
	}
	if c.coded {
		return c.column.spell(dst, &c.dict.values, int(c.values.Int32()[i]))
	}
	return c.column.spell(dst, &c.values, i)
}

func (c *cursor) readNums(n, present int) []float64 {
	c.nums = slices.Grow(c.nums[:0], n)[:n]
	if c.coded {
		for i, code := range c.values.Int32()[c.value : c.value+present] {
			c.nums[i] = c.dict.nums[code]
		}
	} else {
		c.column.nums(c.nums[:present], &c.values, c.value)
	}
	spread(c.nums, c.chunk.Null, present)
	return c.nums
}

func (c *cursor) readNanos(n, present int) []int64 {
	c.nanos = slices.Grow(c.nanos[:0], n)[:n]
	if c.coded {
		for i, code := range c.values.Int32()[c.value : c.value+present] {
			c.nanos[i] = c.dict.nanos[code]
		}
	} else {
		c.column.nanos(c.nanos[:present], &c.values, c.value)
	}
	spread(c.nanos, c.chunk.Null, present)
	return c.nanos
}

func (c *cursor) readCodes(n, present int) ([]uint32, *decode.Words) {
	c.codes = slices.Grow(c.codes[:0], n)[:n]
	words := c.words
	if c.coded {
		words = c.dict.words
		for i, code := range c.values.Int32()[c.value : c.value+present] {
			c.codes[i] = uint32(code)
		}
	} else {
		for i := range present {
			c.codes[i] = uint32(c.value + i)
		}
	}
	spread(c.codes, c.chunk.Null, present)
	return c.codes, words
}

// spread moves the first values of all to the rows that are not null, from the
// last one on so that none is overwritten.
func spread[T any](all []T, null []bool, present int) {
	if null == nil {
		return
	}
	for i := len(null) - 1; present < i+1; i-- {
		var none T
		if null[i] {
			all[i] = none
			continue
		}
		present--
		all[i] = all[present]
	}
}

func (c *cursor) close() {
	pq.Release(c.page)
	c.page = nil
	_ = c.pages.Close() // holds memory only
}
