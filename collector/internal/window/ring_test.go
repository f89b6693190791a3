package window_test

import (
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/window"
	"pgregory.net/rapid"
)

// tally is the simplest summary: an exact count and a maximum that cannot be
// taken back.
type tally struct {
	n   int
	max int64
}

type ops struct{}

func (ops) New() *tally            { return &tally{} }
func (ops) Reset(d *tally)         { *d = tally{} }
func (ops) Pack(d *tally) tally    { return *d }
func (ops) Merge(a, b tally) tally { return tally{a.n + b.n, max(a.max, b.max)} }
func (ops) NewSum() *tally         { return &tally{} }
func (ops) CopyExact(dst, src *tally) {
	*dst = tally{n: src.n}
}
func (ops) AddExact(s *tally, p tally)   { s.n += p.n }
func (ops) SubExact(s *tally, p tally)   { s.n -= p.n }
func (ops) AddInexact(s *tally, p tally) { s.max = max(s.max, p.max) }
func (ops) AddOpen(s, d *tally)          { s.n += d.n; s.max = max(s.max, d.max) }

var _ window.Ops[*tally, tally, *tally] = ops{}

const sec = int64(time.Second)

// TestRingEqualsRecomputation holds every window against a sum over all events
// whose pane it covers, for any order of events and any steps of time.
func TestRingEqualsRecomputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		windows := []time.Duration{10 * time.Minute, time.Hour, 25 * time.Hour}
		widths := []int64{10 * sec, 60 * sec, 1500 * sec}
		counts := []int64{60, 60, 60}
		// Panes may stay open for longer than windows are.
		lateness := rapid.SampledFrom([]time.Duration{0, time.Minute, 48 * time.Hour}).Draw(t, "lateness")
		r := window.New(ops{}, windows, window.PanesPerWindow, lateness)
		type seen struct{ at, level int64 }
		var events []seen
		now := int64(1_700_000_000) * sec
		r.Advance(now)
		holds := func(i int, at int64) bool {
			last := r.End() / widths[i]
			index := at / widths[i]
			return index > last-counts[i] && index <= last
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "do") {
			case 0:
				now += rapid.Int64Range(0, 3*3600).Draw(t, "advance") * sec
				r.Advance(now)
			default:
				at := now - rapid.SampledFrom([]int64{0, 1, 30, 300, 4000, 50000, 200000}).Draw(t, "age")*sec
				slot, late := r.Slot(at)
				level := int64(len(windows))
				for i := range windows {
					if holds(i, at) {
						level = int64(i)
						break
					}
				}
				if late != (level == int64(len(windows))) || int64(slot.Level) != level {
					t.Fatalf("Slot(now-%ds) = %+v, late %v; want level %d", (now-at)/sec, slot, late, level)
				}
				if from, to := r.Span(slot); at < from || at >= to {
					t.Fatalf("Span(%+v) = [%d,%d) lacks %d", slot, from, to, at)
				}
				if rapid.IntRange(0, 9).Draw(t, "full") == 0 {
					r.Pack(slot)
				}
				p := r.Pane(slot)
				p.n++
				p.max = max(p.max, at)
				events = append(events, seen{at, level})
			}
		}
		var sum tally
		for i := range windows {
			r.Sum(i, &sum)
			var want tally
			for _, e := range events {
				// an event that came in at a coarser level stays there
				if e.level <= int64(i) && holds(i, e.at) {
					want.n++
					want.max = max(want.max, e.at)
				}
			}
			if sum != want {
				t.Fatalf("window %s: got %+v, want %+v", windows[i], sum, want)
			}
		}
		r.Total(&sum)
		if sum.n != len(events) {
			t.Fatalf("total: got %d, want %d", sum.n, len(events))
		}
	})
}

func TestPaneWidths(t *testing.T) {
	r := window.New(ops{}, []time.Duration{time.Minute, 100 * time.Minute}, window.PanesPerWindow, 0)
	r.Advance(1_000_000 * sec)
	for i := range 2 {
		s, late := r.Slot(r.End())
		if late || s.Level != 0 {
			t.Fatalf("step %d: the end is in slot %+v, late %v", i, s, late)
		}
	}
	if s, _ := r.Slot(r.End() - 90*sec); s.Level != 1 {
		t.Errorf("90 s ago is at level %d, want the longer window", s.Level)
	}
	if _, late := r.Slot(r.End() - 7000*sec); !late {
		t.Error("older than the longest window, but not late")
	}
}

// TestSilentWindowEmpties: an idle stream's windows empty as time goes on.
func TestSilentWindowEmpties(t *testing.T) {
	r := window.New(ops{}, []time.Duration{time.Hour}, window.PanesPerWindow, time.Minute)
	start := int64(1_700_000_000) * sec
	r.Advance(start)
	s, _ := r.Slot(start)
	r.Pane(s).n = 7
	var sum tally
	for _, step := range []struct {
		after int64
		want  int
	}{{0, 7}, {1800, 7}, {3540, 7}, {3661, 0}} {
		r.Advance(start + step.after*sec)
		if r.Sum(0, &sum); sum.n != step.want {
			t.Errorf("after %d s: %d events in the window, want %d", step.after, sum.n, step.want)
		}
	}
	if r.Total(&sum); sum.n != 7 {
		t.Errorf("total %d, want 7", sum.n)
	}
}
