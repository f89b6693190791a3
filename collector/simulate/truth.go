package simulate

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Truth says what becomes known after a prediction, and when. Every event has a
// label and an outcome, in the order of their own time; what is not due by the
// end of the log is not written.
//
// A delay is exponential with the given mean: of the predictions of age t the
// share 1 − exp(−t/mean) has its label. A corrected label says the wrong class
// first and the true one later, so the last label of a prediction is always
// true. Waiting labels take about 50 bytes each: rate · delay of them.
type Truth struct {
	Labels     io.Writer     // gets label events as JSON lines; nil for none
	Delay      time.Duration // mean time from a prediction to its label, and from that to a correction or a repetition
	Loss       float64       // share of predictions whose label never comes
	Correction float64       // share of labels that are wrong at first
	Repeat     float64       // share of labels that are sent twice

	Outcomes     io.Writer     // gets outcome events with values.revenue and values.loss; nil for none
	OutcomeDelay time.Duration // mean time from a prediction to its outcome
}

// written tells whether there is anything to schedule.
func (t *Truth) written() bool { return t.Labels != nil || t.Outcomes != nil }

// check refuses what cannot be.
func (t *Truth) check(refuse func(format string, args ...any)) {
	for _, d := range []struct {
		name  string
		delay time.Duration
	}{{"label delay", t.Delay}, {"outcome delay", t.OutcomeDelay}} {
		if d.delay < 0 || d.delay > maxDuration {
			refuse("%s: %v is not between 0 and ten years", d.name, d.delay)
		}
	}
	for _, s := range []struct {
		name  string
		share float64
	}{{"loss", t.Loss}, {"correction", t.Correction}, {"repeat", t.Repeat}} {
		if !(s.share >= 0 && s.share <= 1) {
			refuse("label %s: %v is not a share between 0 and 1", s.name, s.share)
		}
	}
}

// The economics of a payment that is let through: a good one earns its fee, a
// fraudulent one costs its amount. A payment that is stopped does neither.
const fee = 0.015 // of the amount

// note is a label or an outcome that waits for its time.
type note struct {
	due     int64 // Unix ns
	at      int64 // of the prediction, part of its id
	seq     uint64
	step    uint8 // 0 label, 1 correction, 2 repetition, 3 outcome
	label   bool
	revenue float64
	loss    float64
}

const outcomeStep = 3

func (n *note) before(m *note) bool {
	if n.due != m.due {
		return n.due < m.due
	}
	if n.seq != m.seq {
		return n.seq < m.seq
	}
	return n.step < m.step
}

// labelling is how one prediction is labelled, as faults may change it.
type labelling struct {
	due                       int64
	lost, corrected, repeated bool
}

// notebook holds the notes in a binary heap, the next one first.
type notebook struct {
	Truth
	rand  *rand.Rand
	until int64 // later ones are not kept
	heap  []note

	current labelling // of the event at hand; here, so that it is not allocated for each
}

// schedule puts down what will be known of r. It draws the same random numbers
// for every event, so that faults and shares change nothing but what they strike.
func (g *generator) schedule(r *row) {
	b := &g.notes
	later := func(from int64, mean time.Duration) int64 {
		return from + int64(min(b.rand.ExpFloat64()*float64(mean), float64(maxDuration)))
	}
	l := &b.current
	*l = labelling{due: later(g.at, b.Delay)}
	l.lost, l.corrected, l.repeated = b.rand.Float64() < b.Loss, b.rand.Float64() < b.Correction, b.rand.Float64() < b.Repeat
	for _, in := range g.faults {
		if in.kind.label != nil && in.active(l.due) {
			in.kind.label(in, l)
		}
	}
	corrected, repeated := later(l.due, b.Delay), l.due
	if l.corrected {
		repeated = corrected
	}
	repeated = later(repeated, b.Delay)
	n := note{at: g.at, seq: r.seq, label: r.label}
	if b.Labels != nil && !l.lost {
		n.due, n.label = l.due, r.label != l.corrected
		b.push(n)
		n.label = r.label
		if l.corrected {
			n.due, n.step = corrected, 1
			b.push(n)
		}
		if l.repeated {
			n.due, n.step = repeated, 2
			b.push(n)
		}
	}
	n.due, n.step = later(g.at, b.OutcomeDelay), outcomeStep
	if b.Outcomes != nil {
		n.revenue, n.loss = r.economics()
		b.push(n)
	}
}

// economics returns what a payment earned and what it cost.
func (r *row) economics() (revenue, loss float64) {
	switch stopped := r.reason != "" || sigmoid(r.logit) > threshold; {
	case stopped:
		return 0, 0
	case r.label:
		return 0, r.paid
	default:
		return r.paid * r.fee, 0
	}
}

func (b *notebook) push(n note) {
	if n.due > b.until {
		return
	}
	i := len(b.heap)
	b.heap = append(b.heap, n)
	for i > 0 {
		parent := (i - 1) / 2
		if !n.before(&b.heap[parent]) {
			break
		}
		b.heap[i] = b.heap[parent]
		i = parent
	}
	b.heap[i] = n
}

func (b *notebook) pop() note {
	first, last := b.heap[0], b.heap[len(b.heap)-1]
	b.heap = b.heap[:len(b.heap)-1]
	n, i := len(b.heap), 0
	for child := 1; child < n; child = 2*i + 1 {
		if child+1 < n && b.heap[child+1].before(&b.heap[child]) {
			child++
		}
		if !b.heap[child].before(&last) {
			break
		}
		b.heap[i] = b.heap[child]
		i = child
	}
	if n > 0 {
		b.heap[i] = last
	}
	return first
}

// next is the time of the next note, or never.
func (b *notebook) next() int64 {
	if len(b.heap) == 0 {
		return never
	}
	return b.heap[0].due
}

// publisher writes notes when they are due, whole lines at a time.
type publisher struct{ labels, outcomes []byte }

// publish writes what is due until then.
func (p *publisher) publish(g *generator, until int64) error {
	for len(g.notes.heap) > 0 && g.notes.next() <= until {
		n := g.notes.pop()
		if n.step == outcomeStep {
			p.outcomes = g.appendOutcome(p.outcomes, &n)
		} else {
			p.labels = g.appendLabel(p.labels, &n)
		}
		if len(p.labels) >= flushBytes || len(p.outcomes) >= flushBytes {
			if err := p.flush(g); err != nil {
				return err
			}
		}
	}
	return p.flush(g)
}

func (p *publisher) flush(g *generator) error {
	if len(p.labels) > 0 {
		if _, err := g.notes.Labels.Write(p.labels); err != nil {
			return fmt.Errorf("write labels: %w", err)
		}
	}
	if len(p.outcomes) > 0 {
		if _, err := g.notes.Outcomes.Write(p.outcomes); err != nil {
			return fmt.Errorf("write outcomes: %w", err)
		}
	}
	p.labels, p.outcomes = p.labels[:0], p.outcomes[:0]
	return nil
}

// appendLabel appends n as a canonical label event.
func (g *generator) appendLabel(dst []byte, n *note) []byte {
	dst = g.appendNote(dst, "label", n)
	dst = append(dst, `,"label":"`...)
	return append(dst, class(n.label), '"', '}', '\n')
}

// appendOutcome appends n as a canonical outcome event.
func (g *generator) appendOutcome(dst []byte, n *note) []byte {
	dst = g.appendNote(dst, "outcome", n)
	dst = append(dst, `,"values":{"revenue":`...)
	dst = appendDecimal(dst, n.revenue, 4)
	dst = append(dst, `,"loss":`...)
	dst = appendDecimal(dst, n.loss, 2)
	return append(dst, "}}\n"...)
}

func (g *generator) appendNote(dst []byte, kind string, n *note) []byte {
	dst = append(dst, `{"type":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","id":"`...)
	dst = g.appendID(dst, n.at, n.seq)
	dst = append(dst, `","timestamp":"`...)
	dst = g.appendTime(dst, n.due)
	dst = append(dst, `","model":"`...)
	dst = append(dst, g.o.Model...)
	return append(dst, '"')
}
