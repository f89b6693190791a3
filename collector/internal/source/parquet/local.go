package parquet

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// local is files, globs and folders.
type local []string

func (l local) list(_ context.Context, fail func(string, error)) []object {
	var found []object
	seen := map[string]bool{}
	add := func(path string, info fs.FileInfo) {
		path = filepath.Clean(path)
		if info.Mode().IsRegular() && !seen[path] {
			seen[path] = true
			found = append(found, localObject(l, path, info))
		}
	}
	for _, pattern := range l {
		matches, _ := filepath.Glob(pattern) // the configuration has legal globs only
		if _, err := os.Stat(pattern); err == nil {
			matches = append(matches, pattern) // a name may have brackets in it
		}
		n := len(found)
		for _, path := range matches {
			info, err := os.Stat(path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
			case err != nil:
				fail(path, err)
			case info.IsDir():
				walk(path, add, fail)
			case !hidden(filepath.Base(path)) || path == pattern:
				add(path, info)
			}
		}
		if len(found) == n && !slices.ContainsFunc(matches, func(m string) bool { return seen[filepath.Clean(m)] }) {
			fail(pattern, noMatch(pattern))
		}
	}
	return found
}

// walk adds the files of a folder.
func walk(folder string, add func(string, fs.FileInfo), fail func(string, error)) {
	root := folder + string(filepath.Separator) // follows a link to a folder
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		below, relErr := filepath.Rel(root, path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone since
		case err != nil || relErr != nil:
			fail(path, errors.Join(err, relErr))
			return nil
		case e.IsDir() && below != "." && hidden(e.Name()):
			return filepath.SkipDir
		case e.IsDir() || !listed(filepath.ToSlash(below)):
			return nil
		}
		if info, err := os.Stat(path); err == nil {
			add(path, info)
		} else if !errors.Is(err, fs.ErrNotExist) {
			fail(path, err)
		}
		return nil
	})
}

func localObject(l local, path string, info fs.FileInfo) object {
	return object{path: path, size: info.Size(), stamp: strconv.FormatInt(info.ModTime().UnixNano(), 36), modified: info.ModTime(), store: l}
}

func (l local) open(_ context.Context, o object) (*input, object, error) {
	f, err := os.Open(o.path)
	if err != nil {
		return nil, o, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // was only opened
		return nil, o, err
	}
	return &input{ReaderAt: f, Closer: f}, localObject(l, o.path, info), nil
}

func (l local) same(r *input, o object) bool {
	info, err := r.ReaderAt.(*os.File).Stat()
	return err == nil && localObject(l, o.path, info).stamp == o.stamp && info.Size() == o.size
}

func (l local) block(columns int) int { return min(max(16<<20/columns, 8<<10), 64<<10) }
