// Package store keeps opaque bytes in a folder and changes them by one atomic,
// synced commit at a time. After kill -9, a power cut or a full disk the store
// holds exactly the commits that returned without an error, and all or nothing of
// the one that had not returned yet. It knows nothing of what the bytes mean.
//
// Underneath is a Pebble database that is written by ingested tables only; FORMAT.md
// says why and what is in the folder.
package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options are what a caller may choose.
type Options struct {
	Logger *slog.Logger // nil: silent
	FS     vfs.FS       // nil: the disk; another one must fail like it, with a syscall.Errno
}

// maxManifest is from which size of the list of tables on the store is reopened
// inside a commit, which starts a new list: with a tick of 15 seconds every few days.
const maxManifest = 16 << 20

// Store is a folder of keys and values. Get and Scan may be called from any
// goroutine, also during a Commit. Nothing may be called after or during Close.
type Store struct {
	dir     string
	version uint32 // format of the caller's data when it was opened
	log     *slog.Logger
	fs      vfs.FS
	lock    io.Closer

	mu   sync.RWMutex // held to read by readers, and to write while db is replaced
	db   *pebble.DB
	gate *gate // of db

	look   sync.Mutex
	cursor *pebble.Iterator // serves every Get between two commits

	commit   sync.Mutex // guards what is below
	head     *head
	manifest int64 // maxManifest but in tests
}

// Open opens the store in dir, or makes one if dir is empty or does not exist.
// formatVersion is of what the caller writes: a store that a newer one was ever
// opened for is refused. On any error the folder is as it was, but for the names of
// an empty one.
func Open(dir string, formatVersion uint32, o Options) (_ *Store, err error) {
	s := &Store{dir: dir, log: o.Logger, fs: o.FS, manifest: maxManifest}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.fs == nil {
		s.fs = vfs.Default
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if err := s.enter(); err != nil {
		return nil, err
	}
	if s.head, err = openHead(s.fs, dir, formatVersion); err != nil {
		return nil, s.explain("open", err)
	}
	s.version = s.head.format
	if err := s.verify(); err != nil {
		return nil, s.explain("open", err)
	}
	if err := s.head.raise(formatVersion); err != nil {
		return nil, s.explain("open", err)
	}
	s.removeLeftovers()
	if err := s.reopen(); err != nil {
		return nil, s.explain("open", err)
	}
	s.head.note()
	return s, nil
}

// OpenMemory opens an empty store that is gone when it is closed.
func OpenMemory() (*Store, error) {
	return Open("memory", 0, Options{FS: vfs.NewMem()})
}

// FormatVersion returns the format version of the data when the store was opened:
// the caller's own for a new store, a lower one if there is something to convert.
func (s *Store) FormatVersion() uint32 { return s.version }

// Get appends the value of key to dst. Without such a key ok is false and dst comes
// back as it was. The result is the caller's; there is no allocation if it fits.
// Calls from several goroutines wait for each other. Many look-ups cost least in the
// order of their keys, because neighbours share a block.
func (s *Store) Get(dst, key []byte) (value []byte, ok bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.look.Lock()
	defer s.look.Unlock()
	if s.cursor == nil {
		// Other than Pebble's Get, this one asks the bloom filters of the lowest level.
		if s.cursor, err = s.db.NewIter(&pebble.IterOptions{UseL6Filters: true}); err != nil {
			return dst, false, s.explain("read", err)
		}
	}
	if !s.cursor.SeekPrefixGE(key) {
		if err := s.cursor.Error(); err != nil {
			s.cursor = closed(s.cursor)
			return dst, false, s.explain("read", err)
		}
		return dst, false, nil
	}
	v, err := s.cursor.ValueAndErr()
	if err != nil {
		s.cursor = closed(s.cursor)
		return dst, false, s.explain("read", err)
	}
	return append(dst, v...), true, nil
}

// forget lets the next Get see what has been committed.
func (s *Store) forget() {
	s.look.Lock()
	defer s.look.Unlock()
	s.cursor = closed(s.cursor)
}

// closed closes an iterator whose error is known, or none.
func closed(it *pebble.Iterator) *pebble.Iterator {
	if it != nil {
		_ = it.Close()
	}
	return nil
}

// Scan calls f for each key that starts with prefix, in the order of bytes.Compare,
// as they were when it began. key and value are valid during the call only. f's
// first error ends the scan and is returned as it is. f must not call Commit.
func (s *Store) Scan(prefix []byte, f func(key, value []byte) error) (err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	end := after(prefix)
	if bytes.Compare(prefix, end) >= 0 {
		return nil
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: end})
	if err != nil {
		return s.explain("read", err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(s.explain("read", err), it.Close())
		}
		if err := f(it.Key(), v); err != nil {
			_ = it.Close() // f's error is what the caller waits for
			return err
		}
	}
	if err := it.Close(); err != nil {
		return s.explain("read", err)
	}
	return nil
}

// after returns the first key behind all that start with prefix; our own keys are
// behind all of the caller's.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 && (i > 0 || end[0] < reserved) {
			return end[:i+1]
		}
	}
	return []byte{reserved}
}

// Close waits for work in the background and releases the folder. Everything that
// was committed is durable already.
func (s *Store) Close() error {
	s.commit.Lock()
	defer s.commit.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release()
}

// release gives back whatever Open has got so far.
func (s *Store) release() error {
	var errs []error
	if s.db != nil {
		s.forget()
		err := s.gate.close(s.db)
		if s.gate.broken() != nil { // it is known, or what the background met last
			errs = append(errs, s.cancel(s.gate))
		} else if err != nil {
			errs = append(errs, s.explain("close", err))
		}
		s.db = nil
	}
	if s.head != nil {
		errs = append(errs, s.head.close())
		s.head = nil
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// reopen replaces the database by one that is opened anew. Until that has worked
// the old one goes on serving reads.
func (s *Store) reopen() error {
	g := &gate{FS: s.fs, opening: true, leave: make(chan struct{})}
	db, err := pebble.Open(s.dir, options(g, s.log))
	failed := g.opened()
	if err != nil {
		return errors.Join(failed, damage(err))
	}
	if failed != nil {
		if err := g.close(db); err != nil {
			s.log.Debug("close a database that could not be opened", "error", err)
		}
		return failed
	}
	n, err := commits(db)
	if err == nil && n < s.head.commits {
		err = fmt.Errorf("%w: it holds %d commits of %d", ErrCorrupt, n, s.head.commits)
	}
	if err != nil {
		return errors.Join(err, g.close(db))
	}
	s.head.commits = n
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	old, oldGate := s.db, s.gate
	s.db, s.gate = db, g
	if old != nil {
		oldGate.shut(errReplaced)
		if err := oldGate.close(old); err != nil {
			s.log.Debug("close the replaced database", "error", err)
		}
	}
	return nil
}

var errReplaced = errors.New("this database has been replaced")

// commits returns how many commits db holds.
func commits(db *pebble.DB) (uint64, error) {
	v, closer, err := db.Get(commitKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer closer.Close()
	if len(v) != 8 {
		return 0, fmt.Errorf("%w: the commit number has %d bytes", ErrCorrupt, len(v))
	}
	return binary.LittleEndian.Uint64(v), nil
}
