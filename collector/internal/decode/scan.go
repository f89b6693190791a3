package decode

import (
	"math/bits"
	"unsafe"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// scan decodes the line at data[pos:] if it has a layout that is known, and
// returns its length with its newline. Otherwise it returns 0 and leaves the
// line, which may be no event at all, to the general decoder: what becomes of
// the line does not depend on which of both reads it.
//
// The line must end in a newline with a pad behind it.
func (s *Set) scan(data []byte, pos int, offset int64) int {
	o := &s.orders
	if len(o.nodes) == 0 {
		return 0
	}
	line := data[pos:]
	p := unsafe.Pointer(unsafe.SliceData(line))
	s.startRow()
	nodes, features := o.nodes, s.b.Features
	at, row := int32(0), s.n
	for i := 0; ; {
		n := &nodes[at]
		for load64(p, i)&n.masks[0] != n.words[0] || n.size > 8 && !n.matchRest(p, i) {
			if n.alt == none {
				return s.giveUp(n.up)
			}
			at = n.alt
			n = &nodes[at]
		}
		from, ok := i, false
		i += int(n.size)
		switch c := load8(p, i); n.how {
		case byFeature:
			if c-'0' <= 9 || c == '-' {
				if f, next, good := scanNumber(p, i); good {
					out := &features[n.col]
					out.Nums[row], out.Cells[row] = f, event.Number
					i, ok = next, true
					break
				}
			} else if c == '"' {
				if i, ok = s.scanCategory(&features[n.col], &s.features.cols[n.col], p, i); ok {
					break
				}
			}
			i, ok = s.scanStep(n, p, line, i)
		case byCell:
			out, col := s.output(n.step)
			if c == '"' {
				i, ok = s.scanCategory(out, col, p, i)
			} else if f, next, good := scanNumber(p, i); good {
				out.Nums[row], out.Cells[row] = f, event.Number
				i, ok = next, true
			}
			if !ok {
				i, ok = s.scanStep(n, p, line, i)
			}
		case byWord:
			if c == '"' && load8(p, i+1) != '"' {
				out, col := s.output(n.step)
				if i, ok = s.scanCategory(out, col, p, i); ok {
					break
				}
			}
			i, ok = s.scanStep(n, p, line, i)
		case byScore:
			if f, next, good := scanNumber(p, i); good {
				if n.act == setLatency {
					f *= s.latency
				}
				out, _ := s.output(n.step)
				out.Nums[row], out.Cells[row] = f, event.Number
				i, ok = next, true
				break
			}
			i, ok = s.scanStep(n, p, line, i)
		case byID:
			if c == '"' {
				if end, plain, good := scanString(p, i+1); good && plain && end-i <= maxID {
					s.row.id = line[i+1 : end]
					i, ok = end+1, true
					break
				}
			}
			i, ok = s.scanStep(n, p, line, i)
		case byEnd:
			s.row.has |= n.has
			if n.typed {
				s.row.typ, s.row.typed = n.typ, true
			}
			if i-1 > s.maxLine || s.row.failed || s.row.has == 0 || !s.finishRow(offset) {
				return s.giveUp(n.up)
			}
			return i
		default:
			i, ok = s.scanStep(n, p, line, i)
		}
		if ok {
			at = n.child
			continue
		}
		// The text may be the beginning of a sibling's: {"a": and one with a space.
		if n.alt == none || s.row.failed {
			return s.giveUp(n.up)
		}
		at, i = n.alt, from
	}
}

// matchRest tells whether the node's text is at p+i, if its first word is. A word
// is read only where the one before was equal, hence within the line or its pad.
func (n *orderNode) matchRest(p unsafe.Pointer, i int) bool {
	if load64(p, i+8)&n.masks[1] != n.words[1] {
		return false
	}
	if n.size <= 16 {
		return true
	}
	if load64(p, i+16)&n.masks[2] != n.words[2] {
		return false
	}
	for j, c := range n.text { // only long names get here
		if load8(p, i+24+j) != c {
			return false
		}
	}
	return true
}

// giveUp takes back what the nodes up to one have written.
func (s *Set) giveUp(at int32) int {
	for at != none {
		n := &s.orders.nodes[at]
		s.takeBack(n)
		at = n.up
	}
	s.clearSingles()
	return 0
}

func (s *Set) takeBack(n *orderNode) {
	s.clear(n.step)
	for _, st := range n.also {
		s.clear(st)
	}
}

// scanCategory reads a string whose text is a category. It is not ok, and has read
// nothing, unless the text is one of those that the dictionary finds at once.
func (s *Set) scanCategory(out *event.Column, col *column, p unsafe.Pointer, i int) (next int, ok bool) {
	i++
	w := load64(p, i)
	m := special(w)
	lo, hi, n := w, w, 0
	if m != 0 {
		n = first(m)
		lo &= 1<<(8*uint(n)) - 1
		hi = lo
	} else {
		if m = special(load64(p, i+8)); m == 0 {
			return i - 1, false
		}
		n = 8 + first(m)
		hi = load64(p, i+n-8)
	}
	if load8(p, i+n) != '"' {
		return i - 1, false
	}
	code := col.dict.short(lo, hi, n)
	if code == event.Unlisted {
		return i - 1, false
	}
	out.Codes[s.n], out.Cells[s.n] = code, event.Text
	return i + n + 1, true
}

// short finds a text of at most 16 bytes by its ends.
func (d *dict) short(lo, hi uint64, n int) uint32 {
	mask := uint64(len(d.slots) - 1)
	if mask == 1<<64-1 {
		return event.Unlisted
	}
	a, c := bits.Mul64(lo^seed[0], (hi+uint64(n))^seed[1])
	for i := (a ^ c) & mask; ; i = (i + 1) & mask {
		x := &d.slots[i]
		if x.lo == lo && x.hi == hi && x.length == uint32(n) && x.code > 0 {
			return x.code - 1
		}
		if x.code == 0 {
			return event.Unlisted
		}
	}
}

// scanStep reads any value and does the node's steps with it. If it is not ok
// nothing is written.
func (s *Set) scanStep(n *orderNode, p unsafe.Pointer, line []byte, i int) (next int, ok bool) {
	v := node{start: int32(i)}
	switch c := load8(p, i); c {
	case '"':
		v.kind, v.start = text, int32(i+1)
		i, v.plain, ok = scanString(p, i+1)
		v.end, next = int32(i), i+1
	case '{', '[':
		v.kind = array
		t := &s.skipper
		t.p, t.nodes = p, t.nodes[:0]
		next, ok = t.container(i, int(n.depth))
		v.end = int32(next)
	default:
		next, ok = scanLiteral(p, i, &v)
		v.end = int32(next)
	}
	if !ok || n.need&needScalar != 0 && v.kind >= object || n.need&needNonNull != 0 && v.kind == null {
		return next, false
	}
	if n.how == bySkip {
		return next, true
	}
	s.set(n.step, line, &v)
	for _, st := range n.also {
		s.set(st, line, &v)
	}
	if s.row.failed {
		s.takeBack(n)
		return next, false
	}
	return next, true
}

// scanCopy is scan for a line that is followed by too little to be read in place.
func (s *Set) scanCopy(line []byte, offset int64) bool {
	if len(s.orders.nodes) == 0 || len(line) > s.maxLine {
		return false
	}
	return s.scan(s.copyLine(line), 0, offset) > 0
}
