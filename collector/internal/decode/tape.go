package decode

import (
	"math"
	"unsafe"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// kind is what a value is.
type kind uint8

const (
	null kind = iota // also NaN, which is how Python writes a missing number
	boolean
	number // ±Infinity as well
	text
	cell // of a CSV file: a text that may mean a number, a truth value or nothing
	object
	array
)

// node is one value of a line, or one key. The nodes of a line are stored in the
// order of its text; those of an object alternate between keys and values.
type node struct {
	kind  kind
	plain bool    // a text whose bytes in the line are its text
	start int32   // of its text in the line, behind the quote of a string
	end   int32   // behind the value, before the quote of a string
	next  int32   // the node behind this one and all that it contains
	num   float64 // of a number or boolean
}

// maxDepth bounds nesting, and with it the recursion of tape.value.
const maxDepth = 64

// tape parses one line of JSON into nodes, without allocating once it has grown.
// It accepts what RFC 8259 does, beside NaN, Infinity and -Infinity, except
// deeper nesting; invalid UTF-8 inside strings is left to unescape.
type tape struct {
	p      unsafe.Pointer
	line   []byte
	nodes  []node
	reason event.Reason // why parse failed
	at     int          // where
}

// parse reads a line. Its newline and pad more bytes must lie behind it.
func (t *tape) parse(line []byte) bool {
	t.p = unsafe.Pointer(unsafe.SliceData(line))
	t.line = line
	t.nodes = t.nodes[:0]
	t.reason = event.Malformed
	i, ok := t.value(t.space(0), 0)
	if ok {
		i = t.space(i)
		ok = i == len(line)
	}
	t.at = i
	return ok
}

// space skips the white space of JSON except the newline, which ends the line.
func (t *tape) space(i int) int {
	for c := load8(t.p, i); c == ' ' || c == '\t' || c == '\r'; c = load8(t.p, i) {
		i++
	}
	return i
}

func (t *tape) value(i, depth int) (next int, ok bool) {
	c := load8(t.p, i)
	switch c {
	case '{', '[':
		return t.container(i, depth)
	case '"':
		return t.str(i)
	}
	n := node{start: int32(i), next: int32(len(t.nodes) + 1)}
	next, ok = scanLiteral(t.p, i, &n)
	n.end = int32(next)
	t.nodes = append(t.nodes, n)
	return next, ok
}

// scanLiteral reads a number, true, false, null, NaN or ±Infinity.
func scanLiteral(p unsafe.Pointer, i int, n *node) (next int, ok bool) {
	switch load8(p, i) {
	case 'n':
		return i + 4, uint32(load64(p, i)) == 'n'|'u'<<8|'l'<<16|'l'<<24
	case 't':
		n.kind, n.num = boolean, 1
		return i + 4, uint32(load64(p, i)) == 't'|'r'<<8|'u'<<16|'e'<<24
	case 'f':
		n.kind = boolean
		return i + 5, load64(p, i)<<24 == ('f'|'a'<<8|'l'<<16|'s'<<24|'e'<<32)<<24
	case 'N':
		return i + 3, load64(p, i)<<40 == ('N'|'a'<<8|'N'<<16)<<40
	case 'I':
		n.kind, n.num = number, math.Inf(1)
		return i + 8, load64(p, i) == infinity
	case '-':
		if load8(p, i+1) == 'I' {
			n.kind, n.num = number, math.Inf(-1)
			return i + 9, load64(p, i+1) == infinity
		}
	}
	n.kind = number
	n.num, next, ok = scanNumber(p, i)
	return next, ok
}

const infinity = 'I' | 'n'<<8 | 'f'<<16 | 'i'<<24 | 'n'<<32 | 'i'<<40 | 't'<<48 | 'y'<<56

func (t *tape) str(i int) (next int, ok bool) {
	end, plain, ok := scanString(t.p, i+1)
	t.nodes = append(t.nodes, node{kind: text, plain: plain, start: int32(i + 1), end: int32(end), next: int32(len(t.nodes) + 1)})
	return end + 1, ok
}

func (t *tape) container(i, depth int) (next int, ok bool) {
	if depth == maxDepth {
		t.reason = event.TooNested
		return i, false
	}
	self := len(t.nodes)
	open := load8(t.p, i)
	n := node{kind: array, start: int32(i)}
	if open == '{' {
		n.kind = object
	}
	t.nodes = append(t.nodes, n)
	closing := open + 2 // ']' and '}' stand two behind '[' and '{'
	i = t.space(i + 1)
	if load8(t.p, i) == closing {
		return t.closed(self, i)
	}
	for {
		if open == '{' {
			if load8(t.p, i) != '"' {
				return i, false
			}
			if i, ok = t.str(i); !ok {
				return i, false
			}
			if i = t.space(i); load8(t.p, i) != ':' {
				return i, false
			}
			i = t.space(i + 1)
		}
		if i, ok = t.value(i, depth+1); !ok {
			return i, false
		}
		i = t.space(i)
		switch load8(t.p, i) {
		case ',':
			i = t.space(i + 1)
		case closing:
			return t.closed(self, i)
		default:
			return i, false
		}
	}
}

func (t *tape) closed(self, i int) (next int, ok bool) {
	t.nodes[self].end = int32(i + 1)
	t.nodes[self].next = int32(len(t.nodes))
	return i + 1, true
}

// text returns a node's text: of strings what they mean, in buf if they are not
// plain, and of all other values their spelling.
func (t *tape) text(n *node, buf *[]byte) []byte {
	return nodeText(t.line, n, buf)
}

func nodeText(line []byte, n *node, buf *[]byte) []byte {
	s := line[n.start:n.end]
	switch {
	case n.plain || n.kind != text && n.kind != cell:
		return s
	case n.kind == text:
		*buf = unescape((*buf)[:0], s)
	default:
		*buf = valid((*buf)[:0], s)
	}
	return *buf
}

// get returns the value of a key of an object, the last one if the key is
// repeated, or -1.
func (t *tape) get(obj int32, key string, buf *[]byte) int32 {
	found := int32(-1)
	end := t.nodes[obj].next
	for i := obj + 1; i < end; {
		k := &t.nodes[i]
		if k.plain {
			if int(k.end-k.start) == len(key) && string(t.line[k.start:k.end]) == key {
				found = i + 1
			}
		} else if string(t.text(k, buf)) == key {
			found = i + 1
		}
		i = t.nodes[i+1].next
	}
	return found
}

// element returns an element of an array, or -1.
func (t *tape) element(arr int32, index int) int32 {
	end := t.nodes[arr].next
	for i := arr + 1; i < end; i = t.nodes[i].next {
		if index == 0 {
			return i
		}
		index--
	}
	return -1
}
