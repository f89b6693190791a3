package window

import (
	"encoding/binary"
	"math"
	"time"
)

// trailPanes is how finely a trail moves. It is a baseline, not a window: it may end
// up to a pane before the window begins, 6 hours of 7 days.
const trailPanes = 28

// Trail keeps the panes of a ring for longer than its windows do, added up to wider
// ones: what a window is compared with. It grows when panes are packed, never by the
// event. Windows that are longer than the trail are not compared with it, and an event
// that is too old for all others is not part of it.
type Trail[D, P, S any] struct {
	ring         *Ring[D, P, S]
	windows      int   // that are compared with it, the shortest
	width, count int64 // ns; panes in the range
	panes        map[int64]P

	once    bool               // there was a Save
	changed map[int64]struct{} // panes that came, changed or went since
}

// Follow makes a trail of a length follow the ring, instead of any before. It begins
// with what the longest window holds that is no longer.
func (r *Ring[D, P, S]) Follow(length time.Duration) *Trail[D, P, S] {
	windows := 1
	for windows < len(r.levels) && (r.levels[windows].count-1)*r.levels[windows].width < int64(length) {
		windows++
	}
	longest := &r.levels[windows-1]
	width := (int64(length)/trailPanes + longest.width - 1) / longest.width * longest.width
	width = max(width, longest.width)
	r.trail = &Trail[D, P, S]{
		ring: r, windows: windows, width: width, count: (int64(length) + width - 1) / width,
		panes: map[int64]P{}, changed: map[int64]struct{}{},
	}
	for _, index := range longest.sorted() {
		r.trail.add(index*longest.width, longest.panes[index])
	}
	return r.trail
}

// Unfollow ends the ring's trail.
func (r *Ring[D, P, S]) Unfollow() { r.trail = nil }

// Windows returns how many windows, the shortest ones, are compared with the trail.
func (t *Trail[D, P, S]) Windows() int { return t.windows }

// pack takes what was packed of a pane of the ring. Panes of the windows that are
// compared are within one pane of the trail, since each window's are whole ones of the
// window before.
func (t *Trail[D, P, S]) pack(level int, index int64, delta P) {
	if level < t.windows {
		t.add(index*t.ring.levels[level].width, delta)
	}
}

// add adds what was packed of the time from then on.
func (t *Trail[D, P, S]) add(from int64, delta P) {
	index := floorDiv(from, t.width)
	if index < t.oldest() {
		return
	}
	if old, ok := t.panes[index]; ok {
		delta = t.ring.ops.Merge(old, delta)
	}
	t.panes[index] = delta
	t.mark(index)
}

func (t *Trail[D, P, S]) mark(index int64) {
	if t.once {
		t.changed[index] = struct{}{}
	}
}

// oldest is the first pane that any window is compared with.
func (t *Trail[D, P, S]) oldest() int64 {
	return floorDiv(t.ring.begin(t.windows-1), t.width) - t.count
}

func (t *Trail[D, P, S]) advance() {
	oldest := t.oldest()
	for index := range t.panes {
		if index < oldest {
			delete(t.panes, index)
			t.mark(index)
		}
	}
}

// begin is when window i begins.
func (r *Ring[D, P, S]) begin(i int) int64 {
	l := &r.levels[i]
	return (floorDiv(r.end, l.width) - l.count + 1) * l.width
}

// Range is the half-open span of time that window i is compared with: as long as the
// trail, and over when the window begins or up to a pane before.
func (t *Trail[D, P, S]) Range(i int) (from, to int64) {
	end := floorDiv(t.ring.begin(i), t.width)
	return (end - t.count) * t.width, end * t.width
}

// Since returns the beginning of the oldest pane that has something; the largest time
// if none has.
func (t *Trail[D, P, S]) Since() int64 {
	since := int64(math.MaxInt64)
	for index := range t.panes {
		since = min(since, index*t.width)
	}
	return since
}

// Sum sets s to the sum over the Range of window i.
func (t *Trail[D, P, S]) Sum(i int, s S) {
	from, to := t.Range(i)
	r := t.ring
	r.ops.CopyExact(s, r.ops.NewSum())
	for index := from / t.width; index < to/t.width; index++ {
		if p, ok := t.panes[index]; ok {
			r.ops.AddExact(s, p)
			r.ops.AddInexact(s, p)
		}
	}
	for _, o := range r.open {
		if o.level >= t.windows {
			continue
		}
		if at := o.index * r.levels[o.level].width; at >= from && at < to {
			r.ops.AddOpen(s, o.pane)
		}
	}
}

// Save writes what changed since the last Save, at first everything. scratch is
// memory to work in, which is returned.
func (t *Trail[D, P, S]) Save(c Codec[D, P, S], w Writer, scratch []byte) []byte {
	if !t.once {
		for index := range t.panes {
			t.changed[index] = struct{}{}
		}
	}
	var key [trailKey]byte
	for index := range t.changed {
		binary.BigEndian.PutUint64(key[:], uint64(index)^1<<63)
		if p, ok := t.panes[index]; ok {
			scratch = c.AppendPacked(scratch[:0], p)
			w.Set(key[:], scratch)
		} else {
			w.Delete(key[:])
		}
	}
	clear(t.changed)
	t.once = true
	return scratch
}

// trailKey is an index.
const trailKey = 8

// Restore takes over one pair that Save wrote, once the ring is restored. The trail is
// new, and follows a ring like the one before.
func (t *Trail[D, P, S]) Restore(c Codec[D, P, S], key, value []byte) error {
	if len(key) != trailKey {
		return errNoPane
	}
	index := int64(binary.BigEndian.Uint64(key) ^ 1<<63)
	if _, ok := t.panes[index]; ok || index < t.oldest() || index > floorDiv(t.ring.end, t.width) {
		return errNoPane
	}
	p, err := c.DecodePacked(value)
	if err != nil {
		return err
	}
	t.panes[index], t.once = p, true
	return nil
}

// Restored ends a restoration.
func (t *Trail[D, P, S]) Restored() error {
	t.once = true
	return nil
}
