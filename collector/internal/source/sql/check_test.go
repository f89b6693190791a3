package sql

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// watermarks are types of a column, and two values of it of which the second is later.
var watermarks = map[config.Driver][]struct {
	typ, first, second string
	byValue            bool // the type says nothing
}{
	config.Postgres: {
		{"timestamptz", "'2026-11-01 12:00Z'", "'2026-11-01 12:01Z'", false}, {"timestamp", "'2026-11-01 12:00'", "'2026-11-01 12:01'", false},
		{"date", "'2026-10-01'", "'2026-10-02'", false}, {"int", "7", "8", false}, {"bigint", "7", "8", false}, {"oid", "7", "8", false},
		{"real", "1.5", "2.5", false}, {"double precision", "7", "8", false}, {"numeric(10,2)", "7", "8", false}, {"numeric", "7", "8", false},
		{"boolean", "false", "true", false}, {"jsonb", "'1'", "'2'", false}, {"interval", "'1 s'", "'2 s'", false}, {"time", "'10:00'", "'11:00'", false},
		{"int[]", "'{1}'", "'{2}'", false}, {"text", "'a'", "'b'", true}, {"text", "'2026-11-01 12:00:00'", "'2026-11-01 12:01:00'", true},
		{"uuid", "'00112233-4455-6677-8899-aabbccddeeff'", "'10112233-4455-6677-8899-aabbccddeeff'", true}, {"bytea", `'\x61'`, `'\x62'`, true},
		{"varchar(40)", "'2026-11-01T06:00:00-05:00'", "'2026-11-01T06:01:00-05:00'", true},
	},
	config.MySQL: {
		{"timestamp", "'2026-11-01 12:00:00'", "'2026-11-01 12:01:00'", false}, {"datetime(6)", "'2026-11-01 12:00'", "'2026-11-01 12:01'", false},
		{"date", "'2026-10-01'", "'2026-10-02'", false}, {"int", "7", "8", false}, {"bigint unsigned", "7", "8", false}, {"bit(9)", "7", "8", false},
		{"year", "2025", "2026", false}, {"float", "1.5", "2.5", false}, {"double", "7", "8", false}, {"decimal(10,2)", "7", "8", false}, {"decimal(20,0)", "7", "8", false},
		{"time", "'10:00'", "'11:00'", false}, {"varchar(40)", "'a'", "'b'", true}, {"varchar(40)", "'2026-11-01 12:00:00'", "'2026-11-01 12:01:00'", true},
		{"enum('a','b')", "'a'", "'b'", true}, {"blob", "'a'", "'b'", true},
	},
	config.SQLite: {
		{"text", "'2026-11-01 12:00:00'", "'2026-11-01 12:01:00'", true}, {"datetime", "'2026-11-01T12:00:00Z'", "'2026-11-01T12:01:00Z'", true},
		{"integer", "7", "8", true}, {"real", "7", "8", true}, {"text", "'eu'", "'us'", true}, {"blob", "x'61'", "x'62'", true},
		{"integer", "7", "'2026-11-01 12:00:00'", true}, {"text", "'2026-11-01T06:00:00-05:00'", "'2026-11-01T06:01:00-05:00'", true},
		{"text", "'2026-11-01T14:30:00+02:00'", "'2026-11-01T14:31:00+02:00'", true},
		{"text", "'2026-11-01T12:00:00'", "'2026-11-01 13:00:00'", true},
	},
}

// TestCheckAgreesWithReading: what is said of a watermark is what comes of it when the
// table is read, row by row or counted.
func TestCheckAgreesWithReading(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for i, w := range watermarks[s.driver] {
			for _, mode := range []config.SQLMode{config.RowsMode, config.AggregateMode} {
				t.Run(fmt.Sprintf("%s of %s, %s", w.typ, strings.ReplaceAll(w.first, "/", ""), mode), func(t *testing.T) {
					table := fmt.Sprintf("t%d%s", i, mode)
					nullable := ""
					if s.driver == config.MySQL {
						nullable = " NULL"
					}
					s.exec(t, "CREATE TABLE @"+table+" (id bigint, ts "+w.typ+nullable+", value double precision)")
					r := newRig(t, s)
					r.cfg.SQL.Table, r.cfg.SQL.Mode, r.cfg.SQL.Overlap = s.schema+table, mode, config.Overlap{Time: time.Minute, Count: 1}
					// What the mapping makes of the times is another matter.
					r.cfg.Fields.Timestamp = config.Field{Paths: []string{"none"}}
					if mode == config.AggregateMode {
						minute := []Level{{int64(time.Minute), 60}}
						r.counting = &Counting{Levels: minute, Distinct: minute, Columns: []Column{{Name: "value", Kind: catalog.Numeric, Edges: []float64{0}}}}
					}
					empty := checkOf(t, r)
					rows := uint64(0)
					r.each = func(b *event.Batch) {
						rows += uint64(b.N)
						for i := range b.Aggregates {
							rows += b.Aggregates[i].Rows
						}
					}
					s.exec(t, "INSERT INTO @"+table+" VALUES (1, "+w.first+", 1)")
					r.poll()
					up := r.s.Status().Up
					s.exec(t, "INSERT INTO @"+table+" VALUES (2, "+w.second+", 1)")
					r.poll()
					st := r.s.Status()
					good := up && st.Up && rows == 2
					filled := checkOf(t, r)
					if (filled == "") != good {
						t.Errorf("reading it is well: %t (%v, %d rows), but it is said %q", good, st.Err, rows, filled)
					}
					if !w.byValue && (empty == "") != good {
						t.Errorf("reading it is well: %t (%v), but of the empty table it is said %q", good, st.Err, empty)
					}
					if w.byValue && empty != "" {
						t.Errorf("of the empty table it is said %q", empty)
					}
				})
			}
		}
	})
}

// TestCheckOfAnotherZone: times without a zone cannot be counted in one.
func TestCheckOfAnotherZone(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		stamp := map[config.Driver]string{config.Postgres: "timestamp", config.MySQL: "datetime", config.SQLite: "text"}[s.driver]
		s.exec(t, "CREATE TABLE @t (ts "+stamp+", value double precision)")
		s.exec(t, "INSERT INTO @t VALUES ('2026-11-01 12:00:00', 1)")
		for zone, want := range map[string]string{"UTC": "", "Europe/Berlin": "has no time zone, and mode: aggregate takes it as UTC; remove fields.timezone"} {
			r := newRig(t, s)
			var err error
			if r.cfg.Fields.Timezone, err = time.LoadLocation(zone); err != nil {
				t.Fatal(err)
			}
			r.cfg.SQL.Mode, r.cfg.SQL.Key = config.AggregateMode, nil
			minute := []Level{{int64(time.Minute), 60}}
			r.counting = &Counting{Levels: minute, Distinct: minute}
			r.poll()
			said := checkOf(t, r)
			if up := r.s.Status().Up; up != (want == "") || !strings.Contains(said, want) || up != (said == "") {
				t.Errorf("%s: counting it is well: %t (%v), and it is said %q", zone, up, r.s.Status().Err, said)
			}
		}
	})
}

// TestCheckOfOneVersion: a column that divides rows by version does so in mode rows only.
func TestCheckOfOneVersion(t *testing.T) {
	s := newServer(t, config.SQLite)
	s.exec(t, "CREATE TABLE t (id bigint, ts text, version text, value real)")
	said := func(change func(*config.Source)) string {
		r := newRig(t, s)
		r.cfg.SQL.Mode, r.cfg.SQL.Key = config.AggregateMode, nil
		change(&r.cfg)
		set, err := decode.New(r.cfg, config.Limits{Features: 1000})
		if err != nil {
			t.Fatal(err)
		}
		_, notes, err := Check(t.Context(), r.cfg, set, nil)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(notes, "\n")
	}
	const note = `column "version" (text) would be the version in mode: rows; in mode: aggregate all rows are of one version: write fields.version: { value: … }, or use mode: rows`
	if got := said(func(*config.Source) {}); got != note {
		t.Errorf("it is said %q, want %q", got, note)
	}
	for what, change := range map[string]func(*config.Source){
		"mode rows":       func(c *config.Source) { c.SQL.Mode, c.SQL.Key = config.RowsMode, []string{"id"} },
		"a constant":      func(c *config.Source) { c.Fields.Version = config.Field{Const: true, Value: "1"} },
		"a feature table": func(c *config.Source) { c.Fields.Table = true },
		"no such column":  func(c *config.Source) { c.SQL.Table, c.SQL.Query = "", "SELECT id, ts, value FROM t" },
	} {
		if got := said(change); strings.Contains(got, "version") {
			t.Errorf("%s: it is said %q", what, got)
		}
	}
}

// TestAdviceOnTextsHolds: what is advised where texts are not in the order of time works.
func TestAdviceOnTextsHolds(t *testing.T) {
	s := newServer(t, config.SQLite)
	s.exec(t, "CREATE TABLE t (id bigint, ts text, value real)")
	r := newRig(t, s)
	s.exec(t, "INSERT INTO t VALUES (1, '2026-11-01T06:00:00-05:00', 1), (2, '2026-11-01 11:00:30', 1)")
	said := checkOf(t, r)
	r.cfg.SQL.Table, r.cfg.SQL.Query, r.cfg.SQL.Watermark = "", `SELECT *, datetime("ts") AS utc FROM t`, "utc"
	if !strings.Contains(said, `query: SELECT *, datetime("ts") AS utc FROM …, with watermark: utc`) {
		t.Errorf("it is said %q", said)
	}
	r.up(2)
	s.exec(t, "INSERT INTO t VALUES (3, '2026-11-01T06:01:00-05:00', 1), (4, '2026-11-01T13:01:30+02:00', 1)")
	r.up(2)
	if said := checkOf(t, r); said != "" {
		t.Errorf("it is still said %q", said)
	}
}

// TestCheckAgreesWithCounting: what is said of a column in mode aggregate is what comes
// of it when the table is counted.
func TestCheckAgreesWithCounting(t *testing.T) {
	types := map[config.Driver][]string{
		config.Postgres: {"int", "numeric(10,2)", "double precision", "boolean", "text", "varchar(5)", "uuid", "bytea", "date", "timestamp", "timestamptz", "time", "interval", "json", "jsonb", "int[]", "inet", "money"},
		config.MySQL:    {"int", "decimal(10,2)", "double", "boolean", "varchar(5)", "enum('a')", "blob", "date", "datetime", "timestamp NULL", "time", "json", "year", "bit(3)", "point"},
		config.SQLite:   {"integer", "real", "text", "blob", "date", ""},
	}
	stamps := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}
	eachServer(t, func(t *testing.T, s *server) {
		for i, typ := range types[s.driver] {
			table := fmt.Sprintf("t%d", i)
			s.exec(t, "CREATE TABLE @"+table+" (ts "+stamps[s.driver]+", x "+typ+")")
			s.exec(t, "INSERT INTO @"+table+" VALUES ('2026-11-01 12:00:00', NULL)")
			for _, kind := range []catalog.Kind{catalog.Numeric, catalog.Categorical, catalog.Boolean} {
				r := newRig(t, s)
				r.cfg.SQL.Table, r.cfg.SQL.Mode, r.cfg.SQL.Key, r.cfg.Fields.ID = s.schema+table, config.AggregateMode, nil, config.Field{}
				minute := []Level{{int64(time.Minute), 60}}
				column := Column{Name: "x", Kind: kind, Words: []string{"a"}}
				if kind == catalog.Numeric {
					column = Column{Name: "x", Kind: kind, Edges: []float64{0, 1}}
				}
				r.counting = &Counting{Levels: minute, Distinct: minute, Columns: []Column{column}}
				r.poll()
				st, said := r.s.Status(), checkOf(t, r)
				if st.Up != (said == "") {
					t.Errorf("%s as %s: counting it is well: %t (%v), but it is said %q", typ, kind, st.Up, st.Err, said)
				}
				if said != "" && !strings.Contains(said, `cannot count column "x"`) {
					t.Errorf("%s as %s: it is said %q", typ, kind, said)
				}
			}
		}
	})
}

// TestCheckNamesWhatIsThere: columns that are not there, keys without a value, and
// features that grow.
func TestCheckNamesWhatIsThere(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		stamp := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[s.driver]
		s.exec(t, "CREATE TABLE @t (driver_id bigint, created_at "+stamp+" NULL, rate double precision)")
		s.exec(t, "INSERT INTO @t VALUES (1, '2026-11-01 12:00:00', 1), (NULL, '2026-11-01 12:01:00', 1), (3, NULL, 1)")
		for _, c := range []struct {
			watermark, key string
			problems       []string
			note           string
		}{
			{"create_at", "driver_id", []string{`sql.watermark: there is no column "create_at"; did you mean "created_at"?`}, ""},
			{"created_at", "driver", []string{`sql.key: there is no column "driver"; did you mean "driver_id"?`}, ""},
			{"x", "y", []string{`no column "x"; there are driver_id, created_at, rate`, `no column "y"; there are`}, ""},
			{"created_at", "driver_id", []string{`sql.key: column "driver_id" has no value in some rows`}, `has no value in 1 of the first 3 rows: such rows are not read`},
			{"created_at", "rate", nil, `is the watermark and a feature, too`},
			{"rate", "driver_id", []string{`sql.watermark: column "rate" (`, `"driver_id" has no value`}, ""},
		} {
			r := newRig(t, s)
			r.cfg.SQL.Watermark, r.cfg.SQL.Key, r.cfg.Fields = c.watermark, []string{c.key}, config.DefaultFields
			set, err := decode.New(r.cfg, config.Limits{Features: 1000})
			if err != nil {
				t.Fatal(err)
			}
			problems, notes, err := Check(t.Context(), r.cfg, set, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(problems) != len(c.problems) || !strings.Contains(strings.Join(notes, "\n"), c.note) || c.note == "" && len(notes) > 0 {
				t.Errorf("watermark %s, key %s: problems %q and notes %q", c.watermark, c.key, problems, notes)
				continue
			}
			for i, want := range c.problems {
				if !strings.Contains(problems[i], want) {
					t.Errorf("watermark %s, key %s: %q does not say %q", c.watermark, c.key, problems[i], want)
				}
			}
			// Neither a wrong order nor a wrong mapping keeps anybody from seeing the rows.
			r.cfg.Fields.Features = config.Features{Names: []string{"rates"}}
			wrong, err := decode.New(r.cfg, config.Limits{Features: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range []*decode.Set{set, wrong} {
				var b event.Batch
				if n, err := Sample(t.Context(), r.cfg.SQL, set, &b, 10); n != 3 || err != nil {
					t.Errorf("%d rows: %v", n, err)
				}
			}
		}
	})
}

// TestLostFeaturesAreLoggedOnce: listed columns that the table lacks are named when it is
// first looked at, and when its columns change.
func TestLostFeaturesAreLoggedOnce(t *testing.T) {
	s := newServer(t, config.SQLite)
	s.create(t)
	s.insert(t, 1, 3, 0)
	r := newRig(t, s)
	r.cfg.Fields.Features = config.Features{Names: []string{"valeu", "name"}}
	r.start()
	var log strings.Builder
	r.s.log = slog.New(slog.NewTextHandler(&log, nil))
	for range 3 {
		r.poll()
	}
	if n := strings.Count(log.String(), "columns=valeu"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, &log)
	}
	s.exec(t, "ALTER TABLE @t ADD COLUMN valeu int")
	r.poll()
	if n := strings.Count(log.String(), "columns=valeu"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, &log)
	}
}

// checkOf returns all that is wrong with a rig's table.
func checkOf(t *testing.T, r *rig) string {
	t.Helper()
	set, err := decode.New(r.cfg, config.Limits{Features: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var columns []Column
	if r.counting != nil {
		columns = r.counting.Columns
	}
	problems, _, err := Check(t.Context(), r.cfg, set, columns)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(problems, "\n")
}
