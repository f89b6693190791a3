package parquet

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// read writes a file of one column and reads it back.
func readColumn(t *testing.T, node pq.Node, values []pq.Value, expected ...decode.Expected) *event.Batch {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := pq.NewGenericWriter[any](f, pq.NewSchema("table", pq.Group{"c": node}))
	for _, v := range values {
		level := 0
		if node.Optional() && !v.IsNull() {
			level = 1
		}
		if _, err := w.WriteRows([]pq.Row{{v.Level(0, level, 0)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var all event.Batch
	if err := readAll(t, path, config.DefaultSource, &all, expected...); err != nil {
		t.Fatal(err)
	}
	return &all
}

// readAll reads a file of no more rows than fit in one batch.
func readAll(t testing.TB, path string, src config.Source, b *event.Batch, expected ...decode.Expected) error {
	t.Helper()
	set, err := decode.New(src, config.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	set.Expect(expected)
	cfg := config.DefaultParquet
	cfg.Paths = []string{path}
	files, err := Files(t.Context(), cfg)
	if err != nil || len(files) != 1 {
		t.Fatal(len(files), "files", err)
	}
	_, err = files[0].Sample(t.Context(), set, b, 1<<20)
	return err
}

// show writes a cell as it is compared.
func show(c *event.Column, row int) string {
	switch c.Cells[row] {
	case event.Null:
		return "null"
	case event.Number:
		return fmt.Sprint(c.Nums[row])
	case event.Bool:
		return fmt.Sprint(c.Nums[row] == 1)
	case event.Text:
		text, listed := c.Text(row)
		if !listed {
			return "unlisted"
		}
		return fmt.Sprintf("%q", text)
	case event.Nested:
		return "nested"
	}
	return "absent"
}

// float16Node is a column of half precision numbers, which the library does not
// write by itself.
type float16Node struct{ pq.Node }

func (float16Node) Type() pq.Type { return float16Type{pq.FixedLenByteArrayType(2)} }

type float16Type struct{ pq.Type }

func (float16Type) LogicalType() *format.LogicalType {
	return &format.LogicalType{Value: &format.Float16Type{}}
}

func TestTypes(t *testing.T) {
	uuid := pq.FixedLenByteArrayValue([]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef})
	noon := time.Date(2026, 11, 1, 12, 0, 0, 500e6, time.UTC)
	null := pq.NullValue()
	fixed := func(b ...byte) pq.Value { return pq.FixedLenByteArrayValue(b) }
	text := pq.ByteArrayValue
	seconds := fmt.Sprint(float64(noon.UnixNano()) / 1e9)
	for _, tt := range []struct {
		name   string
		node   pq.Node
		values []pq.Value
		want   []string // as a feature
		spelt  []string // as a feature that is declared categorical; nil: as want
	}{
		{"boolean", pq.Leaf(pq.BooleanType), []pq.Value{pq.BooleanValue(true), pq.BooleanValue(false), pq.BooleanValue(true)},
			[]string{"true", "false", "true"}, []string{`"true"`, `"false"`, `"true"`}},
		{"boolean null", pq.Optional(pq.Leaf(pq.BooleanType)), []pq.Value{null, pq.BooleanValue(true), null},
			[]string{"null", "true", "null"}, []string{"null", `"true"`, "null"}},
		{"int8", pq.Int(8), []pq.Value{pq.Int32Value(-128), pq.Int32Value(127)}, []string{"-128", "127"}, []string{`"-128"`, `"127"`}},
		{"int16", pq.Int(16), []pq.Value{pq.Int32Value(-32768)}, []string{"-32768"}, []string{`"-32768"`}},
		{"int32", pq.Int(32), []pq.Value{pq.Int32Value(math.MinInt32)}, []string{"-2.147483648e+09"}, []string{`"-2147483648"`}},
		{"int32 plain", pq.Leaf(pq.Int32Type), []pq.Value{pq.Int32Value(-7)}, []string{"-7"}, []string{`"-7"`}},
		{"int64", pq.Int(64), []pq.Value{pq.Int64Value(math.MaxInt64)}, []string{"9.223372036854776e+18"}, []string{`"9223372036854775807"`}},
		{"uint8", pq.Uint(8), []pq.Value{pq.Int32Value(255)}, []string{"255"}, []string{`"255"`}},
		{"uint16", pq.Uint(16), []pq.Value{pq.Int32Value(65535)}, []string{"65535"}, []string{`"65535"`}},
		{"uint32", pq.Uint(32), []pq.Value{pq.Int32Value(-1)}, []string{"4.294967295e+09"}, []string{`"4294967295"`}},
		{"uint64", pq.Uint(64), []pq.Value{pq.Int64Value(-1)}, []string{"1.8446744073709552e+19"}, []string{`"18446744073709551615"`}},
		{"int64 null in dictionary", pq.Encoded(pq.Optional(pq.Int(64)), &pq.RLEDictionary), []pq.Value{pq.Int64Value(5), null, pq.Int64Value(6), pq.Int64Value(5)},
			[]string{"5", "null", "6", "5"}, []string{`"5"`, "null", `"6"`, `"5"`}},
		{"float", pq.Leaf(pq.FloatType), []pq.Value{pq.FloatValue(0.5), pq.FloatValue(float32(math.NaN())), pq.FloatValue(float32(math.Inf(1)))},
			[]string{"0.5", "null", "+Inf"}, []string{`"0.5"`, "null", `"+Inf"`}},
		{"double", pq.Leaf(pq.DoubleType), []pq.Value{pq.DoubleValue(1e-7), pq.DoubleValue(math.NaN())}, []string{"1e-07", "null"}, []string{`"1e-07"`, "null"}},
		{"double in dictionary", pq.Encoded(pq.Optional(pq.Leaf(pq.DoubleType)), &pq.RLEDictionary), []pq.Value{pq.DoubleValue(2), null, pq.DoubleValue(2), pq.DoubleValue(3)},
			[]string{"2", "null", "2", "3"}, []string{`"2"`, "null", `"2"`, `"3"`}},
		{"float16", float16Node{pq.Leaf(pq.FixedLenByteArrayType(2))}, []pq.Value{fixed(0, 0x3c), fixed(1, 0), fixed(0, 0xfc), fixed(0, 0x7e), fixed(0, 0xc0)},
			[]string{"1", "5.960464477539063e-08", "-Inf", "null", "-2"}, []string{`"1"`, `"5.9604645e-08"`, `"-Inf"`, "null", `"-2"`}},
		{"string", pq.String(), []pq.Value{text([]byte("DE")), text(nil), text([]byte("12")), text([]byte("a\xff"))}, []string{`"DE"`, `""`, `"12"`, `"a�"`}, nil},
		{"string null in dictionary", pq.Encoded(pq.Optional(pq.String()), &pq.RLEDictionary), []pq.Value{null, text([]byte("b")), text([]byte("a")), null, text([]byte("b"))},
			[]string{"null", `"b"`, `"a"`, "null", `"b"`}, nil},
		{"string delta", pq.Encoded(pq.Optional(pq.String()), &pq.DeltaByteArray), []pq.Value{text([]byte("prefix1")), null, text([]byte("prefix2"))},
			[]string{`"prefix1"`, "null", `"prefix2"`}, nil},
		{"enum", pq.Enum(), []pq.Value{text([]byte("red"))}, []string{`"red"`}, nil},
		{"json", pq.JSON(), []pq.Value{text([]byte(`{"a":1}`))}, []string{`"{\"a\":1}"`}, nil},
		{"bson", pq.BSON(), []pq.Value{text([]byte("x"))}, []string{`"x"`}, nil},
		{"uuid", pq.UUID(), []pq.Value{uuid}, []string{`"01234567-89ab-cdef-0123-456789abcdef"`}, nil},
		{"uuid in dictionary", pq.Encoded(pq.Optional(pq.UUID()), &pq.RLEDictionary), []pq.Value{uuid, null, uuid},
			[]string{`"01234567-89ab-cdef-0123-456789abcdef"`, "null", `"01234567-89ab-cdef-0123-456789abcdef"`}, nil},
		{"fixed bytes", pq.Leaf(pq.FixedLenByteArrayType(3)), []pq.Value{fixed('a', 'b', 'c'), fixed('d', 'e', 'f')}, []string{`"abc"`, `"def"`}, nil},
		{"date", pq.Date(), []pq.Value{pq.Int32Value(0), pq.Int32Value(-1), pq.Int32Value(20000)}, []string{"0", "-86400", "1.728e+09"}, []string{`"1970-01-01"`, `"1969-12-31"`, `"2024-10-04"`}},
		{"time ms", pq.Time(pq.Millisecond), []pq.Value{pq.Int32Value(3661500)}, []string{"3661.5"}, []string{`"01:01:01.5"`}},
		{"time us", pq.Time(pq.Microsecond), []pq.Value{pq.Int64Value(1500000)}, []string{"1.5"}, []string{`"00:00:01.5"`}},
		{"time ns", pq.Time(pq.Nanosecond), []pq.Value{pq.Int64Value(1)}, []string{"1e-09"}, []string{`"00:00:00.000000001"`}},
		{"timestamp ms", pq.Timestamp(pq.Millisecond), []pq.Value{pq.Int64Value(noon.UnixMilli())}, []string{seconds}, []string{`"2026-11-01T12:00:00.5Z"`}},
		{"timestamp us", pq.Timestamp(pq.Microsecond), []pq.Value{pq.Int64Value(noon.UnixMicro()), pq.Int64Value(math.MaxInt64)}, []string{seconds, "null"}, []string{`"2026-11-01T12:00:00.5Z"`, `"out of range"`}},
		{"timestamp ns", pq.Timestamp(pq.Nanosecond), []pq.Value{pq.Int64Value(noon.UnixNano())}, []string{seconds}, []string{`"2026-11-01T12:00:00.5Z"`}},
		{"timestamp local", pq.TimestampAdjusted(pq.Millisecond, false), []pq.Value{pq.Int64Value(noon.UnixMilli())}, []string{seconds}, []string{`"2026-11-01T12:00:00.5"`}},
		{"int96", pq.Leaf(pq.Int96Type), []pq.Value{pq.Int96Value(deprecated.Int96{0: 5e8, 2: 2440589}), pq.Int96Value(deprecated.Int96{2: math.MaxUint32})},
			[]string{"86400.5", "null"}, []string{`"1970-01-02T00:00:00.5Z"`, `"out of range"`}},
		{"decimal int32", pq.Decimal(2, 9, pq.Int32Type), []pq.Value{pq.Int32Value(-5), pq.Int32Value(12345)}, []string{"-0.05", "123.45"}, []string{`"-0.05"`, `"123.45"`}},
		{"decimal int64", pq.Decimal(3, 18, pq.Int64Type), []pq.Value{pq.Int64Value(999999999999999999)}, []string{"1e+15"}, []string{`"999999999999999.999"`}},
		{"decimal fixed", pq.Decimal(2, 20, pq.FixedLenByteArrayType(9)), []pq.Value{fixed(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x85), fixed(1, 0, 0, 0, 0, 0, 0, 0, 0)},
			[]string{"-1.23", "1.8446744073709552e+17"}, []string{`"-1.23"`, `"184467440737095516.16"`}},
		{"decimal binary", pq.Decimal(1, 20, pq.ByteArrayType), []pq.Value{text([]byte{0x7f}), text(nil)}, []string{"12.7", "0"}, []string{`"12.7"`, `"0.0"`}},
		{"list", pq.Repeated(pq.Int(32)), []pq.Value{pq.Int32Value(1)}, []string{"nested"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.spelt == nil {
				tt.spelt = tt.want
			}
			for _, kind := range []catalog.Kind{"", catalog.Categorical} {
				want := tt.want
				if kind != "" {
					want = tt.spelt
				}
				b := readColumn(t, tt.node, tt.values, decode.Expected{Name: "c", Kind: kind})
				var got []string
				for i := range b.N {
					got = append(got, show(&b.Features[0], i))
				}
				if diff := cmp.Diff(got, want); diff != "" {
					t.Errorf("kind %q (-got +want):\n%s", kind, diff)
				}
			}
		})
	}
}

// nested is a table as a pipeline of events writes it.
type nested struct {
	Request struct {
		ID string `parquet:"id"`
	} `parquet:"request"`
	Inputs *struct {
		Amount *float64          `parquet:"amount,optional"`
		Tags   []string          `parquet:"tags,list"`
		Extra  map[string]string `parquet:"extra"`
	} `parquet:"inputs,optional"`
	Label   *int64  `parquet:"label,optional"`
	Tenant  string  `parquet:"tenant,dict"`
	Millis  int32   `parquet:"took"`
	Problem *string `parquet:"problem,optional"`
	Time    int64   `parquet:"at,timestamp(microsecond)"`
}

func TestNestedColumnsAndFields(t *testing.T) {
	rows := make([]nested, 3)
	amount, label, problem := 12.5, int64(1), "timeout"
	for i := range rows {
		rows[i].Request.ID = fmt.Sprint("r", i)
		rows[i].Millis = int32(250 * i)
		rows[i].Time = 1_700_000_000_000_000 + int64(i)
	}
	rows[0].Tenant, rows[2].Tenant = "acme", "acme"
	rows[1].Problem = &problem
	rows[2].Label = &label
	rows[2].Inputs = &struct {
		Amount *float64          `parquet:"amount,optional"`
		Tags   []string          `parquet:"tags,list"`
		Extra  map[string]string `parquet:"extra"`
	}{&amount, []string{"x"}, nil}
	path := filepath.Join(t.TempDir(), "a.parquet")
	if err := os.WriteFile(path, encode(t, [][]nested{rows}), 0o644); err != nil {
		t.Fatal(err)
	}
	src := config.DefaultSource
	at := func(p string) config.Field { return config.Field{Paths: []string{p}} }
	src.Fields.ID, src.Fields.Features = at("request.id"), config.Features{Path: []string{"inputs"}}
	src.Fields.Label, src.Fields.Segments, src.Fields.Latency = at("label"), at("tenant"), at("took")
	src.Fields.Error, src.Fields.Timestamp = at("problem"), at("at")
	src.Fields.Model = config.Field{Const: true, Value: "fraud"}
	var b event.Batch
	if err := readAll(t, path, src, &b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range b.N {
		line := fmt.Sprintf("%s %s model=%s label=%s latency=%s error=%s at=%d", b.Types[i], b.ID(i), show(&b.Model, i), show(&b.Actual, i), show(&b.Latency, i), show(&b.Error, i), b.Times[i])
		for _, group := range [][]event.Column{b.Features, b.Segments} {
			for _, c := range group {
				line += fmt.Sprintf(" %s=%s", c.Name, show(&c, i))
			}
		}
		got = append(got, line)
	}
	want := []string{
		`prediction r0 model="fraud" label=null latency=0 error=absent at=1700000000000000000 amount=null tags=nested extra=nested tenant="acme"`,
		`prediction r1 model="fraud" label=null latency=0.25 error="timeout" at=1700000000000001000 amount=null tags=nested extra=nested tenant=absent`,
		`prediction r2 model="fraud" label=1 latency=0.5 error=absent at=1700000000000002000 amount=12.5 tags=nested extra=nested tenant="acme"`,
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// Timestamps may be texts and numbers, too; those without a zone are read in the
// configured one.
func TestTimestamps(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	type rows struct {
		Text  string `parquet:"text"`
		Unix  int64  `parquet:"unix"`
		Local int64  `parquet:"local,timestamp(millisecond:local)"`
		Date  int32  `parquet:"date,date"`
		Value int32  `parquet:"value"`
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	data := encode(t, [][]rows{{{"2026-11-01T12:00:00+01:00", 1_793_530_800_000, 1_793_534_400_000, 20758, 1}, {"yesterday", 0, 0, 0, 2}}})
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 11, 1, 11, 0, 0, 0, time.UTC)
	for field, want := range map[string]time.Time{
		"text": want, "unix": want, "local": want, "date": time.Date(2026, 11, 1, 0, 0, 0, 0, berlin).UTC(),
	} {
		src := config.DefaultSource
		src.Fields.Timestamp.Paths, src.Fields.Timezone = []string{field}, berlin
		var b event.Batch
		if err := readAll(t, path, src, &b); err != nil {
			t.Fatal(err)
		}
		if got := time.Unix(0, b.Times[0]).UTC(); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", field, got, want)
		}
		if field == "text" && (b.N != 1 || b.Rejected[event.BadTimestamp] != 1 || b.First[0].Offset != 1 || b.Features[len(b.Features)-1].Nums[0] != 1) {
			t.Errorf("%d events, rejected %v, first %v; want one event, and row 1 rejected for its time", b.N, b.Rejected, b.First)
		}
	}
}

func TestRowsThatAreNoEvents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	if err := os.WriteFile(path, encode(t, [][]row{rowsFrom(1, 3)}), 0o644); err != nil {
		t.Fatal(err)
	}
	src := config.DefaultSource
	src.Fields.Features = config.Features{Names: []string{"missing"}}
	var b event.Batch
	if err := readAll(t, path, src, &b); err != nil {
		t.Fatal(err)
	}
	if b.N != 0 || b.Rejected[event.NoEvent] != 3 {
		t.Errorf("%d events, %d rejected; want 3 rejected", b.N, b.Rejected[event.NoEvent])
	}
}

// TestRenamedFeatures takes features by other names than their columns have, though
// another column has the name of one.
func TestRenamedFeatures(t *testing.T) {
	r := newRig(t)
	r.write("a.parquet", encode(t, [][]row{rowsFrom(1, 2)}))
	r.cfg.Fields.Exact = true
	r.cfg.Fields.Features = config.Features{Names: []string{"id", "city"}, Columns: []string{"value", "name"}}
	r.start()
	var b event.Batch
	if !r.next(&b) || len(b.Features) != 2 {
		t.Fatalf("features %v, want id and city", b.Features)
	}
	if f := b.Features[0]; f.Name != "id" || f.Nums[0] != 0.25 || f.Nums[1] != 0.5 {
		t.Errorf("feature %s is %v, want the column value as id", f.Name, f.Nums)
	}
	if text, _ := b.Features[1].Text(0); b.Features[1].Name != "city" || text != "b" {
		t.Errorf("feature %s is %q, want the column name as city", b.Features[1].Name, text)
	}
}
