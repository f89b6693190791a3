package quality_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/quality"
	"pgregory.net/rapid"
)

type store map[string]string

func (s store) Set(k, v []byte) { s[string(k)] = string(v) }
func (s store) DeleteRange(from, to []byte) {
	maps.DeleteFunc(s, func(k, _ string) bool { return k >= string(from) && k < string(to) })
}

func restored(t testing.TB, s store) *quality.Duplicates {
	t.Helper()
	d := new(quality.Duplicates)
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if err := d.Restore([]byte(k), []byte(s[k])); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// TestDuplicatesGoOnExactly: saved and restored at any moments, also when more
// ids went by than are remembered, every answer is that of one that never stopped.
func TestDuplicatesGoOnExactly(t *testing.T) {
	for _, steps := range [][]int{
		{10, 1000, 512, 513, 1},
		{quality.RememberedIDs + 1, 1, 5000},
		{quality.RememberedIDs, 1, 1, 1024},
		{3 * quality.RememberedIDs, 7, quality.RememberedIDs + 600, 2*quality.RememberedIDs + 3, 100, 4 * quality.RememberedIDs},
	} {
		rnd := rand.New(rand.NewPCG(1, 1))
		var whole, saving quality.Duplicates
		st, other := store{}, restored(t, store{})
		for i, n := range steps {
			for range n {
				id := rnd.Uint64N(3 * quality.RememberedIDs)
				want := whole.Seen(id)
				if saving.Seen(id) != want || other.Seen(id) != want {
					t.Fatalf("steps %v, step %d: Seen(%d) is not %v", steps, i, id, want)
				}
			}
			saving.Save(st, nil)
			other = restored(t, st)
			if i%2 == 1 {
				saving = *restored(t, st)
			}
		}
	}
}

func TestDuplicatesSaveOnlyWhatCame(t *testing.T) {
	var d quality.Duplicates
	for i := range uint64(10_000) {
		d.Seen(i + 1)
	}
	d.Save(store{}, nil)
	st := store{}
	d.Save(st, nil)
	if len(st) != 0 {
		t.Errorf("nothing came, %d blocks written", len(st))
	}
	for i := range uint64(600) {
		d.Seen(i + 20_000)
	}
	d.Save(st, nil)
	if len(st) != 2 {
		t.Errorf("600 ids came, %d blocks written, want 2", len(st))
	}
	d.Unsave()
	d.Save(st, nil)
	if got := restored(t, st); !got.Seen(1) || !got.Seen(20_599) || got.Seen(30_000) {
		t.Error("after Unsave not everything is saved")
	}
}

func FuzzRestoreDuplicates(f *testing.F) {
	f.Add([]byte{0, 0, 0, 2, 0, 0, 0, 0}, []byte("12345678abcdefgh"), []byte{0, 0, 0, 2, 0, 0, 0, 1}, []byte("12345678"))
	f.Fuzz(func(_ *testing.T, k1, v1, k2, v2 []byte) {
		var d quality.Duplicates
		if d.Restore(k1, v1) == nil && d.Restore(k2, v2) == nil {
			d.Seen(1)
			d.Save(store{}, nil)
		}
	})
}

func TestSentinelsGoOnExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, other := quality.NewSentinels(0, 10), quality.NewSentinels(0, 10)
		for range rapid.IntRange(0, 100).Draw(t, "n") {
			x := rapid.SampledFrom([]float64{-1, -999, 9999, 30, -30, 40, 99999, 5}).Draw(t, "x")
			if got, want := other.Add(x), whole.Add(x); got != want {
				t.Fatalf("Add(%v) = %d, want %d", x, got, want)
			}
			if rapid.IntRange(0, 5).Draw(t, "restart") == 0 {
				b := other.AppendTo([]byte("x"))
				other = quality.NewSentinels(0, 10)
				rest, err := other.Decode(append(b[1:], "rest"...))
				if err != nil || string(rest) != "rest" {
					t.Fatalf("rest %q, %v", rest, err)
				}
			}
		}
		if !slices.Equal(other.Found(), whole.Found()) {
			t.Fatalf("found %v, want %v", other.Found(), whole.Found())
		}
	})
}

func FuzzDecodeSentinels(f *testing.F) {
	s := quality.NewSentinels(0, 10)
	for range 12 {
		s.Add(-999)
		s.Add(-1)
	}
	f.Add(s.AppendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := quality.NewSentinels(0, 10)
		rest, err := s.Decode(b)
		if err != nil {
			return
		}
		again := quality.NewSentinels(0, 10)
		if _, err := again.Decode(s.AppendTo(nil)); err != nil || len(rest) > len(b) {
			t.Fatalf("what was decoded does not decode again: %v", err)
		}
	})
}
