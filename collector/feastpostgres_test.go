package collector_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

// TestServesAFeatureViewInPostgres reads a view whose table and online store are
// both in PostgreSQL, as they grow.
func TestServesAFeatureViewInPostgres(t *testing.T) {
	address := os.Getenv("MODEL_EXPORTER_POSTGRES")
	if address == "" {
		t.Skip("MODEL_EXPORTER_POSTGRES is not set")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	schema := fmt.Sprintf("model_exporter_feast_%d", os.Getpid())
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, statement, args...); err != nil {
			t.Fatal(statement, err)
		}
	}
	exec("CREATE SCHEMA " + schema)
	defer exec("DROP SCHEMA " + schema + " CASCADE")
	exec("SET search_path TO " + schema)
	exec("CREATE TABLE drivers (driver_id BIGINT, event_timestamp TIMESTAMPTZ, created TIMESTAMPTZ, conv_rate REAL, city TEXT)")
	exec("CREATE TABLE my_project_driver_stats (entity_key BYTEA, feature_name TEXT, value BYTEA, event_ts TIMESTAMPTZ)")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	store := fmt.Sprintf("{ type: postgres, host: %s, port: %s, database: %s, user: %s, db_schema: %s, sslmode: disable }",
		u.Hostname(), u.Port(), strings.Trim(u.Path, "/"), u.User.Username(), schema)
	dir := t.TempDir()
	writeRepo(t, dir, store+"\noffline_store: "+store, feasttest.View{
		Name: "driver_stats", Entities: []string{"driver"}, TTL: time.Hour,
		Features: []feasttest.Field{feasttest.Column(4, "conv_rate", feasttest.Float32), feasttest.Column(4, "city", feasttest.String)},
		Source: []feasttest.Field{
			feasttest.Text(3, "event_timestamp"), feasttest.Text(5, "created"), feasttest.Text(17, "x.PostgreSQLSource"),
			feasttest.Nested(16, feasttest.Text(1, `{"name": "drivers", "table": "drivers", "query": ""}`)),
		},
	})
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of the bubble's clock
	insert := func(first, last int) {
		t.Helper()
		exec("INSERT INTO drivers SELECT i, $1::timestamptz + i * interval '1 ms', $1::timestamptz + i * interval '1 ms' + interval '2 s', i / 7.0, 'x' FROM generate_series($2::int, $3::int) i",
			start.Add(-time.Minute), first, last)
	}
	insert(1, 50)
	for i := range 45 { // of which the first has another city
		key := append([]byte("\x01\x00\x00\x00\x02\x00\x00\x00\x09\x00\x00\x00driver_id\x04\x00\x00\x00\x08\x00\x00\x00"), byte(i+1), 0, 0, 0, 0, 0, 0, 0)
		at := start.Add(-time.Minute + time.Duration(i+1)*time.Millisecond)
		exec("INSERT INTO my_project_driver_stats VALUES ($1, 'conv_rate', $2, $3)", key, feasttest.Message(feasttest.Float(6, float32(float64(i+1)/7))), at)
		exec("INSERT INTO my_project_driver_stats VALUES ($1, 'city', $2, $3)", key, feasttest.Message(feasttest.Text(2, map[bool]string{true: "y", false: "x"}[i == 0])), at)
	}
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Parse(filepath.Join(dir, "m.yml"), []byte("sources: [{ name: store, feast: { repo: ., poll_interval: 10s } }]"))
		if err != nil {
			t.Fatal(err)
		}
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		for _, want := range []string{"50", "80"} {
			if want == "80" {
				insert(51, 80)
			}
			time.Sleep(2 * time.Minute) // of the bubble's clock
			synctest.Wait()
			_, body := get(t, c.Handler(), "/metrics")
			const model = `{model="driver_stats",model_version="unknown"`
			for _, line := range []string{
				"ml_predictions_total" + model + "} " + want + "\n",
				"ml_duplicate_predictions_total" + model + "} 0\n",
				"ml_table_arrival_lag_seconds" + model + "} 2\n",
				"ml_online_entities" + model + "} " + want + "\n",
				"ml_online_values" + model + `,feature="city"} 45` + "\n",
				"ml_online_skewed_values" + model + `,feature="city"} 1` + "\n",
				"ml_online_skewed_values" + model + `,feature="conv_rate"} 0` + "\n",
				`model_exporter_source_up{source="store/driver_stats"} 1` + "\n",
			} {
				if !strings.Contains(body, line) {
					t.Errorf("metrics lack %s:\n%s", line, grep(body, "predictions_total|source_up|ml_table|ml_online"))
				}
			}
		}
	})
}
