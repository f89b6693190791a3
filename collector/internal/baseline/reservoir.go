package baseline

import (
	"math"
	"math/rand/v2"
)

// reservoir chooses a uniform sample of a stream of rows of unknown length.
//
// Each row is thought to have a random key in (0,1), and the sample is the rows
// with the smallest keys. Algorithm L draws how many rows go by until the next one
// enters, so that its time grows with the logarithm of the stream's length.
//
// Source: Li, Reservoir-sampling algorithms of time complexity O(n(1+log(N/n))),
// ACM Trans. Math. Softw. 20, 1994.
type reservoir struct {
	source *rand.PCG
	random *rand.Rand
	most   int
	filled int
	seen   uint64
	bound  float64 // the largest key in the full sample; 1 until it is full
	next   uint64  // rows before the next one that enters the full sample
}

// pick is a row of a batch and its place in the sample.
type pick struct{ row, slot int32 }

func newReservoir(most int, seed uint64) reservoir {
	source := rand.NewPCG(seed, 0x5eed)
	return reservoir{source: source, random: rand.New(source), most: most, bound: 1}
}

// offer appends the rows that enter the sample. A slot may come twice; the later
// row counts.
func (r *reservoir) offer(picked []pick, rows []int32) []pick {
	i := 0
	for ; i < len(rows) && r.filled < r.most; i++ {
		picked = append(picked, pick{rows[i], int32(r.filled)})
		r.filled++
		if r.filled == r.most {
			r.lower(r.most, r.most)
			r.skip(r.seen + uint64(i) + 1)
		}
	}
	end := r.seen + uint64(len(rows))
	for r.filled == r.most && r.next < end {
		picked = append(picked, pick{rows[r.next-r.seen], int32(r.random.IntN(r.most))})
		r.lower(r.most, r.most)
		r.skip(r.next + 1)
	}
	r.seen = end
	return picked
}

// lower makes bound the to-smallest of from keys that are uniform below it: the
// largest of j keys is the bound times U^(1/j), and the others are uniform below.
func (r *reservoir) lower(from, to int) {
	for j := from; j >= to; j-- {
		r.bound *= math.Pow(r.uniform(), 1/float64(j))
	}
}

// skip draws the first row from the given one on whose key is below the bound.
func (r *reservoir) skip(from uint64) {
	gone := math.Log(r.uniform()) / math.Log1p(-r.bound)
	if !(gone < 1<<62) {
		r.next = math.MaxUint64
		return
	}
	r.next = from + uint64(gone)
}

// uniform is in (0,1], so that its logarithm is finite.
func (r *reservoir) uniform() float64 { return 1 - r.random.Float64() }

// shrink makes the sample smaller. It returns which slots stay, the first one as
// slot 0 and so on, each at or behind its new place; nil if all of them do.
func (r *reservoir) shrink(most int) (keep []int32) {
	full := r.filled == r.most
	r.most = most
	if r.filled < most {
		return nil
	}
	uniform := r.filled // keys that are uniform below the bound
	if full {
		uniform-- // the largest is the bound
	}
	r.lower(uniform, most)
	for slot := range r.filled { // selection sampling: each with the chance that is left
		if r.random.IntN(r.filled-slot) < most-len(keep) {
			keep = append(keep, int32(slot))
		}
	}
	r.filled = most
	r.skip(r.seen)
	return keep
}
