package join_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
	"github.com/model-exporter/model_exporter/collector/internal/join"
)

// disk is a store in Pebble.
type disk struct{ db *pebble.DB }

func openDisk(tb testing.TB, dir string, fs vfs.FS) disk {
	o := &pebble.Options{
		FS:                 fs,
		Logger:             quiet{},
		FormatMajorVersion: pebble.FormatNewest,
		MemTableSize:       16 << 20,
		Cache:              pebble.NewCache(64 << 20),
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	defer o.Cache.Unref()
	db, err := pebble.Open(dir, o)
	if err != nil {
		tb.Fatal(err)
	}
	return disk{db}
}

type quiet struct{ pebble.Logger }

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}

func (d disk) Get(dst, key []byte) ([]byte, bool, error) {
	value, closer, err := d.db.Get(key)
	if err == pebble.ErrNotFound {
		return dst, false, nil
	}
	if err != nil {
		return dst, false, err
	}
	dst = append(dst, value...)
	return dst, true, closer.Close()
}

func (d disk) Scan(prefix []byte, f func(key, value []byte) error) error {
	end := append([]byte(nil), prefix...)
	end[len(end)-1]++
	it, err := d.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: end})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		if err := f(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	return it.Error()
}

// diskBatch is a batch of Pebble.
type diskBatch struct {
	tb testing.TB
	b  *pebble.Batch
}

func (b diskBatch) must(err error) {
	if err != nil {
		b.tb.Fatal(err)
	}
}

func (b diskBatch) Set(key, value []byte)       { b.must(b.b.Set(key, value, nil)) }
func (b diskBatch) Delete(key []byte)           { b.must(b.b.Delete(key, nil)) }
func (b diskBatch) DeleteRange(from, to []byte) { b.must(b.b.DeleteRange(from, to, nil)) }

// save commits everything in t, synced.
func (d disk) save(tb testing.TB, t *join.Table) {
	b := diskBatch{tb, d.db.NewBatch()}
	t.Save(b)
	b.must(b.b.Commit(pebble.Sync))
	b.must(b.b.Close())
}

// TestPebbleEqualsMemory: what a table saves, Pebble holds as the store of the
// other tests does, deletions of ranges and their order within a batch included.
func TestPebbleEqualsMemory(t *testing.T) {
	d, m := openDisk(t, "", vfs.NewMem()), newMemory()
	defer d.db.Close()
	onDisk, err := join.New(d, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inMemory := open(t, m, nil)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 3000 {
		k := join.Key{Model: r.Uint32N(2) * (1<<32 - 1), ID: r.Uint64N(50)}
		at, do := r.Int64N(20)*second, r.IntN(100)
		for _, table := range []*join.Table{onDisk, inMemory} {
			switch {
			case do < 80:
				if err := table.Put(k, at, second, []byte{byte(i)}); err != nil {
					t.Fatal(err)
				}
			case do < 85:
				table.Wait(k, at, []byte{byte(i)})
			case do < 90:
				table.Waiting(k, func(int64, []byte) {})
			case do < 95:
				table.Expire(k.Model, at)
			case do < 96:
				table.Forget(k.Model)
			}
		}
		if do >= 96 {
			d.save(t, onDisk)
			save(inMemory, m)
			if diff := cmp.Diff(m.data, d.all(t)); diff != "" {
				t.Fatalf("step %d: -memory +Pebble:\n%s", i, diff)
			}
		}
	}
	if len(m.data) < 10 {
		t.Error("hardly anything was stored")
	}
}

// all returns every key and value.
func (d disk) all(tb testing.TB) map[string]string {
	data := map[string]string{}
	for _, prefix := range []string{"v", "b", "p", "w"} {
		err := d.Scan([]byte(prefix), func(key, value []byte) error {
			data[string(key)] = string(value)
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return data
}

var (
	_ join.Storage = disk{}
	_ join.Batch   = diskBatch{}
)
