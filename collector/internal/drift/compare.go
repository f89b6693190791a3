package drift

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Comparison is a baseline prepared for comparing many windows with it. It
// finds constants when they are first needed and keeps them, so it belongs to
// one goroutine. Call Rest after the windows of one evaluation.
type Comparison struct {
	shape   Shape
	fine    Side
	base    Side // over decision bins
	live    []uint64
	effects []Effect // by length, those that tell something

	nonzero  []float64 // decision counts that are not 0
	unseen   float64   // expected unseen events per baseline's length
	laws     *Laws
	stats    []catalog.Statistic
	summed   []catalog.Statistic // those of stats that are sums over bins
	terms    []func(bin) float64 // see sumTerms
	sums     map[sample][]tail   // laws of terms
	critical map[constant]float64
}

// Result is one distance and its noise limit.
type Result struct {
	Statistic catalog.Statistic
	Distance  float64 // NaN if there is no live event
	Critical  float64 // what sampling noise exceeds with probability alpha
}

// New prepares a baseline. effects may be in any order; without them values
// count as independent.
func New(s Shape, base Side, effects []Effect) *Comparison {
	c := &Comparison{shape: s, fine: base, base: base, laws: new(Laws), sums: map[sample][]tail{}, critical: map[constant]float64{}}
	c.live = make([]uint64, len(base.Counts))
	if s.Kind == catalog.Numeric {
		c.live = make([]uint64, len(s.Decision)+1)
		c.base.Counts = slices.Clone(c.coarsen(c.live, base.Counts))
	}
	for _, n := range c.base.Counts {
		if n > 0 {
			c.nonzero = append(c.nonzero, float64(n))
		}
		if n == 1 {
			c.unseen++
		}
	}
	// Good and Turing: categories seen once are worth as many events of
	// categories not seen. Half an event is what an empty bin counts.
	c.unseen = max(c.unseen, 0.5)
	for _, e := range effects {
		if e.Blocks >= 2 && e.Seconds > 0 {
			c.effects = append(c.effects, e)
		}
	}
	slices.SortFunc(c.effects, func(a, b Effect) int { return cmp.Compare(a.Seconds, b.Seconds) })
	return c
}

// Compare appends a result for each of stats that is defined for the column.
// alpha is the probability with which a window without drift may exceed
// Critical, over the randomness of both the window and the baseline; window
// selects the design effect. live has the shape's fine bins.
func (c *Comparison) Compare(dst []Result, live Side, stats []catalog.Statistic, alpha float64, window time.Duration) []Result {
	c.want(stats)
	coarse := Side{Counts: c.coarsen(c.live, live.Counts), Low: live.Low, High: live.High}
	n := float64(total(live.Counts))
	for _, name := range stats {
		st := lookup(name)
		if st == nil || !slices.Contains(st.Kinds, c.shape.Kind) {
			continue
		}
		side := live
		if st.Bins == Decision {
			side = coarse
		}
		r := Result{Statistic: name, Distance: math.NaN(), Critical: math.NaN()}
		if n > 0 && len(c.nonzero) > 0 {
			r.Distance = st.Distance(&c.shape, side, c.side(st))
			r.Critical = c.criticalValue(st, n, alpha, window, c.hasUnseen(coarse.Counts))
		}
		dst = append(dst, r)
	}
	return dst
}

// Rest lets go of what only helps comparisons with windows of about the same
// size as those just compared: for bins of few events it is much.
func (c *Comparison) Rest() { clear(c.sums) }

// want prepares for these statistics: the laws of others are not found.
func (c *Comparison) want(stats []catalog.Statistic) {
	if !slices.Equal(stats, c.stats) {
		c.stats = slices.Clone(stats)
		c.summed, c.terms = sumTerms(stats)
		clear(c.sums)
	}
}

// side is the baseline on the bins of a statistic.
func (c *Comparison) side(st *Statistic) Side {
	if st.Bins == Decision {
		return c.base
	}
	return c.fine
}

// coarsen adds fine bins up to decision bins, in dst for a numeric column.
func (c *Comparison) coarsen(dst, fine []uint64) []uint64 {
	if c.shape.Kind != catalog.Numeric {
		return fine
	}
	first := 0
	for i, edge := range c.shape.Decision {
		dst[i] = total(fine[first : edge+1])
		first = edge + 1
	}
	dst[len(c.shape.Decision)] = total(fine[first:])
	return dst
}

// hasUnseen tells whether live has events in a bin that is empty in the baseline.
func (c *Comparison) hasUnseen(live []uint64) bool {
	for i, n := range c.base.Counts {
		if n == 0 && live[i] > 0 {
			return true
		}
	}
	return false
}

// limits returns the laws of the statistics on bins of a resolution.
func (c *Comparison) limits(bins Resolution) *limits {
	if bins == Decision && !c.laws.decided {
		m := float64(total(c.base.Counts))
		shares := make([]float64, len(c.nonzero))
		for i, n := range c.nonzero {
			shares[i] = n / m
		}
		c.laws.simulateDecision(shares)
		c.laws.decided = true
	}
	if bins == Fine && !c.laws.refined {
		c.laws.simulateFine(&c.shape, c.fine)
		c.laws.refined = true
	}
	return &c.laws.limits
}
