package window_test

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/window"
	"pgregory.net/rapid"
)

// floats is a summary whose sums depend on the order of additions.
type floats struct {
	n   uint64
	sum float64
}

type floatOps struct{}

func (floatOps) New() *floats                   { return &floats{} }
func (floatOps) Reset(d *floats)                { *d = floats{} }
func (floatOps) Pack(d *floats) floats          { return *d }
func (floatOps) Merge(a, b floats) floats       { return floats{a.n + b.n, a.sum + b.sum} }
func (floatOps) NewSum() *floats                { return &floats{} }
func (floatOps) CopyExact(dst, s *floats)       { *dst = floats{n: s.n} }
func (floatOps) AddExact(s *floats, p floats)   { s.n += p.n }
func (floatOps) SubExact(s *floats, p floats)   { s.n -= p.n }
func (floatOps) AddInexact(s *floats, p floats) { s.sum += p.sum }
func (floatOps) AddOpen(s, d *floats)           { s.n += d.n; s.sum += d.sum }

var errFloats = errors.New("no floats")

func (floatOps) AppendOpen(b []byte, d *floats) []byte { return floatOps{}.AppendPacked(b, *d) }
func (floatOps) AppendPacked(b []byte, p floats) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, p.n), math.Float64bits(p.sum))
}
func (floatOps) AppendExact(b []byte, s *floats) []byte {
	return binary.LittleEndian.AppendUint64(b, s.n)
}

func (floatOps) DecodeOpen(b []byte, d *floats) (err error) {
	*d, err = floatOps{}.DecodePacked(b)
	return err
}

func (floatOps) DecodePacked(b []byte) (floats, error) {
	if len(b) != 16 {
		return floats{}, errFloats
	}
	return floats{binary.LittleEndian.Uint64(b), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))}, nil
}

func (floatOps) DecodeExact(b []byte, s *floats) error {
	if len(b) != 8 {
		return errFloats
	}
	s.n = binary.LittleEndian.Uint64(b)
	return nil
}

var _ window.Codec[*floats, floats, *floats] = floatOps{}

// store is what Save wrote.
type store struct {
	pairs map[string]string
	sets  int
}

func (s *store) Set(k, v []byte) { s.pairs[string(k)] = string(v); s.sets++ }
func (s *store) Delete(k []byte) { delete(s.pairs, string(k)) }

type ring = window.Ring[*floats, floats, *floats]

func newRing(lateness time.Duration) *ring {
	return window.New(floatOps{}, []time.Duration{10 * time.Minute, time.Hour, 25 * time.Hour}, window.PanesPerWindow, lateness)
}

func restore(r *ring, pairs map[string]string) error {
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		if err := r.Restore(floatOps{}, []byte(k), []byte(pairs[k])); err != nil {
			return err
		}
	}
	return r.Restored()
}

// TestRestoredGoesOnExactly: a ring that is saved and restored at any moments
// equals one that never stopped, after every later step and to the last bit.
func TestRestoredGoesOnExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lateness := rapid.SampledFrom([]time.Duration{0, time.Minute, 48 * time.Hour}).Draw(t, "lateness")
		whole, other := newRing(lateness), newRing(lateness)
		st := store{pairs: map[string]string{}}
		now := int64(1_700_000_000) * sec
		whole.Advance(now)
		other.Advance(now)
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "do") {
			case 0:
				now += rapid.SampledFrom([]int64{1, 15, 600, 4000, 100000}).Draw(t, "advance") * sec
				whole.Advance(now)
				other.Advance(now)
			case 1:
				other.Save(floatOps{}, &st, nil)
			case 2:
				other.Save(floatOps{}, &st, nil)
				other = newRing(lateness)
				if err := restore(other, st.pairs); err != nil {
					t.Fatal(err)
				}
			default:
				at := now - rapid.SampledFrom([]int64{0, 1, 30, 300, 4000, 50000, 200000}).Draw(t, "age")*sec
				full := rapid.IntRange(0, 9).Draw(t, "full") == 0
				x := rapid.Float64Range(-1, 1).Draw(t, "x")
				for _, r := range []*ring{whole, other} {
					slot, _ := r.Slot(at)
					if full {
						r.Pack(slot)
					}
					p := r.Pane(slot)
					p.n++
					p.sum += x
				}
			}
			same(t, whole, other)
		}
	})
}

func same(t *rapid.T, a, b *ring) {
	if a.End() != b.End() {
		t.Fatalf("end %d, want %d", b.End(), a.End())
	}
	var x, y floats
	for i := range 4 {
		if i == 3 {
			a.Total(&x)
			b.Total(&y)
		} else {
			a.Sum(i, &x)
			b.Sum(i, &y)
		}
		if x.n != y.n || math.Float64bits(x.sum) != math.Float64bits(y.sum) {
			t.Fatalf("window %d: %+v, want %+v", i, y, x)
		}
	}
}

// TestSaveWritesWhatChanged counts the pairs of one Save.
func TestSaveWritesWhatChanged(t *testing.T) {
	r := newRing(0)
	st := store{pairs: map[string]string{}}
	now := int64(1_700_000_000) * sec
	r.Advance(now)
	add := func() {
		slot, _ := r.Slot(now)
		r.Pane(slot).n++
	}
	for _, step := range []struct {
		name       string
		do         func()
		sets, left int
	}{
		{"at first head and total", func() {}, 2, 2},
		{"nothing", func() {}, 0, 2},
		{"a new pane and the head that lists it", add, 2, 3},
		{"the same pane", add, 1, 3},
		{"packed into three windows, with head and total", func() { now += 30 * sec; r.Advance(now) }, 5, 5},
		{"only the end moves", func() { now += 10 * sec; r.Advance(now) }, 1, 5},
		{"the shortest window forgets", func() { now += 900 * sec; r.Advance(now) }, 1, 4},
		{"all forget", func() { now += 1e6 * sec; r.Advance(now) }, 1, 2},
	} {
		st.sets = 0
		step.do()
		r.Save(floatOps{}, &st, nil)
		if st.sets != step.sets || len(st.pairs) != step.left {
			t.Errorf("%s: %d pairs written, %d in all; want %d and %d", step.name, st.sets, len(st.pairs), step.sets, step.left)
		}
	}
}

// FuzzRestore: whatever the pairs are, there is an error or a ring that works.
func FuzzRestore(f *testing.F) {
	r := newRing(time.Minute)
	st := store{pairs: map[string]string{}}
	for i := range int64(50) {
		r.Advance((1_700_000_000 + 20*i) * sec)
		slot, _ := r.Slot(r.End())
		r.Pane(slot).n++
	}
	r.Save(floatOps{}, &st, nil)
	var seed []byte
	for _, k := range slices.Sorted(maps.Keys(st.pairs)) {
		seed = append(append(seed, byte(len(k))), k...)
		seed = append(append(seed, byte(len(st.pairs[k]))), st.pairs[k]...)
	}
	f.Add(seed)
	f.Add([]byte{1, 0, 1, 0, 1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRing(time.Minute)
		take := func() (part []byte) {
			if len(b) > 0 {
				n := min(int(b[0]), len(b)-1)
				part, b = b[1:1+n], b[1+n:]
			}
			return part
		}
		for len(b) > 0 {
			if r.Restore(floatOps{}, take(), take()) != nil {
				return
			}
		}
		if r.Restored() != nil {
			return
		}
		var s floats
		for _, step := range []int64{0, 60, 1e6} {
			r.Advance(r.End() + step*sec)
			slot, _ := r.Slot(r.End())
			r.Pane(slot).n++
			for i := range 3 {
				r.Sum(i, &s)
			}
			r.Save(floatOps{}, &store{pairs: map[string]string{}}, nil)
		}
	})
}
