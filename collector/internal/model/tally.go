package model

import (
	"strconv"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Other is the name under which everything beyond a limit is counted.
const Other = "other"

// Tally counts events by a text that the data chooses: classes, error reasons,
// segment values. The first names get a count of their own, up to a limit; the
// rest share Other.
type Tally struct {
	Names  []string
	Counts []uint64

	limit int
	index map[string]int
}

func newTally(limit int) *Tally { return &Tally{limit: limit, index: map[string]int{}} }

// add counts n events under name and returns how many had to go to Other.
func (t *Tally) add(name string, n uint64) (dropped uint64) {
	i, ok := t.index[name]
	if !ok {
		if len(t.Names) >= t.limit && name != Other {
			t.add(Other, n)
			return n
		}
		i = len(t.Names)
		t.index[name] = i
		t.Names = append(t.Names, name)
		t.Counts = append(t.Counts, 0)
	}
	t.Counts[i] += n
	return 0
}

// codes counts the texts of a column by code, without a look-up per value.
type codes struct {
	n       []uint32 // by code
	touched []uint32
}

// count replaces what c held with the texts in the selected rows of col. It
// returns how many were Unlisted, which it does not count.
func (c *codes) count(col *event.Column, rows []int32) (texts, unlisted uint64) {
	for _, code := range c.touched {
		c.n[code] = 0
	}
	c.touched = c.touched[:0]
	if len(c.n) < len(col.Words) {
		c.n = append(c.n, make([]uint32, len(col.Words)-len(c.n))...)
	}
	n, cells, codes := c.n, col.Cells, col.Codes
	for _, r := range rows {
		if cells[r] != event.Text {
			continue
		}
		texts++
		code := codes[r]
		if code == event.Unlisted {
			unlisted++
			continue
		}
		if n[code] == 0 {
			c.touched = append(c.touched, code)
		}
		n[code]++
	}
	return texts, unlisted
}

// numbers counts the numbers and booleans of a column by value, for columns that
// are categories or classes. A few values are expected, so a short list does.
type numbers struct {
	values []float64
	bools  []bool
	counts []uint64
}

// maxNumbers bounds the list; values beyond it are reported one by one.
const maxNumbers = 64

// count replaces what n held with the numbers in the selected rows of col, and
// calls more for each that did not fit.
func (n *numbers) count(col *event.Column, rows []int32, more func(name string)) (total uint64) {
	n.values, n.bools, n.counts = n.values[:0], n.bools[:0], n.counts[:0]
rows:
	for _, r := range rows {
		cell := col.Cells[r]
		if cell != event.Number && cell != event.Bool {
			continue
		}
		total++
		x, b := col.Nums[r], cell == event.Bool
		for i, v := range n.values {
			if v == x && n.bools[i] == b {
				n.counts[i]++
				continue rows
			}
		}
		if len(n.values) == maxNumbers {
			more(spellCell(x, b))
			continue
		}
		n.values, n.bools, n.counts = append(n.values, x), append(n.bools, b), append(n.counts, 1)
	}
	return total
}

func spellCell(x float64, isBool bool) string {
	if isBool {
		return strconv.FormatBool(x != 0)
	}
	return event.Spell(x)
}
