package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	headName = "STORE"
	tempName = "STORE.tmp"
	lockName = "LOCK"

	magic    = "MESTORE\x00"
	layout   = 1 // of this package; FORMAT.md draws it
	headSize = 32
	countAt  = 20 // offset of the commit count and its checksum
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// head is the file that says what the folder is. Its count of commits is written
// after each of them without waiting for the disk: it may be behind, never ahead, so
// that a database that holds fewer commits is known to have lost some.
type head struct {
	fs      vfs.FS
	dir     string
	format  uint32 // of the caller
	commits uint64
	file    vfs.File
}

// openHead reads the head of the store in dir, or makes one in an empty folder.
func openHead(fs vfs.FS, dir string, formatVersion uint32) (*head, error) {
	h := &head{fs: fs, dir: dir, format: formatVersion}
	data, err := readFile(fs, fs.PathJoin(dir, headName))
	if errors.Is(err, os.ErrNotExist) {
		if err = h.write(); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	} else if err = h.decode(data); err != nil {
		return nil, err
	}
	if h.format > formatVersion {
		return nil, fmt.Errorf("%w: its format is %d, this one knows up to %d", ErrNewer, h.format, formatVersion)
	}
	h.file, err = fs.OpenReadWrite(fs.PathJoin(dir, headName), vfs.WriteCategoryUnspecified)
	return h, err
}

func (h *head) decode(data []byte) error {
	if len(data) >= 12 && string(data[:8]) == magic && binary.LittleEndian.Uint32(data[8:]) > layout {
		return fmt.Errorf("%w: its layout is %d, this one knows up to %d", ErrNewer, binary.LittleEndian.Uint32(data[8:]), layout)
	}
	if len(data) != headSize || string(data[:8]) != magic || !summed(data[:countAt]) {
		return fmt.Errorf("%w: file %s cannot be read", ErrCorrupt, headName)
	}
	h.format = binary.LittleEndian.Uint32(data[12:])
	// A torn count says nothing, which is no damage to the data.
	if summed(data[countAt:]) {
		h.commits = binary.LittleEndian.Uint64(data[countAt:])
	}
	return nil
}

// summed tells whether the last four bytes are the checksum of those before.
func summed(b []byte) bool {
	n := len(b) - 4
	return crc32.Checksum(b[:n], castagnoli) == binary.LittleEndian.Uint32(b[n:])
}

func sum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// write puts a whole new file in place of the old one.
func (h *head) write() error {
	b := binary.LittleEndian.AppendUint32([]byte(magic), layout)
	b = sum(binary.LittleEndian.AppendUint32(b, h.format))
	b = append(b, h.count()...)
	temp := h.fs.PathJoin(h.dir, tempName)
	f, err := h.fs.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, h.fs.Remove(temp))
	}
	if err := h.fs.Rename(temp, h.fs.PathJoin(h.dir, headName)); err != nil {
		return err
	}
	return syncDir(h.fs, h.dir)
}

func (h *head) count() []byte { return sum(binary.LittleEndian.AppendUint64(nil, h.commits)) }

// raise makes older versions refuse the folder from now on.
func (h *head) raise(formatVersion uint32) error {
	if formatVersion <= h.format {
		return nil
	}
	h.format = formatVersion
	if err := h.write(); err != nil {
		return err
	}
	old := h.file
	var err error
	h.file, err = h.fs.OpenReadWrite(h.fs.PathJoin(h.dir, headName), vfs.WriteCategoryUnspecified)
	if err != nil {
		h.file = old
		return err
	}
	return old.Close()
}

// note writes down how many commits there are. That it fails loses nothing.
func (h *head) note() { _, _ = h.file.WriteAt(h.count(), countAt) }

func (h *head) close() error {
	if h.file == nil {
		return nil
	}
	_ = h.file.Sync() // like note
	return h.file.Close()
}

// enter makes the folder if it does not exist and locks it, but leaves alone one
// that holds something else.
func (s *Store) enter() error {
	names, err := s.fs.List(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		err = mkdir(s.fs, s.dir)
	}
	if err == nil {
		err = ours(names)
	}
	if err != nil {
		return s.explain("open", err)
	}
	path := s.fs.PathJoin(s.dir, lockName)
	if s.lock, err = s.fs.Lock(path); err == nil {
		return nil
	}
	if s.lock = nil; lockedOut(err) {
		err = fmt.Errorf("%w: %w", ErrLocked, err)
	}
	return s.explain("open", err)
}

// ours tells from the names in a folder whether it is a store or may become one.
func ours(names []string) error {
	if slices.Contains(names, headName) {
		return nil
	}
	foreign := ""
	for _, n := range names {
		switch {
		case strings.HasPrefix(n, "marker."):
			return fmt.Errorf("%w: file %s is missing", ErrCorrupt, headName)
		case n != lockName && n != tempName && n != "lost+found":
			foreign = n
		}
	}
	if foreign != "" {
		return fmt.Errorf("%w: it holds %q", ErrForeign, foreign)
	}
	return nil
}

// mkdir makes a folder and all above it, durably.
func mkdir(fs vfs.FS, dir string) error {
	missing := []string{}
	for d := filepath.Clean(dir); ; d = fs.PathDir(d) {
		if _, err := fs.Stat(d); err == nil || d == fs.PathDir(d) {
			missing = append(missing, d)
			break
		}
		missing = append(missing, d)
	}
	if err := fs.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, d := range missing {
		if err := syncDir(fs, d); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func readFile(fs vfs.FS, path string) ([]byte, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
