package drift

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Shape is what a baseline fixes about a column.
type Shape struct {
	Kind catalog.Kind
	// Edges are the cut points of a numeric column, ascending. They make
	// len(Edges)+1 fine bins, right-closed: (−∞,e₀], (e₀,e₁], …, (e_last,+∞).
	Edges []float64
	// Decision are the indexes, ascending, of the edges that are decision cut points.
	Decision []int
	// Scale is the standard deviation of a numeric column in the baseline.
	Scale float64
}

// Side is one sample over the shape's fine bins. For a categorical or boolean
// column these are the categories, then "other", then "unseen".
type Side struct {
	Counts []uint64
	// Low and High are the means of the finite values in the two open bins of
	// a numeric column; NaN if there are none.
	Low, High float64
}

// Resolution is the binning that a statistic is defined on. Categorical and
// boolean columns have only one.
type Resolution uint8

// The resolutions: deciles of the baseline (or whatever decision bins it has),
// and the fine bins.
const (
	Decision Resolution = iota
	Fine
)

// Statistic measures how far live counts are from base counts over the same
// bins. It is either a sum over bins or the largest or summed deviation of a
// process; term is set for the former, limit for the latter.
type Statistic struct {
	Name     catalog.Statistic
	Bins     Resolution
	Kinds    []catalog.Kind // columns it is defined for
	Most     float64        // its largest possible value; its smallest is 0
	Distance func(s *Shape, live, base Side) float64

	// term is a bin's part of a sum that, times n·m/(n+m), is χ² with B−1
	// degrees of freedom for large samples without drift; finish turns that
	// sum into the distance.
	term   func(b bin) float64
	finish func(sum, n, m float64) float64
	// limit is the law of the other statistics: their value times
	// sqrt(n·m/(n+m)) for large samples without drift.
	limit func(*limits) *tail
}

// square returns the statistic's square, or what is χ² of a sum over bins, as
// the law of the statistic has it, but for the factor n·m/(n+m).
func (st *Statistic) square(s *Shape, live, base Side) float64 {
	if st.term != nil {
		sum, _, _ := sumBins(live.Counts, base.Counts, st.term)
		return sum
	}
	d := st.Distance(s, live, base)
	return d * d
}

var (
	allKinds = []catalog.Kind{catalog.Numeric, catalog.Categorical, catalog.Boolean}
	numeric  = allKinds[:1]
	discrete = allKinds[1:]
)

// Statistics are all statistics, in the order of catalog.Statistics.
var Statistics = []Statistic{
	{Name: catalog.PSI, Bins: Decision, Kinds: allKinds, Most: math.Inf(1), Distance: onCounts(PSI), term: psiTerm, finish: psiFinish},
	{Name: catalog.KL, Bins: Decision, Kinds: allKinds, Most: math.Inf(1), Distance: onCounts(KL), term: klTerm, finish: klFinish},
	{Name: catalog.JS, Bins: Decision, Kinds: allKinds, Most: 1, Distance: onCounts(JS), term: jsTerm, finish: jsFinish},
	{Name: catalog.Hellinger, Bins: Decision, Kinds: allKinds, Most: 1, Distance: onCounts(Hellinger), term: hellingerTerm, finish: hellingerFinish},
	{Name: catalog.TVD, Bins: Decision, Kinds: allKinds, Most: 1, Distance: onCounts(TVD), limit: tvdLimit},
	{Name: catalog.LInf, Bins: Decision, Kinds: discrete, Most: 1, Distance: onCounts(LInf), limit: linfLimit},
	{Name: catalog.Chi2, Bins: Decision, Kinds: allKinds, Most: 1, Distance: onCounts(Chi2), term: chi2Term, finish: chi2Finish},
	{Name: catalog.KS, Bins: Fine, Kinds: numeric, Most: 1, Distance: onCounts(KS), limit: ksLimit},
	{Name: catalog.Wasserstein, Bins: Fine, Kinds: numeric, Most: math.Inf(1), Distance: Wasserstein, limit: wassersteinLimit},
}

// sumTerms are the terms of those of stats that are sums over bins, and their names;
// then, if TVD or LInf is one of stats, the square of a bin's deviation, which these
// are made of.
func sumTerms(stats []catalog.Statistic) (names []catalog.Statistic, terms []func(bin) float64) {
	deviations := false
	for i := range Statistics {
		switch s := &Statistics[i]; {
		case !slices.Contains(stats, s.Name):
		case s.term != nil:
			names, terms = append(names, s.Name), append(terms, s.term)
		case s.Bins == Decision:
			deviations = true
		}
	}
	if deviations {
		terms = append(terms, func(b bin) float64 { return (b.p - b.q) * (b.p - b.q) })
	}
	return names, terms
}

// Defined tells whether a statistic exists for columns of a kind.
func Defined(name catalog.Statistic, kind catalog.Kind) bool {
	s := lookup(name)
	return s != nil && slices.Contains(s.Kinds, kind)
}

func lookup(name catalog.Statistic) *Statistic {
	for i := range Statistics {
		if Statistics[i].Name == name {
			return &Statistics[i]
		}
	}
	return nil
}

func onCounts(f func(live, base []uint64) float64) func(*Shape, Side, Side) float64 {
	return func(_ *Shape, live, base Side) float64 { return f(live.Counts, base.Counts) }
}

// bin is one bin of two samples.
type bin struct {
	p, q float64 // shares, live and base
	// logP and logQ are the shares for statistics with logarithms: an empty
	// bin counts as half an event there.
	logP, logQ float64
	pooled     float64 // share in both samples together
}

func newBin(live, base, n, m float64) bin {
	return bin{
		p: live / n, q: base / m,
		logP: half(live) / n, logQ: half(base) / m,
		pooled: (live + base) / (n + m),
	}
}

func half(count float64) float64 {
	if count == 0 {
		return 0.5
	}
	return count
}

// sumBins adds up term over the bins that are not empty on both sides, and
// returns both totals. It panics if the lengths differ.
func sumBins(live, base []uint64, term func(bin) float64) (sum, n, m float64) {
	n, m = float64(total(live)), float64(total(base))
	if n == 0 || m == 0 {
		return math.NaN(), n, m
	}
	base = base[:len(live):len(base)]
	for i, l := range live {
		if b := base[i]; l != 0 || b != 0 {
			sum += term(newBin(float64(l), float64(b), n, m))
		}
	}
	return sum, n, m
}

func total(counts []uint64) uint64 {
	var t uint64
	for _, c := range counts {
		t += c
	}
	return t
}
