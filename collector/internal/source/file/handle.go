package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// file is one inode that matches the globs, or did until it was rotated away.
type file struct {
	inode  inode
	path   string // one that led here last
	format format
	h      *os.File // nil while not open
	part   *part    // nil while its content is not identified

	// as the last scan found it
	size    int64
	mtime   time.Time
	changed time.Time // when size or mtime were last seen to differ
	matched bool      // by a glob
	gone    bool      // not matched any more, but open
	rotated bool      // matched under another name than before
	news    bool      // differs from what was read

	queued  bool
	final   bool  // nothing is expected to follow: deliver an unfinished line
	target  int64 // size in the first scan: the end of the backlog
	clock   int64 // Unix ns, about the time of the next event; orders the backlog
	copy    copyOf
	failure string // the last error, while it lasts
}

// errChanged: a file does not hold what it held before.
var errChanged = errors.New("changed while it was read")

// vanished tells that a name leads elsewhere or nowhere since the last scan.
func vanished(err error) bool {
	return errors.Is(err, errChanged) || errors.Is(err, fs.ErrNotExist)
}

// open opens f if it is not. Path may lead elsewhere by now.
func (f *file) open() error {
	if f.h != nil {
		return nil
	}
	h, err := os.Open(f.path)
	if err != nil {
		return err
	}
	info, err := h.Stat()
	if err != nil {
		return errors.Join(err, h.Close())
	}
	if inodeOf(f.path, info) != f.inode {
		return errors.Join(fmt.Errorf("%s: %w", f.path, errChanged), h.Close())
	}
	f.h = h
	return nil
}

func (f *file) close() error {
	if f.h == nil {
		return nil
	}
	h := f.h
	f.h = nil
	return h.Close()
}

// readAt reads up to len(b) bytes of f; the file's end is no error.
func (s *Source) readAt(f *file, b []byte, offset int64) (int, error) {
	if f.h == nil {
		if err := f.open(); err != nil {
			return 0, err
		}
		s.limitOpen(f)
	}
	n, err := f.h.ReadAt(b, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("%s: %w", f.path, err)
	}
	return n, nil
}

// see takes over what a stat told.
func (f *file) see(size int64, mtime, now time.Time) {
	if size != f.size || !mtime.Equal(f.mtime) {
		f.size, f.mtime, f.changed, f.news = size, mtime, now, true
	}
}

// finished tells that f did not change for a while. An old mtime counts too, so
// that an archive made long ago is not waited for.
func (f *file) finished(now time.Time, wait time.Duration) bool {
	return now.Sub(f.changed) >= wait || now.Sub(f.mtime) >= wait
}

// deleted tells that the open file has no name any more.
func (f *file) deleted() bool {
	info, err := f.h.Stat()
	return err == nil && deleted(info)
}

// spares tells that f can rather be closed than g.
func (f *file) spares(g *file) bool {
	if f.queued != g.queued {
		return g.queued
	}
	return f.changed.Before(g.changed)
}

// begun tells that some of f was read.
func (f *file) begun() bool { return f.part != nil && f.part.offset > 0 }
