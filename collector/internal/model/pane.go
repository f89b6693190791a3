package model

import (
	"encoding/binary"
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/sketch"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// pane is the open state of one span of event time: the bins of every column
// back to back, and the moments of the numeric ones.
type pane struct {
	rows    uint32 // events, which bounds every count
	counts  []uint32
	moments []sketch.Moments
}

// fullPane is from how many events on a pane is packed before its time: half of
// what its counts hold.
const fullPane = 1 << 31

// packedPane is a closed pane. Bins mostly hold zeros and small numbers, so
// exact is a run of varints: 2c+1 skips c zeros, 2c is one count of c.
type packedPane struct {
	exact   []byte
	inexact []byte // of each column with values: its index, then its moments
}

// Sum is what a window holds of every column of a model version.
type Sum struct {
	Counts  []uint64         // bins of all columns, back to back; see Column.Bins
	Moments []sketch.Moments // by Column.Moments
}

// paneOps implements window.Ops for the columns of one model.
type paneOps struct {
	layout *layout
	merged *Sum // scratch of Merge

	moments []byte // scratch of AppendOpen
}

var _ window.Ops[*pane, packedPane, *Sum] = (*paneOps)(nil)

func (o *paneOps) New() *pane {
	p := &pane{counts: make([]uint32, o.layout.bins), moments: make([]sketch.Moments, len(o.layout.shifts))}
	o.Reset(p)
	return p
}

func (o *paneOps) Reset(p *pane) {
	p.rows = 0
	clear(p.counts)
	resetMoments(p.moments, o.layout.shifts)
}

func resetMoments(m []sketch.Moments, shifts []float64) {
	for i := range m {
		m[i].Reset(shifts[i])
	}
}

func (o *paneOps) Pack(p *pane) packedPane {
	return packedPane{packCounts(p.counts), packMoments(p.moments)}
}

// Merge adds in 64 bits: panes of a long window may outgrow those of a short one.
func (o *paneOps) Merge(a, b packedPane) packedPane {
	if o.merged == nil {
		o.merged = o.NewSum()
	}
	clear(o.merged.Counts)
	resetMoments(o.merged.Moments, o.layout.shifts)
	for _, q := range [...]packedPane{a, b} {
		o.AddExact(o.merged, q)
		o.AddInexact(o.merged, q)
	}
	return packedPane{packCounts(o.merged.Counts), packMoments(o.merged.Moments)}
}

func packCounts[T uint32 | uint64](counts []T) []byte { return appendCounts(nil, counts) }

func appendCounts[T uint32 | uint64](b []byte, counts []T) []byte {
	zeros := uint64(0)
	for _, c := range counts {
		if c == 0 {
			zeros++
			continue
		}
		if zeros > 0 {
			b = binary.AppendUvarint(b, zeros<<1|1)
			zeros = 0
		}
		b = binary.AppendUvarint(b, uint64(c)<<1)
	}
	return b
}

func packMoments(moments []sketch.Moments) []byte { return appendAllMoments(nil, moments) }

func appendAllMoments(b []byte, moments []sketch.Moments) []byte {
	for i := range moments {
		if m := &moments[i]; m.N+m.LowN+m.HighN > 0 {
			b = appendMoments(binary.AppendUvarint(b, uint64(i)), m)
		}
	}
	return b
}

func appendMoments(b []byte, m *sketch.Moments) []byte {
	for _, n := range [...]uint64{m.N, m.LowN, m.HighN} {
		b = binary.AppendUvarint(b, n)
	}
	for _, x := range [...]float64{m.Sum, m.SumSq, m.Min, m.Max, m.Low, m.High} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

func readMoments(b []byte, m *sketch.Moments) []byte {
	for _, n := range [...]*uint64{&m.N, &m.LowN, &m.HighN} {
		v, k := binary.Uvarint(b)
		*n, b = v, b[k:]
	}
	for _, x := range [...]*float64{&m.Sum, &m.SumSq, &m.Min, &m.Max, &m.Low, &m.High} {
		*x, b = math.Float64frombits(binary.LittleEndian.Uint64(b)), b[8:]
	}
	return b
}

// each calls f with every bin of a packed pane that is not empty.
func (q packedPane) each(f func(bin int, count uint64)) {
	bin := 0
	for b := q.exact; len(b) > 0; {
		v, k := binary.Uvarint(b)
		b = b[k:]
		if v&1 == 1 {
			bin += int(v >> 1)
			continue
		}
		f(bin, v>>1)
		bin++
	}
}

func addMoments(dst []sketch.Moments, q packedPane) {
	eachMoments(q.inexact, func(i uint64, m *sketch.Moments) {
		m.Shift = dst[i].Shift
		dst[i].Add(m)
	})
}

// eachMoments calls f with the index of every column that has values, and its
// moments, whose shift is f's to set.
func eachMoments(b []byte, f func(column uint64, m *sketch.Moments)) {
	var m sketch.Moments
	for len(b) > 0 {
		i, k := binary.Uvarint(b)
		b = readMoments(b[k:], &m)
		f(i, &m)
	}
}

func (o *paneOps) NewSum() *Sum {
	s := &Sum{Counts: make([]uint64, o.layout.bins), Moments: make([]sketch.Moments, len(o.layout.shifts))}
	resetMoments(s.Moments, o.layout.shifts)
	return s
}

func (o *paneOps) CopyExact(dst, src *Sum) {
	copy(dst.Counts, src.Counts)
	resetMoments(dst.Moments, o.layout.shifts)
}

func (o *paneOps) AddExact(s *Sum, q packedPane) {
	q.each(func(bin int, c uint64) { s.Counts[bin] += c })
}

func (o *paneOps) SubExact(s *Sum, q packedPane) {
	q.each(func(bin int, c uint64) { s.Counts[bin] -= c })
}

func (o *paneOps) AddInexact(s *Sum, q packedPane) { addMoments(s.Moments, q) }

func (o *paneOps) AddOpen(s *Sum, p *pane) {
	for i, c := range p.counts {
		s.Counts[i] += uint64(c)
	}
	for i := range p.moments {
		s.Moments[i].Add(&p.moments[i])
	}
}

// distinctPanes is how finely the windows of distinct counts move. A HyperLogLog
// is 2 KiB, eight times a pane's packed bins, and cannot be taken back from a
// sum, so there are fewer: such a window covers at least 5/6 of its length.
const distinctPanes = 6

// distinctOps implements window.Ops for the distinct counts of one model.
type distinctOps struct{ columns int }

var _ window.Ops[[]sketch.Distinct, []byte, []sketch.Distinct] = distinctOps{}

func (o distinctOps) New() []sketch.Distinct    { return make([]sketch.Distinct, o.columns) }
func (o distinctOps) NewSum() []sketch.Distinct { return make([]sketch.Distinct, o.columns) }

func (o distinctOps) Reset(d []sketch.Distinct) {
	for i := range d {
		d[i].Reset()
	}
}

func (o distinctOps) Pack(d []sketch.Distinct) []byte {
	var b []byte
	for i := range d {
		b = d[i].AppendTo(b)
	}
	return b
}

func (o distinctOps) Merge(a, b []byte) []byte {
	d := o.New()
	o.AddInexact(d, a)
	o.AddInexact(d, b)
	return o.Pack(d)
}

// AddInexact adds all of a packed pane; nothing in it can be taken back.
func (o distinctOps) AddInexact(d []sketch.Distinct, p []byte) {
	var one sketch.Distinct
	for i := range d {
		one.Reset()
		rest, err := one.Decode(p)
		if err != nil {
			panic("model: packed distinct counts are damaged in memory: " + err.Error())
		}
		d[i].Merge(&one)
		p = rest
	}
}

func (o distinctOps) CopyExact(dst, _ []sketch.Distinct) { o.Reset(dst) }
func (o distinctOps) AddExact([]sketch.Distinct, []byte) {}
func (o distinctOps) SubExact([]sketch.Distinct, []byte) {}
func (o distinctOps) AddOpen(s, d []sketch.Distinct) {
	for i := range d {
		s[i].Merge(&d[i])
	}
}
