package join

import "math/bits"

// seed is a number that nobody outside can know: keys that someone made to
// collide do not.
type seed uint64

// hash mixes a key. Its lower half is the print in an index, its upper half
// chooses a slot of unsaved.
func (s seed) hash(k Key) uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9 // odd, half their bits set
	hi, lo := bits.Mul64(k.ID^uint64(s), a)
	hi, lo = bits.Mul64(hi^lo^uint64(k.Model), b)
	return hi ^ lo
}

// unsaved is what was put since a Save: a log of entries with their encoded
// values, and a table of slots to find the entry of an id. It keeps its memory
// when it is emptied.
type unsaved struct {
	entries []entry
	slots   []uint64 // print<<32 | index of an entry plus 1, 0 is free; a power of two of them
	values  []byte
	seed    seed
}

// entry is a prediction that is to be written.
type entry struct {
	id     uint64
	model  uint32
	serial uint32 // of the bucket it is in
	was    uint32 // serial of another bucket in which it is stored, or 0
	start  uint32 // of the encoded value in values
	size   uint32
	tag    uint8 // number of the bucket it is in
}

const (
	entrySize = 32 + 3*8 // bytes, with its two to four slots
	maxValues = 1 << 31  // bytes: start fits
)

// size returns the memory in use, in bytes.
func (u *unsaved) size() int { return len(u.entries)*entrySize + len(u.values) }

func (u *unsaved) reset() {
	u.entries, u.values = u.entries[:0], u.values[:0]
	clear(u.slots)
}

// find returns the entry of a prediction, nil if there is none.
func (u *unsaved) find(hash uint64, k Key) *entry {
	if len(u.entries) == 0 {
		return nil
	}
	return u.entryAt(u.slot(hash, k))
}

func (u *unsaved) entryAt(slot int) *entry {
	if i := uint32(u.slots[slot]); i != 0 {
		return &u.entries[i-1]
	}
	return nil
}

// slot returns the slot of a prediction, or the free one where it belongs.
func (u *unsaved) slot(hash uint64, k Key) int {
	mask := len(u.slots) - 1
	for i := int(hash>>32) & mask; ; i = (i + 1) & mask {
		s := u.slots[i]
		if s == 0 {
			return i
		}
		if uint32(s>>32) == printOf(hash) {
			if e := u.entryAt(i); e.id == k.ID && e.model == k.Model {
				return i
			}
		}
	}
}

// put returns the entry of a prediction, a new one if there is none.
func (u *unsaved) put(hash uint64, k Key) *entry {
	if 2*(len(u.entries)+1) > len(u.slots) {
		u.grow()
	}
	slot := u.slot(hash, k)
	if e := u.entryAt(slot); e != nil {
		return e
	}
	u.entries = append(u.entries, entry{id: k.ID, model: k.Model})
	u.slots[slot] = uint64(printOf(hash))<<32 | uint64(len(u.entries))
	return &u.entries[len(u.entries)-1]
}

// grow doubles the slots.
func (u *unsaved) grow() {
	u.slots = make([]uint64, max(2*len(u.slots), 64))
	for i, e := range u.entries {
		k := Key{e.model, e.id}
		hash := u.seed.hash(k)
		u.slots[u.slot(hash, k)] = uint64(printOf(hash))<<32 | uint64(i+1)
	}
}

// value returns the encoded value of an entry.
func (u *unsaved) value(e *entry) []byte { return u.values[e.start:][:e.size] }
