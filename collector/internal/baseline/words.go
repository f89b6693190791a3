package baseline

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxColumnWords of one column are counted by themselves, more than there may be
	// categories and than a decoder finds. More are identifiers.
	maxColumnWords = 16_384
	// Over all columns of a Builder.
	maxWords     = 1 << 20
	maxWordBytes = 64 << 20
)

// budget is how many more words may be kept.
type budget struct{ words, bytes int }

// noWord is the id of texts that are not kept.
const noWord = ^uint32(0)

// words counts the texts of one column over all rows. Ids are its own, because
// batches of several sources have several dictionaries.
type words struct {
	list   []string // by id
	counts []uint64
	index  map[string]uint32
	lost   uint64 // rows whose text is not kept

	dict []string // dictionary of the last batch
	ids  []uint32 // by code in dict, if met
	met  []bool   // by code in dict
}

// follow makes dict the dictionary that codes refer to.
func (w *words) follow(dict []string) {
	if !extends(dict, w.dict) {
		w.ids, w.met = w.ids[:0], w.met[:0]
	}
	w.dict = dict
	if more := len(dict) - len(w.ids); more > 0 {
		w.ids = append(w.ids, make([]uint32, more)...)
		w.met = append(w.met, make([]bool, more)...)
	}
}

// extends tells that dict is old, or old and more: codes keep their meaning.
func extends(dict, old []string) bool {
	return unsafe.SliceData(dict) == unsafe.SliceData(old) ||
		// Equal strings of one dictionary have one address, so this is fast.
		len(dict) >= len(old) && slices.Equal(dict[:len(old)], old)
}

// add counts a text by its code and tells whether it is the code's first one.
func (w *words) add(code uint32, left *budget) (first bool) {
	if !w.met[code] {
		first = true
		w.met[code] = true
		w.ids[code] = w.intern(w.dict[code], left)
	}
	if id := w.ids[code]; id != noWord {
		w.counts[id]++
	} else {
		w.lost++
	}
	return first
}

func (w *words) intern(text string, left *budget) uint32 {
	text = strings.ToValidUTF8(text, "\uFFFD") // as it comes back from the file
	if id, ok := w.index[text]; ok {
		return id
	}
	if len(w.list) == maxColumnWords || left.words == 0 || left.bytes < len(text) {
		return noWord
	}
	left.words--
	left.bytes -= len(text)
	if w.index == nil {
		w.index = map[string]uint32{}
	}
	id := uint32(len(w.list))
	w.index[strings.Clone(text)] = id
	w.list, w.counts = append(w.list, strings.Clone(text)), append(w.counts, 0)
	return id
}

// id returns the id of a code that was added before.
func (w *words) id(code uint32) uint32 {
	if code == event.Unlisted {
		return noWord
	}
	return w.ids[code]
}

// maxNumbers are counted by themselves in a column that may be categorical.
const maxNumbers = 4096

// numbers counts the values of Number cells and of Bool cells over all rows.
type numbers struct {
	counts map[float64]uint64
	bools  [2]uint64
	lost   bool // there are more, and the counts are incomplete
}

func newNumbers() *numbers { return &numbers{counts: map[float64]uint64{}} }

func (n *numbers) add(col *event.Column, rows []int32) {
	for _, r := range rows {
		switch x := col.Nums[r]; col.Cells[r] {
		case event.Bool:
			n.bools[int(x)&1]++
		case event.Number:
			if n.lost {
				continue
			}
			n.counts[x]++
			n.lost = len(n.counts) > maxNumbers
		}
	}
}
