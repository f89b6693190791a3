package sql

import (
	"fmt"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// ranks hashes the values of a column, so that different ones can be counted over
// any number of spans: of categories those that are not known by name.
func (sc *scope) ranks(c *columnPlan) *statement {
	n, keys := sc.d.count, sc.keys()
	hash := n.hashText
	if c.numeric() || c.class == classNumber {
		hash = n.hashNumber
	}
	as := strings.NewReplacer("{hash}", hash)
	s := sc.d.statement().write("SELECT ", keys, ", ", n.packed, " FROM (SELECT ", keys, ", rg, ", strings.ReplaceAll(n.rank, "{rest}", n.first), " AS rk FROM (SELECT ", keys, ", ",
		as.Replace(n.register), " AS rg, ", as.Replace(n.rest), " AS rest")
	sc.inner(s, func(s *statement) {
		if s.write(", "); c.numeric() {
			s.write(n.number(c.source, c.class), " AS x")
		} else {
			s.write(sc.d.category(c.source, c.class), " AS x")
		}
	})
	s.write(" WHERE x IS NOT NULL")
	if known := c.known(); !c.numeric() && len(known) > 0 {
		s.write(" AND x NOT IN (").all(known).write(")")
	}
	return s.write(") AS h GROUP BY ", keys, ", rg) AS j GROUP BY ", keys)
}

// readRanks adds what ranks returned.
func (sc *scope) readRanks(p *page, c *columnPlan, into counted) error {
	return sc.each(p, into, func() *event.Aggregate { return &event.Aggregate{} }, func(a *event.Aggregate, cs *cells) error {
		col, _ := cs.next()
		text := col.text(cs.row)
		if len(text)%3 != 0 {
			return fmt.Errorf("column %q: %d letters are no hashes", c.Name, len(text))
		}
		to := event.Counted{Name: c.Name, Output: c.Output}
		for ; len(text) > 0; text = text[3:] {
			to.Ranks = append(to.Ranks, event.Rank{Register: uint16(text[0]-48)<<6 | uint16(text[1]-48), Rank: text[2] - 48})
		}
		a.Columns = append(a.Columns, to)
		return nil
	})
}
