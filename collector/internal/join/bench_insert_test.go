package join_test

import (
	"bufio"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/model-exporter/model_exporter/collector/internal/join"
)

const (
	horizon   = 30 * 24 * int64(time.Hour)
	perCommit = 1_000_000
	valueSize = 17
	blockSize = 4096 // events of a batch
)

// benchPending is the predictions that are held: MODEL_EXPORTER_JOIN_PENDING, or
// as many as a run of every benchmark has time for.
func benchPending(b *testing.B) int {
	text := os.Getenv("MODEL_EXPORTER_JOIN_PENDING")
	if text == "" {
		return perCommit / 2
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// stream makes the predictions of a month in order of time, in whole
// milliseconds as logs have them: the same ones each time.
type stream struct {
	n, i  int
	value [valueSize]byte
}

const monthStart = 1_700_000_000 * second

func keyOf(i int) join.Key {
	r := rand.NewPCG(uint64(i), 1)
	return join.Key{Model: 3, ID: r.Uint64()}
}

// next returns a prediction: a score, a class, a version and segment codes.
func (s *stream) next() (k join.Key, at int64, value []byte) {
	k = keyOf(s.i)
	at = monthStart + int64(float64(s.i)/float64(s.n)*float64(horizon/int64(time.Millisecond)))*int64(time.Millisecond)
	score := float64(k.ID>>11) / (1 << 53)
	binary.LittleEndian.PutUint64(s.value[:], math.Float64bits(score))
	s.value[8] = byte(k.ID & 1)
	binary.LittleEndian.PutUint32(s.value[9:], 2)
	binary.LittleEndian.PutUint16(s.value[13:], uint16(k.ID>>8)%30)
	s.i++
	return k, at, s.value[:]
}

// fill puts n predictions with a synced commit after each million.
func fill(b *testing.B, d disk, n int) *join.Table {
	t, err := join.New(d, join.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s := stream{n: n}
	for s.i < n {
		k, at, value := s.next()
		if err := t.Put(k, at, horizon, value); err != nil {
			b.Fatal(err)
		}
		if s.i%perCommit == 0 || s.i == n {
			d.save(b, t)
		}
	}
	return t
}

// BenchmarkInsert holds durable inserts against Pebble with one read and one
// write per prediction, and against a Go map that is written out at each commit.
// Commits are synced and happen each million.
func BenchmarkInsert(b *testing.B) {
	n := benchPending(b)
	report := func(b *testing.B, bytesOnDisk int64) {
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "inserts/s")
		b.ReportMetric(float64(bytesOnDisk)/float64(n), "diskB/pending")
	}
	b.Run("by=join", func(b *testing.B) {
		var stored int64
		for b.Loop() {
			b.StopTimer()
			d := openDisk(b, b.TempDir(), vfs.Default)
			before := heap()
			b.StartTimer()
			t := fill(b, d, n)
			b.StopTimer()
			b.ReportMetric(float64(heap()-before)/float64(n), "heapB/pending")
			b.ReportMetric(float64(t.IndexBytes())/float64(n), "indexB/pending")
			runtime.KeepAlive(t)
			stored = d.close(b)
			b.StartTimer()
		}
		report(b, stored)
	})
	b.Run("by=pebble", func(b *testing.B) {
		var stored int64
		for b.Loop() {
			b.StopTimer()
			d := openDisk(b, b.TempDir(), vfs.Default)
			b.StartTimer()
			naiveFill(b, d, n, true)
			b.StopTimer()
			stored = d.close(b)
			b.StartTimer()
		}
		report(b, stored)
	})
	b.Run("by=map", func(b *testing.B) {
		var stored int64
		for b.Loop() {
			before := heap()
			held, size := mapFill(b, filepath.Join(b.TempDir(), "snapshot"), n)
			b.StopTimer()
			b.ReportMetric(float64(heap()-before)/float64(n), "heapB/pending")
			runtime.KeepAlive(held)
			stored = size
			b.StartTimer()
		}
		report(b, stored)
	})
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// close lets running compactions end and returns the size of the tables.
func (d disk) close(b *testing.B) int64 {
	if err := d.db.Flush(); err != nil {
		b.Fatal(err)
	}
	for d.db.Metrics().Compact.NumInProgress > 0 {
		runtime.Gosched()
	}
	size := d.db.Metrics().Total().TablesSize
	if err := d.db.Close(); err != nil {
		b.Fatal(err)
	}
	return size
}

// naiveKey is a prediction's key without a bucket.
func naiveKey(b []byte, k join.Key) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, k.Model), k.ID)
}

// naiveFill sets every prediction, after it looked whether that is a new one.
func naiveFill(b *testing.B, d disk, n int, look bool) {
	s := stream{n: n}
	batch := diskBatch{b, d.db.NewBatch()}
	var key, buf []byte
	fresh := 0
	for s.i < n {
		k, at, value := s.next()
		key = naiveKey(key[:0], k)
		if look {
			_, known, err := d.Get(nil, key)
			batch.must(err)
			if !known {
				fresh++
			}
		}
		buf = append(binary.LittleEndian.AppendUint64(buf[:0], uint64(at)), value...)
		batch.Set(key, buf)
		if s.i%perCommit == 0 || s.i == n {
			batch.must(batch.b.Commit(pebble.Sync))
			batch = diskBatch{b, d.db.NewBatch()}
		}
	}
	if look && fresh != n {
		b.Fatalf("%d are new, want %d", fresh, n)
	}
}

type mapped struct {
	at    int64
	value [valueSize]byte
}

// mapFill writes the whole map into a file at each commit.
func mapFill(b *testing.B, path string, n int) (held map[join.Key]mapped, size int64) {
	held = map[join.Key]mapped{}
	s := stream{n: n}
	for s.i < n {
		k, at, value := s.next()
		held[k] = mapped{at, [valueSize]byte(value)}
		if s.i%perCommit == 0 || s.i == n {
			size = writeMap(b, path, held)
		}
	}
	return held, size
}

func writeMap(b *testing.B, path string, held map[join.Key]mapped) int64 {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	var buf []byte
	for k, p := range held {
		buf = naiveKey(buf[:0], k)
		buf = append(binary.LittleEndian.AppendUint64(buf, uint64(p.at)), p.value[:]...)
		if _, err := w.Write(buf); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return int64(len(held) * (4 + 8 + 8 + valueSize))
}
