package baseline

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/joint"
)

// maxMultivariate bounds the section in bytes: 255 components of 256 features are
// a third of it.
const maxMultivariate = 4 << 20

// multivariateJSON is Multivariate as it is written.
type multivariateJSON struct {
	Rows       uint64         `json:"rows"`
	Mean       float64        `json:"error_mean"`
	Stddev     float64        `json:"error_stddev"`
	Explained  float64        `json:"explained"`
	Features   []jointJSON    `json:"features"`
	Components [][]float64    `json:"components"`
	Wanders    []joint.Wander `json:"wanders,omitempty"`
}

type jointJSON struct {
	Name   string  `json:"name"`
	Mean   float64 `json:"mean"`
	Stddev float64 `json:"stddev"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// UnmarshalJSON implements json.Unmarshaler. It limits the length, because an
// empty object takes two bytes in the file and twenty times that in memory.
func (j *multivariateJSON) UnmarshalJSON(data []byte) error {
	type plain multivariateJSON // without this method
	return decodeSection("multivariate", maxMultivariate, data, (*plain)(j))
}

func multivariateToJSON(m *Multivariate) *multivariateJSON {
	if m == nil {
		return nil
	}
	j := &multivariateJSON{
		Rows: m.Base.Rows, Mean: m.Base.Mean, Stddev: m.Base.Stddev, Wanders: m.Base.Wanders,
		Explained: m.PCA.Explained, Components: m.PCA.Components, Features: []jointJSON{},
	}
	for _, f := range m.PCA.Features {
		j.Features = append(j.Features, jointJSON(f))
	}
	return j
}

func multivariateOf(j *multivariateJSON) *Multivariate {
	if j == nil {
		return nil
	}
	m := &Multivariate{
		PCA:  joint.PCA{Components: j.Components, Explained: j.Explained},
		Base: joint.Base{Rows: j.Rows, Mean: j.Mean, Stddev: j.Stddev, Wanders: j.Wanders},
	}
	for _, f := range j.Features {
		m.PCA.Features = append(m.PCA.Features, joint.Feature(f))
	}
	return m
}

// check returns the field in which something is wrong, and what.
func (m *Multivariate) check(f *File) (field string, err error) {
	b := &m.Base
	switch {
	case b.Rows < 2 || b.Rows > f.SampledRows:
		return "rows", fmt.Errorf("%d of %d sampled rows", b.Rows, f.SampledRows)
	case !(b.Mean >= 0 && b.Mean <= maxError):
		return "error_mean", fmt.Errorf("%v is no distance", b.Mean)
	case !(b.Stddev >= minError && b.Stddev <= maxError):
		return "error_stddev", fmt.Errorf("%v is no standard deviation of a distance", b.Stddev)
	case !(m.PCA.Explained > 0 && m.PCA.Explained <= 1):
		return "explained", fmt.Errorf("%v is no share of the variance", m.PCA.Explained)
	}
	if err := m.checkFeatures(f.Features); err != nil {
		return "features", err
	}
	if err := m.checkComponents(); err != nil {
		return "components", err
	}
	return "wanders", checkWanders(b.Wanders)
}

// Bounds of errors: values are within 10 standard deviations of each feature.
const (
	minError = 1e-3
	maxError = 1e4
)

func (m *Multivariate) checkFeatures(columns []Column) error {
	if n := len(m.PCA.Features); n < 2 || n > joint.MaxFeatures {
		return fmt.Errorf("%d of them; 2 to %d are possible", n, joint.MaxFeatures)
	}
	kinds := make(map[string]catalog.Kind, len(columns))
	for i := range columns {
		kinds[columns[i].Name] = columns[i].Kind
	}
	for i, f := range m.PCA.Features {
		switch {
		case kinds[f.Name] != catalog.Numeric:
			return fmt.Errorf("%q is no numeric feature", f.Name)
		case slices.ContainsFunc(m.PCA.Features[:i], func(o joint.Feature) bool { return o.Name == f.Name }):
			return fmt.Errorf("%q is there twice", f.Name)
		case !(f.Low <= f.Mean && f.Mean <= f.High && f.High-f.Low <= math.MaxFloat64):
			return fmt.Errorf("%q: mean %v is not between %v and %v", f.Name, f.Mean, f.Low, f.High)
		case !(f.Stddev > 0 && (f.High-f.Low)/f.Stddev <= maxError):
			return fmt.Errorf("%q: stddev %v is none of values from %v to %v", f.Name, f.Stddev, f.Low, f.High)
		}
	}
	return nil
}

// checkComponents finds out whether they are orthonormal.
func (m *Multivariate) checkComponents() error {
	c, d := m.PCA.Components, len(m.PCA.Features)
	if len(c) == 0 || len(c) >= d {
		return fmt.Errorf("%d of %d features; there are fewer than features", len(c), d)
	}
	for i := range c {
		if len(c[i]) != d {
			return fmt.Errorf("component %d has %d numbers for %d features", i, len(c[i]), d)
		}
		for j := range i + 1 {
			want := 0.0
			if i == j {
				want = 1
			}
			if product := floats.Dot(c[i], c[j]); !(math.Abs(product-want) <= 1e-6) {
				return fmt.Errorf("components %d and %d are not orthonormal", j, i)
			}
		}
	}
	return nil
}

func checkWanders(list []joint.Wander) error {
	if len(list) > maxEffects {
		return fmt.Errorf("%d lengths; at most %d are possible", len(list), maxEffects)
	}
	last := 0.0
	for _, w := range list {
		switch {
		case !(w.Seconds > last && w.Seconds <= math.MaxFloat64):
			return fmt.Errorf("seconds: %v after %v; they ascend", w.Seconds, last)
		case w.Blocks < 2 || w.Blocks > maxCount:
			return errors.New("blocks: fewer than 2")
		case !(w.Rows >= 1 && w.Rows <= maxCount):
			return fmt.Errorf("rows_per_block: %v", w.Rows)
		case !(w.Stddev >= 0 && w.Stddev <= maxError):
			return fmt.Errorf("stddev: %v is no standard deviation", w.Stddev)
		}
		last = w.Seconds
	}
	return nil
}
