package drift

import (
	"math"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// constant names a critical value that was found once: of the squared statistic
// for a live sample of about a given size.
type constant struct {
	name   string
	window time.Duration
	alpha  float64
	size   int // gridSteps·log₂ n
	unseen bool
}

// gridSteps is how many sample sizes per doubling constants are found for;
// between them they are interpolated. They tend to a limit as n grows; with one
// step per doubling, Hellinger's bend for sparse bins would be missed by enough
// to raise a false-alarm rate of 0.05 to 0.06.
const gridSteps = 4

// criticalValue returns what st exceeds with probability alpha.
//
// With n_e and m_e the sizes that the samples are worth as independent ones,
// it is the α-quantile of the law of the squared statistic, times (1/n_e+1/m_e).
func (c *Comparison) criticalValue(st *Statistic, n, alpha float64, window time.Duration, unseen bool) float64 {
	position := gridSteps * math.Log2(max(n, 1))
	size := int(math.Floor(position))
	key := constant{string(st.Name), window, alpha, size, unseen && st.term != nil}
	square := c.constantOf(st, key)
	if t := position - float64(size); t > 0 {
		key.size++
		square += t * (c.constantOf(st, key) - square)
	}
	m := float64(total(c.base.Counts))
	live, base := c.worth(st, n, m, window)
	square *= 1/live + 1/base
	// A critical value of Most says that nothing would be significant.
	if st.term != nil {
		return min(st.Most, st.finish(square, n, m))
	}
	return min(st.Most, math.Sqrt(square))
}

func (c *Comparison) constantOf(st *Statistic, key constant) float64 {
	q, ok := c.critical[key]
	if !ok {
		q = c.findConstant(st, key)
		c.critical[key] = q
	}
	return q
}

func (c *Comparison) findConstant(st *Statistic, key constant) float64 {
	n := math.Exp2(float64(key.size) / gridSteps)
	return interpolate(c.effects, key.window, st).quantile(c.law(st, n, key.unseen), n, key.alpha)
}

// law is that of the squared statistic, times n·m/(n+m), for independent values.
func (c *Comparison) law(st *Statistic, n float64, unseen bool) tail {
	if st.Bins == Fine {
		return *st.limit(c.limits(Fine))
	}
	key := sample{n, unseen}
	laws, ok := c.sums[key]
	if !ok {
		expected := 0.0
		if unseen {
			expected = c.unseen
		}
		if len(c.sums) == maxSums {
			clear(c.sums)
		}
		laws = sumLaws(c.terms, c.nonzero, c.prior(), expected, n)
		c.sums[key] = laws
	}
	if st.term != nil {
		return laws[slices.Index(c.summed, st.Name)]
	}
	law := *st.limit(c.limits(Decision))
	law.atoms = laws[len(laws)-1].atoms
	return law
}

// maxSums bounds what is kept of the laws: a window needs two, and their
// quantiles are kept for long.
const maxSums = 4

// sample is what the laws of the sums over bins depend on beside the baseline.
type sample struct {
	n      float64
	unseen bool
}

// prior is what the Dirichlet parameters have beyond the baseline's counts.
func (c *Comparison) prior() float64 {
	if c.shape.Kind == catalog.Numeric {
		return 0
	}
	return 1
}

// worth returns how many independent values n live and m base values are worth
// for a statistic: each is divided by its design effect, the baseline by that
// of its longest blocks, as far as one does not repeat the other.
func (c *Comparison) worth(st *Statistic, n, m float64, window time.Duration) (live, base float64) {
	if len(c.effects) == 0 {
		return n, m
	}
	live = n / (1 + max(0, n-1)*interpolate(c.effects, window, st).correlation)
	longest := &c.effects[len(c.effects)-1]
	repeated := (1 + longest.Successive) / (1 - longest.Successive)
	base = m / ((1 + max(0, longest.Values-1)*longest.of(st).correlation) * repeated)
	return live, base
}

// quantile returns what a squared statistic exceeds with probability alpha, in
// units of its design effect, which is not the same in all directions and is
// only an estimate. law is the statistic's for independent values.
//
// The statistic is taken for Σ w_j χ²₁, with as many directions of sampling
// noise as law has degrees of freedom, and in some of them a wander beyond it
// that falls off geometrically, as it does for an autoregressive column; its
// cumulants follow from the effective number of directions, and three are
// matched (Rao and Scott, Ann. Statist. 12, 1984, match two). The ratio to a
// design effect that was estimated from a number of blocks follows the F law
// (Thomas and Rao, J. Amer. Statist. Assoc. 82, 1987), with as much freedom in
// the denominator as the estimated part of the design effect deserves.
func (d dependence) quantile(law tail, n, alpha float64) float64 {
	independent := law.quantile(alpha)
	excess := max(0, n-1) * d.correlation
	if excess <= 0 || independent <= 0 {
		return independent
	}
	freedom := law.freedom()
	directions := max(1, d.directions)
	ratio := (directions - 1) / (directions + 1)
	e1 := excess * freedom
	e2 := e1 * e1 / directions
	e3 := math.Pow(e1*(1-ratio), 3) / (1 - ratio*ratio*ratio)
	s1, s2, s3 := freedom+e1, freedom+2*e1+e2, freedom+3*e1+3*e2+e3
	wander := typeIII(s1, 2*s2, 8*s3).quantile(alpha) / s1
	estimated := excess / (1 + excess)
	above := s2 * s2 * s2 / (s3 * s3) // degrees of freedom of the tail
	below := (d.blocks - 1) * s1 * s1 / s2 / estimated
	ofEstimate := fQuantile(above, below, alpha) / (chi2Quantile(above, alpha) / above)
	// What law has over χ² fades as the wander, which is χ², takes over.
	overChi2 := independent / law.mean / (chi2Quantile(freedom, alpha) / freedom)
	return law.mean * wander * ofEstimate * math.Pow(overChi2, 1-estimated)
}
