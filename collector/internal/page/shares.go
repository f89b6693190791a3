package page

import (
	"math"
	"time"
)

const (
	lately  = 2 * time.Minute // what is wrong now is looked for in so long at least
	leastOf = 100             // values: a share of fewer tells nothing, as the rules have it
)

// ratio is k of n.
type ratio struct{ k, n uint64 }

func (r ratio) share() float64 {
	if r.n == 0 {
		return 0
	}
	return min(1, float64(r.k)/float64(r.n))
}

// beyond tells whether the share is above a limit by more than chance: three standard
// deviations of a share, as the rules have it.
func (r ratio) beyond(limit float64) bool {
	p := r.share()
	return r.n >= leastOf && p-3*math.Sqrt(p*(1-p)/float64(r.n)) > limit
}

// shares are those of the last minutes and of the whole time that is looked back.
type shares struct {
	now, all         ratio
	nowLong, allLong time.Duration
}

// state judges shares. What is beyond a limit in the whole time, and not in the last
// minutes, is over.
func (s *shares) state(limit float64) state {
	switch {
	case s.now.beyond(limit):
		return wrong
	case s.all.beyond(limit):
		return over
	default:
		return fine
	}
}

// shares looks back over the ratio of what was counted since a moment. Now is the last
// two minutes, or as many more as it takes to tell anything.
func (h *History) shares(now time.Time, of func(then *moment) ratio) shares {
	s := shares{all: of(&h.moments[0]), allLong: now.Sub(h.moments[0].at)}
	s.now, s.nowLong = s.all, s.allLong
	if s.all.k == 0 {
		return s
	}
	for i := len(h.moments) - 1; i > 0; i-- {
		m := &h.moments[i]
		if long := now.Sub(m.at); long >= lately {
			if r := of(m); r.n >= leastOf {
				s.now, s.nowLong = r, long
				break
			}
		}
	}
	return s
}
