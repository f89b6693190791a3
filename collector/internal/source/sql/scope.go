package sql

import (
	"fmt"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// scope is which rows to count, and how to divide them.
type scope struct {
	d       *dialect
	cfg     *config.SQL
	class   class // of the watermark
	where   func(s *statement)
	low     int64 // earlier rows were counted; math.MinInt64 if none were
	levels  []Level
	begins  []int64 // of each level's window
	near    []times // in panes of the first level, although its window is over
	columns []columnPlan
	cuts    []cut // of servers that find a span in a list; nil for all others
}

// times are those from one up to another.
type times struct{ from, to int64 }

// cut is where a span begins. One that is divided by what was counted before, or by
// the begin of a window, has several.
type cut struct {
	from int64
	span span
}

// maxCuts bounds a list. A pane of a minute over a week of overlap are as many.
const maxCuts = 12_000

// spanOf is the span of a time.
func (sc *scope) spanOf(ns int64) span {
	for i, begin := range sc.begins {
		if ns >= begin || i == 0 && slices.ContainsFunc(sc.near, func(r times) bool { return ns >= r.from && ns < r.to }) {
			return span{i, floorTo(ns, sc.levels[i].Width)}
		}
	}
	return span{len(sc.begins), 0}
}

// cut lists where spans begin up to the newest row; nil if there are too many.
func (sc *scope) cut(newest int64) (cuts []cut) {
	ranges := make([]times, 0, len(sc.begins)+len(sc.near))
	widths := make([]int64, 0, cap(ranges))
	end := newest
	for i, begin := range sc.begins {
		ranges, widths = append(ranges, times{begin, end}), append(widths, sc.levels[i].Width)
		end = min(end, begin)
	}
	for _, r := range sc.near {
		ranges, widths = append(ranges, r), append(widths, sc.levels[0].Width)
	}
	at := []int64{}
	if sc.low != math.MinInt64 {
		at = append(at, sc.low)
	}
	for i, r := range ranges {
		from, to := max(r.from, floorTo(max(sc.low, math.MinInt64+widths[i]), widths[i])), min(r.to, newest)
		if from > to {
			continue
		}
		if from < 0 && to > math.MaxInt64+from || (to-from)/widths[i] > maxCuts {
			return nil
		}
		for t := from; t <= to; t += widths[i] {
			at = append(at, t)
		}
		at = append(at, r.to) // where the level before goes on
	}
	slices.Sort(at)
	before := span{-1, 0}
	for _, t := range at {
		if k := sc.spanOf(t); t >= sc.low && t <= newest && k != before {
			cuts, before = append(cuts, cut{t, k}), k
		}
	}
	if len(cuts) > maxCuts {
		return nil
	}
	return cuts
}

// keys are what tells the spans of groups of rows.
func (sc *scope) keys() string {
	if sc.cuts != nil {
		return "p"
	}
	return "lv, sp"
}

// last is the newest time of a group.
func (sc *scope) last() string {
	if sc.cuts != nil {
		return sc.d.count.nanos("max(ts)", sc.class)
	}
	return "max(ns)"
}

// span reads the keys; false for rows that are not to be counted.
func (sc *scope) span(c *cells) (span, bool) {
	if sc.cuts == nil {
		return span{int(c.whole()), c.whole()}, true
	}
	p := int(c.whole())
	if p < 0 || p > len(sc.cuts) || p == 0 && sc.low != math.MinInt64 {
		return span{}, false
	}
	if p == 0 {
		return span{len(sc.begins), 0}, true
	}
	return sc.cuts[p-1].span, true
}

// each calls use with the rows of a page that are to be counted: what was counted of
// their span, and their cells behind the keys. add makes what is new; if it is nil the
// span should be known.
func (sc *scope) each(p *page, into counted, add func() *event.Aggregate, use func(*event.Aggregate, *cells) error) error {
	for row := range p.rows {
		c := cells{p: p, row: row}
		key, ok := sc.span(&c)
		if !ok {
			continue
		}
		a := into[key]
		if a == nil {
			if add == nil {
				return errSnapshot
			}
			a = add()
			into[key] = a
		}
		if err := use(a, &c); err != nil {
			return err
		}
	}
	return nil
}

// inner begins a statement over rows: their group, and what columns writes.
func (sc *scope) inner(s *statement, columns func(s *statement)) *statement {
	w := sc.d.ident(sc.cfg.Watermark)
	if sc.cuts != nil {
		s.write(" FROM (SELECT ")
		sc.d.count.place(s, w, sc.class, sc.cuts)
		s.write(" AS p, ", w, " AS ts")
		columns(s)
		s.write(" FROM ", sc.d.target(sc.cfg), " WHERE isfinite(", w, ") AND ")
		sc.where(s)
		return s.write(") AS g")
	}
	s.write(" FROM (SELECT CASE ")
	for i := range sc.begins {
		s.write(fmt.Sprintf("WHEN %s THEN %d ", sc.within(i), i))
	}
	s.write(fmt.Sprintf("ELSE %d END AS lv, CASE ", len(sc.begins)))
	for i := range sc.begins {
		s.write(fmt.Sprintf("WHEN %s THEN ns - ns %% %d ", sc.within(i), sc.levels[i].Width))
	}
	s.write("ELSE 0 END AS sp, r.* FROM (SELECT ", sc.d.count.nanos(w, sc.class), " AS ns")
	columns(s)
	s.write(" FROM ", sc.d.target(sc.cfg), " WHERE ")
	sc.where(s)
	exact := "ns IS NOT NULL"
	if sc.low != math.MinInt64 {
		exact = fmt.Sprintf("ns >= %d", sc.low)
	}
	return s.write(sc.d.count.fence, ") AS r WHERE ", exact, ") AS g")
}

// within is the condition of a level.
func (sc *scope) within(level int) string {
	when := fmt.Sprintf("ns >= %d", sc.begins[level])
	if level == 0 {
		for _, r := range sc.near {
			if when += fmt.Sprintf(" OR ns >= %d", r.from); r.to != math.MaxInt64 {
				when += fmt.Sprintf(" AND ns < %d", r.to)
			}
		}
	}
	return when
}

// floorTo rounds a time down to a multiple of width.
func floorTo(t, width int64) int64 {
	r := t % width
	if r < 0 {
		r += width
	}
	if t < math.MinInt64+width {
		return math.MinInt64
	}
	return t - r
}
