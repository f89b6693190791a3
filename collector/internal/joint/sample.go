package joint

import "math/bits"

// Pick is a row of a run and how many rows it stands for.
type Pick struct {
	Row    int
	Weight float64
}

// Sampler chooses rows of a growing run: all of the first ones, then one of two,
// of four and so on, so that their number grows with the logarithm of the run's
// length. Every row stands for its block, so weighted sums are right on average.
// Which row of a block it is depends on the block's place alone: a run that is
// split, saved and read again gives the same sample.
type Sampler struct {
	most uint64 // a power of two, from 2 on
}

// Bounds of how many rows are taken before only some are.
const (
	mostRows  = 32
	leastRows = 8
	work      = 8192 // multiplications for one pane's first rows, if there are many
)

// NewSampler returns a sampler for rows whose error takes components·features
// multiplications.
func NewSampler(p *PCA) Sampler {
	most := uint64(mostRows)
	for most > leastRows && int(most)*len(p.Components)*len(p.Features) > work {
		most /= 2
	}
	return Sampler{most}
}

// Append appends the chosen ones of n rows that come behind others. Pick.Row counts
// from 0 within the n.
func (s Sampler) Append(dst []Pick, before uint64, n int) []Pick {
	end := before + uint64(n)
	for i := before; i < end; {
		step := uint64(1)
		if i >= s.most {
			step = 1 << bits.Len64(i/s.most)
		}
		first := i &^ (step - 1)
		if chosen := first + mix(first)&(step-1); chosen >= before && chosen < end {
			dst = append(dst, Pick{int(chosen - before), float64(step)})
		}
		i = first + step
	}
	return dst
}

// mix is the finalizer of splitmix64: neighbours have nothing in common.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
