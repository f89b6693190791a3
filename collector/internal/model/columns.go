package model

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// check counts the data-quality violations of column i in the selected rows.
// col is nil if no event of the source ever had the column.
func (v *Version) check(i int, col *event.Column, rows []int32, now int64) {
	c, n := &v.Model.layout.columns[i], &v.Columns[i]
	n.Values += uint64(len(rows))
	if col == nil {
		n.Missing += uint64(len(rows))
		n.removed(c, uint64(len(rows)))
		return
	}
	want := event.Number
	if c.Kind == catalog.Categorical {
		want = event.Text
	}
	if count(col.Cells, rows, want) < len(rows) {
		var cells [event.NumCells]uint64
		for _, r := range rows {
			cells[col.Cells[r]]++
		}
		missing := cells[event.Absent] + cells[event.Null]
		n.Missing += missing
		n.removed(c, cells[event.Absent])
		n.Type += wrongType(c.Kind, &cells)
		if missing == uint64(len(rows)) {
			return
		}
	}
	n.LastValue = now
	if c.Kind == catalog.Numeric {
		n.checkNumbers(c, col, rows)
	}
}

// removed counts rows that lack a column which the baseline always has. Writers
// that leave out nulls make columns come and go; that is no schema change.
func (n *ColumnCounts) removed(c *Column, rows uint64) {
	if c.Base.Absent == 0 && !c.Output {
		n.Removed += rows
	}
}

// wrongType counts cells that cannot be a value of the kind. A boolean may be
// written as 0 or 1, a category as a number.
func wrongType(k catalog.Kind, cells *[event.NumCells]uint64) uint64 {
	switch k {
	case catalog.Numeric:
		return cells[event.Text] + cells[event.Nested]
	default:
		return cells[event.Nested]
	}
}

// count counts the selected cells that are want.
func count(cells []event.Cell, rows []int32, want event.Cell) int {
	if len(rows) == len(cells) {
		return event.CountCells(cells, want)
	}
	n := 0
	for _, r := range rows {
		if cells[r] == want {
			n++
		}
	}
	return n
}

func (n *ColumnCounts) checkNumbers(c *Column, col *event.Column, rows []int32) {
	if c.Range != nil {
		lo, hi := c.Range[0], c.Range[1]
		for _, r := range rows {
			if x := col.Nums[r]; (x < lo || x > hi) && col.Cells[r] == event.Number && !slices.Contains(c.Sentinels, x) {
				n.Range++
			}
		}
	}
	for _, sentinel := range c.Sentinels {
		for _, r := range rows {
			if col.Nums[r] == sentinel && col.Cells[r] == event.Number {
				n.Sentinel++
			}
		}
	}
}

// findSentinels looks for undeclared sentinels. It is called with the moments of
// the pane that the rows are part of: while those stay within the baseline's
// range there is nothing to find.
func (n *ColumnCounts) findSentinels(c *Column, col *event.Column, rows []int32, m *sketch.Moments) {
	if n.sentinels == nil || !n.sentinels.Outside(m.Min, m.Max) {
		return
	}
	for _, r := range rows {
		if x := col.Nums[r]; col.Cells[r] == event.Number && !slices.Contains(c.Sentinels, x) {
			n.Sentinel += n.sentinels.Add(x)
		}
	}
}

// fill adds the selected rows of column i to a pane.
func (v *Version) fill(i int, col *event.Column, p *pane, d *sketch.Distinct, rows []int32, m *columnMap) {
	c := &v.Model.layout.columns[i]
	counts := p.counts[c.First : c.First+c.Len]
	if c.Kind == catalog.Numeric {
		c.bins.Update(counts, &p.moments[c.Moments], col.Cells, col.Nums, rows)
		d.AddNums(col.Cells, col.Nums, rows)
		v.Columns[i].findSentinels(c, col, rows, &p.moments[c.Moments])
		return
	}
	before := counts[c.unseen()]
	v.Model.set.fillCategories(c, col, counts, d, rows, m.bins(i, c, col.Words))
	v.Columns[i].Unseen += uint64(counts[c.unseen()] - before)
}

// fillCategories counts the selected rows by category; bins is that of each code.
func (s *Set) fillCategories(c *Column, col *event.Column, counts []uint32, d *sketch.Distinct, rows []int32, bins []int) {
	texts, unlisted := s.codes.count(col, rows)
	for _, code := range s.codes.touched {
		counts[bins[code]] += s.codes.n[code]
		d.AddWord(col.Words[code])
	}
	if unlisted > 0 {
		s.Dropped[LimitCategories] += unlisted
		counts[c.Base.Unknown()] += uint32(unlisted)
		for _, r := range rows {
			if col.Cells[r] == event.Text && col.Codes[r] == event.Unlisted {
				d.AddHash(math.Float64bits(col.Nums[r]))
			}
		}
	}
	if texts == uint64(len(rows)) {
		return
	}
	add := func(name string, n uint64) {
		counts[c.bin(name)] += uint32(n)
		d.AddWord(name)
	}
	s.numbers.count(col, rows, func(name string) { add(name, 1) })
	for i, x := range s.numbers.values {
		add(spellAs(c.Kind, x, s.numbers.bools[i]), s.numbers.counts[i])
	}
}

// spellAs writes a number as the category it stands for in a column of a kind.
func spellAs(k catalog.Kind, x float64, isBool bool) string {
	return spellCell(x, isBool || k == catalog.Boolean && (x == 0 || x == 1))
}
