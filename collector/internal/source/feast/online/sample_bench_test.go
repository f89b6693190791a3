package online

import (
	"fmt"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// BenchmarkSample is of the largest sample of a view of 50 features: rows of a
// hundred times as many entities, of which few get into the sample, beside nothing
// but the hash of their ids; and what a tick costs that stores all of the sample,
// one row, and none, and a restart.
func BenchmarkSample(b *testing.B) {
	const entities, features, rows = 1_000_000, 50, 1000
	v := &config.View{Keys: []config.Column{{As: "a", Type: typeInt64}}, Sample: 10_000}
	var batch event.Batch
	for i := range features {
		name := fmt.Sprint("f", i)
		v.Features = append(v.Features, config.Column{Name: name, As: name, Type: typeDouble})
		batch.AddColumn(&batch.Features, name)
	}
	fill := func(from int) {
		batch.Reset()
		batch.Resize(rows)
		for i := range rows {
			batch.AppendID(fmt.Appendf(nil, "%d\x1f2026-11-01T12:00:00Z", (from+i)%entities))
			batch.Times[i] = int64(from + i)
			for f := range features {
				batch.Features[f].Cells[i], batch.Features[f].Nums[i] = event.Number, float64(i)
			}
		}
	}
	s := NewSample(v)
	for from := 0; from < entities; from += rows {
		fill(from)
		s.Add(&batch)
	}
	perRow := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	}
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Add(&batch)
		}
		perRow(b)
	})
	b.Run("hash", func(b *testing.B) {
		var sum uint64
		for b.Loop() {
			for i := range rows {
				sum += event.Hash(batch.ID(i))
			}
		}
		if sum == 0 {
			b.Fatal(sum)
		}
		perRow(b)
	})
	store := newMemory()
	s.Save(store)
	save := func(name string, change func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				change()
				s.Save(store)
			}
		})
	}
	save("save=all", func() {
		s.saved.changed = true
		for _, k := range s.kept {
			k.row.changed = true
		}
	})
	save("save=one", func() { s.saved.changed, s.kept[0].row.changed = true, true })
	save("save=none", func() {})
	b.Run("restore", func(b *testing.B) {
		size := 0
		for k, v := range store.data {
			size += len(k) + len(v)
		}
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := store.restored(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
