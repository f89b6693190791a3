package validate_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	_ "modernc.org/sqlite"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/validate"
)

// servers run statements, @ before the names of tables, and are an address; PostgreSQL
// and MariaDB are skipped without theirs in the environment.
func servers(t *testing.T, f func(t *testing.T, dsn, schema string, exec func(stmt string))) {
	for driver, variable := range map[string]string{"postgres": "MODEL_EXPORTER_POSTGRES", "mysql": "MODEL_EXPORTER_MYSQL", "sqlite": ""} {
		t.Run(driver, func(t *testing.T) {
			dsn, address, schema := os.Getenv(variable), "", fmt.Sprintf("me_validate_%d.", os.Getpid())
			switch {
			case driver == "sqlite":
				path := filepath.Join(t.TempDir(), "t.db")
				dsn, address, schema = "sqlite:"+path, "file:"+path, ""
			case dsn == "":
				t.Skipf("%s does not name a server", variable)
			case driver == "mysql":
				user, rest, _ := strings.Cut(strings.TrimPrefix(dsn, "mysql://"), "@")
				host, name, _ := strings.Cut(rest, "/")
				address = user + "@tcp(" + host + ")/" + name
			}
			run := func(stmt string) error {
				pg, err := pgconn.Connect(context.Background(), dsn)
				if err != nil {
					return err
				}
				defer pg.Close(context.Background())
				return pg.Exec(context.Background(), stmt).Close()
			}
			if driver != "postgres" {
				db, err := sql.Open(driver, address)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				run = func(stmt string) error { _, err := db.Exec(stmt); return err }
			}
			exec := func(stmt string) {
				t.Helper()
				if err := run(strings.ReplaceAll(stmt, "@", schema)); err != nil {
					t.Fatalf("%s: %v", stmt, err)
				}
			}
			if schema != "" {
				name := strings.TrimSuffix(schema, ".")
				exec("CREATE SCHEMA " + name)
				t.Cleanup(func() { exec("DROP TABLE @t"); exec("DROP SCHEMA " + name) })
			}
			f(t, dsn, schema, exec)
		})
	}
}

// TestTableThatCannotBeRead says what is wrong before anybody reads it for good.
func TestTableThatCannotBeRead(t *testing.T) {
	servers(t, func(t *testing.T, dsn, schema string, exec func(stmt string)) {
		exec("CREATE TABLE @t (driver_id int, created_at timestamp, price decimal(10,2), opened time, rate double precision)")
		exec("INSERT INTO @t VALUES (1, '2026-11-01 12:00:00', 1.25, '10:00:00', 0.5), (2, '2026-11-01 12:01:00', 2.75, '10:00:00', 0.25)")
		sqlite := strings.HasPrefix(dsn, "sqlite:")
		for name, c := range map[string]struct {
			table, fields string
			want          []string // lines of the report
			problems      int
		}{
			"nothing":   {"watermark: created_at, key: [driver_id]", "features: [rate]", []string{"No problems found."}, 0},
			"watermark": {"watermark: price, key: [driver_id]", "features: [rate]", []string{`PROBLEM: sql.watermark: column "price" (decimal`, `is neither a time nor a whole number; name one that grows with each new row`}, 1},
			"names": {"watermark: create_at, key: [driverid]", "timestamp: createdat, features: [rates, rate]", []string{
				`2 rows of ` + schema + `t read`, `PROBLEM: sql.watermark: there is no column "create_at"; did you mean "created_at"?`, `PROBLEM: sql.key: there is no column "driverid"; did you mean "driver_id"?`,
				`PROBLEM: fields.timestamp: no record has createdat; did you mean "created_at"?`, `PROBLEM: fields.features: no record has "rates"; there are driver_id, created_at, price, opened`}, 4},
			"aggregate": {"watermark: driver_id, mode: aggregate", "features: [rate, opened]", []string{
				`PROBLEM: sql.watermark: column "driver_id" (int`, `is a number, and mode: aggregate needs the time of an event`, `PROBLEM: sql.mode: aggregate cannot count column "opened" (time`}, 3},
			"no feature": {"watermark: created_at, key: [driver_id]", "features: [rat]", []string{`PROBLEM: fields.features: no record has "rat"; did you mean "rate"?`, "no record is an event"}, 2},
			"growing":    {"watermark: created_at, key: [driver_id]", "features: [rate, created_at]", []string{`NOTE: column "created_at" (timestamp`, `grows with each new row`, "No problems found."}, 0},
		} {
			t.Run(name, func(t *testing.T) {
				if sqlite && name == "aggregate" {
					c.want, c.problems = c.want[:2], 2 // a type binds nobody: this one is counted as text
				}
				cfg, err := config.Parse("m.yml", fmt.Appendf(nil, `
sources: [{ name: s, sql: { dsn: %q, table: %q, %s }, fields: { %s } }]
models: [{ name: m, task: none, sources: [s], baseline: { training: %s } }]
`, dsn, schema+"t", c.table, c.fields, filepath.Join(t.TempDir(), "none.json")))
				if err != nil {
					t.Fatal(err)
				}
				if name != "aggregate" {
					cfg.Models[0].Baseline.Training = ""
				}
				var got bytes.Buffer
				problems, err := validate.Run(t.Context(), &got, cfg)
				if err != nil || problems != c.problems {
					t.Errorf("%d problems (%v), want %d:\n%s", problems, err, c.problems, &got)
				}
				report := got.String()
				if strings.Contains(dsn, "postgres") {
					report = strings.ReplaceAll(report, "(numeric", "(decimal")
				}
				for _, w := range c.want {
					if !strings.Contains(report, w) {
						t.Errorf("the report lacks %q:\n%s", w, &got)
					}
				}
			})
		}
	})
}

// TestTableOnAServer samples a table, and says why one cannot be read.
func TestTableOnAServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, stmt := range []string{
		"CREATE TABLE t (id INTEGER, ts TEXT, rate REAL, city TEXT)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO t SELECT i, '2026-11-01 12:00:00', i / 7.0, 'a' FROM n",
	} {
		if _, err := db.Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	for table, want := range map[string][]string{
		"t":    {"Source s (sqlite): 1,000 rows of t read", "timestamp", "100.0 %", "rate", "No problems found."},
		"none": {"PROBLEM: none: SQL logic error: no such table: none"},
	} {
		cfg, err := config.Parse("m.yml", fmt.Appendf(nil, `
sources:
  - name: s
    sql: { driver: sqlite, dsn: %q, table: %s, key: [id] }
    fields: { id: id, timestamp: ts }
`, path, table))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := validate.Run(t.Context(), &got, cfg); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(got.String(), w) {
				t.Errorf("the report on %s lacks %q:\n%s", table, w, &got)
			}
		}
	}
}
