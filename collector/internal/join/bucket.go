package join

import "time"

const (
	// MaxBuckets is the most buckets of a model: a horizon's, those before it
	// that are not yet expired, and those of a horizon that was configured before.
	MaxBuckets = 32
	// perHorizon is the buckets that a horizon spans: predictions are held up to
	// a twelfth longer than they have to.
	perHorizon = 12
)

// bucket is the predictions of one model in one span of time.
type bucket struct {
	serial  uint32 // 0: there is no such bucket
	from    int64  // Unix ns
	length  int64  // ns
	count   uint64
	changed bool // since the last Save
}

// is tells whether the bucket is the one of this span.
func (b *bucket) is(from, length int64) bool {
	return b.serial != 0 && b.from == from && b.length == length
}

// distance returns how far t is outside of the bucket, in ns.
func (b *bucket) distance(t int64) uint64 {
	switch end := b.end(); {
	case t < b.from:
		return uint64(b.from) - uint64(t)
	case t >= end:
		return uint64(t) - uint64(end)
	}
	return 0
}

func (b *bucket) end() int64 { return b.from + b.length }

// model is the state of one model.
type model struct {
	number  uint32
	buckets [MaxBuckets]bucket
	current uint8 // the bucket used last
	index   index
}

// printOf returns what an index keeps of a hash; 0 marks its free slots.
func printOf(hash uint64) uint32 { return max(uint32(hash), 1) }

func (m *model) pending() (n uint64) {
	for i := range m.buckets {
		n += m.buckets[i].count
	}
	return n
}

// grid returns the bucket's span in which a time lies.
func grid(at, horizon int64) (from, length int64) {
	// From 1823 to 2116: the ends of a bucket beyond could overflow.
	const far = 1 << 62
	const unit = perHorizon * int64(time.Second)
	length = (max(horizon-1, 0)/unit + 1) * int64(time.Second)
	at = min(max(at, -far), far)
	from = at - at%length
	if from > at {
		from -= length
	}
	return from, length
}

// bucketAt returns the number of the bucket for a time: the one of that span, a
// new one, or the nearest. serial is that of a new bucket.
func (m *model) bucketAt(at, horizon int64, serial *uint32) uint8 {
	from, length := grid(at, horizon)
	if m.buckets[m.current].is(from, length) {
		return m.current
	}
	free, near := -1, 0
	for i := range m.buckets {
		b := &m.buckets[i]
		if b.is(from, length) {
			m.current = uint8(i)
			return m.current
		}
		if b.serial == 0 {
			free = i
		} else if b.distance(at) < m.buckets[near].distance(at) {
			near = i
		}
	}
	if free < 0 {
		return uint8(near)
	}
	*serial++
	m.buckets[free] = bucket{serial: *serial, from: from, length: length, changed: true}
	m.current = uint8(free)
	return m.current
}
