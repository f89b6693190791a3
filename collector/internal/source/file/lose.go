package file

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// lose takes the part from f and remembers it for a copy or archive, if any of it
// was read.
func (s *Source) lose(f *file) {
	p := f.part
	p.position() // brings the mark up to date
	p.file, p.stream, p.first, p.last, f.part = nil, nil, nil, nil, nil
	if p.offset == 0 && p.archive == 0 {
		s.notices = append(s.notices, source.Position{Part: p.id})
		return
	}
	s.parts = append(s.parts, p)
	if len(s.parts) > maxRemembered {
		s.notices = append(s.notices, source.Position{Part: s.parts[0].id})
		s.parts = slices.Delete(s.parts, 0, 1)
	}
}

// restart lets f be identified anew, because its content is another one.
func (s *Source) restart(f *file) {
	p := f.part
	s.leave(f)
	s.log.Info("File was truncated or rewritten; reading it from its beginning", "file", f.path, "offset", p.offset)
	s.lose(f)
	s.disown(p)
	f.news, f.final = true, false
}

// disown notes that p's inode holds, or may come to hold, another log.
func (s *Source) disown(p *part) {
	p.inode = inode{}
	if slices.Contains(s.parts, p) {
		s.notices = append(s.notices, p.position())
	}
}
