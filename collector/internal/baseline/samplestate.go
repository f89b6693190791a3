package baseline

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// appendBlock appends a block of the sample: the times of its rows, then of every
// column that has some of them its index (features behind outputs), how many, their
// kinds, and the values of those that are no nulls.
func (b *Builder) appendBlock(to []byte, block int) []byte {
	from := block * blockRows
	end := min(from+blockRows, b.sample.filled)
	for _, t := range b.times[from:end] {
		to = binary.LittleEndian.AppendUint64(to, uint64(t))
	}
	for i, c := range b.all() {
		kinds := c.kinds[min(from, len(c.kinds)):min(end, len(c.kinds))]
		if len(kinds) == 0 {
			continue
		}
		to = binary.AppendUvarint(binary.AppendUvarint(to, uint64(i)), uint64(len(kinds)))
		for _, kind := range kinds {
			to = append(to, byte(kind))
		}
		for j, kind := range kinds {
			if hasValue(kind) {
				to = appendFloat(to, c.values[from+j])
			}
		}
	}
	return to
}

func hasValue(kind event.Cell) bool {
	return kind == event.Number || kind == event.Bool || kind == event.Text
}

// all lists outputs, then features: each keeps its place when others come.
func (b *Builder) all() []*column {
	return append(append(make([]*column, 0, len(b.outputs)+len(b.columns)), b.outputs[:]...), b.columns...)
}

// restoreBlock reads the block behind those that are restored.
func (b *Builder) restoreBlock(value []byte) error {
	r := &stateReader{b: bytes.Clone(value)}
	from := len(b.times)
	rows := min(blockRows, b.sample.filled-from)
	for range rows {
		if t := r.take(8); t != nil {
			b.times = append(b.times, int64(binary.LittleEndian.Uint64(t)))
		}
	}
	all := b.all()
	for next := uint64(0); len(r.b) > 0; {
		i, n := r.uint(), r.uint()
		if r.bad || i < next || i >= uint64(len(all)) || n > uint64(rows) || !all[i].restoreSample(r, from, int(n)) {
			return errBuilder
		}
		next = i + 1
	}
	if r.bad {
		return errBuilder
	}
	return nil
}

// restoreSample reads the slots from from on.
func (c *column) restoreSample(r *stateReader, from, n int) bool {
	kinds := r.take(uint64(n))
	if r.bad {
		return false
	}
	c.growTo(from + n)
	for j, k := range kinds {
		kind := event.Cell(k)
		if int(kind) >= event.NumCells {
			return false
		}
		c.kinds[from+j] = kind
		if !hasValue(kind) {
			continue
		}
		x := r.float()
		id := math.Float64bits(x)
		if kind == event.Text && id != uint64(noWord) && id >= uint64(len(c.words.list)) || kind != event.Text && math.IsNaN(x) {
			return false
		}
		c.values[from+j] = x
	}
	return !r.bad
}
