package baseline

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Digest identifies what f says: equal for a file and for what Read makes of
// what Write wrote, different if any field is. It is the hexadecimal SHA-256 of
// all fields that are not empty, so that it stays when files learn to say more.
func (f *File) Digest() string {
	d := digest{h: sha256.New()}
	d.add(reflect.ValueOf(f).Elem())
	d.flush()
	return hex.EncodeToString(d.h.Sum(nil))
}

// digest hashes a value field by field: texts and lists behind their length, and
// numbers in 8 bytes.
type digest struct {
	h hash.Hash
	b []byte // not hashed yet
}

var timeType = reflect.TypeFor[time.Time]()

func (d *digest) add(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			t := v.Interface().(time.Time)
			d.number(uint64(t.Unix()))
			d.number(uint64(t.Nanosecond()))
			return
		}
		d.fields(v)
	case reflect.Slice:
		d.list(v)
	case reflect.Map:
		d.texts(v)
	case reflect.Pointer:
		if v.IsNil() {
			d.number(0)
			return
		}
		d.number(1)
		d.add(v.Elem())
	case reflect.String:
		d.text(v.String())
	case reflect.Bool:
		d.number(0)
		if v.Bool() {
			d.b[len(d.b)-1] = 1
		}
	default:
		d.scalar(v)
	}
	if len(d.b) > 4096 {
		d.flush()
	}
}

// fields of a structure are hashed behind their names.
func (d *digest) fields(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		list := f.Kind() == reflect.Slice || f.Kind() == reflect.Map
		if f.IsZero() || list && f.Len() == 0 {
			continue
		}
		d.text(v.Type().Field(i).Name)
		d.add(f)
	}
	d.number(0)
}

// text hashes s as it comes back from the file: each invalid byte is replaced.
func (d *digest) text(s string) {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	d.number(uint64(len(s)))
	d.b = append(d.b, s...)
}

func (d *digest) scalar(v reflect.Value) {
	switch {
	case v.CanFloat():
		d.float(v.Float())
	case v.CanUint():
		d.number(v.Uint())
	case v.CanInt():
		d.number(uint64(v.Int()))
	default:
		panic(fmt.Sprintf("baseline: a digest of %v", v.Type())) // a field of a new kind
	}
}

// list is fast for what a file has millions of.
func (d *digest) list(v reflect.Value) {
	d.number(uint64(v.Len()))
	switch list := v.Interface().(type) {
	case []float64:
		for _, x := range list {
			d.float(x)
		}
	case []uint64:
		for _, x := range list {
			d.number(x)
		}
	default:
		for i := range v.Len() {
			d.add(v.Index(i))
		}
	}
}

// texts is a map by text, in order.
func (d *digest) texts(v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	d.number(uint64(len(keys)))
	for _, k := range keys {
		d.add(k)
		d.add(v.MapIndex(k))
	}
}

// float takes all NaN for the same: they stand for what is not there.
func (d *digest) float(x float64) {
	if math.IsNaN(x) {
		x = math.NaN()
	}
	d.number(math.Float64bits(x))
}

func (d *digest) number(x uint64) { d.b = binary.LittleEndian.AppendUint64(d.b, x) }

func (d *digest) flush() {
	d.h.Write(d.b)
	d.b = d.b[:0]
}
