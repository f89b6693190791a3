package drift

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// deviations are the blocks' deviations from the whole as vectors, one a block,
// and what independent values lead to: the trace of their covariance matrix and
// of its square.
type deviations struct {
	blocks        [][]float64
	trace, square float64
}

// shareDeviations has √n·(p_i − q_i)/√q_i for the decision bins: independent
// values have the covariance of a projection on B−1 dimensions.
func (c *Comparison) shareDeviations(blocks []Side) deviations {
	d := deviations{trace: float64(len(c.nonzero) - 1), square: float64(len(c.nonzero) - 1)}
	m := float64(total(c.base.Counts))
	for _, b := range blocks {
		n := float64(total(b.Counts))
		y := make([]float64, len(c.base.Counts))
		for i, count := range c.coarsen(c.live, b.Counts) {
			if q := float64(c.base.Counts[i]) / m; q > 0 {
				y[i] = math.Sqrt(n/q) * (float64(count)/n - q)
			}
		}
		d.blocks = append(d.blocks, y)
	}
	return d
}

// orderedDeviations has √n·(F_j − G_j) at the decision cut points.
func (c *Comparison) orderedDeviations(blocks []Side) deviations {
	var d deviations
	m := float64(total(c.base.Counts))
	cuts := len(c.base.Counts) - 1
	g := make([]float64, cuts)
	var sum float64
	for i := range g {
		sum += float64(c.base.Counts[i])
		g[i] = sum / m
	}
	for i, t := range g {
		d.trace += t * (1 - t)
		for j, u := range g {
			covariance := g[min(i, j)] - t*u
			d.square += covariance * covariance
		}
	}
	for _, b := range blocks {
		n := float64(total(b.Counts))
		y := make([]float64, cuts)
		var f float64
		for i, count := range c.coarsen(c.live, b.Counts)[:cuts] {
			f += float64(count)
			y[i] = math.Sqrt(n) * (f/n - g[i])
		}
		d.blocks = append(d.blocks, y)
	}
	return d
}

// maxPairs bounds the work of directions: 500 blocks with all others.
const maxPairs = 500

// directions returns the effective number of directions of what the blocks
// wander beyond sampling noise, (Σρ_j)²/Σρ_j² with ρ_j the correlations in
// orthogonal directions. The inner product of two blocks' deviations has the
// mean square Σw_j², whatever their law, with w_j the design effects.
//
// A wander inside bounds, such as a daily rhythm, varies less in its square than
// a normal one would, 2Σw_j², and is worth more directions then. Few directions
// have the heaviest tail, so of what was found the lower 90 % confidence bound
// is believed.
func (d *deviations) directions(independent float64) float64 {
	if d.trace <= 0 {
		return 1
	}
	most := float64(len(d.blocks[0]))
	var lengths moments
	var products, pairs float64
	step := 1 + len(d.blocks)/maxPairs
	for a, y := range d.blocks {
		lengths.add(floats.Dot(y, y))
		for b := a - 1; b >= 0; b -= step {
			product := floats.Dot(y, d.blocks[b])
			products += product * product
			pairs++
		}
	}
	excess := lengths.sum/(lengths.n-1) - d.trace
	// In the directions of sampling noise the excess is taken to be spread as
	// the noise is; where it is large this does not matter.
	wander := products/pairs - d.square - 2*excess*d.square/d.trace
	if excess <= 0 || wander <= 0 {
		return most
	}
	bounded := min(1, lengths.variance()/(2*products/pairs))
	return atLeast(min(most, max(1, excess*excess/wander)/bounded), independent)
}

// atLeast returns the lower 90 % confidence bound, but no less than 1, of a
// number of directions d that was found as 2·mean²/variance of a number of
// squares: for χ² with d degrees of freedom the variance has the relative
// standard error sqrt((2+12/d)/blocks).
func atLeast(found, blocks float64) float64 {
	const z = 1.2816
	low, high := 1.0, max(1, found)
	for range 30 {
		d := (low + high) / 2
		if d*(1+z*math.Sqrt((2+12/d)/blocks)) < found {
			low = d
		} else {
			high = d
		}
	}
	return low
}

// successive is the correlation of neighbouring blocks.
func (d *deviations) successive() float64 {
	var squares, products float64
	for k, y := range d.blocks {
		squares += floats.Dot(y, y)
		if k > 0 {
			products += floats.Dot(y, d.blocks[k-1])
		}
	}
	if squares == 0 {
		return 0
	}
	blocks := float64(len(d.blocks))
	return min(0.99, max(0, products/(blocks-1)/(squares/blocks)))
}
