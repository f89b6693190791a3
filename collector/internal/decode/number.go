package decode

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// scanNumber reads the JSON number at p+i and returns it, correctly rounded like
// strconv.ParseFloat, with the index behind it. Too large numbers are ±Inf. It is
// not ok where no number of the JSON grammar begins. The bytes behind the number
// must be padded (see pad).
//
// Numbers with up to seven digits before and behind the point are read here,
// others by longFraction, withExponent and slowNumber. What differs from number
// to number in one column is computed rather than branched on: a sign or a digit
// more or less must not cost a misprediction.
func scanNumber(p unsafe.Pointer, i int) (f float64, next int, ok bool) {
	start := i
	sign := minus(load8(p, i))
	i += int(sign)
	w := load64(p, i)
	m := nonDigits(w)
	zero := ((w&0xff ^ '0') - 1) >> 63
	if (m>>7|zero&^(m>>15))&1 != 0 { // no digit, or a digit behind a zero
		return 0, start, false
	}
	n := first(m)
	if n == 8 {
		return slowNumber(p, start)
	}
	man := digits(w, n)
	c := byte(w >> (8 * uint(n) & 63))
	i += n
	n = 0
	if c == '.' {
		i++
		w = load64(p, i)
		n = first(nonDigits(w))
		if n == 8 {
			return longFraction(p, start, i, man)
		}
		if n == 0 {
			return 0, start, false
		}
		man = man*pow10[n] + digits(w, n)
		c = byte(w >> (8 * uint(n) & 63))
		i += n
	}
	if c|0x20 == 'e' {
		return withExponent(p, start, i+1, man, -n)
	}
	if man|(1-sign) == 0 {
		return math.Copysign(0, -1), i, true
	}
	// Both fit into a float64, so their quotient is correctly rounded.
	f = float64(int64(man ^ -sign + sign))
	if n > 0 {
		f /= exact10[n]
	}
	return f, i, true
}

// longFraction finishes a number with eight or more digits behind the point,
// which is at i-1. Up to fifteen digits more are read without a branch on how
// many there are, and no word waits for the one before.
func longFraction(p unsafe.Pointer, start, i int, man uint64) (float64, int, bool) {
	w, last := load64(p, i+8), load64(p, i+16)
	n := first(nonDigits(w))
	m := first(nonDigits(last)) & -(n >> 3) // 0 unless n is 8
	man = man*1e8 + digits(load64(p, i), 8)
	if m == 8 || man > maxMantissa[n] {
		return slowNumber(p, start)
	}
	man = man*pow10[n] + digits(w, n)
	if man > maxMantissa[m] {
		return slowNumber(p, start)
	}
	man = man*pow10[m] + digits(last, m)
	exp := -(8 + n + m)
	i -= exp
	if c := load8(p, i); c|0x20 == 'e' {
		return withExponent(p, start, i+1, man, exp)
	}
	sign := minus(load8(p, start))
	// Both ways are exact. Numbers of 16 digits fall on either side of 2⁵³, so
	// the limit that can be predicted is lower.
	if man < 1e15 && exp >= -22 {
		f := float64(int64(man)) / exact10[-exp]
		return math.Float64frombits(math.Float64bits(f) | sign<<63), i, true
	}
	if f, ok := eiselLemire(man, exp, sign); ok {
		return f, i, true
	}
	return slowNumber(p, start)
}

// minus returns 1 for a minus sign and 0 for all other bytes.
func minus(c byte) uint64 { return (uint64(c^'-') - 1) >> 63 }

// withExponent finishes a number whose exponent's digits begin at i.
func withExponent(p unsafe.Pointer, start, i int, man uint64, exp int) (float64, int, bool) {
	sign := load8(p, i)
	if sign == '-' || sign == '+' {
		i++
	}
	w := load64(p, i)
	n := first(nonDigits(w))
	if n == 0 {
		return 0, start, false
	}
	if n > 4 {
		return slowNumber(p, start)
	}
	e := int(digits(w, n))
	if sign == '-' {
		e = -e
	}
	if f, ok := eiselLemire(man, exp+e, minus(load8(p, start))); ok {
		return f, i + n, true
	}
	return slowNumber(p, start)
}

// slowNumber reads the number at p+start by the grammar, integers as such and
// all others by strconv.
func slowNumber(p unsafe.Pointer, start int) (float64, int, bool) {
	i := start
	if load8(p, i) == '-' {
		i++
	}
	digit := func() bool { return load8(p, i)-'0' <= 9 }
	run := func() bool {
		from := i
		for digit() {
			i++
		}
		return i > from
	}
	from := i
	if load8(p, i) == '0' {
		if i++; digit() {
			return 0, start, false
		}
	} else if !run() {
		return 0, start, false
	}
	if c := load8(p, i); i-from <= 16 && c != '.' && c|0x20 != 'e' {
		w, last := load64(p, from), load64(p, from+8)
		n := min(i-from, 8)
		man := digits(w, n)*pow10[i-from-n] + digits(last, i-from-n)
		if man <= 1<<53 {
			f := float64(man)
			return math.Float64frombits(math.Float64bits(f) | minus(load8(p, start))<<63), i, true
		}
	}
	if load8(p, i) == '.' {
		if i++; !run() {
			return 0, start, false
		}
	}
	if load8(p, i)|0x20 == 'e' {
		if i++; load8(p, i) == '-' || load8(p, i) == '+' {
			i++
		}
		if !run() {
			return 0, start, false
		}
	}
	// The error can only be the range, and then f is ±Inf as wanted.
	f, _ := strconv.ParseFloat(unsafe.String((*byte)(unsafe.Add(p, start)), i-start), 64)
	return f, i, true
}

// parseNumber reads a text that is a number as a whole, in any decimal spelling
// that Python or R write into CSV files: also +1, .5, 5., 007, inf and nan.
func parseNumber(text []byte) (float64, bool) {
	if len(text) == 0 || len(text) > 400 {
		return 0, false
	}
	if c := text[0]; c > '9' && c|0x20 != 'i' && c|0x20 != 'n' {
		return 0, false // most texts end here, without the error's allocation
	}
	if cap(text)-len(text) >= pad { // what lies behind it may be read
		if f, n, ok := scanNumber(unsafe.Pointer(&text[0]), 0); ok && n == len(text) {
			return f, true
		}
	} else if len(text) <= 24 {
		var buf [24 + pad]byte
		copy(buf[:], text)
		if f, n, ok := scanNumber(unsafe.Pointer(&buf), 0); ok && n == len(text) {
			return f, true
		}
	}
	for _, c := range text {
		// ParseFloat also reads hexadecimal and underscores, which no writer
		// of tables means as a number.
		if c == '_' || c|0x20 == 'x' || c|0x20 == 'p' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(unsafe.String(&text[0], len(text)), 64)
	return f, err == nil || math.IsInf(f, 0)
}

// pow10[n] is 10ⁿ, and a mantissa up to maxMantissa[n] can take n more digits.
var (
	pow10       [9]uint64
	maxMantissa [9]uint64
	exact10     [23]float64 // the powers of ten that a float64 holds exactly
)

func init() {
	p := uint64(1)
	for n := range pow10 {
		pow10[n] = p
		maxMantissa[n] = (math.MaxUint64 - (p - 1)) / p
		p *= 10
	}
	f := 1.0
	for n := range exact10 {
		exact10[n] = f
		f *= 10
	}
}

// eiselLemire returns man·10^exp, negative if sign is 1, correctly rounded, unless 128 bits of the
// power of ten do not decide the rounding or the power is not in the table.
//
// Source: D. Lemire, Number Parsing at a Gigabyte per Second, Software: Practice
// and Experience 51(8), 2021, in the form that Go's strconv uses.
func eiselLemire(man uint64, exp int, sign uint64) (float64, bool) {
	sign <<= 63
	if man == 0 {
		return math.Float64frombits(sign), true
	}
	if exp < minPower || exp > maxPower {
		return 0, false
	}
	power := &powers[exp-minPower]
	shift := bits.LeadingZeros64(man)
	man <<= uint(shift)
	// 217706/2¹⁶ is log₂10, exact enough for every exponent of a float64.
	exp2 := uint64(217706*exp>>16+64+1023) - uint64(shift)
	hi, lo := bits.Mul64(man, power.hi)
	if hi&0x1ff == 0x1ff && lo+man < man { // the low half of the power may carry
		yhi, ylo := bits.Mul64(man, power.lo)
		mid, carry := bits.Add64(lo, yhi, 0)
		top := hi + carry
		if top&0x1ff == 0x1ff && mid+1 == 0 && ylo+man < man {
			return 0, false
		}
		hi, lo = top, mid
	}
	msb := hi >> 63
	mantissa := hi >> (msb + 9)
	exp2 -= 1 ^ msb
	if lo == 0 && hi&0x1ff == 0 && mantissa&3 == 1 { // exactly half way
		return 0, false
	}
	mantissa = (mantissa + mantissa&1) >> 1
	if mantissa>>53 > 0 {
		mantissa >>= 1
		exp2++
	}
	if exp2-1 >= 0x7ff-1 { // subnormal, or too large
		return 0, false
	}
	return math.Float64frombits(sign | exp2<<52 | mantissa&(1<<52-1)), true
}
