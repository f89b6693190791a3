package simulate

import (
	"math"
	"strconv"
	"time"
)

// lineBytes is a little more than the length of a canonical event.
const lineBytes = 700

// render prepares what is the same in every line.
func (g *generator) render() {
	g.head = `","model":"` + g.o.Model + `","version":"`
	for i := range features {
		f := &features[i]
		g.prefix[i] = `,"` + f.name + `":`
		if i == 0 {
			g.prefix[i] = g.prefix[i][1:]
		}
		for _, w := range f.words {
			g.words[i] = append(g.words[i], `"`+w+`"`)
		}
	}
}

// appendEvent appends r as a canonical event, without the newline.
func (g *generator) appendEvent(dst []byte, r *row) []byte {
	dst = append(dst, `{"type":"prediction","id":"`...)
	dst = g.appendID(dst, g.at, r.seq)
	dst = append(dst, `","timestamp":"`...)
	dst = g.appendTime(dst, r.at)
	dst = append(dst, g.head...)
	dst = append(dst, r.version...)
	dst = append(dst, `","features":{`...)
	features := len(dst)
	for i := range g.prefix {
		if r.cell[i] == absent {
			continue
		}
		if r.key[i] == "" {
			dst = append(dst, g.prefix[i]...)
		} else {
			dst = append(dst, `,"`...)
			dst = append(dst, r.key[i]...)
			dst = append(dst, `":`...)
		}
		dst = g.appendValue(dst, r, i)
	}
	if len(dst) > features && dst[features] == ',' { // the first feature is not the usual one
		dst = append(dst[:features], dst[features+1:]...)
	}
	if r.reason == "" {
		score := sigmoid(r.logit)
		dst = append(dst, `},"prediction":"`...)
		dst = append(dst, class(score > threshold))
		dst = append(dst, `","score":`...)
		dst = appendDecimal(dst, score, 6)
	} else {
		dst = append(dst, `},"prediction":null,"score":null`...)
	}
	dst = append(dst, `,"latency_ms":`...)
	dst = appendDecimal(dst, r.latency, 3)
	dst = append(dst, `,"error":"`...)
	dst = append(dst, r.reason...)
	if g.o.Labels {
		dst = append(dst, `","label":"`...)
		dst = append(dst, class(r.label))
	}
	return append(dst, `"}`...)
}

// appendValue appends a feature's value as JSON.
func (g *generator) appendValue(dst []byte, r *row, i int) []byte {
	switch {
	case r.cell[i] == null:
		return append(dst, `null`...)
	case r.cell[i] == word:
		dst = append(dst, '"')
		dst = append(dst, r.word[i]...)
		return append(dst, '"')
	case i >= merchantCategory:
		return append(dst, g.words[i][int(r.num[i])]...)
	case r.cell[i] == quoted:
		dst = append(dst, '"')
		dst = appendDecimal(dst, r.num[i], features[i].decimals)
		return append(dst, '"')
	default:
		return appendDecimal(dst, r.num[i], features[i].decimals)
	}
}

func class(positive bool) byte {
	if positive {
		return '1'
	}
	return '0'
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}

const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// appendDecimal appends finite x with up to the given number of digits after the
// point. Like Python it leaves out trailing zeros but the first, so that a float
// stays one. Three times as fast as strconv, which finds the shortest digits
// that we know.
func appendDecimal(dst []byte, x float64, decimals int) []byte {
	if !(math.Abs(x) < 1e15/powers[decimals]) {
		return strconv.AppendFloat(dst, x, 'f', 1, 64)
	}
	if x < 0 {
		dst, x = append(dst, '-'), -x
	}
	u := uint64(x*powers[decimals] + 0.5)
	for decimals > 1 && u%10 == 0 {
		u /= 10
		decimals--
	}
	var buf [24]byte
	i := len(buf)
	if decimals > 0 {
		for ; decimals > 0; decimals-- {
			i--
			buf[i] = '0' + byte(u%10)
			u /= 10
		}
		i--
		buf[i] = '.'
	}
	for u >= 100 {
		i -= 2
		copy(buf[i:], pairs[u%100*2:u%100*2+2])
		u /= 100
	}
	if u >= 10 {
		i -= 2
		copy(buf[i:], pairs[u*2:u*2+2])
	} else {
		i--
		buf[i] = '0' + byte(u)
	}
	return append(dst, buf[i:]...)
}

// appendTime appends Unix nanoseconds as RFC 3339 with milliseconds, in UTC.
func (g *generator) appendTime(dst []byte, at int64) []byte {
	ms := at / 1e6
	day, ms := ms/86_400_000, ms%86_400_000
	if day != g.day {
		g.day = day
		time.Unix(day*86_400, 0).UTC().AppendFormat(g.date[:0], time.DateOnly)
	}
	dst = append(dst, g.date[:]...)
	s := uint64(ms / 1000)
	h, m, s, ms := s/3600, s/60%60, s%60, ms%1000
	return append(dst, 'T', pairs[2*h], pairs[2*h+1], ':', pairs[2*m], pairs[2*m+1], ':', pairs[2*s], pairs[2*s+1],
		'.', '0'+byte(ms/100), pairs[ms%100*2], pairs[ms%100*2+1], 'Z')
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// appendID appends an id in the form of a ULID: ten characters of time, thirteen
// that are a bijection of the event's number, three of the seed. It is unique
// within a log, and two logs share none but by a chance of 2^-15 per event.
func (g *generator) appendID(dst []byte, at int64, seq uint64) []byte {
	var id [26]byte
	ms := uint64(at / 1e6)
	for i := 9; i >= 0; i-- {
		id[i] = crockford[ms&31]
		ms >>= 5
	}
	h := mix(seq ^ g.run)
	for i := 10; i < 23; i++ {
		id[i] = crockford[h&31]
		h >>= 5
	}
	id[23], id[24], id[25] = crockford[g.run&31], crockford[g.run>>5&31], crockford[g.run>>10&31]
	return append(dst, id[:]...)
}
