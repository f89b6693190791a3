package sql

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// form is how the value of a cell came.
type form uint8

const (
	formNull form = iota // nulls only
	formInt
	formUint
	formFloat
	formSingle  // a float of 32 bits
	formDecimal // a number of any precision, as text
	formBool
	formText
	formBlob
	formTime   // a point in time
	formLocal  // the time of a clock in an unknown zone
	formDate   // likewise
	formClock  // a time of day, seconds as number and as text
	formNested // an array or object
)

var kinds = [...]decode.Kind{
	formNull: decode.Untyped, formInt: decode.Numbers, formUint: decode.Numbers, formFloat: decode.Numbers, formSingle: decode.Numbers,
	formDecimal: decode.Numbers, formBool: decode.Bools, formText: decode.Texts, formBlob: decode.Texts,
	formTime: decode.Times, formLocal: decode.Times, formDate: decode.Times, formClock: decode.Numbers, formNested: decode.Containers,
}

// page is the rows that one statement returned, by column.
type page struct {
	rows    int
	columns []*column
	bytes   int64 // of their values, as they were sent
}

// isFull tells that there is no room for another row.
func (p *page) isFull() bool {
	return p.rows >= maxPage || p.rows*len(p.columns) >= maxCells || p.bytes >= maxPageBytes
}

// next counts a row that was added, and calls full, if it is given, when there are
// enough.
func (p *page) next(full func() error) error {
	p.rows++
	switch {
	case full != nil && p.isFull():
		if err := full(); err != nil {
			return err
		}
		p.reset(len(p.columns))
	case full == nil && p.rows > 1 && p.bytes > maxPageBytes:
		return errTooWide
	}
	return nil
}

// reset empties a page and gives it n columns.
func (p *page) reset(n int) {
	p.rows, p.bytes = 0, 0
	for len(p.columns) < n {
		p.columns = append(p.columns, &column{ends: []uint32{0}})
	}
	p.columns = p.columns[:n]
	for _, c := range p.columns {
		c.reset()
	}
}

// column is one column of a page. Which slice holds the value of a row depends on its
// form. A slice may end before the last row: a usual column needs one of them.
type column struct {
	runs []run
	null []bool    // of each row
	nums []float64 // numbers but integers, and booleans
	bits []int64   // integers, and nanoseconds of times
	data []byte    // texts back to back
	ends []uint32
	any  bool // a row is null

	chunk  decode.Chunk
	words  decode.Words
	codes  []uint32
	floats []float64 // integers
}

// run is a run of rows of one form. In most servers a column has one; in SQLite a
// value is of any type.
type run struct {
	form form
	from int
}

func (c *column) reset() {
	c.runs, c.null, c.nums, c.bits = c.runs[:0], c.null[:0], c.nums[:0], c.bits[:0]
	c.data, c.ends, c.any = c.data[:0], c.ends[:1], false
}

func (c *column) rows() int { return len(c.null) }

// add appends a row that is not null, without its value.
func (c *column) add(f form) {
	if n := len(c.runs); n == 0 || c.runs[n-1].form != f {
		c.runs = append(c.runs, run{f, len(c.null)})
	}
	c.null = append(c.null, false)
}

// addNull appends a row that is part of any run.
func (c *column) addNull() {
	if len(c.runs) == 0 {
		c.runs = append(c.runs, run{formNull, 0})
	}
	c.any = true
	c.null = append(c.null, true)
}

// addNum appends a value of a form that has one in nums.
func (c *column) addNum(f form, x float64) {
	if len(c.nums) < len(c.null) {
		upTo(&c.nums, len(c.null))
	}
	c.add(f)
	c.nums = append(c.nums, x)
}

// addBits appends a value of a form that has one in bits.
func (c *column) addBits(f form, x int64) {
	if len(c.bits) < len(c.null) {
		upTo(&c.bits, len(c.null))
	}
	c.add(f)
	c.bits = append(c.bits, x)
}

// upTo returns the first n of s, which are zero where there were none.
func upTo[T int64 | float64](s *[]T, n int) []T {
	if from := len(*s); from < n {
		*s = slices.Grow(*s, n-from)[:n]
		clear((*s)[from:])
	}
	return (*s)[:n]
}

func (c *column) addInt(x int64)     { c.addBits(formInt, x) }
func (c *column) addUint(x uint64)   { c.addBits(formUint, int64(x)) }
func (c *column) addFloat(x float64) { c.addNum(formFloat, x) }
func (c *column) addBool(x bool) {
	if x {
		c.addNum(formBool, 1)
	} else {
		c.addNum(formBool, 0)
	}
}

func (c *column) addText(f form, text []byte) {
	c.data = append(c.data, text...)
	c.add(f)
	c.endText()
}

// endText gives the last row the text that was appended to data.
func (c *column) endText() {
	for len(c.ends) < len(c.null) {
		c.ends = append(c.ends, c.ends[len(c.ends)-1])
	}
	c.ends = append(c.ends, uint32(len(c.data)))
}

// addDecimal appends a number written as text; what is none stays a text.
func (c *column) addDecimal(text []byte) {
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(x, 0) {
		c.addText(formText, text)
		return
	}
	c.data = append(c.data, text...)
	c.addNum(formDecimal, x)
	c.endText()
}

// formAt returns the form of a row, formNull if it is null.
func (c *column) formAt(row int) form {
	if c.null[row] {
		return formNull
	}
	i := len(c.runs) - 1
	for c.runs[i].from > row {
		i--
	}
	return c.runs[i].form
}

// text is that of a row, empty if it has none.
func (c *column) text(row int) []byte {
	if row+1 >= len(c.ends) {
		return nil
	}
	return c.data[c.ends[row]:c.ends[row+1]]
}

// whole is the integer of a row, or its nanoseconds; 0 if it has none.
func (c *column) whole(row int) int64 {
	if row >= len(c.bits) {
		return 0
	}
	return c.bits[row]
}

// num is the number of a row, 0 if it is none.
func (c *column) num(f form, row int) float64 {
	switch {
	case f == formInt:
		return float64(c.whole(row))
	case f == formUint:
		return float64(uint64(c.whole(row)))
	case row >= len(c.nums):
		return 0
	}
	return c.nums[row]
}

// raw appends what tells the value of a row from any other of its column, and ends
// itself. Positions have hashes of it.
func (c *column) raw(dst []byte, row int) []byte {
	f, text := c.formAt(row), c.text(row)
	num, bits := c.num(f, row), c.whole(row)
	if f == formBool {
		bits = int64(num)
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(bits))
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(num))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(text)))
	return append(dst, text...)
}

// spell appends the text of a row that is not null.
func (c *column) spell(dst []byte, f form, row int) []byte {
	if text := c.text(row); len(text) > 0 {
		return append(dst, text...)
	}
	switch f {
	case formInt:
		return strconv.AppendInt(dst, c.whole(row), 10)
	case formUint:
		return strconv.AppendUint(dst, uint64(c.whole(row)), 10)
	case formFloat:
		return strconv.AppendFloat(dst, c.num(f, row), 'g', -1, 64)
	case formSingle:
		return strconv.AppendFloat(dst, c.num(f, row), 'g', -1, 32)
	case formBool:
		return strconv.AppendBool(dst, c.num(f, row) != 0)
	case formTime, formLocal, formDate:
		if c.whole(row) == event.NoTime {
			return append(dst, "out of range"...)
		}
		return time.Unix(0, c.whole(row)).UTC().AppendFormat(dst, layouts[f])
	}
	return dst
}

var layouts = map[form]string{
	formTime: time.RFC3339Nano, formLocal: "2006-01-02T15:04:05.999999999", formDate: time.DateOnly,
}

// put hands the rows from up to to over to the mapping, as those from row at on of
// its batch.
func (c *column) put(t *decode.Table, i, at, from, to int) {
	for k, r := range c.runs {
		end := c.rows()
		if k+1 < len(c.runs) {
			end = c.runs[k+1].from
		}
		if a, b := max(from, r.from), min(to, end); a < b {
			t.Put(i, at+a-from, c.slice(r.form, a, b))
		}
	}
}

func (c *column) slice(f form, from, to int) *decode.Chunk {
	out := &c.chunk
	*out = decode.Chunk{Kind: kinds[f], Rows: to - from, Local: f == formLocal || f == formDate}
	if c.any {
		out.Null = c.null[from:to]
	}
	switch out.Kind {
	case decode.Times:
		out.Nanos = upTo(&c.bits, to)[from:]
	case decode.Texts:
		for n := len(c.codes); n < c.rows(); n++ {
			c.codes = append(c.codes, uint32(n))
		}
		c.words = decode.Words{Data: c.data, Ends: c.ends, Once: true}
		out.Codes, out.Words = c.codes[from:to], &c.words
	case decode.Numbers, decode.Bools:
		out.Nums = c.numbers(f, from, to)
	}
	out.Spell = func(dst []byte, row int) []byte { return c.spell(dst, f, from+row) }
	return out
}

// numbers are those of rows of one form.
func (c *column) numbers(f form, from, to int) []float64 {
	if !isNumber(f) {
		return upTo(&c.nums, to)[from:]
	}
	c.floats = slices.Grow(c.floats[:0], to-from)
	for _, x := range upTo(&c.bits, to)[from:] {
		if f == formInt {
			c.floats = append(c.floats, float64(x))
		} else {
			c.floats = append(c.floats, float64(uint64(x)))
		}
	}
	return c.floats
}
