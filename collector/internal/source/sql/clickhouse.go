package sql

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/model-exporter/model_exporter/collector/config"
)

// connectClickHouse connects by ClickHouse's own protocol, or by HTTP if the dsn
// says so.
func connectClickHouse(ctx context.Context, cfg *config.SQL, password string, t *tls.Config) (conn, error) {
	o, err := clickhouse.ParseDSN(cfg.DSN)
	if err != nil {
		return nil, errors.New("the dsn is none; write it as clickhouse://user@host:9000/database")
	}
	if password != "" {
		o.Auth.Password = password
	}
	if t != nil {
		host, _, _ := strings.Cut(o.Addr[0], ":")
		t.ServerName = firstNonEmpty(t.ServerName, host)
		o.TLS = t
	}
	if o.Settings == nil {
		o.Settings = clickhouse.Settings{}
	}
	o.Settings["max_execution_time"] = max(1, int(cfg.StatementTimeout.Seconds()))
	o.Settings["readonly"] = 2 // nothing but reading, and settings
	dc, err := clickhouse.Connector(o).Connect(ctx)
	if err != nil {
		return nil, err
	}
	start := func(context.Context, *standard, time.Duration) error { return nil } // there are no transactions
	return &standard{c: dc, start: start, read: readClickHouse}, nil
}

// readClickHouse reads by the name of a type.
func readClickHouse(kind string) stdRead {
	if inner, ok := strings.CutPrefix(kind, "Nullable("); ok {
		kind = inner
	}
	switch {
	case strings.HasPrefix(kind, "DateTime"):
		return addValue
	case strings.HasPrefix(kind, "Date"):
		return func(c *column, v driver.Value) {
			if t, ok := v.(time.Time); ok {
				c.addBits(formDate, nanosOfTime(t))
				return
			}
			addValue(c, v)
		}
	case strings.HasPrefix(kind, "Decimal"), strings.HasPrefix(kind, "Int"), strings.HasPrefix(kind, "UInt"):
		return func(c *column, v driver.Value) {
			if s, ok := v.(interface{ String() string }); ok {
				c.addDecimal([]byte(s.String()))
				return
			}
			addValue(c, v)
		}
	}
	return addValue
}
