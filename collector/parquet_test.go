package collector_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
)

// TestServesATableThatGrows counts the rows of a Parquet file, and of the row
// groups that are appended to it.
func TestServesATableThatGrows(t *testing.T) {
	type driver struct {
		Time  int64   `parquet:"event_timestamp,timestamp(millisecond)"`
		ID    int64   `parquet:"driver_id"`
		Rate  float64 `parquet:"conv_rate"`
		Trips int32   `parquet:"avg_daily_trips"`
	}
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of the bubble's clock
	path := filepath.Join(t.TempDir(), "driver_stats.parquet")
	write := func(groups int) {
		f, err := os.Create(path + ".tmp")
		if err != nil {
			t.Fatal(err)
		}
		w := pq.NewGenericWriter[driver](f)
		for g := range groups {
			rows := make([]driver, 500)
			for i := range rows {
				rows[i] = driver{start.UnixMilli(), int64(g*1000 + i), float64(i) / 500, int32(i)}
			}
			_, err := w.Write(rows)
			if err := errors.Join(err, w.Flush()); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), f.Close(), os.Rename(path+".tmp", path)); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Parse("m.yml", []byte(`
sources:
  - name: drivers
    parquet: { paths: [`+path+`], poll_interval: 10s }
    fields: { id: driver_id, features: [conv_rate, avg_daily_trips], model: { value: driver_stats }, version: { value: "1" } }
`))
		if err != nil {
			t.Fatal(err)
		}
		write(1)
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		for groups, want := range []string{"500", "500", "1000"} {
			if groups == 2 {
				write(groups)
			}
			time.Sleep(40 * time.Second) // of the bubble's clock
			synctest.Wait()
			_, body := get(t, c.Handler(), "/metrics")
			for _, line := range []string{
				`ml_predictions_total{model="driver_stats",model_version="1"} ` + want + "\n",
				`model_exporter_source_up{source="drivers"} 1`,
			} {
				if !strings.Contains(body, line) {
					t.Errorf("metrics lack %s:\n%s", line, grep(body, "predictions_total|source_up|rejected"))
				}
			}
		}
	})
}
