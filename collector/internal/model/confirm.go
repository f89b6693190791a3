package model

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// confirm adds what came true to the versions that predicted it. What an entry
// knows already changes nothing; what it knows otherwise is corrected in the
// windows, while counters keep what they counted first.
func (m *Model) confirm(e *entry, t *truth, now int64) {
	if m.Task == catalog.Ranking {
		m.confirmItem(e, t, now)
	} else if t.labelled {
		m.confirmLabel(e, t, now)
	}
	m.confirmValues(e, t, now)
}

func (m *Model) confirmLabel(e *entry, t *truth, now int64) {
	old, again := e.label, e.labelled
	same := again && old.Class == t.label.Class && (old.Value == t.label.Value || old.Class >= 0)
	for i := range e.scored {
		p := &e.scored[i]
		v := m.byKey[p.version]
		if v == nil {
			continue // it was silent for so long that it is not shown any more
		}
		v.LastSeen = max(v.LastSeen, now)
		switch {
		case same:
			v.Repeated++
		case again:
			v.Corrected++
			v.join(p, &old, -1)
			v.join(p, &t.label, 1)
		default:
			v.Labels++
			v.countLabel(p, t)
			v.join(p, &t.label, 1)
		}
	}
	if !same {
		if again {
			m.joinPairs(e, &old, -1)
		}
		m.joinPairs(e, &t.label, 1)
	}
	e.labelled, e.label = true, t.label
}

// join adds a pair to the window of its prediction, or takes it back.
func (v *Version) join(p *scored, l *perf.Label, sign int) {
	m := v.Model
	if !m.in(p) {
		return
	}
	j := v.joinedAt(p.at)
	j.All.Join(&m.measure, &p.said, l, sign)
	for i, value := range p.segments {
		if value > 0 && i < len(j.Segments) {
			j.segment(i, int(value)-1).Join(&m.slim, &p.said, l, sign)
		}
	}
	if bin := m.labelBin(l); bin >= 0 {
		j.Labels[bin] += int64(sign)
	}
}

// joinedAt returns the open pane of a time.
func (v *Version) joinedAt(at int64) *Joined {
	if v.joined == nil {
		v.measureFrom(v.LastEvent)
	}
	slot, _ := v.joined.Slot(at)
	return v.joined.Pane(slot)
}

// labelBin returns the bin of a label in the baseline's column of labels, -1 if
// there is none.
func (m *Model) labelBin(l *perf.Label) int {
	if m.layout == nil || m.layout.label == nil {
		return -1
	}
	c := m.layout.label
	switch {
	case c.Kind != catalog.Numeric && l.Class >= 0:
		return c.bin(m.classes.list[l.Class])
	case c.Kind == catalog.Numeric && l.Value == l.Value:
		return c.bins.Index(l.Value)
	}
	return -1
}

// countLabel adds a prediction's first label to the counters.
func (v *Version) countLabel(p *scored, t *truth) {
	if t.at != event.NoTime {
		v.Delay.Observe(max(0, float64(t.at-p.at)/1e9))
	}
	if p.said.Class >= 0 && t.label.Class >= 0 {
		v.Confusion.add(p.said.Class, t.label.Class)
	}
	if e := p.said.Value - t.label.Value; v.Model.Task == catalog.Regression && finite(e) && finite(v.SquaredError+e*e) {
		v.SquaredError += e * e
		if e > 0 {
			v.Over += e
		} else {
			v.Under -= e
		}
	}
}

func finite(x float64) bool { return x-x == 0 }

// confirmValues adds an outcome's values to the version whose answer was used:
// the champion's if it is named, else the first.
func (m *Model) confirmValues(e *entry, t *truth, now int64) {
	p := e.by(versionKey(m.Config.Champion))
	if p == nil {
		p = &e.scored[0]
	}
	v := m.byKey[p.version]
	if v == nil || e.kpis != m.era.kpis && len(e.values) > 0 {
		return // nobody knows which figures these were
	}
	e.kpis = m.era.kpis
	add := func(i int, x float64) {
		if m.in(p) {
			v.joinedAt(p.at).KPIs[i] += x
		}
	}
	for i, x := range t.values {
		if !finite(x) || !finite(v.KPIs[i].Sum+x) || !finite(v.KPIs[i].Negative-x) {
			continue
		}
		for len(e.values) <= i {
			e.values = append(e.values, math.NaN())
		}
		v.LastSeen = max(v.LastSeen, now)
		switch old := e.values[i]; {
		case old == x:
			v.Repeated++
			continue
		case old == old:
			v.Corrected++
			add(i, -old)
		case x > 0:
			v.KPIs[i].Sum += x
		default:
			v.KPIs[i].Negative -= x
		}
		add(i, x)
		e.values[i] = x
	}
}
