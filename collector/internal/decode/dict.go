package decode

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxWords is how many texts of one column get a code, beside the expected
	// ones. More are identifiers rather than categories.
	maxWords = 4096
	// maxText is the longest text with a code, in bytes. It becomes a label.
	maxText = 256
	// Over all columns of a source: 1 Mi texts of 64 MiB.
	maxSourceWords = 1 << 20
	maxSourceText  = 64 << 20
)

// dict gives the texts of one column their codes. It only grows: a code means
// the same text for ever, and slices of words stay valid while it grows.
//
// It finds a text by comparing words of eight bytes in an open-addressing table;
// a Go map takes five times as long.
type dict struct {
	words []string
	slots []slot // power of two, at most a quarter full; nil while empty
	left  int    // how many more words fit
}

// slot holds a text of up to 16 bytes in whole: its first and last eight bytes,
// which overlap below 16 and are one and the same padded with zeros below 8.
// Longer texts have their first and last bytes there and are compared in full.
type slot struct {
	lo, hi uint64
	length uint32
	code   uint32 // plus one: zero is free
}

// seed keeps a writer of logs from preparing texts that collide.
var seed = [2]uint64{rand.Uint64(), rand.Uint64() | 1}

func slotHash(lo, hi uint64, n int) uint64 {
	a, b := bits.Mul64(lo^seed[0], (hi+uint64(n))^seed[1])
	return a ^ b
}

// ends returns the first and last eight bytes of a text as slot wants them.
func ends(text []byte) (lo, hi uint64) {
	n := len(text)
	if n >= 8 {
		return binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
	}
	for i, c := range text {
		lo |= uint64(c) << (8 * i)
	}
	return lo, lo
}

// find returns the code of a text, or event.Unlisted.
func (d *dict) find(text []byte) uint32 {
	lo, hi := ends(text)
	return d.lookup(lo, hi, text)
}

func (d *dict) lookup(lo, hi uint64, text []byte) uint32 {
	if len(d.slots) == 0 {
		return event.Unlisted
	}
	n := len(text)
	mask := uint64(len(d.slots) - 1)
	for i := slotHash(lo, hi, n) & mask; ; i = (i + 1) & mask {
		s := &d.slots[i]
		if s.lo == lo && s.hi == hi && int(s.length) == n && s.code > 0 &&
			(n <= 16 || d.words[s.code-1] == string(text)) {
			return s.code - 1
		}
		if s.code == 0 {
			return event.Unlisted
		}
	}
}

// add gives a new text the next code.
func (d *dict) add(text []byte) uint32 {
	if 4*(len(d.words)+1) > len(d.slots) {
		d.rehash(max(16, 2*len(d.slots)))
	}
	code := uint32(len(d.words))
	d.words = append(d.words, string(text))
	d.left--
	d.insert(text, code)
	return code
}

func (d *dict) insert(text []byte, code uint32) {
	lo, hi := ends(text)
	mask := uint64(len(d.slots) - 1)
	i := slotHash(lo, hi, len(text)) & mask
	for d.slots[i].code > 0 {
		i = (i + 1) & mask
	}
	d.slots[i] = slot{lo, hi, uint32(len(text)), code + 1}
}

func (d *dict) rehash(size int) {
	d.slots = make([]slot, size)
	for code, w := range d.words {
		d.insert([]byte(w), uint32(code))
	}
}

// expect makes sure that a text has a code, whether there is room or not.
func (d *dict) expect(text string) {
	text = strings.ToValidUTF8(text, "\ufffd")
	if d.find([]byte(text)) == event.Unlisted {
		d.add([]byte(text))
		d.left++
	}
}

// code returns the code of a valid text and adds it if there is room, in the
// dictionary and in the source's budget.
func (d *dict) code(text []byte, room *budget) uint32 {
	if len(text) > maxText {
		return event.Unlisted
	}
	lo, hi := ends(text)
	if c := d.lookup(lo, hi, text); c != event.Unlisted {
		return c
	}
	if d.left <= 0 || !room.take(len(text)) {
		return event.Unlisted
	}
	return d.add(text)
}

// budget is what all dictionaries of a source may still take.
type budget struct{ words, bytes int }

func (r *budget) take(n int) bool {
	if r.words < 1 || r.bytes < n {
		return false
	}
	r.words--
	r.bytes -= n
	return true
}
