package joint

import "math"

// Sums are the errors of sampled rows, each with the number of rows that it stands
// for. They are added up over any ranges of time.
type Sums struct {
	Weight  float64 // Σ w: rows, sampled or not
	Squares float64 // Σ w²
	Errors  float64 // Σ w·e
	ErrorSq float64 // Σ w·e²
}

// AddRow adds the error of a row that stands for so many.
func (s *Sums) AddRow(e, weight float64) {
	s.Weight += weight
	s.Squares += weight * weight
	s.Errors += weight * e
	s.ErrorSq += weight * e * e
}

// Add adds o to s.
func (s *Sums) Add(o *Sums) {
	s.Weight += o.Weight
	s.Squares += o.Squares
	s.Errors += o.Errors
	s.ErrorSq += o.ErrorSq
}

// Rows returns how many rows of equal weight tell as much: (Σw)²/Σw² (Kish, Survey
// Sampling, Wiley 1965). It is 0 without any.
func (s *Sums) Rows() float64 {
	if s.Squares == 0 {
		return 0
	}
	return s.Weight * s.Weight / s.Squares
}

// Mean returns the mean error, NaN without rows.
func (s *Sums) Mean() float64 { return s.Errors / s.Weight }

// Variance returns that of a row's error.
func (s *Sums) Variance() float64 {
	mean := s.Mean()
	return math.Max(0, s.ErrorSq/s.Weight-mean*mean)
}
