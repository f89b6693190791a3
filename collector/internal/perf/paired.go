package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// The integers of a Paired.
const (
	pBoth   = iota // ids with predictions of both versions
	pAgree         // of those, ids on which both say the same
	pPairs         // labelled, with classes of both
	pOnlyA         // only a is right
	pOnlyB         // only b is right
	pScored        // labelled, with scores of both
	pValues        // labelled, with values of both
	pCounts
)

// The float sums of a Paired. Differences are a's loss less b's.
const (
	pLogLoss = iota
	pLogLoss2
	pBrier
	pBrier2
	pAbsolute
	pAbsolute2
	pSquareA  // Σe²
	pSquareB  //
	pSquareAA // Σe⁴
	pSquareBB
	pSquareAB
	pSums
)

// Paired holds the sums of two versions a and b that scored the same ids. It is
// additive like State; the zero value is empty.
type Paired struct {
	n [pCounts]int64
	f [pSums]float64
}

// Both adds the predictions of both versions for one id, labelled or not. Two
// classes, or two values, agree if they are equal.
func (p *Paired) Both(c *Config, a, b *Prediction) {
	same := a.Class == b.Class
	if c.Task == catalog.Regression {
		if math.IsNaN(a.Value) || math.IsNaN(b.Value) {
			return
		}
		same = a.Value == b.Value
	} else if a.Class < 0 || b.Class < 0 {
		return
	}
	p.n[pBoth]++
	if same {
		p.n[pAgree]++
	}
}

// Join adds both predictions and their label with sign +1, or takes them back
// with −1.
func (p *Paired) Join(c *Config, a, b *Prediction, l *Label, sign int) {
	if c.Task == catalog.Regression {
		p.joinValues(a.Value-l.Value, b.Value-l.Value, sign)
		return
	}
	if !isClass(l.Class) {
		return
	}
	if isClass(a.Class) && isClass(b.Class) {
		p.n[pPairs] += int64(sign)
		switch rightA, rightB := a.Class == l.Class, b.Class == l.Class; {
		case rightA && !rightB:
			p.n[pOnlyA] += int64(sign)
		case rightB && !rightA:
			p.n[pOnlyB] += int64(sign)
		}
	}
	lossA, brierA, okA := losses(c, a, l.Class)
	lossB, brierB, okB := losses(c, b, l.Class)
	if okA && okB {
		p.n[pScored] += int64(sign)
		p.sum(pLogLoss, lossA-lossB, sign)
		p.sum(pBrier, brierA-brierB, sign)
	}
}

// sum adds d to a sum and its square to the one after it.
func (p *Paired) sum(at int, d float64, sign int) {
	p.f[at] += float64(sign) * d
	p.f[at+1] += float64(sign) * d * d
}

func (p *Paired) joinValues(a, b float64, sign int) {
	if !(math.Abs(a) <= maxValue && math.Abs(b) <= maxValue) {
		return
	}
	f, a2, b2 := float64(sign), a*a, b*b
	p.n[pValues] += int64(sign)
	p.sum(pAbsolute, math.Abs(a)-math.Abs(b), sign)
	p.f[pSquareA] += f * a2
	p.f[pSquareB] += f * b2
	p.f[pSquareAA] += f * a2 * a2
	p.f[pSquareBB] += f * b2 * b2
	p.f[pSquareAB] += f * a2 * b2
}

// Agreement returns the share of ids on which both say the same, with Wilson's
// interval.
func (p *Paired) Agreement() (v Value, ok bool) {
	if p.n[pBoth] <= 0 {
		return v, false
	}
	n := float64(p.n[pBoth])
	return usual.wilson("", float64(p.n[pAgree])/n, n), true
}

// MaxDifferences is how many metrics Differences returns at most.
const MaxDifferences = 3

// Differences returns how much better b is than a on the same labels, in each
// metric's own unit: positive is better, whatever the metric's direction. They
// are accuracy, log_loss and brier, or mae and rmse. Their intervals come from
// the differences, are far narrower than those of two separate versions, and miss
// the truth by chance with probability alpha, in (0, 0.5), at either end.
func (p *Paired) Differences(c *Config, alpha float64) []Value {
	var vs []Value
	l := levelOf(alpha)
	if n := float64(p.n[pPairs]); n > 0 {
		vs = append(vs, p.accuracy(l, n))
	}
	if n := float64(p.n[pScored]); n >= 2 {
		vs = append(vs, l.average(catalog.LogLoss, n, p.f[pLogLoss], p.f[pLogLoss2]),
			l.average(catalog.Brier, n, p.f[pBrier], p.f[pBrier2]))
	}
	if n := float64(p.n[pValues]); n >= 2 {
		vs = append(vs, l.average(catalog.MAE, n, p.f[pAbsolute], p.f[pAbsolute2]), p.rmse(l, n))
	}
	return ordered(vs)
}

// accuracy is the difference of two shares of the same n, of which only the
// discordant pairs count (McNemar), with the adjusted interval of Bonett and
// Price: one pair more in either discordant cell. Their variance less the square of
// the difference would be too small far out, where few labels look like a large
// difference; without that a difference is sure only if as many coins as there are
// discordant pairs would surely not fall that way.
//
// Source: Bonett and Price (2012), Adjusted Wald confidence interval for a
// difference of binomial proportions based on paired data, JEBS 37.
func (p *Paired) accuracy(l level, n float64) Value {
	a, b := float64(p.n[pOnlyA]), float64(p.n[pOnlyB])
	pa, pb := (a+1)/(n+2), (b+1)/(n+2)
	half := l.z * math.Sqrt((pa+pb)/(n+2))
	v := (b - a) / n
	return Value{catalog.Accuracy, v, max(min(pb-pa-half, v), -1), min(max(pb-pa+half, v), 1)}
}

// rmse is the difference of two roots, with the delta method's variance: that of
// the mean of a²/(2·rmse a) − b²/(2·rmse b).
func (p *Paired) rmse(l level, n float64) Value {
	ra, rb := math.Sqrt(max(p.f[pSquareA]/n, 0)), math.Sqrt(max(p.f[pSquareB]/n, 0))
	ga, gb := 0.0, 0.0
	if ra > 0 {
		ga = 1 / (2 * ra)
	}
	if rb > 0 {
		gb = 1 / (2 * rb)
	}
	mean := ga*ra*ra - gb*rb*rb
	squares := (ga*ga*p.f[pSquareAA] - 2*ga*gb*p.f[pSquareAB] + gb*gb*p.f[pSquareBB]) / n
	half := l.student(n-1) * math.Sqrt(max(squares-mean*mean, 0)/(n-1))
	return Value{catalog.RMSE, ra - rb, ra - rb - half, ra - rb + half}
}

// Reset empties p.
func (p *Paired) Reset() { *p = Paired{} }

// Add adds all of o.
func (p *Paired) Add(o *Paired) {
	p.AddExact(o)
	p.AddInexact(o)
}

// AddExact adds the integers of o.
func (p *Paired) AddExact(o *Paired) {
	for i, v := range o.n {
		p.n[i] += v
	}
}

// SubExact takes back AddExact.
func (p *Paired) SubExact(o *Paired) {
	for i, v := range o.n {
		p.n[i] -= v
	}
}

// AddInexact adds the float sums of o.
func (p *Paired) AddInexact(o *Paired) {
	for i, v := range o.f {
		p.f[i] += v
	}
}

// CopyExact makes p the exact part of o.
func (p *Paired) CopyExact(o *Paired) { *p = Paired{n: o.n} }

// AppendTo appends p to b: sparse(counts) floats(sums), as State does.
func (p *Paired) AppendTo(b []byte) []byte {
	return appendFloats(appendSparse(b, p.n[:]), p.f[:])
}

// Decode makes p what is at the start of b and returns the bytes behind it. After
// an error p is empty.
func (p *Paired) Decode(b []byte) (rest []byte, err error) {
	p.Reset()
	d := decoder{b: b}
	d.sparse(p.n[:])
	d.floats(p.f[:])
	if d.bad {
		p.Reset()
		return nil, errEncoding
	}
	return d.b, nil
}

// IDs returns on how many ids the two versions can agree or not.
func (p *Paired) IDs() int64 { return p.n[pBoth] }
