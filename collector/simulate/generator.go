package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// cell says how a feature is written.
type cell uint8

const (
	present cell = iota
	null
	absent // not even its key
	quoted // the number as a string
	word   // a category that the model does not know
)

// row is one event before it is written.
type row struct {
	seq  uint64 // counts from 0
	at   int64  // timestamp, Unix ns
	num  [numFeatures]float64
	cell [numFeatures]cell
	// What faults put in place of a key or a category. Cleared after an event
	// with touched set.
	key, word [numFeatures]string
	touched   bool

	label   bool    // the truth
	truth   float64 // log-odds that the label is drawn from
	logit   float64 // the model's log-odds
	rival   float64 // the challenger's
	paid    float64 // the amount as it is in the world
	fee     float64 // what a good payment earns, per unit of its amount
	latency float64 // milliseconds
	reason  string  // of an error; empty if the model answered
	version string
}

// generator makes one log.
type generator struct {
	start int64 // Unix ns
	at    int64 // time of the next event, Unix ns
	row   row
	rand  *rand.Rand
	o     *Options

	faults []*injection
	notes  notebook

	gap        float64 // mean time between events, ns, at this time of day
	wealth     float64 // what the time of day adds to the logarithm of amounts
	seasonEnds int64   // when gap and wealth change

	run    uint64 // hash of the seed, part of the ids
	day    int64  // cached in date
	date   [10]byte
	head   string // between timestamp and features
	prefix [numFeatures]string
	words  [numFeatures][]string // quoted
}

func newGenerator(o *Options) (*generator, error) {
	start := o.Start.UnixNano()
	g := &generator{
		start: start, at: start, o: o, day: math.MinInt64, seasonEnds: math.MinInt64,
		rand: rand.New(rand.NewPCG(o.Seed, 0x6d6f64656c)), run: mix(o.Seed),
	}
	g.notes = notebook{Truth: o.Truth, until: never, rand: rand.New(rand.NewPCG(o.Seed, 0x7472757468))}
	for i := range o.Faults {
		in, err := newInjection(&o.Faults[i], o, i)
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", o.Faults[i].String(), err)
		}
		g.faults = append(g.faults, in)
	}
	g.render()
	g.skipOutages()
	return g, nil
}

// The daily rhythm of strength 1: traffic varies by ± seasonTraffic around its
// mean, with its peak at 15:00 UTC, and amounts rise and fall by seasonWealth
// standard deviations with it.
const (
	seasonTraffic = 0.3
	seasonWealth  = 0.1
)

// season brings gap and wealth up to date, once a minute of event time.
func (g *generator) season() {
	g.gap = 1e9 / g.o.Rate
	g.seasonEnds = math.MaxInt64
	if g.o.Season == 0 {
		return
	}
	const day = int64(24 * time.Hour)
	wave := g.o.Season * math.Cos(2*math.Pi*float64(g.at%day-15*int64(time.Hour))/float64(day))
	g.gap /= 1 + seasonTraffic*wave
	g.wealth = seasonWealth * features[amount].sd * wave
	g.seasonEnds = g.at - g.at%int64(time.Minute) + int64(time.Minute)
}

// append writes the event at g.at and moves on to the next.
func (g *generator) append(dst []byte) []byte {
	r := &g.row
	if g.at >= g.seasonEnds {
		g.season()
	}
	r.at = g.at
	g.draw(r)
	r.version, r.reason, r.fee = g.o.Version, "", fee
	r.latency = 50 * math.Exp(0.35*g.rand.NormFloat64())
	truth, chance := g.rand.Float64(), g.rand.Uint64()
	if chance < math.MaxUint64/1000 {
		r.reason = "feature_store_unavailable"
	}
	g.inject(world)
	r.logit = logit(r)
	r.truth, r.paid = r.logit, r.num[amount]
	for _, in := range g.faults {
		if in.kind.truth != nil && in.active(g.at) {
			in.kind.truth(in, r)
		}
	}
	r.label = truth < sigmoid(r.truth)
	if g.inject(input) {
		r.logit = logit(r)
	}
	if g.o.Challenger != "" {
		r.rival = rivalLogit(r)
	}
	g.inject(logged)
	if g.o.Truth.written() {
		g.schedule(r)
	}

	from := len(dst)
	dst = g.appendRow(dst, r)
	for _, in := range g.faults {
		if in.kind.line != nil && in.active(g.at) {
			dst = in.kind.line(in, dst, from)
		}
	}
	dst = append(dst, '\n')
	if g.o.Challenger != "" {
		r.version, r.logit = g.o.Challenger, r.rival
		dst = append(g.appendRow(dst, r), '\n')
	}
	if r.touched {
		r.touched = false
		clear(r.key[:])
		clear(r.word[:])
	}
	g.advance()
	return dst
}

// appendRow appends r in the log's format, without the newline.
func (g *generator) appendRow(dst []byte, r *row) []byte {
	if g.o.Format == CSV {
		return g.appendRecord(dst, r)
	}
	return g.appendEvent(dst, r)
}

// inject lets the active faults of a stage strike; it tells whether any was.
func (g *generator) inject(s stage) (struck bool) {
	for _, in := range g.faults {
		if in.kind.row != nil && in.args.at == s && in.active(g.at) {
			in.kind.row(in, &g.row)
			struck = true
		}
	}
	return struck
}

// advance moves on to the time of the next event: arrivals are a Poisson
// process, whose rate faults may change or stop.
func (g *generator) advance() {
	g.row.seq++
	gap := g.gap * g.rand.ExpFloat64()
	for _, in := range g.faults {
		if in.kind.rate != nil && in.active(g.at) {
			if factor := in.kind.rate(&in.args); factor > 0 {
				gap /= factor
			}
		}
	}
	g.at += int64(min(gap, float64(maxDuration)))
	if g.at > lastTime {
		g.at = never
	}
	g.skipOutages()
}

const (
	never    = int64(math.MaxInt64)         // the time of an event that does not come
	lastTime = never - 2*int64(maxDuration) // leaves room for what is added to it
)

// skipOutages moves on to the next time without an outage, or to never.
func (g *generator) skipOutages() {
	for again := true; again; {
		again = false
		for _, in := range g.faults {
			if in.kind.rate != nil && in.active(g.at) && in.kind.rate(&in.args) == 0 {
				g.at = in.to
				again = true
			}
		}
	}
}

// mix is the finaliser of splitmix64: a bijection, so that different counters
// give different ids.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
