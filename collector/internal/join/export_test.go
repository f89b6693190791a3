package join

// FixSeed lets every new table mix ids with the same seed.
func FixSeed(s uint64) { newSeed = func() uint64 { return s } }

// Print returns the bits by which the index knows a key in a table of this seed.
func Print(s uint64, k Key) uint32 { return printOf(seed(s).hash(k)) }

// IndexBytes returns the memory of the indexes.
func (t *Table) IndexBytes() (n int) {
	for _, m := range t.models {
		n += 5 * len(m.index.prints)
	}
	return n
}

const WaiterSize = waiterSize

// Steps returns how far entries are from their home, on average.
func (t *Table) Steps() (inIndex, inUnsaved float64) {
	steps, n := 0, 0
	for _, m := range t.models {
		for i, print := range m.index.prints {
			if print != 0 {
				steps += i - m.index.home(print)
				n++
			}
		}
	}
	inIndex = float64(steps) / float64(n)
	steps = 0
	mask := len(t.young.slots) - 1
	for i, s := range t.young.slots {
		if s != 0 {
			e := t.young.entries[uint32(s)-1]
			home := int(t.seed.hash(Key{e.model, e.id})>>32) & mask
			steps += (i - home) & mask
		}
	}
	return inIndex, float64(steps) / float64(len(t.young.entries))
}
