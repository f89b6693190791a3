package store

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

var benchKeys = flag.Int("keys", 1_000_000, "keys that the benchmarks of look-ups hold")

// pending returns the key of the label join: 4 bytes of a time bucket, 8 of an id.
func pending(dst []byte, bucket uint32, id uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(dst[:0], bucket), id)
}

// ids returns n ids in order, as a hash spreads them.
func ids(rng *rand.Rand, n int) []uint64 {
	all := make([]uint64, n)
	for i := range all {
		all[i] = rng.Uint64()
	}
	slices.Sort(all)
	return all
}

const perTick = 1_000_000

// BenchmarkCommit makes 1 M keys of 12 bytes with values of 24 durable, of one time
// bucket in each turn or all in the same one, and in order or not.
func BenchmarkCommit(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, tt := range []struct {
		name            string
		sorted, buckets bool
	}{{"new bucket", true, true}, {"same bucket", true, false}, {"unsorted", false, true}} {
		b.Run(tt.name, func(b *testing.B) {
			s := open(b, b.TempDir(), nil)
			batch, key, value := s.Batch(), []byte{}, make([]byte, 24)
			turn := uint32(0)
			for b.Loop() {
				b.StopTimer()
				all := ids(rng, perTick)
				if !tt.sorted {
					rng.Shuffle(perTick, func(i, j int) { all[i], all[j] = all[j], all[i] })
				}
				if tt.buckets {
					turn++
				}
				b.StartTimer()
				batch.Reset()
				for _, id := range all {
					key = pending(key, turn, id)
					binary.LittleEndian.PutUint64(value, id*0x9e3779b97f4a7c15)
					batch.Set(key, value)
				}
				if err := s.Commit(batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*perTick/b.Elapsed().Seconds(), "inserts/s")
			b.StopTimer()
			shut(b, s)
		})
	}
	b.Run("reference=map and file", func(b *testing.B) {
		type id [12]byte
		path := filepath.Join(b.TempDir(), "file")
		for b.Loop() {
			b.StopTimer()
			all := ids(rng, perTick)
			b.StartTimer()
			m := make(map[id][24]byte)
			for _, x := range all {
				var v [24]byte
				binary.LittleEndian.PutUint64(v[:], x*0x9e3779b97f4a7c15)
				m[id(pending(nil, 1, x))] = v
			}
			f, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			w := bufio.NewWriterSize(f, 1<<20)
			for k, v := range m {
				w.Write(k[:])
				w.Write(v[:])
			}
			if err := w.Flush(); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
		b.ReportMetric(float64(b.N)*perTick/b.Elapsed().Seconds(), "inserts/s")
	})
}

// BenchmarkGet looks up keys at random among -keys, in ten time buckets, and reports
// what they cost on the disk and in memory.
func BenchmarkGet(b *testing.B) {
	dir, rng := b.TempDir(), rand.New(rand.NewPCG(2, 2))
	s := open(b, dir, nil)
	batch, key, value := s.Batch(), []byte{}, make([]byte, 24)
	known := make([][]uint64, 10)
	for bucket := range known {
		known[bucket] = ids(rng, *benchKeys/len(known))
		batch.Reset()
		for _, id := range known[bucket] {
			for i := 0; i < len(value); i += 8 {
				binary.LittleEndian.PutUint64(value[i:], rng.Uint64()>>24)
			}
			batch.Set(pending(key, uint32(bucket), id), value)
		}
		if err := s.Commit(batch); err != nil {
			b.Fatal(err)
		}
	}
	shut(b, s)
	batch = nil
	debug.FreeOSMemory()
	before := resident(b)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			shut(b, open(b, dir, nil))
		}
	})
	s = open(b, dir, nil)
	defer shut(b, s)
	for _, present := range []bool{true, false} {
		b.Run(fmt.Sprintf("present=%v", present), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bucket := rng.IntN(len(known))
				id := known[bucket][rng.IntN(len(known[bucket]))]
				if !present {
					id++
				}
				var err error
				var ok bool
				key = pending(key, uint32(bucket), id)
				if value, ok, err = s.Get(value[:0], key); ok != present || err != nil {
					b.Fatal(ok, err)
				}
			}
			debug.FreeOSMemory()
			b.ReportMetric(float64(size(b, dir))/float64(*benchKeys), "disk-B/key")
			b.ReportMetric(max(0, resident(b)-before)/float64(*benchKeys), "rss-B/key")
		})
	}
	b.Run("present in order", func(b *testing.B) { // every tenth key of a bucket
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			i += 10
			bucket := i / len(known[0]) % len(known)
			key = pending(key, uint32(bucket), known[bucket][i%len(known[0])])
			var err error
			var ok bool
			if value, ok, err = s.Get(value[:0], key); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
	b.Run("reference=map", func(b *testing.B) {
		m := make(map[uint64][24]byte, len(known[0]))
		for _, id := range known[0] {
			m[id] = [24]byte{}
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := m[known[0][rng.IntN(len(known[0]))]]; !ok {
				b.Fatal("it is not there")
			}
		}
	})
}

// BenchmarkState rewrites 10 MB of model state in pieces of 1 MB, and adds 10,000
// keys, as a tick does.
func BenchmarkState(b *testing.B) {
	const pieces, piece = 10, 1 << 20
	dir, rng := b.TempDir(), rand.New(rand.NewPCG(3, 3))
	s := open(b, dir, nil)
	batch, value, key := s.Batch(), make([]byte, piece), []byte{}
	tick, most := uint32(0), int64(0)
	for b.Loop() {
		b.StopTimer()
		batch.Reset()
		for p := range pieces {
			for i := 0; i < piece; i += 8 {
				binary.LittleEndian.PutUint64(value[i:], rng.Uint64()>>40) // compresses by half
			}
			batch.Set(fmt.Append(nil, "state/", p), value)
		}
		tick++
		for _, id := range ids(rng, 10_000) {
			batch.Set(append([]byte("join/"), pending(key, tick/240, id)...), value[:24])
		}
		b.StartTimer()
		if err := s.Commit(batch); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		most = max(most, size(b, dir))
		b.StartTimer()
	}
	b.StopTimer()
	m := s.db.Metrics()
	total := m.Total()
	in, out := float64(total.TableBytesIngested), float64(total.TableBytesCompacted)
	b.ReportMetric((in+out)/in, "written/ingested")
	b.ReportMetric(float64(most)/1e6, "most-MB")
	b.ReportMetric(float64(size(b, dir))/1e6, "MB")
	shut(b, s)
	b.StartTimer()
}

// size adds up the files in dir.
func size(b *testing.B, dir string) (n int64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // removed meanwhile
		}
		if i, err := d.Info(); err == nil {
			n += i.Size()
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// resident returns the bytes of memory that this process holds.
func resident(b *testing.B) float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("memory is measured on Linux only")
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	var kb float64
	fmt.Sscan(rest, &kb)
	return kb * 1024
}
