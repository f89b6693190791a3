package sql

import (
	"context"
	"crypto/rand"
	stdsql "database/sql"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	_ "modernc.org/sqlite"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// server is a database that a test may fill: a schema of its own, dropped later.
type server struct {
	driver config.Driver
	dsn    string
	schema string // with a dot behind it; empty for SQLite
	run    func(stmt string) error
}

// eachServer runs a test on every server there is. PostgreSQL and MariaDB are
// skipped without their address in the environment.
func eachServer(t *testing.T, f func(t *testing.T, s *server)) {
	for _, d := range []config.Driver{config.Postgres, config.MySQL, config.SQLite} {
		t.Run(string(d), func(t *testing.T) { f(t, newServer(t, d)) })
	}
}

func newServer(t testing.TB, d config.Driver) *server {
	t.Helper()
	var raw [6]byte
	_, _ = rand.Read(raw[:])
	name := "me_" + hex.EncodeToString(raw[:])
	s := &server{driver: d, schema: name + "."}
	var driver, dsn string
	switch d {
	case config.Postgres:
		s.dsn = address(t, "MODEL_EXPORTER_POSTGRES")
	case config.MySQL:
		s.dsn = address(t, "MODEL_EXPORTER_MYSQL")
		c, err := mysqlConfig(s.dsn)
		if err != nil {
			t.Fatal(err)
		}
		driver, dsn = "mysql", c.FormatDSN()
	default:
		s.dsn, s.schema = filepath.Join(t.TempDir(), "test.db"), ""
		driver, dsn = "sqlite", "file:"+s.dsn+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)"
	}
	if d == config.Postgres {
		pg, err := pgconn.Connect(context.Background(), s.dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pg.Close(context.Background()) })
		s.run = func(stmt string) error { return pg.Exec(context.Background(), stmt).Close() }
	} else {
		db, err := stdsql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		s.run = func(stmt string) error { _, err := db.Exec(stmt); return err }
	}
	if s.schema != "" {
		s.exec(t, "CREATE SCHEMA "+name)
		t.Cleanup(func() {
			cascade := ""
			if d == config.Postgres {
				cascade = " CASCADE"
			}
			s.exec(t, "DROP SCHEMA "+name+cascade)
		})
	}
	return s
}

func address(t testing.TB, variable string) string {
	dsn := os.Getenv(variable)
	if dsn == "" {
		t.Skipf("%s does not name a server", variable)
	}
	return dsn
}

// exec runs a statement in which @ stands for the schema.
func (s *server) exec(t testing.TB, stmt string) {
	t.Helper()
	if err := s.run(strings.ReplaceAll(stmt, "@", s.schema)); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
}

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// create makes the table that most tests read.
func (s *server) create(t testing.TB) {
	t.Helper()
	stamp, double := "timestamptz", "double precision"
	if s.driver != config.Postgres {
		stamp, double = "datetime", "double"
	}
	if s.driver == config.MySQL {
		stamp = "datetime(6)"
	}
	s.exec(t, fmt.Sprintf("CREATE TABLE @t (id bigint NOT NULL, ts %s NOT NULL, value %s, name varchar(40), PRIMARY KEY (ts, id))", stamp, double))
}

// at is a time as a literal.
func at(d time.Duration) string { return start.Add(d).Format("2006-01-02 15:04:05.000000") }

// insert adds rows with the ids from first to last, all dated d after the start.
func (s *server) insert(t testing.TB, first, last int, d time.Duration) {
	t.Helper()
	var rows []string
	for i := first; i <= last; i++ {
		rows = append(rows, fmt.Sprintf("(%d, '%s', %v, '%s')", i, at(d), float64(i)/4, []string{"a", "b", "c"}[i%3]))
		if len(rows) == 1000 || i == last {
			s.exec(t, "INSERT INTO @t (id, ts, value, name) VALUES "+strings.Join(rows, ", "))
			rows = rows[:0]
		}
	}
}

// rig is a source over a table, with a clock that moves when it waits.
type rig struct {
	t    testing.TB
	srv  *server
	cfg  config.Source
	now  time.Time
	s    *Source
	last map[string]string // position by part
	most int               // rows to remember, if it is not the default
	ids  []string          // of all rows delivered and applied, in their order
	deaf bool              // do not collect them
	bad  int               // rejections
	each func(b *event.Batch)

	counting *Counting // nil in mode rows
	set      *decode.Set
}

func newRig(t testing.TB, srv *server) *rig {
	q := config.DefaultSQL
	q.Driver, q.DSN, q.Table, q.Watermark, q.Key = srv.driver, srv.dsn, srv.schema+"t", "ts", []string{"id"}
	r := &rig{t: t, srv: srv, now: start.Add(time.Hour)}
	r.cfg = config.DefaultSource
	r.cfg.Name, r.cfg.SQL = "test", &q
	r.cfg.Fields.ID.Paths, r.cfg.Fields.Timestamp.Paths = []string{"id"}, []string{"ts"}
	t.Cleanup(func() {
		if r.s != nil {
			r.s.Close()
		}
	})
	return r
}

// start opens a source behind the position that was applied.
func (r *rig) start() {
	r.t.Helper()
	var err error
	if r.set == nil { // its codes mean the same to whoever goes on
		if r.set, err = decode.New(r.cfg, config.Limits{Features: 1000}); err != nil {
			r.t.Fatal(err)
		}
	}
	var resume []source.Position
	for part, at := range r.last {
		resume = append(resume, source.Position{Part: part, At: at})
	}
	if r.s, err = Open(r.cfg, r.set, r.counting, resume, slog.New(slog.DiscardHandler)); err != nil {
		r.t.Fatal(err)
	}
	r.s.now = func() time.Time { return r.now }
	if r.most > 0 {
		r.s.rows.most = r.most
	}
}

func (r *rig) restart() {
	r.t.Helper()
	if err := r.s.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
}

// next takes one delivery; false if the source waits.
func (r *rig) next(b *event.Batch) bool {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	r.s.wait = func(context.Context, time.Duration) { cancel() }
	p, err := r.s.Next(ctx, b)
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < b.N && !r.deaf; i++ {
		r.ids = append(r.ids, string(b.ID(i)))
	}
	for _, n := range b.Rejected {
		r.bad += int(n)
	}
	if r.each != nil {
		r.each(b)
	}
	if r.last == nil {
		r.last = map[string]string{}
	}
	if r.last[p.Part] = p.At; p.At == "" {
		delete(r.last, p.Part)
	}
	return true
}

// poll looks again and takes all there is. It returns how many rows are new.
func (r *rig) poll() int {
	r.t.Helper()
	if r.s == nil {
		r.start()
	}
	r.now = r.now.Add(r.s.cfg.PollInterval)
	before := len(r.ids)
	var b event.Batch
	for range 10_000 {
		if !r.next(&b) {
			return len(r.ids) - before
		}
	}
	r.t.Fatal("the source does not come to an end")
	return 0
}

// up polls, and wants everything to be well and so many rows to be new.
func (r *rig) up(want int) {
	r.t.Helper()
	got := r.poll()
	if s := r.s.Status(); !s.Up || !s.CaughtUp {
		r.t.Fatalf("status %+v", s)
	}
	if got != want || r.bad > 0 {
		r.t.Fatalf("%d rows are new, want %d; %d were rejected", got, want, r.bad)
	}
}

// down polls, and wants an error that says a word, and no rows.
func (r *rig) down(word string) {
	r.t.Helper()
	got := r.poll()
	if s := r.s.Status(); s.Up || s.CaughtUp || s.Err == nil || !strings.Contains(s.Err.Error(), word) {
		r.t.Fatalf("status %+v, want an error with %q", s, word)
	}
	if got > 0 {
		r.t.Fatalf("%d rows in spite of the error", got)
	}
}

// once checks that each row came once.
func (r *rig) once() {
	r.t.Helper()
	seen := map[string]bool{}
	for _, id := range r.ids {
		if seen[id] {
			r.t.Fatalf("row %s came twice", id)
		}
		seen[id] = true
	}
}

// kept is a batch that the source does not fill again.
func kept(b *event.Batch) event.Batch {
	k := *b
	k.Times, k.Features = slices.Clone(b.Times), slices.Clone(b.Features)
	for i := range k.Features {
		f := &k.Features[i]
		f.Cells, f.Nums, f.Codes = slices.Clone(f.Cells), slices.Clone(f.Nums), slices.Clone(f.Codes)
	}
	return k
}
