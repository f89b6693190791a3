package baseline_test

import (
	"math/rand/v2"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// BenchmarkAdd adds batches of four columns, before and after the sample is full.
func BenchmarkAdd(b *testing.B) {
	var m batcher
	batch := m.batch(randomRows(rand.New(rand.NewPCG(1, 2)), 4096))
	rows := all(batch)
	const columns = 6 // outputs too
	for _, tt := range []struct {
		name   string
		sample int
	}{{"sample=filling", 1 << 21}, {"sample=full", 4096}} {
		b.Run(tt.name, func(b *testing.B) {
			builder := baseline.NewBuilder(baseline.Options{SampleRows: tt.sample})
			b.ReportAllocs()
			for b.Loop() {
				if builder.Add(batch, rows); tt.sample > 1<<20 && builder.Rows() > 1<<20 {
					builder = baseline.NewBuilder(baseline.Options{SampleRows: tt.sample})
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)*columns), "ns/value")
			b.ReportMetric(float64(len(rows)*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
