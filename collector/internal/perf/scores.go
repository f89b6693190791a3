package perf

import "math"

// Score bins are 1/512 wide from 1/16 to 15/16, so that the shares of a forest of
// up to 500 trees keep apart. Towards 0 and towards 1 they narrow
// geometrically, 16 to an octave (width at most 1/16 of the distance to the
// end), down to 2⁻²¹; what lies nearer shares a bin, and exactly 0 and exactly
// 1 have their own. So the scores of rare events, all of them near 0, are told
// apart as well as evenly spread ones.
const (
	fineBins   = 224                              // uniform ones, from 1/16 to 1/2
	octaves    = 17                               // below 1/16
	perOctave  = 16                               //
	sideBins   = fineBins + octaves*perOctave + 2 // with the rest, and exactly 0
	ScoreBins  = 2 * sideBins                     // 996
	octaveBits = 52 - 4                           // a float's bits above these are octave and bin
	lastOctave = (1023 - 4 - octaves) << 4
)

// bin returns the score bin of p, 0 ≤ p ≤ 1, ascending in p.
func bin(p float64) int {
	if p < 0.5 {
		return sideBin(p)
	}
	return ScoreBins - 1 - sideBin(1-p) // exact: 1-p does not round here
}

// sideBin returns the bin of q, 0 ≤ q ≤ 1/2, counted from the end.
func sideBin(q float64) int {
	switch {
	case q >= 0.0625:
		return min(sideBins-fineBins+int(q*512)-32, sideBins-1)
	case q == 0:
		return 0
	}
	return max(int(math.Float64bits(q)>>octaveBits)-lastOctave, -1) + 2
}

// binEdge returns the lower edge of bin i; that of bin ScoreBins is 1.
func binEdge(i int) float64 {
	if i >= sideBins {
		return 1 - sideEdge(ScoreBins-i)
	}
	return sideEdge(i)
}

func sideEdge(i int) float64 {
	switch {
	case i < 2:
		return 0
	case i >= sideBins-fineBins:
		return float64(i-(sideBins-fineBins)+32) / 512
	}
	return math.Float64frombits(uint64(i-2+lastOctave) << octaveBits)
}

// A score table counts the scores of one class, in row bin·cells: of every
// prediction by whether it predicts the class, and of joined ones by that and
// by whether the label is the class.
const (
	allOther  = iota // predictions of another class
	allClass         // predictions of the class
	pairCells        // joined: + 2·predicted + actual
	_
	_
	_
	cells
)

// pairCell returns the cell of a joined pair.
func pairCell(predicted, actual bool) int {
	c := pairCells
	if predicted {
		c += 2
	}
	if actual {
		c++
	}
	return c
}

// isProbability is false for NaN too.
func isProbability(p float64) bool { return p >= 0 && p <= 1 }

// usable tells whether the scores say something, and all are probabilities.
func usable(scores []float64) (ok, bad bool) {
	for _, p := range scores {
		if !isProbability(p) {
			return false, true
		}
	}
	return len(scores) > 0, false
}
