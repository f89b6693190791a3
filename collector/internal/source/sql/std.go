package sql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"time"
)

// standard is a connection of a driver for database/sql, without its pool.
type standard struct {
	c       driver.Conn
	prepare bool // statements that are not prepared return texts only
	start   func(ctx context.Context, c *standard, timeout time.Duration) error
	read    func(kind string) stdRead
}

var _ conn = (*standard)(nil)

// stdRead appends a value that is not nil to a column.
type stdRead func(c *column, v driver.Value)

func (c *standard) begin(ctx context.Context, timeout time.Duration) error {
	return c.start(ctx, c, timeout)
}

func (c *standard) close() { _ = c.c.Close() } // was only read

// exec runs statements without results.
func (c *standard) exec(ctx context.Context, stmts ...string) error {
	for _, stmt := range stmts {
		if _, err := c.c.(driver.ExecerContext).ExecContext(ctx, stmt, nil); err != nil {
			return err
		}
	}
	return nil
}

// open runs a statement. The rows are closed by release.
func (c *standard) open(ctx context.Context, stmt string, args []arg) (rows driver.Rows, release func(), err error) {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a.value()}
	}
	if q, ok := c.c.(driver.QueryerContext); ok && !c.prepare {
		rows, err = q.QueryContext(ctx, stmt, values)
		if err != nil {
			return nil, nil, err
		}
		return rows, func() { _ = rows.Close() }, nil
	}
	s, err := c.c.(driver.ConnPrepareContext).PrepareContext(ctx, stmt)
	if err != nil {
		return nil, nil, err
	}
	if rows, err = s.(driver.StmtQueryContext).QueryContext(ctx, values); err != nil {
		_ = s.Close()
		return nil, nil, err
	}
	return rows, func() { _, _ = rows.Close(), s.Close() }, nil
}

func fieldsOf(rows driver.Rows) []field {
	names := rows.Columns()
	fields := make([]field, len(names))
	types, ok := rows.(driver.RowsColumnTypeDatabaseTypeName)
	for i, n := range names {
		fields[i].name = n
		if ok {
			fields[i].kind = types.ColumnTypeDatabaseTypeName(i)
		}
	}
	return fields
}

func (c *standard) describe(ctx context.Context, stmt string) ([]field, error) {
	rows, release, err := c.open(ctx, stmt, nil)
	if err != nil {
		return nil, err
	}
	defer release()
	return fieldsOf(rows), nil
}

func (c *standard) query(ctx context.Context, stmt string, args []arg, p *page, full func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, release, err := c.open(ctx, stmt, args)
	if err != nil {
		return err
	}
	defer release()
	fields := fieldsOf(rows)
	reads := make([]stdRead, len(fields))
	for i, f := range fields {
		reads[i] = c.read(f.kind)
	}
	p.reset(len(fields))
	values := make([]driver.Value, len(fields))
	for {
		if err := rows.Next(values); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for i, v := range values {
			if v == nil {
				p.columns[i].addNull()
				continue
			}
			before := len(p.columns[i].data)
			reads[i](p.columns[i], v)
			p.bytes += int64(max(8, len(p.columns[i].data)-before))
		}
		if err := p.next(full); err != nil {
			cancel() // rather than to read the rest
			return err
		}
	}
}

// addValue appends a value by what it is, for columns whose type says no more.
func addValue(c *column, v driver.Value) {
	switch v := v.(type) {
	case int64:
		c.addInt(v)
	case float64:
		c.addFloat(v)
	case float32:
		c.addNum(formSingle, float64(v))
	case bool:
		c.addBool(v)
	case string:
		c.addText(formText, []byte(v))
	case []byte:
		c.addText(formText, v)
	case time.Time:
		c.addBits(formTime, nanosOfTime(v))
	case uint64:
		c.addUint(v)
	default:
		addOther(c, reflect.ValueOf(v))
	}
}

// addOther appends a value of a driver's own type.
func addOther(c *column, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			c.addNull()
			return
		}
		if s, ok := v.Interface().(fmt.Stringer); ok {
			c.addText(formText, []byte(s.String()))
			return
		}
		addValue(c, v.Elem().Interface())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32:
		c.addInt(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		c.addUint(v.Uint())
	default:
		if s, ok := v.Interface().(fmt.Stringer); ok {
			c.addText(formText, []byte(s.String()))
			return
		}
		c.add(formNested)
	}
}

func nanosOfTime(t time.Time) int64 {
	if y := t.Year(); y < 1678 || y > 2261 {
		return math.MinInt64
	}
	return t.UnixNano()
}
