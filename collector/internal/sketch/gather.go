package sketch

import (
	"encoding/binary"
	"unsafe"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// gatherer yields the numbers in the selected rows of a column, block by block.
type gatherer struct {
	cells []event.Cell
	nums  []float64
	rows  []int32
	at    int
}

// next returns the Number and Bool cells of the next rows, in buf or, where every
// row of a block has one, in the column itself.
func (g *gatherer) next(buf *[blockLen]float64) (values []float64, more bool) {
	from, to := g.at, min(g.at+blockLen, len(g.rows))
	g.at = to
	more = to < len(g.rows)
	rows := g.rows[from:to]
	if len(rows) == 0 {
		return nil, more
	}
	// Ascending rows whose ends are as far apart as there are rows leave none out.
	start := int(rows[0])
	if end := int(rows[len(rows)-1]) + 1; end-start == len(rows) {
		cells, nums := g.cells[start:end], g.nums[start:end]
		if allNumbers(cells) {
			return nums, more
		}
		n := 0
		for i, c := range cells {
			buf[n&(blockLen-1)] = nums[i]
			n += isNumber(c)
		}
		return buf[:n], more
	}
	n := 0
	for _, r := range rows {
		buf[n&(blockLen-1)] = g.nums[r]
		n += isNumber(g.cells[r])
	}
	return buf[:n], more
}

// isNumber is 1 for Number and Bool, and compiles without a branch.
func isNumber(c event.Cell) int {
	n := 0
	if c-event.Number <= event.Bool-event.Number {
		n = 1
	}
	return n
}

const eightNumbers = 0x0101010101010101 * uint64(event.Number)

// allNumbers tells whether every cell is a Number, eight at a time.
func allNumbers(cells []event.Cell) bool {
	b := unsafe.Slice((*byte)(unsafe.SliceData(cells)), len(cells))
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b) != eightNumbers {
			return false
		}
	}
	for _, c := range b {
		if event.Cell(c) != event.Number {
			return false
		}
	}
	return true
}
