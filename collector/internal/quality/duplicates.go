// Package quality holds the data-quality checks that need a memory of their
// own: repeated ids, and sentinels nobody declared. The checks that look at one
// value at a time are part of the model's column loops.
package quality

// RememberedIDs is how many of the last ids of a model are at least known when
// looking for duplicates: two hours of 18 predictions a second, in 4 MiB.
const RememberedIDs = 1 << 17

// Duplicates finds repeated ids among the last RememberedIDs and more. It keeps
// 64-bit hashes in two generations: when the young one is full it becomes the
// old one. Two different ids of equal hash would be taken for a duplicate; among
// 2^18 ids the chance of one such pair is 2^-29. The zero value is ready.
type Duplicates struct {
	young, old []uint64 // open addressing, 0 is free, lengths are powers of two
	n          int      // hashes in young
	log        idLog
}

// minTable is where a table starts: an idle model costs 8 KiB.
const minTable = 1 << 10

// Seen tells whether the id with this hash was seen before, and remembers it.
func (d *Duplicates) Seen(hash uint64) bool {
	hash |= b2u(hash == 0) // 0 marks free slots
	if d.young == nil {
		d.young = make([]uint64, minTable)
	}
	slot, found := find(d.young, hash)
	if found {
		return true
	}
	seen := false
	if d.old != nil {
		_, seen = find(d.old, hash)
	}
	d.young[slot] = hash
	d.n++
	d.log.add(hash)
	if d.n*2 > len(d.young) {
		d.grow()
	}
	return seen
}

func (d *Duplicates) grow() {
	if d.n >= RememberedIDs {
		d.old, d.young = d.young, d.old
		if len(d.young) < len(d.old) {
			d.young = make([]uint64, len(d.old))
		} else {
			clear(d.young)
		}
		d.n = 0
		d.log.turn()
		return
	}
	table := make([]uint64, 2*len(d.young))
	for _, h := range d.young {
		if h != 0 {
			slot, _ := find(table, h)
			table[slot] = h
		}
	}
	d.young = table
}

// find returns the slot that holds hash, or the free one where it belongs.
func find(table []uint64, hash uint64) (slot int, found bool) {
	mask := uint64(len(table) - 1)
	i := hash & mask
	for table[i] != 0 {
		if table[i] == hash {
			return int(i), true
		}
		i = (i + 1) & mask
	}
	return int(i), false
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
