// Package joint measures how well a row's numbers go together: its distance from
// what the principal components of a baseline can say of it. That changes with the
// joint distribution of columns, even where each by itself stays as it was.
package joint

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Feature is how one column is standardised: a value is brought into [Low, High],
// then its distance from Mean is taken in units of Stddev. A missing value is the
// mean.
type Feature struct {
	Name      string
	Mean      float64
	Stddev    float64 // n−1, of present values brought into [Low, High]
	Low, High float64
}

// PCA is the principal components of the standardised features that explain most
// of their variance.
type PCA struct {
	Features   []Feature
	Components [][]float64 // orthonormal, by falling variance; one number a feature
	Explained  float64     // share of the variance
}

const (
	// explained is the share of the variance that components are kept for, as
	// NannyML has it: enough for what columns have in common, too little for what
	// each has for itself.
	explained = 0.65
	// reach is how many standard deviations from the mean values count: one wild
	// value must not hide what all other rows say.
	reach = 5
	// MaxFeatures bounds the cost of a row, which grows with their square.
	MaxFeatures = 256
)

// ErrFewFeatures says that there are no two columns that vary.
var ErrFewFeatures = errors.New("fewer than two numeric features vary")

// Fit finds the components of columns of equal length, NaN for missing values.
// Constant columns are left out. With Z the standardised values of n rows, the
// components are the eigenvectors of ZᵀZ/(n−1) with the largest eigenvalues, as
// few as explain more than 65 % of the trace, and never all.
//
// Source: Jolliffe, Principal Component Analysis, 2nd ed., Springer 2002; the share
// and the treatment of missing values as in NannyML's DataReconstructionDriftCalculator.
func Fit(names []string, columns [][]float64) (*PCA, error) {
	p := &PCA{}
	var z [][]float64
	for i, name := range names {
		f, ok := describe(name, columns[i])
		if !ok {
			continue
		}
		p.Features = append(p.Features, f)
		z = append(z, slices.Clone(columns[i]))
		f.standardise(z[len(z)-1])
	}
	d := len(z)
	if d < 2 {
		return nil, ErrFewFeatures
	}
	covariance := mat.NewSymDense(d, nil)
	for i := range z {
		for j := range i + 1 {
			covariance.SetSym(i, j, floats.Dot(z[i], z[j])/float64(len(z[i])-1))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil, errors.New("the covariance matrix has no eigenvectors")
	}
	p.keep(&eigen)
	return p, nil
}

// keep takes the components over, the largest first.
func (p *PCA) keep(eigen *mat.EigenSym) {
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	total := floats.Sum(values)
	for i := len(values) - 1; i > 0 && p.Explained <= explained; i-- {
		component := mat.Col(nil, i, &vectors)
		// The sign means nothing; this one makes files repeat.
		if largest := slices.MaxFunc(component, byMagnitude); largest < 0 {
			floats.Scale(-1, component)
		}
		p.Components = append(p.Components, component)
		p.Explained += values[i] / total
	}
	p.Explained = min(1, p.Explained)
}

func byMagnitude(a, b float64) int {
	switch {
	case math.Abs(a) < math.Abs(b):
		return -1
	case math.Abs(a) > math.Abs(b):
		return 1
	}
	return 0
}

// describe returns how a column is standardised, false if it does not vary.
func describe(name string, column []float64) (Feature, bool) {
	mean, stddev := moments(column, math.Inf(-1), math.Inf(1))
	f := Feature{Name: name, Low: mean - reach*stddev, High: mean + reach*stddev}
	f.Mean, f.Stddev = moments(column, f.Low, f.High)
	ok := f.Stddev > 1e-9*math.Abs(f.Mean) && f.Stddev > 0 && f.High-f.Low <= math.MaxFloat64
	return f, ok
}

// moments returns mean and standard deviation of the present values, brought into
// [low, high].
func moments(column []float64, low, high float64) (mean, stddev float64) {
	n, sum := 0.0, 0.0
	for _, x := range column {
		if x == x {
			n++
			sum += min(max(x, low), high)
		}
	}
	mean = sum / n
	squares := 0.0
	for _, x := range column {
		if x == x {
			x = min(max(x, low), high) - mean
			squares += x * x
		}
	}
	return mean, math.Sqrt(squares / (n - 1))
}

// standardise replaces values by their standardised ones.
func (f *Feature) standardise(column []float64) {
	mean, low, high, unit := f.Mean, f.Low, f.High, 1/f.Stddev
	for i, x := range column {
		if x != x {
			column[i] = 0
			continue
		}
		column[i] = (min(max(x, low), high) - mean) * unit
	}
}

// Errors sets dst to each row's reconstruction error:
//
//	e = ‖z − VᵀVz‖ = √(‖z‖² − ‖Vz‖²)
//
// with z the row's standardised values and V the components, which are orthonormal.
// It is ≥ 0, in standard deviations of a feature. The difference costs digits only of
// errors that are next to nothing: one of 1e-3 is right to 1e-11. columns has the
// values by feature and row, NaN or ±Inf for missing ones; they are overwritten.
// scratch is as long as dst.
func (p *PCA) Errors(dst, scratch []float64, columns [][]float64) {
	clear(dst)
	for j := range p.Features {
		column := columns[j]
		for i, x := range column {
			if x-x != 0 {
				column[i] = math.NaN()
			}
		}
		p.Features[j].standardise(column)
		for i, z := range column {
			dst[i] += z * z
		}
	}
	for _, component := range p.Components {
		clear(scratch)
		for j, c := range component {
			floats.AddScaled(scratch, c, columns[j])
		}
		for i, y := range scratch {
			dst[i] -= y * y
		}
	}
	for i, x := range dst {
		dst[i] = math.Sqrt(max(0, x))
	}
}
