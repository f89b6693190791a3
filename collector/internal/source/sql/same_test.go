package sql

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// createWide makes a table with a column of every kind that can be counted.
func (s *server) createWide(t testing.TB) {
	t.Helper()
	types := map[config.Driver][]any{
		config.Postgres: {"timestamptz", "double precision", "real", "numeric(10,2)", "boolean", "timestamptz", "smallint", "numeric(4,2)", "real"},
		config.MySQL:    {"datetime(6)", "double", "float", "decimal(10,2)", "boolean", "datetime(6)", "smallint", "decimal(4,2)", "float"},
		config.SQLite:   {"text", "real", "real", "real", "boolean", "text", "", "real", "real"},
	}[s.driver]
	s.exec(t, fmt.Sprintf("CREATE TABLE @t (id bigint NOT NULL, ts %s NOT NULL, wide %s, narrow %s, price %s, trips int, active %s, city varchar(40), seen %s, far double precision, flag %s, level %s, grade %s, answer varchar(5), PRIMARY KEY (ts, id))", types...))
}

// insertWide adds random rows, dated between two times after the start.
func (s *server) insertWide(t testing.TB, r *rand.Rand, id *int, n int, from, to time.Duration, shift float64) {
	t.Helper()
	maybe := func(text string) string {
		if r.IntN(10) == 0 {
			return "NULL"
		}
		return text
	}
	var rows []string
	for i := range n {
		*id++
		stamp := at((from + time.Duration(r.Int64N(int64(to-from)))).Truncate(time.Millisecond))
		active := []string{"true", "false"}[r.IntN(2)]
		city := []string{"Berlin", "berlin", "Paris", "", "Łódź", "O''Hare"}[r.IntN(6)]
		if shift > 0 && r.IntN(20) == 0 {
			city = fmt.Sprintf("new%d", r.IntN(5))
		}
		rows = append(rows, fmt.Sprintf("(%d, '%s', %s, %s, %s, %s, %s, %s, %s, %s, %s)", *id, stamp,
			maybe(fmt.Sprint(r.NormFloat64()*3+1e6+shift)), maybe(fmt.Sprint(float32(r.Float64()))), maybe(fmt.Sprintf("%.2f", r.ExpFloat64()*20+shift)),
			maybe(fmt.Sprint(r.IntN(40))), maybe(active), maybe("'"+city+"'"), maybe("'"+at(time.Duration(r.IntN(1000))*time.Second)+"'"),
			maybe(fmt.Sprint(math.Exp(r.NormFloat64()*10))), spelled(*id, shift > 0)))
		if len(rows) == 500 || i == n-1 {
			s.exec(t, "INSERT INTO @t VALUES "+strings.Join(rows, ", "))
			rows = rows[:0]
		}
	}
}

// spelled are the categories of a row that are numbers or booleans, in random
// spellings, and some that are new.
func spelled(id int, strange bool) string {
	r := rand.New(rand.NewPCG(uint64(id), 5))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	values := []string{pick("0", "1", "0.0", "1.0"), pick("1.00", "1.50", "2.25", "0", "30"), pick("0.1", "0.25", "1e9", "7"), pick("'true'", "'false'")}
	if strange && r.IntN(20) == 0 {
		values = []string{pick("2", "-1"), fmt.Sprintf("%.2f", r.Float64()), "0.7", pick("'t'", "'FALSE'", "'1'", "'0'", "'no'", "'2'")}
	}
	for i := range values {
		if r.IntN(10) == 0 {
			values[i] = "NULL"
		}
	}
	return strings.Join(values, ", ")
}

const wideFields = "id: id, timestamp: ts, features: [wide, narrow, price, trips, active, city, far%s, flag, level, grade, answer, gone]"

// side is one of two ways to monitor a table.
type side struct {
	*rig
	models *model.Set
}

func (s *server) wideConfig(t testing.TB, mode config.SQLMode, global string) *config.Config {
	t.Helper()
	key := "key: [id], "
	if mode == config.AggregateMode {
		key = ""
	}
	seen := ", seen"
	if s.driver == config.SQLite {
		seen = "" // a text there
	}
	text := fmt.Sprintf(`
global: { windows: [1h, 24h]%s }
sources:
  - name: table
    sql: { driver: %s, dsn: %q, table: %q, mode: %s, %soverlap: 10m, page_size: 700 }
    fields: { %s }
models:
  - name: table
    task: none
    sources: [table]
    baseline: { training: none.json }
    features:
      price: { range: [0, 60], sentinels: [77] }
      wide: { sentinels: [1000000] }
`, global, s.driver, s.dsn, s.schema+"t", mode, key, fmt.Sprintf(wideFields, seen))
	cfg, err := config.Parse("/m.yml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// profileWide makes a baseline of what is in the table now.
func profileWide(t testing.TB, cfg *config.Config) *baseline.File {
	t.Helper()
	set, err := decode.New(cfg.Sources[0], cfg.Global.Limits)
	if err != nil {
		t.Fatal(err)
	}
	// The baseline has a boolean where the table has 0 and 1, and numbers that are categories.
	kinds := map[string]catalog.Kind{"flag": catalog.Boolean, "answer": catalog.Boolean, "level": catalog.Categorical, "grade": catalog.Categorical}
	b := baseline.NewBuilder(baseline.Options{Model: "table", MaxCategories: 50, Windows: cfg.Global.Windows, Kinds: kinds})
	var rows []int32
	if err := Each(t.Context(), cfg.Sources[0].SQL, set, false, func(batch *event.Batch) error {
		rows = rows[:0]
		for i := range batch.N {
			rows = append(rows, int32(i))
		}
		b.Add(batch, rows)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	f, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newSide(t testing.TB, s *server, cfg *config.Config, f *baseline.File) *side {
	t.Helper()
	d := &side{rig: newRig(t, s)}
	d.rig.cfg = cfg.Sources[0]
	var err error
	if d.models, err = model.NewSet(cfg, map[string]*baseline.File{"table": f}, []string{"table"}); err != nil {
		t.Fatal(err)
	}
	if cfg.Sources[0].SQL.Mode == config.AggregateMode {
		c := &Counting{EventTime: cfg.Global.Time == config.EventTime}
		panes, distinct := model.Levels(cfg.Global.Windows)
		for i := range panes {
			c.Levels, c.Distinct = append(c.Levels, Level(panes[i])), append(c.Distinct, Level(distinct[i]))
		}
		for _, col := range d.models.Models[0].Columns() {
			c.Columns = append(c.Columns, Column{Name: col.Name, Output: col.Output, Kind: col.Kind, Edges: col.Base.Edges, Shift: col.Base.Mean,
				Words: slices.Concat(col.Base.Categories, col.Base.Rare), Range: col.Range, Sentinels: col.Sentinels})
		}
		d.counting = c
	}
	d.each = func(b *event.Batch) { d.models.Apply(0, b, b.Arrival) }
	return d
}

// TestModesAgree: rows and aggregate mode have the same statistics on the same
// table, exactly for counts and to 1e-9 for moments.
func TestModesAgree(t *testing.T) {
	for _, global := range []string{"", ", time: event"} {
		t.Run("global"+global, func(t *testing.T) {
			eachServer(t, func(t *testing.T, s *server) { modesAgree(t, s, global) })
		})
	}
}

func modesAgree(t *testing.T, s *server, global string) {
	s.createWide(t)
	r, id := rand.New(rand.NewPCG(1, 2)), 0
	s.insertWide(t, r, &id, 2000, -30*time.Hour, 50*time.Minute, 0)
	rowsCfg, countsCfg := s.wideConfig(t, config.RowsMode, global), s.wideConfig(t, config.AggregateMode, global)
	f := profileWide(t, rowsCfg)
	s.insertWide(t, r, &id, 1000, -20*time.Hour, 50*time.Minute, 2)
	rows, counts := newSide(t, s, rowsCfg, f), newSide(t, s, countsCfg, f)
	check := func(what string) {
		t.Helper()
		for _, d := range []*side{rows, counts} {
			d.poll()
			if st := d.s.Status(); !st.Up || !st.CaughtUp {
				t.Fatalf("%s: status %+v", what, st)
			}
		}
		agree(t, what, rows, counts)
	}
	check("first")
	check("nothing new")
	s.insertWide(t, r, &id, 300, 50*time.Minute, 58*time.Minute, 2)
	check("new rows")
	s.insertWide(t, r, &id, 100, 51*time.Minute, 58*time.Minute, 5)
	check("late rows")
	counts.restart()
	rows.restart()
	s.insertWide(t, r, &id, 100, 52*time.Minute, 59*time.Minute, 5)
	check("late and new rows after a restart")
	for _, d := range []*side{rows, counts} {
		d.now = d.now.Add(3 * time.Hour)
	}
	s.insertWide(t, r, &id, 500, time.Hour, 4*time.Hour, 5)
	check("after a long time")
	if got := counts.models.Models[0].Versions[0].Predictions; got != uint64(id) {
		t.Errorf("%d rows were counted, want %d", got, id)
	}
}

// TestModesAgreeOnTexts: a category is the same word in both modes, of whatever type the
// column is.
func TestModesAgreeOnTexts(t *testing.T) {
	for d, types := range map[config.Driver][]struct{ typ, a, b string }{
		config.Postgres: {
			{"bytea", "'abc'", `'\x610062'`}, {"inet", "'10.0.0.1'", "'10.0.0.0/8'"}, {"cidr", "'10.0.0.0/8'", "'::/0'"}, {"char(5)", "'ab'", "'abcde'"},
			{"name", "'ab'", "'c'"}, {`"char"`, "'a'", "'b'"}, {"uuid", "'00112233-4455-6677-8899-aabbccddeeff'", "'10112233-4455-6677-8899-aabbccddeeff'"},
			{"money", "'1.50'", "'2'"}, {"int4range", "'[1,3)'", "'empty'"}, {"bit(3)", "'101'", "'000'"}, {"macaddr", "'08002b010203'", "'08002b010204'"},
			{"xml", "'<a/>'", "'<b/>'"}, {"@mood", "'sad'", "'ok'"}, {"text", "'true'", "'  x '"}, {"timetz", "'12:00:00+02'", "'13:00:00Z'"}, {"bytea", "'t'", "'true'"},
		},
		config.MySQL: {
			{"blob", "'abc'", "x'610062'"}, {"varbinary(9)", "'abc'", "'Łódź'"}, {"binary(5)", "'ab'", "'abcde'"}, {"char(5)", "'ab'", "'abcde'"}, {"enum('a','b')", "'a'", "'b'"},
			{"set('a','b')", "'a,b'", "''"}, {"varchar(9) CHARACTER SET latin1", "'Köln'", "'a '"}, {"text", "'true'", "' x '"}, {"longtext", "'A'", "'a'"},
		},
		config.SQLite: {{"blob", "x'616263'", "'abc'"}, {"blob", "x'610062'", "x'61'"}, {"text", "' x '", "'true'"}, {"", "x'c5'||x'81'", "'Ł'"}},
	} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			if d == config.Postgres {
				s.exec(t, "CREATE TYPE @mood AS ENUM ('sad', 'ok')")
			}
			stamp := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[d]
			var create, names, first, second string
			for i, c := range types {
				names += fmt.Sprintf(", c%d", i)
				create += fmt.Sprintf(", c%d %s", i, c.typ)
				first, second = first+", "+c.a, second+", "+c.b
			}
			s.exec(t, "CREATE TABLE @t (id int PRIMARY KEY, ts "+stamp+create+")")
			insert := func(from, to int, values string) {
				for i := from; i < to; i++ {
					s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (%d, '%s'%s)", i, start.Add(time.Duration(i)*time.Second).Format(time.DateTime), values))
				}
			}
			insert(0, 8, first)
			insert(8, 14, second)
			configure := func(mode config.SQLMode) *config.Config {
				cfg := s.wideConfig(t, mode, "")
				cfg.Sources[0].Fields.Features.Names = strings.Split(names[2:], ", ")
				clear(cfg.Models[0].Features)
				return cfg
			}
			rowsCfg := configure(config.RowsMode)
			f := profileWide(t, rowsCfg)
			insert(14, 24, second)
			insert(24, 28, strings.Repeat(", NULL", len(types)))
			rows, counts := newSide(t, s, rowsCfg, f), newSide(t, s, configure(config.AggregateMode), f)
			for _, side := range []*side{rows, counts} {
				side.poll()
				if st := side.s.Status(); !st.Up {
					t.Fatalf("status %+v", st)
				}
			}
			agree(t, "texts", rows, counts)
			v := counts.models.Models[0].Versions[0]
			for i := range v.Columns {
				if n := v.Columns[i]; n.Unseen != 0 || n.Values != 28 || n.Missing != 4 {
					t.Errorf("%s: %+v", types[i].typ, n)
				}
			}
		})
	}
}

// TestModesAgreeOnColumnNames: columns of a feature table that are called as parts of an
// event are columns like any other.
func TestModesAgreeOnColumnNames(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		stamp := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[s.driver]
		s.exec(t, "CREATE TABLE @t (id int PRIMARY KEY, ts "+stamp+", model int, version varchar(9), error varchar(9), type varchar(9), price int)")
		for i := range 20 {
			s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (%d, '%s', %d, 'v%d', 'e', '%s', %d)", i, at(0)[:19], i%3, i%2, []string{"a", "label"}[i%2], i))
		}
		configure := func(mode config.SQLMode) *config.Config {
			cfg := s.wideConfig(t, mode, "")
			cfg.Sources[0].Fields.Features.Names = []string{"price", "type"}
			clear(cfg.Models[0].Features)
			return cfg
		}
		f := profileWide(t, configure(config.RowsMode))
		rows, counts := newSide(t, s, configure(config.RowsMode), f), newSide(t, s, configure(config.AggregateMode), f)
		rows.poll()
		counts.up(0)
		for _, d := range []*side{rows, counts} {
			if m := d.models.Models[0]; d.bad > 0 || len(d.models.Models) != 1 || len(m.Versions) != 1 || m.Versions[0].Predictions != 20 || m.Versions[0].Name != "unknown" {
				t.Fatalf("%d rows were rejected; versions %+v", d.bad, d.models.Models[0].Versions)
			}
		}
		agree(t, "names", rows, counts)
	})
}

// TestBytesThatAreNoText: in the baseline each such byte was replaced, so categories
// cannot be found where they are. That is said, instead of counting them as unseen.
func TestBytesThatAreNoText(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		types := map[config.Driver]string{config.Postgres: "timestamptz, city bytea", config.MySQL: "datetime, city blob", config.SQLite: "text, city blob"}
		literal := "x'ff00'"
		if s.driver == config.Postgres {
			literal = `'\xff00'`
		}
		s.exec(t, "CREATE TABLE @t (id int PRIMARY KEY, ts "+types[s.driver]+")")
		s.exec(t, "INSERT INTO @t VALUES (1, '2026-11-01 12:00:00', "+literal+")")
		cfg := s.wideConfig(t, config.RowsMode, "")
		cfg.Sources[0].Fields.Features.Names = []string{"city"}
		clear(cfg.Models[0].Features)
		f := profileWide(t, cfg)
		cfg.Sources[0].SQL.Mode, cfg.Sources[0].SQL.Key = config.AggregateMode, nil
		c := newSide(t, s, cfg, f)
		c.down(`"city" has categories in the baseline that are bytes and no text`)
		if text := checkOf(t, c.rig); !strings.Contains(text, "whose categories in the baseline are bytes and no text") {
			t.Errorf("it is said %q", text)
		}
	})
}

func agree(t *testing.T, what string, rows, counts *side) {
	t.Helper()
	a, b := rows.models.Models[0], counts.models.Models[0]
	v, w := a.Versions[0], b.Versions[0]
	if v.Predictions != w.Predictions || v.Late != w.Late || v.LastEvent != w.LastEvent || v.Future != w.Future {
		t.Fatalf("%s: %d rows, %d late, the last %d, %d in the future; counted %d, %d, %d, %d", what,
			v.Predictions, v.Late, v.LastEvent, v.Future, w.Predictions, w.Late, w.LastEvent, w.Future)
	}
	for i := range a.Columns() {
		c := &a.Columns()[i]
		x, y := v.Columns[i], w.Columns[i]
		if x.Values != y.Values || x.Missing != y.Missing || x.Type != y.Type || x.Range != y.Range || x.Unseen != y.Unseen || x.Removed != y.Removed {
			t.Errorf("%s: column %s: %+v, counted %+v", what, c.Name, x, y)
		}
	}
	for k := range 3 {
		sum, other := a.Sums(), b.Sums()
		if k == 2 {
			v.Total(sum)
			w.Total(other)
		} else {
			v.Window(k, sum)
			w.Window(k, other)
		}
		if !slices.Equal(sum.Counts, other.Counts) {
			for i := range a.Columns() {
				c := &a.Columns()[i]
				if !slices.Equal(c.In(sum), c.In(other)) {
					t.Errorf("%s: window %d: column %s: bins %v, counted %v", what, k, c.Name, c.In(sum), c.In(other))
				}
			}
			t.FailNow()
		}
		if k < 2 {
			different(t, what, k, v, w)
		}
		for i := range a.Columns() {
			c := &a.Columns()[i]
			if c.Moments < 0 || k == 2 {
				continue
			}
			m, n := &sum.Moments[c.Moments], &other.Moments[c.Moments]
			if m.N != n.N || m.LowN != n.LowN || m.HighN != n.HighN || m.N > 0 && (m.Min != n.Min || m.Max != n.Max) {
				t.Errorf("%s: window %d: column %s: %+v, counted %+v", what, k, c.Name, *m, *n)
			}
			for _, p := range [][2]float64{{m.Mean(), n.Mean()}, {m.Stddev(), n.Stddev()}, {m.Low, n.Low}, {m.High, n.High}} {
				if math.Abs(p[0]-p[1]) > 1e-9*max(1, math.Abs(p[0])) {
					t.Errorf("%s: window %d: column %s: %+v, counted %+v", what, k, c.Name, *m, *n)
				}
			}
		}
	}
}

// different compares how many values are different: both are estimates, by other
// hashes, with a standard error of 2.3 % each.
func different(t *testing.T, what string, k int, v, w *model.Version) {
	t.Helper()
	columns := v.Model.Columns()
	x, y := make([]sketch.Distinct, len(columns)), make([]sketch.Distinct, len(columns))
	v.Distinct(k, x)
	w.Distinct(k, y)
	for i := range columns {
		if m, n := x[i].Estimate(), y[i].Estimate(); math.Abs(m-n) > 4*math.Sqrt2*0.023*m+1 {
			t.Errorf("%s: window %d: column %s: about %.1f different values, counted %.1f", what, k, columns[i].Name, m, n)
		}
	}
}
