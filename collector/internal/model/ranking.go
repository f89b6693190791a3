package model

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// rememberRequests keeps ranking requests. Consecutive events request#0,
// request#1, … are the items of one request; the item with the highest score is
// its first, and without scores the order of the items is the ranking.
func (v *Version) rememberRequests(b *event.Batch, rows []int32, ms *modelSource, now int64) {
	m, s := v.Model, v.Model.set
	b.EachRequest(rows, maxItems, func(request []byte, items []int32) {
		if m.waits() && len(request) > 0 {
			if known, ok := s.find(m.key(request)); ok && known.by(v.key) != nil {
				return
			}
		}
		e := m.first()
		v.said(e.add(), b, items[0], ms)
		rank(e, b, items)
		v.joinedAt(e.scored[0].at).All.Predict(&m.measure, &e.scored[0].said)
		v.confirmItems(e, b, items, ms, now)
		if m.waits() && len(request) > 0 {
			k := m.key(request)
			s.takeWaiting(m, k, e, now)
			s.put(m, k, e)
		}
	})
}

// confirmItems joins labels that came with the items.
func (v *Version) confirmItems(e *entry, b *event.Batch, items []int32, ms *modelSource, now int64) {
	t := &v.Model.set.truth
	for i, r := range items {
		t.read(v.Model, b, r, ms)
		t.at, t.item = event.NoTime, i
		if !t.empty() {
			v.Model.confirm(e, t, now)
		}
	}
}

// rank sets the ranks of a request's items.
func rank(e *entry, b *event.Batch, items []int32) {
	for range items {
		e.ranks = append(e.ranks, 0)
		e.relevant = append(e.relevant, math.NaN())
	}
	for place, i := range b.ByScore(items) {
		e.ranks[i] = uint16(place + 1)
	}
}

// relevance returns the items' relevance by rank, 0 where no label said anything;
// ok tells that there is a label.
func (e *entry) relevance(all []float64) (_ []float64, ok bool) {
	all = append(all[:0], make([]float64, len(e.ranks))...)
	for i, x := range e.relevant {
		if x == x {
			all[e.ranks[i]-1], ok = x, true
		}
	}
	return all, ok
}

// confirmItem adds the relevance of one item of a request. A request is judged from
// its first label on; items without a label are not relevant.
func (m *Model) confirmItem(e *entry, t *truth, now int64) {
	v := m.byKey[e.scored[0].version]
	if !t.labelled || t.item >= len(e.relevant) || v == nil || !finite(t.label.Value) {
		return
	}
	v.LastSeen = max(v.LastSeen, now)
	x := float64(float32(t.label.Value)) // as it is kept
	old := e.relevant[t.item]
	if old == x {
		v.Repeated++
		return
	}
	before, ok := e.relevance(nil)
	e.relevant[t.item] = x
	after, _ := e.relevance(nil)
	if m.in(&e.scored[0]) {
		j := v.joinedAt(e.scored[0].at)
		if ok {
			j.All.Rank(before, -1)
		}
		j.All.Rank(after, 1)
	}
	if old == old {
		v.Corrected++
		return
	}
	v.Labels++
	v.countLabel(&e.scored[0], t)
}
