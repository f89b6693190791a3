package model

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// maxPairs bounds the comparisons of versions of one model.
const maxPairs = 8

// Pair compares two versions on the ids that both scored.
type Pair struct {
	first, second uint32 // see versionKey
	model         *Model
	ring          *window.Ring[*perf.Paired, perf.Paired, *perf.Paired]
}

// Versions returns the two; the second is better where a difference is positive.
func (p *Pair) Versions() (first, second *Version) {
	return p.model.byKey[p.first], p.model.byKey[p.second]
}

// Window sets s to the sum over the i-th configured window.
func (p *Pair) Window(i int, s *perf.Paired) {
	p.advance()
	p.ring.Sum(i, s)
}

// NewSum returns an empty sum for Window.
func (p *Pair) NewSum() *perf.Paired { return new(perf.Paired) }

// Champion returns the version that the other one is compared with: the one that
// is configured, else the one with more predictions. sign is 1 if the champion is
// First, else -1.
func (p *Pair) Champion() (champion, challenger *Version, sign int) {
	first, second := p.Versions()
	named := p.model.Config.Champion
	if second.Name == named || first.Name != named && second.Predictions > first.Predictions {
		return second, first, -1
	}
	return first, second, 1
}

// Pairs returns the comparisons of the model's versions.
func (m *Model) Pairs() []*Pair { return m.pairs }

// pairOps implements window.Ops for comparisons, which are small.
type pairOps struct{}

func (pairOps) New() *perf.Paired                      { return new(perf.Paired) }
func (pairOps) Reset(p *perf.Paired)                   { *p = perf.Paired{} }
func (pairOps) Pack(p *perf.Paired) perf.Paired        { return *p }
func (pairOps) Merge(a, b perf.Paired) perf.Paired     { a.AddExact(&b); a.AddInexact(&b); return a }
func (pairOps) NewSum() *perf.Paired                   { return new(perf.Paired) }
func (pairOps) CopyExact(dst, src *perf.Paired)        { *dst = perf.Paired{}; dst.AddExact(src) }
func (pairOps) AddExact(s *perf.Paired, p perf.Paired) { s.AddExact(&p) }
func (pairOps) SubExact(s *perf.Paired, p perf.Paired) { s.SubExact(&p) }
func (pairOps) AddInexact(s *perf.Paired, p perf.Paired) {
	s.AddInexact(&p)
}
func (pairOps) AddOpen(s, d *perf.Paired) { s.AddExact(d); s.AddInexact(d) }

func (pairOps) AppendOpen(b []byte, p *perf.Paired) []byte  { return p.AppendTo(b) }
func (pairOps) AppendPacked(b []byte, p perf.Paired) []byte { return p.AppendTo(b) }
func (pairOps) AppendExact(b []byte, p *perf.Paired) []byte {
	var exact perf.Paired
	exact.AddExact(p)
	return exact.AppendTo(b)
}

func (pairOps) DecodeOpen(b []byte, p *perf.Paired) error {
	rest, err := p.Decode(b)
	if err == nil && len(rest) > 0 {
		err = errEntry
	}
	return err
}

func (o pairOps) DecodePacked(b []byte) (p perf.Paired, err error) { return p, o.DecodeOpen(b, &p) }
func (o pairOps) DecodeExact(b []byte, p *perf.Paired) error       { return o.DecodeOpen(b, p) }

// pair returns the comparison of two versions and whether a is its first; nil if
// there are too many.
func (m *Model) pair(a, b uint32) (p *Pair, inOrder bool) {
	if m.byKey[a] == nil || m.byKey[b] == nil {
		return nil, false
	}
	for _, p := range m.pairs {
		if p.first == a && p.second == b {
			return p, true
		}
		if p.first == b && p.second == a {
			return p, false
		}
	}
	if len(m.pairs) == maxPairs {
		return nil, false
	}
	return m.addPair(a, b), true
}

func (m *Model) addPair(a, b uint32) *Pair {
	g := &m.set.cfg.Global
	p := &Pair{first: a, second: b, model: m, ring: window.New(pairOps{}, g.Windows, window.PanesPerWindow, g.Lateness)}
	m.pairs = append(m.pairs, p)
	return p
}

// forgetPairs drops the comparisons of a version.
func (m *Model) forgetPairs(version uint32) {
	m.pairs = slices.DeleteFunc(m.pairs, func(p *Pair) bool {
		gone := p.first == version || p.second == version
		if gone {
			m.gone = append(m.gone, p)
		}
		return gone
	})
}

// at returns the open pane of a time.
func (p *Pair) at(t int64) *perf.Paired {
	p.advance()
	slot, _ := p.ring.Slot(t)
	return p.ring.Pane(slot)
}

// advance moves the windows' end to where those of the versions are.
func (p *Pair) advance() {
	first, second := p.Versions()
	for _, v := range [...]*Version{first, second} {
		if v != nil && v.joined != nil {
			p.ring.Advance(v.joined.End())
		}
	}
}

// compare adds the newest prediction of an id to the comparisons with the others,
// and joins it if the label was there before.
func (m *Model) compare(e *entry) {
	newest := &e.scored[len(e.scored)-1]
	for i := range e.scored[:len(e.scored)-1] {
		m.comparePair(&e.scored[i], newest, e, func(pane *perf.Paired, a, b *perf.Prediction) {
			pane.Both(&m.measure, a, b)
			if e.labelled {
				pane.Join(&m.measure, a, b, &e.label, 1)
			}
		})
	}
	if v := m.byKey[newest.version]; v != nil && e.labelled {
		v.Labels++
		v.countLabel(newest, &truth{at: event.NoTime, labelled: true, label: e.label})
		v.join(newest, &e.label, 1)
	}
}

// joinPairs adds a label to every comparison of an id, or takes it back.
func (m *Model) joinPairs(e *entry, l *perf.Label, sign int) {
	for i := range e.scored {
		for k := range i {
			m.comparePair(&e.scored[k], &e.scored[i], e, func(pane *perf.Paired, a, b *perf.Prediction) {
				pane.Join(&m.measure, a, b, l, sign)
			})
		}
	}
}

// comparePair calls add with the pane of two predictions of one id, in the order
// of their pair, if both are in the windows that there are now.
func (m *Model) comparePair(a, b *scored, e *entry, add func(pane *perf.Paired, a, b *perf.Prediction)) {
	if !m.in(a) || !m.in(b) {
		return
	}
	p, inOrder := m.pair(a.version, b.version)
	switch {
	case p == nil:
	case inOrder:
		add(p.at(e.scored[0].at), &a.said, &b.said)
	default:
		add(p.at(e.scored[0].at), &b.said, &a.said)
	}
}

// pairKeyLen is the length of the two versions' keys.
const pairKeyLen = 8

func (p *Pair) key() []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, p.first), p.second)
}

func (m *Model) savePairs(o *saver) {
	o.part(partPairs)
	for _, p := range m.gone {
		key := p.key()
		end := slices.Clone(key)
		binary.BigEndian.PutUint64(end, binary.BigEndian.Uint64(key)+1)
		o.DeleteRange(key, end)
	}
	m.gone = nil
	for _, p := range m.pairs {
		o.scratch = p.ring.Save(pairOps{}, behind{o, p.key()}, o.scratch)
	}
}

// behind writes behind a key.
type behind struct {
	o   *saver
	key []byte
}

func (b behind) Set(key, value []byte) { b.o.Set(append(b.key, key...), value) }
func (b behind) Delete(key []byte)     { b.o.Delete(append(b.key, key...)) }

// restorePair takes over one record of a comparison.
func (m *Model) restorePair(pair, key, value []byte) error {
	a, b := binary.BigEndian.Uint32(pair), binary.BigEndian.Uint32(pair[4:])
	i := slices.IndexFunc(m.pairs, func(p *Pair) bool { return p.first == a && p.second == b })
	if i < 0 {
		if len(m.pairs) == maxPairs {
			return errPart
		}
		i = len(m.pairs)
		m.addPair(a, b)
	}
	return m.pairs[i].ring.Restore(pairOps{}, key, value)
}

func (m *Model) restoredPairs() (err error) {
	for _, p := range m.pairs {
		err = errors.Join(err, p.ring.Restored())
	}
	return err
}
