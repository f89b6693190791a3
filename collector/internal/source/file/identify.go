package file

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"
)

// sampleSize is how much of two files is compared from their beginnings: enough
// to get behind any header line that they share.
const sampleSize = 64 << 10

// copyOf says of what a file was found to be a copy, and when to look again.
type copyOf struct {
	part    *part
	file    *file // which held the part
	archive int64 // the part's
}

// holds tells that nothing has happened since that could end it.
func (c copyOf) holds() bool {
	return c.part != nil && c.part.file == c.file && c.part.archive == c.archive
}

// identifyAll finds the part of every file that has none: first by inode, so
// that a log is found where it was left rather than in a copy.
func (s *Source) identifyAll(now time.Time) {
	var open []*file
	for _, f := range s.files {
		if f.part == nil && f.size > 0 && (f.news || !f.copy.holds()) && !s.recognise(f, now) {
			open = append(open, f)
		}
	}
	if !s.scanned {
		s.findMoved(now)
	}
	for _, f := range open {
		err := s.identify(f, now)
		for errors.Is(err, errChanged) && f.h != nil {
			err = s.identify(f, now) // at most once per file that could be f's original
		}
		if err != nil && !vanished(err) {
			s.fail(f, err)
		}
	}
}

// identify attaches the part that f's content continues, or a new one if it is
// not a copy of what others contain.
func (s *Source) identify(f *file, now time.Time) error {
	first, err := s.sample(f, now)
	if err != nil || len(first) == 0 {
		return err
	}
	content := newOpening(first)
	f.failure = ""
	if s.extends(f, content) {
		return nil
	}
	original, err := s.original(f, content)
	if err != nil {
		return err
	}
	if original != nil {
		s.log.Debug("File is a copy", "file", f.path, "of", original.path)
		f.copy = copyOf{original.part, original, original.part.archive}
		f.news = false
		return nil
	}
	lost := slices.Clone(s.parts)
	slices.SortStableFunc(lost, func(a, b *part) int { return cmp.Compare(b.offset, a.offset) })
	for _, p := range lost {
		if refuses(f, p) {
			continue
		}
		if last, ok := s.continues(f, p, content); ok {
			s.attach(f, p, content.bytes, last)
			return nil
		}
	}
	return s.begin(f, first)
}

// refuses tells that f is known not to continue p although it may look so: a
// short log written anew under the same name.
func refuses(f *file, p *part) bool {
	return f.format == plain && f.path == p.path && (p.head.length < window || p.inode == (inode{}))
}

// extends attaches the part of a file that f is a longer version of: f replaced
// it, or that one is the copy and was found first.
func (s *Source) extends(f *file, content opening) bool {
	for _, g := range s.files {
		p := g.part
		if p == nil || g == f || g.format != plain || f.format != plain || p.head.length < window ||
			f.size <= g.size || !content.starts(p.head) || !s.sameAt(f, g, g.size) {
			continue
		}
		if last, ok := s.continues(f, p, content); ok {
			s.leave(g)
			g.part, g.copy = nil, copyOf{p, f, p.archive}
			s.attach(f, p, content.bytes, last)
			return true
		}
	}
	return false
}

// begin follows f as a log that was not known.
func (s *Source) begin(f *file, content []byte) error {
	s.lastID++
	p := &part{id: strconv.FormatUint(s.lastID, 10), file: f, stream: s.newStream()}
	p.begins(content)
	f.part, f.copy, f.news = p, copyOf{}, true
	if s.skips(f) {
		if err := s.skip(f); err != nil {
			f.part = nil
			return err
		}
		if p.offset > 0 {
			p.stream.Prime(s.first(f, content))
		}
		s.notices = append(s.notices, p.position())
	}
	s.log.Debug("Following a file", "file", f.path, "offset", p.offset)
	return nil
}

// attach goes on with p in f. last is what precedes p's offset, nil if nothing
// is to be read.
func (s *Source) attach(f *file, p *part, content, last []byte) {
	s.parts = slices.DeleteFunc(s.parts, func(q *part) bool { return q == p })
	p.file, p.stream, p.last = f, s.newStream(), last
	p.begins(content)
	if p.offset > 0 {
		p.stream.Prime(s.first(f, content))
	}
	f.part, f.copy, f.news = p, copyOf{}, true
	s.log.Debug("Continuing a file", "file", f.path, "offset", p.offset)
}

// first returns f's beginning with at least one whole line, for a CSV header.
func (s *Source) first(f *file, content []byte) []byte {
	if f.format != plain || bytes.IndexByte(content, '\n') >= 0 {
		return content
	}
	long := make([]byte, len(s.buf))
	n, _ := s.readAt(f, long, 0) // what cannot be read now fails again when it is decoded
	return long[:n]
}

// checkHead compares the beginning of a file that changed with what it was, and
// takes in what was added to a short one. It is false if f holds another log.
func (s *Source) checkHead(f *file) bool {
	var b [window]byte
	n, err := s.readAt(f, b[:], 0)
	if err != nil {
		if !vanished(err) {
			s.fail(f, err)
		}
		return true
	}
	f.failure = ""
	if info, err := f.h.Stat(); err != nil || info.Size() < f.part.offset || !f.part.head.in(b[:n]) {
		s.restart(f)
		return false
	}
	f.part.begins(b[:n])
	return true
}
