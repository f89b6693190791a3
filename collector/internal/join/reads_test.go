package join_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/join"
)

// TestReads: how often the store is asked.
func TestReads(t *testing.T) {
	m := newMemory()
	table := open(t, m, nil)
	const n = 1000
	keys := make([]join.Key, n)
	for i := range keys {
		keys[i] = join.Key{Model: 1, ID: uint64(i)}
		if err := table.Put(keys[i], int64(i)*second, 100*second, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	save(table, m)
	table = open(t, m, nil)
	count := func(f func()) int {
		before := m.gets
		f()
		return m.gets - before
	}
	update := func(i int, at int64, value []byte, ok bool) error {
		return table.Put(keys[i], at, 100*second, append([]byte("y"), value...))
	}
	if got := count(func() { table.FindAll(keys, update) }); got != n {
		t.Errorf("%d reads to find and change %d predictions", got, n)
	}
	if got := count(func() { table.FindAll(keys, update) }); got != 0 {
		t.Errorf("%d reads to change them again", got)
	}
	if got := count(func() {
		for i := range uint64(n) {
			table.Find(join.Key{Model: 1, ID: n + i})
			table.Find(join.Key{Model: 2, ID: i})
			table.Put(join.Key{Model: 3, ID: i}, 0, 0, nil)
		}
	}); got != 0 {
		t.Errorf("%d reads for ids that are not held", got)
	}
}

// TestWrites: predictions are written in the order of their keys, each once, and
// nothing is when nothing changed.
func TestWrites(t *testing.T) {
	table := open(t, newMemory(), nil)
	const n = 3000
	for i := range uint64(n) {
		model := uint32(i%3) << (i % 2 * 20)
		k := join.Key{Model: model, ID: i * 0x9e3779b97f4a7c15 >> (i % 60)}
		for range 2 {
			if err := table.Put(k, int64(i%300)*second, 1000*second, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b batch
	table.Save(&b)
	predictions := slices.DeleteFunc(b.sets, func(k string) bool { return k[0] != 'p' })
	if !slices.IsSorted(predictions) || len(slices.Compact(predictions)) != len(predictions) || len(predictions) < n/2 {
		t.Errorf("%d predictions, sorted %v", len(predictions), slices.IsSorted(predictions))
	}
	b = batch{}
	table.Save(&b)
	if len(b.ops) != 0 {
		t.Errorf("%d writes after no change", len(b.ops))
	}
}

// broken is a store that cannot be read.
type broken struct{ *memory }

var errBroken = errors.New("input/output error")

func (broken) Get(dst, _ []byte) ([]byte, bool, error) { return dst, false, errBroken }

func TestStoreError(t *testing.T) {
	m := newMemory()
	table := open(t, m, nil)
	k := join.Key{Model: 1, ID: 1}
	if err := table.Put(k, 0, 0, []byte("x")); err != nil {
		t.Fatal(err)
	}
	save(table, m)
	store := &switching{Storage: m}
	table, err := join.New(store, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store.Storage = broken{m}
	_, _, _, find := table.Find(k)
	all := table.FindAll([]join.Key{k}, func(int, int64, []byte, bool) error { return nil })
	put := table.Put(k, 0, 0, nil)
	for name, err := range map[string]error{"Find": find, "FindAll": all, "Put": put} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v, want the store's error", name, err)
		}
	}
	store.Storage = m
	if _, value, ok, err := table.Find(k); err != nil || !ok || string(value) != "x" {
		t.Errorf("after the error: got %q %v %v", value, ok, err)
	}
	if _, err := join.New(broken{m}, join.Options{}); !errors.Is(err, errBroken) {
		t.Errorf("New: got %v, want the store's error", err)
	}
}

// switching is a store that is exchanged.
type switching struct{ join.Storage }

// TestNoAllocation: nothing is allocated per event once the memory of a tick is
// there.
func TestNoAllocation(t *testing.T) {
	m := newMemory()
	table := open(t, m, nil)
	id := uint64(0)
	value := make([]byte, 17)
	tick := func() {
		for range 1000 {
			id++
			k := join.Key{Model: 1, ID: id % 5000}
			table.Waiting(k, func(int64, []byte) {})
			if err := table.Put(k, 0, 0, value); err != nil {
				t.Fatal(err)
			}
			if _, _, ok, err := table.Find(k); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
	}
	for range 10 {
		tick()
		save(table, m)
	}
	table.Wait(join.Key{Model: 9}, 0, nil)
	if n := testing.AllocsPerRun(1, func() { tick(); table.Save(discard{}) }); n > 3 {
		t.Errorf("%v allocations in a tick of 1000 predictions", n)
	}
}

// discard is a batch for nobody.
type discard struct{}

func (discard) Set(_, _ []byte)         {}
func (discard) Delete([]byte)           {}
func (discard) DeleteRange(_, _ []byte) {}
