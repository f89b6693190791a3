package join_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"pgregory.net/rapid"
)

const second = int64(time.Second)

// naive is a table that is as simple as can be.
type naive struct {
	predictions map[join.Key]kept
	labels      []waits // in order of arrival
}

type kept struct {
	at, end int64 // end of the bucket
	value   string
}

type waits struct {
	key   join.Key
	at    int64
	label string
}

func (n naive) clone() naive {
	return naive{maps.Clone(n.predictions), slices.Clone(n.labels)}
}

// endOf returns when the bucket of a time ends, by the definition in doc.go.
func endOf(at, horizon int64) int64 {
	length := int64(time.Second)
	for 12*length < horizon {
		length += second
	}
	from := at / length * length
	if from > at {
		from -= length
	}
	return from + length
}

func (n *naive) take(gone func(waits) bool) (out []waits) {
	n.labels = slices.DeleteFunc(n.labels, func(w waits) bool {
		if gone(w) {
			out = append(out, w)
			return true
		}
		return false
	})
	return out
}

func (n *naive) expire(model uint32, before int64) (dropped uint64) {
	maps.DeleteFunc(n.predictions, func(k join.Key, p kept) bool {
		gone := k.Model == model && p.end <= before
		if gone {
			dropped++
		}
		return gone
	})
	return dropped
}

func (n *naive) pending(model uint32) (count uint64) {
	for k := range n.predictions {
		if k.Model == model {
			count++
		}
	}
	return count
}

// machine does the same to a table and to a naive one. The table may die at any
// moment: what the last committed Save held is then all there is.
type machine struct {
	store     *memory
	table     *join.Table
	open      *batch // saved and not yet committed
	want      naive
	saved     naive // what open holds
	committed naive
	horizon   int64
}

const testSeed = 42

// testKeys are at the ends of the ranges, or look alike to the index.
var testKeys = append([]join.Key{
	{Model: 0, ID: 0}, {Model: 0, ID: 1 << 63}, {Model: 0, ID: 2},
	{Model: 7, ID: 0}, {Model: 7, ID: 1},
	{Model: 1<<32 - 1, ID: 0}, {Model: 1<<32 - 1, ID: 1<<64 - 1}, {Model: 1<<32 - 2, ID: 5},
}, lookalikes(0, 6)...)

// lookalikes returns n pairs of keys of a model with equal prints.
func lookalikes(model uint32, n int) (keys []join.Key) {
	first := map[uint32]join.Key{}
	for id := uint64(0); len(keys) < 2*n; id++ {
		k := join.Key{Model: model, ID: id}
		print := join.Print(testSeed, k)
		if other, ok := first[print]; ok {
			keys = append(keys, other, k)
		}
		first[print] = k
	}
	return keys
}

var (
	drawKey   = rapid.SampledFrom(testKeys)
	drawModel = rapid.SampledFrom([]uint32{0, 7, 1<<32 - 2, 1<<32 - 1, 99})
	// Ten spans of the longer horizon, and fewer buckets than there may be.
	drawTime = rapid.Map(rapid.Int64Range(-20, 20), func(s int64) int64 { return s*second/2 + s%3 })
)

func (m *machine) restart(t *rapid.T) {
	table, err := join.New(m.store, join.Options{Prefix: []byte("j\xff")})
	if err != nil {
		t.Fatal(err)
	}
	m.table = table
}

func (m *machine) Put(t *rapid.T) {
	k, at := drawKey.Draw(t, "key"), drawTime.Draw(t, "at")
	value := rapid.StringN(0, 20, 40).Draw(t, "value")
	if err := m.table.Put(k, at, m.horizon, []byte(value)); err != nil {
		t.Fatal(err)
	}
	m.want.predictions[k] = kept{at, endOf(at, m.horizon), value}
}

// Grow puts many, and then one that was found before them.
func (m *machine) Grow(t *rapid.T) {
	k := drawKey.Draw(t, "key")
	if _, _, _, err := m.table.Find(k); err != nil {
		t.Fatal(err)
	}
	at := drawTime.Draw(t, "at")
	for i := range 60 {
		other := join.Key{Model: k.Model, ID: 1<<40 + uint64(i)*uint64(1+m.horizon)}
		if err := m.table.Put(other, at, m.horizon, nil); err != nil {
			t.Fatal(err)
		}
		m.want.predictions[other] = kept{at, endOf(at, m.horizon), ""}
	}
	if err := m.table.Put(k, at, m.horizon, nil); err != nil {
		t.Fatal(err)
	}
	m.want.predictions[k] = kept{at, endOf(at, m.horizon), ""}
}

// Update replaces what was just found, as a label does.
func (m *machine) Update(t *rapid.T) {
	keys := rapid.SliceOfN(drawKey, 1, 8).Draw(t, "keys")
	err := m.table.FindAll(keys, func(i int, at int64, value []byte, ok bool) error {
		k := keys[i]
		p, held := m.want.predictions[k]
		if ok != held || ok && (at != p.at || string(value) != p.value) {
			t.Fatalf("%v: got %d %q %v, want %+v %v", k, at, value, ok, p, held)
		}
		if !ok {
			return nil
		}
		p = kept{p.at, endOf(p.at, m.horizon), p.value + "+"}
		m.want.predictions[k] = p
		return m.table.Put(k, p.at, m.horizon, []byte(p.value))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) Wait(t *rapid.T) {
	w := waits{drawKey.Draw(t, "key"), drawTime.Draw(t, "at"), rapid.StringN(0, 5, 20).Draw(t, "label")}
	if !m.table.Wait(w.key, w.at, []byte(w.label)) {
		t.Fatal("no room")
	}
	m.want.labels = append(m.want.labels, w)
}

func (m *machine) Waiting(t *rapid.T) {
	k := drawKey.Draw(t, "key")
	var got []waits
	m.table.Waiting(k, func(at int64, label []byte) { got = append(got, waits{k, at, string(label)}) })
	same(t, got, m.want.take(func(w waits) bool { return w.key == k }))
}

func (m *machine) Expire(t *rapid.T) {
	model, before := drawModel.Draw(t, "model"), drawTime.Draw(t, "before")
	got, want := m.table.Expire(model, before), m.want.expire(model, before)
	if got != want {
		t.Fatalf("expired %d, want %d", got, want)
	}
}

func (m *machine) ExpireWaiting(t *rapid.T) {
	before := drawTime.Draw(t, "before")
	got, want := map[string]int{}, map[string]int{}
	m.table.ExpireWaiting(before, func(k join.Key, label []byte) { got[fmt.Sprint(k, string(label))]++ })
	for _, w := range m.want.take(func(w waits) bool { return w.at < before }) {
		want[fmt.Sprint(w.key, w.label)]++
	}
	same(t, got, want)
}

func (m *machine) Forget(t *rapid.T) {
	model := drawModel.Draw(t, "model")
	m.table.Forget(model)
	maps.DeleteFunc(m.want.predictions, func(k join.Key, _ kept) bool { return k.Model == model })
	m.want.take(func(w waits) bool { return w.key.Model == model })
}

// Save begins a commit that may be over at once, later, or never.
func (m *machine) Save(t *rapid.T) {
	m.Commit(t)
	m.open = &batch{}
	m.table.Save(m.open)
	m.saved = m.want.clone()
}

func (m *machine) Commit(*rapid.T) {
	if m.open != nil {
		m.open.commit(m.store)
		m.committed = m.saved
		m.open = nil
	}
}

func (m *machine) Crash(t *rapid.T) {
	m.open = nil
	m.want = m.committed.clone()
	m.restart(t)
}

func (m *machine) Reconfigure(t *rapid.T) {
	m.horizon = rapid.SampledFrom([]int64{0, second, 12 * second, 12*second + 1}).Draw(t, "horizon")
}

func (m *machine) Check(t *rapid.T) {
	for _, k := range append(slices.Collect(maps.Keys(m.want.predictions)), testKeys...) {
		at, value, ok, err := m.table.Find(k)
		p, held := m.want.predictions[k]
		if err != nil || ok != held || ok && (at != p.at || string(value) != p.value) {
			t.Fatalf("find %v: got %d %q %v %v, want %+v %v", k, at, value, ok, err, p, held)
		}
		if got, want := m.table.Pending(k.Model), m.want.pending(k.Model); got != want {
			t.Fatalf("pending of %d: got %d, want %d", k.Model, got, want)
		}
	}
	if got, want := m.table.WaitingLabels(), len(m.want.labels); got != want {
		t.Fatalf("%d labels wait, want %d", got, want)
	}
}

func same(t *rapid.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmp.AllowUnexported(waits{})); d != "" {
		t.Fatalf("-want +got:\n%s", d)
	}
}

// TestTableEqualsNaive does anything in any order, with crashes that lose what
// was not committed.
func TestTableEqualsNaive(t *testing.T) {
	join.FixSeed(testSeed)
	for range 5 { // 500 runs take half a second
		rapid.Check(t, anything)
	}
}

func anything(t *rapid.T) {
	m := &machine{store: newMemory(), horizon: 12 * second, want: naive{predictions: map[join.Key]kept{}}}
	m.committed = m.want.clone()
	m.restart(t)
	actions := map[string]func(*rapid.T){
		"put": m.Put, "put again": m.Put, "grow": m.Grow, "update": m.Update, "wait": m.Wait, "waiting": m.Waiting,
		"expire": m.Expire, "expire waiting": m.ExpireWaiting, "forget": m.Forget,
		"save": m.Save, "commit": m.Commit, "crash": m.Crash, "reconfigure": m.Reconfigure,
		"": m.Check,
	}
	t.Repeat(actions)
}
