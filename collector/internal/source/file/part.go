package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// window is how many bytes at the head, and before the place read, tell a log
// from others. The first KiB holds the time and ids of the first events.
const window = 1024

// inode is which file of which device.
type inode struct{ device, number uint64 }

// head is the fingerprint of a log's first bytes, at most window of them.
type head struct {
	length int
	digest uint64
}

func headOf(b []byte) head {
	b = b[:min(len(b), window)]
	return head{len(b), digest(b)}
}

// in tells whether b starts with what h was made of.
func (h head) in(b []byte) bool {
	return h.length <= len(b) && h.digest == digest(b[:h.length])
}

// opening is the beginning of a file's content. It is compared with the head of
// every log that is known, and remembers the digests that this takes.
type opening struct {
	bytes   []byte
	digests map[int]uint64 // by length
}

func newOpening(b []byte) opening { return opening{b, map[int]uint64{}} }

// starts tells whether the content starts with what h was made of.
func (o opening) starts(h head) bool {
	if h.length > len(o.bytes) {
		return false
	}
	d, ok := o.digests[h.length]
	if !ok {
		d = digest(o.bytes[:h.length])
		o.digests[h.length] = d
	}
	return d == h.digest
}

// sharesStart tells whether the content and p start alike, as far as both go or
// are remembered.
func (o opening) sharesStart(p *part) bool {
	if len(o.bytes) < p.head.length {
		return bytes.HasPrefix(p.first, o.bytes)
	}
	return o.starts(p.head)
}

// digest is the first 8 bytes of SHA-256: stable over versions, because it is
// stored, and long enough for the files of one source.
func digest(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:])
}

// mark is a stored place in a log, with what finds the log again.
type mark struct {
	offset  int64 // bytes, uncompressed; the start of the next record
	inode   inode // zero after a truncation: the file holds another log now
	head    head
	tail    uint64 // digest of the min(offset, window) bytes before offset
	archive int64  // compressed size of an archive read to its end, else 0
	path    string // last seen there
}

const markFormat = "offset=%d inode=%x:%d head=%d:%016x tail=%016x archive=%d path=%q"

// String formats m for a position; parseMark reads it.
func (m mark) String() string {
	return fmt.Sprintf(markFormat, m.offset, m.inode.device, m.inode.number,
		m.head.length, m.head.digest, m.tail, m.archive, m.path)
}

func parseMark(at string) (mark, error) {
	var m mark
	_, err := fmt.Sscanf(at, markFormat, &m.offset, &m.inode.device, &m.inode.number,
		&m.head.length, &m.head.digest, &m.tail, &m.archive, &m.path)
	if err != nil {
		return mark{}, fmt.Errorf("position %q: %w", at, err)
	}
	if m.offset < 0 || m.archive < 0 || m.head.length < 1 || m.head.length > window || m.String() != at {
		return mark{}, fmt.Errorf("position %q: not one of a file", at)
	}
	return m, nil
}

// stream is a decode.Stream.
type stream interface {
	Prime(first []byte)
	Decode(b *event.Batch, data []byte, offset int64, eof bool) (consumed int)
}

// part is one log: its content, and how far it was read. No file holds it after
// that was deleted, truncated, or while it was not found yet.
type part struct {
	id string
	mark
	file   *file
	first  []byte // the bytes that mark.head is the digest of, while a file holds it
	last   []byte // likewise of mark.tail
	stream stream
}

// position returns where the part is now.
func (p *part) position() source.Position {
	if p.file != nil {
		p.inode, p.path, p.tail = p.file.inode, p.file.path, p.tailNow()
	}
	return source.Position{Part: p.id, At: p.mark.String()}
}

// tailNow is the mark's tail. The last bytes of an archive that is not being
// read are not known, but it has not moved either.
func (p *part) tailNow() uint64 {
	if int64(len(p.last)) < min(p.offset, window) {
		return p.tail
	}
	return digest(p.last)
}

// begins takes b for the log's beginning.
func (p *part) begins(b []byte) {
	p.head = headOf(b)
	p.first = append(p.first[:0], b[:p.head.length]...)
}

// advance moves the part's place behind seen's end. seen is the end of what was
// read, with the old last bytes in front.
func (p *part) advance(consumed int, seen []byte) {
	p.offset += int64(consumed)
	p.last = append(p.last[:0], seen[max(0, len(seen)-window):]...)
}
