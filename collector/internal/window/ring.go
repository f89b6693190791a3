// Package window keeps sums over trailing ranges of event time. A window is a
// ring of panes; events go to the pane of their own time, panes that no event
// is expected for any more are packed, and a window's sum is kept up to date by
// adding what comes and taking back what leaves. Longer windows reuse the panes
// of shorter ones, merged, so memory grows with the logarithm of the span.
//
// The caller need not worry about events out of order: a late event opens a
// supplement to its packed pane, which is merged into it, and an event older
// than every window is still part of the total.
package window

import (
	"slices"
	"time"
)

// PanesPerWindow is how finely a window moves when its caller has no other wish:
// a window of an hour then covers between 59 and 60 minutes.
const PanesPerWindow = 60

// minPane keeps very short windows from closing panes faster than anyone looks.
const minPane = 10 * time.Second

// maxOpen bounds the panes held unpacked. Replays of several files in turn may
// jump back and forth; beyond this many the oldest is packed early, which costs
// time and loses nothing.
const maxOpen = 32

// Ops says what a ring does with its panes. D is an open pane that events are
// added to, P a packed and immutable one, S a sum of panes. The exact part of a
// pane (integers) can be taken back from a sum; the inexact part (sums of
// floats, extremes, sketches) is added up anew from every pane held.
type Ops[D, P, S any] interface {
	New() D
	Reset(D)
	Pack(D) P
	Merge(a, b P) P // the whole of both

	NewSum() S
	CopyExact(dst, src S) // sets the exact part and clears the inexact one
	AddExact(S, P)
	SubExact(S, P)
	AddInexact(S, P)
	AddOpen(S, D) // adds the whole of D to S
}

// Ring holds the panes of several windows that end at the same time. It has
// one owner.
type Ring[D, P, S any] struct {
	ops      Ops[D, P, S]
	lateness int64 // ns after a pane's end for which it stays open
	end      int64 // ns, the windows' common end
	levels   []level[P, S]
	open     []openPane[D]
	total    S // exact part of everything that was ever packed
	free     []D
	saved    marks

	trail *Trail[D, P, S] // nil for none
}

// level is one window: panes of one width, by index (Unix ns / width).
type level[P, S any] struct {
	width int64 // ns
	count int64 // panes in the window
	panes map[int64]P
	sum   S // exact part of panes

	changed map[int64]struct{} // panes that came, changed or went since the last Save
}

// openPane belongs to the pane index of a level; level len(levels) is older
// than every window and counts in the total only.
type openPane[D any] struct {
	level int
	index int64
	pane  D

	changed bool // since the last Save
	saved   bool // at some time
}

// New returns a ring of windows, ascending and at least one, with the given
// number of panes each.
func New[D, P, S any](ops Ops[D, P, S], windows []time.Duration, panes int, lateness time.Duration) *Ring[D, P, S] {
	r := &Ring[D, P, S]{ops: ops, lateness: int64(lateness), total: ops.NewSum()}
	for _, l := range Levels(windows, panes) {
		r.levels = append(r.levels, level[P, S]{
			width: l.Width, count: l.Count, panes: map[int64]P{}, sum: ops.NewSum(),
			changed: map[int64]struct{}{},
		})
	}
	return r
}

// Level is how a window is divided: panes of Width nanoseconds, each beginning at
// a multiple of it, the last Count of which it covers.
type Level struct{ Width, Count int64 }

// Levels returns how a ring of windows divides them. Panes of a longer window are
// whole ones of a shorter one.
func Levels(windows []time.Duration, panes int) []Level {
	levels := make([]Level, len(windows))
	below := int64(1)
	for i, w := range windows {
		width := max(int64(w)/int64(panes), min(int64(minPane), int64(w)))
		width = (width + below - 1) / below * below
		levels[i] = Level{width, (int64(w) + width - 1) / width}
		below = width
	}
	return levels
}

// End returns the windows' common end in Unix nanoseconds.
func (r *Ring[D, P, S]) End() int64 { return r.end }

// Advance moves the windows' end to t (Unix ns) unless it is there or beyond:
// it packs panes whose lateness is over and drops those that no window covers.
func (r *Ring[D, P, S]) Advance(t int64) {
	if t <= r.end {
		return
	}
	r.end = t
	for i := 0; i < len(r.open); {
		o := r.open[i]
		if o.level == len(r.levels) || (o.index+1)*r.levels[o.level].width+r.lateness <= t {
			r.pack(i)
		} else {
			i++
		}
	}
	for i := range r.levels {
		l := &r.levels[i]
		for index, p := range l.panes {
			if !r.holds(i, index) {
				r.ops.SubExact(l.sum, p)
				delete(l.panes, index)
				r.saved.pane(l.changed, index)
			}
		}
	}
	if r.trail != nil {
		r.trail.advance()
	}
}

// Slot identifies the pane of a time: equal slots share a pane.
type Slot struct {
	Level int
	Index int64
}

// Slot returns the pane of time t (Unix ns). A time after the windows' end
// belongs to the last pane. Late tells that t is older than every window.
func (r *Ring[D, P, S]) Slot(t int64) (s Slot, late bool) {
	t = min(t, r.end)
	for i := range r.levels {
		if index := floorDiv(t, r.levels[i].width); r.holds(i, index) {
			return Slot{i, index}, false
		}
	}
	return Slot{len(r.levels), 0}, true
}

// Span returns the half-open range of times, up to the windows' end, that share
// slot s with t: callers use it to find runs of events without dividing.
func (r *Ring[D, P, S]) Span(s Slot) (from, to int64) {
	if s.Level == len(r.levels) {
		last := r.levels[len(r.levels)-1]
		return -1 << 63, (floorDiv(r.end, last.width) - last.count + 1) * last.width
	}
	w := r.levels[s.Level].width
	from, to = s.Index*w, (s.Index+1)*w
	if s.Level > 0 { // the level below has what is newer
		below := r.levels[s.Level-1]
		to = min(to, (floorDiv(r.end, below.width)-below.count+1)*below.width)
	}
	if s.Level == 0 && s.Index == floorDiv(r.end, w) {
		to = 1<<63 - 1
	}
	return from, to
}

// Pane returns the open pane of a slot, to add events to.
func (r *Ring[D, P, S]) Pane(s Slot) D {
	for i := len(r.open) - 1; i >= 0; i-- {
		if o := &r.open[i]; o.index == s.Index && o.level == s.Level {
			o.changed = true
			return o.pane
		}
	}
	if len(r.open) == maxOpen {
		r.pack(0)
	}
	var d D
	if n := len(r.free); n > 0 {
		d, r.free = r.free[n-1], r.free[:n-1]
	} else {
		d = r.ops.New()
	}
	r.open = append(r.open, openPane[D]{level: s.Level, index: s.Index, pane: d, changed: true})
	return d
}

// Sum sets s to the sum of window i, the i-th given to New.
func (r *Ring[D, P, S]) Sum(i int, s S) {
	l := &r.levels[i]
	r.ops.CopyExact(s, l.sum)
	for _, index := range l.sorted() { // a fixed order: float sums then repeat to the bit
		r.ops.AddInexact(s, l.panes[index])
	}
	for _, o := range r.open {
		if o.level <= i && r.holds(i, r.within(i, o)) {
			r.ops.AddOpen(s, o.pane)
		}
	}
}

// within returns the index, in window i, of the pane that holds open pane o of
// the same or a shorter window.
func (r *Ring[D, P, S]) within(i int, o openPane[D]) int64 {
	if i == o.level {
		return o.index
	}
	return floorDiv(o.index*r.levels[o.level].width, r.levels[i].width)
}

// Total sets the exact part of s to that of every event ever added.
func (r *Ring[D, P, S]) Total(s S) {
	r.ops.CopyExact(s, r.total)
	for _, o := range r.open {
		r.ops.AddOpen(s, o.pane)
	}
}

// Pack closes the open pane of a slot, if there is one: its owner's counts are
// about to overflow. Later events of the slot open a supplement.
func (r *Ring[D, P, S]) Pack(s Slot) {
	for i, o := range r.open {
		if o.index == s.Index && o.level == s.Level {
			r.pack(i)
			return
		}
	}
}

// pack closes open pane i: it joins the total, its own level, and every longer
// window that still covers it.
func (r *Ring[D, P, S]) pack(i int) {
	o := r.open[i]
	r.open = slices.Delete(r.open, i, i+1)
	if o.saved {
		r.saved.closed = append(r.saved.closed, Slot{o.level, o.index})
	}
	delta := r.ops.Pack(o.pane)
	r.ops.AddExact(r.total, delta)
	r.saved.total = true
	if r.trail != nil {
		r.trail.pack(o.level, o.index, delta)
	}
	for k := o.level; k < len(r.levels); k++ {
		l := &r.levels[k]
		index := r.within(k, o)
		if !r.holds(k, index) {
			continue
		}
		r.ops.AddExact(l.sum, delta)
		p := delta
		if old, ok := l.panes[index]; ok {
			p = r.ops.Merge(old, delta)
		}
		l.panes[index] = p
		r.saved.pane(l.changed, index)
	}
	r.ops.Reset(o.pane)
	r.free = append(r.free, o.pane)
}

// holds tells whether window i covers the pane with this index.
func (r *Ring[D, P, S]) holds(i int, index int64) bool {
	l := &r.levels[i]
	last := floorDiv(r.end, l.width)
	return index > last-l.count && index <= last
}

func (l *level[P, S]) sorted() []int64 {
	keys := make([]int64, 0, len(l.panes))
	for k := range l.panes {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
