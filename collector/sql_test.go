package collector_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	_ "modernc.org/sqlite"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/profile"
)

// TestServesATableOnAServer counts the rows of a table as it grows, read and
// counted where they are, and shows the same of both.
func TestServesATableOnAServer(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of the bubble's clock
	dir := t.TempDir()
	path, baseline := filepath.Join(dir, "features.db"), filepath.Join(dir, "drivers.json")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(stmt string) {
		t.Helper()
		if _, err := db.Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	insert := func(first, last int, rate float64) {
		var rows []string
		for i := first; i <= last; i++ {
			rows = append(rows, fmt.Sprintf("('%s', %d, %v, '%s')", start.Add(time.Duration(i)*time.Millisecond).Format("2006-01-02 15:04:05.000"), i, rate+float64(i%97), []string{"a", "b"}[i%2]))
		}
		exec("INSERT INTO drivers VALUES " + strings.Join(rows, ","))
	}
	exec("CREATE TABLE drivers (ts TEXT, id INTEGER, rate REAL, city TEXT, PRIMARY KEY (ts, id))")
	insert(0, 999, 0)
	text := func(mode, key, training string) string {
		return fmt.Sprintf(`
sources:
  - name: drivers
    sql: { driver: sqlite, dsn: %q, table: drivers, mode: %s, %spoll_interval: 10s }
    fields: { timestamp: ts, features: [rate, city] }
models:
  - { name: drivers, task: none, sources: [drivers]%s }
`, path, mode, key, training)
	}
	cfg, err := config.Parse("m.yml", []byte(text("rows", "key: [id], ", "")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := profile.Run(t.Context(), profile.Options{Config: cfg, Output: baseline}); err != nil {
		t.Fatal(err)
	}
	insert(1000, 1999, 5)
	pages := map[string]string{}
	for _, mode := range []string{"rows", "aggregate"} {
		exec("DELETE FROM drivers WHERE id >= 2000")
		key := map[string]string{"rows": "key: [id], "}[mode]
		cfg, err := config.Parse("m.yml", []byte(text(mode, key, ", baseline: { training: "+baseline+" }")))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			c, stop := running(t, cfg, collector.Options{})
			defer stop()
			for i, want := range []string{"2000", "2000", "2500"} {
				if i == 2 {
					insert(2000, 2499, 50)
				}
				time.Sleep(40 * time.Second) // of the bubble's clock
				synctest.Wait()
				_, body := get(t, c.Handler(), "/metrics")
				for _, line := range []string{
					`ml_predictions_total{model="drivers",model_version="unknown"} ` + want + "\n",
					`model_exporter_source_up{source="drivers"} 1`,
					`model_exporter_events_total{source="drivers",type="prediction"} ` + want + "\n",
				} {
					if !strings.Contains(body, line) {
						t.Errorf("mode %s: metrics lack %s:\n%s", mode, line, grep(body, "predictions_total|source_up|rejected"))
					}
				}
				pages[mode] += grep(body, "ml_feature_drift|ml_feature_mean|ml_feature_stddev|ml_feature_min|ml_feature_max|ml_feature_values|ml_feature_bin|ml_feature_violations|ml_feature_quantile|ml_window|ml_schema|ml_last_event")
			}
		})
	}
	if !strings.Contains(pages["rows"], `statistic="psi"`) || !strings.Contains(pages["rows"], "ml_feature_bin_total") {
		t.Errorf("there is no drift:\n%s", pages["rows"])
	}
	for i, line := range strings.Split(pages["rows"], "\n") {
		if strings.Contains(line, `check="sentinel"`) {
			continue // only reading finds those that are not declared
		}
		if other := strings.Split(pages["aggregate"], "\n")[i]; other != line && !same(line, other) {
			t.Errorf("read    %s\ncounted %s", line, other)
		}
	}
}

// same tells that two samples are of one series, and equal to 1e-9.
func same(a, b string) bool {
	i, j := strings.LastIndexByte(a, ' '), strings.LastIndexByte(b, ' ')
	var x, y float64
	_, err1 := fmt.Sscan(a[i+1:], &x)
	_, err2 := fmt.Sscan(b[j+1:], &y)
	return a[:i+1] == b[:j+1] && err1 == nil && err2 == nil && max(x-y, y-x) <= 1e-9*max(1, x, -x)
}
