package online

import (
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/model-exporter/model_exporter/collector/config"
)

// BenchmarkPostgres looks up 1,000 entities of three features at a time, beside pgx that
// connects, asks the same and scans the rows into variables.
func BenchmarkPostgres(b *testing.B) {
	address := os.Getenv("MODEL_EXPORTER_POSTGRES")
	if address == "" {
		b.Skip("MODEL_EXPORTER_POSTGRES is not set")
	}
	ctx := b.Context()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	schema := fmt.Sprintf("model_exporter_online_bench_%d", os.Getpid())
	exec := func(statement string, args ...any) {
		b.Helper()
		if _, err := conn.Exec(ctx, statement, args...); err != nil {
			b.Fatal(statement, err)
		}
	}
	exec("CREATE SCHEMA " + schema)
	defer exec("DROP SCHEMA " + schema + " CASCADE")
	exec("CREATE TABLE " + schema + ".p_driver_hourly_stats (entity_key BYTEA, feature_name TEXT, value BYTEA, event_ts TIMESTAMPTZ, PRIMARY KEY (entity_key, feature_name))")
	const entities = 1000
	keys := make([][]byte, entities)
	var rows [][]any
	for i := range keys {
		keys[i] = serializedKey(int64(i))
		for feature, value := range whole(int64(i)) {
			rows = append(rows, []any{keys[i], feature, value, testTime})
		}
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{schema, "p_driver_hourly_stats"}, []string{"entity_key", "feature_name", "value", "event_ts"}, pgx.CopyFromRows(rows)); err != nil {
		b.Fatal(err)
	}
	exec("ANALYZE " + schema + ".p_driver_hourly_stats")
	u, err := url.Parse(address)
	if err != nil {
		b.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	v := testView("p", &config.Online{Store: "postgres", Address: u.String(), KeyVersion: 3})
	var ours, plain time.Duration
	for b.Loop() {
		began := time.Now()
		all, err := lookupPostgres(ctx, v.Online, v, keys)
		if err != nil || len(all) != entities || !all[entities-1].ok {
			b.Fatal(len(all), err)
		}
		ours += time.Since(began)
		began = time.Now()
		if n := scanOnline(b, u.String(), keys); n != 3*entities {
			b.Fatal(n, "values")
		}
		plain += time.Since(began)
	}
	b.ReportMetric(float64(entities*b.N)/ours.Seconds(), "lookups/s")
	b.ReportMetric(100*plain.Seconds()/ours.Seconds(), "%ofpgx")
}

func scanOnline(b *testing.B, address string, keys [][]byte) (n int) {
	conn, err := pgx.Connect(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	rows, err := conn.Query(b.Context(), "SELECT entity_key, feature_name, value, event_ts FROM p_driver_hourly_stats WHERE entity_key = ANY($1)", keys)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var key, value []byte
	var feature string
	var at time.Time
	for ; rows.Next(); n++ {
		if err := rows.Scan(&key, &feature, &value, &at); err != nil {
			b.Fatal(err)
		}
	}
	return n
}
