package sql

import (
	"fmt"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestSameTimeForAll reads many rows of one watermark, as a table has it that is
// filled once a day, page by page and over restarts, with more of them than are
// remembered.
func TestSameTimeForAll(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		rows := 3000
		if s.driver == config.Postgres && !testing.Short() {
			rows = 40_000
			r.most = 10_000
			s.exec(t, fmt.Sprintf("INSERT INTO @t SELECT i, '%s' FROM generate_series(1, %d) i", at(0), rows))
			s.exec(t, "ANALYZE @t") // else the index is not used
		} else {
			s.insert(t, 1, rows, 0)
		}
		r.cfg.SQL.PageSize = max(997, rows/10)
		r.start()
		r.now = r.now.Add(time.Minute)
		var b event.Batch
		for i := 0; len(r.ids) < rows; i++ {
			if !r.next(&b) {
				break
			}
			if i%5 == 4 {
				r.restart()
			}
			if i > rows {
				t.Fatal("it does not end")
			}
		}
		r.up(0)
		if n := len(r.s.rows.rows); r.most > 0 && n > r.most+r.most/8+3*r.cfg.SQL.PageSize {
			t.Errorf("%d rows are remembered", n)
		}
		s.insert(t, rows+1, rows+3, 0)
		r.up(3)
		r.once()
		if len(r.ids) != rows+3 {
			t.Errorf("%d rows, want %d", len(r.ids), rows+3)
		}
	})
}

// TestKeyIsNotUnique counts rows that are equal in watermark and key, also over the
// end of a page.
func TestKeyIsNotUnique(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		stamp := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[s.driver]
		s.exec(t, "CREATE TABLE @t (id int, ts "+stamp+", value int DEFAULT 1)")
		r := newRig(t, s)
		r.cfg.SQL.PageSize = 3
		insert := func(id, n int) {
			for range n {
				s.exec(t, fmt.Sprintf("INSERT INTO @t (id, ts) VALUES (%d, '%s')", id, at(0)))
			}
		}
		for id, n := range []int{1, 2, 3, 4, 5, 8} {
			insert(id, n)
		}
		r.up(23)
		insert(3, 2)
		r.restart()
		r.up(2)
		r.up(0)
	})
}

// TestFutureRows leaves rows that are dated in the future until their time comes.
func TestFutureRows(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		s.insert(t, 1, 10, 0)
		s.insert(t, 11, 15, 100*24*time.Hour)
		if s.driver == config.Postgres {
			s.exec(t, "INSERT INTO @t VALUES (99, 'infinity'), (98, '-infinity')")
		}
		r.up(10)
		s.insert(t, 21, 22, time.Minute)
		r.up(2)
		r.now = r.now.Add(100 * 24 * time.Hour)
		r.up(5)
		r.once()
	})
}

// TestLongTexts: a page has as many rows as there is room for.
func TestLongTexts(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		types := map[config.Driver][2]string{config.Postgres: {"timestamptz", "text"}, config.MySQL: {"datetime", "longtext"}, config.SQLite: {"text", "text"}}[s.driver]
		s.exec(t, fmt.Sprintf("CREATE TABLE @t (id int, ts %s, value %s)", types[0], types[1]))
		long := map[config.Driver]string{config.Postgres: "repeat('x', 1000000)", config.MySQL: "repeat('x', 1000000)", config.SQLite: "hex(zeroblob(500000))"}[s.driver]
		insert := func(from, to int, text string) {
			for i := from; i <= to; i++ {
				s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (%d, '%s', %s)", i, at(time.Duration(i)*time.Second), text))
			}
		}
		insert(1, 20, "'short'")
		insert(21, 110, long)
		insert(111, 200, "'short'")
		r := newRig(t, s)
		r.up(200)
		r.once()
		if r.s.fit < 64 {
			t.Errorf("pages of %d rows", r.s.fit)
		}
	})
}
