package drift

import (
	"math"
	"slices"
	"sync"
)

// sumLaws finds the laws of n·m/(n+m) · Σ term over the bins without drift, one
// for each of terms, for a baseline of these counts (nonempty bins only) and
// live samples of size n.
//
// Given the baseline, live counts follow the Dirichlet-multinomial law with the
// baseline's counts plus prior as parameters: exactly so, with prior 0, for bins
// between quantiles of a continuous column, and with Laplace's prior 1 nearly so
// for categories. Seen by itself a bin is then negative binomial with mean n·q_i,
// and the cumulants of its term come from a sum over its possible counts, so
// half counts, skewness and bins in which less than one event is expected are
// all accounted for. The total being fixed takes one degree of freedom, of which
// bin i bears the share q_i; and what the terms have in common with the counts
// themselves is taken out (Holst, Biometrika 59, 1972; Morris, Ann. Statist. 3,
// 1975).
//
// When all counts are large the result is χ² with B−1 degrees of freedom.
//
// unseen > 0 is the expected number of unseen events per m: the law is then
// given that at least one unseen event came.
func sumLaws(terms []func(bin) float64, counts []float64, prior, unseen, n float64) []tail {
	var m float64
	for _, c := range counts {
		m += c
	}
	table := tables.Get().(*cellTable)
	defer tables.Put(table)
	table.terms, table.n, table.m, table.atoms = terms, n, m, make([][]atom, len(terms))
	cells := make([]cell, len(terms)*(len(counts)+1))
	used := cells[:0]
	for i, c := range counts {
		// Bins between quantiles have equal counts, so there is mostly one to tabulate.
		if first := slices.Index(counts, c) * len(terms); first < len(used) {
			used = append(used, used[first:first+len(terms)]...)
			continue
		}
		table.fill(c+prior, c, 0)
		table.alike = 1
		for _, other := range counts[i+1:] {
			if other == c {
				table.alike++
			}
		}
		used = table.cells(used, 1-c/m)
	}
	if unseen > 0 {
		table.fill(unseen, 0, 1)
		table.alike = 1
		used = table.cells(used, 1)
	}
	laws := make([]tail, len(terms))
	for k := range terms {
		laws[k] = lawOf(used[k:], len(terms))
		laws[k].atoms = table.atoms[k]
		slices.SortFunc(laws[k].atoms, func(a, b atom) int {
			switch { // cmp.Compare looks for NaN, and takes twice as long
			case a.value > b.value:
				return -1
			case a.value < b.value:
				return 1
			}
			return 0
		})
	}
	table.atoms = nil
	return laws
}

// lawOf adds up the cumulants of every step-th cell.
func lawOf(cells []cell, step int) tail {
	var covariance, variance float64
	for i := 0; i < len(cells); i += step {
		covariance += cells[i].hn
		variance += cells[i].nn
	}
	slope := 0.0
	if variance > 0 {
		slope = covariance / variance
	}
	var k1, k2, k3 float64
	for i := 0; i < len(cells); i += step {
		c := &cells[i]
		k1 += c.weight * c.h
		k2 += c.weight * (c.hh - 2*slope*c.hn + slope*slope*c.nn)
		k3 += c.weight * (c.hhh - 3*slope*(c.hhn-slope*c.hnn) - slope*slope*slope*c.nnn)
	}
	return typeIII(k1, k2, k3)
}

// cell has a bin's joint central moments of its term h and its count n, and the
// mean of h.
type cell struct {
	weight                            float64
	h, hh, hhh, hn, hhn, hnn, nn, nnn float64
}

// cellTable tabulates one bin at a time.
type cellTable struct {
	terms       []func(bin) float64
	n, m        float64
	base        float64 // the bin's count in the baseline
	counts      []float64
	probability []float64
	given       []float64 // probability given the total, of a sparse bin
	values      []float64
	sparse      bool     // few events are expected: every count is tabulated
	atoms       [][]atom // by term
	alike       float64  // how many bins are like the filled one
}

// tables keeps what tabulating a bin needs: a first evaluation asks for the laws of
// every column of every window.
var tables = sync.Pool{New: func() any { return new(cellTable) }}

// Points at which a cell's law is summed: all counts if there are no more, else
// evenly spaced ones, which is as good as exact for a smooth law.
const (
	smoothPoints = 48  // the law is far from zero: a bell
	cellPoints   = 160 // it is not
)

// sparseMean is up to how many expected events a single bin is looked at by
// itself. A Poisson law of 100 is skewed enough to matter at an alpha of 1e-5.
const sparseMean = 100

// fill tabulates the negative binomial law with shape r and mean n·r/m, for
// counts ≥ least.
func (t *cellTable) fill(r, base, least float64) {
	t.base = base
	mean := t.n * r / t.m
	deviation := math.Sqrt(mean * (1 + t.n/t.m))
	low := max(least, math.Floor(mean-7*deviation))
	// A gamma-like right tail: for small r much longer than a normal one.
	high := math.Ceil(mean + 8*deviation + 20*(1+t.n/t.m))
	points := float64(cellPoints)
	if low > least {
		points = smoothPoints
	}
	step := max(1, math.Floor((high-low)/points))
	// Of two complementary bins the smaller one tells all.
	t.sparse = mean < sparseMean && r < t.m/2
	logShare := math.Log(t.n / (t.n + t.m))
	t.counts, t.probability = t.counts[:0], t.probability[:0]
	for k := low; k <= high; k += step {
		g, _ := math.Lgamma(k + r)
		f, _ := math.Lgamma(k + 1)
		t.counts = append(t.counts, k)
		t.probability = append(t.probability, g-f+k*logShare)
	}
	normalize(t.probability)
	if t.sparse {
		t.giveTotal(r)
	}
}

// cells appends the filled bin's moments, for each term.
func (t *cellTable) cells(dst []cell, weight float64) []cell {
	scale := t.n * t.m / (t.n + t.m)
	for k, term := range t.terms {
		c := cell{weight: weight}
		var count float64
		t.values = t.values[:0]
		for i, live := range t.counts {
			h := 0.0
			if live > 0 || t.base > 0 {
				h = scale * term(newBin(live, t.base, t.n, t.m))
			}
			t.values = append(t.values, h)
			c.h += t.probability[i] * h
			count += t.probability[i] * live
		}
		for i, p := range t.probability {
			h, n := t.values[i]-c.h, t.counts[i]-count
			c.hh += p * h * h
			c.hhh += p * h * h * h
			c.hn += p * h * n
			c.hhn += p * h * h * n
			c.hnn += p * h * n * n
			c.nn += p * n * n
			c.nnn += p * n * n * n
		}
		dst = append(dst, c)
		if t.sparse {
			t.addAtoms(k, c.h)
		}
	}
	return dst
}

// addAtoms keeps the tail of a sparse bin's term: what it exceeds with a
// probability that may be an alpha. Here the total is known to be n, and the
// count of a single bin beta-binomial; one of several alike is as many times as
// probable.
func (t *cellTable) addAtoms(k int, mean float64) {
	const negligible = 1e-10
	for i, p := range t.given {
		if t.values[i] > 2*mean && p > negligible {
			t.atoms[k] = append(t.atoms[k], atom{t.values[i], t.alike * p})
		}
	}
}

// giveTotal tabulates the law of the bin's count, of shape r, given the total.
func (t *cellTable) giveTotal(r float64) {
	t.given = t.given[:0]
	rest := max(t.m-r, 0.5)
	for _, k := range t.counts {
		if k > t.n {
			break
		}
		a, _ := math.Lgamma(k + r)
		b, _ := math.Lgamma(k + 1)
		c, _ := math.Lgamma(t.n - k + rest)
		d, _ := math.Lgamma(t.n - k + 1)
		t.given = append(t.given, a-b+c-d)
	}
	normalize(t.given)
}

// normalize turns logarithms of weights into probabilities.
func normalize(p []float64) {
	top := slices.Max(p)
	var sum float64
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}
