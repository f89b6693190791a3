package window_test

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/window"
	"pgregory.net/rapid"
)

type trail = window.Trail[*floats, floats, *floats]

// TestTrailEqualsRecomputation holds what each window is compared with against a sum
// over all events, for any order of events, any steps of time and any restarts: events
// of the range, of which none is in the window and none is lost between two ranges.
func TestTrailEqualsRecomputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		windows := []time.Duration{10 * time.Minute, time.Hour, 25 * time.Hour}
		widths := []int64{10 * sec, 60 * sec, 1500 * sec}
		lateness := rapid.SampledFrom([]time.Duration{0, time.Minute, 48 * time.Hour}).Draw(t, "lateness")
		compared := map[time.Duration]int{2 * time.Hour: 2, 25 * time.Hour: 3, 72 * time.Hour: 3, 7*24*time.Hour + time.Second: 3} // windows, by length
		length := rapid.SampledFrom(slices.Sorted(maps.Keys(compared))).Draw(t, "length")
		r := newRing(lateness)
		st, trailed := store{pairs: map[string]string{}}, store{pairs: map[string]string{}}
		var events []int64
		now := int64(1_700_000_000) * sec
		r.Advance(now)
		following := rapid.Bool().Draw(t, "from the start")
		var x *trail
		if following {
			x = r.Follow(length)
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "do") {
			case 0, 1:
				now += rapid.SampledFrom([]int64{1, 60, 4000, 50_000, 200_000}).Draw(t, "advance") * sec
				r.Advance(now)
			case 2:
				st.saveRing(r)
				if x != nil {
					x.Save(floatOps{}, &trailed, nil)
				}
			case 3:
				if x == nil {
					x = r.Follow(length) // what the longest window still holds
					continue
				}
				st.saveRing(r)
				x.Save(floatOps{}, &trailed, nil)
				r = newRing(lateness)
				x = r.Follow(length)
				if err := restore(r, st.pairs); err != nil {
					t.Fatal(err)
				}
				for _, k := range slices.Sorted(maps.Keys(trailed.pairs)) {
					if err := x.Restore(floatOps{}, []byte(k), []byte(trailed.pairs[k])); err != nil {
						t.Fatal(err)
					}
				}
				if err := x.Restored(); err != nil {
					t.Fatal(err)
				}
			default:
				at := now - rapid.SampledFrom([]int64{0, 1, 30, 300, 4000, 50000, 200000}).Draw(t, "age")*sec
				slot, _ := r.Slot(at)
				if rapid.IntRange(0, 9).Draw(t, "full") == 0 {
					r.Pack(slot)
				}
				p := r.Pane(slot)
				p.n++
				p.sum++
				if slot.Level < compared[length] {
					events = append(events, at)
				}
			}
		}
		if x == nil {
			return
		}
		if x.Windows() != compared[length] {
			t.Fatalf("%d windows are compared with %s, want %d", x.Windows(), length, compared[length])
		}
		for i, w := range windows[:x.Windows()] {
			from, to := x.Range(i)
			begin, _ := span(r.End(), widths[i], int64(w)/widths[i])
			width := widths[x.Windows()-1] // whole panes of the longest window, a 28th or more
			for width*28 < int64(length) {
				width += widths[x.Windows()-1]
			}
			if to > begin || to <= begin-width || to-from < int64(length) || to-from >= int64(length)+width {
				t.Fatalf("window %s begins at %d: it is compared with [%d,%d), panes of %d", w, begin, from, to, width)
			}
			want := uint64(0)
			for _, at := range events {
				if at >= from && at < to {
					want++
				}
			}
			var got floats
			x.Sum(i, &got)
			if following && (got.n != want || got.sum != float64(want)) {
				t.Fatalf("window %s: got %+v, want %d", w, got, want)
			}
			if !following && got.n > want {
				t.Fatalf("window %s: got %+v, more than the %d there were", w, got, want)
			}
		}
	})
}

// span is what a window of so many panes covers.
func span(end, width, count int64) (from, to int64) {
	last := end / width
	return (last - count + 1) * width, (last + 1) * width
}

func (s *store) saveRing(r *ring) { r.Save(floatOps{}, s, nil) }

// TestTrailBeginsWithTheLongestWindow: a trail that follows a running ring has what
// the longest window holds, once.
func TestTrailBeginsWithTheLongestWindow(t *testing.T) {
	r := newRing(0)
	now := int64(1_700_000_000) * sec
	for range 48 {
		now += 3600 * sec
		r.Advance(now)
		slot, _ := r.Slot(now)
		r.Pane(slot).n++
	}
	x := r.Follow(7 * 24 * time.Hour)
	if since := x.Since(); since > now-24*3600*sec || since < now-32*3600*sec {
		t.Errorf("it reaches back %d h, want the longest window's 25 and its own panes' 6", (now-since)/sec/3600)
	}
	now += 25 * 3600 * sec // another window later all of it is before the window
	r.Advance(now)
	var s floats
	if x.Sum(2, &s); s.n < 19 || s.n > 26 {
		t.Errorf("%d events before the window, want those of 25 h but for the last pane's", s.n)
	}
	now += 8 * 24 * 3600 * sec
	r.Advance(now)
	if x.Sum(2, &s); s.n != 0 || x.Since() != math.MaxInt64 {
		t.Errorf("%d events are kept for ever", s.n)
	}
}

// FuzzRestoreTrail: whatever the pairs are, there is an error or a trail that works.
func FuzzRestoreTrail(f *testing.F) {
	f.Add([]byte("\x80\x00\x00\x00\x00\x01\x04\x5a"), make([]byte, 16))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		r := newRing(time.Minute)
		x := r.Follow(48 * time.Hour)
		r.Advance(1_700_000_000 * sec)
		if x.Restore(floatOps{}, key, value) != nil {
			return
		}
		var s floats
		for range 3 {
			r.Advance(r.End() + 1e5*sec)
			x.Sum(0, &s)
			x.Save(floatOps{}, &store{pairs: map[string]string{}}, nil)
		}
	})
}
