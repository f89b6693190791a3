package file

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// pick returns the file whose turn it is, nil if there is nothing to read. What
// was there at the start goes first, in the order of event time; then files with
// news in turn.
func (s *Source) pick() *file {
	var oldest *file
	for _, f := range s.backlog {
		if s.mayRead(f) && (oldest == nil || f.clock < oldest.clock) {
			oldest = f
		}
	}
	if oldest != nil {
		return oldest
	}
	i := slices.IndexFunc(s.ready, s.mayRead)
	if i < 0 {
		return nil
	}
	f := s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	return f
}

// mayRead keeps all archives but one waiting: decompressors are large.
func (s *Source) mayRead(f *file) bool {
	return f.format == plain || s.archive == nil || s.archive.file == f
}

// startBacklog moves what the first scan queued to the backlog.
func (s *Source) startBacklog() {
	s.backlog, s.ready = s.ready, nil
	var scratch event.Batch
	for _, f := range s.backlog {
		f.target = max(f.size, 1)
		f.clock = f.mtime.UnixNano()
		if t, ok := s.peek(f, &scratch); ok {
			f.clock = t
		}
	}
}

// peek returns the time of f's next event, as far as its first records tell.
func (s *Source) peek(f *file, b *event.Batch) (int64, bool) {
	content, err := s.sample(f, s.now())
	if err != nil {
		return 0, false // its turn tells
	}
	st, offset := s.newStream(), f.part.offset
	if offset > 0 {
		if f.format != plain {
			return 0, false // not worth decompressing so far
		}
		st.Prime(s.first(f, content))
		n, err := s.readAt(f, s.scratch[1], offset)
		if err != nil {
			return 0, false
		}
		content = s.scratch[1][:n]
	}
	b.Reset()
	st.Decode(b, content, offset, false)
	for _, t := range b.Times[:b.N] {
		if t != event.NoTime {
			return t, true
		}
	}
	return 0, false
}
