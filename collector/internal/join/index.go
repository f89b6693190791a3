package join

// index says in which bucket the predictions of a model are: open addressing by
// 32 bits of a hash, its print, with the bucket's number beside it. Prints are
// kept in about their order, from slot print·homes/2^32 on, so that growing and
// sweeping go through memory from one end to the other. Prints of different ids
// may be equal: the index tells where a prediction may be, and surely where none
// is. The zero value is an empty index.
type index struct {
	prints []uint32 // 0 is free; the last one always is
	tags   []uint8
	homes  int
	n      int
}

const (
	minHomes = 64
	// overrun is the slots after the last home, for what finds its own taken.
	overrun = 64
	// A table is at most 4/5 full and is made anew at 16/25.
	fullNum, fullDen = 4, 5
)

func (x *index) home(print uint32) int { return int(uint64(print) * uint64(x.homes) >> 32) }

// find returns the first slot with this print, -1 if there is none.
func (x *index) find(print uint32) int {
	if x.n == 0 {
		return -1
	}
	return x.next(print, x.home(print)-1)
}

// next returns the slot with this print that follows slot.
func (x *index) next(print uint32, slot int) int {
	for {
		slot++
		switch x.prints[slot] {
		case print:
			return slot
		case 0:
			return -1
		}
	}
}

// add makes room for one more prediction and returns its slot.
func (x *index) add(print uint32, tag uint8) int {
	if (x.n+1)*fullDen > x.homes*fullNum {
		x.resize((x.n + 1) * 25 / 16)
	}
	slot := x.put(print, tag)
	for slot < 0 {
		x.resize(x.homes*5/4 + overrun)
		slot = x.put(print, tag)
	}
	x.n++
	return slot
}

// put takes the first free slot from the print's home on, -1 if there is none.
func (x *index) put(print uint32, tag uint8) int {
	slot := x.home(print)
	for x.prints[slot] != 0 {
		slot++
	}
	if slot == len(x.prints)-1 {
		return -1
	}
	x.prints[slot], x.tags[slot] = print, tag
	return slot
}

// resize makes at least so many homes, more if the last ones overran.
func (x *index) resize(homes int) {
	old := *x
again:
	x.homes = max(homes, minHomes)
	x.prints = make([]uint32, x.homes+overrun)
	x.tags = make([]uint8, x.homes+overrun)
	for i, print := range old.prints {
		if print != 0 && x.put(print, old.tags[i]) < 0 {
			homes = x.homes*5/4 + overrun
			goto again
		}
	}
}

// sweep removes what is in the buckets that dead names. Every entry is taken out
// and put back, in order: it finds a place no later than its old one, and what
// was put back before it stays where it is.
func (x *index) sweep(dead *[MaxBuckets]bool) {
	x.n = 0
	for i, print := range x.prints {
		if print == 0 {
			continue
		}
		x.prints[i] = 0
		if tag := x.tags[i]; !dead[tag] {
			x.put(print, tag)
			x.n++
		}
	}
	if x.n*4 < x.homes && x.homes > minHomes {
		x.resize(x.n * 25 / 16)
	}
}
