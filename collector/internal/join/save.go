package join

// Save appends to b everything that changed since the last Save: it is durable
// when the caller has committed b, and what was done since the last committed
// Save is lost if the process dies. Save must not be called again before b is
// committed; other calls may come before. What it wrote stays in memory until
// the next Save.
func (t *Table) Save(b Batch) {
	if t.isNew {
		b.Set(t.appendKind(nil, versionKind), []byte{version})
		t.isNew = false
	}
	for _, s := range t.drops { // before anything that is new in their ranges
		b.DeleteRange(s.from, s.to)
	}
	t.drops = t.drops[:0]
	t.saveBuckets(b) // in the order of the keys: the store then need not sort
	t.savePredictions(b)
	t.saveWaiting(b)
	t.saved.reset()
	t.young, t.saved = t.saved, t.young
}

func (t *Table) savePredictions(b Batch) {
	u := t.young
	t.sorter.reset()
	for i := range u.entries {
		e := &u.entries[i]
		t.sorter.add(Key{e.model, e.id}, e.serial, i)
	}
	for _, o := range t.sorter.sort() {
		e := &u.entries[o.i]
		k := Key{e.model, e.id}
		if e.was != 0 && e.was != e.serial {
			t.key = t.appendPredictionKey(t.key[:0], k, e.was)
			b.Delete(t.key)
		}
		m := t.model(e.model)
		if m == nil || m.buckets[e.tag].serial != e.serial {
			continue // expired or forgotten before it was ever saved
		}
		t.key = t.appendPredictionKey(t.key[:0], k, e.serial)
		b.Set(t.key, u.value(e))
	}
}

func (t *Table) saveBuckets(b Batch) {
	for _, m := range t.models {
		for i := range m.buckets {
			if k := &m.buckets[i]; k.serial != 0 && k.changed {
				t.key = t.appendBucketKey(t.key[:0], bucketKind, m.number, k.serial)
				t.buf = appendBucket(t.buf[:0], k)
				b.Set(t.key, t.buf)
				k.changed = false
			}
		}
	}
}
