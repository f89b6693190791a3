package dashboards

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// tasks writes logs of what "simulate" has no models for: a regression, one of
// three classes, a ranking one that nobody made a
// baseline for, and one more than are let in.
type tasks struct {
	random *rand.Rand
	n      int
}

// second has the lines of a second; by moves what the models see, and makes them
// worse.
func (s *tasks) second(w io.Writer, at time.Time, by float64) {
	s.n++
	stamp := at.UTC().Format(time.RFC3339Nano)
	area, rooms := 60+40*by+20*s.random.NormFloat64(), 1+s.random.IntN(5)
	price := 3000*area + 10_000*float64(rooms)
	fmt.Fprintf(w, `{"id":"p%d","timestamp":%q,"model":"prices","version":"1","features":{"area":%.2f,"rooms":%d,"district":%q},"prediction":%.0f,"latency_ms":%.1f,"label":%.0f}`+"\n",
		s.n, stamp, area, rooms, s.pick("centre", "north", "south"), price*(1+by/5), 20+20*s.random.ExpFloat64(), price+20_000*s.random.NormFloat64())

	classes := []string{"billing", "delivery", "returns"}
	truth, scores, sum := s.random.IntN(3), [3]float64{}, 0.0
	for i := range scores {
		scores[i] = math.Exp(s.random.NormFloat64())
		if i == truth {
			scores[i] *= 8 / (1 + 6*by)
		}
		sum += scores[i]
	}
	best := 0
	for i := range scores {
		scores[i] /= sum
		if scores[i] > scores[best] {
			best = i
		}
	}
	fmt.Fprintf(w, `{"id":"t%d","timestamp":%q,"model":"topics","version":"1","features":{"words":%d,"language":%q},"prediction":%q,"scores":{"billing":%.4f,"delivery":%.4f,"returns":%.4f},"latency_ms":%.1f,"label":%q}`+"\n",
		s.n, stamp, 5+s.random.IntN(80), s.pick("de", "en", "fr"), classes[best], scores[0], scores[1], scores[2], 5+5*s.random.ExpFloat64(), classes[truth])

	for item := range 10 {
		quality := s.random.NormFloat64()
		relevant := 0
		if quality+s.random.NormFloat64() > 1.2 {
			relevant = 1
		}
		fmt.Fprintf(w, `{"id":"s%d#%d","timestamp":%q,"model":"search","version":"1","features":{"text_match":%.3f,"age_days":%.1f},"score":%.4f,"label":%d}`+"\n",
			s.n, item, stamp, quality, 30*s.random.ExpFloat64(), quality*(1-by)+s.random.NormFloat64()/2, relevant)
	}
	fmt.Fprintf(w, `{"id":"n%d","timestamp":%q,"model":"newcomer","version":"1","features":{"clicks":%d},"prediction":%q}`+"\n", s.n, stamp, s.random.IntN(9), s.pick("yes", "no"))
	fmt.Fprintf(w, `{"timestamp":%q,"model":"stranger","features":{"x":1}}`+"\n", stamp)
}

func (s *tasks) pick(of ...string) string { return of[s.random.IntN(len(of))] }

// span has the lines of some time up to now.
func (s *tasks) span(from, to time.Time, by func(time.Time) float64) []byte {
	var b bytes.Buffer
	for at := from; at.Before(to); at = at.Add(time.Second) {
		s.second(&b, at, by(at))
	}
	return b.Bytes()
}

// grow appends to a log each second, until the test ends.
func (s *tasks) grow(t testing.TB, path string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer f.Close()
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-t.Context().Done():
				return
			case at := <-tick.C:
				var b bytes.Buffer
				s.second(&b, at, 1)
				if _, err := f.Write(b.Bytes()); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	t.Cleanup(func() { <-done })
}
