package drift_test

import (
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// BenchmarkCompare compares a window of a column with its baseline by all
// statistics that are defined, critical values included. The reference only
// adds up the live counts of the same column.
func BenchmarkCompare(b *testing.B) {
	for _, c := range []struct {
		name       string
		comparison *drift.Comparison
		live       drift.Side
	}{
		{"bins=256", drift.New(normalShape(), normalBase(1_000_000), nil), normalBase(20_000)},
		{"bins=256/effects", drift.New(normalShape(), normalBase(1_000_000), someEffects()), normalBase(20_000)},
		{"categories=50", drift.New(drift.Shape{Kind: catalog.Categorical}, drift.Side{Counts: zipfCounts(50, 1, 1_000_000)}, nil), drift.Side{Counts: zipfCounts(50, 1, 20_000)}},
	} {
		var results []drift.Result
		b.Run(c.name+"/all", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				results = c.comparison.Compare(results[:0], c.live, catalog.Statistics, 0.001, time.Hour)
			}
			b.ReportMetric(float64(len(results))*float64(b.N)/b.Elapsed().Seconds(), "values/s")
		})
		b.Run(c.name+"/reference=sum", func(b *testing.B) {
			b.ReportAllocs()
			var sum uint64
			for b.Loop() {
				for _, n := range c.live.Counts {
					sum += n
				}
			}
			if sum == 0 {
				b.Fatal("empty sample")
			}
		})
	}
}

// BenchmarkNew prepares a baseline and finds the constants of a first window.
func BenchmarkNew(b *testing.B) {
	for _, c := range []struct {
		name       string
		shape      drift.Shape
		base, live drift.Side
	}{
		{"bins=256", normalShape(), normalBase(1_000_000), normalBase(20_000)},
		{"categories=50", drift.Shape{Kind: catalog.Categorical}, drift.Side{Counts: zipfCounts(50, 1, 1_000_000)}, drift.Side{Counts: zipfCounts(50, 1, 20_000)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				drift.New(c.shape, c.base, nil).Compare(nil, c.live, catalog.Statistics, 0.001, time.Hour)
			}
		})
	}
}
