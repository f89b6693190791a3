package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// maxValue bounds the values of regression: fourth powers of errors are summed,
// and must stay finite.
const maxValue = 1e60

// eceBins are the equal bins of the expected calibration error.
const eceBins = 10

// minProbability is where the log loss cuts probabilities.
const minProbability = 1e-15

// Predict adds a prediction, labelled or not: for coverage, the shares of
// predicted classes, and estimates.
func (s *State) Predict(c *Config, p *Prediction) {
	s.n[nPredictions]++
	if c.Task != catalog.Binary && c.Task != catalog.Multiclass {
		return
	}
	if isClass(p.Class) {
		s.predicted = grow(s.predicted, p.Class+1)
		s.predicted[p.Class]++
	}
	if c.Slim || p.Class < 0 {
		return
	}
	ok, bad := usable(p.Scores)
	if bad {
		s.n[nSkipped]++
	}
	switch {
	case !ok:
	case c.Task == catalog.Binary:
		row := bin(p.Scores[0]) * cells
		if p.Class == c.Positive {
			row += allClass
		}
		s.table(c.Positive)[row]++
	case p.Class < len(p.Scores):
		s.table(p.Class)[bin(p.Scores[p.Class])*cells+allClass]++
	}
}

// Join adds a prediction and its label with sign +1, and takes them back with
// sign −1 when the label is corrected.
func (s *State) Join(c *Config, p *Prediction, l *Label, sign int) {
	switch c.Task {
	case catalog.Binary, catalog.Multiclass:
		s.joinClass(c, p, l, int64(sign))
	case catalog.Regression:
		s.joinValue(p, l, int64(sign))
	}
}

// isClass tells a code from none and from one that the caller should have mapped.
func isClass(code int) bool { return uint(code) < MaxClasses }

func (s *State) joinClass(c *Config, p *Prediction, l *Label, sign int64) {
	if !isClass(l.Class) {
		return
	}
	s.n[nLabels] += sign
	if isClass(p.Class) {
		if m := max(p.Class, l.Class) + 1; m*m > len(s.confusion) {
			s.confusion = grow(s.confusion, m*m)
		}
		s.confusion[cell(p.Class, l.Class)] += sign
	}
	ok, bad := usable(p.Scores)
	switch {
	case bad:
		s.n[nSkipped] += sign
	case !ok:
	case c.Task == catalog.Binary:
		s.joinScore(c, p, l.Class == c.Positive, sign)
	default:
		s.joinScores(c, p, l.Class, sign)
	}
}

// joinScore adds the probability of the positive class.
func (s *State) joinScore(c *Config, p *Prediction, positive bool, sign int64) {
	q := p.Scores[0]
	if !c.Slim {
		s.table(c.Positive)[bin(q)*cells+pairCell(p.Class == c.Positive, positive)] += sign
	}
	s.calibrate(q, positive, sign)
	s.lose(logLoss(hitOf(q, positive)), brierOf(q, positive), sign)
}

func hitOf(q float64, positive bool) float64 {
	if positive {
		return q
	}
	return 1 - q
}

func brierOf(q float64, positive bool) float64 {
	miss := hitOf(q, !positive)
	return miss * miss
}

// joinScores adds the probabilities of all classes: each against the rest.
func (s *State) joinScores(c *Config, p *Prediction, actual int, sign int64) {
	for class, q := range p.Scores {
		if !c.Slim && class < MaxClasses {
			s.table(class)[bin(q)*cells+pairCell(p.Class == class, actual == class)] += sign
		}
	}
	if uint(p.Class) < uint(len(p.Scores)) {
		s.calibrate(p.Scores[p.Class], p.Class == actual, sign)
	}
	hit, brier := lossesOf(p.Scores, actual)
	s.lose(logLoss(hit), brier, sign)
}

// calibrate adds a probability and whether it came true to the equal bins.
func (s *State) calibrate(q float64, right bool, sign int64) {
	b := min(int(q*eceBins), eceBins-1)
	s.n[nBins+b] += sign
	if right {
		s.n[nRight+b] += sign
	}
	s.f[fConfidence+b] += float64(sign) * q
}

// lossesOf returns the probability of the actual class and Σ (p−y)².
func lossesOf(scores []float64, actual int) (hit, brier float64) {
	if actual < len(scores) {
		hit = scores[actual]
	}
	brier = (1 - hit) * (1 - hit)
	for class, q := range scores {
		if class != actual {
			brier += q * q
		}
	}
	return hit, brier
}

// losses returns what a prediction adds to log_loss and brier.
func losses(c *Config, p *Prediction, actual int) (loss, brier float64, ok bool) {
	if ok, _ := usable(p.Scores); !ok {
		return 0, 0, false
	}
	if c.Task == catalog.Binary {
		q, positive := p.Scores[0], actual == c.Positive
		return logLoss(hitOf(q, positive)), brierOf(q, positive), true
	}
	hit, brier := lossesOf(p.Scores, actual)
	return logLoss(hit), brier, true
}

func logLoss(hit float64) float64 {
	return -ln(min(max(hit, minProbability), 1-minProbability))
}

// lose adds the losses of a prediction.
func (s *State) lose(loss, brier float64, sign int64) {
	f := float64(sign)
	s.n[nScored] += sign
	s.f[fLogLoss] += f * loss
	s.f[fLogLoss2] += f * loss * loss
	s.f[fBrier] += f * brier
	s.f[fBrier2] += f * brier * brier
}

// joinValue adds the error of a regression.
func (s *State) joinValue(p *Prediction, l *Label, sign int64) {
	if math.IsNaN(l.Value) {
		return
	}
	s.n[nLabels] += sign
	if math.IsNaN(p.Value) {
		return
	}
	e := p.Value - l.Value
	if !(math.Abs(p.Value) <= maxValue && math.Abs(l.Value) <= maxValue) {
		s.n[nSkipped] += sign
		return
	}
	f, square := float64(sign), e*e
	s.n[nValues] += sign
	s.f[fError] += f * e
	s.f[fAbsolute] += f * math.Abs(e)
	s.f[fSquare] += f * square
	s.f[fSquare2] += f * square * square
	s.y.join(l.Value, square, f)
	s.joinRelative(math.Abs(e/l.Value), sign)
}

// joinRelative adds an error relative to its label, unless that is 0 or as
// good as 0.
func (s *State) joinRelative(r float64, sign int64) {
	if !(r <= maxValue) {
		return
	}
	s.n[nRelative] += sign
	s.f[fRelative] += float64(sign) * r
	s.f[fRelative2] += float64(sign) * r * r
}
