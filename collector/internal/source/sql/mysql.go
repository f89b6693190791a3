package sql

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// mysqlConfig reads an address as the driver writes it, or as a URL.
func mysqlConfig(dsn string) (*mysql.Config, error) {
	if scheme, rest, ok := strings.Cut(dsn, "://"); ok && (scheme == "mysql" || scheme == "mariadb") {
		at := strings.LastIndexByte(rest, '@') + 1
		host, path, _ := strings.Cut(rest[at:], "/")
		if !strings.Contains(host, ":") {
			host += ":3306"
		}
		dsn = rest[:at] + "tcp(" + host + ")/" + path
	}
	return mysql.ParseDSN(dsn)
}

func connectMySQL(ctx context.Context, cfg *config.SQL, password string, t *tls.Config) (conn, error) {
	c, err := mysqlConfig(cfg.DSN)
	if err != nil {
		return nil, err
	}
	if password != "" {
		c.Passwd = password
	}
	if t != nil {
		host, _, _ := strings.Cut(c.Addr, ":")
		t.ServerName = firstNonEmpty(t.ServerName, host)
		c.TLS = t
	}
	c.ParseTime, c.InterpolateParams, c.MultiStatements = false, false, false
	c.Logger = noLog{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	dc, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &standard{c: dc, prepare: true, start: startMySQL, read: readMySQL}, nil
}

// noLog: the driver would write of its own about connections that break.
type noLog struct{}

func (noLog) Print(...any) {}

// startMySQL asks for the server's version, because MariaDB and MySQL call the
// limit of a statement's time by other names and units.
func startMySQL(ctx context.Context, c *standard, timeout time.Duration) error {
	var p page
	if err := c.query(ctx, "SELECT VERSION()", nil, &p, nil); err != nil {
		return err
	}
	limit := fmt.Sprintf("SET SESSION max_execution_time = %d", timeout.Milliseconds())
	if strings.Contains(string(p.columns[0].data), "MariaDB") {
		limit = fmt.Sprintf("SET SESSION max_statement_time = %g", timeout.Seconds())
	}
	return c.exec(ctx, limit, "SET SESSION time_zone = '+00:00'", "SET SESSION group_concat_max_len = 1048576", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
}

// readMySQL reads by the name of a type. Times come as texts.
func readMySQL(kind string) stdRead {
	text := func(v driver.Value) []byte {
		switch v := v.(type) {
		case []byte:
			return v
		case string:
			return []byte(v)
		}
		return fmt.Append(nil, v)
	}
	switch kind {
	case "DECIMAL":
		return func(c *column, v driver.Value) { c.addDecimal(text(v)) }
	case "UNSIGNED BIGINT":
		return func(c *column, v driver.Value) {
			switch v := v.(type) {
			case int64:
				c.addInt(v)
			case uint64:
				c.addUint(v)
			default:
				c.addDecimal(text(v))
			}
		}
	case "DATETIME":
		return func(c *column, v driver.Value) { c.addStamp(formLocal, text(v)) }
	case "TIMESTAMP":
		return func(c *column, v driver.Value) { c.addStamp(formTime, text(v)) }
	case "DATE":
		return func(c *column, v driver.Value) { c.addStamp(formDate, text(v)) }
	case "TIME":
		return func(c *column, v driver.Value) { c.addTimeOfDay(text(v)) }
	case "BIT":
		return func(c *column, v driver.Value) {
			n := uint64(0)
			for _, b := range text(v) {
				n = n<<8 | uint64(b)
			}
			c.addUint(n)
		}
	case "JSON":
		return func(c *column, v driver.Value) { c.addJSON(text(v)) }
	case "BLOB", "BINARY", "VARBINARY", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB":
		return func(c *column, v driver.Value) { c.addText(formBlob, text(v)) }
	case "GEOMETRY":
		return func(c *column, _ driver.Value) { c.add(formNested) }
	}
	return addValue
}

// mysqlUnordered names types that do not equal their text, or sort otherwise than it.
func mysqlUnordered(kind string) string {
	switch kind {
	case "ENUM", "SET", "JSON", "GEOMETRY", "FLOAT":
		return kind
	}
	return ""
}

// addStamp appends a time written as 2006-01-02 15:04:05.999999. One of zeros, as
// MySQL writes what was no time, is null.
func (c *column) addStamp(f form, text []byte) {
	if strings.HasPrefix(string(text), "0000-00-00") {
		c.addNull()
		return
	}
	t, _, ok := parseText(string(text))
	if !ok {
		c.addBits(f, event.NoTime)
		return
	}
	c.addBits(f, nanosOfTime(t))
}

// addTimeOfDay appends a time such as -12:30:00.5, in seconds.
func (c *column) addTimeOfDay(text []byte) {
	digits, negative := strings.CutPrefix(string(text), "-")
	var h, m int
	var s float64
	if _, err := fmt.Sscanf(digits, "%d:%d:%g", &h, &m, &s); err != nil {
		c.addText(formText, text)
		return
	}
	s += float64(h*3600 + m*60)
	if negative {
		s = -s
	}
	c.data = append(c.data, text...)
	c.addNum(formClock, s)
	c.endText()
}
