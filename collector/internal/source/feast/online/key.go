package online

import (
	"encoding/binary"
	"math/bits"
	"strconv"

	"github.com/model-exporter/model_exporter/collector/config"
)

// Numbers of feast.types.ValueType, which are also those of the fields of a
// feast.types.Value.
const (
	typeBytes  = 1
	typeString = 2
	typeInt32  = 3
	typeInt64  = 4
	typeDouble = 5
	typeFloat  = 6
	typeBool   = 7
	typeTime   = 8
)

// entityKey serializes an entity as Feast does, all little-endian: for each join
// key in sorted order its type (string) and name, then for each value its type, its
// length and itself. Version 3 begins with the number of keys, and each name with
// its length; version 2 has neither. It is false if a text is no value of its key's
// type.
//
// Source: sdk/python/feast/infra/key_encoding_utils.py of feast-dev/feast.
func entityKey(keys []config.Column, texts []string, version int) ([]byte, bool) {
	var b []byte
	if version >= 3 {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(keys)))
	}
	for _, k := range keys {
		b = binary.LittleEndian.AppendUint32(b, typeString)
		if version >= 3 {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(k.As)))
		}
		b = append(b, k.As...)
	}
	for i, k := range keys {
		value, ok := keyValue(k.Type, texts[i])
		if !ok {
			return nil, false
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(k.Type))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
		b = append(b, value...)
	}
	return b, true
}

func keyValue(typ int, text string) ([]byte, bool) {
	switch typ {
	case typeString, typeBytes:
		return []byte(text), true
	case typeInt32:
		x, err := strconv.ParseInt(text, 10, 32)
		return binary.LittleEndian.AppendUint32(nil, uint32(x)), err == nil
	case typeInt64, typeTime:
		x, err := strconv.ParseInt(text, 10, 64)
		return binary.LittleEndian.AppendUint64(nil, uint64(x)), err == nil
	}
	return nil, false
}

// redisField is the name of a feature's field in the hash of an entity: the
// little-endian bytes of murmur3_32("<view>:<feature>").
func redisField(view, feature string) string {
	return string(binary.LittleEndian.AppendUint32(nil, murmur3(view+":"+feature)))
}

// murmur3 is MurmurHash3_x86_32 with seed 0.
//
// Source: https://github.com/aappleby/smhasher, MurmurHash3.cpp, public domain.
func murmur3(s string) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	h, n := uint32(0), len(s)
	for ; len(s) >= 4; s = s[4:] {
		k := binary.LittleEndian.Uint32([]byte(s[:4]))
		h ^= bits.RotateLeft32(k*c1, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	k := uint32(0)
	for i := len(s) - 1; i >= 0; i-- {
		k = k<<8 | uint32(s[i])
	}
	if len(s) > 0 {
		h ^= bits.RotateLeft32(k*c1, 15) * c2
	}
	h ^= uint32(n)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
