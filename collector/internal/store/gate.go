package store

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// gate is the filesystem of one database. The first failure shuts it: the database
// then can read but change nothing any more, so that neither an error that Pebble
// cannot undo nor the work in its background reaches the folder, while it still
// serves what it has. It also knows up to where the list of tables, the MANIFEST, is
// durable.
type gate struct {
	vfs.FS

	mu      sync.RWMutex // held to read by each change while it lasts
	err     error        // why it is shut
	opening bool         // then Pebble does not learn of it
	leave   chan struct{}

	tail     sync.Mutex
	damage   error  // what is broken in the data
	manifest string // path of the newest one
	written  int64  // bytes of it
	synced   int64  // bytes of it that are durable
}

// shut returns when no change is under way and none will be. The first reason stays.
func (g *gate) shut(why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = why
	}
}

// broken returns why the gate is shut, nil if it is open.
func (g *gate) broken() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.err
}

func (g *gate) damaged(what error) {
	g.tail.Lock()
	defer g.tail.Unlock()
	g.damage = what
}

// state returns the size of the MANIFEST, and what is broken in the data.
func (g *gate) state() (size int64, damage error) {
	g.tail.Lock()
	defer g.tail.Unlock()
	return g.written, g.damage
}

// close closes the database behind the gate, which waits for its background.
func (g *gate) close(db *pebble.DB) error {
	close(g.leave)
	return db.Close()
}

// opened ends what a failure means during pebble.Open, which then waits for ever or
// panics: until here all changes after the first failed one seem to work and are not
// made. It returns that failure; with one, the database must be closed.
func (g *gate) opened() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opening = false
	return g.err
}

// change does f if the gate is open, and shuts it if f fails.
func (g *gate) change(f func() error) error {
	err, opening := g.attempt(f)
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return err
	}
	if g.shut(err); opening {
		return nil
	}
	return err
}

// attempt does f if the gate is open.
func (g *gate) attempt(f func() error) (err error, opening bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.err != nil {
		return g.err, g.opening
	}
	return f(), g.opening
}

// optional is a change that may fail without harm.
func (g *gate) optional(f func() error) error {
	err, _ := g.attempt(f)
	return err
}

// rest keeps Pebble from repeating at once, and for ever, what cannot work now. It
// ends when the database is to be closed.
func (g *gate) rest() {
	g.mu.RLock()
	idle := g.err != nil && !g.opening && g.leave != nil
	g.mu.RUnlock()
	if idle {
		select {
		case <-g.leave:
		case <-time.After(time.Second):
		}
	}
}

// file wraps what open returns.
func (g *gate) file(name string, open func() (vfs.File, error)) (f vfs.File, err error) {
	err = g.change(func() error {
		f, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	if f == nil {
		f = vfs.NewMemFile(nil)
	}
	w := &gateFile{File: f, gate: g}
	if strings.HasPrefix(g.PathBase(name), "MANIFEST-") {
		w.manifest, w.unnamed = true, g.PathDir(name)
		g.tail.Lock()
		g.manifest, g.written, g.synced = name, 0, 0
		g.tail.Unlock()
	}
	return w, nil
}

func (g *gate) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	g.rest()
	return g.file(name, func() (vfs.File, error) { return g.FS.Create(name, c) })
}

func (g *gate) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return g.file(name, func() (vfs.File, error) { return g.FS.OpenReadWrite(name, c, o...) })
}

func (g *gate) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return g.file(to, func() (vfs.File, error) { return g.FS.ReuseForWrite(from, to, c) })
}

func (g *gate) OpenDir(name string) (vfs.File, error) {
	d, err := g.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &gateFile{File: d, gate: g}, nil
}

// Link may be unknown to the disk; Pebble then copies.
func (g *gate) Link(from, to string) error {
	return g.optional(func() error { return g.FS.Link(from, to) })
}

func (g *gate) Remove(name string) error {
	return g.change(func() error { return g.FS.Remove(name) })
}

func (g *gate) RemoveAll(name string) error {
	return g.change(func() error { return g.FS.RemoveAll(name) })
}

func (g *gate) Rename(from, to string) error {
	return g.change(func() error { return g.FS.Rename(from, to) })
}

func (g *gate) MkdirAll(name string, perm os.FileMode) error {
	return g.change(func() error { return g.FS.MkdirAll(name, perm) })
}

// Lock does nothing: the store holds the lock, whichever database is open in it.
func (g *gate) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

func (g *gate) Unwrap() vfs.FS { return g.FS }

// gateFile is a file or folder behind a gate.
type gateFile struct {
	vfs.File
	gate     *gate
	manifest bool
	unnamed  string // the folder of a MANIFEST whose name is not durable yet
}

func (f *gateFile) Write(p []byte) (int, error) {
	if f.manifest {
		f.gate.rest()
	}
	f.note(func(g *gate) { g.written += int64(len(p)) }) // less if it fails, but not more
	return f.write(len(p), func() (int, error) { return f.File.Write(p) })
}

func (f *gateFile) WriteAt(p []byte, at int64) (int, error) {
	return f.write(len(p), func() (int, error) { return f.File.WriteAt(p, at) })
}

func (f *gateFile) write(all int, do func() (int, error)) (n int, err error) {
	err = f.gate.change(func() error {
		n, err = do()
		return err
	})
	if err == nil {
		n = all
	}
	return n, err
}

func (f *gateFile) Preallocate(at, length int64) error {
	return f.gate.optional(func() error { return f.File.Preallocate(at, length) })
}

func (f *gateFile) Sync() error     { return f.sync(f.File.Sync) }
func (f *gateFile) SyncData() error { return f.sync(f.File.SyncData) }

func (f *gateFile) SyncTo(length int64) (full bool, err error) {
	err = f.gate.optional(func() error {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

func (f *gateFile) sync(do func() error) error {
	if err := f.gate.change(do); err != nil {
		return err
	}
	if err := f.syncName(); err != nil {
		return err
	}
	f.note(func(g *gate) { g.synced = g.written })
	return nil
}

// syncName makes the name of a new MANIFEST durable. Pebble goes on to write a
// marker that names it, and a power cut may keep the marker but not the MANIFEST.
func (f *gateFile) syncName() error {
	if f.unnamed == "" {
		return nil
	}
	err := f.gate.change(func() error {
		d, err := f.gate.FS.OpenDir(f.unnamed)
		if err != nil {
			return err
		}
		return errors.Join(d.Sync(), d.Close())
	})
	if err == nil {
		f.unnamed = ""
	}
	return err
}

// note changes what the gate knows of the MANIFEST, which one goroutine at a time
// writes.
func (f *gateFile) note(do func(*gate)) {
	if f.manifest {
		f.gate.tail.Lock()
		do(f.gate)
		f.gate.tail.Unlock()
	}
}

// cancel wipes out what a failed commit may have left behind the durable part of the
// MANIFEST, so that no crash brings it back. It needs no space. The gate is shut.
func (s *Store) cancel(g *gate) error {
	g.tail.Lock()
	defer g.tail.Unlock()
	if g.manifest == "" || g.written == g.synced {
		return nil
	}
	f, err := s.fs.OpenReadWrite(g.manifest, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > g.synced {
		_, err = f.WriteAt(make([]byte, info.Size()-g.synced), g.synced)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		g.written = g.synced
	}
	return err
}

// lockedOut tells the error for a lock that somebody holds from one of the disk.
func lockedOut(err error) bool {
	var no syscall.Errno
	return !errors.As(err, &no) || no == syscall.EAGAIN
}
