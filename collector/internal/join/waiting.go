package join

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// waiterSize is the memory, in bytes, that a waiting label takes beside itself.
const waiterSize = 192

// none ends a list.
const none = -1

// waiting is the labels that wait for their prediction, all of them in memory.
type waiting struct {
	lists  map[Key]list
	items  []waiter
	free   []int32
	size   int    // bytes, held against max
	max    int    // bytes
	oldest int64  // Unix ns: no label is older
	seq    uint64 // of the newest label

	fresh []int32    // items that may have to be written
	gone  []storedAs // items that are stored no more
}

// list is the labels of one key in order, as indexes of items.
type list struct{ first, last int32 }

// storedAs says where a waiting label is stored.
type storedAs struct {
	key Key
	seq uint64
}

// waiter is a label that waits; without one its place is free.
type waiter struct {
	storedAs
	at     int64 // Unix ns
	next   int32 // of the same key, or none
	held   bool
	stored bool
	label  []byte
}

// Wait keeps a label that came at a time (Unix ns) before its prediction. Labels
// of one key are kept in order. It returns false if there is no room or the
// label is longer than MaxValue: then it is not kept.
func (t *Table) Wait(k Key, at int64, label []byte) bool {
	w := &t.waiting
	if len(label) > MaxValue || w.size+len(label)+waiterSize > w.max {
		return false
	}
	w.seq++
	w.fresh = append(w.fresh, w.add(waiter{storedAs: storedAs{k, w.seq}, at: at, label: bytes.Clone(label)}))
	return true
}

// Waiting calls f for the labels that wait for a prediction, in order, and lets
// go of them. It is nearly free when none does.
func (t *Table) Waiting(k Key, f func(at int64, label []byte)) {
	w := &t.waiting
	if len(w.lists) == 0 {
		return
	}
	if l, ok := w.lists[k]; ok {
		for i := l.first; i != none; i = w.items[i].next {
			f(w.items[i].at, w.items[i].label)
		}
		w.filter(k, func(*waiter) bool { return false })
	}
}

// ExpireWaiting calls f for the labels that came before a time (Unix ns), and
// lets go of them.
func (t *Table) ExpireWaiting(before int64, f func(k Key, label []byte)) {
	w := &t.waiting
	if len(w.lists) == 0 || w.oldest >= before {
		return
	}
	w.oldest = math.MaxInt64
	for i := 0; i < len(w.items); i++ { // there may be none after a filter
		item := &w.items[i]
		if item.held && item.at < before {
			w.filter(item.key, func(x *waiter) bool {
				if x.at >= before {
					return true
				}
				f(x.key, x.label)
				return false
			})
		}
		if item.held {
			w.oldest = min(w.oldest, item.at)
		}
	}
}

// WaitingLabels returns how many labels wait.
func (t *Table) WaitingLabels() int { return len(t.waiting.items) - len(t.waiting.free) }

// add takes in a label at the end of its key's list and returns its index.
func (w *waiting) add(item waiter) int32 {
	if len(w.lists) == 0 {
		w.oldest = math.MaxInt64
	}
	item.next, item.held = none, true
	i := int32(len(w.items))
	if n := len(w.free); n > 0 {
		i, w.free = w.free[n-1], w.free[:n-1]
		w.items[i] = item
	} else {
		w.items = append(w.items, item)
	}
	w.size += waiterSize + len(item.label)
	w.oldest = min(w.oldest, item.at)
	w.link(i)
	return i
}

// link puts an item at the end of its key's list.
func (w *waiting) link(i int32) {
	k := w.items[i].key
	l, ok := w.lists[k]
	if ok {
		w.items[l.last].next = i
	} else {
		l.first = i
	}
	l.last = i
	w.lists[k] = l
}

// filter keeps the labels of a key for which keep is true.
func (w *waiting) filter(k Key, keep func(*waiter) bool) {
	i := w.lists[k].first
	delete(w.lists, k)
	for i != none {
		item := &w.items[i]
		next := item.next
		item.next = none
		if keep(item) {
			w.link(i)
		} else {
			w.remove(i)
		}
		i = next
	}
	if len(w.lists) == 0 { // memory of a flood is given back
		w.lists, w.items, w.free, w.fresh = map[Key]list{}, nil, nil, nil
	}
}

// remove frees an item that is in no list.
func (w *waiting) remove(i int32) {
	item := &w.items[i]
	if item.stored {
		w.gone = append(w.gone, item.storedAs)
	}
	w.size -= waiterSize + len(item.label)
	*item = waiter{}
	w.free = append(w.free, i)
}

// forget drops the labels of a model.
func (w *waiting) forget(model uint32) {
	for i := 0; i < len(w.items); i++ {
		if item := &w.items[i]; item.held && item.key.Model == model {
			w.filter(item.key, func(*waiter) bool { return false })
		}
	}
}

// saveWaiting writes what changed since the last Save.
func (t *Table) saveWaiting(b Batch) {
	w := &t.waiting
	slices.SortFunc(w.gone, compareStored)
	for _, g := range w.gone {
		t.key = t.appendWaitingKey(t.key[:0], g.key, g.seq)
		b.Delete(t.key)
	}
	slices.SortFunc(w.fresh, func(x, y int32) int {
		return compareStored(w.items[x].storedAs, w.items[y].storedAs)
	})
	for _, i := range w.fresh {
		item := &w.items[i]
		if !item.held || item.stored {
			continue
		}
		t.key = t.appendWaitingKey(t.key[:0], item.key, item.seq)
		t.buf = appendLabel(t.buf[:0], item.at, item.label)
		b.Set(t.key, t.buf)
		item.stored = true
	}
	w.gone, w.fresh = w.gone[:0], w.fresh[:0]
}

func compareStored(x, y storedAs) int {
	return cmp.Or(cmp.Compare(x.key.Model, y.key.Model), cmp.Compare(x.key.ID, y.key.ID), cmp.Compare(x.seq, y.seq))
}
