package parquet

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// valueType says how the values of a column are read. Exactly one of nums, nanos
// and texts is set, unless nothing can be read.
type valueType struct {
	kind  decode.Kind
	empty bool // there are nulls only
	local bool // times of a clock whose zone nobody knows
	// nums and nanos convert the values from an index on.
	nums  func(dst []float64, v *encoding.Values, from int)
	nanos func(dst []int64, v *encoding.Values, from int)
	texts func(v *encoding.Values, n int) (data []byte, ends []uint32)
	spell func(dst []byte, v *encoding.Values, i int) []byte
}

// maxScale is more digits behind the point than any number has.
const maxScale = 400

// typeOf finds how to read a column by its physical and its logical type. The
// library's type also knows how old writers said it; what it does not know, half
// precision numbers, only the schema tells.
func typeOf(t pq.Type, logical format.LogicalTypeValue) (valueType, error) {
	if l := t.LogicalType(); l != nil && l.Value != nil {
		logical = l.Value
	}
	if _, ok := logical.(*format.NullType); ok {
		return valueType{kind: decode.Texts, empty: true}, nil
	}
	if d, ok := logical.(*format.DecimalType); ok {
		if d.Scale < 0 || d.Scale > maxScale {
			return valueType{}, fmt.Errorf("decimal with a scale of %d", d.Scale)
		}
		return decimalType(t.Kind(), int(d.Scale))
	}
	switch t.Kind() {
	case pq.Boolean:
		return valueType{kind: decode.Bools, nums: boolNums, spell: spellBool}, nil
	case pq.Int32:
		return int32Type(logical), nil
	case pq.Int64:
		return int64Type(logical), nil
	case pq.Int96:
		return timesOf(func(v *encoding.Values, i int) int64 { return int96(v.Int96()[i]) }, false), nil
	case pq.Float:
		return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
			for i, x := range v.Float()[from : from+len(dst)] {
				dst[i] = float64(x)
			}
		}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
			return strconv.AppendFloat(dst, float64(v.Float()[i]), 'g', -1, 32)
		}}, nil
	case pq.Double:
		return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
			copy(dst, v.Double()[from:from+len(dst)])
		}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
			return strconv.AppendFloat(dst, v.Double()[i], 'g', -1, 64)
		}}, nil
	case pq.ByteArray:
		return valueType{kind: decode.Texts, spell: spellBytes,
			texts: func(v *encoding.Values, n int) ([]byte, []uint32) { return v.ByteArray() }}, nil
	case pq.FixedLenByteArray:
		return fixedType(logical, t.Length()), nil
	}
	return valueType{}, fmt.Errorf("type %s", t)
}

func boolNums(dst []float64, v *encoding.Values, from int) {
	packed := v.Boolean()
	for i := range dst {
		at := from + i
		dst[i] = float64(packed[at>>3] >> (at & 7) & 1)
	}
}

func spellBool(dst []byte, v *encoding.Values, i int) []byte {
	return strconv.AppendBool(dst, v.Boolean()[i>>3]>>(i&7)&1 == 1)
}

func int32Type(logical format.LogicalTypeValue) valueType {
	switch l := logical.(type) {
	case *format.DateType:
		t := timesOf(func(v *encoding.Values, i int) int64 { return int64(v.Int32()[i]) * 86400e9 }, true)
		t.spell = func(dst []byte, v *encoding.Values, i int) []byte {
			return time.Unix(int64(v.Int32()[i])*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
		}
		return t
	case *format.TimeType:
		return clockOf(func(v *encoding.Values, i int) int64 { return int64(v.Int32()[i]) }, l.Unit)
	case *format.IntType:
		if !l.IsSigned {
			return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
				for i, x := range v.Uint32()[from : from+len(dst)] {
					dst[i] = float64(x)
				}
			}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
				return strconv.AppendUint(dst, uint64(v.Uint32()[i]), 10)
			}}
		}
	}
	return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
		for i, x := range v.Int32()[from : from+len(dst)] {
			dst[i] = float64(x)
		}
	}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
		return strconv.AppendInt(dst, int64(v.Int32()[i]), 10)
	}}
}

func int64Type(logical format.LogicalTypeValue) valueType {
	get := func(v *encoding.Values, i int) int64 { return v.Int64()[i] }
	switch l := logical.(type) {
	case *format.TimestampType:
		unit := unitOf(l.Unit)
		return timesOf(func(v *encoding.Values, i int) int64 { return nanosOf(get(v, i), unit) }, !l.IsAdjustedToUTC)
	case *format.TimeType:
		return clockOf(get, l.Unit)
	case *format.IntType:
		if !l.IsSigned {
			return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
				for i, x := range v.Uint64()[from : from+len(dst)] {
					dst[i] = float64(x)
				}
			}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
				return strconv.AppendUint(dst, v.Uint64()[i], 10)
			}}
		}
	}
	return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
		for i, x := range v.Int64()[from : from+len(dst)] {
			dst[i] = float64(x)
		}
	}, spell: func(dst []byte, v *encoding.Values, i int) []byte { return strconv.AppendInt(dst, get(v, i), 10) }}
}

// fixedType reads texts of one length: half precision numbers and UUIDs as what
// they mean, anything else as its bytes.
func fixedType(logical format.LogicalTypeValue, size int) valueType {
	at := func(v *encoding.Values, i int) []byte {
		data, n := v.FixedLenByteArray()
		return data[i*n : (i+1)*n]
	}
	switch logical.(type) {
	case *format.Float16Type:
		if size == 2 {
			return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
				for i := range dst {
					dst[i] = float16(binary.LittleEndian.Uint16(at(v, from+i)))
				}
			}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
				return strconv.AppendFloat(dst, float16(binary.LittleEndian.Uint16(at(v, i))), 'g', -1, 32)
			}}
		}
	case *format.UUIDType:
		if size == 16 {
			return spelled(func(dst []byte, v *encoding.Values, i int) []byte { return appendUUID(dst, at(v, i)) })
		}
	}
	return spelled(func(dst []byte, v *encoding.Values, i int) []byte { return append(dst, at(v, i)...) })
}

// spelled is a type whose texts are made from its values.
func spelled(spell func(dst []byte, v *encoding.Values, i int) []byte) valueType {
	return valueType{kind: decode.Texts, spell: spell, texts: func(v *encoding.Values, n int) (data []byte, ends []uint32) {
		ends = append(make([]uint32, 0, n+1), 0)
		for i := range n {
			data = spell(data, v, i)
			ends = append(ends, uint32(len(data)))
		}
		return data, ends
	}}
}

func spellBytes(dst []byte, v *encoding.Values, i int) []byte {
	data, ends := v.ByteArray()
	return append(dst, data[ends[i]:ends[i+1]]...)
}

func appendUUID(dst, id []byte) []byte {
	dst = hex.AppendEncode(dst, id[:4])
	for _, part := range [...][]byte{id[4:6], id[6:8], id[8:10], id[10:]} {
		dst = hex.AppendEncode(append(dst, '-'), part)
	}
	return dst
}

// timesOf reads points in time, spelled by RFC 3339.
func timesOf(nanos func(v *encoding.Values, i int) int64, local bool) valueType {
	return valueType{kind: decode.Times, local: local, nanos: func(dst []int64, v *encoding.Values, from int) {
		for i := range dst {
			dst[i] = nanos(v, from+i)
		}
	}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
		ns := nanos(v, i)
		if ns == event.NoTime {
			return append(dst, "out of range"...)
		}
		layout := time.RFC3339Nano
		if local {
			layout = "2006-01-02T15:04:05.999999999"
		}
		return time.Unix(0, ns).UTC().AppendFormat(dst, layout)
	}}
}

// clockOf reads times of a day as seconds since midnight.
func clockOf(get func(v *encoding.Values, i int) int64, u format.TimeUnit) valueType {
	unit := float64(unitOf(u))
	return valueType{nums: func(dst []float64, v *encoding.Values, from int) {
		for i := range dst {
			dst[i] = float64(get(v, from+i)) * unit / 1e9
		}
	}, spell: func(dst []byte, v *encoding.Values, i int) []byte {
		ns := nanosOf(get(v, i), int64(unit))
		return time.Unix(0, ns).UTC().AppendFormat(dst, "15:04:05.999999999")
	}}
}

// unitOf returns a unit in nanoseconds.
func unitOf(u format.TimeUnit) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return 1e6
	case *format.MicroSeconds:
		return 1e3
	}
	return 1
}

// nanosOf returns x units in nanoseconds, event.NoTime if they are too many.
func nanosOf(x, unit int64) int64 {
	if x > math.MaxInt64/unit || x < math.MinInt64/unit {
		return event.NoTime
	}
	return x * unit
}

// int96 reads nanoseconds of a day and the day's Julian number.
func int96(x [3]uint32) int64 {
	const epoch = 2440588 // 1970-01-01
	days := int64(int32(x[2])) - epoch
	ns := int64(uint64(x[1])<<32 | uint64(x[0]))
	if days < -106751 || days > 106750 || ns < 0 || ns > 2*86400e9 {
		return event.NoTime
	}
	return days*86400e9 + ns
}

// float16 reads an IEEE 754 half precision number.
func float16(h uint16) float64 {
	sign, exp, frac := 1.0, int(h>>10&31), float64(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	switch exp {
	case 0:
		return sign * math.Ldexp(frac, -24)
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}

// decimalType reads fixed-point numbers: whole numbers of 10^-scale.
func decimalType(kind pq.Kind, scale int) (valueType, error) {
	var small func(v *encoding.Values, i int) int64
	var bytes func(v *encoding.Values, i int) []byte
	switch kind {
	case pq.Int32:
		small = func(v *encoding.Values, i int) int64 { return int64(v.Int32()[i]) }
	case pq.Int64:
		small = func(v *encoding.Values, i int) int64 { return v.Int64()[i] }
	case pq.ByteArray:
		bytes = func(v *encoding.Values, i int) []byte {
			data, ends := v.ByteArray()
			return data[ends[i]:ends[i+1]]
		}
	case pq.FixedLenByteArray:
		bytes = func(v *encoding.Values, i int) []byte {
			data, n := v.FixedLenByteArray()
			return data[i*n : (i+1)*n]
		}
	default:
		return valueType{}, fmt.Errorf("decimal of physical type %s", kind)
	}
	unscaled := func(dst []byte, v *encoding.Values, i int) []byte {
		if small != nil {
			return strconv.AppendInt(dst, small(v, i), 10)
		}
		return bigEndian(bytes(v, i)).Append(dst, 10)
	}
	spell := func(dst []byte, v *encoding.Values, i int) []byte {
		from := len(dst)
		return point(unscaled(dst, v, i), from, scale)
	}
	var buf []byte
	return valueType{spell: spell, nums: func(dst []float64, v *encoding.Values, from int) {
		for i := range dst {
			// Both are exact, so their quotient is the nearest number.
			if small != nil && scale <= 22 {
				if x := small(v, from+i); -1<<53 <= x && x <= 1<<53 {
					dst[i] = float64(x) / pow10[scale]
					continue
				}
			}
			buf = spell(buf[:0], v, from+i)
			dst[i], _ = strconv.ParseFloat(string(buf), 64) // ±Inf if it is too large
		}
	}}, nil
}

var pow10 = func() (p [23]float64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// bigEndian reads a two's complement number.
func bigEndian(b []byte) *big.Int {
	x := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return x
}

// point sets the decimal point into the digits of text[from:].
func point(text []byte, from, scale int) []byte {
	if scale == 0 {
		return text
	}
	digits := from
	if text[digits] == '-' {
		digits++
	}
	for len(text)-digits <= scale {
		text = append(text, 0)
		copy(text[digits+1:], text[digits:])
		text[digits] = '0'
	}
	text = append(text, 0)
	dot := len(text) - 1 - scale
	copy(text[dot+1:], text[dot:])
	text[dot] = '.'
	return text
}
