package sql

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// bins counts the values of a numeric column by bin, and adds up the moments of those
// that are not far. The server does so by bin first: what it does for each value is then little.
func (sc *scope) bins(c *columnPlan) *statement {
	keys, last := sc.keys(), len(c.Edges)
	s := sc.d.statement().write("SELECT ", keys, ", ", sc.d.count.joined)
	for _, sum := range [...]string{"sum(CASE WHEN %s THEN m END)", "sum(CASE WHEN %s THEN y END)", "sum(CASE WHEN %s THEN q END)", "min(CASE WHEN %s THEN lo END)", "max(CASE WHEN %s THEN hi END)"} {
		s.write(", ", fmt.Sprintf(sum, fmt.Sprintf("bin BETWEEN 0 AND %d", last)))
	}
	for _, open := range [...]int{0, last} {
		s.write(fmt.Sprintf(", sum(CASE WHEN bin = %d THEN m END), sum(CASE WHEN bin = %d THEN t END)", open, open))
	}
	s.write(" FROM (SELECT ", keys, ", bin, count(*) AS n, count(v) AS m, sum(v) AS t, sum(v - ")
	shift := func() *statement { return s.write(number(c.shift()), double(sc.d)) }
	shift().write(") AS y, sum((v - ")
	shift().write(") * (v - ")
	shift().write(")) AS q, min(x) AS lo, max(x) AS hi FROM (SELECT ", keys, ", x, CASE WHEN abs(x) <= ", far, " THEN x END AS v, ")
	sc.d.count.bucket(s, "x", c.Edges)
	s.write(" AS bin")
	sc.inner(s, func(s *statement) { s.write(", ", sc.d.count.number(c.source, c.class), " AS x") })
	return s.write(" WHERE x IS NOT NULL) AS b GROUP BY ", keys, ", bin) AS j GROUP BY ", keys)
}

// far is a bound of the values that are in moments. The sum of the squares of a whole
// table of them is a double; servers give up a statement with one that is not.
const far = "1e140"

// shift is what moments are about: the baseline's mean, unless it is far.
func (c *columnPlan) shift() float64 {
	if math.Abs(c.Shift) > 1e140 {
		return 0
	}
	return c.Shift
}

// double makes PostgreSQL take a parameter as a double.
func double(d *dialect) string {
	if d.count == postgresCounter {
		return "::double precision"
	}
	return ""
}

// number is a parameter.
func number(x float64) arg { return arg{formFloat, fmt.Sprint(x)} }

// tree is a bucket by halving, for servers that have no function for it: as many
// comparisons as the logarithm of the edges.
func tree(s *statement, x string, edges []float64) {
	var write func(lo, hi int)
	write = func(lo, hi int) {
		if lo == hi {
			s.write(fmt.Sprint(lo))
			return
		}
		mid := (lo + hi) / 2
		s.write("CASE WHEN ", x, " <= ", number(edges[mid]), " THEN ")
		write(lo, mid)
		s.write(" ELSE ")
		write(mid+1, hi)
		s.write(" END")
	}
	s.write("CASE WHEN ", x, " < -", largest, " THEN -1 WHEN ", x, " > ", largest, fmt.Sprintf(" THEN %d ELSE ", len(edges)+1))
	write(0, len(edges))
	s.write(" END")
}

const largest = "1.7976931348623157e308" // what is beyond is infinite

// readBins adds what bins returned.
func (sc *scope) readBins(p *page, c *columnPlan, into counted) error {
	return sc.each(p, into, nil, func(a *event.Aggregate, cs *cells) error {
		to := &a.Columns[c.at]
		col, _ := cs.next()
		values, err := addBins(to, string(col.text(cs.row)), len(c.Edges))
		if err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		to.Type -= min(to.Type, values)
		addMoments(to, cs, c.shift())
		return nil
	})
}

// addBins adds bins and counts, such as 3:17,8:2, and returns of how many values.
// Infinite ones are below the first bin, and above the last.
func addBins(to *event.Counted, text string, last int) (values uint64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		bin, n, _ := strings.Cut(part, ":")
		b, err1 := strconv.Atoi(bin)
		k, err2 := strconv.ParseUint(n, 10, 64)
		if err1 != nil || err2 != nil {
			return 0, fmt.Errorf("%q is no count of a bin", part)
		}
		to.Bins = append(to.Bins, event.BinCount{Bin: min(max(b, 0), last), N: k})
		values += k
	}
	slices.SortFunc(to.Bins, func(a, b event.BinCount) int { return a.Bin - b.Bin })
	merged := to.Bins[:0]
	for _, b := range to.Bins {
		if k := len(merged) - 1; k >= 0 && merged[k].Bin == b.Bin {
			merged[k].N += b.N
		} else {
			merged = append(merged, b)
		}
	}
	to.Bins = merged
	return values, nil
}

// addMoments reads moments. Those whose sums are beyond a double are left out.
func addMoments(to *event.Counted, c *cells, shift float64) {
	n, sum, squares, lo, hi := c.count(), c.real(), c.real(), c.real(), c.real()
	lowN, low, highN, high := c.count(), c.real(), c.count(), c.real()
	if all := sum + squares + low + high; n == 0 || math.IsNaN(all) || math.IsInf(all, 0) {
		return
	}
	if to.N == 0 {
		to.Min, to.Max = lo, hi
	}
	to.N, to.Shift, to.Sum, to.SumSq = to.N+n, shift, to.Sum+sum, to.SumSq+squares
	to.Min, to.Max = min(to.Min, lo), max(to.Max, hi)
	to.LowN, to.Low, to.HighN, to.High = to.LowN+lowN, to.Low+low, to.HighN+highN, to.High+high
}
