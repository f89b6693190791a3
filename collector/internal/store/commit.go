package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	reserved = 0xff // first byte of our own keys

	// tableBytes is the size, before compression, from which a commit goes on in
	// another table: compactions move and merge whole tables.
	tableBytes = 32 << 20

	// splitBytes is from when on keys of another first byte get another table: those
	// that overlap nothing then go to the lowest level at once.
	splitBytes = 1 << 20
)

// commitKey holds the number of commits, 8 bytes little-endian.
var commitKey = []byte("\xffcommits")

// Commit makes all of b durable and visible at once. After an error nothing of b is
// visible, and nothing will be after a crash, until the same batch is committed
// again, which may be done as often as one likes. ErrUnknown is the exception: the
// disk failed twice. Commit settles b: what later calls in it undo is left out.
func (s *Store) Commit(b *Batch) error {
	s.commit.Lock()
	defer s.commit.Unlock()
	if b.Len() == 0 {
		return nil
	}
	if err := s.ready(); err != nil {
		return s.explain("commit to", err)
	}
	if err := s.apply(b); err != nil {
		return s.explain("commit to", err)
	}
	s.forget()
	s.head.commits++
	s.head.note()
	return nil
}

// ready opens the database anew if it has stopped or its list of tables is long.
func (s *Store) ready() error {
	list, broken := s.gate.state()
	if broken != nil {
		return broken
	}
	if s.gate.broken() == nil {
		if list < s.manifest {
			return nil
		}
		s.gate.shut(errReplaced)
	}
	if err := s.cancel(s.gate); err != nil {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return s.reopen()
}

// apply writes b into tables and then adds them to the database in one step. Until
// that step nothing but new files can fail; an error in it stops the database.
func (s *Store) apply(b *Batch) error {
	paths, err := s.write(b)
	if err != nil {
		s.remove(paths)
		return err
	}
	if err = s.db.Ingest(context.Background(), paths); err == nil {
		return nil
	}
	s.gate.shut(err)
	if undo := s.cancel(s.gate); undo != nil {
		return fmt.Errorf("%w: %w: %w", ErrUnknown, err, undo)
	}
	s.remove(paths)
	return err
}

// write puts b into tables that do not overlap, in order.
func (s *Store) write(b *Batch) (paths []string, err error) {
	b.settle()
	number := binary.LittleEndian.AppendUint64(nil, s.head.commits+1)
	ranges := b.merged()
	for _, part := range b.parts() {
		path := s.fs.PathJoin(s.dir, fmt.Sprintf("commit-%d.tmp", len(paths)))
		paths = append(paths, path)
		ranges, err = s.writeTable(path, part, func(w *sstable.Writer) error {
			for _, p := range part.points {
				if err := p.write(w, b); err != nil {
					return err
				}
			}
			if part.to == nil {
				return w.Set(commitKey, number)
			}
			return nil
		}, ranges)
		if err != nil {
			return paths, err
		}
	}
	return paths, nil
}

func (p point) write(w *sstable.Writer, b *Batch) error {
	if p.value == deleted {
		return w.Delete(b.key(p))
	}
	return w.Set(b.key(p), b.value(p))
}

// writeTable writes one table and returns the ranges that lie behind it.
func (s *Store) writeTable(path string, t part, points func(*sstable.Writer) error, ranges []span) ([]span, error) {
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), options(s.gate, s.log).MakeWriterOptions(0, s.db.TableFormat()))
	err = points(w)
	for err == nil && len(ranges) > 0 && (t.to == nil || bytes.Compare(ranges[0].from, t.to) < 0) {
		r := ranges[0]
		if t.to != nil && bytes.Compare(t.to, r.to) < 0 {
			err = w.DeleteRange(r.from, t.to)
			ranges[0].from = t.to
			break
		}
		err = w.DeleteRange(r.from, r.to)
		ranges = ranges[1:]
	}
	return ranges, errors.Join(err, w.Close())
}

// part is what one table holds: points below to, all that are left if it is nil.
type part struct {
	points []point
	to     []byte
}

// parts cuts the points, which are in order, into tables of a good size. There is
// one at least.
func (b *Batch) parts() (parts []part) {
	begin, size := 0, 0
	for i, p := range b.points {
		other := i > begin && p.prefix>>56 != b.points[i-1].prefix>>56
		if size >= tableBytes || other && size >= splitBytes {
			parts = append(parts, part{b.points[begin:i], b.key(p)})
			begin, size = i, 0
		}
		size += int(p.key) + 8
		if p.value != deleted {
			size += int(p.value)
		}
	}
	rest := part{points: b.points[begin:]}
	if size >= splitBytes {
		rest.to = []byte{reserved}
		return append(parts, rest, part{})
	}
	return append(parts, rest)
}

// remove deletes files that no longer matter. What is left of them is removed when
// the store is opened.
func (s *Store) remove(paths []string) {
	for _, p := range paths {
		if err := s.fs.Remove(p); err != nil {
			s.log.Debug("store: remove a temporary file", "error", err)
		}
	}
}

// removeLeftovers deletes what commits left that a crash cut short.
func (s *Store) removeLeftovers() {
	names, err := s.fs.List(s.dir)
	if err != nil {
		return
	}
	for _, n := range names {
		if strings.HasPrefix(n, "commit-") && strings.HasSuffix(n, ".tmp") {
			s.remove([]string{s.fs.PathJoin(s.dir, n)})
		}
	}
}
