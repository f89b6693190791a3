package online

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// value is one value of a feature, of either side. The zero value is a missing one.
type value struct {
	cell event.Cell // Null, Number, Bool or Text; others count as Null
	num  float64
	text string
}

// parseValue reads a feast.types.Value. It is false if the bytes are none, or one
// that is no single value.
func parseValue(b []byte) (v value, ok bool) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return value{}, false
		}
		size := protowire.ConsumeFieldValue(num, typ, b[n:])
		if size < 0 {
			return value{}, false
		}
		if v, ok = fieldValue(num, typ, b[n:n+size]); !ok {
			return value{}, false
		}
		b = b[n+size:]
	}
	return v, true // of no bytes: unset
}

func fieldValue(num protowire.Number, typ protowire.Type, b []byte) (value, bool) {
	switch {
	case num == typeString && typ == protowire.BytesType:
		text, _ := protowire.ConsumeBytes(b)
		return value{cell: event.Text, text: string(text)}, true
	case (num == typeInt32 || num == typeInt64 || num == typeTime) && typ == protowire.VarintType:
		x, _ := protowire.ConsumeVarint(b)
		if num == typeInt32 {
			return value{cell: event.Number, num: float64(int32(x))}, true
		}
		return value{cell: event.Number, num: float64(int64(x))}, true
	case num == typeDouble && typ == protowire.Fixed64Type:
		x, _ := protowire.ConsumeFixed64(b)
		return number(math.Float64frombits(x)), true
	case num == typeFloat && typ == protowire.Fixed32Type:
		x, _ := protowire.ConsumeFixed32(b)
		return number(float64(math.Float32frombits(x))), true
	case num == typeBool && typ == protowire.VarintType:
		x, _ := protowire.ConsumeVarint(b)
		return value{cell: event.Bool, num: float64(min(x, 1))}, true
	case num == 19: // NULL
		return value{}, true
	}
	return value{}, false
}

// number is missing if it is no number, as everywhere.
func number(x float64) value {
	if x != x {
		return value{}
	}
	return value{cell: event.Number, num: x}
}

// same tells whether both sides mean the same value. Numbers may differ by a
// millionth: stores keep some of them in single precision. Times are compared by
// the second, which is all that Feast keeps.
func same(a, b value, typ int) bool {
	aMissing, bMissing := a.missing(), b.missing()
	switch {
	case aMissing || bMissing:
		return aMissing && bMissing
	case a.cell == event.Text || b.cell == event.Text:
		return a.cell == b.cell && a.text == b.text
	case typ == typeTime:
		return math.Floor(a.num) == math.Floor(b.num)
	case a.num == b.num:
		return true // infinite ones, too
	}
	return math.Abs(a.num-b.num) <= 1e-6*max(math.Abs(a.num), math.Abs(b.num))
}

func (v value) missing() bool {
	return v.cell != event.Number && v.cell != event.Bool && v.cell != event.Text
}
