package decode

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// pad is how many bytes behind a line's newline may be read. All scanning of
// JSON lines relies on one invariant instead of bounds checks: a line ends in a
// newline, every scanner stops there at the latest, and eight bytes loaded at or
// before the newline lie within the pad.
const pad = 32

// text64 is eight bytes of text, the first one in the lowest byte.
type text64 = uint64

// load64 reads eight bytes at p+i. It is one MOV on amd64 and arm64.
func load64(p unsafe.Pointer, i int) text64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, i))[:])
}

func load8(p unsafe.Pointer, i int) byte { return *(*byte)(unsafe.Add(p, i)) }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of w that end or complicate a JSON string with their
// high bit: quotes, backslashes, control characters and bytes above ASCII. Bits
// above the lowest one set may be wrong, because borrows travel upwards.
func special(w text64) uint64 {
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((quote - ones) | (slash - ones) | (w - ones*0x20) | w) & highs
}

// nonDigits marks the bytes of w that are no decimal digits. Bits above the
// lowest one set may be wrong, because carries travel upwards.
func nonDigits(w text64) uint64 {
	x := w ^ ones*'0'
	return ((x + ones*0x76) | x) & highs
}

// digits returns the value of the first n ≤ 8 digits of w, by three
// multiplications that join pairs, fours and eights.
func digits(w text64, n int) uint64 {
	// Zeros are shifted in to lead. Two shifts by half the distance can shift
	// everything out without a branch.
	half := uint(32-4*n) & 63
	x := (w ^ ones*'0') << half << half
	const pairs = 0x000000ff000000ff
	x = x*10 + x>>8
	return ((x&pairs)*(100+1000000<<32) + (x>>16&pairs)*(1+10000<<32)) >> 32
}

// first returns the index of the lowest byte marked in m, 8 for none.
func first(m uint64) int { return bits.TrailingZeros64(m) >> 3 }
