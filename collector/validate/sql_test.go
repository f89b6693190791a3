package validate_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/validate"
)

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
