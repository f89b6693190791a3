package baseline

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/joint"
)

// Multivariate is how the numeric features of a row go together.
type Multivariate struct {
	PCA  joint.PCA
	Base joint.Base
}

const (
	// minJointRows is from how many sampled rows on components are looked for, and
	// rowsPerFeature how many each feature needs.
	minJointRows   = 200
	rowsPerFeature = 10
	// maxJointRows and maxJointCells bound the work: half of the rows are for the
	// components, half to measure errors.
	maxJointRows  = 40_000
	maxJointCells = 4 << 20
)

// buildMultivariate finds the components of the sampled rows' numeric features, the
// first ones by name if there are too many. It returns nil where fewer than two of them vary
// or there are too few rows.
func (b *Builder) buildMultivariate(features []Column) *Multivariate {
	rows := b.sample.filled
	most := min(joint.MaxFeatures, rows/rowsPerFeature)
	var names []string
	for i := range features {
		if f := &features[i]; f.Kind == catalog.Numeric && f.Min < f.Max {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	names = names[:min(len(names), most)]
	columns := make([]*column, len(names))
	for i, name := range names {
		columns[i] = b.columns[b.index[name]]
	}
	if rows < minJointRows || len(names) < 2 {
		return nil
	}
	fit, measured := b.split(min(rows, maxJointRows, maxJointCells/len(names)))
	pca, err := joint.Fit(names, valuesOf(columns, fit))
	if err != nil {
		return nil // there is nothing that could go together
	}
	m := &Multivariate{PCA: *pca}
	kept := columns[:0]
	for i, name := range names {
		if len(kept) < len(pca.Features) && pca.Features[len(kept)].Name == name {
			kept = append(kept, columns[i])
		}
	}
	errors := make([]float64, len(measured))
	pca.Errors(errors, make([]float64, len(measured)), valuesOf(kept, measured))
	m.Base = joint.NewBase(errors)
	b.measureWander(&m.Base, measured, errors)
	return m
}

// split chooses n slots of the sample by chance and deals them out.
func (b *Builder) split(n int) (fit, measured []int) {
	random := rand.New(rand.NewPCG(b.o.Seed, 0x5b117))
	for slot := range b.sample.filled {
		switch chosen := len(fit) + len(measured); {
		case random.IntN(b.sample.filled-slot) >= n-chosen:
		case chosen%2 == 0:
			fit = append(fit, slot)
		default:
			measured = append(measured, slot)
		}
	}
	return fit, measured
}

// valuesOf returns the columns' numbers in these slots, NaN for what is none.
func valuesOf(columns []*column, slots []int) [][]float64 {
	values := make([][]float64, len(columns))
	for j, c := range columns {
		values[j] = make([]float64, len(slots))
		for i, slot := range slots {
			values[j][i] = math.NaN()
			if slot >= len(c.kinds) {
				continue
			}
			if kind := c.kinds[slot]; (kind == event.Number || kind == event.Bool) && math.Abs(c.values[slot]) <= math.MaxFloat64 {
				values[j][i] = c.values[slot]
			}
		}
	}
	return values
}

// measureWander adds how far the mean error of stretches of time goes, for the same
// lengths as design effects are measured for.
func (b *Builder) measureWander(base *joint.Base, slots []int, errors []float64) {
	type timed struct {
		at int64
		e  float64
	}
	var rows []timed
	for i, slot := range slots {
		if t := b.times[slot]; t != event.NoTime {
			rows = append(rows, timed{t, errors[i]})
		}
	}
	if len(rows) < minBlocks*minBlockValues {
		return
	}
	slices.SortStableFunc(rows, func(x, y timed) int { return cmp.Compare(x.at, y.at) })
	for _, length := range newBlocks(nil, b.o.Windows).ladder {
		if length <= 0 || len(base.Wanders) == maxEffects {
			continue
		}
		var counts, means []float64
		block := int64(-1)
		for _, r := range rows {
			if at := (r.at - rows[0].at) / int64(length); at != block {
				block, counts, means = at, append(counts, 0), append(means, 0)
			}
			last := len(counts) - 1
			counts[last]++
			means[last] += (r.e - means[last]) / counts[last]
		}
		if n := len(counts); n > 1 && 2*counts[n-1] < float64(len(rows)/n) {
			counts, means = counts[:n-1], means[:n-1] // it was cut off
		}
		if len(counts) >= minBlocks && len(rows) >= minBlockValues*len(counts) {
			base.AddBlocks(length, counts, means)
		}
	}
}
