package file

import (
	"os"
	"path/filepath"
	"slices"
	"time"
)

// recognise attaches the part that was left in f.
func (s *Source) recognise(f *file, now time.Time) bool {
	for _, p := range s.parts {
		if p.inode != f.inode {
			continue
		}
		content, err := s.sample(f, now)
		if err != nil || len(content) == 0 {
			return false // identify tells why
		}
		if last, ok := s.continues(f, p, newOpening(content)); ok {
			f.rotated = !leadsTo(p.path, f.inode)
			s.attach(f, p, content, last)
			return true
		}
	}
	return false
}

func leadsTo(path string, id inode) bool {
	info, err := os.Stat(path)
	return err == nil && inodeOf(path, info) == id
}

// findMoved looks beside the last path of parts whose file matches no glob any
// more: it was rotated while nobody looked, and what is left is still to be read.
func (s *Source) findMoved(now time.Time) {
	for _, p := range slices.Clone(s.parts) {
		if p.archive > 0 || p.inode == (inode{}) || s.byInode[p.inode] != nil {
			continue
		}
		dirs := []string{filepath.Dir(p.path)}
		if target, err := filepath.EvalSymlinks(p.path); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
		for _, dir := range slices.Compact(dirs) {
			if f := s.findInode(dir, p.inode, now); f != nil && !s.recognise(f, now) {
				s.drop(f)
			}
		}
	}
}

// findInode makes the file with an inode in a directory, if it is there.
func (s *Source) findInode(dir string, id inode, now time.Time) *file {
	entries, _ := os.ReadDir(dir) // as far as it can be read
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || inodeOf(path, info) != id {
			continue
		}
		f := &file{inode: id, path: path, changed: now, gone: true}
		f.see(info.Size(), info.ModTime(), now)
		s.files = append(s.files, f)
		s.byInode[id] = f
		return f
	}
	return nil
}
