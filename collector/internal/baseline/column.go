package baseline

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// column is what a Builder keeps of one column.
type column struct {
	name     string
	cells    [event.NumCells]uint64 // of all rows of batches that have the column
	unlisted uint64                 // texts without a code, part of cells[Text]
	moments  sketch.Moments         // of Number and Bool cells
	distinct sketch.Distinct
	words    words
	numbers  *numbers // of columns that may be categorical; nil for others

	// The sample by slot; slots beyond the end are Absent. Values of Text cells are
	// the bits of a word's id.
	kinds  []event.Cell
	values []float64
}

func newColumn(name string, discrete bool) *column {
	c := &column{name: name}
	if discrete {
		c.numbers = newNumbers()
	}
	return c
}

// rows returns how many rows were seen in batches that have the column.
func (c *column) rows() uint64 {
	n := uint64(0)
	for _, k := range c.cells {
		n += k
	}
	return n
}

// seen returns how many rows have a value.
func (c *column) seen() uint64 {
	return c.cells[event.Number] + c.cells[event.Bool] + c.cells[event.Text]
}

// add adds the rows of a batch, and of them to the sample those picked.
func (c *column) add(col *event.Column, rows []int32, picked []pick, left *budget) {
	var cells [event.NumCells]uint64
	for _, r := range rows {
		cells[col.Cells[r]]++
	}
	for kind, n := range cells {
		c.cells[kind] += n
	}
	if cells[event.Number]+cells[event.Bool] > 0 {
		if c.moments.N == 0 {
			c.moments.Reset(firstFinite(col, rows))
		}
		c.moments.AddNums(col.Cells, col.Nums, rows)
		c.distinct.AddNums(col.Cells, col.Nums, rows)
		if c.numbers != nil {
			c.numbers.add(col, rows)
		}
	}
	if cells[event.Text] > 0 {
		c.addWords(col, rows, left)
	}
	if cells[event.Absent] == uint64(len(rows)) {
		c.skip(picked)
		return
	}
	c.grow(picked)
	for _, p := range picked {
		kind := col.Cells[p.row]
		c.kinds[p.slot] = kind
		if kind == event.Text {
			c.values[p.slot] = math.Float64frombits(uint64(c.words.id(col.Codes[p.row])))
		} else {
			c.values[p.slot] = col.Nums[p.row]
		}
	}
}

func (c *column) addWords(col *event.Column, rows []int32, left *budget) {
	c.words.follow(col.Words)
	for _, r := range rows {
		if col.Cells[r] != event.Text {
			continue
		}
		code := col.Codes[r]
		if code == event.Unlisted {
			c.unlisted++
			c.distinct.AddHash(math.Float64bits(col.Nums[r]))
		} else if c.words.add(code, left) {
			c.distinct.AddWord(col.Words[code])
		}
	}
}

// skip adds picked rows of a batch that does not have the column.
func (c *column) skip(picked []pick) {
	for _, p := range picked {
		if int(p.slot) < len(c.kinds) {
			c.kinds[p.slot] = event.Absent
		}
	}
}

// grow makes room for the picked rows.
func (c *column) grow(picked []pick) {
	n := len(c.kinds)
	for _, p := range picked {
		n = max(n, int(p.slot)+1)
	}
	c.growTo(n)
}

func (c *column) growTo(n int) {
	if old := len(c.kinds); n > old {
		c.kinds = slices.Grow(c.kinds, n-old)[:n]
		c.values = slices.Grow(c.values, n-old)[:n]
		clear(c.kinds[old:])
	}
}

// keep keeps some slots of the sample, in their order.
func (c *column) keep(slots []int32) {
	n := 0
	for i, slot := range slots {
		if int(slot) >= len(c.kinds) {
			break
		}
		c.kinds[i], c.values[i] = c.kinds[slot], c.values[slot]
		n = i + 1
	}
	c.kinds, c.values = slices.Clone(c.kinds[:n]), slices.Clone(c.values[:n]) // frees the rest
}

// firstFinite is a shift near the mean that makes sums of squares keep their
// digits, or 0.
func firstFinite(col *event.Column, rows []int32) float64 {
	for _, r := range rows {
		if cell := col.Cells[r]; cell == event.Number || cell == event.Bool {
			if x := col.Nums[r]; math.Abs(x) <= math.MaxFloat64 {
				return x
			}
		}
	}
	return 0
}
