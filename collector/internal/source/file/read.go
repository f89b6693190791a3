package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// block is what was read of a file in its turn: buf[start:end] is still to be
// decoded, before it is what was, at least the part's last bytes.
type block struct {
	file       *file
	start, end int
	fresh      bool // nothing of it was decoded
	more       bool // the file goes on
	eof        bool // the file ends here for good
}

// load reads a block of the file whose turn it is; false if no file has news.
func (s *Source) load() bool {
	for {
		f := s.pick()
		if f == nil {
			return false
		}
		err := s.fill(f)
		if err == nil {
			f.failure = ""
			return true
		}
		s.leave(f)
		switch {
		case errors.Is(err, errChanged):
			s.restart(f)
		case vanished(err):
			f.news = true // the next scan finds out
		default:
			s.fail(f, err)
			f.news = true // try again
		}
	}
}

// fill reads a block of f, with the bytes before it in front: if those are not
// what was read before, f holds another log now.
func (s *Source) fill(f *file) error {
	if f.format != plain {
		return s.unpack(f)
	}
	p := f.part
	back := len(p.last)
	n, err := s.readAt(f, s.buf[:back+blockSize], p.offset-int64(back))
	if err != nil {
		return err
	}
	if n < back || !bytes.Equal(s.buf[:back], p.last) {
		return errChanged
	}
	if p.offset == 0 && !p.head.in(s.buf[:n]) { // since it was identified
		return errChanged
	}
	more := n == back+blockSize
	s.block = block{file: f, start: back, end: n, fresh: true, more: more, eof: f.final && !more}
	return nil
}

// unpack is fill for an archive.
func (s *Source) unpack(f *file) error {
	p := f.part
	if s.archive == nil {
		a, err := openArchive(f)
		if err != nil {
			return err
		}
		s.archive = a
		last, err := a.seek(p.offset)
		if err != nil || digest(last) != p.tailNow() {
			s.closeArchive()
			return errChanged
		}
		p.last = last
	}
	n := copy(s.buf, p.last)
	n += copy(s.buf[n:], s.archive.tail)
	s.block = block{file: f, start: len(p.last), end: n, fresh: true, more: true}
	s.unpackMore(blockSize)
	return nil
}

func (s *Source) unpackMore(size int) {
	b := &s.block
	n, err := readFull(s.archive.r, s.buf[b.end:min(b.end+size, len(s.buf))])
	b.end += n
	b.more, b.eof = err == nil, errors.Is(err, io.EOF)
	if err != nil && !b.eof {
		s.report(fmt.Errorf("%s: archive is damaged after %d bytes of content; it is used up to there: %w",
			b.file.path, b.file.part.offset+int64(b.end-b.start), err))
	}
}

// decode fills b with the next events of the block; false if it has no more.
func (s *Source) decode(b *event.Batch) bool {
	blk := &s.block
	p := blk.file.part
	for {
		data := s.buf[blk.start:blk.end]
		if len(data) == 0 || !blk.fresh && !blk.eof && bytes.IndexByte(data, '\n') < 0 {
			return false
		}
		if n := p.stream.Decode(b, data, p.offset, blk.eof); n > 0 {
			blk.start += n
			blk.fresh = false
			p.advance(n, s.buf[:blk.start])
			if b.N > 0 && b.Times[b.N-1] != event.NoTime {
				blk.file.clock = b.Times[b.N-1]
			}
			return true
		}
		if !blk.fresh || !s.extend() {
			return false
		}
	}
}

// extend reads more of a block that does not hold one whole record.
func (s *Source) extend() bool {
	blk := &s.block
	if !blk.more || blk.end == len(s.buf) {
		return false // the decoder consumes what fills the buffer
	}
	if blk.file.format != plain {
		s.unpackMore(len(s.buf))
		return true
	}
	p := blk.file.part
	n, err := s.readAt(blk.file, s.buf[blk.end:], p.offset+int64(blk.end-blk.start))
	if err != nil {
		blk.more = false // fails again in the next turn, which tells
		return false
	}
	blk.end += n
	blk.more = blk.end == len(s.buf)
	blk.eof = blk.file.final && !blk.more
	return n > 0 || blk.eof
}

// finish ends the turn of the block's file.
func (s *Source) finish() {
	blk := s.block
	f := blk.file
	s.block = block{}
	if a := s.archive; a != nil && a.file == f {
		if blk.more {
			a.tail = append(a.tail[:0], s.buf[blk.start:blk.end]...)
		} else {
			f.part.archive = a.size
			s.closeArchive()
			s.notices = append(s.notices, f.part.position())
		}
	}
	if f.target > 0 && blk.more && (f.format != plain || f.part.offset < f.target) {
		return // stays in the backlog
	}
	if blk.more && f.target == 0 {
		s.ready = append(s.ready, f)
		return
	}
	s.leave(f)
	switch {
	case blk.more:
		s.enqueue(f)
	case f.final && f.gone:
		s.drop(f)
	case f.final:
		f.final, f.rotated = false, false
	}
}

// leave ends f's waiting for a turn, and the turn.
func (s *Source) leave(f *file) {
	is := func(g *file) bool { return g == f }
	s.backlog = slices.DeleteFunc(s.backlog, is)
	s.ready = slices.DeleteFunc(s.ready, is)
	f.queued, f.target = false, 0
	if s.block.file == f {
		s.block = block{}
	}
	if s.archive != nil && s.archive.file == f {
		s.closeArchive()
	}
}
