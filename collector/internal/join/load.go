package join

import (
	"bytes"
	"fmt"
)

// loading is what New knows while it reads.
type loading struct {
	*Table
	buckets map[uint32]*loaded // by serial
	last    *loaded            // the bucket of the prediction read last
}

// loaded is a bucket and how many of its predictions were read.
type loaded struct {
	model  *model
	tag    uint8
	serial uint32
	seen   uint64
}

// load reads what the store holds: the version, the buckets, the keys of the
// predictions for the index, and the labels that wait.
func (t *Table) load() error {
	if err := t.loadVersion(); err != nil {
		return err
	}
	l := &loading{Table: t, buckets: map[uint32]*loaded{}}
	for _, part := range []struct {
		kind byte
		add  func(key, value []byte) error
	}{
		{bucketKind, l.addBucket},
		{predictionKind, l.addPrediction},
		{waitingKind, l.addWaiting},
	} {
		err := t.storage.Scan(t.appendKind(nil, part.kind), func(key, value []byte) error {
			if t.isNew {
				return fmt.Errorf("key %x is stored without a version: %w", key, errDamaged)
			}
			if err := part.add(key[len(t.options.Prefix):], value); err != nil {
				return fmt.Errorf("key %x: %w", key, err)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the label join: %w", err)
		}
	}
	return l.check()
}

func (t *Table) loadVersion() error {
	value, ok, err := t.storage.Get(nil, t.appendKind(nil, versionKind))
	switch {
	case err != nil:
		return fmt.Errorf("read the version of the label join: %w", err)
	case !ok:
		t.isNew = true
	case len(value) != 1 || value[0] == 0:
		return fmt.Errorf("version of the label join: %w", errDamaged)
	case value[0] > version:
		return fmt.Errorf("the label join is stored in version %d, this program reads up to version %d: use a newer one", value[0], version)
	}
	return nil
}

func (l *loading) addBucket(key, value []byte) error {
	number, serial, err := decodeBucketKey(key)
	if err != nil {
		return err
	}
	b, err := decodeBucket(value)
	if err != nil {
		return err
	}
	m := l.models[number]
	if m == nil {
		m = l.addModel(number)
	}
	tag := 0
	for tag < MaxBuckets && m.buckets[tag].serial != 0 {
		tag++
	}
	if l.buckets[serial] != nil || serial == 0 || tag == MaxBuckets {
		return errDamaged
	}
	b.serial = serial
	m.buckets[tag] = b
	l.buckets[serial] = &loaded{model: m, tag: uint8(tag), serial: serial}
	l.serial = max(l.serial, serial)
	return nil
}

func (l *loading) addPrediction(key, _ []byte) error {
	k, serial, err := decodePredictionKey(key)
	if err != nil {
		return err
	}
	if l.last == nil || l.last.serial != serial {
		b := l.buckets[serial]
		if b == nil {
			return errDamaged
		}
		l.last = b
	}
	if l.last.model.number != k.Model {
		return errDamaged
	}
	if l.last.model.index.n == 0 {
		l.last.model.index.resize(int(min(l.last.model.pending(), l.options.MaxPending)) * 25 / 16)
	}
	l.last.seen++
	l.last.model.index.add(printOf(l.seed.hash(k)), l.last.tag)
	return nil
}

func (l *loading) addWaiting(key, value []byte) error {
	k, seq, err := decodeWaitingKey(key)
	if err != nil {
		return err
	}
	at, label, err := decodeLabel(value)
	if err != nil {
		return err
	}
	l.waiting.add(waiter{storedAs: storedAs{k, seq}, at: at, label: bytes.Clone(label), stored: true})
	l.waiting.seq = max(l.waiting.seq, seq)
	return nil
}

// check holds the buckets' counts against the predictions that were read.
func (l *loading) check() error {
	for serial, b := range l.buckets {
		if count := b.model.buckets[b.tag].count; b.seen != count {
			return fmt.Errorf("the label join has %d predictions in bucket %d of model %d and a count of %d: %w",
				b.seen, serial, b.model.number, count, errDamaged)
		}
		l.pending += b.seen
	}
	return nil
}
