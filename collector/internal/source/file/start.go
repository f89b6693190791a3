package file

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// startedPart is the part whose position lists the globs that were started at
// the end: what matches them and is not known has appeared since, and is read
// from its beginning, also after a restart. No log has this id.
const startedPart = "started"

func formatGlobs(globs []string) string {
	quoted := make([]string, len(globs))
	for i, glob := range globs {
		quoted[i] = strconv.Quote(glob)
	}
	return strings.Join(quoted, " ")
}

func parseGlobs(at string) (globs []string, err error) {
	for rest := at; rest != ""; rest = strings.TrimPrefix(rest, " ") {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, fmt.Errorf("position %q: %w", at, err)
		}
		glob, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("position %q: %w", at, err)
		}
		globs = append(globs, glob)
		rest = rest[len(quoted):]
	}
	if formatGlobs(globs) != at {
		return nil, fmt.Errorf("position %q: not a list of globs", at)
	}
	return globs, nil
}

// skips tells whether an unknown file is to be followed from its end.
func (s *Source) skips(f *file) bool {
	if s.cfg.Start != config.End || s.scanned {
		return false
	}
	for glob := range s.started {
		if ok, err := filepath.Match(glob, f.path); ok && err == nil {
			return false
		}
	}
	return true
}

// noteStart stores that the globs have been started at the end.
func (s *Source) noteStart() {
	if s.cfg.Start == config.End {
		s.notices = append(s.notices, source.Position{Part: startedPart, At: formatGlobs(s.cfg.Paths)})
	}
}

// skip moves f's new part behind what is there: an archive wholly, a log up to
// the start of its last line, which may still be incomplete.
func (s *Source) skip(f *file) error {
	if f.format != plain {
		f.part.archive = f.size
		return nil
	}
	end := f.size
	tail := s.buf[:min(end, int64(len(s.buf)))]
	n, err := s.readAt(f, tail, end-int64(len(tail)))
	if err == nil && n < len(tail) {
		err = fmt.Errorf("%s: %w", f.path, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return err
	}
	if i := bytes.LastIndexByte(tail, '\n'); i >= 0 {
		end -= int64(len(tail) - i - 1)
		tail = tail[:i+1]
	} else if int64(len(tail)) == end {
		return nil // the first line
	} // else within a line that is too long anyway
	f.part.advance(int(end), tail)
	return nil
}
