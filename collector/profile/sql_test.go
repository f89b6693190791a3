package profile

import (
	"database/sql"
	"encoding/csv"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	_ "modernc.org/sqlite"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// TestTableOnAServer: a table has the same baseline as the same rows in a file.
func TestTableOnAServer(t *testing.T) {
	text := table(noon, 3000)
	dir := folder(t, map[string]string{"t.csv": text})
	path := filepath.Join(dir, "t.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	stmts := []string{"CREATE TABLE t (timestamp TEXT, amount INTEGER, country TEXT, prediction INTEGER, score REAL)"}
	for _, r := range records[1:] {
		stmts = append(stmts, "INSERT INTO t VALUES ('"+r[0]+"',"+r[1]+",'"+r[2]+"',"+r[3]+","+r[4]+")")
	}
	if _, err := db.Exec("BEGIN; " + strings.Join(stmts, ";") + "; COMMIT"); err != nil {
		t.Fatal(err)
	}
	at, err := config.TableAt("sqlite:"+path, "t")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*baseline.File{}
	for what, o := range map[string]Options{"file": {Paths: []string{filepath.Join(dir, "t.csv")}, Model: "m"}, "table": {SQL: at, Model: "m"}} {
		s, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if shown := s.String(); what == "table" && !strings.Contains(shown, "2 features, table t\n") {
			t.Errorf("the summary does not name the table:\n%s", shown)
		}
		files[what] = s.file
	}
	if diff := cmp.Diff(files["file"], files["table"], cmpopts.IgnoreFields(baseline.File{}, "Sources", "Created"), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("baselines (-file +table):\n%s", diff)
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{SQL: at, Paths: []string{"a.csv"}}, "one at a time"},
		{Options{SQL: at, For: 3600e9}, "which rows come first"},
		{Options{SQL: &config.SQL{Driver: config.SQLite, DSN: path, Table: "none", StatementTimeout: 1e9}}, "no such table"},
		{Options{SQL: &config.SQL{Driver: config.SQLite, DSN: path + "x", Table: "t", StatementTimeout: 1e9}}, "no such file"},
	} {
		if _, err := Run(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
