package quality

import (
	"encoding/binary"
	"errors"
)

// blockHashes is how many hashes are saved under one key.
const blockHashes = 512

// idLog is what was not saved yet of the hashes, in the order in which they came.
type idLog struct {
	once  bool   // there was a Save; nothing is kept before it
	lost  bool   // more went by than is remembered: the next Save writes everything
	gone  uint32 // generations before this one are deleted
	young generation
	old   generation // without a tail if all of it is saved
}

// generation is the log of one table.
type generation struct {
	number uint32
	blocks uint32   // full ones that are saved
	tail   []uint64 // hashes behind them
	saved  int      // of tail
}

func (l *idLog) add(hash uint64) {
	if l.once {
		l.young.tail = append(l.young.tail, hash)
	}
}

// turn begins a generation.
func (l *idLog) turn() {
	l.lost = l.lost || l.old.saved < len(l.old.tail)
	l.old, l.young = l.young, generation{number: l.young.number + 1, tail: l.old.tail[:0]}
}

// Writer takes what changed. It keeps neither keys nor values.
type Writer interface {
	Set(key, value []byte)
	DeleteRange(from, to []byte) // without to
}

// Save writes what came since the last Save, at first everything: hashes in
// blocks, by generation and position. scratch is memory to work in, which is
// returned.
func (d *Duplicates) Save(w Writer, scratch []byte) []byte {
	l := &d.log
	if !l.once || l.lost {
		d.relog()
	}
	if l.gone < l.old.number {
		var from, to [keyLen]byte
		w.DeleteRange(blockKey(&from, 0, 0), blockKey(&to, l.old.number, 0))
		l.gone = l.old.number
	}
	scratch = l.old.save(w, scratch)
	return l.young.save(w, scratch)
}

// relog logs everything, as generations of new numbers.
func (d *Duplicates) relog() {
	next := d.log.young.number + 1
	d.log = idLog{
		once:  true,
		old:   generation{number: next, tail: hashes(d.old)},
		young: generation{number: next + 1, tail: hashes(d.young)},
	}
}

// Unsave makes the next Save write everything, as if there had been none.
func (d *Duplicates) Unsave() { d.log = idLog{} }

func hashes(table []uint64) []uint64 {
	var list []uint64
	for _, h := range table {
		if h != 0 {
			list = append(list, h)
		}
	}
	return list
}

func (g *generation) save(w Writer, b []byte) []byte {
	var key [keyLen]byte
	if g.saved == len(g.tail) {
		return b
	}
	tail := g.tail
	for len(tail) > 0 {
		n := min(len(tail), blockHashes)
		b = b[:0]
		for _, h := range tail[:n] {
			b = binary.LittleEndian.AppendUint64(b, h)
		}
		w.Set(blockKey(&key, g.number, g.blocks), b)
		if n < blockHashes {
			break
		}
		g.blocks++
		tail = tail[n:]
	}
	g.tail = append(g.tail[:0], tail...)
	g.saved = len(g.tail)
	return b
}

// keyLen is that of a generation's and a block's number.
const keyLen = 4 + 4

func blockKey(k *[keyLen]byte, generation, block uint32) []byte {
	binary.BigEndian.PutUint32(k[:], generation)
	binary.BigEndian.PutUint32(k[4:], block)
	return k[:]
}

var errHashes = errors.New("no block of remembered ids")

// Restore takes over one pair that Save wrote. d is new; pairs come in the order
// of their keys.
func (d *Duplicates) Restore(key, value []byte) error {
	if len(key) != keyLen || len(value) == 0 || len(value)%8 != 0 || len(value) > 8*blockHashes {
		return errHashes
	}
	number, block := binary.BigEndian.Uint32(key), binary.BigEndian.Uint32(key[4:])
	l := &d.log
	if !l.once {
		l.once, l.young.number = true, number
	}
	if number != l.young.number || block != l.young.blocks || l.young.saved > 0 {
		return errHashes
	}
	for b := value; len(b) > 0; b = b[8:] {
		hash := binary.LittleEndian.Uint64(b)
		if hash == 0 || l.young.number != number {
			return errHashes
		}
		before := d.n
		if d.Seen(hash); d.n == before {
			return errHashes
		}
	}
	g := &l.young
	if g.number != number { // the block was its generation's last
		g = &l.old
	}
	g.restored()
	return nil
}

// restored ends the restoration of a block, which is the tail.
func (g *generation) restored() {
	if len(g.tail) == blockHashes {
		g.blocks++
		g.tail = g.tail[:0]
	}
	g.saved = len(g.tail)
}
