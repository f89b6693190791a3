package page

import "time"

const (
	lookBack = time.Hour       // shares are of so long at most
	spacing  = 5 * time.Minute // between the counters that are remembered
	grace    = 5 * time.Minute // what is away for less than this was never away
	warmUp   = time.Minute     // until sources say whether there is more to read
)

// History remembers the counters of earlier overviews, at most one copy of them in
// five minutes for an hour, and when what is wrong was first seen. The zero value
// remembers nothing. It has one owner.
type History struct {
	moments []moment // the oldest first
	first   time.Time
	settled time.Time // when every source had been read to its end; zero if not yet
	known   bool      // shares of what came after that were judged
	wrong   map[string]spell
	labels  map[string]lastLabel
}

// moment is what was counted up to a time.
type moment struct {
	at      time.Time
	sources map[string]sourceCounts
	models  map[string]modelCounts
	dropped []Count
}

type sourceCounts struct {
	Events   uint64
	Rejected []Count
}

type modelCounts struct {
	Counts
	features []featureCounts
	added    []Count
}

type featureCounts struct {
	name            string
	values, removed uint64
	failed          [numChecks]uint64
}

// spell is how long something has been wrong.
type spell struct {
	from, seen time.Time
	early      bool // it was there when the history began, as far as that can tell
}

type lastLabel struct {
	n  uint64
	at time.Time
}

// span is what was counted in a time that ends now.
type span[T any] struct {
	Of   T
	Long time.Duration
}

// Look finds what is wrong in o, and remembers its counters for the next one.
func (h *History) Look(o *Overview) {
	if h.wrong == nil {
		h.first, h.wrong, h.labels = o.Now, map[string]spell{}, map[string]lastLabel{}
	}
	if n := len(h.moments); n > 0 && o.Now.Before(h.moments[n-1].at) {
		h.moments = nil // the clock was set back
	}
	settled := h.settle(o)
	if n := len(h.moments); n == 0 || settled || o.Now.Sub(h.moments[n-1].at) >= spacing {
		h.moments = append(h.moments, remember(o))
	}
	for len(h.moments) > 1 && o.Now.Sub(h.moments[0].at) > lookBack {
		h.moments = append(h.moments[:0], h.moments[1:]...)
	}
	base := &h.moments[0]
	long := o.Now.Sub(base.at)
	o.dropped = span[[]Count]{grown(o.Dropped, base.dropped), long}
	for i := range o.Sources {
		s := &o.Sources[i]
		before := base.sources[s.Name]
		s.Lately = span[sourceCounts]{sourceCounts{more(s.Events, before.Events), grown(s.Rejected, before.Rejected)}, long}
		s.found = s.judge(h, o.Now)
	}
	for i := range o.Models {
		o.Models[i].judge(h, o.Now)
	}
	h.known = !h.settled.IsZero() && o.Now.Sub(h.settled) >= lately
	for key, s := range h.wrong {
		if o.Now.Sub(s.seen) > grace {
			delete(h.wrong, key)
		}
	}
	for key := range h.labels {
		if _, ok := h.moments[len(h.moments)-1].models[key]; !ok {
			delete(h.labels, key)
		}
	}
}

// settle notes when the exporter has read what was there when it started, and tells
// whether that is now: what follows is new.
func (h *History) settle(o *Overview) bool {
	if !h.settled.IsZero() || o.Now.Sub(h.first) < warmUp {
		return false
	}
	for i := range o.Sources {
		if o.Sources[i].Lag >= behind {
			return false
		}
	}
	h.settled = o.Now
	return true
}

func remember(o *Overview) moment {
	m := moment{at: o.Now, sources: map[string]sourceCounts{}, models: map[string]modelCounts{}, dropped: o.Dropped}
	for i := range o.Sources {
		s := &o.Sources[i]
		m.sources[s.Name] = sourceCounts{s.Events, s.Rejected}
	}
	for i := range o.Models {
		c := &o.Models[i]
		features := make([]featureCounts, len(c.Features))
		for k := range c.Features {
			f := &c.Features[k]
			features[k] = featureCounts{f.Name, f.Values, f.Removed, f.Failed}
		}
		m.models[c.key()] = modelCounts{c.Counts, features, c.Added}
	}
	return m
}

// key tells model versions apart. No text in UTF-8 has the byte between them.
func (m *Model) key() string { return m.Name + "\xff" + m.Version }

// more is how much a counter grew. One that fell began anew.
func more(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// grown returns which of counts grew, and by how much.
func grown(now, before []Count) []Count {
	var out []Count
	for i, c := range now {
		if n := more(c.N, named(before, i, c.Name)); n > 0 {
			out = append(out, Count{c.Name, n})
		}
	}
	return out
}

// named finds a count, which mostly is where it was.
func named(counts []Count, i int, name string) uint64 {
	if i < len(counts) && counts[i].Name == name {
		return counts[i].N
	}
	for _, c := range counts {
		if c.Name == name {
			return c.N
		}
	}
	return 0
}

// feature finds a feature's counters, which mostly are where they were.
func (m modelCounts) feature(i int, name string) (none featureCounts) {
	if i < len(m.features) && m.features[i].name == name {
		return m.features[i]
	}
	for _, f := range m.features {
		if f.name == name {
			return f
		}
	}
	return none
}

// since notes that something is wrong at a time and says since when it has been. What
// is found first before the exporter could know better is early.
func (h *History) since(key string, now time.Time, early bool) string {
	s, ok := h.wrong[key]
	if !ok {
		s = spell{from: now, early: early}
	}
	s.seen = now
	h.wrong[key] = s
	switch from := clockTime(now, s.from); {
	case s.early:
		return "since " + from + " or before"
	case now.Sub(s.from) < time.Minute:
		return "since " + from + ", just now"
	default:
		return "since " + from + " (" + about(now.Sub(s.from)) + ")"
	}
}

// early tells whether a gauge that is found now may have been as it is for long.
func (h *History) early(now time.Time) bool { return h.settled.IsZero() || h.settled.Equal(now) }
