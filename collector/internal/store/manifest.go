package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
)

// verify looks for damage without changing anything. Pebble takes any broken record
// in its list of tables for the end of it, and would delete the tables that are
// named behind.
func (s *Store) verify() error {
	found, err := pebble.Peek(s.dir, s.fs)
	if err != nil {
		return damage(err)
	}
	if !found.Exists {
		if s.head.commits > 0 {
			return fmt.Errorf("%w: the list of its tables is missing", ErrCorrupt)
		}
		return nil
	}
	list, err := readFile(s.fs, found.ManifestFilename)
	if err != nil {
		return damage(err)
	}
	if at, broken := brokenRecord(list); broken {
		return fmt.Errorf("%w: file %q is broken at byte %d", ErrCorrupt, found.ManifestFilename, at)
	}
	return s.rehearse()
}

// rehearse opens the database behind a gate that is shut.
func (s *Store) rehearse() error {
	g := &gate{FS: s.fs}
	g.shut(errReadOnly)
	o := options(g, s.log)
	o.ReadOnly = true
	db, err := pebble.Open(s.dir, o)
	if err != nil {
		return damage(err)
	}
	n, err := commits(db)
	if err == nil && n < s.head.commits {
		err = fmt.Errorf("%w: it holds %d commits of %d", ErrCorrupt, n, s.head.commits)
	}
	s.head.commits = max(n, s.head.commits)
	return errors.Join(damage(err), db.Close())
}

var errReadOnly = errors.New("only reading")

// damage marks an error as damage unless the disk has given another reason.
func damage(err error) error {
	var no syscall.Errno
	if err == nil || errors.Is(err, ErrCorrupt) || errors.As(err, &no) && no != syscall.ENOENT {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// The records of a MANIFEST are cut into chunks, none of which crosses a block:
//
//	checksum (4 bytes) | length (2) | kind (1) | length bytes
const (
	recordBlock = 32 << 10
	chunkHeader = 7
	kindFull    = 1
	kindFirst   = 2
	kindLast    = 4
)

// brokenRecord tells where the list is broken in the middle. Bytes behind the last
// good chunk are none if no record begins in them: they are what a crash leaves of
// one that was being written.
func brokenRecord(list []byte) (at int, broken bool) {
	for at < len(list) {
		if left := recordBlock - at%recordBlock; left < chunkHeader {
			at += left
			continue
		}
		n := chunk(list, at, kindLast)
		if n == 0 {
			break
		}
		at += n
	}
	for i := at + 1; i < len(list); i++ {
		if chunk(list, i, kindFirst) > 0 {
			return at, true
		}
	}
	return at, false
}

// chunk returns the size of the chunk at offset at, or 0 if there is none of a kind
// up to last.
func chunk(list []byte, at int, last byte) int {
	end := min(len(list), at-at%recordBlock+recordBlock)
	if at+chunkHeader > end || list[at+6] < kindFull || list[at+6] > last {
		return 0
	}
	n := chunkHeader + int(binary.LittleEndian.Uint16(list[at+4:]))
	if at+n > end {
		return 0
	}
	c := crc32.Checksum(list[at+6:at+n], castagnoli)
	if (c>>15|c<<17)+0xa282ead8 != binary.LittleEndian.Uint32(list[at:]) {
		return 0
	}
	return n
}
