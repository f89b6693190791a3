package model

import (
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// KPISum is the sum of a business figure since the start, of its positive and
// negative parts.
type KPISum struct{ Sum, Negative float64 }

// Confusion counts joined predictions by predicted and actual class. Both only
// grow, and so does the table: cell (p, a) with m = max(p, a) is in the m-th shell
// around the classes before it, so that a new class moves no count.
type Confusion struct{ counts []uint64 }

func (c *Confusion) add(predicted, actual int) {
	i := shell(predicted, actual)
	if i >= len(c.counts) {
		c.counts = append(c.counts, make([]uint64, i+1-len(c.counts))...)
	}
	c.counts[i]++
}

// shell returns the place of a cell: shell m holds (0,m) … (m,m) … (m,0).
func shell(predicted, actual int) int {
	if predicted <= actual {
		return actual*actual + predicted
	}
	return predicted*predicted + 2*predicted - actual
}

// Each calls f with every count that is not 0.
func (c *Confusion) Each(f func(predicted, actual int, n uint64)) {
	for m := 0; m*m < len(c.counts); m++ {
		for i := m * m; i < min((m+1)*(m+1), len(c.counts)); i++ {
			if n := c.counts[i]; n > 0 {
				if k := i - m*m; k <= m {
					f(k, m, n)
				} else {
					f(m, 2*m-k, n)
				}
			}
		}
	}
}

// Performance returns what the baseline says of the model's performance, nil if
// it says nothing.
func (m *Model) Performance() *baseline.Performance {
	if m.Baseline == nil {
		return nil
	}
	return m.Baseline.Performance
}

// Calibrator returns what turns the model's scores into probabilities, nil if the
// baseline has none.
func (m *Model) Calibrator() *perf.Calibrator { return m.calibrator }

// Measure returns how the sums of the model are to be read.
func (m *Model) Measure() *perf.Config { return &m.measure }

// Classes returns the names of the model's classes by code.
func (m *Model) Classes() []string { return m.classes.list }

// SegmentValues returns the names of a declared segment's values by code.
func (m *Model) SegmentValues(segment int) []string { return m.segments[segment].list }

// Label returns the baseline's column of labels, nil if it has none.
func (m *Model) Label() *Column {
	if m.layout == nil {
		return nil
	}
	return m.layout.label
}

// Pending returns how many predictions are kept for what will come true.
func (m *Model) Pending() uint64 {
	if m.set.table == nil {
		return 0
	}
	return m.set.table.Pending(m.key(nil).Model)
}
