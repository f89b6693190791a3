package sql

import (
	"context"
	"crypto/tls"
	stdsql "database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// SQLite has no function that spreads the bits of a number.
func init() {
	hash := func(x driver.Value) uint64 {
		if text, ok := x.(string); ok {
			return event.Hash(text)
		}
		f, _ := x.(float64) // the statement makes it one
		z := math.Float64bits(f+0) + 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	sqlite.MustRegisterDeterministicScalarFunction("model_exporter_register", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		return int64(hash(args[0]) & 2047), nil
	})
	sqlite.MustRegisterDeterministicScalarFunction("model_exporter_rank", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		return int64(bits.LeadingZeros64(hash(args[0])>>11) - 11 + 1), nil
	})
}

func connectSQLite(_ context.Context, cfg *config.SQL, _ string, t *tls.Config) (conn, error) {
	if t != nil {
		return nil, errors.New("a file has no connection to encrypt; remove tls")
	}
	address, err := sqliteAddress(cfg.DSN)
	if err != nil {
		return nil, err
	}
	db, err := stdsql.Open("sqlite", address) // knows the functions above
	if err != nil {
		return nil, err
	}
	defer db.Close() // has no connections of its own
	c, err := db.Driver().Open(address)
	if err != nil {
		return nil, err
	}
	return &standard{c: c, start: startSQLite, read: func(string) stdRead { return readSQLite }}, nil
}

// sqliteAddress opens a file for reading only; one that is not there is no empty
// database.
func sqliteAddress(dsn string) (string, error) {
	if strings.HasPrefix(dsn, "file:") {
		return dsn, nil
	}
	path, err := filepath.Abs(dsn)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", err
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro"}).String(), nil
}

func startSQLite(ctx context.Context, c *standard, timeout time.Duration) error {
	return c.exec(ctx, "PRAGMA query_only = 1", fmt.Sprintf("PRAGMA busy_timeout = %d", min(timeout, time.Minute).Milliseconds()), "BEGIN")
}

// alike finds times as texts that do not sort with the others: SQLite compares texts,
// and would leave out rows without a word.
func (s *Source) alike(ctx context.Context) error {
	d, w := dialects[s.cfg.Driver], dialects[s.cfg.Driver].ident(s.cfg.Watermark)
	high := s.rows.high
	if s.counting != nil {
		high = s.counts.High
	} else if !s.rows.empty() && s.rows.form != formText {
		return nil
	}
	st := d.statement().write("SELECT substr(", w, ", 11, 1), substr(", w, ", 12) GLOB '*[-+]*' AND substr(", w, ", 12) NOT GLOB '*[-+]00*', max(", w, ") FROM ", d.target(&s.cfg),
		" WHERE typeof(", w, ") = 'text'")
	if low := high - int64(s.cfg.Overlap.Time); high != math.MinInt64 && low <= high {
		day := time.Unix(0, low).UTC().AddDate(0, 0, -1) // no offset is longer
		st.write(" AND ", w, " >= ", arg{formText, day.Format(time.DateOnly)})
	}
	if err := s.run(ctx, st.write(" GROUP BY 1, 2")); err != nil {
		return err
	}
	p := &s.poll.page
	defer func() { p.reset(0) }()
	var layout, sample []byte
	for row := range p.rows {
		text := p.columns[2].text(row)
		advice := fmt.Sprintf("write all times alike and in UTC, or read a query that does: SELECT *, strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s) AS at FROM …, with watermark: at", w)
		if p.columns[1].bits[row] != 0 {
			return fmt.Errorf("the watermark %q has an offset in %q, and SQLite compares times as texts; %s", s.cfg.Watermark, text, advice)
		}
		if l := p.columns[0].text(row); len(layout) == 0 {
			layout, sample = l, text
		} else if len(l) > 0 && string(l) != string(layout) {
			return fmt.Errorf("the watermark %q is written as %q and as %q, and SQLite compares times as texts; %s", s.cfg.Watermark, sample, text, advice)
		}
	}
	return nil
}

// readSQLite appends a value by its own type: that of the column binds nobody.
func readSQLite(c *column, v driver.Value) {
	if b, ok := v.([]byte); ok {
		c.addText(formBlob, b)
		return
	}
	addValue(c, v)
}
