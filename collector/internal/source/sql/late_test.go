package sql

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// TestLateRowsOfMany: rows that appear late, in front of rows of the same watermark or
// between others, in tables with many rows within the overlap.
func TestLateRowsOfMany(t *testing.T) {
	s := newServer(t, config.Postgres)
	s.exec(t, "CREATE TABLE @t (id uuid PRIMARY KEY, ts timestamptz NOT NULL, value int)")
	s.exec(t, "CREATE INDEX ON @t (ts, id)")
	insert := func(from, to int, d time.Duration, every string) {
		t.Helper()
		s.exec(t, fmt.Sprintf("INSERT INTO @t SELECT md5(i::text)::uuid, timestamp '%s' + i * interval '%s', i FROM generate_series(%d, %d) i", at(d), every, from, to))
		s.exec(t, "ANALYZE @t")
	}
	r := newRig(t, s)
	insert(1, 40_000, 0, "0")
	r.up(40_000)
	insert(40_001, 50_000, 0, "0")
	r.up(10_000)
	insert(100_001, 160_000, 20*time.Minute, "4 milliseconds")
	r.up(60_000)
	r.restart()
	insert(200_001, 200_100, 26*time.Minute+40*time.Second, "1 millisecond") // late by up to 4 minutes
	r.up(100)
	r.restart()
	r.up(0)
	r.once()
	if n := len(r.last); n < 5 || n > 20 {
		t.Errorf("%d positions", n)
	}
}

// TestMoreRowsThanRemembered: the older half is forgotten, which is said; rows that
// appear later than the others come.
func TestMoreRowsThanRemembered(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		r.most, r.cfg.SQL.PageSize = 1000, 100
		for i := range 300 {
			s.insert(t, 10*i+1, 10*i+9, time.Duration(i)*time.Second)
		}
		r.up(2700)
		if n := len(r.s.rows.rows); n > r.most+r.most/8+2*r.cfg.SQL.PageSize {
			t.Errorf("%d rows are remembered", n)
		}
		if err := r.s.Status().Err; err == nil || !strings.Contains(err.Error(), "make overlap shorter") {
			t.Errorf("status says %v", err)
		}
		s.insert(t, 2990, 2990, 285*time.Second)
		s.insert(t, 10, 10, time.Second) // too late
		r.up(1)
		r.restart()
		s.insert(t, 2980, 2980, 284*time.Second)
		r.up(1)
		r.once()
	})
}

// TestOverlapGrows: rows that were forgotten are not new with a longer overlap.
func TestOverlapGrows(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		r.cfg.SQL.Overlap.Time = time.Minute
		for i := range 40 {
			s.insert(t, 100*i+1, 100*i+90, time.Duration(i)*time.Minute)
		}
		r.up(3600)
		r.cfg.SQL.Overlap.Time = time.Hour
		r.restart()
		r.up(0)
		s.insert(t, 5000, 5000, 39*time.Minute)
		r.up(1)
		r.once()
	})
}

// TestKeysThatTheServerTakesForEqual: words in another case, in any order, more of them
// than fit a page.
func TestKeysThatTheServerTakesForEqual(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		column := map[config.Driver]string{config.Postgres: `citext`, config.MySQL: "varchar(20)", config.SQLite: "text COLLATE NOCASE"}[s.driver]
		stamp := map[config.Driver]string{config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[s.driver]
		if s.driver == config.Postgres {
			s.exec(t, fmt.Sprintf("CREATE COLLATION @%s (provider = icu, locale = 'und-u-ks-level2', deterministic = false)", column))
			column = "text COLLATE " + s.schema + column
		}
		for _, size := range []int{1, 2, 7, 100, 1000} {
			s.exec(t, "DROP TABLE IF EXISTS @t")
			s.exec(t, fmt.Sprintf("CREATE TABLE @t (id %s, n int, ts %s, value int)", column, stamp))
			r := newRig(t, s)
			r.cfg.SQL.PageSize = size
			for range 2 {
				var rows []string
				for i := range 200 {
					rows = append(rows, fmt.Sprintf("('%s', %d, '%s', 1)", []string{"a", "A", "b", "Drv", "drv", "DRV"}[i*i%23%6], i, at(time.Duration(i%2)*time.Second)))
				}
				s.exec(t, "INSERT INTO @t VALUES "+strings.Join(rows, ", "))
				r.up(200)
				r.restart()
				r.up(0)
			}
		}
	})
}

// TestRowsBeforeOneThatCannotBeRead come all the same.
func TestRowsBeforeOneThatCannotBeRead(t *testing.T) {
	s := newServer(t, config.SQLite)
	s.exec(t, "CREATE TABLE @t (id int, ts text, value int)")
	s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (1, '%s', 1), (2, '%s', 1), (3, '%s', 1), (NULL, '%s', 1), (4, '%s', 1)", at(time.Second), at(2*time.Second), at(3*time.Second), at(4*time.Second), at(5*time.Second)))
	r := newRig(t, s)
	if n := r.poll(); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
	r.down(`column "id" of the key`)
	s.exec(t, "DELETE FROM @t WHERE id IS NULL")
	r.up(1)
	r.once()
}
