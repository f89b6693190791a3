package parquet

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// benchRow is a usual feature table: numbers with and without nulls, a few texts.
type benchRow struct {
	Time       int64    `parquet:"event_timestamp,timestamp(microsecond)"`
	Driver     int64    `parquet:"driver_id"`
	A, B, C, D float64  `parquet:",snappy"`
	E, F       *float64 `parquet:",optional,snappy"`
	G, H       float32  `parquet:",snappy"`
	I, J       int32    `parquet:",snappy"`
	City, Kind string   `parquet:",dict,snappy"`
}

const benchRows, benchColumns = 400_000, 14

func benchFile(b *testing.B) string {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]benchRow, benchRows)
	cities := []string{"Berlin", "Paris", "Amsterdam", "San Francisco", "Tokyo"}
	for i := range rows {
		x := r.NormFloat64()
		rows[i] = benchRow{
			Time: 1_700_000_000_000_000 + int64(i)*1000, Driver: int64(r.IntN(5000)), A: x, B: x * 2, C: float64(r.IntN(100)), D: r.Float64(),
			G: r.Float32(), H: float32(x), I: int32(r.IntN(1000)), J: int32(r.IntN(3)), City: cities[r.IntN(5)], Kind: cities[r.IntN(2)],
		}
		if r.IntN(10) > 0 {
			rows[i].E, rows[i].F = &rows[i].A, &rows[i].B
		}
	}
	path := filepath.Join(b.TempDir(), "a.parquet")
	if err := os.WriteFile(path, encode(b, [][]benchRow{rows}), 0o644); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkRead reads a table into batches, beside the library's own scan of the
// same columns.
func BenchmarkRead(b *testing.B) {
	path := benchFile(b)
	report := func(b *testing.B) {
		b.ReportMetric(float64(benchRows*benchColumns*b.N)/b.Elapsed().Seconds()/1e6, "Mvalues/s")
	}
	b.Run("batches", func(b *testing.B) {
		b.ReportAllocs()
		read := batches(b, path)
		for b.Loop() {
			read()
		}
		report(b)
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n := scan(b, path); n != benchRows*benchColumns {
				b.Fatal(n, "values")
			}
		}
		report(b)
	})
	// In turns: what else the machine does they share, and a median outlives.
	b.Run("share", func(b *testing.B) {
		read := batches(b, path)
		var shares []float64
		for b.Loop() {
			began := time.Now()
			scan(b, path)
			library := time.Since(began)
			began = time.Now()
			read()
			shares = append(shares, library.Seconds()/time.Since(began).Seconds())
		}
		slices.Sort(shares)
		b.ReportMetric(100*shares[len(shares)/2], "%oflibrary")
		b.ReportMetric(100*shares[len(shares)/4], "%quarter")
	})
}

// batches returns what reads the whole file once.
func batches(b *testing.B, path string) func() {
	b.Helper()
	set, err := decode.New(config.DefaultSource, config.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	cfg := config.DefaultParquet
	cfg.Paths = []string{path}
	files, err := Files(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	return func() {
		n := 0
		if err := files[0].Each(b.Context(), set, func(batch *event.Batch) error { n += batch.N; return nil }); err != nil || n != benchRows {
			b.Fatal(n, "rows", err)
		}
	}
}

func scan(b *testing.B, path string) (n int) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	file, err := pq.OpenFile(f, info.Size(), pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(64<<10))
	if err != nil {
		b.Fatal(err)
	}
	for _, g := range file.RowGroups() {
		for _, c := range g.ColumnChunks() {
			pages := c.Pages()
			for {
				p, err := pages.ReadPage()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				n += scanValues(b, p)
				pq.Release(p)
			}
			pages.Close()
		}
	}
	return n
}

var values = make([]pq.Value, 4096)

func scanValues(b *testing.B, p pq.Page) (n int) {
	r := p.Values()
	for {
		m, err := r.ReadValues(values)
		n += m
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
