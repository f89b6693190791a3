package file

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// entry is a path that matches the globs.
type entry struct {
	path  string
	inode inode
	size  int64
	mtime time.Time
}

// scan looks for files and news in them, and queues what there is to read.
func (s *Source) scan() {
	now := s.now()
	failures := map[string]string{}
	s.match(s.glob(failures), now)
	for _, f := range slices.Clone(s.files) {
		if !f.matched {
			s.drain(f, now)
		}
	}
	for _, f := range s.files {
		if f.part != nil && f.news && f.format == plain {
			s.checkHead(f)
		}
	}
	s.identifyAll(now)
	for _, f := range s.oldestFirst() {
		s.queue(f, now)
	}
	end := s.now()
	s.nextScan = end.Add(max(s.cfg.PollInterval, scanShare*end.Sub(now)))
	if !s.scanned { // that all files were new says nothing of the next one
		s.noteStart()
		s.startBacklog()
		s.scanned = true
		s.nextScan = s.now().Add(s.cfg.PollInterval)
	}
	s.updateStatus(failures)
}

// glob returns the regular files that match, oldest first. All names are listed
// before any file is looked at: so the truncation that made room for what a copy
// holds is seen not later than the copy.
func (s *Source) glob(failures map[string]string) []entry {
	var paths []string
	for _, glob := range s.cfg.Paths {
		matches, _ := filepath.Glob(glob) // its only error is a bad pattern, see open
		paths = append(paths, matches...)
	}
	var found []entry
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // gone since, or a link to nothing
		case err != nil:
			s.failScan(failures, path, err)
		case info.Mode().IsRegular():
			found = append(found, entry{path, inodeOf(path, info), info.Size(), info.ModTime()})
		case slices.Contains(s.cfg.Paths, path): // meant, not just matched
			s.failScan(failures, path, fmt.Errorf("%s is not a regular file; name files, for example %q", path, filepath.Join(path, "*.jsonl")))
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int {
		return cmp.Or(a.mtime.Compare(b.mtime), strings.Compare(a.path, b.path))
	})
	if len(found) == 0 && len(s.files) == 0 {
		s.failScan(failures, "", fmt.Errorf("no file matches %q", s.cfg.Paths))
	}
	return found
}

// failScan notes an error about a path, and tells it when it is new.
func (s *Source) failScan(failures map[string]string, path string, err error) {
	failures[path] = err.Error()
	if s.failures[path] != err.Error() {
		s.report(err)
	}
}

// match finds the files of the entries, and makes those that are new.
func (s *Source) match(found []entry, now time.Time) {
	at := make(map[string]inode, len(found))
	for _, e := range found {
		at[e.path] = e.inode
	}
	for _, f := range s.files {
		f.matched = false
	}
	for _, e := range found {
		f := s.byInode[e.inode]
		if f == nil {
			f = &file{inode: e.inode, path: e.path, changed: now}
			s.files = append(s.files, f)
			s.byInode[e.inode] = f
		}
		f.see(e.size, e.mtime, now)
		if at[f.path] != f.inode { // its name leads elsewhere: it was renamed
			f.path, f.rotated, f.changed = e.path, true, now
		}
		f.matched, f.gone = true, false
	}
}

// drain watches a file that was deleted or renamed out of the globs, until it
// was quiet for long enough to be over.
func (s *Source) drain(f *file, now time.Time) {
	if f.h == nil {
		if !f.queued {
			s.drop(f)
		}
		return
	}
	if !f.gone {
		f.gone, f.changed = true, now
	}
	if info, err := f.h.Stat(); err == nil {
		f.see(info.Size(), info.ModTime(), now)
	}
}

// queue lets f be read if there is a reason to.
func (s *Source) queue(f *file, now time.Time) {
	over := (f.gone || f.rotated) && now.Sub(f.changed) >= s.cfg.RotateWait
	switch {
	case f.queued:
	case f.part == nil:
		if over && f.gone {
			s.drop(f)
		}
	case f.format != plain && f.size == f.part.archive:
		f.news = false
		if f.gone {
			s.drop(f)
		}
	case f.news || over:
		f.news, f.final = false, over
		s.enqueue(f)
	}
}

// oldestFirst returns the files in the order of their last change, those that
// were rotated away first: their successors may already be written. Among equals
// the log that was begun goes before the one that was not.
func (s *Source) oldestFirst() []*file {
	files := slices.Clone(s.files)
	slices.SortStableFunc(files, func(a, b *file) int {
		return cmp.Or(
			cmp.Compare(notFirst(a.gone || a.rotated), notFirst(b.gone || b.rotated)),
			a.mtime.Compare(b.mtime),
			cmp.Compare(notFirst(a.begun()), notFirst(b.begun())),
		)
	})
	return files
}

// notFirst sorts what is not after what is.
func notFirst(is bool) int {
	if is {
		return 0
	}
	return 1
}

func (s *Source) enqueue(f *file) {
	f.queued = true
	s.ready = append(s.ready, f)
}

// drop forgets f, but not what was read of it.
func (s *Source) drop(f *file) {
	if p := f.part; p != nil {
		s.log.Debug("File is over", "file", f.path, "offset", p.offset)
		s.lose(f)
		if f.h == nil || f.deleted() {
			s.disown(p)
		}
	}
	if err := f.close(); err != nil {
		s.report(err)
	}
	delete(s.byInode, f.inode)
	s.files = slices.DeleteFunc(s.files, func(g *file) bool { return g == f })
}

// limitOpen closes files above maxOpen, the longest quiet ones without news
// first. Those out of the globs stay open: nothing else leads to them.
func (s *Source) limitOpen(used *file) {
	for {
		open := 0
		var spare *file
		for _, f := range s.files {
			if f.h == nil {
				continue
			}
			open++
			if f != used && f.matched && (s.archive == nil || s.archive.file != f) && (spare == nil || f.spares(spare)) {
				spare = f
			}
		}
		if open <= maxOpen || spare == nil {
			return
		}
		_ = spare.close() // was only read
	}
}

func (s *Source) updateStatus(failures map[string]string) {
	s.failures = failures
	up := len(failures) == 0
	for _, f := range s.files {
		up = up && f.failure == ""
	}
	s.mu.Lock()
	s.status.Up, s.status.Parts = up, len(s.files)
	s.mu.Unlock()
}
