package join

// Expire drops the predictions of a model in buckets that end no later than
// before (Unix ns), the horizon's distance from now, and returns their number.
func (t *Table) Expire(model uint32, before int64) (dropped uint64) {
	m := t.model(model)
	if m == nil {
		return 0
	}
	var dead [MaxBuckets]bool
	for i := range m.buckets {
		b := &m.buckets[i]
		if b.serial == 0 || b.end() > before {
			continue
		}
		dead[i] = true
		dropped += b.count
		t.drop(t.appendBucketKey(nil, predictionKind, model, b.serial))
		t.drop(t.appendBucketKey(nil, bucketKind, model, b.serial))
		*b = bucket{}
	}
	if dead == [MaxBuckets]bool{} {
		return 0
	}
	m.index.sweep(&dead)
	t.known.slot = -1
	t.pending -= dropped
	if m.index.n == 0 && m.buckets == [MaxBuckets]bucket{} {
		delete(t.models, model)
		t.last = nil
	}
	return dropped
}

// drop lets the next Save delete the keys that begin with prefix.
func (t *Table) drop(prefix []byte) {
	t.drops = append(t.drops, span{prefix, successor(prefix)})
}
