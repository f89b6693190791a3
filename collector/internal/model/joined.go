package model

import (
	"encoding/binary"
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// Joined is what is known, of the predictions of one pane or window, about how
// good they were: sums over all of them and over each segment value.
type Joined struct {
	All      perf.State
	Segments [][]*perf.State // by declared segment and code of the value; nil: none
	KPIs     []float64       // sums of outcomes' values
	Labels   []int64         // by bin of the baseline's label column

	used [][]bool // which of Segments were changed since they were empty
}

// segment returns the sums of a segment's value.
func (j *Joined) segment(segment, value int) *perf.State {
	values := &j.Segments[segment]
	for len(*values) <= value {
		*values = append(*values, nil)
		j.used[segment] = append(j.used[segment], false)
	}
	j.used[segment][value] = true
	if (*values)[value] == nil {
		(*values)[value] = new(perf.State)
	}
	return (*values)[value]
}

// LabelCounts returns how many labels each bin of the baseline's label column
// holds, and how many there are.
func (j *Joined) LabelCounts() (counts []uint64, n uint64) {
	counts = make([]uint64, len(j.Labels))
	for i, x := range j.Labels {
		counts[i] = uint64(max(0, x))
		n += counts[i]
	}
	return counts, n
}

func (j *Joined) reset() {
	j.All.Reset()
	for _, values := range j.Segments {
		for _, s := range values {
			if s != nil {
				s.Reset()
			}
		}
	}
	for _, used := range j.used {
		clear(used)
	}
	clear(j.KPIs)
	clear(j.Labels)
}

// each calls f with the sums of every segment value that has any. Counts do not
// tell: a correction takes away as many labels as it adds.
func (j *Joined) each(f func(segment, value int, s *perf.State)) {
	for i, values := range j.Segments {
		for k, s := range values {
			if j.used[i][k] {
				f(i, k, s)
			}
		}
	}
}

// packedJoined is a closed pane: all of it as bytes, and once more the float sums
// over all predictions, which every tick adds up anew.
type packedJoined struct {
	bytes  []byte
	floats *perf.State
	kpis   []float64
}

// joinedOps implements window.Ops for what labels tell.
type joinedOps struct {
	segments, kpis, bins int
	scratch              *Joined
}

var _ window.Ops[*Joined, packedJoined, *Joined] = (*joinedOps)(nil)

func (o *joinedOps) New() *Joined {
	return &Joined{Segments: make([][]*perf.State, o.segments), used: make([][]bool, o.segments), KPIs: make([]float64, o.kpis), Labels: make([]int64, o.bins)}
}

func (o *joinedOps) NewSum() *Joined { return o.New() }
func (o *joinedOps) Reset(j *Joined) { j.reset() }

func (o *joinedOps) Pack(j *Joined) packedJoined {
	return newPackedJoined(o.AppendOpen(nil, j), j)
}

func newPackedJoined(b []byte, j *Joined) packedJoined {
	p := packedJoined{bytes: b, floats: new(perf.State), kpis: append([]float64(nil), j.KPIs...)}
	p.floats.AddInexact(&j.All)
	return p
}

// unpack decodes a pane that this process packed, or that was checked when it was
// read back. The result is valid until the next call.
func (o *joinedOps) unpack(p packedJoined) *Joined {
	if o.scratch == nil {
		o.scratch = o.New()
	}
	o.scratch.reset()
	if err := o.DecodeOpen(p.bytes, o.scratch); err != nil {
		panic("model: a packed pane of labels is damaged in memory: " + err.Error())
	}
	return o.scratch
}

func (o *joinedOps) Merge(a, b packedJoined) packedJoined {
	sum := o.New()
	for _, p := range [...]packedJoined{a, b} {
		o.AddOpen(sum, o.unpack(p))
	}
	return o.Pack(sum)
}

func (o *joinedOps) CopyExact(dst, src *Joined) {
	dst.reset()
	addExact(dst, src, 1)
}

func (o *joinedOps) AddExact(s *Joined, p packedJoined) { addExact(s, o.unpack(p), 1) }
func (o *joinedOps) SubExact(s *Joined, p packedJoined) { addExact(s, o.unpack(p), -1) }

func addExact(dst, src *Joined, sign int64) {
	add := func(a, b *perf.State) {
		if sign > 0 {
			a.AddExact(b)
		} else {
			a.SubExact(b)
		}
	}
	add(&dst.All, &src.All)
	src.each(func(segment, value int, s *perf.State) { add(dst.segment(segment, value), s) })
	for i, n := range src.Labels {
		dst.Labels[i] += sign * n
	}
}

func (o *joinedOps) AddInexact(s *Joined, p packedJoined) {
	s.All.AddInexact(p.floats)
	for i, x := range p.kpis {
		s.KPIs[i] += x
	}
	if o.segments > 0 {
		o.unpack(p).each(func(segment, value int, state *perf.State) { s.segment(segment, value).AddInexact(state) })
	}
}

func (o *joinedOps) AddOpen(s, d *Joined) {
	s.All.Add(&d.All)
	d.each(func(segment, value int, state *perf.State) { s.segment(segment, value).Add(state) })
	for i, x := range d.KPIs {
		s.KPIs[i] += x
	}
	for i, n := range d.Labels {
		s.Labels[i] += n
	}
}

// AppendOpen encodes the sums over all predictions; how many segment values there
// are, and of each its segment, code and sums; the KPIs; and the labels' bins, as
// their number and varints.
func (o *joinedOps) AppendOpen(b []byte, j *Joined) []byte {
	b = j.All.AppendTo(b)
	n := uint64(0)
	j.each(func(int, int, *perf.State) { n++ })
	b = binary.AppendUvarint(b, n)
	j.each(func(segment, value int, s *perf.State) {
		b = binary.AppendUvarint(b, uint64(segment))
		b = binary.AppendUvarint(b, uint64(value))
		b = s.AppendTo(b)
	})
	b = appendFloats(b, j.KPIs)
	b = binary.AppendUvarint(b, uint64(len(j.Labels)))
	for _, n := range j.Labels {
		b = binary.AppendVarint(b, n)
	}
	return b
}

// DecodeOpen reads a pane into an empty one. Any bytes are a pane or an error.
func (o *joinedOps) DecodeOpen(b []byte, j *Joined) (err error) {
	if b, err = j.All.Decode(b); err != nil {
		return err
	}
	d := decoder{b: b}
	for range d.many(4) {
		segment, value := d.uvarint(), d.uvarint()
		if d.failed || segment >= uint64(o.segments) || value > math.MaxUint16 {
			return errEntry
		}
		if d.b, err = j.segment(int(segment), int(value)).Decode(d.b); err != nil {
			return err
		}
	}
	kpis := d.floats(nil)
	bins := d.many(1)
	if d.failed || len(kpis) != o.kpis || bins != o.bins {
		return errEntry
	}
	copy(j.KPIs, kpis)
	for i := range bins {
		j.Labels[i] = d.varint()
	}
	if d.failed || len(d.b) > 0 {
		return errEntry
	}
	return nil
}

func (o *joinedOps) AppendPacked(b []byte, p packedJoined) []byte { return append(b, p.bytes...) }

func (o *joinedOps) DecodePacked(b []byte) (packedJoined, error) {
	j := o.New()
	if err := o.DecodeOpen(b, j); err != nil {
		return packedJoined{}, err
	}
	return newPackedJoined(append([]byte(nil), b...), j), nil
}

func (o *joinedOps) AppendExact(b []byte, j *Joined) []byte {
	exact := o.New()
	addExact(exact, j, 1)
	return o.AppendOpen(b, exact)
}

func (o *joinedOps) DecodeExact(b []byte, j *Joined) error { return o.DecodeOpen(b, j) }

// Joined sets s to the sum over the i-th configured window; false if the version
// keeps none.
func (v *Version) Joined(i int, s *Joined) bool {
	if v.joined == nil {
		return false
	}
	v.joined.Sum(i, s)
	return true
}

// JoinedSums returns an empty sum for Joined, nil if the version keeps none.
func (v *Version) JoinedSums() *Joined {
	if v.joined == nil {
		return nil
	}
	return v.joinedOps().NewSum()
}

func (v *Version) joinedOps() *joinedOps {
	m := v.Model
	o := &joinedOps{segments: len(m.Config.Segments), kpis: len(m.Config.KPIs)}
	if m.layout != nil && m.layout.label != nil {
		o.bins = m.layout.label.Len
	}
	return o
}
