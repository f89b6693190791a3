package baseline_test

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

type store map[string]string

func (s store) Set(k, v []byte) { s[string(k)] = string(v) }
func (s store) DeleteRange(from, to []byte) {
	maps.DeleteFunc(s, func(k, _ string) bool { return k >= string(from) && k < string(to) })
}

func restored(t failer, o baseline.Options, s store) *baseline.Builder {
	t.Helper()
	b := baseline.NewBuilder(o)
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if err := b.Restore([]byte(k), []byte(s[k])); err != nil {
			t.Fatalf("key %x: %v", k, err)
		}
	}
	if err := b.Restored(); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRestoredBuilderGoesOnExactly: a builder that is saved and restored at any
// moments builds the file of one that never stopped, to the bit.
func TestRestoredBuilderGoesOnExactly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		o := baseline.Options{SampleRows: rapid.SampledFrom([]int{20_000, 1500, 50}).Draw(rt, "sample")}
		whole, other := baseline.NewBuilder(o), baseline.NewBuilder(o)
		var a, b batcher
		st := store{}
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			rows := randomRows(r, rapid.SampledFrom([]int{1, 30, 700}).Draw(rt, "rows"))
			if rapid.Bool().Draw(rt, "new column") {
				rows[0].features[fmt.Sprint("x", r.IntN(5))] = 1
			}
			batch := a.batch(rows)
			whole.Add(batch, all(batch))
			batch = b.batch(rows)
			other.Add(batch, all(batch))
			switch rapid.IntRange(0, 2).Draw(rt, "then") {
			case 0:
				other.Save(st, nil)
			case 1:
				other.Save(st, nil)
				other, b = restored(rt, o, st), batcher{}
			}
		}
		sameFiles(rt, whole, other)
	})
}

func sameFiles(t failer, a, b *baseline.Builder) {
	t.Helper()
	want, err := a.Build()
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	got.Created = want.Created
	if got.Digest() != want.Digest() {
		t.Fatalf("-got +want\n%s", cmp.Diff(got, want, cmpopts.EquateNaNs()))
	}
}

// TestRestoredBuilderWhoseSampleShrank: with many columns fewer rows are kept, and
// what was stored of the others is deleted.
func TestRestoredBuilderWhoseSampleShrank(t *testing.T) {
	var o baseline.Options
	whole, other := baseline.NewBuilder(o), baseline.NewBuilder(o)
	var a, b batcher
	st := store{}
	for _, step := range []struct{ rows, columns int }{{9000, 1}, {2, 2500}, {500, 1}} {
		rows := make([]row, step.rows)
		for i := range rows {
			rows[i] = row{at: time.Unix(int64(i), 0), features: map[string]any{"x": i}}
			for k := range step.columns - 1 {
				rows[i].features[fmt.Sprint("c", k)] = float64(i + k)
			}
		}
		batch := a.batch(rows)
		whole.Add(batch, all(batch))
		batch = b.batch(rows)
		other.Add(batch, all(batch))
		other.Save(st, nil)
		other, b = restored(t, o, st), batcher{}
	}
	if len(st) > 2600 {
		t.Errorf("%d pairs are left", len(st))
	}
	sameFiles(t, whole, other)
}

func TestBuilderSavesWhatChanged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var m batcher
	b := baseline.NewBuilder(baseline.Options{})
	for range 5 {
		batch := m.batch(randomRows(r, 1000))
		b.Add(batch, all(batch))
	}
	b.Save(store{}, nil)
	st := store{}
	if b.Save(st, nil); len(st) != 1 {
		t.Errorf("nothing came, %d pairs written; want the head only", len(st))
	}
	batch := m.batch(randomRows(r, 10))
	b.Add(batch, all(batch))
	st = store{}
	if b.Save(st, nil); len(st) != 1+4+3+1+1 {
		t.Errorf("10 rows came, %d pairs written; want the head, 7 columns, the labels and a block of the sample", len(st))
	}
}

// FuzzRestoreBuilder: whatever a pair of a stored builder is, there is an error or
// a builder that builds.
func FuzzRestoreBuilder(f *testing.F) {
	var m batcher
	o := baseline.Options{SampleRows: 100}
	whole := baseline.NewBuilder(o)
	batch := m.batch(randomRows(rand.New(rand.NewPCG(1, 1)), 120))
	whole.Add(batch, all(batch))
	st := store{}
	whole.Save(st, nil)
	keys := slices.Sorted(maps.Keys(st))
	for i, k := range keys {
		f.Add(uint8(i), []byte(k), []byte(st[k]))
	}
	f.Fuzz(func(t *testing.T, i uint8, key, value []byte) {
		b := baseline.NewBuilder(o)
		for j, k := range keys {
			v := []byte(st[k])
			if j == int(i)%len(keys) {
				k, v = string(key), value
			}
			if b.Restore([]byte(k), v) != nil {
				return
			}
		}
		if b.Restored() != nil {
			return
		}
		var m batcher
		batch := m.batch(randomRows(rand.New(rand.NewPCG(2, 2)), 10))
		b.Add(batch, all(batch))
		_, _ = b.Build()
		b.Save(store{}, nil)
	})
}

// TestDigest: a file and what is read of it have one digest, and every change
// another.
func TestDigest(t *testing.T) {
	f := build(t, baseline.Options{}, randomRows(rand.New(rand.NewPCG(1, 1)), 500))
	want := f.Digest()
	again, err := baseline.Read(bytes.NewReader(roundTrip(t, f)))
	if err != nil || again.Digest() != want {
		t.Errorf("read again: error %v, digest %s, want %s", err, again.Digest(), want)
	}
	f.Model = "\xff\xfe"
	var file bytes.Buffer
	if err := f.Write(&file); err != nil {
		t.Fatal(err)
	}
	if again, err = baseline.Read(&file); err != nil || again.Digest() != f.Digest() {
		t.Errorf("a name that is no text: error %v, another digest", err)
	}
	f.Model = ""
	seen := map[string]bool{want: true}
	for i, change := range []func(){
		func() { f.Rows++ },
		func() { f.Learned = true },
		func() { f.To = f.To.Add(1) },
		func() { f.Tool = "x" },
		func() { f.Features[0].Name += "x" },
		func() { f.Features[1].Counts[1]++ },
		func() { f.Features[2].Edges[0] = math.Nextafter(f.Features[2].Edges[0], -1e9) },
		func() { f.Features = f.Features[:3] },
		func() { f.Outputs[0].Low = 7 },
	} {
		change()
		if d := f.Digest(); seen[d] {
			t.Errorf("change %d: the digest is that of another file", i)
		} else {
			seen[d] = true
		}
	}
}
