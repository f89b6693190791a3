package join_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/model-exporter/model_exporter/collector/internal/join"
)

// BenchmarkFind looks up blocks of ids one by one and together, against Pebble
// with the id as its key: ids of the whole month at random, of its last two days,
// and ids that are not held.
func BenchmarkFind(b *testing.B) {
	n := benchPending(b)
	table, err := join.New(filled(b, n), join.Options{})
	if err != nil {
		b.Fatal(err)
	}
	naive := openDisk(b, b.TempDir(), vfs.Default)
	b.Cleanup(func() { naive.close(b) })
	naiveFill(b, naive, n, false)
	for _, ids := range []struct {
		name   string
		from   int
		number int
		held   bool
	}{{"month", 0, n, true}, {"recent", n - n/15, n / 15, true}, {"absent", n, n, false}} {
		keys := make([]join.Key, blockSize)
		run := func(by string, find func() int) {
			b.Run("ids="+ids.name+"/by="+by, func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				for warm := true; warm || b.Loop(); warm = false {
					for i := range keys {
						keys[i] = keyOf(ids.from + r.IntN(ids.number))
					}
					if got := find(); (got == blockSize) != ids.held || got != 0 && !ids.held {
						b.Fatalf("%d found", got)
					}
				}
				b.ReportMetric(blockSize*float64(b.N)/b.Elapsed().Seconds(), "finds/s")
			})
		}
		run("Find", func() int { return findEach(b, table, keys) })
		run("FindAll", func() int { return findAll(b, table, keys) })
		run("pebble", func() int { return naiveFind(b, naive, keys) })
	}
}

// BenchmarkNew reads what a restart reads.
func BenchmarkNew(b *testing.B) {
	n := benchPending(b)
	d := filled(b, n)
	for b.Loop() {
		t, err := join.New(d, join.Options{})
		if err != nil || t.Pending(3) != uint64(n) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "pending/s")
}

// BenchmarkWaiting asks for labels that wait, when none do and when others do.
func BenchmarkWaiting(b *testing.B) {
	for _, n := range []int{0, 1000, 100_000} {
		b.Run("waiting="+strconv.Itoa(n), func(b *testing.B) {
			t, err := join.New(newMemory(), join.Options{})
			if err != nil {
				b.Fatal(err)
			}
			for i := range n {
				t.Wait(keyOf(-i-1), 0, []byte("1"))
			}
			i := 0
			for b.Loop() {
				t.Waiting(keyOf(i), func(int64, []byte) { b.Fatal("a label of nobody") })
				i++
			}
		})
	}
}

// BenchmarkExpire drops one of twelve buckets, and what of it is not yet saved.
func BenchmarkExpire(b *testing.B) {
	n := benchPending(b)
	var t *join.Table
	end, dropped := monthStart+2*horizon, uint64(0)
	for b.Loop() {
		if end > monthStart+horizon {
			b.StopTimer()
			t = indexed(b, n)
			end = monthStart
			b.StartTimer()
		}
		end += horizon / 12
		dropped += t.Expire(3, end)
	}
	b.ReportMetric(float64(dropped)/b.Elapsed().Seconds(), "expired/s")
}

// indexed returns a table of n predictions without a store behind it.
func indexed(b *testing.B, n int) *join.Table {
	t, err := join.New(newMemory(), join.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for s := (stream{n: n}); s.i < n; {
		k, at, value := s.next()
		if err := t.Put(k, at, horizon, value); err != nil {
			b.Fatal(err)
		}
		if t.Full() {
			t.Save(discard{})
		}
	}
	return t
}

// filled returns a store with n predictions.
func filled(b *testing.B, n int) disk {
	d := openDisk(b, b.TempDir(), vfs.Default)
	b.Cleanup(func() { d.close(b) })
	fill(b, d, n)
	return d
}

func findEach(b *testing.B, t *join.Table, keys []join.Key) (found int) {
	for _, k := range keys {
		if _, _, ok, err := t.Find(k); err != nil {
			b.Fatal(err)
		} else if ok {
			found++
		}
	}
	return found
}

func findAll(b *testing.B, t *join.Table, keys []join.Key) (found int) {
	err := t.FindAll(keys, func(_ int, _ int64, _ []byte, ok bool) error {
		if ok {
			found++
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return found
}

func naiveFind(b *testing.B, d disk, keys []join.Key) (found int) {
	var key, value []byte
	for _, k := range keys {
		key = naiveKey(key[:0], k)
		v, ok, err := d.Get(value[:0], key)
		if err != nil {
			b.Fatal(err)
		} else if ok {
			found++
		}
		value = v
	}
	return found
}
