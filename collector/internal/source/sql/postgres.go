package sql

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// postgres is a connection below pgx's own scanning: values go from the wire into
// columns without one in between.
type postgres struct {
	pg      *pgconn.PgConn
	types   *pgtype.Map
	stmt    string // that is prepared: most pages are read by the same one
	fields  []field
	formats []int16
	reads   []pgRead
}

var _ conn = (*postgres)(nil)

func connectPostgres(ctx context.Context, cfg *config.SQL, password string, t *tls.Config) (conn, error) {
	c, err := pgconn.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, err
	}
	if password != "" {
		c.Password = password
	}
	if t != nil {
		t.ServerName = firstNonEmpty(t.ServerName, c.Host)
		c.TLSConfig, c.Fallbacks = t, nil
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "model_exporter"
	}
	pg, err := pgconn.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	return &postgres{pg: pg, types: pgtype.NewMap()}, nil
}

func firstNonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (c *postgres) begin(ctx context.Context, timeout time.Duration) error {
	return c.pg.Exec(ctx, fmt.Sprintf("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = %d; SET LOCAL TimeZone = 'UTC'; "+
		"SET LOCAL DateStyle = 'ISO'; SET LOCAL extra_float_digits = 3", timeout.Milliseconds())).Close()
}

// close ends the transaction with the connection.
func (c *postgres) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.pg.Close(ctx) // was only read
}

func (c *postgres) describe(ctx context.Context, stmt string) ([]field, error) {
	err := c.prepare(ctx, stmt)
	return c.fields, err
}

// prepare has the server read a statement, and finds how to read its columns.
func (c *postgres) prepare(ctx context.Context, stmt string) error {
	if stmt == c.stmt {
		return nil
	}
	c.stmt, c.fields, c.formats, c.reads = "", nil, nil, nil
	d, err := c.pg.Prepare(ctx, "", stmt, nil)
	if err != nil {
		return err
	}
	for _, f := range d.Fields {
		format, read := c.readerOf(f.DataTypeOID)
		c.fields = append(c.fields, field{name: f.Name, kind: fmt.Sprint(f.DataTypeOID)})
		c.formats, c.reads = append(c.formats, format), append(c.reads, read)
	}
	c.stmt = stmt
	return nil
}

func (c *postgres) query(ctx context.Context, stmt string, args []arg, p *page, full func() error) error {
	if err := c.prepare(ctx, stmt); err != nil {
		return err
	}
	p.reset(len(c.reads))
	values := make([][]byte, len(args))
	for i, a := range args {
		if values[i] = []byte(a.text); a.form == formBlob {
			values[i] = fmt.Appendf(nil, `\x%x`, a.text)
		}
	}
	r := c.pg.ExecPrepared(ctx, "", values, nil, c.formats)
	for r.NextRow() {
		for i, v := range r.Values() {
			if v == nil {
				p.columns[i].addNull()
				continue
			}
			p.bytes += int64(len(v))
			read := &c.reads[i]
			if read.size > 0 && len(v) != read.size { // what is on the wire is not ours
				_, _ = r.Close() // this error says more
				return fmt.Errorf("column %q: a value has %d bytes where %d are expected", c.fields[i].name, len(v), read.size)
			}
			read.add(p.columns[i], v)
		}
		if err := p.next(full); err != nil {
			c.close() // rather than to read the rest
			return err
		}
	}
	_, err := r.Close()
	return err
}

// pgRead appends values of one type to a column. In size bytes each, 0 for any number.
type pgRead struct {
	size int
	add  func(c *column, v []byte)
}

const textFormat, binaryFormat = 0, 1

// epoch is midnight of 2000-01-01, from which PostgreSQL counts.
const epoch = 946684800

// readerOf returns in which format to ask for values of a type, and how to read
// them. What has no value of its own here is read as the text that psql shows.
func (c *postgres) readerOf(oid uint32) (format int16, read pgRead) {
	if r, ok := pgBinary[oid]; ok {
		return binaryFormat, r
	}
	switch oid {
	case pgtype.NumericOID:
		return textFormat, pgRead{0, (*column).addDecimal}
	case pgtype.JSONOID, pgtype.JSONBOID:
		return textFormat, pgRead{0, (*column).addJSON}
	case pgtype.ByteaOID:
		return binaryFormat, pgRead{0, func(c *column, v []byte) { c.addText(formBlob, v) }}
	}
	if t, ok := c.types.TypeForOID(oid); ok {
		if _, array := t.Codec.(*pgtype.ArrayCodec); array {
			return textFormat, pgRead{0, func(c *column, _ []byte) { c.add(formNested) }}
		}
	}
	return textFormat, pgRead{0, func(c *column, v []byte) { c.addText(formText, v) }}
}

// pgUnordered names types whose values are not kept as they are.
func pgUnordered(kind string) string {
	oid, err := strconv.ParseUint(kind, 10, 32)
	t, ok := pgtype.NewMap().TypeForOID(uint32(oid))
	if err != nil || !ok {
		return ""
	}
	if _, array := t.Codec.(*pgtype.ArrayCodec); array {
		return t.Name
	}
	switch oid {
	case pgtype.JSONOID, pgtype.JSONBOID, pgtype.IntervalOID:
		return t.Name
	}
	return ""
}

var pgBinary = map[uint32]pgRead{
	pgtype.BoolOID: {1, func(c *column, v []byte) { c.addBool(v[0] != 0) }},
	pgtype.Int2OID: {2, func(c *column, v []byte) { c.addInt(int64(int16(binary.BigEndian.Uint16(v)))) }},
	pgtype.Int4OID: {4, func(c *column, v []byte) { c.addInt(int64(int32(binary.BigEndian.Uint32(v)))) }},
	pgtype.Int8OID: {8, func(c *column, v []byte) { c.addInt(int64(binary.BigEndian.Uint64(v))) }},
	pgtype.OIDOID:  {4, func(c *column, v []byte) { c.addInt(int64(binary.BigEndian.Uint32(v))) }},
	pgtype.Float4OID: {4, func(c *column, v []byte) {
		c.addNum(formSingle, float64(math.Float32frombits(binary.BigEndian.Uint32(v))))
	}},
	pgtype.Float8OID: {8, func(c *column, v []byte) { c.addFloat(math.Float64frombits(binary.BigEndian.Uint64(v))) }},
	pgtype.DateOID: {4, func(c *column, v []byte) {
		days := int64(int32(binary.BigEndian.Uint32(v)))
		c.addBits(formDate, nanosOf(days*86400+epoch, 1e9))
	}},
	pgtype.TimeOID:        {8, func(c *column, v []byte) { c.addClock(int64(binary.BigEndian.Uint64(v))) }},
	pgtype.TimestampOID:   {8, func(c *column, v []byte) { c.addBits(formLocal, pgNanos(v)) }},
	pgtype.TimestamptzOID: {8, func(c *column, v []byte) { c.addBits(formTime, pgNanos(v)) }},
	pgtype.IntervalOID: {16, func(c *column, v []byte) {
		micros, days, months := int64(binary.BigEndian.Uint64(v)), int32(binary.BigEndian.Uint32(v[8:])), int32(binary.BigEndian.Uint32(v[12:]))
		// As extract(epoch from …) has it: years of 365.25 days, months of 30.
		c.addFloat(float64(micros)/1e6 + float64(days)*86400 + float64(months/12)*365.25*86400 + float64(months%12)*30*86400)
	}},
	pgtype.UUIDOID: {16, func(c *column, v []byte) {
		c.data = hex.AppendEncode(c.data, v[:4])
		for _, part := range [...][]byte{v[4:6], v[6:8], v[8:10], v[10:]} {
			c.data = hex.AppendEncode(append(c.data, '-'), part)
		}
		c.add(formText)
		c.endText()
	}},
}

// pgNanos reads microseconds since 2000. Infinity is no time that 64 bits hold.
func pgNanos(v []byte) int64 {
	micros := int64(binary.BigEndian.Uint64(v))
	if micros > math.MaxInt64-epoch*1e6 || micros == math.MinInt64 {
		return event.NoTime
	}
	return nanosOf(micros+epoch*1e6, 1e3)
}

// nanosOf returns x units in nanoseconds, event.NoTime if they are too many.
func nanosOf(x, unit int64) int64 {
	if x > math.MaxInt64/unit || x < math.MinInt64/unit {
		return event.NoTime
	}
	return x * unit
}

// addClock appends a time of day in microseconds, as seconds since midnight.
func (c *column) addClock(micros int64) {
	c.data = time.UnixMicro(micros).UTC().AppendFormat(c.data, "15:04:05.999999")
	c.addNum(formClock, float64(micros)/1e6)
	c.endText()
}

// addJSON appends a document: a single value as what it is.
func (c *column) addJSON(v []byte) {
	text := strings.TrimSpace(string(v))
	switch {
	case text == "null" || text == "":
		c.addNull()
	case text[0] == '{' || text[0] == '[':
		c.add(formNested)
	case text == "true" || text == "false":
		c.addBool(text == "true")
	case text[0] == '"':
		c.addText(formText, unquote(text))
	default:
		c.addDecimal([]byte(text))
	}
}
