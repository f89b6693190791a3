package parquet

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestFeastTable reads an offline store table as Feast's own example has it. Its
// footer says 1,808 rows.
func TestFeastTable(t *testing.T) {
	dir := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if dir == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set")
	}
	src := config.DefaultSource
	src.Fields.ID.Paths = []string{"driver_id"}
	var b event.Batch
	if err := readAll(t, filepath.Join(dir, "feast", "driver_stats.parquet"), src, &b); err != nil {
		t.Fatal(err)
	}
	if b.N != 1808 || len(b.First) > 0 {
		t.Fatalf("%d rows, rejections %v; want 1808 and none", b.N, b.First)
	}
	oldest, newest := time.Unix(0, b.Times[0]).UTC(), time.Unix(0, b.Times[0]).UTC()
	for i := range b.N {
		at := time.Unix(0, b.Times[i]).UTC()
		if b.Times[i] == event.NoTime {
			t.Fatalf("row %d has no time", i)
		}
		if at.Before(oldest) {
			oldest = at
		}
		if at.After(newest) {
			newest = at
		}
	}
	if got, want := oldest, time.Date(2021, 4, 12, 7, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("oldest row is of %v, want %v", got, want)
	}
	if got, want := newest, time.Date(2024, 9, 10, 15, 52, 25, 905768000, time.UTC); !got.Equal(want) {
		t.Errorf("newest row is of %v, want %v", got, want)
	}
	if first, last := string(b.ID(0)), string(b.ID(b.N-1)); first != "1001" || last != "1003" {
		t.Errorf("ids from %s to %s, want 1001 to 1003", first, last)
	}
	bounds := map[string][2]float64{"conv_rate": {0, 1}, "acc_rate": {0, 1}, "avg_daily_trips": {0, 1000}, "created": {1.7e9, 1.8e9}}
	if len(b.Features) != len(bounds) {
		t.Errorf("%d features, want %d", len(b.Features), len(bounds))
	}
	for _, f := range b.Features {
		want := bounds[f.Name]
		if n := event.CountCells(f.Cells[:b.N], event.Number); n != b.N {
			t.Errorf("%s: %d numbers, want %d", f.Name, n, b.N)
		}
		if lo, hi := slices.Min(f.Nums[:b.N]), slices.Max(f.Nums[:b.N]); lo < want[0] || hi > want[1] || lo == hi {
			t.Errorf("%s: values from %v to %v, want within %v", f.Name, lo, hi, want)
		}
	}
}

// TestRepeatedKeys counts the rows that repeat an entity at the same time. There are
// five entities, so that the same one at another time is no duplicate.
func TestRepeatedKeys(t *testing.T) {
	dir := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if dir == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set")
	}
	path := filepath.Join(dir, "feast", "driver_stats.parquet")
	cfg, err := config.Parse("m.yml", []byte("sources: [{ name: s, parquet: { paths: ['"+path+"'], key: [driver_id] }, fields: { timestamp: event_timestamp } }]"))
	if err != nil {
		t.Fatal(err)
	}
	var b event.Batch
	if err := readAll(t, path, cfg.Sources[0], &b); err != nil {
		t.Fatal(err)
	}
	seen, repeated := map[string]bool{}, 0
	for i := range b.N {
		if seen[string(b.ID(i))] {
			repeated++
		}
		seen[string(b.ID(i))] = true
	}
	if b.N != 1808 || repeated != 2 {
		t.Errorf("%d of %d rows are repeated, want 2 of 1808", repeated, b.N)
	}
}
