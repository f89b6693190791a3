package snapshot

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// The native buckets of every Histogram: schema 3 divides each power of two into 8
// buckets, each 9 % wider than the one before.
const (
	nativeSchema = 3
	perOctave    = 1 << nativeSchema
	minExponent  = -20 // below 2^-20 s, about a microsecond, is the zero bucket
	maxExponent  = 24  // 2^24 s are half a year
	octaves      = maxExponent - minExponent
	firstKey     = minExponent*perOctave + 1 // Prometheus' index of the bucket above zero
)

// zeroThreshold is the upper bound of the native zero bucket.
var zeroThreshold = math.Ldexp(1, minExponent)

// octaveBounds are the upper bounds of the buckets between 0.5 and 1, as
// client_golang has them: 2^(i/8) / 2, rounded.
var octaveBounds = [perOctave]float64{
	0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
	0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
}

// nativeBound returns the upper bound of a native bucket.
func nativeBound(key int) float64 {
	return math.Ldexp(octaveBounds[key&(perOctave-1)], key>>nativeSchema+1)
}

// maxCells is the zero bucket, the native buckets, each classic bound that
// splits one of them, and what is longer than half a year.
const maxCells = 1 + octaves*perOctave + 24 + 1

// layout is how the classic and the native buckets divide the durations between
// them: the edges of both in one ascending list, so that one increment counts
// for both. Cell i holds edges[i-1] < v ≤ edges[i].
type layout struct {
	bounds  []float64 // of the classic buckets, without +Inf
	edges   []float64
	classic []int // the last cell of each classic bucket
	native  []int // the native bucket's key of each cell; cell 0 is the zero bucket
	// first is the first possible cell of a float by its exponent and its
	// leading tableBits of mantissa.
	first [octaves << tableBits]uint16
}

const (
	tableBits  = 5 // two to four edges in the worst place, one mostly
	tableShift = 52 - tableBits
)

// layouts are those of the catalogue's histograms.
var layouts = func() map[*catalog.Family]*layout {
	l := map[*catalog.Family]*layout{}
	for _, f := range catalog.Families {
		if f.Type == catalog.Histogram {
			l[f] = newLayout(f.Buckets)
		}
	}
	return l
}()

func newLayout(classic []float64) *layout {
	l := &layout{bounds: classic, edges: []float64{zeroThreshold}, native: []int{0}}
	for key := firstKey; key <= maxExponent*perOctave; key++ {
		bound := nativeBound(key)
		for len(classic) > 0 && classic[0] <= bound {
			if classic[0] < bound {
				l.edges, l.native = append(l.edges, classic[0]), append(l.native, key)
			}
			l.classic = append(l.classic, len(l.edges)-1)
			if classic[0] == bound {
				l.classic[len(l.classic)-1]++ // the native edge is appended below
			}
			classic = classic[1:]
		}
		l.edges, l.native = append(l.edges, bound), append(l.native, key)
	}
	l.edges = append(l.edges, math.Inf(1))
	l.native = append(l.native, maxExponent*perOctave+1)
	if len(classic) > 0 || len(l.edges) > maxCells {
		panic("snapshot: a histogram's buckets do not fit between 2^-20 and 2^24 s")
	}
	lowest := math.Float64bits(zeroThreshold) >> tableShift
	cell := 0
	for i := range l.first {
		from := math.Float64frombits((lowest + uint64(i)) << tableShift)
		for from > l.edges[cell] {
			cell++
		}
		l.first[i] = uint16(cell)
	}
	return l
}

// Histogram accumulates durations in seconds as the classic and the native
// histogram of a family at once. NewHistogram makes one. Its size is fixed
// (3 KiB), so no input makes it, or what is exposed, grow.
//
// Native buckets have schema 3: a quantile is off by at most 4.4 % (half a
// bucket on the logarithmic scale). Everything up to 2^-20 s is zero,
// everything above 2^24 s counts into the bucket that begins there.
type Histogram struct {
	layout *layout
	counts [maxCells]uint64
	sum    float64
}

// NewHistogram returns an empty histogram with the buckets of a family. It
// panics if that is no histogram of the catalogue.
func NewHistogram(f *catalog.Family) Histogram {
	l := layouts[f]
	if l == nil {
		panic("snapshot: " + f.Name + " is no histogram of the catalogue")
	}
	return Histogram{layout: l}
}

// Observe adds one duration. A negative, infinite or NaN value is no duration
// and is ignored. It takes a few ns: no logarithm, no search, no allocation.
func (h *Histogram) Observe(seconds float64) {
	if !(seconds >= 0 && seconds <= math.MaxFloat64) {
		return
	}
	h.counts[h.layout.cellOf(seconds)]++
	h.sum += seconds
}

// cellOf returns the cell of a finite v ≥ 0.
func (l *layout) cellOf(v float64) int {
	if v <= zeroThreshold {
		return 0
	}
	i := math.Float64bits(v)>>tableShift - uint64(1023+minExponent)<<tableBits
	if i >= uint64(len(l.first)) {
		i = uint64(len(l.first)) - 1
	}
	cell := int(l.first[i])
	for v > l.edges[cell] {
		cell++
	}
	return cell
}

// Merge adds what o has observed.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range &o.counts {
		h.counts[i] += n
	}
	h.sum += o.sum
}

// Count returns the number of durations observed.
func (h *Histogram) Count() uint64 {
	var n uint64
	for _, c := range &h.counts {
		n += c
	}
	return n
}

// Sum returns the sum of the durations observed, in seconds.
func (h *Histogram) Sum() float64 { return h.sum }

// cumulative returns the counts up to each classic bound, without +Inf.
func (h *Histogram) cumulative() []uint64 {
	out := make([]uint64, len(h.layout.bounds))
	var n uint64
	cell := 0
	for i, last := range h.layout.classic {
		for ; cell <= last; cell++ {
			n += h.counts[cell]
		}
		out[i] = n
	}
	return out
}
