package join

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"time"
)

// The kinds of stored keys.
const (
	versionKind    = 'v'
	bucketKind     = 'b'
	predictionKind = 'p'
	waitingKind    = 'w'
)

const version = 1

var errDamaged = errors.New("stored bytes are damaged")

// Sizes of what follows a key's prefix, and of values, in bytes.
const (
	bucketKeySize     = 1 + 4 + 4
	predictionKeySize = 1 + 4 + 4 + 8
	waitingKeySize    = 1 + 4 + 8 + 8
	bucketSize        = 8 + 8 + 8
	maxHead           = 1 + 8
)

func (t *Table) appendKind(b []byte, kind byte) []byte {
	return append(append(b, t.options.Prefix...), kind)
}

func (t *Table) appendModel(b []byte, kind byte, model uint32) []byte {
	return binary.BigEndian.AppendUint32(t.appendKind(b, kind), model)
}

func (t *Table) appendBucketKey(b []byte, kind byte, model, serial uint32) []byte {
	return binary.BigEndian.AppendUint32(t.appendModel(b, kind, model), serial)
}

func (t *Table) appendPredictionKey(b []byte, k Key, serial uint32) []byte {
	return binary.BigEndian.AppendUint64(t.appendBucketKey(b, predictionKind, k.Model, serial), k.ID)
}

func (t *Table) appendWaitingKey(b []byte, k Key, seq uint64) []byte {
	b = binary.BigEndian.AppendUint64(t.appendModel(b, waitingKind, k.Model), k.ID)
	return binary.BigEndian.AppendUint64(b, seq)
}

// decodeBucketKey reads a bucket's key without the table's prefix; a
// prediction's begins the same way.
func decodeBucketKey(b []byte) (model, serial uint32, err error) {
	if len(b) != bucketKeySize || b[0] != bucketKind {
		return 0, 0, errDamaged
	}
	return binary.BigEndian.Uint32(b[1:]), binary.BigEndian.Uint32(b[5:]), nil
}

func decodePredictionKey(b []byte) (k Key, serial uint32, err error) {
	if len(b) != predictionKeySize || b[0] != predictionKind {
		return Key{}, 0, errDamaged
	}
	k = Key{Model: binary.BigEndian.Uint32(b[1:]), ID: binary.BigEndian.Uint64(b[9:])}
	return k, binary.BigEndian.Uint32(b[5:]), nil
}

func decodeWaitingKey(b []byte) (k Key, seq uint64, err error) {
	if len(b) != waitingKeySize || b[0] != waitingKind {
		return Key{}, 0, errDamaged
	}
	k = Key{Model: binary.BigEndian.Uint32(b[1:]), ID: binary.BigEndian.Uint64(b[5:])}
	return k, binary.BigEndian.Uint64(b[13:]), nil
}

func appendBucket(b []byte, k *bucket) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(k.from))
	b = binary.LittleEndian.AppendUint64(b, uint64(k.length))
	return binary.LittleEndian.AppendUint64(b, k.count)
}

func decodeBucket(b []byte) (k bucket, err error) {
	if len(b) != bucketSize {
		return bucket{}, errDamaged
	}
	k.from = int64(binary.LittleEndian.Uint64(b))
	k.length = int64(binary.LittleEndian.Uint64(b[8:]))
	k.count = binary.LittleEndian.Uint64(b[16:])
	if k.length <= 0 || k.from+k.length < k.from {
		return bucket{}, errDamaged
	}
	return k, nil
}

// units are what a time may be a whole number of, by the number in its head.
var units = [...]int64{1, int64(time.Microsecond), int64(time.Millisecond), int64(time.Second)}

// appendTime appends a prediction's time, given its bucket's beginning.
func appendTime(b []byte, at, from int64) []byte {
	delta := at - from // may wrap; adding it wraps back
	unit := len(units) - 1
	for delta%units[unit] != 0 {
		unit--
	}
	d := delta / units[unit]
	z := uint64(d<<1) ^ uint64(d>>63)
	size := (bits.Len64(z) + 7) / 8
	b = append(b, byte(size<<2|unit))
	for ; size > 0; size-- {
		b = append(b, byte(z))
		z >>= 8
	}
	return b
}

// decodeTime reads what appendTime wrote and returns the rest of b.
func decodeTime(b []byte, from int64) (at int64, rest []byte, err error) {
	if len(b) == 0 || b[0]>>2 > 8 || len(b) < int(1+b[0]>>2) {
		return 0, nil, errDamaged
	}
	size, unit := int(b[0]>>2), units[b[0]&3]
	var z uint64
	for i, c := range b[1 : 1+size] {
		z |= uint64(c) << (8 * i)
	}
	d := int64(z>>1) ^ -int64(z&1)
	if d*unit/unit != d {
		return 0, nil, errDamaged
	}
	return from + d*unit, b[1+size:], nil
}

func appendLabel(b []byte, at int64, label []byte) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(at)), label...)
}

func decodeLabel(b []byte) (at int64, label []byte, err error) {
	if len(b) < 8 {
		return 0, nil, errDamaged
	}
	return int64(binary.LittleEndian.Uint64(b)), b[8:], nil
}

// successor returns the first key after all that begin with prefix. It changes
// nothing: a prefix of 0xff bytes alone has none and cannot occur, as a kind is
// in it.
func successor(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; ; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
}
