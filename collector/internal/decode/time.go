package decode

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// minute remembers the last minute of UTC that was read: most times of a log
// share it with the one before.
type minute struct {
	lo, hi uint64 // 2026-11-01T12:00
	ns     int64
}

// parse is parseTime.
func (m *minute) parse(s []byte, zone *time.Location) (ns int64, ok bool) {
	last := len(s) - 1
	if last < 19 || s[16] != ':' || s[last] != 'Z' {
		return parseTime(s, zone)
	}
	lo, hi := binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[8:])
	second, ok := number2(s[17:], 59)
	if lo != m.lo || hi != m.hi || !ok {
		if ns, ok = parseTime(s, zone); ok {
			*m = minute{lo, hi, ns - ns%60e9}
			if ns < m.ns {
				m.ns -= 60e9
			}
		}
		return ns, ok
	}
	ns = m.ns + int64(second)*1e9
	if last == 19 {
		return ns, true
	}
	nano, n := fraction(s[20:last])
	if n == 0 || n < last-20 || s[19] != '.' && s[19] != ',' {
		return parseTime(s, zone)
	}
	return ns + int64(nano), true
}

// parseTime returns Unix nanoseconds of a timestamp written as text:
//
//	2026-11-01T12:00:00.123456789Z   RFC 3339; also with a space for the T, a
//	2026-11-01 12:00:00,123+0100     comma for the point, minutes or no zone
//	2026-11-01 12:00                 digits: then zone holds (nil: UTC)
//	2026-11-01
//	1761998400.123                   Unix, see parseUnix
//
// Times that 64 bits of nanoseconds cannot hold (before 1678, after 2261) are
// not ok.
func parseTime(s []byte, zone *time.Location) (ns int64, ok bool) {
	if len(s) < 10 || s[4] != '-' {
		return parseUnix(s)
	}
	if s[7] != '-' {
		return 0, false
	}
	year, ok1 := number2(s[0:], 99)
	century := year
	year, ok2 := number2(s[2:], 99)
	year += century * 100
	month, ok3 := number2(s[5:], 12)
	day, ok4 := number2(s[8:], 31)
	if !(ok1 && ok2 && ok3 && ok4) || month == 0 || day == 0 || day > daysIn(year, month) || year < 1678 || year > 2261 {
		return 0, false
	}
	sec, nano, offset, local, ok := parseClock(s[10:])
	if !ok {
		return 0, false
	}
	if local && zone != nil && zone != time.UTC {
		t := time.Date(year, time.Month(month), day, 0, 0, sec, nano, zone)
		if sec >= 3600 { // hours are wall clock hours: do not count through a change of the offset
			t = time.Date(year, time.Month(month), day, sec/3600, sec/60%60, sec%60, nano, zone)
		}
		return t.UnixNano(), true
	}
	return (daysSince1970(year, month, day)*86400+int64(sec-offset))*1e9 + int64(nano), true
}

// parseClock reads what follows the date: seconds of the day, nanoseconds, and
// the zone's offset in seconds; local if there is no zone.
func parseClock(s []byte) (sec, nano, offset int, local, ok bool) {
	if len(s) == 0 {
		return 0, 0, 0, true, true
	}
	if s[0]|0x20 != 't' && s[0] != ' ' || len(s) < 6 || s[3] != ':' {
		return 0, 0, 0, false, false
	}
	hour, ok1 := number2(s[1:], 23)
	minute, ok2 := number2(s[4:], 59)
	if !ok1 || !ok2 {
		return 0, 0, 0, false, false
	}
	sec = hour*3600 + minute*60
	s = s[6:]
	if len(s) >= 3 && s[0] == ':' {
		second, ok := number2(s[1:], 59)
		if !ok {
			return 0, 0, 0, false, false
		}
		sec += second
		if s = s[3:]; len(s) > 0 && (s[0] == '.' || s[0] == ',') {
			var n int
			if nano, n = fraction(s[1:]); n == 0 {
				return 0, 0, 0, false, false
			}
			s = s[1+n:]
		}
	}
	offset, local, ok = parseZone(s)
	return sec, nano, offset, local, ok
}

// parseZone reads Z, +01:00, +0100, +01 or nothing, also after a space.
func parseZone(s []byte) (offset int, local, ok bool) {
	if len(s) == 0 {
		return 0, true, true
	}
	if s[0] == ' ' {
		s = s[1:]
	}
	switch {
	case len(s) == 1 && s[0]|0x20 == 'z', string(s) == "UTC":
		return 0, false, true
	case len(s) < 3 || s[0] != '+' && s[0] != '-':
		return 0, false, false
	}
	hours, ok := number2(s[1:], 23)
	minutes := 0
	if rest := s[3:]; ok && len(rest) > 0 {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		if len(rest) != 2 {
			return 0, false, false
		}
		minutes, ok = number2(rest, 59)
	}
	offset = hours*3600 + minutes*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, false, ok
}

// number2 reads two digits that make at most limit.
func number2(s []byte, limit int) (int, bool) {
	if len(s) < 2 {
		return 0, false
	}
	a, b := s[0]-'0', s[1]-'0'
	n := int(a)*10 + int(b)
	return n, a <= 9 && b <= 9 && n <= limit
}

// fraction reads digits after a decimal point as billionths and tells how many
// there were; digits beyond the ninth are cut off.
func fraction(s []byte) (nano, n int) {
	scale := 100_000_000
	for n < len(s) && s[n]-'0' <= 9 {
		nano += int(s[n]-'0') * scale
		scale /= 10
		n++
	}
	return nano, n
}

// daysSince1970 counts by the proleptic Gregorian calendar, with years that
// begin in March so that the leap day is the last one.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	// year ≥ 1677: all divisions are of positive numbers.
	return int64(365*year+year/4-year/100+year/400+(153*(month-3)+2)/5+day) - 719469
}

func daysIn(year, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

// parseUnix reads a Unix time and finds its unit by magnitude: below 1e11 are
// seconds (until the year 5138), then milliseconds, microseconds, nanoseconds.
// Digits are read as integers, because a float64 would blur nanoseconds.
func parseUnix(s []byte) (ns int64, ok bool) {
	digits := s
	if len(s) > 0 && s[0] == '-' {
		digits = s[1:]
	}
	whole, n := int64(0), 0
	for n < len(digits) && digits[n]-'0' <= 9 {
		if n == 18 && (whole > math.MaxInt64/10 || whole*10 > math.MaxInt64-9) {
			return 0, false
		}
		if n > 18 {
			return 0, false
		}
		whole = whole*10 + int64(digits[n]-'0')
		n++
	}
	if n == 0 {
		return 0, false
	}
	nano := 0
	if rest := digits[n:]; len(rest) > 0 {
		var m int
		if rest[0] == '.' {
			nano, m = fraction(rest[1:])
		}
		if rest[0] != '.' || m != len(rest)-1 {
			return unixFloat(s)
		}
	}
	unit := unixUnit(float64(whole))
	if unit > 1 && whole > math.MaxInt64/unit-1 {
		return 0, false
	}
	ns = whole*unit + int64(nano)/(1e9/unit)
	if len(digits) < len(s) {
		ns = -ns
	}
	return ns, true
}

// unixFloat reads a Unix time with an exponent.
func unixFloat(s []byte) (int64, bool) {
	f, ok := parseNumber(s)
	if !ok || !(math.Abs(f) < 1<<63) {
		return 0, false
	}
	f *= float64(unixUnit(math.Abs(f)))
	if !(math.Abs(f) < 1<<63) {
		return 0, false
	}
	return int64(f), int64(f) != event.NoTime
}

// unixUnit returns how many nanoseconds one of a timestamp of this size is.
func unixUnit(size float64) int64 {
	switch {
	case size < 1e11:
		return 1e9
	case size < 1e14:
		return 1e6
	case size < 1e17:
		return 1e3
	default:
		return 1
	}
}
