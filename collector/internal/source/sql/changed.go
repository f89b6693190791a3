package sql

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// compare makes what was counted comparable with what will be counted: by the same
// columns in the same order. Of a column that is counted by something else now,
// nothing stays; spans that are divided in another way cannot be compared at all.
func (s *Source) compare(sc *scope) {
	l := s.counts
	by, columns := event.Hash(fmt.Appendf(nil, "%v %v", sc.levels[0], sc.class)), make([]columnBy, len(sc.columns))
	for i := range sc.columns {
		c := &sc.columns[i]
		columns[i] = columnBy{c.Name, c.Output, c.by()}
	}
	newest := time.Unix(0, l.High).UTC().Format(time.RFC3339Nano)
	switch {
	case by != l.By || l.Columns == nil:
		if l.By != 0 {
			s.log.Warn("Windows or the watermark's type changed; rows that appear late are not counted up to the newest that was", "newest", newest)
		}
		l.By, l.Floor, l.Spans = by, l.High, map[int64]*event.Aggregate{}
	case !slices.Equal(columns, l.Columns):
		if changed := l.reorder(columns); len(changed) > 0 {
			s.log.Warn("Columns are counted anew; late rows may count without a value in them, up to the newest row that was counted",
				"columns", strings.Join(changed, ", "), "newest", newest)
		}
	}
	l.Columns = columns
}

// reorder gives the spans columns in another order, and returns those of which what
// was counted cannot be compared. A column that the table did not have can: no row had
// a value.
func (l *ledger) reorder(columns []columnBy) (changed []string) {
	from, same := make([]int, len(columns)), make([]bool, len(columns))
	for i, c := range columns {
		from[i] = slices.IndexFunc(l.Columns, func(b columnBy) bool { return b.Name == c.Name && b.Output == c.Output })
		if same[i] = from[i] >= 0 && (c.By == 0 || c.By == l.Columns[from[i]].By); !same[i] {
			changed = append(changed, c.Name)
		}
	}
	for _, a := range l.Spans {
		before := a.Columns
		a.Columns = make([]event.Counted, len(columns))
		for i, k := range from {
			if k >= 0 && (same[i] || before[k].Removed) {
				a.Columns[i] = before[k]
			}
		}
	}
	return changed
}

// columnBy identifies what a column was counted by; 0 if the table had none.
type columnBy struct {
	Name   string
	Output bool
	By     uint64
}

// by identifies what the column is counted by; 0 if the table has no such column.
func (c *columnPlan) by() uint64 {
	if c.source == "" {
		return 0
	}
	data := fmt.Appendf(nil, "%s %d %v %v %q %v", c.source, c.class, c.Edges, c.Shift, c.Words, c.Sentinels)
	if c.Range != nil {
		data = fmt.Appendf(data, "%v", *c.Range)
	}
	return event.Hash(fmt.Appendf(data, " %s", c.Kind))
}
