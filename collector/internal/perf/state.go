package perf

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// MaxClasses bounds the classes of a model: codes are 0 to MaxClasses−1. The
// caller maps what is more to a code of "other".
const MaxClasses = 64

// Config is what sums and metrics must know beside the counts.
type Config struct {
	Task     catalog.Task
	Positive int  // code of the positive class, binary only
	Slim     bool // keep no score bins (segments): no roc_auc, pr_auc, estimates
}

// Prediction is what one prediction said.
type Prediction struct {
	Class int // code; -1: none
	// Scores are probabilities. Binary: of the positive class. Multiclass: by
	// class code; of classes beyond its end 0. Empty: none. If one is not a
	// probability (NaN, <0, >1) all are ignored and the prediction is counted.
	Scores []float64
	Value  float64 // regression; NaN: none
}

// Label is what came true.
type Label struct {
	Class int     // code; -1: none
	Value float64 // regression; NaN: none
}

// The integers of a State besides those by class.
const (
	nPredictions = iota
	nLabels
	nSkipped  // numbers that are none, or absurd
	nScored   // joined pairs with scores
	nValues   // joined pairs of regression
	nRelative // those whose label is not 0
	nRequests // ranking
	nHits     // requests with a relevant item among the first 10
	nShown    // items
	nClicks   // relevant items
	nShown2   // Σ shown², by request
	nClicks2  // Σ clicks²
	nShownClicks
	nBins                     // of calibration: pairs in each of ten bins,
	nRight  = nBins + eceBins // and those that came true
	nCounts = nRight + eceBins
)

// The float sums of a State.
const (
	fLogLoss = iota
	fLogLoss2
	fBrier
	fBrier2
	fError // f−y
	fAbsolute
	fSquare
	fSquare2
	fRelative // |f−y|/|y|
	fRelative2
	fNDCG
	fNDCG2
	fReciprocal
	fReciprocal2
	fConfidence // Σ score in each of ten bins
	nSums       = fConfidence + eceBins
)

// State holds the sums of one pane, window or baseline; the zero value is
// empty. It grows with the classes that appear: by 47 KiB for the score bins of
// each, unless Config.Slim, and encoded by what they hold. Every sum is additive, also
// with sign −1, so that a State may hold negative counts: it is then the part of
// a whole that takes back what another part added.
type State struct {
	n         [nCounts]int64
	predicted []int64   // predictions by class
	confusion []int64   // joined pairs, see cell
	scores    [][]int64 // by class, ScoreBins·cells each or nil; binary: the positive one only

	f [nSums]float64
	y spread // of regression labels
}

// Predictions returns how many predictions were added, labelled or not.
func (s *State) Predictions() int64 { return s.n[nPredictions] }

// Labels returns how many labels were joined; of a ranking, labelled requests.
func (s *State) Labels() int64 { return s.n[nLabels] }

// Skipped returns how often a number was left out: a score that is no
// probability, a value beyond ±1e60, a relevance out of range. Predict and Join
// count it each.
func (s *State) Skipped() int64 { return s.n[nSkipped] }

// Errors returns sums over joined pairs of a regression, in target units and
// those squared: of |f−y|, (f−y)², and |f−y| where f is over and under y.
func (s *State) Errors() (absolute, squared, over, under float64) {
	absolute, bias := s.f[fAbsolute], s.f[fError]
	return absolute, s.f[fSquare], (absolute + bias) / 2, (absolute - bias) / 2
}

// Predicted returns the predictions of a class, labelled or not.
func (s *State) Predicted(class int) int64 {
	if class < 0 || class >= len(s.predicted) {
		return 0
	}
	return s.predicted[class]
}

// Classes returns how many class codes were seen: all are below it.
func (s *State) Classes() int { return max(len(s.predicted), s.side()) }

// Confusion returns the joined pairs with this predicted and actual class.
func (s *State) Confusion(predicted, actual int) int64 {
	if predicted < 0 || actual < 0 {
		return 0
	}
	if i := cell(predicted, actual); i < len(s.confusion) {
		return s.confusion[i]
	}
	return 0
}

// cell returns where a pair of classes is counted. Cells lie in square shells,
// those of larger classes further out, so that a new class moves none.
func cell(predicted, actual int) int {
	if predicted >= actual {
		return predicted*predicted + actual
	}
	return actual*actual + actual + 1 + predicted
}

// side returns the number of classes of the confusion matrix.
func (s *State) side() int {
	k := 0
	for k*k < len(s.confusion) {
		k++
	}
	return k
}

// Reset empties the state and keeps its memory.
func (s *State) Reset() {
	s.resetExact()
	s.resetInexact()
}

func (s *State) resetExact() {
	s.n = [nCounts]int64{}
	s.predicted = s.predicted[:0]
	s.confusion = s.confusion[:0]
	for _, t := range s.scores {
		clear(t)
	}
}

func (s *State) resetInexact() {
	s.f = [nSums]float64{}
	s.y = spread{}
}

// CopyExact makes s the exact part of o, without an inexact one.
func (s *State) CopyExact(o *State) {
	s.Reset()
	s.AddExact(o)
}

// Add adds all of o.
func (s *State) Add(o *State) {
	s.AddExact(o)
	s.AddInexact(o)
}

// AddExact adds the integers of o: they can be taken back to the last bit.
func (s *State) AddExact(o *State) { s.addExact(o, 1) }

// SubExact takes back AddExact.
func (s *State) SubExact(o *State) { s.addExact(o, -1) }

func (s *State) addExact(o *State, sign int64) {
	for i, v := range o.n {
		s.n[i] += sign * v
	}
	s.predicted = addTo(s.predicted, o.predicted, sign)
	s.confusion = addTo(s.confusion, o.confusion, sign)
	for class, t := range o.scores {
		if t != nil {
			addTo(s.table(class), t, sign)
		}
	}
}

// AddInexact adds the float sums of o. They round, so that a window's are
// summed anew rather than taken back.
func (s *State) AddInexact(o *State) {
	for i, v := range o.f {
		s.f[i] += v
	}
	s.y.add(&o.y)
}

func addTo(dst, src []int64, sign int64) []int64 {
	dst = grow(dst, len(src))
	i := 0
	for ; i+8 <= len(src); i += 8 { // a pane's score bins are mostly empty
		s := src[i:][:8]
		if s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7] == 0 {
			continue
		}
		d := dst[i:][:8]
		for k, v := range s {
			d[k] += sign * v
		}
	}
	for ; i < len(src); i++ {
		dst[i] += sign * src[i]
	}
	return dst
}

// grow returns xs with at least n elements, new ones 0.
func grow(xs []int64, n int) []int64 {
	if n <= len(xs) {
		return xs
	}
	old := len(xs)
	xs = slices.Grow(xs, n-old)[:n]
	clear(xs[old:])
	return xs
}

// table returns the score table of a class.
func (s *State) table(class int) []int64 {
	for len(s.scores) <= class {
		s.scores = append(s.scores, nil)
	}
	if s.scores[class] == nil {
		s.scores[class] = make([]int64, ScoreBins*cells)
	}
	return s.scores[class]
}
