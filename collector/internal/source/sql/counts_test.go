package sql

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// countingTable is a table in mode aggregate, and random rows for it.
type countingTable struct {
	*side
	table  *server
	random *rand.Rand
	id     int
}

// newCounting makes a table of rows, of which half are the baseline.
func newCounting(t *testing.T, s *server, change func(*config.SQL)) *countingTable {
	t.Helper()
	s.createWide(t)
	c := &countingTable{table: s, random: rand.New(rand.NewPCG(3, 4))}
	c.insert(t, 500, 0, 20*time.Minute)
	f := profileWide(t, s.wideConfig(t, config.RowsMode, ""))
	c.insert(t, 500, 20*time.Minute, 40*time.Minute)
	cfg := s.wideConfig(t, config.AggregateMode, "")
	if change != nil {
		change(cfg.Sources[0].SQL)
	}
	c.side = newSide(t, s, cfg, f)
	return c
}

func (c *countingTable) insert(t *testing.T, n int, from, to time.Duration) {
	t.Helper()
	c.table.insertWide(t, c.random, &c.id, n, from, to, 0)
}

// rows polls, wants everything to be well, and wants so many rows in all.
func (c *countingTable) rows(t *testing.T, want uint64) {
	t.Helper()
	c.up(0) // no rows come, only counts
	if got := counted64(c.models); got != want {
		t.Fatalf("%d rows were counted, want %d", got, want)
	}
}

// TestCountsOfRowsThatGo: what was counted stays counted, once, when rows are deleted,
// columns dropped and the table too.
func TestCountsOfRowsThatGo(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		c := newCounting(t, s, nil)
		c.rows(t, 1000)
		c.rows(t, 1000)
		s.exec(t, "DELETE FROM @t WHERE id > 900")
		c.rows(t, 1000)
		c.restart()
		c.insert(t, 30, 41*time.Minute, 45*time.Minute)
		c.rows(t, 1030)
		s.exec(t, "ALTER TABLE @t DROP COLUMN price")
		c.rows(t, 1030)
		s.exec(t, "INSERT INTO @t (id, ts, wide) VALUES (5000, '"+at(46*time.Minute)+"', 1e6), (5001, '"+at(47*time.Minute)+"', NULL)")
		c.rows(t, 1032)
		v := c.models.Models[0].Versions[0]
		for i := range v.Columns {
			name, n := v.Model.Columns()[i].Name, v.Columns[i]
			if want := map[string]uint64{"price": 2}[name]; n.Removed != want || n.Values != 1032 {
				t.Errorf("column %s: %d rows of %d without it, want %d", name, n.Removed, n.Values, want)
			}
		}
		s.exec(t, "DROP TABLE @t")
		c.down("t")
		if got := counted64(c.models); got != 1032 {
			t.Errorf("%d rows when the table is gone", got)
		}
	})
}

// TestLateRowsBesideOtherColumns: rows that appear late are counted, whatever happens to
// the table's columns at the same time: in the columns that stay, too.
func TestLateRowsBesideOtherColumns(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.createWide(t)
		insert := func(first, n int, columns, values string) {
			for i := range n {
				s.exec(t, fmt.Sprintf("INSERT INTO @t (id, ts, wide, %s) VALUES (%d, '%s', %d, %s)", columns, first+i, at(50*time.Minute+time.Duration(i)*time.Second), i, values))
			}
		}
		insert(1, 40, "price, city, trips", "7, 'Berlin', 3")
		rowsCfg, countsCfg := s.wideConfig(t, config.RowsMode, ""), s.wideConfig(t, config.AggregateMode, "")
		rowsCfg.Sources[0].Fields.Features.Names = []string{"wide", "price", "city", "trips"}
		f := profileWide(t, rowsCfg)
		countsCfg.Sources[0].Fields.Features = rowsCfg.Sources[0].Fields.Features
		rows, counts := newSide(t, s, rowsCfg, f), newSide(t, s, countsCfg, f)
		total := uint64(40)
		check := func(what string, late uint64, same bool) {
			t.Helper()
			total += late
			rows.poll()
			counts.up(0)
			if same {
				agree(t, what, rows, counts)
			} else if got := counted64(counts.models); got != total {
				t.Errorf("%s: %d rows were counted, want %d", what, got, total)
			}
		}
		check("first", 0, true)
		s.exec(t, "ALTER TABLE @t ADD COLUMN note varchar(10)")
		insert(100, 10, "price, note, city, trips", "30, 'x', 'new', 3")
		check("a column that nothing uses came", 10, true)
		s.exec(t, "ALTER TABLE @t DROP COLUMN note")
		insert(200, 5, "price, city, trips", "30, 'new', 3")
		check("it went", 5, true)
		s.exec(t, "ALTER TABLE @t DROP COLUMN price")
		insert(300, 5, "city, trips", "'Berlin', 3")
		check("a feature went", 5, true)
		counts.restart()
		s.exec(t, "ALTER TABLE @t ADD COLUMN price double precision")
		insert(400, 6, "price, city, trips", "8, 'Berlin', 3")
		check("it came back", 6, true)
		insert(500, 4, "price, city, trips", "8, 'Berlin', 3")
		check("and stayed", 4, true)
		s.exec(t, "ALTER TABLE @t DROP COLUMN trips")
		check("another one went", 0, true)
		s.exec(t, "ALTER TABLE @t ADD COLUMN trips int DEFAULT 3")
		insert(600, 3, "price, city", "8, 'Berlin'")
		check("it came back with values for all", 3, false)
		v := counts.models.Models[0].Versions[0]
		for i := range v.Columns {
			name, n := v.Model.Columns()[i].Name, v.Columns[i]
			if want := map[bool]uint64{false: total, true: total - 3}[name == "trips"]; n.Values != want || name != "price" && n.Missing != 0 {
				t.Errorf("column %s: %+v, want %d values", name, n, want)
			}
		}
	})
}

// TestFarValues: numbers whose squares are beyond a double stop nothing. They are
// counted, and are extremes; moments are those of the other values.
func TestFarValues(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.createWide(t)
		insert := func(first int, values ...string) {
			for i, v := range values {
				s.exec(t, fmt.Sprintf("INSERT INTO @t (id, ts, wide, far) VALUES (%d, '%s', %s, %s)", first+i, at(50*time.Minute+time.Duration(i)*time.Second), v, v))
			}
		}
		insert(1, "1", "2", "3", "4")
		cfg := s.wideConfig(t, config.RowsMode, "")
		cfg.Sources[0].Fields.Features.Names = []string{"wide", "far"}
		f := profileWide(t, cfg)
		f.Features[1].Mean = 1.7e308 // of a column that had such values before
		cfg.Sources[0].SQL.Mode, cfg.Sources[0].SQL.Key = config.AggregateMode, nil
		c := newSide(t, s, cfg, f)
		insert(10, "1.7976931348623157e308", "1.7976931348623157e308", "-1.7976931348623157e308", "1e155", "-1e200")
		c.up(0)
		m := c.models.Models[0]
		sum := m.Sums()
		m.Versions[0].Window(0, sum)
		for i := range m.Columns() {
			col := &m.Columns()[i]
			n := uint64(0)
			for _, k := range col.In(sum) {
				n += k
			}
			got := sum.Moments[col.Moments]
			if n != 9 || got.N != 4 || got.Max != math.MaxFloat64 || got.Min != -math.MaxFloat64 {
				t.Errorf("column %s: %d values, %+v", col.Name, n, got)
			}
			if got := m.Versions[0].Columns[i]; got.Values != 9 || got.Type != 0 || got.Missing != 0 {
				t.Errorf("column %s: %+v", col.Name, got)
			}
		}
		if got := sum.Moments[m.Columns()[0].Moments]; got.Mean() != 2.5 || math.Abs(got.Stddev()-1.2909944487358056) > 1e-12 { // of 1, 2, 3, 4
			t.Errorf("mean %v, standard deviation %v", got.Mean(), got.Stddev())
		}
	})
}

// TestCountsOfServerThatGoes cuts the connection at many places of a poll: all is
// counted or nothing.
func TestCountsOfServerThatGoes(t *testing.T) {
	for _, d := range []config.Driver{config.Postgres, config.MySQL} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			p, dsn := s.through(t)
			c := newCounting(t, s, func(q *config.SQL) { q.DSN = dsn })
			cuts := 0
			for most := int64(100); ; most += 8_000 {
				p.set(func() { p.read, p.most = 0, most })
				if c.poll(); c.s.Status().Up {
					break
				}
				if cuts++; counted64(c.models) != 0 {
					t.Fatalf("%d rows of a poll that failed", counted64(c.models))
				}
				if cuts%2 == 1 {
					c.restart()
				}
			}
			if cuts < 2 {
				t.Errorf("the connection was cut %d times only", cuts)
			}
			p.set(func() { p.most = 0 })
			c.rows(t, 1000)
			p.set(func() { p.closed = true })
			c.down("")
			p.set(func() { p.closed = false })
			c.insert(t, 20, 41*time.Minute, 45*time.Minute)
			c.rows(t, 1020)
		})
	}
}

// TestCountsOfSlowServer gives up a statement that takes too long, and counts all
// when it does not any more.
func TestCountsOfSlowServer(t *testing.T) {
	for d, slow := range map[config.Driver]string{
		config.Postgres: "SELECT t.* FROM @t, LATERAL (SELECT pg_sleep(0.01 + 0 * t.id)) AS s",
		config.MySQL:    "SELECT t.* FROM @t WHERE sleep(0.01 + 0 * t.id) = 0",
	} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			c := newCounting(t, s, func(q *config.SQL) { q.Table, q.StatementTimeout = s.schema+"v", 2*time.Second })
			s.exec(t, "CREATE VIEW @v AS "+slow)
			c.down("time")
			if got := counted64(c.models); got != 0 {
				t.Errorf("%d rows of a poll that failed", got)
			}
			s.exec(t, "DROP VIEW @v")
			s.exec(t, "CREATE VIEW @v AS SELECT * FROM @t")
			c.rows(t, 1000)
		})
	}
}

// TestCountsNeedPermission: a role that may not read the table any more.
func TestCountsNeedPermission(t *testing.T) {
	for _, d := range []config.Driver{config.Postgres, config.MySQL} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			role := strings.TrimSuffix(s.schema, ".")
			var c *countingTable
			switch d {
			case config.Postgres:
				s.exec(t, "CREATE ROLE "+role+" LOGIN")
				t.Cleanup(func() { s.exec(t, "DROP OWNED BY "+role); s.exec(t, "DROP ROLE "+role) })
				s.exec(t, "GRANT USAGE ON SCHEMA "+role+" TO "+role)
			default:
				s.exec(t, "CREATE USER "+role)
				t.Cleanup(func() { s.exec(t, "DROP USER "+role) })
			}
			c = newCounting(t, s, func(q *config.SQL) {
				q.DSN = strings.Replace(q.DSN, "root@", role+"@", 1)
				if d == config.MySQL {
					q.DSN = q.DSN[:strings.LastIndexByte(q.DSN, '/')+1]
				}
			})
			s.exec(t, "GRANT SELECT ON @t TO "+role)
			c.rows(t, 1000)
			s.exec(t, "REVOKE SELECT ON @t FROM "+role)
			c.insert(t, 20, 41*time.Minute, 45*time.Minute)
			c.down("denied")
			s.exec(t, "GRANT SELECT ON @t TO "+role)
			c.rows(t, 1020)
		})
	}
}
