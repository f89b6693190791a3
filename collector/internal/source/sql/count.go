package sql

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Counting is by what rows are counted in mode aggregate.
type Counting struct {
	EventTime bool    // windows end at the newest row, not now
	Levels    []Level // of the windows, ascending
	Distinct  []Level // of the windows of distinct counts
	Columns   []Column
}

// Level is how a window is divided: panes of Width nanoseconds, the last Count of
// which it covers.
type Level struct{ Width, Count int64 }

// Column is a column that the baseline describes.
type Column struct {
	Name      string
	Output    bool
	Kind      catalog.Kind
	Edges     []float64 // of numbers
	Shift     float64   // that moments are about
	Words     []string  // categories
	Range     *[2]float64
	Sentinels []float64
}

// span is a group of rows: those of one pane.
type span struct {
	level int
	start int64
}

// counted is what rows of a span added up to, by column as in Counting.
type counted map[span]*event.Aggregate

// at is a time within a span.
func (k span) at(levels []Level) int64 {
	if k.level == len(levels) {
		return -1 << 62 // older than any window
	}
	return k.start
}

// columnPlan is how one column is counted.
type columnPlan struct {
	*Column
	at     int    // in Counting
	source string // column of the table, quoted; empty if there is none
	class  class
	noZero bool // the server's texts have no zero bytes, not even as parameters
}

// countable tells that a server can count the column: one that only reading tells to be
// a number or a text is none, and a time is no category. Categories of bytes that are no
// text are none either: they came into the baseline with each such byte replaced.
func (c *columnPlan) countable() bool {
	return c.source == "" || c.class != classUnknown && (c.numeric() || !c.class.isTime() && !c.replaced())
}

// replaced tells that categories are not what they were in the table.
func (c *columnPlan) replaced() bool {
	return (c.class == classBytes || c.class == classAny) && slices.ContainsFunc(c.Words, func(w string) bool { return strings.ContainsRune(w, utf8.RuneError) })
}

// numeric tells that the column has bins to count by.
func (c *columnPlan) numeric() bool { return c.Kind == catalog.Numeric }

// readable tells that values of the column's type can be what the baseline has.
func (c *columnPlan) readable() bool {
	if c.numeric() {
		return len(c.Edges) > 0 && !c.class.isText() && c.class != classNested
	}
	return c.class != classNested
}

// maxRows of one span: what says more is no table.
const maxRows = 1 << 40

// cells reads the cells of a row one after the other.
type cells struct {
	p      *page
	row, i int
}

func (c *cells) next() (*column, bool) {
	c.i++
	col := c.p.columns[c.i-1]
	return col, !col.null[c.row]
}

func (c *cells) whole() int64 {
	col, ok := c.next()
	if !ok {
		return 0
	}
	f := col.formAt(c.row)
	if isNumber(f) {
		return col.whole(c.row)
	}
	x, err := strconv.ParseInt(string(col.text(c.row)), 10, 64)
	if err != nil {
		return int64(col.num(f, c.row))
	}
	return x
}

func (c *cells) count() uint64 { return uint64(max(0, c.whole())) }

func (c *cells) real() float64 {
	col, ok := c.next()
	if !ok {
		return 0
	}
	return col.num(col.formAt(c.row), c.row)
}
