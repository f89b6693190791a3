package profile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/quality"
)

// errLabels tells that there are labels among the predictions, which must be read
// before them.
var errLabels = errors.New("labels among the predictions")

// labels joins labels that come apart from their predictions by id.
type labels struct {
	everywhere bool // labels among the predictions were read, too
	truths     truths
	asked      bool // there are files of labels, so that predictions are counted
	bad        rejections
	joins      uint64 // predictions that got one
	missing    uint64 // predictions without one
	ids        quality.Duplicates
	repeats    uint64 // labelled predictions of an id that has one before

	dict   []string // of the labels, behind the words of the batch's own
	own    []string // those words
	joined []int32  // rows of the batch at hand
}

// readLabels reads the labels of files that have some.
func (r *run) readLabels(ctx context.Context, bar *bar) error {
	explicit := uint64(0)
	for i := range r.in.labels {
		f := &r.in.labels[i]
		before := r.labels.truths.read
		if err := r.readTruths(ctx, f, bar); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		if f.truths {
			explicit += r.labels.truths.read - before
		}
	}
	r.labels.asked = len(r.in.labels) > 0
	if len(r.o.Labels) > 0 && explicit == 0 {
		return optionErrorf("no record of %s has both an id and a label; name their columns with --map id=COLUMN,label=COLUMN, or in the configuration%s", r.o.Labels[0], r.in.labelColumns(ctx))
	}
	return nil
}

// labelColumns tells what may be the id and the label of the labels.
func (in *input) labelColumns(ctx context.Context) string {
	names, _ := in.names(ctx, &in.labels[0], config.Features{All: true}, firstRecords)
	if len(names) == 0 {
		return ""
	}
	for i := range names {
		names[i] = printable(names[i], 40)
	}
	return "; it has " + list(names)
}

func (r *run) readTruths(ctx context.Context, f *file, bar *bar) error {
	return f.each(ctx, bar.add, func(b *event.Batch) error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("reading was interrupted: %w", err)
		}
		if f.truths { // others are read again
			r.bytes += b.Bytes
			r.rejected.add(b)
		}
		r.mapped.look(b)
		for i := range b.N {
			isLabel := b.Types[i] == event.Label || f.truths && b.Types[i] == event.Prediction
			if isLabel && len(b.ID(i)) > 0 && r.selector.mayBe(b, i) && r.usable(b, int32(i)) {
				r.labels.truths.add(b.ID(i), &b.Actual, i)
			}
		}
		r.labels.bad.addReason(b, event.BadLabel)
		return nil
	})
}

// usable tells whether a row has a label, and refuses one that means nothing to the
// task.
func (r *run) usable(b *event.Batch, row int32) bool {
	label := baseline.ReadLabel(r.in.task, b, row)
	if label == baseline.BadLabel {
		b.Refuse(event.BadLabel, int(row), &b.Actual)
	}
	return label == baseline.UsableLabel
}

func isValue(c event.Cell) bool { return c == event.Number || c == event.Bool || c == event.Text }

// join gives the rows their labels.
func (l *labels) join(b *event.Batch, rows []int32) {
	l.joined = l.joined[:0]
	if l.truths.n > 0 {
		l.extend(b)
		for _, r := range rows {
			if id := b.ID(int(r)); len(id) > 0 && l.truths.find(id, &b.Actual, int(r), uint32(len(l.own))) {
				l.joined = append(l.joined, r)
			}
		}
	}
	l.joins += uint64(len(l.joined))
	if l.asked {
		for _, r := range rows {
			if !isValue(b.Actual.Cells[r]) {
				l.missing++
			}
		}
	}
}

// judgeOnce takes the label away from predictions that repeat a labelled one, of the
// same version with the same id: retries would weigh twice, and are judged once
// when they are served. Those apart by more ids than are remembered stay.
func (l *labels) judgeOnce(b *event.Batch, rows []int32) {
	if event.CountCells(b.Actual.Cells, event.Absent) == b.N {
		return
	}
	for _, r := range rows {
		id := b.ID(int(r))
		if len(id) == 0 || !isValue(b.Actual.Cells[r]) {
			continue
		}
		hash := event.Hash(id)
		if b.Version.Cells[r] == event.Text {
			version, _ := b.Version.Text(int(r))
			hash ^= event.Hash(version)
		}
		if b.IsShadow(int(r)) {
			hash = ^hash
		}
		if l.ids.Seen(hash) {
			b.Actual.Cells[r] = event.Absent
			l.repeats++
		}
	}
}

// extend puts the words of the labels behind those of the batch.
func (l *labels) extend(b *event.Batch) {
	l.own = b.Actual.Words
	if len(l.own) == 0 {
		b.Actual.Words = l.truths.words
		return
	}
	if n := len(l.own) + len(l.truths.words); len(l.dict) != n || !slices.Equal(l.dict[:len(l.own)], l.own) {
		l.dict = append(append(make([]string, 0, n), l.own...), l.truths.words...)
	}
	b.Actual.Words = l.dict
}

// leave takes the labels out of the batch again, which is its decoder's.
func (l *labels) leave(b *event.Batch) {
	if l.truths.n == 0 {
		return
	}
	b.Actual.Words = l.own
	for _, r := range l.joined {
		b.Actual.Cells[r] = event.Absent
	}
}

// notes tells what became of the labels.
func (l *labels) notes() (notes []string) {
	if l.repeats > 0 {
		notes = append(notes, fmt.Sprintf("Labelled predictions that repeat the id of an earlier one, and are left out of labels and performance: %s.", grouped(l.repeats)))
	}
	if !l.asked {
		return notes
	}
	t := &l.truths
	note := fmt.Sprintf("Labels that came apart from their predictions: %s, joined to %s", grouped(t.read), plural(int(l.joins), "prediction"))
	if t.repeated > 0 {
		note += fmt.Sprintf("; %s repeated or corrected an earlier one", grouped(t.repeated))
	}
	notes = append(notes, note+".")
	if n := t.unmatched(); n > 0 {
		notes = append(notes, fmt.Sprintf("Labels whose prediction is not here: %s.", grouped(n)))
	}
	if l.missing > 0 {
		notes = append(notes, fmt.Sprintf("Predictions without a label: %s.", grouped(l.missing)))
	}
	if t.dropped > 0 {
		notes = append(notes, fmt.Sprintf("Labels left out, because only %s fit: %s.", grouped(maxTruths), grouped(t.dropped)))
	}
	return notes
}
