package drift

import "math"

// transport integrates a bridge over the column's values, in standard deviations.
type transport struct {
	widths            []float64 // of the bounded bins
	low, high         float64   // mean distance of the open bins' values from the cut point
	lowRest, highRest float64   // standard deviation of the open bins' sums, given their counts
	variance          float64   // of the integral without the absolute value: about 1
}

// newTransport splits the baseline's variance into what the bins explain and a
// rest, which is the spread inside the open bins; their shares of it are as
// their second moments would be if both had the same shape.
func newTransport(s *Shape, base Side, shares []float64) transport {
	last := len(s.Edges)
	w := transport{widths: make([]float64, max(last-1, 0))}
	if last == 0 || !positive(s.Scale) { // a constant has no standard deviation to measure by
		return w
	}
	w.low = beyond(1, 1, s.Edges[0], base.Low) / s.Scale
	w.high = beyond(1, 1, s.Edges[last-1], base.High) / s.Scale
	origin := s.Edges[0]
	first := -shares[0] * w.low
	second := shares[0] * w.low * w.low
	for i := range w.widths {
		w.widths[i] = (s.Edges[i+1] - s.Edges[i]) / s.Scale
		middle := ((s.Edges[i] - origin) + (s.Edges[i+1] - origin)) / (2 * s.Scale)
		first += shares[i+1] * middle
		second += shares[i+1] * (middle*middle + w.widths[i]*w.widths[i]/12)
	}
	top := (s.Edges[last-1]-origin)/s.Scale + w.high
	first += shares[last] * top
	second += shares[last] * top * top
	explained := second - first*first
	rest := max(0, 1-explained)
	w.variance = explained + rest
	lowPart, highPart := shares[0]*w.low*w.low, shares[last]*w.high*w.high
	if both := lowPart + highPart; both > 0 {
		w.lowRest = math.Sqrt(rest * lowPart / both)
		w.highRest = math.Sqrt(rest * highPart / both)
	}
	return w
}

// area is ∫|bridge|, with z1 and z2 the noise of the means in the open bins.
func (w *transport) area(bridge []float64, z1, z2 float64) float64 {
	if len(bridge) < 2 {
		return 0
	}
	last := len(bridge) - 1
	area := math.Abs(w.low*bridge[0]+w.lowRest*z1) + math.Abs(w.high*bridge[last-1]+w.highRest*z2)
	before := bridge[0]
	inner := bridge[1:last]
	for i, width := range w.widths[:len(inner)] {
		area += width * meanAbs(before, inner[i])
		before = inner[i]
	}
	return area
}
