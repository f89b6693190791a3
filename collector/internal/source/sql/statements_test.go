package sql

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
)

var update = flag.Bool("update", false, "rewrite the statements in testdata")

// TestStatements compares what each server is asked with testdata/*.sql, to be read
// like code; for servers that no test can ask it is all there is.
func TestStatements(t *testing.T) {
	for d, dialect := range dialects {
		t.Run(string(d), func(t *testing.T) {
			path := filepath.Join("testdata", string(d)+".sql")
			got := statements(dialect, d)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
		})
	}
}

func statements(d *dialect, driver config.Driver) string {
	cfg := config.DefaultSQL
	cfg.Driver, cfg.Table, cfg.Watermark, cfg.Key = driver, `fea"tures.dri`+"`vers", "ts", []string{"driver id", "day"}
	var b strings.Builder
	write := func(what string, s *statement) {
		fmt.Fprintf(&b, "-- %s\n%s\n", what, s.text.String())
		for i, a := range s.args {
			fmt.Fprintf(&b, "--   %d: %v\n", i+1, a)
		}
		b.WriteByte('\n')
	}
	f := formTime
	if driver == config.SQLite {
		f = formText
	}
	const sample = "2026-11-01 12:00:00.5"
	at := d.at(f, start.UnixNano()+123456789, sample)
	columns := []string{"ts", "driver id", "day", "rate"}
	write("first page", d.page(&cfg, columns, nil, arg{}, 10))
	write("beginning of a poll", d.page(&cfg, columns, []arg{at}, at, 10))
	write("next page", d.page(&cfg, columns, []arg{at, {formInt, "7"}, {formText, "monday"}}, at, 10))
	query := cfg
	query.Table, query.Query = "", "SELECT * FROM t WHERE a > 5"
	write("query", d.page(&query, columns, nil, arg{}, 10))
	class := classTime
	if driver == config.SQLite {
		class = classAny
	}
	sc := &scope{
		d: d, cfg: &cfg, class: class, low: 1793448000000000000, near: []times{{1793534340000000000, math.MaxInt64}},
		where:  func(s *statement) { s.write(d.ident("ts"), " <= ", at) },
		levels: []Level{{60e9, 60}, {1440e9, 60}}, begins: []int64{1793534280000000000, 1793530080000000000},
	}
	kind := classNumber
	if driver == config.SQLite {
		kind = classAny
	}
	rate := columnPlan{Column: &Column{Name: "rate", Kind: catalog.Numeric, Edges: []float64{-1.5, 0.1, 2, 3e10}, Shift: 0.5, Range: &[2]float64{0, 5}, Sentinels: []float64{-999}}, source: d.ident("rate"), class: kind}
	city := columnPlan{Column: &Column{Name: "city", Kind: catalog.Categorical, Words: []string{"Berlin", "O'Hare"}}, at: 1, source: d.ident("city"), class: classText}
	flag := columnPlan{Column: &Column{Name: "flag", Kind: catalog.Boolean, Words: []string{"false", "true"}}, at: 3, source: d.ident("flag"), class: kind}
	gone := columnPlan{Column: &Column{Name: "gone", Kind: catalog.Numeric, Edges: []float64{1}}, at: 2}
	write("summary", sc.summary([]columnPlan{rate, city, gone}))
	if d.count.place != nil {
		long := *sc
		long.low = math.MinInt64
		write("summary of too many spans for a list", long.summary([]columnPlan{rate}))
		sc.cuts = sc.cut(1793534400000000000)
		write("summary by a list", sc.summary([]columnPlan{rate, city, gone}))
	}
	write("bins", sc.bins(&rate))
	write("words", sc.words(&city))
	write("words of numbers", sc.words(&flag))
	write("hashes of numbers", sc.ranks(&rate))
	write("hashes of texts", sc.ranks(&city))
	write("hashes of categories that are numbers", sc.ranks(&flag))
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// TestStatementsStaySmall bounds the longest statements of a wide table.
func TestStatementsStaySmall(t *testing.T) {
	for driver, d := range dialects {
		edges := make([]float64, 250)
		for i := range edges {
			edges[i] = float64(i) / 7
		}
		cfg := config.DefaultSQL
		cfg.Driver, cfg.Table, cfg.Watermark = driver, "t", "ts"
		sc := &scope{d: d, cfg: &cfg, class: classTime, where: func(s *statement) { s.write("1 = 1") }, low: math.MinInt64, levels: []Level{{60e9, 60}}, begins: []int64{0}}
		var columns []columnPlan
		for i := range 20 {
			columns = append(columns, columnPlan{Column: &Column{Name: "c", Kind: catalog.Numeric, Edges: edges}, at: i, source: d.ident("c"), class: classNumber})
		}
		for _, s := range []*statement{sc.summary(columns), sc.bins(&columns[0])} {
			if n := s.text.Len(); n > 32<<10 {
				t.Errorf("%s: a statement of %d bytes", driver, n)
			}
		}
	}
}

// TestNamesAreQuoted: no name of a table or column ends its quotes.
func TestNamesAreQuoted(t *testing.T) {
	for driver, d := range dialects {
		for _, name := range []string{`"`, "`", `a"; DROP TABLE t --`, "a`b``c", "ü"} {
			q := d.ident(name)
			inner := q[1 : len(q)-1]
			if got := strings.ReplaceAll(inner, string([]byte{d.quote, d.quote}), string(d.quote)); got != name || strings.Contains(strings.ReplaceAll(inner, string([]byte{d.quote, d.quote}), ""), string(d.quote)) {
				t.Errorf("%s: %q is quoted as %s", driver, name, q)
			}
		}
	}
}

// FuzzPositions: any text is a position or an error, and what was read is written
// as something that reads the same.
func FuzzPositions(f *testing.F) {
	m := newMemory()
	m.form, m.high, m.highs = formTime, 1793534400000000000, "2026-11-01T12:00:00Z"
	m.visit(1, m.high-5)
	m.visit(1, m.high-5)
	m.visit(2, m.high)
	f.Add(m.String())
	m.floor = mark{m.high - 7, []arg{{formTime, "2026-11-01T11:00:00Z"}, {formText, "a \"b\" seen"}}}
	f.Add(m.String())
	m.serial = 7
	f.Add(m.String())
	f.Add(newMemory().String())
	f.Add(`9 1793534400000000000 "2026-11-01T12:00:00Z" from -9223372036854775808 seen AQAAAAAAAAAKAgIAAAAAAAAAAAE`)
	f.Add("counts q1YqUbIyNDPSUcpLzE1VslJKSk5RqgUA")
	f.Add(newLedger().String())
	f.Fuzz(func(t *testing.T, at string) {
		if _, err := parseMemories(map[int]string{0: m.String(), 3: at}); err != nil {
			_, err2 := parseMemory(at)
			if err2 == nil {
				t.Errorf("%q beside another: %v", at, err)
			}
		}
		if m, err := parseMemory(at); err == nil {
			again, err := parseMemory(m.String())
			if err != nil || again.String() != m.String() {
				t.Errorf("%q was read and written as %q: %v", at, m, err)
			}
			if !utf8.ValidString(m.String()) {
				t.Errorf("%q is no text", m)
			}
		}
		if l, err := parseLedger(at); err == nil {
			again, err := parseLedger(l.String())
			if err != nil || again.String() != l.String() {
				t.Errorf("%q was read and written as %q: %v", at, l, err)
			}
		}
	})
}

// FuzzTexts: any text in a column that holds documents, times of day, decimals or
// stamps is a value.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `"text"`, "1.5", "null", "-12:30:00.5", "2026-11-01 12:00:00", "0000-00-00", "NaN", "1e999", "\xff", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := &column{ends: []uint32{0}}
		c.addJSON([]byte(s))
		c.addTimeOfDay([]byte(s))
		c.addDecimal([]byte(s))
		c.addStamp(formLocal, []byte(s))
		c.addText(formText, []byte(s))
		if c.rows() != 5 {
			t.Fatalf("%d rows of one value each", c.rows())
		}
		for row := range c.rows() {
			c.spell(nil, c.formAt(row), row)
		}
		if got := string(c.spell(nil, formText, 4)); got != s {
			t.Errorf("%q became %q", s, got)
		}
	})
}
