package snapshot

import (
	"sync"
	"sync/atomic"
)

// A page of a million series has a body of more than 100 MB. Left to the
// garbage collector, each tick would leave one behind and fault in a new one,
// which takes as long as rendering it. So whoever uses a page holds it, and when
// the last one lets go, its bodies become the buffers of the next page.

// holders counts the users of a page: the publisher while it is current, and
// each scrape that is being answered with it.
type holders struct{ n atomic.Int64 }

// acquire takes a hold, unless everyone has let go already.
func (h *holders) acquire() bool {
	for {
		n := h.n.Load()
		if n == 0 {
			return false
		}
		if h.n.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release lets go and tells whether it was the last.
func (h *holders) release() bool { return h.n.Add(-1) == 0 }

// spares are buffers of the page that was given up last. One that no scrape of
// the next page has taken goes with that page: nobody asks for the format.
type spares struct {
	mu      sync.Mutex
	buffers [numFormats][]byte
}

// put keeps the uncompressed bodies of pg, which nobody uses any more.
func (s *spares) put(pg *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.buffers {
		s.buffers[f] = pg.slots[f][identity].body
	}
}

// take returns an empty buffer for a body of about size bytes.
func (s *spares) take(f format, size int) []byte {
	s.mu.Lock()
	b := s.buffers[f]
	s.buffers[f] = nil
	s.mu.Unlock()
	if cap(b) < size || cap(b) > 2*size+spillSize {
		return make([]byte, 0, size)
	}
	return b[:0]
}
