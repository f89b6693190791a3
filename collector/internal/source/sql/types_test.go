package sql

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// value is what a cell should hold.
type value struct {
	cell event.Cell
	num  float64
	text string
}

func num(x float64) value   { return value{cell: event.Number, num: x} }
func word(s string) value   { return value{cell: event.Text, text: s} }
func truth(x float64) value { return value{cell: event.Bool, num: x} }

var (
	null   = value{cell: event.Null}
	nested = value{cell: event.Nested}
)

// TestTypes reads a value and a null of every type, as a feature.
func TestTypes(t *testing.T) {
	noon := float64(start.Unix())
	for d, types := range map[config.Driver][]struct {
		typ, literal string
		want         value
	}{
		config.Postgres: {
			{"smallint", "-3", num(-3)}, {"int", "2147483647", num(math.MaxInt32)}, {"bigint", "9007199254740993", num(9007199254740992)},
			{"real", "0.1", num(float64(float32(0.1)))}, {"double precision", "1e300", num(1e300)}, {"double precision", "'NaN'", null},
			{"double precision", "'-Infinity'", num(math.Inf(-1))}, {"numeric", "-12345678901234567890.125", num(-12345678901234567890.125)},
			{"numeric(10,2)", "0.10", num(0.1)}, {"numeric", "'NaN'", null}, {"boolean", "true", truth(1)}, {"text", "'Łódź'", word("Łódź")},
			{"text", "''", word("")}, {"varchar(5)", "'abc'", word("abc")}, {"char(4)", "'ab'", word("ab  ")}, {"name", "'ab'", word("ab")},
			{"timestamptz", "'2026-11-01 14:00:00+02'", num(noon)}, {"timestamp", "'2026-11-01 12:00:00.5'", num(noon + 0.5)}, {"timestamptz", "'infinity'", null},
			{"date", "'2026-11-01'", num(noon - 43200)}, {"time", "'01:00:01.5'", num(3601.5)}, {"interval", "'1 day 2 seconds'", num(86402)},
			{"uuid", "'00112233-4455-6677-8899-aabbccddeeff'", word("00112233-4455-6677-8899-aabbccddeeff")},
			{"jsonb", `'{"a": 1}'`, nested}, {"json", "'[1]'", nested}, {"jsonb", `'"a\"b"'`, word(`a"b`)}, {"json", " ' 1.5 ' ", num(1.5)}, {"jsonb", "'true'", truth(1)}, {"jsonb", "'null'", null},
			{"int[]", "'{1,2}'", nested}, {"text[]", "'{a}'", nested}, {"bytea", `'\x6162'`, word("ab")}, {"inet", "'10.0.0.1'", word("10.0.0.1")},
			{"real", "'NaN'", null}, {"real", "'Infinity'", num(math.Inf(1))}, {"numeric", "'-Infinity'", num(math.Inf(-1))}, {"timestamp", "'-infinity'", null}, {"date", "'infinity'", null},
			{"@mood", "'glad'", word("glad")}, {"@mood[]", "'{glad}'", word("{glad}")}, {"boolean", "false", truth(0)}, {"json", `'{}'`, nested}, {"bytea", `'\x'`, word("")}, {"bigint", "-9223372036854775808", num(math.MinInt64)},
			{"money", "'1.50'", word("$1.50")}, {"oid", "7", num(7)}, {"int4range", "'[1,3)'", word("[1,3)")}, {"bit(3)", "'101'", word("101")},
		},
		config.MySQL: {
			{"tinyint", "-3", num(-3)}, {"int", "7", num(7)}, {"bigint unsigned", "18446744073709551615", num(18446744073709551615)}, {"bigint", "-9", num(-9)},
			{"float", "0.1", num(float64(float32(0.1)))}, {"double", "1e300", num(1e300)}, {"decimal(20,3)", "-0.125", num(-0.125)}, {"boolean", "true", num(1)},
			{"bit(9)", "b'100000001'", num(257)}, {"year", "2026", num(2026)}, {"varchar(20)", "'Łódź'", word("Łódź")}, {"text", "''", word("")},
			{"enum('a','b')", "'b'", word("b")}, {"datetime(3)", "'2026-11-01 12:00:00.5'", num(noon + 0.5)}, {"timestamp", "'2026-11-01 12:00:00'", num(noon)},
			{"date", "'2026-11-01'", num(noon - 43200)}, {"time(1)", "'-01:00:01.5'", num(-3601.5)}, {"blob", "'ab'", word("ab")},
		},
		config.SQLite: {
			{"integer", "7", num(7)}, {"real", "1e300", num(1e300)}, {"text", "'Łódź'", word("Łódź")}, {"blob", "x'6162'", word("ab")},
			{"integer", "'seven'", word("seven")}, {"text", "1", word("1")}, {"datetime", "'2026-11-01'", word("2026-11-01")}, {"boolean", "1", num(1)}, {"", "9e999", num(math.Inf(1))},
		},
	} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			if d == config.MySQL {
				s.run("SET time_zone = '+00:00'")
			}
			if d == config.Postgres {
				s.exec(t, "CREATE TYPE @mood AS ENUM ('sad', 'glad')")
			}
			stamp := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[d]
			create, values, nulls := "", "", ""
			for i, c := range types {
				create += fmt.Sprintf(", c%d %s", i, c.typ)
				if d == config.MySQL && c.typ == "timestamp" {
					create += " NULL"
				}
				values += ", " + c.literal
				nulls += ", NULL"
			}
			s.exec(t, "CREATE TABLE @t (id int, ts "+stamp+create+")")
			s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (1, '%s'%s)", at(0), values))
			for i := range 3 { // nulls before and behind a second value
				what := nulls
				if i == 1 {
					what = values
				}
				s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (%d, '%s'%s)", i+2, at(time.Duration(i+1)*time.Second), what))
			}
			r := newRig(t, s)
			var b event.Batch
			r.each = func(got *event.Batch) { b = kept(got) }
			r.up(4)
			for i := range b.N {
				if b.Times[i] != start.Add(time.Duration(i)*time.Second).UnixNano() {
					t.Errorf("row %d is dated %d", i, b.Times[i])
				}
			}
			if len(b.Features) != len(types) {
				t.Fatalf("%d features, want %d", len(b.Features), len(types))
			}
			for i, c := range types {
				got := &b.Features[i]
				for row := range 4 {
					want := c.want
					if row%2 == 1 {
						want = null
					}
					if v := cellOf(got, row); v != want {
						t.Errorf("%s %s: row %d: got %+v, want %+v", c.typ, strings.TrimSpace(c.literal), row, v, want)
					}
				}
			}
		})
	}
}

func cellOf(c *event.Column, row int) value {
	v := value{cell: c.Cells[row]}
	switch v.cell {
	case event.Number, event.Bool:
		v.num = c.Nums[row]
	case event.Text:
		v.text, _ = c.Text(row)
	}
	return v
}

// TestTimesOfAnotherZone reads times without a zone in that of the mapping.
func TestTimesOfAnotherZone(t *testing.T) {
	s := newServer(t, config.Postgres)
	s.exec(t, "CREATE TABLE @t (id int, ts timestamp, value int)")
	s.exec(t, "INSERT INTO @t VALUES (1, '2026-11-01 12:30:00', 5), (2, '2026-11-01 13:30:00', 5)")
	r := newRig(t, s)
	r.now = time.Date(2026, 11, 1, 11, 40, 0, 0, time.UTC) // 12:40 in Berlin
	r.cfg.Fields.Timezone = time.FixedZone("Berlin", 3600)
	var b event.Batch
	r.each = func(got *event.Batch) { b = kept(got) }
	r.up(1)
	if want := time.Date(2026, 11, 1, 11, 30, 0, 0, time.UTC); b.Times[0] != want.UnixNano() {
		t.Errorf("dated %v, want %v", time.Unix(0, b.Times[0]).UTC(), want)
	}
	r.now = r.now.Add(time.Hour)
	r.up(1)
}

// TestWidePages bounds a page by its cells and its bytes, not by its rows alone.
func TestWidePages(t *testing.T) {
	var p page
	p.reset(1000)
	n := 0
	full := func() error { n += p.rows; return nil }
	for range 5000 {
		for _, c := range p.columns {
			c.addInt(1)
		}
		if err := p.next(full); err != nil {
			t.Fatal(err)
		}
		if p.rows*1000 > maxCells {
			t.Fatalf("%d rows of 1000 columns", p.rows)
		}
	}
	if n+p.rows != 5000 {
		t.Errorf("%d rows came through", n+p.rows)
	}
	p.reset(1)
	for {
		p.columns[0].addText(formText, []byte("a"))
		p.bytes += 1 << 20
		if err := p.next(nil); err != nil {
			break
		}
		if p.bytes > 2*maxPageBytes {
			t.Fatal("a page has no end")
		}
	}
}

// TestTypesOfKeys reads page by page by keys of every type that has an order, and
// refuses the others before a row is read.
func TestTypesOfKeys(t *testing.T) {
	for d, types := range map[config.Driver]map[string]string{ // of the i-th row
		config.Postgres: {
			"bytea": "sha256(int4send(%d))", "uuid": "md5('%d')::uuid", "text": "'%d'", "numeric": "%d / 7.0", "real": "%d / 7.0", "double precision": "%d / 7.0",
			"boolean": "%d %% 2 = 0", "date": "date '2026-11-01' + %d", "time": "time '00:00' + %d * interval '1.5 s'", "inet": "inet '10.0.0.0' + %d",
			"timestamptz": "now() + %d * interval '1.000001 s'", "money": "(%d / 7.0)::numeric::money", "int4range": "int4range(0, %d)", "timetz": "timetz '00:00+02' + %d * interval '1 s'",
			"interval": "", "jsonb": "", "int[]": "", "text[]": "",
		},
		config.MySQL: {
			"binary(32)": "unhex(sha2(%d, 256))", "varbinary(9)": "char(%d)", "varchar(20)": "%d", "decimal(9,3)": "%d / 7", "double": "%d / 7", "bit(9)": "%d",
			"date": "date '2026-11-01' + interval %d day", "time(3)": "sec_to_time(%d * 1.5)", "datetime(6)": "now() + interval %d * 1.000001 second", "bigint unsigned": "18446744073709551615 - %d",
			"year": "1970 + %d", "enum('b','a')": "", "set('b','a')": "", "float": "",
		},
		config.SQLite: {"blob": "unhex(printf('%%08x', %d * 7919 %% 1000))", "text": "%d", "real": "%d / 7.0", "": "%d"},
	} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			stamp := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[d]
			for typ, value := range types {
				s.exec(t, "DROP TABLE IF EXISTS @t")
				s.exec(t, "CREATE TABLE @t (id "+typ+", ts "+stamp+", value int)")
				r := newRig(t, s)
				r.cfg.SQL.PageSize = 7
				if value == "" {
					r.down(`column "id" of the key is of type`)
					continue
				}
				for i := range 100 {
					s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES ("+value+", '%s', 1)", i+1, at(0)))
				}
				if n := r.poll(); n+r.bad != 100 || r.s.Status().Err != nil {
					t.Errorf("%s: %d rows, want 100: %v", typ, n+r.bad, r.s.Status().Err)
				}
				r.restart()
				if n := r.poll(); n > 0 {
					t.Errorf("%s: %d rows came twice", typ, n)
				}
			}
		})
	}
}
