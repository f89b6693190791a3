package baseline

import (
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Options say what to build. Zero values take their defaults.
type Options struct {
	Model         string
	FineBins      int // most bins of a numeric column; 256, up to 1024
	DecisionBins  int // 10, at most FineBins
	MaxCategories int // of a column; the rest is "other"; 50, up to 10,000
	SampleRows    int // most rows kept; 200,000, fewer for many columns
	// Categories overrides MaxCategories for features, by name.
	Categories map[string]int
	// Kinds are the declared kinds of features, by name; others are inferred.
	Kinds map[string]catalog.Kind
	// Windows are block lengths to measure design effects for, beside the usual ones.
	Windows []time.Duration
	// Task and PositiveClass are declared ones, or inferred from the labels.
	Task          catalog.Task
	PositiveClass string
	Seed          uint64   // of the sample
	Tool          string   // goes into the file
	Sources       []string // goes into the file
}

const (
	defaultFineBins      = 256
	maxFineBins          = 1024
	defaultDecisionBins  = 10
	defaultMaxCategories = 50
	mostCategories       = 10_000
	defaultSampleRows    = 200_000
	// maxCells bounds the sample's memory over all columns: 9 bytes each.
	maxCells = 16 << 20
)

func (o *Options) complete() {
	o.FineBins = orDefault(o.FineBins, defaultFineBins, maxFineBins)
	o.DecisionBins = orDefault(o.DecisionBins, defaultDecisionBins, o.FineBins)
	o.MaxCategories = orDefault(o.MaxCategories, defaultMaxCategories, mostCategories)
	o.SampleRows = orDefault(o.SampleRows, defaultSampleRows, maxCells)
}

func orDefault(x, initial, most int) int {
	if x <= 0 {
		x = initial
	}
	return min(x, most)
}

// Builder makes a baseline from any number of events. Numbers of rows, missing
// values and moments are those of all events; edges, counts and design effects
// come from a uniform sample once there are more than SampleRows. It has one owner.
type Builder struct {
	o       Options
	rows    uint64
	from    int64 // Unix ns
	to      int64
	columns []*column // features in order of appearance
	index   map[string]int
	outputs [3]*column // prediction, score, label
	sample  reservoir
	cells   int     // most cells of the sample
	times   []int64 // of the sampled rows
	words   budget
	saved   builderMarks
	labels  performance

	picked  []pick  // of the batch at hand
	chosen  []int32 // rows of the batch at hand that are predictions
	present []bool  // by column: the batch has it
}

// NewBuilder returns an empty builder.
func NewBuilder(o Options) *Builder {
	o.complete()
	b := &Builder{
		o: o, cells: maxCells, from: math.MaxInt64, to: math.MinInt64, index: map[string]int{},
		sample: newReservoir(o.SampleRows, o.Seed), words: budget{words: maxWords, bytes: maxWordBytes},
		labels: newPerformance(o.Task, o.PositiveClass),
	}
	b.outputs[0] = newColumn(Prediction, true)
	b.outputs[1] = newColumn(Score, false)
	b.outputs[2] = newColumn(Label, true)
	return b
}

// Rows returns the number of prediction events added.
func (b *Builder) Rows() uint64 { return b.rows }

// Add adds the prediction events among the selected rows of a batch. Rows ascend.
// Nothing of the batch is kept; its outputs are read as ReadOutputs does.
func (b *Builder) Add(batch *event.Batch, rows []int32) {
	rows = b.predictions(batch, rows)
	if len(rows) == 0 {
		return
	}
	ReadOutputs(b.o.Task, batch, rows)
	b.addColumns(batch)
	b.pick(batch, rows)
	b.rows += uint64(len(rows))

	b.present = append(b.present[:0], make([]bool, len(b.columns))...)
	for i := range batch.Features {
		col := &batch.Features[i]
		if k, ok := b.index[col.Name]; ok && !b.present[k] {
			b.present[k] = true
			b.columns[k].add(col, rows, b.picked, &b.words)
		}
	}
	for i, present := range b.present {
		if !present {
			b.columns[i].skip(b.picked)
		}
	}
	b.outputs[0].add(&batch.Prediction, rows, b.picked, &b.words)
	b.outputs[1].add(&batch.Score, rows, b.picked, &b.words)
	b.outputs[2].add(&batch.Actual, rows, b.picked, &b.words)
	b.labels.add(batch, rows)
}

// predictions leaves out labels and outcomes.
func (b *Builder) predictions(batch *event.Batch, rows []int32) []int32 {
	b.chosen = b.chosen[:0]
	for _, r := range rows {
		if batch.Types[r] == event.Prediction {
			b.chosen = append(b.chosen, r)
		}
	}
	return b.chosen
}

// addColumns makes room for features that were not there before. A name of which
// there is no value so far waits until it has one: decoders keep columns of other
// models in their batches. A column without a name, as tables with an index have,
// is none.
func (b *Builder) addColumns(batch *event.Batch) {
	for i := range batch.Features {
		col := &batch.Features[i]
		if _, ok := b.index[col.Name]; ok || col.Name == "" || len(b.columns) == maxColumns || !anyPresent(col, b.chosen) {
			continue
		}
		kind := b.o.Kinds[col.Name]
		b.index[col.Name] = len(b.columns)
		b.columns = append(b.columns, newColumn(col.Name, kind == catalog.Categorical || kind == catalog.Boolean))
	}
	rows := b.sample.most
	for rows > minSample && rows*(len(b.columns)+len(b.outputs)) > b.cells {
		rows /= 2
	}
	if rows < b.sample.most {
		b.shrink(rows)
	}
}

// minSample rows are kept however many columns there are.
const minSample = 1000

func anyPresent(col *event.Column, rows []int32) bool {
	for _, r := range rows {
		if col.Cells[r] != event.Absent {
			return true
		}
	}
	return false
}

// shrink keeps a uniform sample of the sample.
func (b *Builder) shrink(rows int) {
	keep := b.sample.shrink(rows)
	if keep == nil {
		return
	}
	for _, c := range append(b.columns, b.outputs[:]...) {
		c.keep(keep)
	}
	for i, slot := range keep {
		b.times[i] = b.times[slot]
	}
	b.times = b.times[:len(keep)]
	b.saved.everything(len(keep))
}

// pick decides which rows of the batch enter the sample.
func (b *Builder) pick(batch *event.Batch, rows []int32) {
	b.picked = b.sample.offer(b.picked[:0], rows)
	for len(b.times) < b.sample.filled {
		b.times = append(b.times, event.NoTime)
	}
	for _, p := range b.picked {
		b.times[p.slot] = batch.Times[p.row]
		b.saved.slot(int(p.slot))
	}
	for _, r := range rows {
		if t := batch.Times[r]; t != event.NoTime {
			b.from, b.to = min(b.from, t), max(b.to, t)
		}
	}
}
