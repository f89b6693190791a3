package file

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// format is how a file's content is stored.
type format uint8

const (
	unknown format = iota // too short to tell
	plain
	gz
	zst
)

var magics = [...]struct {
	format format
	bytes  []byte
}{{gz, []byte{0x1f, 0x8b, 8}}, {zst, []byte{0x28, 0xb5, 0x2f, 0xfd}}}

// formatOf tells the format from a file's first bytes. No record starts like an
// archive.
func formatOf(first []byte) format {
	if len(first) == 0 {
		return unknown
	}
	for _, m := range magics {
		n := min(len(first), len(m.bytes))
		if bytes.Equal(first[:n], m.bytes[:n]) {
			if n < len(m.bytes) {
				return unknown
			}
			return m.format
		}
	}
	return plain
}

// archive is a compressed file being read.
type archive struct {
	file  *file
	r     io.Reader
	close func()
	tail  []byte // read and not consumed yet
	size  int64  // compressed, when it was opened
}

// openArchive starts to decompress f. gzip reads all members of a file, zstd all
// frames.
func openArchive(f *file) (*archive, error) {
	if err := f.open(); err != nil {
		return nil, err
	}
	info, err := f.h.Stat()
	if err != nil {
		return nil, err
	}
	a := &archive{file: f, size: info.Size()}
	raw := io.NewSectionReader(f.h, 0, a.size)
	if f.format == gz {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		a.r, a.close = z, func() {}
		return a, nil
	}
	z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	a.r, a.close = z, z.Close
	return a, nil
}

// maxZstdWindow bounds the decoder's memory; zstd --long=27 needs 128 MiB.
const maxZstdWindow = 128 << 20

// seek decompresses up to offset and returns the window before it.
func (a *archive) seek(offset int64) ([]byte, error) {
	before := min(offset, window)
	if _, err := io.CopyN(io.Discard, a.r, offset-before); err != nil {
		return nil, err
	}
	last := make([]byte, before)
	_, err := io.ReadFull(a.r, last)
	return last, err
}

func (s *Source) closeArchive() {
	if s.archive != nil {
		s.archive.close()
		_ = s.archive.file.close() // was only read
		s.archive = nil
	}
}
