package sql

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// class is what a column's type means to counting.
type class uint8

const (
	classText  class = iota
	classShown       // a text as its type shows it, which a conversion may not
	classBytes       // compared in hexadecimal digits
	classNumber
	classBool
	classTime // a point in time
	classLocal
	classDate
	classNested  // an array, or nothing that could be one value
	classUnknown // values of several kinds, which only reading tells apart
	classAny     // each value has its own type
)

func (c class) isText() bool { return c == classText || c == classShown || c == classBytes }

func (c class) isTime() bool { return c == classTime || c == classLocal || c == classDate }

// counter is how a server is asked to count.
type counter struct {
	class func(kind string) class
	// nanos is a time in Unix nanoseconds; number a double, null for what is none.
	// word is a category that is no number, as a text that rows have it as.
	nanos, number, word func(column string, c class) string
	// place writes which of the cuts a time is behind, 0 for none; nil where a server
	// has no function for it.
	place func(s *statement, column string, c class, cuts []cut)
	// bucket writes the number of edges below x, which is not null; -1 and one more than
	// there are edges for the infinite.
	bucket func(s *statement, x string, edges []float64)
	// joined is the bins and counts of a group as one text: 3:17,8:2.
	joined string
	// fence keeps the server from computing an expression once for each use of it.
	fence string
	// register is that of a value's hash in a HyperLogLog, by 11 of its bits, and rest
	// the others. first of a group is what has most leading zeros, rank their number
	// plus one. packed is all of a group (rg, rk) as one text, three letters each. {hash}
	// stands for 64 bits of hash, {rest} for first.
	register, rest, first, rank, packed string
	hashNumber, hashText                string
}

var pgClasses = map[string]class{}

func init() {
	for c, oids := range map[class][]uint32{
		classNumber: {pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID},
		classBool:   {pgtype.BoolOID}, classTime: {pgtype.TimestamptzOID}, classLocal: {pgtype.TimestampOID}, classDate: {pgtype.DateOID},
		classUnknown: {pgtype.JSONOID, pgtype.JSONBOID, pgtype.IntervalOID, pgtype.TimeOID},
		classText:    {pgtype.TextOID, pgtype.VarcharOID, pgtype.NameOID, pgtype.UUIDOID}, classBytes: {pgtype.ByteaOID},
	} {
		for _, oid := range oids {
			pgClasses[fmt.Sprint(oid)] = c
		}
	}
}

// pgTime counts from 2020 on: in a double that is exact to the microsecond from 1949
// to 2091, and ten times as fast as extract, which computes in decimals.
func pgTime(column string, c class) string {
	since := column + "::timestamp - timestamp '2020-01-01'"
	if c == classTime {
		since = column + " - timestamptz '2020-01-01 00:00:00Z'"
	}
	return "(CASE WHEN isfinite(" + column + ") THEN round(date_part('epoch', " + since + ") * 1000000)::bigint * 1000 + 1577836800000000000 END)"
}

// pgPlace finds the place in a list: ten comparisons instead of arithmetic with dates
// and a fence.
func pgPlace(s *statement, column string, c class, cuts []cut) {
	as, layout := "timestamp", "2006-01-02T15:04:05.999999"
	if c == classTime {
		as, layout = "timestamptz", layout+"Z07:00"
	}
	texts := make([]string, len(cuts))
	for i, cut := range cuts {
		// No time lies between two microseconds.
		texts[i] = time.Unix(0, cut.from).Add(time.Microsecond - 1).Truncate(time.Microsecond).UTC().Format(layout)
	}
	s.write("width_bucket(", column, "::", as, ", ", arg{formText, "{" + strings.Join(texts, ",") + "}"}, "::", as, "[])")
}

// postgresCounter counts by width_bucket, which counts edges that are at most x:
// with both negated, those that are at least x, so that bins are closed on the
// right.
var postgresCounter = &counter{
	class: func(kind string) class {
		if c, ok := pgClasses[kind]; ok {
			return c
		}
		var oid uint32
		_, _ = fmt.Sscan(kind, &oid)
		if t, ok := pgtype.NewMap().TypeForOID(oid); ok {
			if _, array := t.Codec.(*pgtype.ArrayCodec); array {
				return classNested
			}
		}
		return classShown
	},
	nanos: pgTime,
	number: func(column string, c class) string {
		switch c {
		case classNumber:
			return "NULLIF(" + column + "::double precision, 'NaN')"
		case classBool:
			return column + "::int::double precision"
		}
		return pgTime(column, c) + "::double precision / 1e9"
	},
	word: func(column string, c class) string {
		switch c {
		case classBytes:
			return "encode(" + column + `, 'hex') COLLATE "C"`
		case classShown: // the conversion of char(4) takes blanks away, that of inet adds /32
			return "CASE WHEN " + column + " IS NOT NULL THEN format('%s', " + column + `) END COLLATE "C"`
		}
		return column + `::text COLLATE "C"`
	},
	bucket: func(s *statement, x string, edges []float64) {
		texts := make([]string, 1, len(edges)+2)
		texts[0] = fmt.Sprint(-math.MaxFloat64)
		for _, e := range slices.Backward(edges) {
			texts = append(texts, fmt.Sprint(-e))
		}
		texts = append(texts, "Infinity")
		s.write("(", fmt.Sprint(len(edges)+1), " - width_bucket(-", x, ", ", arg{formText, "{" + strings.Join(texts, ",") + "}"}, "::double precision[]))")
	},
	fence:    " OFFSET 0",
	joined:   "string_agg(bin || ':' || n, ',')",
	place:    pgPlace,
	register: "({hash} & 2047)::int", rest: "({hash} >> 11) & 9007199254740991", first: "min(rest)",
	rank:       "CASE WHEN {rest} = 0 THEN 54 ELSE 53 - floor(ln({rest}::double precision) / ln(2::double precision))::int END",
	hashNumber: "hashfloat8extended(x, 0)", hashText: "hashtextextended(x, 0)",
	packed: "string_agg(chr(rg / 64 + 48) || chr(rg % 64 + 48) || chr(rk + 48), '')",
}

var mysqlCounter = &counter{
	class: func(kind string) class {
		switch strings.TrimPrefix(kind, "UNSIGNED ") {
		case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "YEAR", "BIT":
			return classNumber
		case "DATETIME":
			return classLocal
		case "TIMESTAMP":
			return classTime
		case "DATE":
			return classDate
		case "GEOMETRY":
			return classNested
		case "BLOB", "BINARY", "VARBINARY", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB":
			return classBytes
		case "JSON", "TIME":
			return classUnknown
		}
		return classText
	},
	// A date of zeros is no time; the session is in UTC.
	nanos: func(column string, _ class) string {
		return "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " + column + ") * 1000)"
	},
	number: func(column string, c class) string {
		if c == classNumber {
			return "(" + column + " + 0e0)"
		}
		return "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " + column + ") * 1e3 / 1e9)"
	},
	word: func(column string, c class) string {
		if c == classBytes {
			return "HEX(" + column + ")"
		}
		return "BINARY CONVERT(" + column + " USING utf8mb4)"
	},
	bucket:   tree,
	fence:    " LIMIT 18446744073709551615",
	joined:   "GROUP_CONCAT(CONCAT(bin, ':', n))",
	register: "(CAST(CONV(SUBSTR(MD5(x), 1, 3), 16, 10) AS UNSIGNED) & 2047)",
	rest:     "SUBSTR(MD5(x), 4, 13)", first: "MIN(rest)",
	rank:   "CASE WHEN {rest} = '0000000000000' THEN 53 ELSE 52 - FLOOR(LOG2(CAST(CONV({rest}, 16, 10) AS UNSIGNED))) END",
	packed: "GROUP_CONCAT(CHAR(rg DIV 64 + 48, rg % 64 + 48, rk + 48) SEPARATOR '')",
}

var sqliteCounter = &counter{
	class: func(string) class { return classAny },
	// To the millisecond, as far as its functions go.
	nanos: func(column string, _ class) string {
		return "(CAST(strftime('%s', " + column + ") AS INTEGER) * 1000000000 + CAST(substr(strftime('%f', " + column + "), 4) AS INTEGER) * 1000000)"
	},
	number: func(column string, _ class) string {
		return "(CASE WHEN typeof(" + column + ") IN ('integer', 'real') THEN CAST(" + column + " AS REAL) END)"
	},
	// Numbers stay numbers: a column has values of any type.
	word: func(column string, _ class) string {
		return "(CASE WHEN typeof(" + column + ") IN ('integer', 'real') THEN CAST(" + column + " AS REAL) ELSE CAST(" + column + " AS TEXT) END) COLLATE BINARY"
	},
	bucket:   tree,
	fence:    " LIMIT -1",
	joined:   "group_concat(bin || ':' || n)",
	register: "model_exporter_register(x)",
	rest:     "model_exporter_rank(x)", first: "max(rest)", rank: "{rest}",
	packed: "group_concat(char(rg / 64 + 48, rg % 64 + 48, rk + 48), '')",
}

var clickhouseCounter = &counter{
	class: func(kind string) class {
		kind = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(kind, "LowCardinality("), "Nullable("), ")")
		for _, p := range []struct {
			prefix string
			class  class
		}{
			{"Int", classNumber}, {"UInt", classNumber}, {"Float", classNumber}, {"Decimal", classNumber}, {"Bool", classBool},
			{"DateTime", classTime}, {"Date", classDate}, {"Array", classNested}, {"Map", classNested}, {"Tuple", classNested}, {"Nested", classNested},
			{"JSON", classUnknown}, {"Object", classUnknown}, {"Variant", classUnknown}, {"Dynamic", classUnknown},
		} {
			if strings.HasPrefix(kind, p.prefix) {
				return p.class
			}
		}
		return classText
	},
	nanos: func(column string, _ class) string {
		return "toUnixTimestamp64Nano(toDateTime64(" + column + ", 9, 'UTC'))"
	},
	number: func(column string, c class) string {
		if c == classNumber || c == classBool {
			return "if(isNaN(toFloat64(" + column + ")), NULL, toFloat64(" + column + "))"
		}
		return "toFloat64(toUnixTimestamp64Nano(toDateTime64(" + column + ", 9, 'UTC'))) / 1e9"
	},
	word:     func(column string, _ class) string { return "toString(" + column + ")" },
	bucket:   tree,
	joined:   "arrayStringConcat(groupArray(concat(toString(bin), ':', toString(n))), ',')",
	register: "bitAnd(sipHash64(x), 2047)",
	rest:     "bitShiftRight(sipHash64(x), 11)", first: "min(rest)",
	rank:   "if({rest} = 0, 54, 53 - toUInt8(floor(log2({rest}))))",
	packed: "arrayStringConcat(groupArray(char(intDiv(rg, 64) + 48, rg % 64 + 48, rk + 48)))",
}
