package sql

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestRowsBetweenSummaries: more columns than one statement has, on a server without
// snapshots, and rows of a new minute that come between two statements. They count
// once, at the next poll.
func TestRowsBetweenSummaries(t *testing.T) {
	const columns = summaryColumns + 1
	minute := int64(time.Minute)
	now := floorTo(start.UnixNano(), minute)
	counting := &Counting{Levels: []Level{{minute, 60}}}
	sc := &scope{levels: counting.Levels, begins: []int64{now - 59*minute}}
	for i := range columns {
		counting.Columns = append(counting.Columns, Column{Name: fmt.Sprint("c", i), Kind: catalog.Numeric, Edges: []float64{1}})
	}
	for i := range counting.Columns {
		sc.columns = append(sc.columns, columnPlan{Column: &counting.Columns[i], at: i, source: "x", class: classNumber})
	}
	s := &Source{counting: counting, counts: newLedger(), rows: newMemory(), plan: &plan{}}
	s.cfg.Driver = config.ClickHouse

	summary := func(columns int) *page {
		row := []int64{0, now, 5, now + 1}
		for range columns {
			row = append(row, 5)
		}
		return rowOf(row...).p
	}
	bins := &page{}
	bins.reset(12)
	bins.columns[0].addInt(0)
	bins.columns[1].addInt(now)
	bins.columns[2].addText(formText, []byte("0:5"))
	for i := 3; i < len(bins.columns); i++ {
		bins.columns[i].addNull()
	}
	bins.rows = 1
	poll := func(first *page, into counted) error {
		if err := sc.readSummary(first, sc.columns[:summaryColumns], true, into); err != nil {
			return err
		}
		if err := sc.readSummary(summary(1), sc.columns[summaryColumns:], false, into); err != nil {
			return err
		}
		for i := range sc.columns {
			if err := sc.readBins(bins, &sc.columns[i], into); err != nil {
				return err
			}
		}
		return nil
	}
	if err := poll(&page{}, counted{}); !errors.Is(err, errSnapshot) {
		t.Errorf("a minute that the first statement did not see: %v", err)
	}
	into := counted{}
	if err := poll(summary(summaryColumns), into); err != nil {
		t.Fatal(err)
	}
	var b event.Batch
	s.settle(&b, into, sc, now)
	if len(b.Aggregates) != 1 || b.Aggregates[0].Rows != 5 {
		t.Fatalf("got %+v, want one span of 5 rows", b.Aggregates)
	}
	for _, c := range b.Aggregates[0].Columns {
		if len(c.Bins) != 1 || c.Bins[0].N != 5 || c.Missing != 0 {
			t.Errorf("%s: got %+v, want 5 values", c.Name, c)
		}
	}
}
