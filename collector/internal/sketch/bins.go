package sketch

import (
	"fmt"
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// MaxEdges bounds the cut points of a column: 1,024 bins are 4 KiB of counts, so
// that counts, edges and index table of a column share the first-level cache.
const MaxEdges = 1023

// Bins maps a number to its bin. Cut points e_0 < … < e_{k-1} make k+1 bins that
// are closed on the right: (-∞,e_0], (e_0,e_1], …, (e_{k-1},+∞). Bins is
// immutable and may be shared.
type Bins struct {
	n      int       // edges
	padded []float64 // the edges, then +Inf, which no value exceeds
	table  table
}

// NewBins returns the bins of 1 to MaxEdges cut points, finite and strictly
// ascending. It keeps a copy.
func NewBins(edges []float64) (*Bins, error) {
	if len(edges) < 1 || len(edges) > MaxEdges {
		return nil, fmt.Errorf("%d edges; 1 to %d are possible", len(edges), MaxEdges)
	}
	b := &Bins{n: len(edges), padded: make([]float64, len(edges)+1)}
	for i, e := range edges {
		switch {
		case math.IsNaN(e) || math.IsInf(e, 0):
			return nil, fmt.Errorf("edge %d is %v; edges are finite", i, e)
		case i > 0 && e <= edges[i-1]:
			return nil, fmt.Errorf("edge %d is %v after %v; edges ascend", i, e, edges[i-1])
		}
		b.padded[i] = e + 0 // -0 becomes 0, its equal that comes last in the order of bits
	}
	b.padded[b.n] = math.Inf(1)
	b.table = chooseTable(b.Edges())
	return b, nil
}

// Len returns the number of bins.
func (b *Bins) Len() int { return b.n + 1 }

// Edges returns the cut points. They must not be changed.
func (b *Bins) Edges() []float64 { return b.padded[:b.n:b.n] }

// Index returns the bin of x: the number of edges below x. ±Inf are in the open
// bins. NaN has no bin; what comes back for it is a valid index and no more.
func (b *Bins) Index(x float64) int {
	i := int(b.table.first[b.table.cell(x)])
	e := b.padded
	for range 2 {
		if e[i] < x {
			i++
		}
	}
	if e[i] < x {
		i = b.search(i, x)
	}
	return i
}

// search finishes in the rare cells that have more than two edges: a binary search
// whose steps do not wait for a branch that nobody can predict.
func (b *Bins) search(from int, x float64) int {
	n := b.n - from
	for n > 1 {
		half := n / 2
		from += half & -below(b.padded[from+half-1], x)
		n -= half
	}
	return from + below(b.padded[from], x)
}

// blockLen is how many values are looked at in turn by the steps of Update: they
// stay in the first-level cache.
const blockLen = 512

// Update adds the Number and Bool cells of the selected rows to counts, which has
// Len elements, and to m. It returns how many there were. ±Inf go to the open bins
// and not into m. Rows are ascending; all of them is the fast case.
func (b *Bins) Update(counts []uint32, m *Moments, cells []event.Cell, nums []float64, rows []int32) int {
	var buf [blockLen]float64
	n := 0
	low, high := b.padded[0], b.padded[b.n-1]
	for g := (gatherer{cells: cells, nums: nums, rows: rows}); ; {
		values, more := g.next(&buf)
		if len(values) > 0 {
			n += len(values)
			b.Count(counts, values)
			m.addValues(values, low, high)
		}
		if !more {
			return n
		}
	}
}

// Count adds one to the bin of each value, none of which is NaN. counts has Len
// elements.
func (b *Bins) Count(counts []uint32, values []float64) {
	if b.table.linear {
		b.countLinear(counts, values)
	} else {
		b.countBits(counts, values)
	}
}

// countLinear is Index in a loop, with table.cell written out: calls and the
// choice of the table would double the time.
func (b *Bins) countLinear(counts []uint32, values []float64) {
	first, edges := b.table.first, b.padded
	origin, scale, last := b.table.origin, b.table.scale, float64(len(first)-1)
	counts = counts[:len(edges):len(edges)]
	for _, x := range values {
		t := (x - origin) * scale
		if !(t < last) {
			t = last
		}
		if !(t > 0) {
			t = 0
		}
		i := int(first[int(t)])
		i += below(edges[i], x)
		i += below(edges[i], x)
		if edges[i] < x {
			i = b.search(i, x)
		}
		counts[i]++
	}
}

// countBits is countLinear for tables by float bits.
func (b *Bins) countBits(counts []uint32, values []float64) {
	first, edges := b.table.first, b.padded
	low, high, shift := b.table.low, b.table.high, b.table.shift&63
	counts = counts[:len(edges):len(edges)]
	for _, x := range values {
		key := min(max(order(x), low), high)
		i := int(first[(key-low)>>shift])
		i += below(edges[i], x)
		i += below(edges[i], x)
		if edges[i] < x {
			i = b.search(i, x)
		}
		counts[i]++
	}
}

// below is 1 if edge < x, and compiles without a branch.
func below(edge, x float64) int {
	n := 0
	if edge < x {
		n = 1
	}
	return n
}
