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

// readSQLite appends a value by its own type: that of the column binds nobody.
func readSQLite(c *column, v driver.Value) {
	if b, ok := v.([]byte); ok {
		c.addText(formBlob, b)
		return
	}
	addValue(c, v)
}
