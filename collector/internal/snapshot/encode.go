package snapshot

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// format is how samples become bytes. OpenMetrics 0.0.1 and 1.0.0 do not
// differ in what we expose.
type format uint8

const (
	formatText format = iota
	formatOpenMetrics
	formatProto
	numFormats
)

// encoding is a content encoding, in ascending order of preference.
type encoding uint8

const (
	identity encoding = iota
	gzip
	zstandard
	numEncodings
)

// String returns the encoding's name in HTTP.
func (e encoding) String() string {
	return [...]string{"identity", "gzip", "zstd"}[e]
}

// block is how many series are rendered between two looks at the sink's size.
const block = 256

// sink takes rendered bytes. Without a writer it keeps them all.
type sink struct {
	buf []byte
	w   io.Writer
	crc uint32 // of what was written, like size
	n   int
}

// spillSize keeps what is rendered in the cache until it is compressed.
const spillSize = 64 << 10

func (s *sink) spill() {
	if s.w != nil && len(s.buf) >= spillSize {
		s.flush()
	}
}

func (s *sink) flush() {
	s.crc = crc32.Update(s.crc, crc32.IEEETable, s.buf)
	s.n += len(s.buf)
	_, _ = s.w.Write(s.buf) // into memory: it cannot fail
	s.buf = s.buf[:0]
}

// slot is a page in one format and encoding, made when the first scrape asks
// for it. It lacks its end: the exporter's own metrics, fresh in each scrape.
type slot struct {
	once sync.Once
	body []byte
	crc  uint32 // of the uncompressed body, for gzip
	size int    // of the uncompressed body
}

// encoded returns the page in the given form. Concurrent scrapes share the
// work and the bytes.
func (pg *page) encoded(f format, e encoding) *slot {
	s := &pg.slots[f][e]
	s.once.Do(func() {
		if e == identity {
			out := sink{buf: pg.spares.take(f, pg.sizeHint(f))}
			pg.render(f, &out)
			s.body, s.size = out.buf, len(out.buf)
			return
		}
		var packed bytes.Buffer
		out := sink{buf: make([]byte, 0, spillSize+spillSize/4)}
		var finish func()
		out.w, finish = compressor(&packed, e)
		pg.render(f, &out)
		out.flush()
		finish()
		s.body, s.crc, s.size = packed.Bytes(), out.crc, out.n
	})
	return s
}

func (pg *page) render(f format, out *sink) {
	switch f {
	case formatText:
		plainText.encode(pg, out)
	case formatOpenMetrics:
		openMetrics.encode(pg, out)
	default:
		encodeProto(pg, out)
	}
}

// sizeHint returns about how many bytes the page has in format f: growing a
// large buffer step by step would copy it several times.
func (pg *page) sizeHint(f format) int {
	const header, number, histogram = 512, 20, 4 << 10
	n := 0
	for i := range pg.families {
		n += header
		for _, p := range pg.families[i].parts {
			n += len(p.text) + number*len(p.values) + histogram*len(p.histograms)
		}
	}
	return n
}

var flateWriters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// zstdWriters run in the caller's goroutine: a scrape takes one core.
var zstdWriters = sync.Pool{New: func() any {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // the options are constants
	}
	return w
}}

// compressor returns a writer of a part of a page and what ends the part: a
// deflate stream at a byte boundary, or a zstd frame. Both may be followed by
// further ones, which is how the fresh end joins the cached body.
func compressor(to io.Writer, e encoding) (w io.Writer, finish func()) {
	if e == gzip {
		fw := flateWriters.Get().(*flate.Writer)
		fw.Reset(to)
		return fw, func() { _ = fw.Flush(); flateWriters.Put(fw) }
	}
	zw := zstdWriters.Get().(*zstd.Encoder)
	zw.Reset(to)
	return zw, func() { _ = zw.Close(); zstdWriters.Put(zw) }
}

// gzipHeader says deflate, no name, no time, fastest, unknown system (RFC 1952).
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255}

// join returns the response body: the slot and the end, compressed as e says.
func (s *slot) join(e encoding, end []byte) [][]byte {
	switch e {
	case gzip:
		// One gzip member, since some clients show only the first of several.
		var packed bytes.Buffer
		w := flateWriters.Get().(*flate.Writer)
		w.Reset(&packed)
		_, _ = w.Write(end)
		_ = w.Close()
		flateWriters.Put(w)
		trailer := binary.LittleEndian.AppendUint32(packed.Bytes(), crc32.Update(s.crc, crc32.IEEETable, end))
		trailer = binary.LittleEndian.AppendUint32(trailer, uint32(s.size+len(end)))
		return [][]byte{gzipHeader, s.body, trailer}
	case zstandard:
		w := zstdWriters.Get().(*zstd.Encoder)
		defer zstdWriters.Put(w)
		return [][]byte{s.body, w.EncodeAll(end, nil)}
	default:
		return [][]byte{s.body, end}
	}
}
