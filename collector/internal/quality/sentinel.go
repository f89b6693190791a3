package quality

import "math"

// A value is taken for an undeclared sentinel when it repeats this often …
const (
	minRepeats = 10
	slots      = 4 // candidates followed at a time
)

// Sentinels finds values like −999 that stand for "missing" though nobody said
// so: one exact value outside the baseline's range that suddenly repeats. A
// usual spelling (−1, ±9…9, the extremes of integer types) only needs to lie
// outside the range; any other value must lie outside by more than the range's
// width, so that drift of a natural quantity is not mistaken for a sentinel.
type Sentinels struct {
	lo, hi float64 // the baseline's range
	width  float64

	value [slots]float64
	count [slots]uint64
	found []float64
}

// NewSentinels returns a detector for a column whose baseline spans [lo, hi].
func NewSentinels(lo, hi float64) *Sentinels {
	return &Sentinels{lo: lo, hi: hi, width: hi - lo}
}

// Outside tells whether values between lo and hi can hold a candidate at all.
func (s *Sentinels) Outside(lo, hi float64) bool { return lo < s.lo || hi > s.hi }

// Add looks at one value and returns how many values it shows to be sentinels:
// 0, or 1 for a known one, or all repeats so far at the moment of detection.
func (s *Sentinels) Add(x float64) uint64 {
	if x >= s.lo && x <= s.hi || !s.candidate(x) {
		return 0
	}
	for _, f := range s.found {
		if f == x {
			return 1
		}
	}
	least := 0
	for i := range s.value {
		if s.count[i] > 0 && s.value[i] == x {
			s.count[i]++
			return s.detect(i)
		}
		if s.count[i] < s.count[least] {
			least = i
		}
	}
	// Misra–Gries: a stranger costs the rarest candidate one count, so a value
	// that repeats among many strangers still gets through.
	if s.count[least] > 0 {
		s.count[least]--
		return 0
	}
	s.value[least], s.count[least] = x, 1
	return 0
}

// Found returns the values taken for sentinels so far.
func (s *Sentinels) Found() []float64 { return s.found }

// Forget drops candidates that did not repeat enough. Called once per window it
// keeps a slow trickle of rare but natural values from adding up.
func (s *Sentinels) Forget() { clear(s.count[:]) }

func (s *Sentinels) detect(i int) uint64 {
	n := s.count[i]
	if n < minRepeats || len(s.found) == slots {
		return 0
	}
	s.found = append(s.found, s.value[i])
	s.count[i] = 0
	return n
}

func (s *Sentinels) candidate(x float64) bool {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return false
	}
	return usual(x) || x < s.lo-s.width || x > s.hi+s.width
}

// usual tells whether x is a customary spelling of "missing".
func usual(x float64) bool {
	switch a := math.Abs(x); a {
	case 1:
		return x < 0
	case 9, 99, 999, 9999, 99999, 999999, 9999999, 99999999, 999999999:
		return true
	case math.MaxInt16, -math.MinInt16, math.MaxInt32, -math.MinInt32, math.MaxUint16, math.MaxUint32,
		math.MaxInt64, math.MaxFloat32, math.MaxFloat64: // MaxInt64 and -MinInt64 are the same float64
		return true
	}
	return false
}
