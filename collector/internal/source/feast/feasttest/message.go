// Package feasttest writes feature stores for tests: protobuf messages by the
// numbers of their fields, as feast.core and feast.types have them.
package feasttest

import (
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field is one field of a message.
type Field func([]byte) []byte

// Message encodes fields in their order.
func Message(fields ...Field) []byte {
	var b []byte
	for _, f := range fields {
		b = f(b)
	}
	return b
}

// Text is a field of text or bytes.
func Text[T ~string | ~[]byte](num int, text T) Field {
	return func(b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, protowire.Number(num), protowire.BytesType), []byte(text))
	}
}

// Nested is a field that is a message.
func Nested(num int, fields ...Field) Field { return Text(num, Message(fields...)) }

// Number is a field of a whole number, a boolean or an enumeration.
func Number(num int, x int64) Field {
	return func(b []byte) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, protowire.Number(num), protowire.VarintType), uint64(x))
	}
}

// Double is a field of a double.
func Double(num int, x float64) Field {
	return func(b []byte) []byte {
		return protowire.AppendFixed64(protowire.AppendTag(b, protowire.Number(num), protowire.Fixed64Type), math.Float64bits(x))
	}
}

// Float is a field of a float.
func Float(num int, x float32) Field {
	return func(b []byte) []byte {
		return protowire.AppendFixed32(protowire.AppendTag(b, protowire.Number(num), protowire.Fixed32Type), math.Float32bits(x))
	}
}

// Span is a field of a Duration.
func Span(num int, d time.Duration) Field {
	return Nested(num, Number(1, int64(d/time.Second)), Number(2, int64(d%time.Second)))
}

// Time is a field of a Timestamp.
func Time(num int, t time.Time) Field {
	return Nested(num, Number(1, t.Unix()), Number(2, int64(t.Nanosecond())))
}

// Column is a FeatureSpecV2.
func Column(num int, name string, typ int64) Field {
	return Nested(num, Text(1, name), Number(2, typ))
}

// Numbers of feast.types.ValueType.
const (
	Bytes    = 1
	String   = 2
	Int32    = 3
	Int64    = 4
	Double64 = 5
	Float32  = 6
	Bool     = 7
	UnixTime = 8
	Strings  = 12
)

// View is a FeatureView of a registry whose rows are Parquet files. Its entities
// are those of Registry.
type View struct {
	Name, Owner, Path string
	TTL               time.Duration
	Entities          []string
	Features          []Field // Column with number 4
	Source            []Field // more fields of the DataSource, or others than Path
	Materialized      time.Time
	Offline           bool // is not served online
}

func (v View) field() Field {
	source := v.Source
	if v.Path != "" {
		source = append([]Field{Number(1, 1), Nested(11, Nested(1, Nested(1)), Text(2, v.Path)), Text(3, "event_timestamp"), Text(5, "created")}, source...)
	}
	spec := []Field{Text(1, v.Name), Text(2, Project), Nested(7, source...), Text(11, v.Owner), Nested(5, Text(1, "team"), Text(2, "x")), Number(8, 1)}
	if v.Offline {
		spec = append(spec, Number(8, 0))
	}
	for _, e := range v.Entities {
		spec = append(spec, Text(3, e), Column(12, e+"_id", Int64))
	}
	if v.TTL > 0 {
		spec = append(spec, Span(6, v.TTL))
	}
	spec = append(spec, v.Features...)
	meta := []Field{Time(1, time.Unix(1e9, 0))}
	if !v.Materialized.IsZero() {
		meta = append(meta, Nested(3, Time(1, v.Materialized.Add(-time.Hour)), Time(2, v.Materialized)))
	}
	return Nested(6, Nested(1, spec...), Nested(2, meta...))
}

// Project is what Registry and Repo are of.
const Project = "my_project"

// Registry is a feast.core.Registry with views, and the entities driver and user
// whose join keys are driver_id and user_id.
func Registry(views []View, more ...Field) []byte {
	fields := []Field{Text(3, "1"), Text(4, "a-version"), Time(5, time.Unix(1.7e9, 0))}
	for _, e := range []string{"driver", "user"} {
		fields = append(fields, Nested(1, Nested(1, Text(1, e), Number(2, Int64), Text(4, e+"_id"), Text(9, Project))))
	}
	for _, v := range views {
		fields = append(fields, v.field())
	}
	return Message(append(fields, more...)...)
}

// Repo is a feature_store.yaml whose registry is data/registry.db. online is the
// block of the online store.
func Repo(online string) []byte {
	return []byte(fmt.Sprintf(`project: %s
provider: local
registry: data/registry.db
online_store: %s
entity_key_serialization_version: 3
auth: { type: no_auth }
`, Project, online))
}
