package sql

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// cells counts the cells of a feature by kind.
func cellsOf(b *event.Batch, name string) (n [event.NumCells]int) {
	for i := range b.Features {
		if b.Features[i].Name == name {
			for _, c := range b.Features[i].Cells[:b.N] {
				n[c]++
			}
		}
	}
	return n
}

// TestColumnsComeAndGo: columns that are dropped, added and retyped between polls.
func TestColumnsComeAndGo(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		var last event.Batch
		r.each = func(b *event.Batch) { last = kept(b) }
		s.insert(t, 1, 10, 0)
		r.up(10)
		if n := cellsOf(&last, "value"); n[event.Number] != 10 {
			t.Fatalf("cells %v", n)
		}
		s.exec(t, "ALTER TABLE @t DROP COLUMN value")
		s.exec(t, "ALTER TABLE @t ADD COLUMN extra int")
		s.exec(t, fmt.Sprintf("INSERT INTO @t (id, ts, name, extra) VALUES (11, '%s', 'a', 5)", at(time.Minute)))
		r.up(1)
		if n := cellsOf(&last, "value"); n[event.Absent] != 1 {
			t.Errorf("cells of a dropped column %v", n)
		}
		if n := cellsOf(&last, "extra"); n[event.Number] != 1 {
			t.Errorf("cells of a new column %v", n)
		}
		s.exec(t, "ALTER TABLE @t DROP COLUMN extra")
		s.exec(t, "ALTER TABLE @t ADD COLUMN extra varchar(10)")
		s.exec(t, fmt.Sprintf("INSERT INTO @t (id, ts, name, extra) VALUES (12, '%s', 'a', 'five')", at(2*time.Minute)))
		r.up(1)
		if n := cellsOf(&last, "extra"); n[event.Text] != 1 {
			t.Errorf("cells of a retyped column %v", n)
		}
		s.exec(t, "DROP TABLE @t")
		r.down("t")
		r.once()
	})
}

// TestOrderIsLost: without its watermark or key nothing can be read.
func TestOrderIsLost(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.exec(t, fmt.Sprintf("CREATE TABLE @t (id int, ts %s, value int)", map[config.Driver]string{
			config.Postgres: "timestamptz", config.MySQL: "datetime", config.SQLite: "text"}[s.driver]))
		r := newRig(t, s)
		r.cfg.SQL.Query, r.cfg.SQL.Table = strings.ReplaceAll("SELECT * FROM @t -- all", "@", s.schema), ""
		s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (1, '%s', 1), (2, NULL, 1)", at(0)))
		r.up(1)
		s.exec(t, fmt.Sprintf("INSERT INTO @t VALUES (NULL, '%s', 1)", at(time.Second)))
		r.down(`column "id" of the key`)
		s.exec(t, "DELETE FROM @t WHERE id IS NULL")
		r.up(0)
		s.exec(t, "ALTER TABLE @t RENAME COLUMN id TO ident")
		r.down(`"id", which is the key`)
		s.exec(t, "ALTER TABLE @t RENAME COLUMN ident TO id")
		s.exec(t, "ALTER TABLE @t RENAME COLUMN ts TO tt")
		r.down(`"ts", which is the watermark`)
		s.exec(t, "ALTER TABLE @t DROP COLUMN tt")
		s.exec(t, "ALTER TABLE @t ADD COLUMN ts int DEFAULT 5")
		r.down("changed its type")
	})
}

// TestRowsAreDeleted: what was counted stays counted, once.
func TestRowsAreDeleted(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		r := newRig(t, s)
		s.insert(t, 1, 100, 0)
		r.up(100)
		s.exec(t, "DELETE FROM @t WHERE id > 50")
		r.up(0)
		s.insert(t, 51, 120, 0) // again, and more
		r.restart()
		r.up(20)
		s.exec(t, "DELETE FROM @t")
		r.up(0)
		r.once()
	})
}

// TestServerGoesAway cuts the connection at many places of a poll: between pages,
// within them, and at once.
func TestServerGoesAway(t *testing.T) {
	for _, d := range []config.Driver{config.Postgres, config.MySQL} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			s.create(t)
			p, dsn := s.through(t)
			r := newRig(t, s)
			r.cfg.SQL.DSN, r.cfg.SQL.PageSize = dsn, 500
			const rows = 5000
			s.insert(t, 1, rows, 0)
			cuts := 0
			for most := int64(100); len(r.ids) < rows; most += 4_000 {
				p.set(func() { p.read, p.most = 0, most })
				if r.poll(); !r.s.Status().Up {
					cuts++
				}
				if cuts%2 == 1 {
					r.restart()
				}
			}
			if cuts < 3 {
				t.Errorf("the connection was cut %d times only", cuts)
			}
			p.set(func() { p.most = 0 })
			r.up(0)
			p.set(func() { p.closed = true })
			r.down("")
			if n := r.s.Status().Errors; n == 0 {
				t.Error("no error was counted")
			}
			p.set(func() { p.closed = false })
			s.insert(t, rows+1, rows+5, time.Minute)
			r.up(5)
			r.once()
			if len(r.ids) != rows+5 {
				t.Errorf("%d rows, want %d", len(r.ids), rows+5)
			}
		})
	}
}

// TestSlowStatement gives up a statement that takes too long, and goes on when it
// does not any more.
func TestSlowStatement(t *testing.T) {
	for d, slow := range map[config.Driver]string{
		config.Postgres: "SELECT t.* FROM @t, LATERAL (SELECT pg_sleep(0.3 + 0 * t.id)) AS s",
		config.MySQL:    "SELECT t.* FROM @t WHERE sleep(0.3 + 0 * t.id) = 0",
	} {
		t.Run(string(d), func(t *testing.T) {
			s := newServer(t, d)
			s.create(t)
			s.insert(t, 1, 20, 0)
			s.exec(t, "CREATE VIEW @v AS "+slow)
			r := newRig(t, s)
			r.cfg.SQL.Table, r.cfg.SQL.StatementTimeout = s.schema+"v", 400*time.Millisecond
			r.down("time")
			r.down("")
			if n := r.s.Status().Errors; n != 1 {
				t.Errorf("%d errors, of which one lasts", n)
			}
			s.exec(t, "DROP VIEW @v")
			s.exec(t, "CREATE VIEW @v AS SELECT * FROM @t")
			r.up(20)
		})
	}
}

// TestPermission: a role that may not log in, a wrong password, and a table that
// may not be read any more.
func TestPermission(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		s := newServer(t, config.Postgres)
		role := strings.TrimSuffix(s.schema, ".")
		s.create(t)
		s.insert(t, 1, 10, 0)
		s.exec(t, "CREATE ROLE "+role)
		t.Cleanup(func() { s.exec(t, "DROP OWNED BY "+role); s.exec(t, "DROP ROLE "+role) })
		u, err := url.Parse(s.dsn)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, "secret")
		r := newRig(t, s)
		r.cfg.SQL.DSN = u.String()
		r.down("not permitted to log in")
		s.exec(t, "ALTER ROLE "+role+" LOGIN")
		r.down("permission denied")
		permission(t, s, r, "GRANT USAGE ON SCHEMA "+role+" TO "+role, "GRANT SELECT ON @t TO "+role, "REVOKE SELECT ON @t FROM "+role)
	})
	t.Run("mysql", func(t *testing.T) {
		s := newServer(t, config.MySQL)
		role := strings.TrimSuffix(s.schema, ".")
		s.create(t)
		s.insert(t, 1, 10, 0)
		s.exec(t, "CREATE USER "+role+" IDENTIFIED BY 'right'")
		t.Cleanup(func() { s.exec(t, "DROP USER "+role) })
		u, err := url.Parse(s.dsn)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte("wrong\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		u.User, u.Path = url.User(role), "/"
		r := newRig(t, s)
		r.cfg.SQL.DSN, r.cfg.SQL.PasswordFile = u.String(), file
		r.down("Access denied")
		if err := os.WriteFile(file, []byte("right\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r.down("denied")
		permission(t, s, r, "GRANT SELECT ON @t TO "+role, "GRANT SELECT ON @t TO "+role, "REVOKE SELECT ON @t FROM "+role)
		if strings.Contains(fmt.Sprint(r.s.Status().Err), "right") {
			t.Error("the password is in an error")
		}
	})
}

func permission(t *testing.T, s *server, r *rig, usage, grant, revoke string) {
	t.Helper()
	s.exec(t, usage)
	s.exec(t, grant)
	r.up(10)
	s.exec(t, revoke)
	s.insert(t, 11, 20, time.Second)
	r.down("denied")
	s.exec(t, grant)
	r.up(10)
	r.once()
}
