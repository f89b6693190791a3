package drift

import (
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Effect tells how much more time blocks of one length differ from the whole
// baseline than blocks of independent values would.
type Effect struct {
	Seconds float64 `json:"seconds"`          // length of a block
	Blocks  int     `json:"blocks"`           // blocks that have values
	Values  float64 `json:"values_per_block"` // mean
	// Correlation is the intraclass correlation ρ ≥ 0 that inflates a statistic:
	// n values of a block are worth n/(1+(n−1)ρ) independent ones (Kish, Survey
	// Sampling, Wiley 1965, section 5.4).
	Correlation map[catalog.Statistic]float64 `json:"correlation,omitempty"`
	// Directions is the effective number of independent directions in which the
	// blocks' shares wander: 1 if all move between the same two mixtures, B−1 if
	// anywhere. Ordered is the same for the distribution functions of a numeric
	// column.
	Directions float64 `json:"directions,omitempty"`
	Ordered    float64 `json:"ordered_directions,omitempty"`
	// Successive is the correlation ≥ 0 of a block's deviation with the next
	// block's: what a neighbour has already told is not news.
	Successive float64 `json:"successive,omitempty"`
}

// EstimateEffect measures the correlation of a column's values within blocks of
// the given length, from the baseline's own consecutive blocks. With fewer than
// two blocks that have values nothing is known, and there are no correlations.
//
// The design effect of a statistic is the mean of its square over the blocks,
// each against the whole, divided by its expectation for independent values,
// with K−1 in place of K blocks because they are parts of the whole. For
// Pearson's X² this is the mean design effect of Rao and Scott (J. Amer.
// Statist. Assoc. 76, 1981). A correlation that comes out negative is 0.
func EstimateEffect(s Shape, blocks []Side, seconds float64) Effect {
	e := Effect{Seconds: seconds}
	whole, used := pool(blocks)
	e.Blocks = len(used)
	if e.Blocks < 2 {
		return e
	}
	m := float64(total(whole.Counts))
	e.Values = m / float64(e.Blocks)
	c := New(s, whole, nil)
	c.want(catalog.Statistics)
	size := worthOf(used, m)
	e.Correlation = make(map[catalog.Statistic]float64, len(Statistics))
	for i := range Statistics {
		st := &Statistics[i]
		if !Defined(st.Name, s.Kind) {
			continue
		}
		e.Correlation[st.Name] = 0
		if excess := c.designEffect(st, used) - 1; excess > 0 && size > 1 {
			e.Correlation[st.Name] = min(1, excess/(size-1))
		}
	}
	shares := c.shareDeviations(used)
	e.Successive = shares.successive()
	e.Directions = shares.directions(e.independent())
	if s.Kind == catalog.Numeric {
		ordered := c.orderedDeviations(used)
		e.Ordered = ordered.directions(e.independent())
	}
	return e
}

// worthOf is the size of equal blocks that are worth these unequal ones in an
// analysis of variance.
func worthOf(blocks []Side, m float64) float64 {
	size := m
	for _, b := range blocks {
		n := float64(total(b.Counts))
		size -= n * n / m
	}
	return size / float64(len(blocks)-1)
}

// pool adds the blocks up and returns those that have values.
func pool(blocks []Side) (whole Side, used []Side) {
	var low, high moments
	for _, b := range blocks {
		if total(b.Counts) == 0 {
			continue
		}
		used = append(used, b)
		if whole.Counts == nil {
			whole.Counts = make([]uint64, len(b.Counts))
		}
		for i, n := range b.Counts {
			whole.Counts[i] += n
		}
		low.weigh(b.Low, b.Counts[0])
		high.weigh(b.High, b.Counts[len(b.Counts)-1])
	}
	whole.Low, whole.High = low.mean(), high.mean()
	return whole, used
}

// weigh adds the mean of n values, NaN if there are none.
func (m *moments) weigh(mean float64, n uint64) {
	if n > 0 && !math.IsNaN(mean) {
		m.n += float64(n)
		m.sum += mean * float64(n)
	}
}

// designEffect is that of a statistic's square.
func (c *Comparison) designEffect(st *Statistic, blocks []Side) float64 {
	var sum float64
	for _, b := range blocks {
		live := b
		if st.Bins == Decision {
			live.Counts = c.coarsen(c.live, b.Counts)
		}
		n := float64(total(b.Counts))
		sum += n * st.square(&c.shape, live, c.side(st))
	}
	m := float64(total(c.base.Counts))
	n := m / float64(len(blocks))
	return sum / float64(len(blocks)-1) / c.law(st, n, false).mean
}

// dependence is an effect as it applies to one statistic and window.
type dependence struct {
	correlation float64 // ρ
	directions  float64
	blocks      float64 // independent ones that ρ was estimated from
}

// of returns the effect on a statistic.
func (e *Effect) of(st *Statistic) dependence {
	d := dependence{correlation: e.Correlation[st.Name], directions: e.Directions}
	if st.Bins == Fine {
		d.directions = e.Ordered
	}
	d.blocks = e.independent()
	return d
}

// independent is how many independent blocks the squares of the blocks'
// deviations are worth.
func (e *Effect) independent() float64 {
	squared := e.Successive * e.Successive
	return max(2, float64(e.Blocks)*(1-squared)/(1+squared))
}

// interpolate returns the dependence in blocks of a window's length. Between
// measured lengths it is the excess of the design effect that goes linearly with
// the logarithm of the length; beyond them the correlation is the nearest one.
func interpolate(effects []Effect, window time.Duration, st *Statistic) dependence {
	if len(effects) == 0 {
		return dependence{}
	}
	seconds := window.Seconds()
	i := 0
	for i < len(effects)-1 && effects[i].Seconds < seconds {
		i++
	}
	b := effects[i].of(st)
	if i == 0 || effects[i].Seconds <= seconds {
		return b
	}
	long, short := &effects[i], &effects[i-1]
	a := short.of(st)
	t := math.Log(seconds/short.Seconds) / math.Log(long.Seconds/short.Seconds)
	mix := func(x, y float64) float64 { return x + t*(y-x) }
	excess := mix(a.correlation*(short.Values-1), b.correlation*(long.Values-1))
	values := math.Exp(mix(math.Log(short.Values), math.Log(long.Values)))
	correlation := 0.0
	if values > 1 {
		correlation = min(1, excess/(values-1))
	}
	return dependence{correlation, mix(a.directions, b.directions), mix(a.blocks, b.blocks)}
}
