package sql

import (
	"context"
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
)

// dialect is how a server wants to be spoken to.
type dialect struct {
	quote       byte                // around identifiers, doubled within
	placeholder func(i int) string  // of the i-th parameter, from 1 on
	tuples      bool                // (a, b) >= (c, d) finds its way in an index
	selected    func(string) string // a column in a list of those to read
	times       map[form]string     // layouts of times as parameters
	typed       map[form]string     // what makes such a text a time, where that does not go by itself
	unordered   func(string) string // the name of a column's type by which pages cannot be read, or nothing
	count       *counter            // of mode aggregate
	connect     func(context.Context, *config.SQL, string, *tls.Config) (conn, error)
}

var dialects = map[config.Driver]*dialect{
	config.Postgres: {
		quote: '"', placeholder: func(i int) string { return "$" + strconv.Itoa(i) }, tuples: true, selected: plain,
		times:     map[form]string{formTime: "2006-01-02T15:04:05.999999Z07:00", formLocal: "2006-01-02T15:04:05.999999", formDate: "2006-01-02"},
		unordered: pgUnordered,
		count:     postgresCounter,
		connect:   connectPostgres,
	},
	config.MySQL: {
		quote: '`', placeholder: question, selected: plain,
		times:     map[form]string{formTime: "2006-01-02 15:04:05.999999", formLocal: "2006-01-02 15:04:05.999999", formDate: "2006-01-02"},
		unordered: mysqlUnordered,
		count:     mysqlCounter,
		connect:   connectMySQL,
	},
	config.SQLite: {
		// A plus keeps the driver from guessing times by the type of the column.
		quote: '"', placeholder: question, tuples: true, selected: func(c string) string { return "+" + c },
		count:   sqliteCounter,
		connect: connectSQLite,
	},
	config.ClickHouse: {
		quote: '`', placeholder: question, tuples: true, selected: plain,
		times:   map[form]string{formTime: "2006-01-02 15:04:05.999999999", formDate: "2006-01-02"},
		typed:   map[form]string{formTime: "toDateTime64(%s, 9, 'UTC')", formDate: "toDate32(%s)"},
		count:   clickhouseCounter,
		connect: connectClickHouse,
	},
}

func plain(column string) string { return column }

func question(int) string { return "?" }

// present is a column that is null where a value is missing: also if it is NaN, or
// an infinite time.
func (d *dialect) present(column string, c class) string {
	switch c {
	case classNumber, classTime, classLocal, classDate:
		return d.count.number(column, c)
	}
	return column
}

// category is what tells the categories of a column apart: a double if they are
// numbers, as rows are read, and a text otherwise.
func (d *dialect) category(column string, c class) string {
	if c == classNumber {
		return d.count.number(column, c)
	}
	return d.count.word(column, c)
}

// ident quotes a name.
func (d *dialect) ident(name string) string {
	q := string(d.quote)
	return q + strings.ReplaceAll(name, q, q+q) + q
}

// target is what to read from: a table, or a query as if it were one, which may end in
// a comment.
func (d *dialect) target(cfg *config.SQL) string {
	if cfg.Query != "" {
		return "(" + cfg.Query + "\n) AS " + d.ident("source")
	}
	parts := strings.Split(cfg.Table, ".")
	for i := range parts {
		parts[i] = d.ident(parts[i])
	}
	return strings.Join(parts, ".")
}

// list writes columns to read.
func (d *dialect) list(names []string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		c := d.ident(n)
		if parts[i] = d.selected(c); parts[i] != c {
			parts[i] += " AS " + c
		}
	}
	return strings.Join(parts, ", ")
}

// statement is a text with its parameters.
type statement struct {
	d    *dialect
	text strings.Builder
	args []arg
}

func (d *dialect) statement() *statement { return &statement{d: d} }

// write appends the parts: texts, and parameters as their placeholder.
func (s *statement) write(parts ...any) *statement {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			s.text.WriteString(p)
		case arg:
			s.args = append(s.args, p)
			text := s.d.placeholder(len(s.args))
			if as, ok := s.d.typed[p.form]; ok {
				text = fmt.Sprintf(as, text)
			}
			s.text.WriteString(text)
		}
	}
	return s
}

// from appends a condition for the rows that do not come before one in the order
// of the columns.
func (s *statement) from(columns []string, row []arg) *statement {
	if len(row) == 1 || s.d.tuples {
		return s.tuple(columns[:len(row)], row)
	}
	// a >= x AND (a > x OR (a = x AND …)): the first part is for the index.
	s.write(columns[0], " >= ", row[0], " AND (", columns[0], " > ", row[0], " OR (", columns[0], " = ", row[0], " AND ")
	return s.from(columns[1:], row[1:]).write("))")
}

func (s *statement) tuple(columns []string, row []arg) *statement {
	if len(row) == 1 {
		return s.write(columns[0], " >= ", row[0])
	}
	s.write("(", strings.Join(columns, ", "), ") >= (")
	for i, a := range row {
		if i > 0 {
			s.write(", ")
		}
		s.write(a)
	}
	return s.write(")")
}

// page returns the statement for the rows from a place on, limit at most. order
// are the watermark and the key; upper ends the watermark, unless it is empty.
func (d *dialect) page(cfg *config.SQL, columns []string, row []arg, upper arg, limit int) *statement {
	order := make([]string, 0, 1+len(cfg.Key))
	for _, n := range append([]string{cfg.Watermark}, cfg.Key...) {
		order = append(order, d.ident(n))
	}
	s := d.statement().write("SELECT ", d.list(columns), " FROM ", d.target(cfg), " WHERE ")
	if len(row) > 0 {
		s.from(order, row)
	} else {
		s.write(order[0], " IS NOT NULL")
	}
	if upper.text != "" {
		s.write(" AND ", order[0], " <= ", upper)
	}
	return s.write(" ORDER BY ", strings.Join(order, ", "), " LIMIT ", strconv.Itoa(limit))
}
