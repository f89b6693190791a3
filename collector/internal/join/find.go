package join

import "fmt"

// Find returns the prediction that was put last with a key. The value is valid
// until the next call of the table. To Put the key found last costs no further
// read, so a caller may replace what it just found.
func (t *Table) Find(k Key) (at int64, value []byte, ok bool, err error) {
	m := t.model(k.Model)
	if m == nil {
		return 0, nil, false, nil
	}
	slot, encoded, err := t.look(m, k, t.seed.hash(k))
	if err != nil || slot < 0 {
		return 0, nil, false, err
	}
	t.known = known{k, slot}
	at, value, err = decodeTime(encoded, m.buckets[m.index.tags[slot]].from)
	if err != nil {
		return 0, nil, false, fmt.Errorf("prediction %016x of model %d: %w", k.ID, k.Model, err)
	}
	return at, value, true, nil
}

// look returns the slot of a prediction in its model's index and its encoded
// value; slot is -1 if it is not held.
func (t *Table) look(m *model, k Key, hash uint64) (slot int, encoded []byte, err error) {
	print := printOf(hash)
	slot = m.index.find(print)
	if slot < 0 {
		return -1, nil, nil
	}
	if u, e := t.recent(hash, k); e != nil {
		if m.buckets[e.tag].serial != e.serial {
			return -1, nil, nil // expired, whatever the store still has
		}
		for m.index.tags[slot] != e.tag {
			slot = m.index.next(print, slot)
		}
		return slot, u.value(e), nil
	}
	for ; slot >= 0; slot = m.index.next(print, slot) {
		encoded, ok, err := t.read(k, m.buckets[m.index.tags[slot]].serial)
		if err != nil || ok {
			return slot, encoded, err
		}
	}
	return -1, nil, nil
}

// recent returns the entry of a prediction that may not be in the store yet.
func (t *Table) recent(hash uint64, k Key) (*unsaved, *entry) {
	if e := t.young.find(hash, k); e != nil {
		return t.young, e
	}
	return t.saved, t.saved.find(hash, k)
}

// read reads a prediction from a bucket in the store.
func (t *Table) read(k Key, serial uint32) (encoded []byte, ok bool, err error) {
	t.key = t.appendPredictionKey(t.key[:0], k, serial)
	value, ok, err := t.storage.Get(t.buf[:0], t.key)
	if err != nil {
		return nil, false, fmt.Errorf("read a prediction: %w", err)
	}
	if ok {
		t.buf = value
	}
	return value, ok, nil
}

// FindAll calls f for each of keys: its index, and what Find returns of it. The
// order is that of the store, which reads neighbours from the same block; equal
// keys keep their order. f may call Put, and sees what it did.
func (t *Table) FindAll(keys []Key, f func(i int, at int64, value []byte, ok bool) error) error {
	t.sorter.reset()
	for i, k := range keys {
		t.sorter.add(k, t.serialOf(k), i)
	}
	for _, l := range t.sorter.sort() {
		at, value, ok, err := t.Find(Key{l.model, l.id})
		if err != nil {
			return err
		}
		if err := f(int(l.i), at, value, ok); err != nil {
			return err
		}
	}
	return nil
}

// serialOf returns the serial of the first bucket in which a prediction may be, 0
// if it surely is in none.
func (t *Table) serialOf(k Key) uint32 {
	m := t.model(k.Model)
	if m == nil {
		return 0
	}
	slot := m.index.find(printOf(t.seed.hash(k)))
	if slot < 0 {
		return 0
	}
	return m.buckets[m.index.tags[slot]].serial
}
