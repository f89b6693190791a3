package sql

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

const benchRows = 200_000

// benchTable is a usual feature table: numbers with and without nulls, a few texts.
func benchTable(b *testing.B, rows int) *server {
	b.Helper()
	s := newServer(b, config.Postgres)
	s.exec(b, `CREATE TABLE @t (id bigint NOT NULL, ts timestamptz NOT NULL, a double precision, b double precision, c double precision, d real,
		e int, f int, g bigint, h boolean, city text, kind varchar(20))`)
	s.exec(b, fmt.Sprintf(`INSERT INTO @t SELECT i, timestamptz '%sZ' + i * interval '1 millisecond', random(), CASE WHEN i %% 10 > 0 THEN random() * 1e6 END,
		random() ^ 3, random(), i %% 1000, (random() * 50)::int, i::bigint * 7919, i %% 3 = 0, (ARRAY['Berlin', 'Paris', 'Amsterdam', 'San Francisco', 'Tokyo'])[1 + i %% 5], CASE WHEN i %% 2 = 0 THEN 'a' ELSE 'b' END
		FROM generate_series(1, %d) i`, at(0), rows))
	s.exec(b, "CREATE INDEX ON @t (ts, id)")
	s.exec(b, "ANALYZE @t")
	return s
}

const benchColumns = "id, ts, a, b, c, d, e, f, g, h, city, kind"

// BenchmarkRead reads a table as a source does, in batches, beside pgx that scans
// the same columns of the same rows: page by page by the same statements, and all
// in one.
func BenchmarkRead(b *testing.B) {
	s := benchTable(b, benchRows)
	report := func(b *testing.B) {
		b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("source", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := newRig(b, s)
			r.cfg.Fields.ID = config.Field{}
			n := 0
			r.deaf, r.each = true, func(batch *event.Batch) { n += batch.N }
			if r.poll(); n != benchRows {
				b.Fatal(n, "rows", r.s.Status().Err)
			}
		}
		report(b)
	})
	b.Run("once", func(b *testing.B) {
		b.ReportAllocs()
		r := newRig(b, s)
		set, err := decode.New(r.cfg, config.Limits{Features: 100})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			n := 0
			if err := Each(b.Context(), r.cfg.SQL, set, false, func(batch *event.Batch) error { n += batch.N; return nil }); err != nil || n != benchRows {
				b.Fatal(n, "rows", err)
			}
		}
		report(b)
	})
	pg, err := pgx.Connect(b.Context(), s.dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer pg.Close(context.Background())
	b.Run("pgx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n := scan(b, pg, "SELECT "+benchColumns+" FROM "+s.schema+"t", nil); n != benchRows {
				b.Fatal(n, "rows")
			}
		}
		report(b)
	})
	b.Run("pgx-pages", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for first := 0; first < benchRows; first += config.DefaultSQL.PageSize {
				n += scan(b, pg, "SELECT "+benchColumns+" FROM "+s.schema+"t WHERE (ts, id) > ($1, $2) ORDER BY ts, id LIMIT $3",
					[]any{start.Add(time.Duration(first) * time.Millisecond), first, config.DefaultSQL.PageSize})
			}
			if n != benchRows {
				b.Fatal(n, "rows")
			}
		}
		report(b)
	})
}

// BenchmarkShare reads a table and scans it by pgx in turns, both from connecting to the
// last row, and reports the median of how much of pgx' rows per second the source reads:
// turns share what else the machine does, and a median outlives a few that do not.
func BenchmarkShare(b *testing.B) {
	s := benchTable(b, benchRows)
	var shares []float64
	for b.Loop() {
		began := time.Now()
		pg, err := pgx.Connect(b.Context(), s.dsn)
		if err != nil {
			b.Fatal(err)
		}
		if n := scan(b, pg, "SELECT "+benchColumns+" FROM "+s.schema+"t", nil); n != benchRows {
			b.Fatal(n, "rows")
		}
		pg.Close(context.Background())
		plain := time.Since(began)
		r, n := newRig(b, s), 0
		r.cfg.Fields.ID = config.Field{}
		r.deaf, r.each = true, func(batch *event.Batch) { n += batch.N }
		began = time.Now()
		if r.poll(); n != benchRows {
			b.Fatal(n, "rows", r.s.Status().Err)
		}
		shares = append(shares, plain.Seconds()/time.Since(began).Seconds())
	}
	slices.Sort(shares)
	b.ReportMetric(100*shares[len(shares)/2], "%ofpgx")
	b.ReportMetric(100*shares[len(shares)/4], "%quarter")
}

func scan(b *testing.B, pg *pgx.Conn, stmt string, args []any) (n int) {
	rows, err := pg.Query(b.Context(), stmt, args...)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var (
		id, g      int64
		ts         time.Time
		a, c       float64
		bb         *float64
		d          float32
		e, f       int32
		h          bool
		city, kind string
	)
	for rows.Next() {
		if err := rows.Scan(&id, &ts, &a, &bb, &c, &d, &e, &f, &g, &h, &city, &kind); err != nil {
			b.Fatal(err)
		}
		n++
	}
	return n
}

// BenchmarkAggregate has the server count a table, and tells how many bytes came
// from it. MODEL_EXPORTER_LARGE makes it one of 10 million rows.
func BenchmarkAggregate(b *testing.B) {
	rows := benchRows
	if os.Getenv("MODEL_EXPORTER_LARGE") != "" {
		rows = 10_000_000
	}
	s := benchTable(b, rows)
	p, dsn := s.through(b)
	text := fmt.Sprintf(`
sources:
  - name: table
    sql: { dsn: %q, table: %q, mode: %%s, statement_timeout: 10m }
    fields: { timestamp: ts, features: [a, b, c, d, e, f, g, h, city, kind] }
models: [{ name: table, task: none, sources: [table], baseline: { training: none.json } }]
`, dsn, s.schema+"t")
	rowsText := strings.Replace(text, "mode: %s", "key: [id]", 1)
	rowsCfg, err := config.Parse("m.yml", []byte(rowsText))
	if err != nil {
		b.Fatal(err)
	}
	sample := *rowsCfg.Sources[0].SQL
	sample.Table, sample.Query = "", fmt.Sprintf("SELECT * FROM %st WHERE ts < '%sZ'", s.schema, at(100*time.Second))
	rowsCfg.Sources[0].SQL = &sample
	f := profileWide(b, rowsCfg)
	cfg, err := config.Parse("m.yml", []byte(fmt.Sprintf(text, "aggregate")))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d := newSide(b, s, cfg, f)
		d.now = start.Add(4 * time.Hour)
		p.set(func() { p.read = 0 })
		if d.poll(); !d.s.Status().Up {
			b.Fatal(d.s.Status().Err)
		}
		if n := counted64(d.models); n != uint64(rows) {
			b.Fatal(n, "rows")
		}
	}
	p.set(func() {
		b.ReportMetric(float64(p.read), "bytes")
		if p.read >= 1e6 {
			b.Errorf("%d bytes came from the server", p.read)
		}
	})
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func counted64(s *model.Set) uint64 {
	if len(s.Models[0].Versions) == 0 {
		return 0
	}
	return s.Models[0].Versions[0].Predictions
}
