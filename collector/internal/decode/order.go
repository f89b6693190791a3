package decode

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxOrders is how many layouts of lines are learned before all are
	// forgotten: optional keys make a few dozen.
	maxOrders = 64
	// maxOrderNodes bounds what they take, 5 MiB of nodes and as much of text.
	maxOrderNodes = 1 << 16
	maxOrderBytes = 4 << 20
	// orderPatience is how many lines of other layouts are read in the general
	// way before a full memory of layouts is given up for a new one.
	orderPatience = 4096
)

// orders are the layouts of lines seen so far. Writers put the same keys in the
// same order with the same spaces, so a line is learned as the bytes between its
// values, and what its plan does with each value. A line that has the same bytes
// between values of the same sort has the same plan, whatever they mean: that is
// why nothing else needs to be compared.
//
// Layouts share their beginnings in a trie: siblings are tried in the order in
// which they were learned.
type orders struct {
	nodes  []orderNode
	ends   int // layouts
	bytes  int
	missed int // lines since the last one that was learned
}

// orderNode is the text before a value, and what to do with the value. The node
// that ends a line has text only.
type orderNode struct {
	words [3]uint64 // the first 24 bytes of the text
	masks [3]uint64
	size  int32 // of the text
	alt   int32 // next sibling, or none
	child int32 // or none
	up    int32 // parent, or none
	step
	how   how
	need  need
	depth uint8
	has   content // of the whole line, like its type; only where it ends
	typ   event.Type
	typed bool
	also  []step // more steps with the same value
	text  []byte // behind the words
}

const none = int32(-1)

// how names the loop of scan that reads a value.
type how uint8

const (
	byStep    how = iota // any value, by Set.set
	byFeature            // of any kind but text
	byCell               // the same of an output
	byWord               // of a text
	byScore              // of a number
	byID
	bySkip // ignored
	byEnd  // no value: the line is over
)

// need is what a value must be for the plan to hold.
type need uint8

const (
	needScalar  need = 1 << iota // the mapping would look into an object or array
	needNonNull                  // the mapping would pass over null
)

// forget drops all layouts.
func (o *orders) forget() { *o = orders{} }

// learn adds the layout of the line on the tape, whose plan is in s.todos.
func (o *orders) learn(s *Set, line []byte) {
	if o.ends >= maxOrders || len(o.nodes) > maxOrderNodes || o.bytes > maxOrderBytes {
		if o.missed++; o.missed < orderPatience {
			return
		}
		o.forget()
	}
	l := layout{s: s, line: line, byNode: map[int32][]step{}}
	for _, t := range s.todos {
		l.byNode[t.node] = append(l.byNode[t.node], t.step)
		l.has |= brings[t.act]
	}
	if l.inside(0, &s.m.inner, 0); l.refused {
		return
	}
	l.nodes = append(l.nodes, orderNode{text: append(slices.Clone(line[l.from:]), '\n'), how: byEnd, has: l.has, typ: s.row.typ, typed: s.row.typed})
	o.insert(l.nodes)
}

// insert adds a layout to the trie.
func (o *orders) insert(layout []orderNode) {
	at, link := none, none // parent, and the last sibling looked at
	next := none
	if len(o.nodes) > 0 {
		next = 0
	}
	for _, n := range layout {
		n.pack()
		for link = none; next != none && !o.nodes[next].same(&n); next = o.nodes[next].alt {
			link = next
		}
		if next == none {
			next = int32(len(o.nodes))
			n.up, n.alt, n.child = at, none, none
			o.nodes = append(o.nodes, n)
			o.bytes += int(n.size)
			switch {
			case link != none:
				o.nodes[link].alt = next
			case at != none:
				o.nodes[at].child = next
			}
			if n.how == byEnd {
				o.ends++
				o.missed = 0
			}
		}
		at, next = next, o.nodes[next].child
	}
}

func (n *orderNode) same(m *orderNode) bool {
	return n.size == m.size && n.words == m.words && n.how == m.how && n.step == m.step && n.need == m.need && n.depth == m.depth && n.typ == m.typ && n.typed == m.typed &&
		bytes.Equal(n.text, m.text) && slices.Equal(n.also, m.also)
}

// pack lays the beginning of the text out for comparison in words.
func (n *orderNode) pack() {
	n.size = int32(len(n.text))
	for i := range n.words {
		var w, m [8]byte
		if len(n.text) > 8*i {
			for j := range copy(w[:], n.text[8*i:]) {
				m[j] = 0xff
			}
		}
		n.words[i], n.masks[i] = binary.LittleEndian.Uint64(w[:]), binary.LittleEndian.Uint64(m[:])
	}
	n.text = n.text[min(len(n.text), 8*len(n.words)):]
}

// inner is a place that the mapping looks at, by key: there it matters whether a
// value is an object, an array or null.
type inner struct {
	next  map[string]*inner
	group bool // objects and arrays here become columns
}

func (p *inner) add(segs []segment, group bool) {
	for _, seg := range segs {
		if p.next[seg.key] == nil {
			if p.next == nil {
				p.next = map[string]*inner{}
			}
			p.next[seg.key] = &inner{}
		}
		p = p.next[seg.key]
	}
	p.group = p.group || group
}

func (p *inner) at(key []byte) *inner {
	if p == nil {
		return nil
	}
	return p.next[string(key)]
}

// looksInto tells that the plan depends on what a container here holds.
func (p *inner) looksInto() bool { return p != nil && (p.group || len(p.next) > 0) }

// layout collects the nodes of one line.
type layout struct {
	s       *Set
	line    []byte
	byNode  map[int32][]step
	has     content
	nodes   []orderNode
	from    int // the line up to here is in nodes
	refused bool
}

// value adds a value of the tape, and what is in it.
func (l *layout) value(i int32, p *inner, depth int) {
	n := &l.s.tape.nodes[i]
	steps := l.byNode[i]
	switch {
	case n.kind >= object && p.looksInto():
		l.refused = l.refused || len(steps) > 0
		l.inside(i, p, depth)
	case len(steps) == 1 && steps[0].act == setType && n.plain:
		// There are few types: each has layouts of its own, with the type in
		// their text.
	case n.kind >= object || len(steps) > 0:
		l.add(n, steps, p, depth)
	case p != nil && p.group && n.kind == null:
		// Its spelling becomes part of the text: only null is passed over.
	default:
		l.add(n, nil, p, depth)
	}
}

func (l *layout) inside(i int32, p *inner, depth int) {
	t := &l.s.tape
	keyed := t.nodes[i].kind == object
	end := t.nodes[i].next
	place := 0
	for j := i + 1; j < end; j = t.nodes[j].next {
		var key []byte
		if keyed {
			key = t.text(&t.nodes[j], &l.s.keyBuf)
			j++
		} else {
			key = strconv.AppendInt(l.s.keyBuf[:0], int64(place), 10)
			place++
		}
		l.value(j, p.at(key), depth+1)
	}
}

// add makes a node of the text up to a value, and of the value.
func (l *layout) add(n *node, steps []step, p *inner, depth int) {
	start, end := int(n.start), int(n.end)
	if n.kind == text {
		start, end = start-1, end+1
	}
	o := orderNode{text: slices.Clone(l.line[l.from:start]), how: bySkip, depth: uint8(depth)}
	if len(steps) > 0 {
		o.step, o.also = steps[0], steps[1:]
		o.how = l.s.howTo(o.step)
	}
	if len(o.also) > 0 {
		o.how = byStep
	}
	if p.looksInto() {
		o.need = needScalar
		if p.group {
			o.need |= needNonNull
		}
		if o.how != bySkip {
			o.how = byStep
		}
	}
	l.nodes = append(l.nodes, o)
	l.from = end
}

// howTo returns the fastest loop for a step.
func (s *Set) howTo(st step) how {
	switch st.act {
	case setFeature:
		if !s.features.cols[st.col].text {
			return byFeature
		}
	case setPrediction:
		if !s.prediction.text {
			return byCell
		}
	case setActual:
		if !s.actual.text {
			return byCell
		}
	case setModel, setVersion, setSegment:
		return byWord
	case setScore, setClassScore, setValue, setLatency:
		return byScore
	case setID:
		return byID
	}
	return byStep
}

// output returns the columns that a step writes.
func (s *Set) output(st step) (*event.Column, *column) {
	switch b := s.b; st.act {
	case setSegment:
		return &b.Segments[st.col], &s.segments.cols[st.col]
	case setModel:
		return &b.Model, &s.model
	case setVersion:
		return &b.Version, &s.version
	case setPrediction:
		return &b.Prediction, &s.prediction
	case setActual:
		return &b.Actual, &s.actual
	case setScore:
		return &b.Score, nil
	case setLatency:
		return &b.Latency, nil
	case setClassScore:
		return &b.Scores[st.col], nil
	case setValue:
		return &b.Values[st.col], nil
	default:
		return &b.Features[st.col], &s.features.cols[st.col]
	}
}
