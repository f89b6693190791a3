package decode

import (
	"encoding/binary"

	"github.com/model-exporter/model_exporter/collector/config"
)

// csvCell is a field of a record: a node of kind cell, or null.
type csvCell struct {
	node
	unquoted bool // start and end count in Set.unquoted: it had doubled quotes
}

type recordState uint8

const (
	complete recordState = iota
	incomplete
	malformed
)

// record splits the first record of data into s.cells and returns its length
// with its newline. Blanks before a field are skipped in a table that has them
// behind its delimiters.
func (s *Set) record(data []byte, eof, spaced bool) (n int, state recordState) {
	s.cells, s.unquoted = s.cells[:0], s.unquoted[:0]
	delim := s.csv.Delimiter
	for i := 0; ; i++ {
		var c csvCell
		for spaced && i < len(data) && data[i] == ' ' {
			i++
		}
		if i < len(data) && data[i] == '"' {
			if c, i, state = s.quoted(data, i+1); state != complete {
				if state == incomplete && eof {
					state = malformed
				}
				return len(data), state
			}
		} else {
			c.start = int32(i)
			i, c.plain = fieldEnd(data, i, delim)
			c.end = int32(i)
			if (i == len(data) || data[i] == '\n') && i > int(c.start) && data[i-1] == '\r' {
				c.end--
			}
			c.kind = cell
			if s.nulls.has(data[c.start:c.end]) {
				c.kind = null
			}
		}
		s.cells = append(s.cells, c)
		switch {
		case i == len(data):
			if !eof {
				return i, incomplete
			}
			return i, complete
		case data[i] == '\n':
			return i + 1, complete
		case data[i] != delim:
			return i, malformed
		}
	}
}

// fieldEnd returns where an unquoted field ends, and whether it is ASCII.
func fieldEnd(data []byte, i int, delim byte) (end int, plain bool) {
	delims := ones * uint64(delim)
	high := uint64(0)
	for i+8 <= len(data) {
		w := binary.LittleEndian.Uint64(data[i:])
		d, nl := w^delims, w^ones*'\n'
		// The lowest bit set is right; see special.
		if m := ((d-ones)&^d | (nl-ones)&^nl) & highs; m != 0 {
			n := first(m)
			return i + n, (high|w&(1<<(8*uint(n))-1))&highs == 0
		}
		high |= w
		i += 8
	}
	for i < len(data) && data[i] != delim && data[i] != '\n' {
		high |= uint64(data[i])
		i++
	}
	return i, high&highs == 0
}

// quoted reads a field behind its opening quote and returns where it ends,
// behind the closing quote and a carriage return before a newline.
func (s *Set) quoted(data []byte, i int) (c csvCell, next int, state recordState) {
	start, from := i, len(s.unquoted)
	c.kind, c.plain = cell, true
	for ; i < len(data); i++ {
		if data[i] != '"' {
			if data[i] >= 0x80 {
				c.plain = false
			}
			continue
		}
		if i+1 == len(data) || data[i+1] != '"' {
			break
		}
		i++ // a doubled quote: keep one
		s.unquoted = append(s.unquoted, data[start:i]...)
		c.unquoted = true
		start = i + 1
	}
	if i >= len(data) {
		return c, i, incomplete
	}
	c.start, c.end = int32(start), int32(i)
	if c.unquoted {
		s.unquoted = append(s.unquoted, data[start:i]...)
		c.start, c.end = int32(from), int32(len(s.unquoted))
	}
	if i++; i < len(data) && data[i] == '\r' && (i+1 == len(data) || data[i+1] == '\n') {
		i++
	}
	return c, i, complete
}

// nullWords are the unquoted cells that mean a missing value. The empty cell
// always does.
type nullWords struct {
	words  map[string]bool
	firsts [256]bool // their first bytes: most cells need no look-up
}

func newNullWords(words []string) nullWords {
	if words == nil {
		words = config.DefaultSource.CSV.NullWords
	}
	n := nullWords{words: map[string]bool{}}
	for _, w := range words {
		if w != "" {
			n.words[w] = true
			n.firsts[w[0]] = true
		}
	}
	return n
}

func (n *nullWords) has(t []byte) bool {
	return len(t) == 0 || n.firsts[t[0]] && n.words[string(t)]
}
