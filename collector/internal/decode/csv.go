package decode

import (
	"bytes"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// decodeCSV decodes records of comma-separated values by RFC 4180 behind a header
// record. Records like the header are ignored: writers repeat it when they
// restart. After a record that is rejected reading goes on behind the first
// newline since its beginning, so that a stray quote costs one record and not the
// rest of the file.
func (st *Stream) decodeCSV(data []byte, offset int64, eof bool) int {
	s := st.set
	pos := 0
	if offset == 0 && !st.started {
		st.names, st.plan, st.spaced = nil, nil, false // what Prime has read comes again
		if bytes.HasPrefix(data, byteOrderMark) {
			pos = len(byteOrderMark)
		} else if bytes.HasPrefix(byteOrderMark, data) && !eof {
			return 0
		}
	}
	if st.skipping {
		if pos = st.skip(data); st.skipping {
			return pos
		}
	}
	if st.plan == nil && st.names != nil {
		st.plan = s.planHeader(st.names)
	}
	for limit := s.rowLimit(); s.n < limit && pos < len(data); {
		n, state := s.record(data[pos:], eof, st.spaced)
		if n > s.maxLine && state == complete {
			state = incomplete
		}
		if state == complete {
			if s.table(st, data[pos:pos+n], offset+int64(pos)) {
				pos += n
				continue
			}
		} else if !eof && len(data)-pos <= s.maxLine && (state == incomplete || bytes.IndexByte(data[pos:], '\n') < 0) {
			return pos
		} else {
			s.badRecord(data[pos:], offset+int64(pos))
			st.skipping = !eof && bytes.IndexByte(data[pos:], '\n') < 0
		}
		pos = nextLine(data, pos)
	}
	return pos
}

// nextLine returns where the line behind pos begins.
func nextLine(data []byte, pos int) int {
	if nl := bytes.IndexByte(data[pos:], '\n'); nl >= 0 {
		return pos + nl + 1
	}
	return len(data)
}

// badRecord rejects a record that cannot be read.
func (s *Set) badRecord(rest []byte, offset int64) {
	nl := bytes.IndexByte(rest, '\n')
	reason := event.Malformed
	if nl < 0 && len(rest) > s.maxLine || nl > s.maxLine {
		reason = event.TooLong
	}
	s.reject(reason, offset, rest[:min(len(rest), 64)])
}

// table takes a record that could be read as the header or an event. It returns
// false if it has the wrong number of fields.
func (s *Set) table(st *Stream, rec []byte, offset int64) bool {
	switch {
	case len(s.cells) == 1 && blank(rec[s.cells[0].start:s.cells[0].end]) && s.cells[0].kind == null:
	case st.plan == nil:
		st.header(rec)
		st.plan = s.planHeader(st.names)
		s.hintAtHeader(st.names)
	case len(s.cells) != len(st.names):
		s.reject(event.WrongColumns, offset, bytes.TrimRight(rec, "\r\n"))
		return false
	case s.isHeader(st.names, rec):
	default:
		s.startRow()
		for _, t := range st.plan {
			n := &s.cells[t.node]
			s.set(t.step, s.base(n, rec), &n.node)
		}
		if !s.finishRow(offset) {
			for _, t := range st.plan {
				s.clear(t.step)
			}
		}
	}
	return true
}

// base returns the text that a cell's start and end count in.
func (s *Set) base(c *csvCell, rec []byte) []byte {
	if c.unquoted {
		return s.unquoted
	}
	return rec
}

// header takes the names of the columns from a record, and whether blanks follow
// its delimiters.
func (st *Stream) header(rec []byte) {
	s := st.set
	if s.spaced(rec) {
		if _, state := s.record(rec, true, true); state == complete {
			st.spaced = true
		} else {
			s.record(rec, true, false)
		}
	}
	names := make([]string, len(s.cells))
	for i := range s.cells {
		c := &s.cells[i]
		names[i] = string(valid(nil, s.base(c, rec)[c.start:c.end]))
	}
	st.names = names
}

func (s *Set) isHeader(names []string, rec []byte) bool {
	for i := range s.cells {
		c := &s.cells[i]
		if string(s.base(c, rec)[c.start:c.end]) != names[i] {
			return false
		}
	}
	return true
}

// Prime gives a stream that does not start at the beginning of its file the
// file's first bytes, at least its first line, for the CSV header.
func (st *Stream) Prime(first []byte) {
	s := st.set
	if st.names != nil || st.plan != nil {
		return
	}
	first = bytes.TrimPrefix(first, byteOrderMark)
	for len(first) > 0 {
		n, state := s.record(first, true, false)
		if state != complete {
			n = nextLine(first, 0)
		} else if len(s.cells) > 1 || s.cells[0].end > s.cells[0].start {
			st.header(first[:n])
			return
		}
		first = first[n:]
	}
}
