package profile

import (
	"cmp"
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxTruths bounds the table: 2²⁴ slots of 17 bytes are 285 MB, and two of ten
	// million ids share their hash with a probability of three in a million.
	maxTruths = 10_000_000
	// maxTruthWords are the labels that are texts, all different.
	maxTruthWords = 4096
)

// truths are labels by the hash of their id, in a table with open addressing. The
// zero value is empty.
type truths struct {
	hashes []uint64
	bits   []uint64 // of a number, or the code of a text
	cells  []uint8  // 0 for an empty slot; matched is added when a prediction is found
	n      int
	most   int // maxTruths, if it is 0

	words []string
	codes map[string]uint64

	read     uint64
	repeated uint64
	dropped  uint64 // there was no room
	matches  uint64 // labels whose prediction was found
}

const matched = 0x80

// add takes over a label. The last one of an id counts.
func (t *truths) add(id []byte, c *event.Column, row int) {
	t.read++
	cell, bits := c.Cells[row], math.Float64bits(c.Nums[row])
	if cell == event.Text {
		text, _ := c.Text(row) // one that is too long for a dictionary is a class without a name
		var ok bool
		if bits, ok = t.word(text); !ok {
			t.dropped++
			return
		}
	}
	if 4*t.n >= 3*len(t.hashes) {
		t.grow()
	}
	hash := event.Hash(id)
	i := t.slot(hash)
	switch {
	case t.cells[i] != 0:
		t.repeated++
	case t.n == cmp.Or(t.most, maxTruths):
		t.dropped++
		return
	default:
		t.n++
	}
	t.hashes[i], t.bits[i], t.cells[i] = hash, bits, uint8(cell)
}

func (t *truths) word(text string) (code uint64, ok bool) {
	code, ok = t.codes[text]
	if ok || len(t.words) == maxTruthWords {
		return code, ok
	}
	if t.codes == nil {
		t.codes = map[string]uint64{}
	}
	code = uint64(len(t.words))
	t.codes[text] = code
	t.words = append(t.words, text)
	return code, true
}

// slot returns where a hash is, or belongs.
func (t *truths) slot(hash uint64) int {
	mask := len(t.hashes) - 1
	i := int(hash) & mask
	for t.cells[i] != 0 && t.hashes[i] != hash {
		i = (i + 1) & mask
	}
	return i
}

func (t *truths) grow() {
	old := *t
	size := max(1024, 2*len(old.hashes))
	t.hashes, t.bits, t.cells = make([]uint64, size), make([]uint64, size), make([]uint8, size)
	for i, cell := range old.cells {
		if cell != 0 {
			j := t.slot(old.hashes[i])
			t.hashes[j], t.bits[j], t.cells[j] = old.hashes[i], old.bits[i], cell
		}
	}
}

// find writes the label of an id into a row, if there is one. Codes of texts start
// at first.
func (t *truths) find(id []byte, c *event.Column, row int, first uint32) bool {
	i := t.slot(event.Hash(id))
	if t.cells[i] == 0 {
		return false
	}
	if t.cells[i]&matched == 0 {
		t.cells[i] |= matched
		t.matches++
	}
	c.Cells[row] = event.Cell(t.cells[i] &^ matched)
	if c.Cells[row] == event.Text {
		c.Codes[row] = first + uint32(t.bits[i])
	} else {
		c.Nums[row] = math.Float64frombits(t.bits[i])
	}
	return true
}

// unmatched returns how many labels have no prediction.
func (t *truths) unmatched() uint64 { return uint64(t.n) - t.matches }
