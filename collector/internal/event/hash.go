package event

import (
	"encoding/binary"
	"math/bits"
)

// Hash returns 64 well mixed bits of a text. It is the same in every process and
// on every machine, so that a text counts as one distinct value whether it was
// listed in a column's Words or, Unlisted, left only its hash.
func Hash[T string | []byte](text T) uint64 {
	const k0, k1 = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9 // odd, half their bits set
	h := uint64(len(text)) * k0
	b := []byte(text) // does not escape; a string is not copied up to 32 bytes
	for ; len(b) >= 8; b = b[8:] {
		h = fold(h^binary.LittleEndian.Uint64(b), k1)
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	return fold(fold(h^tail, k0)^h, k1)
}

// fold mixes with the full product: each bit of x reaches both halves.
func fold(x, k uint64) uint64 {
	hi, lo := bits.Mul64(x^k, k)
	return hi ^ lo
}
