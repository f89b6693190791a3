package snapshot

// span is a run of native buckets.
type span struct {
	offset int // empty buckets before it; of the first one the key of its first bucket
	counts []uint64
}

// maxGap is how many empty buckets stay inside a span, as in client_golang:
// writing two zeros takes no more room than a new span.
const maxGap = 2

// spans returns the native buckets above zero that hold anything.
func (h *Histogram) spans() []span {
	l := h.layout
	var (
		out  []span
		next int // the key after the last bucket of the last span
	)
	for cell := 1; cell < len(l.edges); {
		key, n := l.native[cell], uint64(0)
		for ; cell < len(l.edges) && l.native[cell] == key; cell++ {
			n += h.counts[cell]
		}
		if n == 0 {
			continue
		}
		if gap := key - next; len(out) == 0 || gap > maxGap {
			out = append(out, span{offset: gap})
		} else {
			last := &out[len(out)-1]
			last.counts = append(last.counts, make([]uint64, gap)...)
		}
		last := &out[len(out)-1]
		last.counts = append(last.counts, n)
		next = key + 1
	}
	return out
}
