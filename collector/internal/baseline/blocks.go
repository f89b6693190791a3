package baseline

import (
	"cmp"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// blockLengths are those that design effects are always measured for, because
// they are usual windows or tell of usual rhythms.
var blockLengths = []time.Duration{
	10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 730 * time.Hour,
}

const (
	// minBlocks is from how many blocks on their differences say something.
	minBlocks = 4
	// minBlockValues is how many values a block needs on average: two per decile.
	minBlockValues = 20
	// maxBlocks bounds the work: more blocks are thinned out evenly, which keeps
	// those that are left representative of the whole time.
	maxBlocks = 400
)

// blocks knows when the sampled rows were.
type blocks struct {
	times  []int64 // by slot, Unix ns
	order  []int32 // slots that have a time, in its order
	ladder []time.Duration
}

func newBlocks(times []int64, windows []time.Duration) *blocks {
	b := &blocks{times: times, ladder: append(slices.Clone(blockLengths), windows...)}
	slices.Sort(b.ladder)
	b.ladder = slices.Compact(b.ladder)
	for slot, t := range times {
		if t != event.NoTime {
			b.order = append(b.order, int32(slot))
		}
	}
	slices.SortFunc(b.order, func(x, y int32) int { return cmp.Compare(times[x], times[y]) })
	return b
}

// effects measures how much blocks of each length differ, as far as there are
// enough of them. bins is the bin of each slot, -1 for none.
func (b *blocks) effects(out *Column, c *column, bins []int32) []drift.Effect {
	if len(b.order) < minBlocks*minBlockValues {
		return nil
	}
	var effects []drift.Effect
	shape := out.Shape()
	for _, length := range b.ladder {
		first, last := b.ends()
		if length <= 0 || (last-first)/int64(length) < minBlocks-1 || len(effects) == maxEffects {
			continue
		}
		sides, values := b.split(out, c, bins, int64(length))
		if len(sides) < minBlocks || values < minBlockValues*len(sides) {
			continue
		}
		effects = append(effects, drift.EstimateEffect(shape, thin(sides), length.Seconds()))
	}
	return effects
}

// thin leaves at most maxBlocks evenly spread ones.
func thin(sides []drift.Side) []drift.Side {
	step := (len(sides) + maxBlocks - 1) / maxBlocks
	kept := sides[:0]
	for i := 0; i < len(sides); i += step {
		kept = append(kept, sides[i])
	}
	return kept
}

// ends returns the first and the last time.
func (b *blocks) ends() (first, last int64) {
	return b.times[b.order[0]], b.times[b.order[len(b.order)-1]]
}

// split counts the values of each block that has some. The first block starts with
// the first row; the last one is left out if it has less than half the usual number
// of values, because it was cut off.
func (b *blocks) split(out *Column, c *column, bins []int32, length int64) (sides []drift.Side, values int) {
	open := len(out.Counts) - 1
	var low, high mean
	var side *drift.Side
	finish := func() {
		if side != nil {
			side.Low, side.High = low.value(), high.value()
		}
	}
	first, _ := b.ends()
	current := int64(-1)
	for _, slot := range b.order {
		if int(slot) >= len(bins) || bins[slot] < 0 {
			continue
		}
		if at := (b.times[slot] - first) / length; at != current {
			finish()
			current, low, high = at, mean{}, mean{}
			sides = append(sides, drift.Side{Counts: make([]uint64, len(out.Counts))})
			side = &sides[len(sides)-1]
		}
		i := int(bins[slot])
		side.Counts[i]++
		values++
		if out.Kind == catalog.Numeric {
			switch i {
			case 0:
				low.add(c.values[slot])
			case open:
				high.add(c.values[slot])
			}
		}
	}
	finish()
	if n := len(sides); n > 1 && 2*sum(side.Counts) < values/n {
		values -= sum(side.Counts)
		sides = sides[:n-1]
	}
	return sides, values
}

func sum(counts []uint64) int {
	n := uint64(0)
	for _, k := range counts {
		n += k
	}
	return int(n)
}
