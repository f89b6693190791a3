package sketch

import (
	"math"
	"math/bits"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	precision = 11 // bits of a hash that choose the register
	registers = 1 << precision
	maxRank   = 64 - precision + 1
)

// Distinct estimates the number of different values, by HyperLogLog with 2,048
// registers: each keeps the longest run of leading zeros (plus one) among the
// hashes that chose it. The relative standard error is 1.04/sqrt(2048) = 2.3 %;
// small numbers are about exact. The zero value is empty.
//
// Source: Flajolet, Fusy, Gandouet, Meunier, HyperLogLog: the analysis of a
// near-optimal cardinality estimation algorithm, AofA 2007.
type Distinct struct {
	ranks [registers]uint8 // at most maxRank
}

// Reset empties d.
func (d *Distinct) Reset() { clear(d.ranks[:]) }

// AddHash adds a value by its hash, 64 well mixed bits.
func (d *Distinct) AddHash(h uint64) {
	rank := uint8(bits.LeadingZeros64(h<<precision|1<<(precision-1)) + 1)
	if r := &d.ranks[h>>(64-precision)]; *r < rank {
		*r = rank
	}
}

// AddWord adds a text.
func (d *Distinct) AddWord(word string) { d.AddHash(event.Hash(word)) }

// AddNums adds the Number and Bool cells of the selected rows. Rows ascend.
func (d *Distinct) AddNums(cells []event.Cell, nums []float64, rows []int32) {
	var buf [blockLen]float64
	for g := (gatherer{cells: cells, nums: nums, rows: rows}); ; {
		values, more := g.next(&buf)
		for _, x := range values {
			d.AddHash(mix(math.Float64bits(x + 0))) // -0 is 0
		}
		if !more {
			return
		}
	}
}

// mix spreads the bits of a number over the whole word: the finalizer of
// splitmix64 (Stafford's variant 13).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Merge adds the values of o to d.
func (d *Distinct) Merge(o *Distinct) {
	for i, r := range o.ranks {
		d.ranks[i] = max(d.ranks[i], r)
	}
}

// Estimate returns about how many different values were added. It needs neither
// tables against bias nor another formula for small numbers.
//
//	α·m² / (m·σ(C_0/m) + Σ_{k=1..q} C_k·2^-k + m·τ(1-C_{q+1}/m)·2^-q)
//
// with m registers, q = 64 - precision, C_k registers of rank k, α = 1/(2 ln 2).
//
// Source: Ertl, New cardinality estimation algorithms for HyperLogLog sketches,
// arXiv:1702.01284, algorithm 6.
func (d *Distinct) Estimate() float64 {
	var c [maxRank + 1]float64
	for _, r := range d.ranks {
		c[r]++
	}
	const m, q = float64(registers), maxRank - 1
	if c[0] == m {
		return 0
	}
	z := m * tau(1-c[q+1]/m)
	for k := q; k >= 1; k-- {
		z = (z + c[k]) / 2
	}
	z += m * sigma(c[0]/m)
	return m * m / (2 * math.Ln2 * z)
}

// sigma returns x + Σ_{k≥1} x^(2^k)·2^(k-1), +Inf for 1.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	sum := x
	for y := 1.0; ; y *= 2 {
		x *= x
		before := sum
		sum += x * y
		if sum == before {
			return sum
		}
	}
}

// tau returns (1 - x - Σ_{k≥1} (1-x^(2^-k))²·2^-k) / 3.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	sum := 1 - x
	for y := 0.5; ; y /= 2 {
		x = math.Sqrt(x)
		before := sum
		sum -= (1 - x) * (1 - x) * y
		if sum == before {
			return sum / 3
		}
	}
}

// AddRanks adds values whose hashes were counted elsewhere: for each register the
// longest run of leading zeros, plus one. What is out of range is left out.
func (d *Distinct) AddRanks(ranks []event.Rank) {
	for _, r := range ranks {
		if r.Register < registers && r.Rank <= maxRank {
			d.ranks[r.Register] = max(d.ranks[r.Register], r.Rank)
		}
	}
}
