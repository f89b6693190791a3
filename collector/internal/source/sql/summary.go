package sql

import (
	"fmt"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// summary counts the rows, and of some columns the values and those that fail a
// check.
func (sc *scope) summary(columns []columnPlan) *statement {
	s := sc.d.statement().write("SELECT ", sc.keys(), ", count(*), ", sc.last())
	for i := range columns {
		c := &columns[i]
		if c.source == "" {
			continue
		}
		if s.write(fmt.Sprintf(", count(p%d)", i)); c.checked() {
			sc.checks(s, c, fmt.Sprintf("x%d", i))
		}
	}
	sc.inner(s, func(s *statement) {
		for i := range columns {
			c := &columns[i]
			if c.source == "" {
				continue
			}
			s.write(", ", sc.d.present(c.source, c.class), fmt.Sprintf(" AS p%d", i))
			if c.checked() {
				s.write(", ", sc.d.count.number(c.source, c.class), fmt.Sprintf(" AS x%d", i))
			}
		}
	})
	return s.write(" GROUP BY ", sc.keys())
}

// checked tells that values of the column are looked at one by one.
func (c *columnPlan) checked() bool {
	return c.numeric() && c.readable() && (c.Range != nil || len(c.Sentinels) > 0)
}

// checks counts what is out of the declared range, and declared sentinels.
func (sc *scope) checks(s *statement, c *columnPlan, x string) {
	if c.Range != nil {
		s.write(", count(CASE WHEN (", x, " < ", number(c.Range[0]), " OR ", x, " > ", number(c.Range[1]), ")")
		for _, sentinel := range c.Sentinels {
			s.write(" AND ", x, " <> ", number(sentinel))
		}
		s.write(" THEN 1 END)")
	}
	if len(c.Sentinels) > 0 {
		s.write(", count(CASE WHEN ")
		for i, sentinel := range c.Sentinels {
			if i > 0 {
				s.write(" OR ")
			}
			s.write(x, " = ", number(sentinel))
		}
		s.write(" THEN 1 END)")
	}
}

// readSummary adds what summary returned of the columns, and the rows if they are the
// first. Further columns of a span without rows are an error: it came in between.
func (sc *scope) readSummary(p *page, columns []columnPlan, first bool, into counted) error {
	add := func() *event.Aggregate { return &event.Aggregate{Columns: make([]event.Counted, len(sc.columns))} }
	if !first {
		add = nil
	}
	return sc.each(p, into, add, func(a *event.Aggregate, c *cells) error {
		rows, last := c.count(), c.whole()
		if first {
			a.Rows, a.Last = a.Rows+rows, max(a.Last, last)
		}
		if a.Rows > maxRows {
			return fmt.Errorf("%d rows of one pane are more than any table has", a.Rows)
		}
		for i := range columns {
			readChecks(c, &columns[i], rows, &a.Columns[columns[i].at])
		}
		return nil
	})
}

func readChecks(c *cells, of *columnPlan, rows uint64, to *event.Counted) {
	to.Name, to.Output, to.Removed = of.Name, of.Output, of.source == ""
	if to.Removed {
		to.Missing += rows
		return
	}
	present := c.count()
	to.Missing += rows - min(rows, present)
	if of.numeric() || !of.readable() {
		to.Type += present // readBins knows better, if there are numbers
	}
	if !of.checked() {
		return
	}
	if of.Range != nil {
		to.Range += c.count()
	}
	if len(of.Sentinels) > 0 {
		to.Sentinel += c.count()
	}
}
