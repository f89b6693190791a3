package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	prometheus "github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// DefaultSQL is what a SQL source that names only its table and columns means.
var DefaultSQL = SQL{
	Mode: RowsMode, Overlap: Overlap{Time: 5 * time.Minute, Count: 1000}, PollInterval: 30 * time.Second,
	StatementTimeout: 30 * time.Second, MaxConnections: 4, PageSize: 10_000,
}

// drivers, and the schemes of addresses that tell them.
var (
	drivers = []Driver{Postgres, MySQL, SQLite, ClickHouse}
	schemes = map[string]Driver{
		"postgres": Postgres, "postgresql": Postgres, "mysql": MySQL, "mariadb": MySQL,
		"sqlite": SQLite, "sqlite3": SQLite, "file": SQLite, "clickhouse": ClickHouse,
	}
)

// DriverOf tells the driver of an address by its scheme; empty if it names none.
func DriverOf(dsn string) Driver {
	scheme, _, _ := strings.Cut(dsn, ":")
	return schemes[scheme]
}

// TableAt is a table to be read once, without a configuration.
func TableAt(dsn, table string) (*SQL, error) {
	s := DefaultSQL
	s.DSN, s.Table = dsn, table
	if s.Driver = DriverOf(dsn); s.Driver == "" {
		return nil, errors.New("--sql needs an address that begins with postgres://, mysql://, clickhouse://, or sqlite: before a file")
	}
	if slices.Contains(strings.Split(table, "."), "") {
		return nil, errors.New("--table needs the name of a table, such as features.driver_stats")
	}
	if slices.ContainsFunc(strings.Split(table, "."), quoted) {
		return nil, fmt.Errorf("--table %s has quotes, which would be part of the name; write it without, as they are added", table)
	}
	if s.Driver == SQLite {
		s.DSN = sqlitePath(dsn)
	}
	return &s, nil
}

// sqlitePath takes the scheme off a path; what begins with file: is left to the
// driver.
func sqlitePath(dsn string) string {
	for _, scheme := range []string{"sqlite", "sqlite3"} {
		dsn = strings.TrimPrefix(strings.TrimPrefix(dsn, scheme+"://"), scheme+":")
	}
	return dsn
}

// Name is what the source reads, for messages.
func (s *SQL) Name() string {
	if s.Query != "" {
		return "query"
	}
	return s.Table
}

func sqlValue(p **SQL) value {
	shown := DefaultSQL
	return value{shape: nested(func() block { return sqlBlock(&shown) }).shape,
		read: func(r *reader, n *yaml.Node, at string) {
			s := DefaultSQL
			b := sqlBlock(&s)
			b.check = func(r *reader, at string) { s.validate(r, at) }
			b.read(r, n, at)
			*p = &s
		}}
}

func sqlBlock(s *SQL) block {
	return block{fields: []field{
		{"driver", withDefault(word(&s.Driver, "driver", drivers), "as the dsn's scheme says"), "Which kind of server it is. MariaDB is mysql.", "postgres"},
		{"dsn", dsnValue(&s.DSN), "Address of the server and name of the database, as a URL or as the driver writes it; for sqlite a file. Secrets are written as ${NAME} of an environment variable.",
			`"postgres://exporter@db.example.org/features"`},
		{"password_file", text(&s.PasswordFile), "A file that holds the password, instead of one in the dsn. It is read at each connection.", "/run/secrets/features"},
		{"tls", nested(func() block { return tlsBlock(&s.TLS) }), "Encrypts the connection with files of your own; otherwise what the dsn says holds.", ""},
		{"table", text(&s.Table), "Table or view to read, with its schema where it needs one, and without quotes.", "features.driver_stats"},
		{"query", checked(&s.Query, "text", checkQuery), "A SELECT to read instead of a table. It is read as a sub-query, without a semicolon.", `"SELECT * FROM driver_stats WHERE region = 'eu'"`},
		{"mode", word(&s.Mode, "mode", []SQLMode{RowsMode, AggregateMode}),
			"rows reads each new row. aggregate has the server count the rows by the baseline's bins, for tables too large to read; it finds no undeclared sentinels or renamed columns, counts no segments, ids or errors, and has no ml_multivariate_drift; ml_feature_distinct is an estimate by other hashes, a few percent from that of rows.", "aggregate"},
		{"watermark", withDefault(text(&s.Watermark), "the column of fields.timestamp"),
			"Column that grows with each new row: a time, or a whole number. Rows without a value are not read; rows dated in the future, when their time comes. In SQLite texts must sort as times: all in UTC and of one layout, or made so by a query with strftime, which uses no index. In mode aggregate it is the event time.", "created_at"},
		{"overlap", overlapValue(&s.Overlap), "How far behind the newest watermark late rows may appear: a duration, or a number where the watermark is one. In mode rows the rows within it are read again at each poll and remembered, with 100 bytes each and 20 in each checkpoint; of more than 2,097,152 the older half is forgotten with a warning, as if the overlap were shorter.", "1h"},
		{"key", list(&s.Key, "", name), "Columns that tell rows of the same watermark apart, so that each counts once. Needed in mode rows. Where all models of the source have task none and fields.id is not mapped, they and fields.timestamp are the id of a row, and a repeated one is a duplicate. Together with the watermark they should have an index. With another key or mode reading goes on behind the newest row; late rows before it are not read.", "[driver_id]"},
		{"poll_interval", span(&s.PollInterval, 100*time.Millisecond, 24*time.Hour), "How often new rows are looked for.", "5m"},
		{"statement_timeout", span(&s.StatementTimeout, 10*time.Millisecond, 24*time.Hour), "The server gives up a statement that takes longer.", "1m"},
		{"max_connections", count(&s.MaxConnections, 1, 1000), "Connections to the same server at a time, over all sources with this dsn. Between polls there are none.", "1"},
		{"page_size", count(&s.PageSize, 1, 1_000_000), "Rows that one statement reads; fewer where their values take more than 64 MiB.", "50000"},
	}}
}

func tlsBlock(t *TLS) block {
	return block{fields: []field{
		{"ca", text(&t.CA), "File with the certificates of the authorities to trust, instead of the system's.", "/etc/ssl/db-ca.pem"},
		{"cert", text(&t.Cert), "File with the client's certificate.", "/etc/ssl/exporter.pem"},
		{"key", text(&t.Key), "File with its key.", "/etc/ssl/exporter.key"},
		{"server_name", text(&t.ServerName), "Name that the server's certificate has, where it is not the host's.", "db.internal"},
	}}
}

// dsnValue is a text whose password is not in the file.
func dsnValue(p *string) value {
	v := checked(p, "text", func(s string) string {
		if s == "" {
			return "is empty; write an address such as postgres://exporter@db.example.org/features"
		}
		return ""
	})
	read := v.read
	v.read = func(r *reader, n *yaml.Node, at string) {
		if n.Kind == yaml.ScalarNode && hasPassword(n.Value) {
			r.failf(at, "has a password in it; write it as ${NAME} of an environment variable, or use password_file")
			return
		}
		read(r, n, at)
	}
	return v
}

// hasPassword tells whether an address as it is written holds a password.
func hasPassword(dsn string) bool {
	if _, rest, ok := strings.Cut(dsn, "://"); ok {
		dsn = rest
	}
	authority, _, _ := strings.Cut(dsn, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		if _, password, ok := strings.Cut(authority[:at], ":"); ok && password != "" && !strings.Contains(password, "${") {
			return true
		}
	}
	for _, word := range strings.FieldsFunc(dsn, func(c rune) bool { return c == ' ' || c == '?' || c == '&' }) {
		if password, ok := strings.CutPrefix(word, "password="); ok && password != "" && !strings.Contains(password, "${") {
			return true
		}
	}
	return false
}

// overlapValue is a duration, or a whole number.
func overlapValue(p *Overlap) value {
	v := span(&p.Time, 0, 366*24*time.Hour)
	v.kind, v.pattern = "duration or whole number", `^([0-9]+(y|w|d|h|ms|m|s))+$|^[0-9]+$|\$\{`
	v.read = func(r *reader, n *yaml.Node, at string) {
		s, ok := r.scalar(n, at, "duration such as 5m, or whole number")
		if !ok {
			return
		}
		if x, err := strconv.ParseUint(s, 10, 62); err == nil {
			*p = Overlap{Count: int64(x)}
			return
		}
		d, err := prometheus.ParseDuration(s)
		if err != nil || d < 0 {
			r.failf(at, "%q is neither a duration nor a whole number; write one such as 5m, or 1000", s)
			return
		}
		*p = Overlap{Time: time.Duration(d)}
	}
	return v
}

func checkQuery(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "is empty; write a SELECT, or use table"
	case strings.ContainsRune(s, ';'):
		return "has a semicolon; write one statement without it"
	case strings.ContainsRune(s, 0):
		return "has a NUL byte; remove it"
	}
	return ""
}

// quoted tells whether a name, or a part of one, is written as in a statement.
func quoted(name string) bool { return strings.Trim(name, "\"`") != name }

func (s *SQL) validate(r *reader, at string) {
	if s.Driver == "" && !r.given(join(at, "driver")) {
		if s.Driver = DriverOf(s.DSN); s.Driver == "" && !r.failed(join(at, "dsn")) {
			r.failf(at, "has no driver; add driver: with one of postgres, mysql, sqlite, clickhouse")
		}
	}
	if !r.given(join(at, "dsn")) {
		r.failf(at, `has no dsn; add one such as dsn: "postgres://exporter@db.example.org/features"`)
	}
	switch {
	case r.given(join(at, "table")) && r.given(join(at, "query")):
		r.failf(join(at, "query"), "table is set too; remove one of them")
	case !r.given(join(at, "table")) && !r.given(join(at, "query")):
		r.failf(at, "reads nothing; add table: features.driver_stats, or query: SELECT …")
	case r.given(join(at, "table")) && slices.Contains(strings.Split(s.Table, "."), "") || strings.ContainsRune(s.Table, 0):
		r.failf(join(at, "table"), "%q names no table; write table, or schema.table", s.Table)
	case slices.ContainsFunc(strings.Split(s.Table, "."), quoted):
		r.failf(join(at, "table"), "%s has quotes, which would be part of the name; write it without, as they are added", s.Table)
	}
	if s.Mode == RowsMode && len(s.Key) == 0 && !r.given(join(at, "key")) {
		r.failf(at, "has no key; add key: with the columns that tell rows of the same watermark apart")
	}
	if s.Mode == AggregateMode && r.given(join(at, "key")) {
		r.failf(join(at, "key"), "has no effect in mode aggregate; remove it")
	}
	checkKey(r, join(at, "key"), s.Key)
	if s.Driver == SQLite && !strings.HasPrefix(s.DSN, "file:") {
		s.DSN = r.resolvePath(sqlitePath(s.DSN))
	}
	s.TLS.validate(r, join(at, "tls"))
	if s.PasswordFile != "" {
		s.PasswordFile = r.resolvePath(s.PasswordFile)
	}
}

func checkKey(r *reader, at string, key []string) {
	if len(key) > 16 {
		r.failf(at, "has %d columns; write at most 16", len(key))
	}
}

// idByKey makes the key of a table, and the time of its rows, their id, unless
// another one is mapped: an entity has a row per change.
func (f *Fields) idByKey(key []string) {
	if !f.ID.IsZero() || len(key) == 0 {
		return
	}
	f.ID = Field{Paths: slices.Clone(key), Joined: true}
	for _, p := range f.Timestamp.Paths {
		if !slices.Contains(f.ID.Paths, p) {
			f.ID.Paths = append(f.ID.Paths, p)
		}
	}
}

// setTableIDs gives feature tables in databases ids. Rows of other tables keep the
// usual name of an id, because labels find them by it.
func (c *Config) setTableIDs() {
	for k := range c.Sources {
		s := &c.Sources[k]
		reads := func(m Model) bool { return slices.Contains(m.Sources, s.Name) }
		joined := func(m Model) bool { return reads(m) && m.Task != catalog.TaskNone }
		if s.SQL != nil && slices.ContainsFunc(c.Models, reads) && !slices.ContainsFunc(c.Models, joined) {
			s.Fields.idByKey(s.SQL.Key)
		}
	}
}

func (t *TLS) validate(r *reader, at string) {
	switch {
	case (t.Cert == "") != (t.Key == ""):
		r.failf(at, "has only one of cert and key; add the other")
	case r.given(at) && *t == TLS{}:
		r.failf(at, "names no file; add ca:, or cert: and key:, or remove it")
	}
	for _, path := range []*string{&t.CA, &t.Cert, &t.Key} {
		*path = r.resolvePath(*path)
	}
}

// validateSQL finds what belongs to records of text only, and what a table needs
// of the mapping.
func (s *Source) validateSQL(r *reader, at string) {
	for _, name := range []string{"format", "csv", "max_line_bytes"} {
		if r.given(join(at, name)) {
			r.failf(join(at, name), "has no effect on a table; remove it")
		}
	}
	fields := join(at, "fields")
	if s.Fields.Instances != "" {
		r.failf(join(fields, "instances"), "a row of a table is one event; remove it")
	}
	if s.SQL.Watermark == "" {
		if s.Fields.Timestamp.IsZero() {
			r.failf(join(at, "sql"), "has no watermark; add watermark: with the column that grows with each new row")
		} else {
			s.SQL.Watermark = s.Fields.Timestamp.Paths[0]
		}
	}
	if s.SQL.Mode != AggregateMode {
		return
	}
	for _, f := range []struct {
		name  string
		field Field
	}{{"model", s.Fields.Model}, {"version", s.Fields.Version}} {
		if len(f.field.Paths) > 0 {
			r.failf(join(fields, f.name), "is a column, but in mode aggregate all rows are of one %s; write { value: … }", f.name)
		}
	}
}

// markTables finds the feature tables: sources of one model that has no predictions.
func (c *Config) markTables() {
	for k := range c.Sources {
		s := &c.Sources[k]
		if s.SQL == nil && s.Parquet == nil {
			continue
		}
		models, tables := 0, 0
		for i := range c.Models {
			if slices.Contains(c.Models[i].Sources, s.Name) {
				models++
				if c.Models[i].Task == catalog.TaskNone {
					tables++
				}
			}
		}
		s.Fields.Table = models == 1 && tables == 1
	}
}

// validateAggregates finds what tables that are counted need of models: the bins of
// one, and nothing that only rows have.
func (c *Config) validateAggregates(r *reader) {
	for k := range c.Sources {
		s := &c.Sources[k]
		if s.SQL == nil || s.SQL.Mode != AggregateMode {
			continue
		}
		models := 0
		for i := range c.Models {
			m, at := &c.Models[i], index("models", i)
			if !slices.Contains(m.Sources, s.Name) {
				continue
			}
			models++
			if m.Baseline.Training == "" {
				r.failf(at, `reads source %q in mode aggregate and has no baseline to take bins from; add baseline: { training: … }, or use mode: rows`, s.Name)
			}
			if len(m.Segments) > 0 {
				r.failf(join(at, "segments"), "source %q is in mode aggregate, which counts no segments; remove them, or use mode: rows", s.Name)
			}
		}
		if models != 1 {
			r.failf(join(join(index("sources", k), "sql"), "mode"), "aggregate counts by the baseline of one model, and %d list the source; name it under sources: of exactly one", models)
		}
	}
}
