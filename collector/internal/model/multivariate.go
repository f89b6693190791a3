package model

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/joint"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// together is how the errors of a model's rows are computed: what its baseline knows
// of features that go together, and memory to work in.
type together struct {
	base    *baseline.Multivariate
	sampler joint.Sampler
	columns []int // of the model, by feature of the components

	picks           []joint.Pick
	values          [][]float64 // by feature and picked row
	errors, scratch []float64
}

// newTogether returns nil if the baseline knows nothing, or if a feature that takes
// part is not monitored because there are too many.
func newTogether(f *baseline.File, l *layout) *together {
	if f.Multivariate == nil {
		return nil
	}
	pca := &f.Multivariate.PCA
	t := &together{base: f.Multivariate, sampler: joint.NewSampler(pca), values: make([][]float64, len(pca.Features))}
	for _, feature := range pca.Features {
		i, ok := l.features[feature.Name]
		if !ok {
			return nil
		}
		t.columns = append(t.columns, i)
	}
	return t
}

// Multivariate returns what errors of rows are compared with; nil if the model's
// baseline knows nothing of features that go together.
func (m *Model) Multivariate() *joint.Base {
	if m.together == nil {
		return nil
	}
	return &m.together.base.Base
}

// RowErrors returns the sums of row errors over the i-th configured window.
func (v *Version) RowErrors(i int) joint.Sums {
	var p jointPane
	if v.joint != nil {
		v.joint.Sum(i, &p)
	}
	return p.sums
}

// addErrors adds the errors of rows, some of them for all, to the pane of a slot.
func (v *Version) addErrors(slot window.Slot, b *event.Batch, rows []int32, m *columnMap) {
	t := v.Model.together
	if t == nil || v.joint == nil {
		return
	}
	p := v.joint.Pane(slot)
	t.picks = t.sampler.Append(t.picks[:0], p.rows, len(rows))
	p.rows += uint64(len(rows))
	if len(t.picks) == 0 {
		return
	}
	for j, i := range t.columns {
		t.values[j] = t.gather(t.values[j][:0], m.column(b, v.Model, i), rows)
	}
	t.errors = slices.Grow(t.errors[:0], len(t.picks))[:len(t.picks)]
	t.scratch = slices.Grow(t.scratch[:0], len(t.picks))[:len(t.picks)]
	t.base.PCA.Errors(t.errors, t.scratch, t.values)
	for i, pick := range t.picks {
		p.sums.AddRow(t.errors[i], pick.Weight)
	}
}

// gather appends the picked values of a column, NaN for what is no number.
func (t *together) gather(dst []float64, col *event.Column, rows []int32) []float64 {
	for _, pick := range t.picks {
		x := math.NaN()
		if col != nil {
			if r := rows[pick.Row]; col.Cells[r] == event.Number || col.Cells[r] == event.Bool {
				x = col.Nums[r]
			}
		}
		dst = append(dst, x)
	}
	return dst
}

// jointRing keeps the sums of errors by event time.
type jointRing = window.Ring[*jointPane, joint.Sums, *jointPane]

// jointPane is the sums of one pane's errors. rows are those that came to it while
// it was open: they decide which ones are picked.
type jointPane struct {
	rows uint64
	sums joint.Sums
}

// jointOps implements window.Ops. Sums of floats cannot be taken back.
type jointOps struct{}

var _ window.Codec[*jointPane, joint.Sums, *jointPane] = jointOps{}

func (jointOps) New() *jointPane                       { return new(jointPane) }
func (jointOps) NewSum() *jointPane                    { return new(jointPane) }
func (jointOps) Reset(p *jointPane)                    { *p = jointPane{} }
func (jointOps) Pack(p *jointPane) joint.Sums          { return p.sums }
func (jointOps) CopyExact(dst, _ *jointPane)           { *dst = jointPane{} }
func (jointOps) AddExact(*jointPane, joint.Sums)       {}
func (jointOps) SubExact(*jointPane, joint.Sums)       {}
func (jointOps) AddInexact(s *jointPane, p joint.Sums) { s.sums.Add(&p) }
func (jointOps) AddOpen(s, p *jointPane)               { s.sums.Add(&p.sums) }

func (jointOps) Merge(a, b joint.Sums) joint.Sums {
	a.Add(&b)
	return a
}

// AppendOpen appends the rows, then the pane as it would be packed.
func (o jointOps) AppendOpen(b []byte, p *jointPane) []byte {
	return o.AppendPacked(binary.AppendUvarint(b, p.rows), p.sums)
}

func (o jointOps) DecodeOpen(b []byte, p *jointPane) (err error) {
	rows, n := binary.Uvarint(b)
	if n <= 0 || rows > math.MaxInt64 {
		return errPane
	}
	p.rows = rows
	p.sums, err = o.DecodePacked(b[n:])
	return err
}

func (jointOps) AppendPacked(b []byte, s joint.Sums) []byte {
	for _, x := range [...]float64{s.Weight, s.Squares, s.Errors, s.ErrorSq} {
		b = appendFloat(b, x)
	}
	return b
}

func (jointOps) DecodePacked(b []byte) (s joint.Sums, err error) {
	d := decoder{b: b}
	for _, x := range [...]*float64{&s.Weight, &s.Squares, &s.Errors, &s.ErrorSq} {
		if *x = d.float(); !(*x >= 0 && *x <= math.MaxFloat64) {
			err = errPane
		}
	}
	if d.failed || len(d.b) > 0 {
		err = errPane
	}
	return s, err
}

func (jointOps) AppendExact(b []byte, _ *jointPane) []byte { return b }
func (jointOps) DecodeExact(b []byte, _ *jointPane) error {
	if len(b) > 0 {
		return errPane
	}
	return nil
}
