package sql

import (
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestReorder: spans that were counted by another baseline keep what its columns have in
// common with the new one's, in the new order.
func TestReorder(t *testing.T) {
	l := newLedger()
	l.Columns = []columnBy{{"a", false, 1}, {"score", true, 2}, {"score", false, 3}, {"gone", false, 0}, {"old", false, 5}}
	l.Spans[60] = &event.Aggregate{Rows: 9, Columns: []event.Counted{
		{Name: "a", Missing: 1}, {Name: "score", Output: true, Missing: 2}, {Name: "score", Missing: 3}, {Name: "gone", Removed: true, Missing: 9}, {Name: "old", Missing: 4},
	}}
	changed := l.reorder([]columnBy{{"score", false, 3}, {"gone", false, 7}, {"new", false, 8}, {"a", false, 11}, {"score", true, 2}, {"old", false, 0}})
	if want := []string{"gone", "new", "a"}; !slices.Equal(changed, want) {
		t.Errorf("%q changed, want %q", changed, want)
	}
	var got []uint64
	for _, c := range l.Spans[60].Columns {
		got = append(got, c.Missing)
	}
	if want := []uint64{3, 9, 0, 0, 2, 4}; !slices.Equal(got, want) || l.Spans[60].Rows != 9 {
		t.Errorf("missing %d of %d rows, want %d", got, l.Spans[60].Rows, want)
	}
}

// TestDifferenceOfOtherColumns: rows are told by the columns that stayed.
func TestDifferenceOfOtherColumns(t *testing.T) {
	stayed := func(n uint64) event.Counted {
		return event.Counted{Name: "stayed", Words: []event.WordCount{{Word: "x", N: n}}}
	}
	missing := func(name string, removed bool, n uint64) event.Counted {
		return event.Counted{Name: name, Removed: removed, Missing: n}
	}
	valued := func(name string, missing, n uint64) event.Counted {
		return event.Counted{Name: name, Missing: missing, Bins: []event.BinCount{{Bin: 1, N: n}}}
	}
	before := &event.Aggregate{Rows: 10, Columns: []event.Counted{stayed(10), valued("went", 0, 10), missing("came", true, 10), missing("filled", true, 10), {}}}
	now := &event.Aggregate{Rows: 13, Columns: []event.Counted{stayed(13), missing("went", true, 13), valued("came", 11, 2), valued("filled", 0, 13), valued("anew", 1, 12)}}
	d := difference(now, before)
	if d.Rows != 3 || d.Columns[0].Words[0].N != 3 {
		t.Errorf("%d rows are new: %+v", d.Rows, d.Columns[0])
	}
	if c := d.Columns[1]; !c.Removed || c.Missing != 3 || len(c.Bins) != 0 {
		t.Errorf("the column that went: %+v", c)
	}
	if c := d.Columns[2]; c.Missing != 1 || len(c.Bins) != 1 || c.Bins[0].N != 2 {
		t.Errorf("the column that came: %+v", c)
	}
	for _, c := range d.Columns[3:] {
		if c.Name != "" {
			t.Errorf("a column whose new values cannot be told: %+v", c)
		}
	}
	if again := difference(now, most(now, before)); again.Rows != 0 {
		t.Errorf("%d rows are new when nothing is", again.Rows)
	}
}
