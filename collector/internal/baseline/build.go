package baseline

import (
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// ErrNoEvents is returned by Build if there was no event with a value.
var ErrNoEvents = errors.New("no prediction event with a feature or prediction")

// Build returns the baseline of the events so far.
func (b *Builder) Build() (*File, error) {
	f := &File{
		Version: FormatVersion, Model: b.o.Model, Created: time.Now().UTC().Truncate(time.Second), Tool: b.o.Tool,
		Sources: b.o.Sources, Rows: b.rows, SampledRows: uint64(b.sample.filled),
	}
	if b.from <= b.to {
		f.From, f.To = time.Unix(0, b.from).UTC(), time.Unix(0, b.to).UTC()
	}
	var jobs []job
	for _, c := range b.columns {
		if b.nested(c) {
			continue
		}
		f.Features = append(f.Features, Column{})
		jobs = append(jobs, job{c, b.featureKind(c), b.categoriesOf(c.name)})
	}
	kinds := b.outputKinds()
	f.Performance = b.labels.build(kinds[0], kinds[2])
	if f.Performance != nil {
		kinds[2] = b.labelKind(f.Performance.Task, kinds[0])
	}
	for i, c := range b.outputs {
		if kinds[i] != "" {
			f.Outputs = append(f.Outputs, Column{})
			jobs = append(jobs, job{c, kinds[i], b.o.MaxCategories})
		}
	}
	if len(jobs) == 0 {
		return nil, ErrNoEvents
	}
	columns := b.buildColumns(jobs)
	n := copy(f.Features, columns)
	copy(f.Outputs, columns[n:])
	f.Multivariate = b.buildMultivariate(f.Features)
	return f, nil
}

// Nested returns the features that Build leaves out: no distribution describes lists
// and objects, of which all their values are. Those of a declared kind stay.
func (b *Builder) Nested() []string {
	var names []string
	for _, c := range b.columns {
		if b.nested(c) {
			names = append(names, c.name)
		}
	}
	return names
}

func (b *Builder) nested(c *column) bool {
	return b.o.Kinds[c.name] == "" && c.seen() == 0 && c.cells[event.Nested] > 0
}

// job is a column to be built.
type job struct {
	column     *column
	kind       catalog.Kind
	categories int // at most
}

func (b *Builder) categoriesOf(feature string) int {
	return orDefault(b.o.Categories[feature], b.o.MaxCategories, mostCategories)
}

// buildColumns builds columns on all processors: design effects take ten
// milliseconds each, and there may be thousands of columns.
func (b *Builder) buildColumns(jobs []job) []Column {
	columns := make([]Column, len(jobs))
	blocks := newBlocks(b.times, b.o.Windows)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(jobs); i = next.Add(1) - 1 {
				columns[i] = b.buildColumn(jobs[i], blocks)
			}
		})
	}
	workers.Wait()
	return columns
}

func (b *Builder) buildColumn(j job, blocks *blocks) Column {
	c := j.column
	present := c.rows()
	out := Column{
		Name: c.name, Kind: j.kind, Rows: b.rows,
		Missing:  b.rows - present + c.cells[event.Absent] + c.cells[event.Null],
		Absent:   b.rows - present + c.cells[event.Absent],
		Distinct: math.Round(c.distinct.Estimate()),
		Low:      math.NaN(), High: math.NaN(),
	}
	var bins []int32 // of each sampled row; -1 for none
	if j.kind == catalog.Numeric {
		bins = c.buildNumeric(&out, &b.o)
	} else {
		bins = c.buildCategories(&out, j.categories, b.rows > uint64(b.sample.filled))
	}
	out.Effects = blocks.effects(&out, c, bins)
	return out
}
