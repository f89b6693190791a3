package decode

import (
	"bytes"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// decodeJSON decodes one JSON object per line.
func (st *Stream) decodeJSON(data []byte, offset int64, eof bool) int {
	s := st.set
	pos := 0
	if st.skipping {
		if pos = st.skip(data); st.skipping {
			return pos
		}
	}
	limit := s.rowLimit()
	// Lines before inPlace have a pad behind them and are read where they are.
	padded := data[:min(len(data), max(cap(data)-pad, 0))]
	inPlace := bytes.LastIndexByte(padded, '\n') + 1
	for s.n < limit {
		if pos < inPlace {
			if n := s.scan(data, pos, offset+int64(pos)); n > 0 {
				pos += n
				continue
			}
		}
		nl := bytes.IndexByte(data[pos:], '\n')
		if nl < 0 {
			return pos + st.tail(data[pos:], offset+int64(pos), eof)
		}
		line := data[pos : pos+nl]
		if pos >= inPlace && !s.scanCopy(line, offset+int64(pos)) || pos < inPlace {
			s.line(line, offset+int64(pos))
		}
		pos += nl + 1
	}
	return pos
}

// skip consumes the rest of a record that is too long.
func (st *Stream) skip(data []byte) int {
	nl := bytes.IndexByte(data, '\n')
	if nl < 0 {
		return len(data)
	}
	st.skipping = false
	return nl + 1
}

// tail deals with what follows the last newline.
func (st *Stream) tail(rest []byte, offset int64, eof bool) int {
	s := st.set
	switch {
	case len(rest) > s.maxLine:
		s.reject(event.TooLong, offset, rest[:min(len(rest), 64)])
		st.skipping = !eof
		return len(rest)
	case eof && len(rest) > 0:
		if !s.scanCopy(rest, offset) {
			s.line(rest, offset)
		}
		return len(rest)
	}
	return 0
}

// copyLine copies a line to where a newline and a pad follow it.
func (s *Set) copyLine(line []byte) []byte {
	s.padded = append(append(append(s.padded[:0], line...), '\n'), zeros[:]...)
	return s.padded[:len(line)]
}

var zeros [pad]byte

// line decodes one line by its tape, whatever its order of keys.
func (s *Set) line(line []byte, offset int64) {
	if offset == 0 {
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	if len(line) > s.maxLine {
		s.reject(event.TooLong, offset, line[:min(len(line), 64)])
		return
	}
	if blank(line) {
		return
	}
	if cap(line)-len(line) < 1+pad || line[:len(line)+1][len(line)] != '\n' {
		line = s.copyLine(line)
	}
	s.b.Fallbacks++
	t := &s.tape
	switch {
	case !t.parse(line):
		s.hintAtTable(line, offset)
		s.reject(t.reason, offset, line[min(t.at, len(line)):])
	case t.nodes[0].kind != object:
		s.reject(event.NotAnObject, offset, line)
	case s.m.instances != nil:
		s.instances(line, offset)
	default:
		s.object(line, offset)
	}
}

// object decodes a line that is one event.
func (s *Set) object(line []byte, offset int64) {
	s.startRow()
	s.plan(0)
	s.run(line)
	if !s.finishRow(offset) {
		s.undo()
		return
	}
	s.orders.learn(s, line)
}

// run does the plan's steps.
func (s *Set) run(line []byte) {
	for _, t := range s.todos {
		s.set(t.step, line, &s.tape.nodes[t.node])
	}
}

// undo takes back the plan's cells in the groups.
func (s *Set) undo() {
	for _, t := range s.todos {
		s.clear(t.step)
	}
}

func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
