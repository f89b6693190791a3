package baseline

import (
	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// ReadOutputs makes predictions and labels that are numbers in quotes numbers,
// where a task wants such.
func ReadOutputs(task catalog.Task, b *event.Batch, rows []int32) {
	switch task {
	case catalog.Regression:
		b.Prediction.ReadNumbers(rows)
		b.Actual.ReadNumbers(rows)
	case catalog.Ranking:
		b.Actual.ReadNumbers(rows)
	}
}

// Truth is what a row says of what came true.
type Truth uint8

// The truths.
const (
	NoLabel     Truth = iota
	UsableLabel       // a finite number for a regression, the same or a boolean for a ranking, else a class
	BadLabel
)

// ReadLabel reads a number in quotes as ReadOutputs does and tells what the row's
// label is worth to a task.
func ReadLabel(task catalog.Task, b *event.Batch, row int32) Truth {
	c := &b.Actual
	numbers := task == catalog.Regression || task == catalog.Ranking
	if numbers {
		c.ReadNumber(int(row))
	}
	switch cell := c.Cells[row]; {
	case cell <= event.Null:
		return NoLabel
	case cell == event.Nested, numbers && cell == event.Text, task == catalog.Regression && cell == event.Bool,
		numbers && c.Nums[row]-c.Nums[row] != 0:
		return BadLabel
	}
	return UsableLabel
}
