package join_test

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/join"
	"pgregory.net/rapid"
)

// TestHorizon: a prediction is held for its horizon, and for at most a twelfth
// and a second longer.
func TestHorizon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.Int64Range(0, 400*24*3600).Draw(t, "horizon")*second + rapid.Int64Range(0, 2).Draw(t, "ns")
		at := rapid.Int64Range(-1e18, 4e18).Draw(t, "at")
		table, err := join.New(newMemory(), join.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Put(join.Key{Model: 1}, at, h, nil); err != nil {
			t.Fatal(err)
		}
		if n := table.Expire(1, at); n != 0 {
			t.Errorf("dropped at its horizon")
		}
		if n := table.Expire(1, at+h/12+second); n != 1 {
			t.Errorf("held for longer than a bucket after its horizon")
		}
	})
}

// TestHostileTimes: whatever the times and horizons, a model has few buckets and
// every prediction is found.
func TestHostileTimes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := newMemory()
	table := open(t, m, nil)
	at := func(i int) int64 { return int64(uint64(i) * 0x9e3779b97f4a7c15) }
	extremes := []int64{0, -1, math.MinInt64, math.MaxInt64}
	const n = 2000
	for i := range n {
		h := r.Int64() >> r.IntN(63)
		if i < len(extremes) {
			h = extremes[i]
		}
		if err := table.Put(join.Key{Model: 1, ID: uint64(i)}, at(i), h, nil); err != nil {
			t.Fatal(err)
		}
	}
	save(table, m)
	buckets := 0
	for k := range m.data {
		if strings.HasPrefix(k, "b") {
			buckets++
		}
	}
	if buckets == 0 || buckets > join.MaxBuckets {
		t.Errorf("%d buckets are stored", buckets)
	}
	table = open(t, m, nil)
	for i := range n {
		if got, _, ok, err := table.Find(join.Key{Model: 1, ID: uint64(i)}); err != nil || !ok || got != at(i) {
			t.Fatalf("prediction %d: got %d %v %v, want %d", i, got, ok, err, at(i))
		}
	}
	if got := table.Expire(1, math.MaxInt64); got != n {
		t.Errorf("%d expired, want %d", got, n)
	}
}

// TestNearestBucket: with all buckets taken, a time goes into the one beside it.
func TestNearestBucket(t *testing.T) {
	table := open(t, newMemory(), nil)
	put := func(id uint64, at int64) {
		if err := table.Put(join.Key{Model: 1, ID: id}, at, 12*second, nil); err != nil {
			t.Fatal(err)
		}
	}
	for i := range uint64(join.MaxBuckets) {
		put(i, int64(i)*10*second)
	}
	put(100, 54*second) // 3 s after bucket 5, 6 s before bucket 6
	put(101, 57*second)
	if got := table.Expire(1, 51*second); got != 6+1 {
		t.Errorf("%d expired with bucket 5, want 7", got)
	}
	if got := table.Expire(1, 61*second); got != 1+1 {
		t.Errorf("%d expired with bucket 6, want 2", got)
	}
}

// TestCollidingIDs: ids that agree in most of their bits cost no longer searches
// than any others.
func TestCollidingIDs(t *testing.T) {
	for name, id := range map[string]func(i uint64) uint64{
		"counting":       func(i uint64) uint64 { return i },
		"high bits only": func(i uint64) uint64 { return i << 44 },
		"low bits equal": func(i uint64) uint64 { return i<<32 | 0xdeadbeef },
		"multiples":      func(i uint64) uint64 { return i * 0x9e3779b97f4a7c15 },
		"few bits":       func(i uint64) uint64 { return i&1023 | i>>10<<54 },
	} {
		t.Run(name, func(t *testing.T) {
			table := open(t, newMemory(), nil)
			for i := range uint64(1 << 18) {
				if err := table.Put(join.Key{Model: 1, ID: id(i)}, 0, 0, nil); err != nil {
					t.Fatal(err)
				}
			}
			// Linear probing at a load of 4/5 needs 2 steps on average
			// (Knuth, TAOCP 6.4), and half a step at 1/2.
			index, unsaved := table.Steps()
			if index > 2.5 || unsaved > 1 {
				t.Errorf("%.1f steps in the index, %.1f in what is unsaved", index, unsaved)
			}
		})
	}
}

func TestFull(t *testing.T) {
	table, err := join.New(newMemory(), join.Options{MaxPending: 2, MaxUnsaved: 300})
	if err != nil {
		t.Fatal(err)
	}
	put := func(k join.Key, value string) error { return table.Put(k, 0, 0, []byte(value)) }
	a, b := join.Key{Model: 1, ID: 1}, join.Key{Model: 2, ID: 1}
	if err := errors.Join(put(a, "1"), put(b, "1"), put(a, "2")); err != nil {
		t.Fatal(err)
	}
	for _, k := range []join.Key{{Model: 1, ID: 2}, {Model: 3, ID: 1}} {
		if err := put(k, "3"); !errors.Is(err, join.ErrFull) {
			t.Errorf("put %v: got %v, want ErrFull", k, err)
		}
	}
	if err := put(a, strings.Repeat("x", join.MaxValue+1)); !errors.Is(err, join.ErrTooLong) {
		t.Errorf("got %v, want ErrTooLong", err)
	}
	if _, value, ok, err := table.Find(a); err != nil || !ok || string(value) != "2" {
		t.Errorf("got %q %v %v, want what was put before", value, ok, err)
	}
	if table.Full() {
		t.Error("full with two short values")
	}
	if err := put(a, strings.Repeat("x", join.MaxValue)); err != nil || !table.Full() {
		t.Errorf("%v, full %v after a long value", err, table.Full())
	}
	table.Expire(1, second)
	if err := put(join.Key{Model: 3}, ""); err != nil {
		t.Errorf("no room after expiry: %v", err)
	}
	table.Forget(2)
	if err := put(join.Key{Model: 4}, ""); err != nil {
		t.Errorf("no room after a model was forgotten: %v", err)
	}
}

// TestFloodOfLabels: labels that nobody asked for take the memory they may, and
// give it back.
func TestFloodOfLabels(t *testing.T) {
	const bound = 32 << 20
	table, err := join.New(newMemory(), join.Options{MaxWaiting: bound})
	if err != nil {
		t.Fatal(err)
	}
	label := make([]byte, 20)
	before, kept := heap(), 0
	for i := range 1_000_000 {
		binary.LittleEndian.PutUint64(label, uint64(i))
		k := join.Key{Model: 1, ID: uint64(i)}
		if i%4 == 0 {
			k.ID = 0
		}
		if table.Wait(k, int64(i), label) {
			kept++
		}
	}
	if got := heap() - before; got > bound {
		t.Errorf("%d labels take %d bytes, more than %d", kept, got, bound)
	}
	if want := bound / (20 + join.WaiterSize); kept != want || table.WaitingLabels() != want {
		t.Errorf("%d labels kept, %d wait, want %d", kept, table.WaitingLabels(), want)
	}
	expired := 0
	table.ExpireWaiting(math.MaxInt64, func(join.Key, []byte) { expired++ })
	if expired != kept || table.WaitingLabels() != 0 {
		t.Errorf("%d expired of %d, %d wait", expired, kept, table.WaitingLabels())
	}
	if got := heap() - before; got > bound/8 {
		t.Errorf("%d bytes are kept for no label", got)
	}
	runtime.KeepAlive(table)
}

// TestIndexShrinks: a burst of predictions does not take memory after it is over.
func TestIndexShrinks(t *testing.T) {
	m := newMemory()
	table := open(t, m, nil)
	for i := range uint64(100_000) {
		if err := table.Put(join.Key{Model: 1, ID: i}, int64(i/90_000)*second, second, nil); err != nil {
			t.Fatal(err)
		}
	}
	before := table.IndexBytes()
	table.Expire(1, second)
	if got := table.IndexBytes(); got > before/8 {
		t.Errorf("the index has %d bytes for a tenth of what needed %d", got, before)
	}
	for i := range uint64(10_000) {
		if _, _, ok, err := table.Find(join.Key{Model: 1, ID: 90_000 + i}); err != nil || !ok {
			t.Fatalf("prediction %d: %v %v", 90_000+i, ok, err)
		}
	}
	table.Expire(1, 2*second)
	if got := table.IndexBytes(); got != 0 {
		t.Errorf("the index has %d bytes for nothing", got)
	}
}
