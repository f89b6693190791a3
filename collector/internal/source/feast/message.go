package feast

import (
	"fmt"
	"math"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a protobuf message: number holds what is not bytes.
type field struct {
	num    protowire.Number
	typ    protowire.Type
	number uint64
	bytes  []byte
}

// each calls use with the fields of an encoded message in their order, known or
// not, until that or the encoding is wrong.
func each(message []byte, use func(f field) error) error {
	for len(message) > 0 {
		num, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return fmt.Errorf("no protobuf message: %w", protowire.ParseError(n))
		}
		message = message[n:]
		f := field{num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(message)
		case protowire.Fixed32Type:
			var x uint32
			x, n = protowire.ConsumeFixed32(message)
			f.number = uint64(x)
		case protowire.Fixed64Type:
			f.number, n = protowire.ConsumeFixed64(message)
		default:
			n = protowire.ConsumeFieldValue(num, typ, message)
		}
		if n < 0 {
			return fmt.Errorf("no protobuf message: field %d: %w", num, protowire.ParseError(n))
		}
		message = message[n:]
		if err := use(f); err != nil {
			return err
		}
	}
	return nil
}

// text returns what is a string of the message, in valid UTF-8.
func (f field) text() string { return strings.ToValidUTF8(string(f.bytes), "�") }

// pair reads a map's entry of two strings.
func (f field) pair() (key, value string, err error) {
	err = each(f.bytes, func(f field) error {
		switch f.num {
		case 1:
			key = f.text()
		case 2:
			value = f.text()
		}
		return nil
	})
	return key, value, err
}

// seconds reads a Timestamp or Duration.
func (f field) seconds() (s, nanos int64, err error) {
	err = each(f.bytes, func(f field) error {
		switch f.num {
		case 1:
			s = int64(f.number)
		case 2:
			nanos = int64(int32(f.number))
		}
		return nil
	})
	return s, nanos, err
}

// duration reads a Duration; one that is negative or longer than a time.Duration
// can be is none.
func (f field) duration() (time.Duration, error) {
	s, nanos, err := f.seconds()
	if err != nil || s < 0 || s >= math.MaxInt64/int64(time.Second) || nanos < 0 || nanos >= 1e9 {
		return 0, err
	}
	return time.Duration(s)*time.Second + time.Duration(nanos), nil
}

// time reads a Timestamp; one outside the years 1 to 9999 is none.
func (f field) time() (time.Time, error) {
	s, nanos, err := f.seconds()
	if err != nil || s < -62135596800 || s > 253402300799 || nanos < 0 || nanos >= 1e9 {
		return time.Time{}, err
	}
	return time.Unix(s, nanos).UTC(), nil
}
