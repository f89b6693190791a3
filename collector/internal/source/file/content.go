package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// continues tells whether f contains all that was read of p, and returns the
// bytes before p's offset. content is f's beginning.
func (s *Source) continues(f *file, p *part, content opening) (last []byte, ok bool) {
	if !content.starts(p.head) {
		return nil, false
	}
	if f.format == plain {
		last, ok = s.lastOf(f, p.offset)
		return last, ok && digest(last) == p.tail
	}
	if p.archive == f.size && p.inode == f.inode {
		return nil, true // was read to its end
	}
	a, err := openArchive(f)
	if err != nil {
		return nil, false
	}
	defer f.close() // was only read
	defer a.close()
	last, err = a.seek(p.offset)
	return last, err == nil && digest(last) == p.tail
}

// lastOf reads the window before offset, if the file has it.
func (s *Source) lastOf(f *file, offset int64) ([]byte, bool) {
	last := make([]byte, min(offset, window))
	n, err := s.readAt(f, last, offset-int64(len(last)))
	return last, err == nil && n == len(last)
}

// original returns the file that f is a copy of so far: one that is being read
// and contains all of f. A copy adds nothing as long as its original is there; if
// that is truncated or deleted first, the copy continues it. It is errChanged if
// just that has happened to a file that could have been the original.
func (s *Source) original(f *file, content opening) (*file, error) {
	for _, g := range s.files {
		if g == f || g.part == nil || !content.sharesStart(g.part) {
			continue
		}
		if g.format == plain && s.within(f, content.bytes, g) || g.format != plain && s.unpacked(f, content, g) {
			return g, nil
		}
		// Unlike as they are now: g may have been truncated a moment ago.
		if g.format == plain && !s.checkHead(g) {
			return nil, errChanged
		}
	}
	return nil, nil
}

// within tells whether the log g contains all of f. Of large ones the beginning
// and the end of f are compared.
func (s *Source) within(f *file, content []byte, g *file) bool {
	other := s.scratch[1][:len(content)]
	if n, err := s.readAt(g, other, 0); err != nil || !bytes.Equal(content, other[:n]) {
		return false
	}
	if f.format != plain {
		return true // its end is compared when g is over
	}
	return s.sameAt(f, g, f.size)
}

// sameAt compares the window before an offset.
func (s *Source) sameAt(f, g *file, offset int64) bool {
	a, okA := s.lastOf(f, offset)
	b, okB := s.lastOf(g, offset)
	return okA && okB && bytes.Equal(a, b)
}

// unpacked tells whether the archive g contains all of f, as far as g was read.
func (s *Source) unpacked(f *file, content opening, g *file) bool {
	p := g.part
	if !content.starts(p.head) {
		return false
	}
	if p.archive == 0 || p.offset == 0 {
		return true // cannot be told before it was read
	}
	_, ok := s.continues(f, p, content)
	return ok && (f.format != plain || f.size == p.offset)
}

// sample returns the beginning of f's content in a scratch buffer,
// nothing if it is too early to say.
func (s *Source) sample(f *file, now time.Time) ([]byte, error) {
	b := s.scratch[0]
	n, err := s.readAt(f, b, 0)
	if err != nil {
		return nil, err
	}
	f.format = formatOf(b[:n])
	switch f.format {
	case unknown:
		return nil, nil
	case plain:
		return b[:n], nil
	}
	defer f.close() // was only read
	if !f.finished(now, s.cfg.RotateWait) {
		return nil, nil // may still be being written
	}
	a, err := openArchive(f)
	if err == nil {
		defer a.close()
		if n, err = readFull(a.r, b); n > 0 {
			return b[:n], nil
		}
		err = fmt.Errorf("%s: %w", f.path, err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil // nothing in it, or not yet
	}
	return nil, err
}

// readFull is io.ReadFull that returns the reader's own error, so that the end
// can be told from a truncation.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	return n, err
}
