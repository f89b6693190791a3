package snapshot

import (
	"math"
	"strconv"
)

// appendNumber appends v as the text format 0.0.4 does in client_golang: the
// shortest decimal that reads back as v, with an exponent from 1e+06 up and
// below 0.0001.
func appendNumber(b []byte, v float64) []byte {
	if i := int64(v); float64(i) == v && uint64(i) < 1e6 {
		if i < 10 {
			return append(b, byte('0'+i)) // −0 becomes 0, as in client_golang
		}
		return strconv.AppendInt(b, i, 10)
	}
	return appendOther(b, v)
}

// appendOpenMetricsNumber appends v as OpenMetrics wants it: like appendNumber,
// with ".0" after a number that has neither a point nor an exponent.
func appendOpenMetricsNumber(b []byte, v float64) []byte {
	if i := int64(v); float64(i) == v && -1e6 < i && i < 1e6 {
		return append(strconv.AppendInt(b, i, 10), '.', '0')
	}
	return appendOther(b, v)
}

// appendOther appends what is not a small counter value.
func appendOther(b []byte, v float64) []byte {
	switch {
	case v >= 1e6 && v < 1<<53:
		if i := uint64(v); float64(i) == v {
			return appendExponent(b, i)
		}
	case v >= 1e-4 && v < 1e6:
		// Up to six decimals, as thresholds and quantiles of human data have
		// them. i/1e6 is correctly rounded, so equality means that the decimal
		// reads back as v; with at most 12 digits no shorter one can.
		const scale = 1e6
		if i := uint64(v*scale + 0.5); float64(i)/scale == v {
			return appendDecimals(b, i)
		}
	case math.IsInf(v, 1):
		return append(b, "+Inf"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// appendExponent appends i ≥ 1e6 as d.ddde+nn. Below 2^53 every integer is a
// float64 and no decimal of fewer digits reads back as the same one.
func appendExponent(b []byte, i uint64) []byte {
	var digits [20]byte
	d := strconv.AppendUint(digits[:0], i, 10)
	exponent := len(d) - 1
	for d[len(d)-1] == '0' {
		d = d[:len(d)-1]
	}
	b = append(b, d[0])
	if len(d) > 1 {
		b = append(b, '.')
		b = append(b, d[1:]...)
	}
	return append(b, 'e', '+', byte('0'+exponent/10), byte('0'+exponent%10))
}

// appendDecimals appends i millionths, which are no whole number.
func appendDecimals(b []byte, i uint64) []byte {
	b = strconv.AppendUint(b, i/1e6, 10)
	b = append(b, '.')
	for i %= 1e6; i > 0; i = i * 10 % 1e6 {
		b = append(b, byte('0'+i/1e5))
	}
	return b
}
