package snapshot

import (
	"encoding/binary"
	"errors"
	"math"
)

var errHistogram = errors.New("no encoded histogram")

// AppendTo appends h to b: the sum, and of every cell that holds something its
// upper edge and count. It does not depend on which buckets there are.
func (h *Histogram) AppendTo(b []byte) []byte {
	b = appendFloat(b, h.sum)
	used := 0
	for _, n := range &h.counts {
		if n > 0 {
			used++
		}
	}
	b = binary.AppendUvarint(b, uint64(used))
	for i, n := range &h.counts {
		if n > 0 {
			b = binary.AppendUvarint(appendFloat(b, h.layout.edges[i]), n)
		}
	}
	return b
}

func appendFloat(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
}

// Decode replaces h by what AppendTo wrote at the beginning of b and returns the
// rest of b. Counts of buckets that h does not have go to those that hold their
// upper edge.
func (h *Histogram) Decode(b []byte) (rest []byte, err error) {
	*h = Histogram{layout: h.layout}
	if len(b) < 8 {
		return nil, errHistogram
	}
	sum := math.Float64frombits(binary.LittleEndian.Uint64(b))
	used, k := binary.Uvarint(b[8:])
	if k <= 0 || used > maxCells || !(sum >= 0) {
		return nil, errHistogram
	}
	b = b[8+k:]
	for range used {
		if len(b) < 8 {
			return nil, errHistogram
		}
		edge := math.Float64frombits(binary.LittleEndian.Uint64(b))
		n, k := binary.Uvarint(b[8:])
		if k <= 0 || !(edge >= 0) {
			return nil, errHistogram
		}
		h.counts[h.layout.cellOf(edge)] += n
		b = b[8+k:]
	}
	h.sum = sum
	return b, nil
}
