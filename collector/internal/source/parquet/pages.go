package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// maxPage bounds what a page may need in memory. Writers make pages of a few
	// MiB at most.
	maxPage = 256 << 20
	// maxValues bounds what run lengths of a few bytes may unfold to.
	maxValues = 1 << 26
	// maxHeader is the longest page header; texts in its statistics may be long.
	maxHeader = 1 << 20
)

var errPage = errors.New("page header is damaged")

// pageReader hands out the bytes of one column chunk, after it has looked at the
// headers of the pages in them: the library believes what they say, and would
// allocate as much as a damaged one asks for. It keeps one block, so that reading
// a header and then the page costs one request.
type pageReader struct {
	r          io.ReaderAt
	rows       int64 // of the row group: no page may claim more
	next, end  int64 // where the next header is, and where the chunk ends
	block      []byte
	start      int64 // of block
	blockBytes int
	protocol   thrift.CompactProtocol
}

func (p *pageReader) ReadAt(b []byte, off int64) (int, error) {
	for p.next < p.end && p.next < off+int64(len(b)) {
		n, err := p.header()
		if err != nil {
			return 0, err
		}
		p.next += n
	}
	return p.read(b, off)
}

// header checks the next page header and returns how long header and page are.
func (p *pageReader) header() (int64, error) {
	for size := int64(512); ; size *= 16 {
		head := make([]byte, min(size, p.end-p.next, maxHeader))
		if n, err := p.read(head, p.next); n < len(head) {
			return 0, err
		}
		var h format.PageHeader
		r := p.protocol.NewReaderFromBytes(head)
		if err := thrift.NewDecoder(r).Decode(&h); err != nil {
			if size >= maxHeader || int64(len(head)) < size {
				return 0, fmt.Errorf("%w at byte %d: %w", errPage, p.next, err)
			}
			continue // perhaps it is longer
		}
		n := int64(r.BytesRead()) + int64(h.CompressedPageSize)
		values := max(h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues)
		switch {
		case h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || p.next+n > p.end:
			return 0, fmt.Errorf("%w at byte %d: %d bytes, %d of the column are left", errPage, p.next, h.CompressedPageSize, p.end-p.next)
		case h.UncompressedPageSize > maxPage:
			return 0, fmt.Errorf("%w at byte %d: %d bytes are more than a page may have", errPage, p.next, h.UncompressedPageSize)
		case int64(values) > min(p.rows, maxValues):
			return 0, fmt.Errorf("%w at byte %d: %d values in %d rows", errPage, p.next, values, p.rows)
		case h.DictionaryPageHeader.V.NumValues > h.UncompressedPageSize && h.DictionaryPageHeader.V.NumValues > 8:
			return 0, fmt.Errorf("%w at byte %d: %d words in %d bytes", errPage, p.next, h.DictionaryPageHeader.V.NumValues, h.UncompressedPageSize)
		}
		return n, nil
	}
}

// read serves from the block, and reads large rests directly.
func (p *pageReader) read(b []byte, off int64) (n int, err error) {
	if in := off - p.start; in >= 0 && in < int64(len(p.block)) {
		n = copy(b, p.block[in:])
	}
	rest := b[n:]
	if len(rest) == 0 {
		return n, nil
	}
	off += int64(n)
	if len(rest) >= p.blockBytes {
		m, err := p.r.ReadAt(rest, off)
		if m == len(rest) {
			err = nil
		}
		return n + m, err
	}
	size := min(int64(p.blockBytes), p.end-off)
	if size <= 0 {
		return n, io.EOF
	}
	if cap(p.block) < p.blockBytes {
		p.block = make([]byte, p.blockBytes)
	}
	p.block = p.block[:size]
	m, err := p.r.ReadAt(p.block, off)
	p.start, p.block = off, p.block[:m]
	k := copy(rest, p.block)
	if k == len(rest) {
		err = nil
	} else if err == nil {
		err = io.EOF
	}
	return n + k, err
}
