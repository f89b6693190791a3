package join

import "math"

// Put holds a prediction made at a time (Unix ns) for at least a horizon (ns). A
// prediction of the same key is replaced. ErrFull and ErrTooLong tell that this
// one is not held, and that a former one of its key still is; other errors are
// the store's.
func (t *Table) Put(k Key, at, horizon int64, value []byte) error {
	if len(value) > MaxValue {
		return ErrTooLong
	}
	m := t.model(k.Model)
	if m == nil {
		if t.pending >= t.options.MaxPending {
			return ErrFull
		}
		m = t.addModel(k.Model)
	}
	hash := t.seed.hash(k)
	slot, err := t.slotOf(m, k, hash)
	if err != nil {
		return err
	}
	if len(t.young.values) > maxValues || t.serial == math.MaxUint32 || slot < 0 && t.pending >= t.options.MaxPending {
		return ErrFull
	}
	tag := m.bucketAt(at, horizon, &t.serial)
	was := t.place(m, hash, slot, tag)
	t.young.write(hash, k, &m.buckets[tag], tag, was, at, value)
	return nil
}

// place counts a prediction in a bucket and notes it in the index, at the slot it
// has there. It returns the serial of the bucket where it was until now, or 0.
func (t *Table) place(m *model, hash uint64, slot int, tag uint8) (was uint32) {
	b := &m.buckets[tag]
	if slot < 0 {
		t.known.slot = -1 // slots may have moved
		m.index.add(printOf(hash), tag)
		t.pending++
		b.count++
		b.changed = true
		return 0
	}
	old := &m.buckets[m.index.tags[slot]]
	if old != b {
		old.count--
		b.count++
		old.changed, b.changed = true, true
		m.index.tags[slot] = tag
	}
	return old.serial
}

// write adds or changes the entry of a prediction that was in another bucket, or
// the same, or none (was is 0).
func (u *unsaved) write(hash uint64, k Key, b *bucket, tag uint8, was uint32, at int64, value []byte) {
	n := len(u.entries)
	e := u.put(hash, k)
	if len(u.entries) > n {
		e.was = was
	}
	e.serial, e.tag = b.serial, tag
	e.start = uint32(len(u.values))
	u.values = append(appendTime(u.values, at, b.from), value...)
	e.size = uint32(len(u.values)) - e.start
}

// slotOf returns the slot of a prediction in its model's index, -1 if it is not
// held. Only a prediction that is probably held costs a read of the store.
func (t *Table) slotOf(m *model, k Key, hash uint64) (slot int, err error) {
	if t.known.slot >= 0 && t.known.key == k {
		return t.known.slot, nil
	}
	slot, _, err = t.look(m, k, hash)
	return slot, err
}
