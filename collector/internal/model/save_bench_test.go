package model

import (
	"bytes"
	"cmp"
	"encoding/gob"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// batchWriter copies what it gets into one batch, as a store does.
type batchWriter struct{ b []byte }

func (w *batchWriter) Set(k, v []byte)         { w.b = append(append(w.b, k...), v...) }
func (w *batchWriter) Delete(k []byte)         { w.b = append(w.b, k...) }
func (w *batchWriter) DeleteRange(a, z []byte) { w.b = append(append(w.b, a...), z...) }

// wide is the shape of a benchmark: 10,000 features in all.
type wide struct{ models, features int }

const (
	wideRows    = 50 // per model and minute
	wideMinutes = 70 // the first window has all its panes
)

func (w wide) set(b testing.TB) *Set {
	c := config.ForTail([]string{"x"})
	c.Global.Time = config.EventTime
	c.Global.Windows = []time.Duration{time.Hour, 24 * time.Hour}
	c.Global.Limits.Features, c.Global.Limits.Models = 20_000, 1000
	files, f := map[string]*baseline.File{}, w.baseline()
	for i := range w.models {
		name := fmt.Sprint("model", i)
		c.Models = append(c.Models, config.Model{Name: name})
		files[name] = f
	}
	s, err := NewSet(c, files, []string{"s"})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// baseline has features that are uniform in 0..256.
func (w wide) baseline() *baseline.File {
	f := &baseline.File{Version: baseline.FormatVersion, Rows: 256_000, SampledRows: 256_000}
	for i := range w.features {
		c := baseline.Column{Name: fmt.Sprint("feature", i), Kind: catalog.Numeric, Rows: f.Rows, Mean: 128, Stddev: 74, Max: 256, Low: .5, High: 255.5}
		for k := range 256 {
			c.Counts = append(c.Counts, 1000)
			if k > 0 {
				c.Edges = append(c.Edges, float64(k))
			}
			if k%25 == 24 {
				c.Decision = append(c.Decision, k)
			}
		}
		f.Features = append(f.Features, c)
	}
	return f
}

// apply adds a minute of events for every model.
func (w wide) apply(s *Set, b *event.Batch, r *rand.Rand, minute int) {
	at := noon.Add(time.Duration(minute) * time.Minute)
	b.Reset()
	b.Resize(wideRows)
	b.Arrival = at.UnixNano()
	for len(b.Features) < w.features {
		b.AddColumn(&b.Features, fmt.Sprint("feature", len(b.Features)))
	}
	for i := range b.Features {
		c := &b.Features[i]
		for row := range wideRows {
			c.Cells[row], c.Nums[row] = event.Number, 256*r.Float64()
		}
	}
	if b.Model.Words == nil {
		for i := range w.models {
			b.Model.Words = append(b.Model.Words, fmt.Sprint("model", i))
		}
	}
	for row := range wideRows {
		b.AppendID(fmt.Appendf(nil, "%d-%d", minute, row))
		b.Times[row] = at.UnixNano()
	}
	for i := range w.models {
		for row := range wideRows {
			b.Model.Cells[row], b.Model.Codes[row] = event.Text, uint32(i)
		}
		s.Apply(0, b, at.UnixNano())
	}
}

// full returns a set that has seen wideMinutes.
func (w wide) full(b testing.TB) *Set {
	s, r, batch := w.set(b), rand.New(rand.NewPCG(1, 1)), new(event.Batch)
	for minute := range wideMinutes {
		w.apply(s, batch, r, minute)
	}
	return s
}

var wides = []wide{{100, 100}, {1, 10_000}}

// BenchmarkSave: a busy tick comes after new events of every model, one in four
// with a pane that is full; an idle one after none. The reference writes what is
// published of the state, without panes, by encoding/gob.
func BenchmarkSave(b *testing.B) {
	for _, w := range wides {
		s, r, batch := w.full(b), rand.New(rand.NewPCG(2, 2)), new(event.Batch)
		minute := wideMinutes
		name := fmt.Sprintf("models=%d/features=%d/", w.models, w.features)
		var store batchWriter
		s.Save(&store)
		first := len(store.b)
		run := func(tick string, before func()) {
			b.Run(name+"tick="+tick, func(b *testing.B) {
				b.ReportAllocs()
				written := 0
				for b.Loop() {
					b.StopTimer()
					before()
					store.b = store.b[:0]
					b.StartTimer()
					s.Save(&store)
					written += len(store.b)
				}
				b.ReportMetric(float64(written)/float64(b.N), "bytes/tick")
				b.ReportMetric(float64(first), "bytes-in-all")
			})
		}
		quarter := 0
		run("busy", func() {
			if quarter++; quarter%4 == 0 {
				minute++
			}
			w.apply(s, batch, r, minute)
		})
		run("idle", func() {})
		b.Run(name+"of=gob", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var n counter
				if err := gobState(s, &n); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n), "bytes/tick")
			}
		})
	}
}

type counter int

func (n *counter) Write(b []byte) (int, error) { *n += counter(len(b)); return len(b), nil }

// gobState writes the sums of every window, by encoding/gob.
func gobState(s *Set, w io.Writer) error {
	e := gob.NewEncoder(w)
	for _, m := range s.Models {
		for _, v := range m.Versions {
			sum, distinct := m.Sums(), make([]sketch.Distinct, len(v.Columns))
			v.Total(sum)
			if err := e.Encode(sum); err != nil {
				return err
			}
			if err := e.Encode(v.Columns); err != nil {
				return err
			}
			for i := range s.cfg.Global.Windows {
				v.Window(i, sum)
				v.Distinct(i, distinct)
				if err := e.Encode(sum); err != nil {
					return err
				}
				var ranks [][]byte
				for k := range distinct {
					ranks = append(ranks, distinct[k].AppendTo(nil))
				}
				if err := e.Encode(ranks); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// loadGob reads what gobState wrote, without putting it into anything.
func loadGob(s *Set, r io.Reader) error {
	d := gob.NewDecoder(r)
	for _, m := range s.Models {
		for range m.Versions {
			var columns []ColumnCounts
			if err := cmp.Or(d.Decode(new(Sum)), d.Decode(&columns)); err != nil {
				return err
			}
			for range s.cfg.Global.Windows {
				var ranks [][]byte
				if err := cmp.Or(d.Decode(new(Sum)), d.Decode(&ranks)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// BenchmarkLoad loads the state of BenchmarkSave. The reference reads the sums of
// every window by encoding/gob, without panes.
func BenchmarkLoad(b *testing.B) {
	for _, w := range wides {
		s := w.full(b)
		store := sorted{memory: memory{}}
		s.Save(store.memory)
		size := store.sort()
		name := fmt.Sprintf("models=%d/features=%d/", w.models, w.features)
		var sums bytes.Buffer
		if err := gobState(s, &sums); err != nil {
			b.Fatal(err)
		}
		b.Run(name+"of=gob", func(b *testing.B) {
			b.SetBytes(int64(sums.Len()))
			for b.Loop() {
				if err := loadGob(s, bytes.NewReader(sums.Bytes())); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"of=model", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				b.StopTimer()
				fresh := w.set(b)
				b.StartTimer()
				if anew, err := fresh.Load(&store); err != nil || len(anew) > 0 {
					b.Fatal(anew, err)
				}
			}
		})
	}
}

// sorted scans without sorting again.
type sorted struct {
	memory
	pairs [][2][]byte
}

func (s *sorted) sort() (size int) {
	_ = s.memory.Scan(nil, func(k, v []byte) error {
		s.pairs = append(s.pairs, [2][]byte{k, v})
		size += len(k) + len(v)
		return nil
	})
	return size
}

func (s *sorted) Scan(_ []byte, f func(k, v []byte) error) error {
	for _, p := range s.pairs {
		if err := f(p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}
