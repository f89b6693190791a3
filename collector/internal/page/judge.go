package page

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// state is what is to say about one side of a model, from the best to the worst.
type state uint8

const (
	none    state = iota // it does not concern the model
	unknown              // it cannot be told
	fine
	over // it was wrong, or is worth knowing; nobody has to act
	wrong
	grave
)

// String is also the name of its style.
func (s state) String() string {
	return [...]string{"none", "unknown", "fine", "over", "wrong", "grave"}[s]
}

// result is what is to say about one side of a model.
type result struct {
	Area   string
	State  state
	Head   string // a sentence
	Advice string
	Items  []item // the worst first, as many as a page shows
	More   int    // items beyond these
	Wrong  int    // items that are wrong, of all
	Rest   string // what is fine nevertheless; empty for nothing
}

// item is one thing that is wrong, or fine and worth a look.
type item struct {
	Text, Since string
	Drift       *Drift
	Metric      *Metric
	state       state
	excess      float64
}

// judge looks at one side of a model.
type judge struct {
	*Model
	h    *History
	now  time.Time
	area string
}

// areas are the sides of a model, in the order of the page.
var areas = []struct {
	Name, About string
	of          func(*judge) result
}{
	{"Answers", "Does the model answer, without errors, in time?", (*judge).answers},
	{"Performance", "Are its answers right, by labels or, without them, by what its scores let expect?", (*judge).performance},
	{"Quality", "Are input values missing, out of range, of the wrong type, or of an unknown category; are columns new or gone?", (*judge).quality},
	{"Inputs", "Are the values of each feature distributed as in the baseline?", (*judge).inputs},
	{"Together", "Do the values of numeric features go together as in the baseline?", (*judge).together},
	{"Outputs", "Are predictions and scores distributed as in the baseline?", (*judge).outputs},
	{"Fairness", "Are the values of declared segments treated alike?", (*judge).fairness},
	{"Labels", "Does the truth still arrive?", (*judge).labels},
}

// judge finds what is wrong with a model version.
func (m *Model) judge(h *History, now time.Time) {
	base := &h.moments[0]
	c, b := &m.Counts, base.models[m.key()].Counts
	m.lately = span[Counts]{Counts{
		more(c.Predictions, b.Predictions), more(c.Errors, b.Errors), more(c.Slow, b.Slow), more(c.Duplicates, b.Duplicates),
		more(c.Future, b.Future), more(c.Late, b.Late), more(c.Labels, b.Labels),
	}, now.Sub(base.at)}
	m.results = nil
	for _, a := range areas {
		r := a.of(&judge{m, h, now, a.Name})
		if r.Area = a.Name; r.State != none {
			slices.SortStableFunc(r.Items, func(a, b item) int {
				return cmp.Or(cmp.Compare(b.state, a.state), cmp.Compare(b.excess, a.excess))
			})
			r.Wrong = worstItems(r.Items)
			r.More = max(0, len(r.Items)-mostItems)
			r.Items = r.Items[:len(r.Items)-r.More]
			m.results = append(m.results, r)
		}
	}
	m.Features = nil // they are remembered, and take most of the room
	m.Drifts = m.Drifts[:min(len(m.Drifts), mostItems)]
}

// since says since when a gauge has been wrong.
func (j *judge) since(what ...string) string {
	return j.h.since(j.thing(what...), j.now, j.h.early(j.now))
}

// thing is the key of what may be wrong.
func (j *judge) thing(what ...string) string {
	return j.key() + "\xff" + j.area + "\xff" + strings.Join(what, "\xff")
}

// shares looks back over counters of the version. k and n of now are as counted since
// the start; of finds them among what was counted then.
func (j *judge) shares(k, n uint64, of func(then modelCounts) (k, n uint64)) shares {
	key := j.key()
	return j.h.shares(j.now, func(then *moment) ratio {
		k0, n0 := of(then.models[key])
		return ratio{more(k, k0), more(n, n0)}
	})
}

// lastly names the time that shares are of.
func lastly(long time.Duration) string {
	if long < time.Second {
		return "since this exporter started"
	}
	return "in the last " + about(long)
}

// worstOf is the worst state of items, from a best one.
func worstOf(best state, items []item) state {
	for i := range items {
		best = max(best, items[i].state)
	}
	return best
}

// count writes how many of a noun there are.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(uint64(n)) + " " + many
}

// judgeShare adds what is to say of a share with a limit: nothing, that it is too
// large, or that it was.
func (j *judge) judgeShare(r *result, s shares, limit float64, bad state, what string, say func(share string) string, more string) {
	switch s.state(limit) {
	case wrong:
		text := say(percent(s.now.share())) + " " + lastly(s.nowLong)
		if s.allLong-s.nowLong > spacing {
			text += " (" + percent(s.all.share()) + " " + lastly(s.allLong) + ")"
		}
		r.add(item{Text: text + more + ".", Since: j.h.since(j.thing(what), j.now, !j.h.known), state: bad, excess: s.now.share() / limit})
	case over:
		r.add(item{Text: say(percent(s.all.share())) + " " + lastly(s.allLong) + ", but only " + percent(s.now.share()) + " " + lastly(s.nowLong) + ".",
			state: over, excess: s.all.share() / limit})
	}
}

func (r *result) add(i item) { r.Items = append(r.Items, i) }

// compares tells whether there is a baseline, and if not fills r.
func (j *judge) compares(r *result) bool {
	switch {
	case j.compared():
		return true
	case j.Baseline == "learning":
		r.State, r.Head = unknown, "Nothing to compare with yet: the model is still learning what is normal from its first events ("+percent(j.Learned)+")."
	default:
		r.State, r.Head = unknown, "There is no baseline to compare with. Profile its training data: model_exporter profile."
	}
	return false
}

// worstItems counts the items that are wrong.
func worstItems(items []item) (n int) {
	for i := range items {
		if items[i].state >= wrong {
			n++
		}
	}
	return n
}

func itThey(n int) string {
	if n == 1 {
		return "it"
	}
	return "they"
}
