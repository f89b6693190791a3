package sketch

import "math"

// maxCells bounds the table: 8 KiB.
const maxCells = 4096

// table gives a first candidate for the bin of a value. A function that never
// decreases maps values to cells, and first holds for each cell the number of
// edges in the cells before it. All of those are below every value of the cell,
// all edges of later cells are above, so that only the cell's own edges are left
// to compare with. Which function it is matters for speed alone.
type table struct {
	first  []uint16
	linear bool
	// linear: cell = (x-origin)·scale
	origin, scale float64
	// by float bits, which is about linear in log|x|: cell = (order(x)-low)>>shift
	low, high uint64
	shift     uint
}

// cell maps ±Inf and what lies outside the table to its ends.
func (t *table) cell(x float64) int {
	if t.linear {
		c := (x - t.origin) * t.scale
		if last := float64(len(t.first) - 1); !(c < last) {
			c = last
		}
		if !(c > 0) {
			c = 0
		}
		return int(c)
	}
	return int((min(max(order(x), t.low), t.high) - t.low) >> t.shift)
}

// order maps numbers to integers of the same order.
func order(x float64) uint64 {
	b := math.Float64bits(x)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// trims are shares of the edges on each side that a table may leave to its end
// cells, because a few far edges would crowd all others into one cell.
var trims = [...]float64{1. / 64, 1. / 32, 1. / 16, 1. / 8}

// chooseTable returns the smallest table that leaves no more than two edges in a
// cell, or else the one that leaves the fewest such edges. Edges at quantiles have
// about equal numbers of values between them, so that this is also the share of
// values that take the slow path.
func chooseTable(edges []float64) table {
	best := bitsTable(edges, maxCells)
	least := best.fill(edges)
	try := func(core []float64, cells int) {
		for _, t := range [...]table{linearTable(core, cells), bitsTable(core, cells)} {
			if t.first == nil || least == 0 {
				continue
			}
			if crowded := t.fill(edges); crowded < least || crowded == 0 {
				best, least = t, crowded
			}
		}
	}
	least = max(least, 1) // a smaller table will do as well
	for cells := minCells(len(edges)); cells <= maxCells; cells *= 2 {
		try(edges, cells)
	}
	for _, trim := range trims {
		skip := int(trim * float64(len(edges)))
		try(edges[skip:len(edges)-skip], maxCells)
	}
	return best
}

// minCells is the smallest power of two that may spread so many edges.
func minCells(edges int) int {
	cells := 16
	for cells < 2*edges && cells < maxCells {
		cells *= 2
	}
	return cells
}

// linearTable returns a table without cells if the edges' distance is too large
// or too small to divide by.
func linearTable(edges []float64, cells int) table {
	lo, hi := edges[0], edges[len(edges)-1]
	scale := float64(cells) / (hi - lo)
	if !(scale > 0) || math.IsInf(scale, 0) {
		return table{}
	}
	return table{first: make([]uint16, cells), linear: true, origin: lo, scale: scale}
}

func bitsTable(edges []float64, cells int) table {
	t := table{low: order(edges[0]), high: order(edges[len(edges)-1])}
	for (t.high-t.low)>>t.shift >= uint64(cells) {
		t.shift++
	}
	t.first = make([]uint16, (t.high-t.low)>>t.shift+1)
	return t
}

// fill counts the edges before each cell. It returns how many edges lie in cells
// with more than two.
func (t *table) fill(edges []float64) (crowded int) {
	inCell := make([]int, len(t.first))
	for _, e := range edges {
		inCell[t.cell(e)]++
	}
	before := 0
	for c, n := range inCell {
		t.first[c] = uint16(before)
		before += n
		if n > 2 {
			crowded += n
		}
	}
	return crowded
}
