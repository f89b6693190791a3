package collector_test

import (
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/profile"
)

// TestColumnOfATableIsRenamed between two polls: the column counts as removed and added,
// and where rows are read its values tell that it is the same one.
func TestColumnOfATableIsRenamed(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of the bubble's clock
	for _, mode := range []string{"rows", "aggregate"} {
		t.Run(mode, func(t *testing.T) {
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
			random := rand.New(rand.NewPCG(1, 1))
			insert := func(first, last int) {
				var rows []string
				for i := first; i < last; i++ {
					rows = append(rows, fmt.Sprintf("('%s', %d, %v, %d)", start.Add(time.Duration(i)*time.Millisecond).Format("2006-01-02 15:04:05.000"), i, math.Exp(random.NormFloat64()), random.IntN(60)))
				}
				exec("INSERT INTO drivers VALUES " + strings.Join(rows, ","))
			}
			exec("CREATE TABLE drivers (ts TEXT, id INTEGER, rate REAL, trips INTEGER)")
			insert(0, 5000)
			text := func(mode, training string) string {
				if mode == "rows" {
					mode += ", key: [id]"
				}
				return fmt.Sprintf(`
sources:
  - name: drivers
    sql: { driver: sqlite, dsn: %q, table: drivers, mode: %s, watermark: ts, poll_interval: 10s }
    fields: { timestamp: ts }
models:
  - { name: drivers, task: none, sources: [drivers], baseline: { %s } }
`, path, mode, training)
			}
			rows, err := config.Parse("m.yml", []byte(text("rows", "")))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := profile.Run(t.Context(), profile.Options{Config: rows, Output: baseline}); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Parse("m.yml", []byte(text(mode, "training: "+baseline)))
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				c, stop := running(t, cfg, collector.Options{})
				defer stop()
				time.Sleep(45 * time.Second) // of the bubble's clock
				synctest.Wait()
				exec("ALTER TABLE drivers RENAME COLUMN rate TO pace")
				insert(5000, 7000)
				time.Sleep(40 * time.Second)
				synctest.Wait()
				_, body := get(t, c.Handler(), "/metrics")
				for _, line := range []string{
					`ml_schema_violations_total{model="drivers",model_version="unknown",feature="rate",change="removed"} 2000`,
					`ml_schema_violations_total{model="drivers",model_version="unknown",feature="pace",change="added"} 2000`,
				} {
					if !strings.Contains(body, line) {
						t.Errorf("metrics lack %s:\n%s", line, grep(body, "ml_schema|source_up|predictions_total"))
					}
				}
				renamed := `ml_feature_rename_info{model="drivers",model_version="unknown",feature="rate",renamed_to="pace"} 1`
				if strings.Contains(body, renamed) != (mode == "rows") {
					t.Errorf("mode %s:\n%s", mode, grep(body, "ml_feature_rename|ml_schema"))
				}
			})
		})
	}
}
