package simulate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Fault is something that goes wrong during a stretch of event time, made by
// ParseFault. Several may overlap.
type Fault struct {
	Start    time.Duration // after the first event
	Duration time.Duration // 0: to the end of the log

	kind   *kind
	params []string // as given, "name=value"
	args   args
}

// FaultInfo describes one kind of fault.
type FaultInfo struct {
	Name    string
	Summary string
	Params  []ParamInfo
	// Moves and May are those of the fault with its default parameters.
	Moves, May []string
	// NeedsLabels says that some of Moves exist only where labels, and outcomes,
	// of Options.Truth are joined to the predictions.
	NeedsLabels bool
}

// ParamInfo describes one parameter of a fault.
type ParamInfo struct {
	Name, Default, Summary string
}

// Faults lists every kind of fault.
func Faults() []FaultInfo {
	list := make([]FaultInfo, len(kinds))
	for i := range kinds {
		k := &kinds[i]
		list[i] = FaultInfo{Name: k.name, Summary: k.summary, NeedsLabels: k.labelled}
		for _, p := range k.params {
			list[i].Params = append(list[i].Params, p.ParamInfo)
		}
		list[i].Moves, list[i].May = k.moves(k.defaults())
	}
	return list
}

// Moves lists the series that differ clearly from those of a log of equal seed
// and span without the fault, as selectors like
// ml_feature_violations_total{feature="amount",check="missing"}. At least one
// series of each moves. See Selects.
func (f *Fault) Moves() []string {
	moves, _ := f.kind.moves(&f.args)
	return moves
}

// May lists the series that may differ as a consequence, because values or
// events are fewer or follow the changed ones, without crossing a built-in alert
// threshold. A series that neither Moves nor May selects is the same, but for the
// last digits of a sum whose terms come in another order, and for those about the
// exporter's own work: bytes read, lag, duration, fallbacks, number of series.
func (f *Fault) May() []string {
	_, may := f.kind.moves(&f.args)
	return may
}

// kind is one row of the table of faults. It strikes at a row of values, at the
// encoded line, or at the rate of events.
type kind struct {
	name    string
	summary string
	params  []param
	onlyKey bool // it changes keys, which CSV does not repeat
	row     func(in *injection, r *row)
	line    func(in *injection, dst []byte, from int) []byte // changes dst[from:]
	rate    func(a *args) float64                            // factor; 0 stops the traffic
	truth   func(in *injection, r *row)                      // changes the log-odds of the label
	label   func(in *injection, l *labelling)                // strikes at labels that fall due
	needs   func(o *Options) string                          // the option without which it does nothing, or ""
	moves   func(a *args) (moves, may []string)

	labelled bool // see FaultInfo.NeedsLabels
}

// stage is where a fault strikes on the way of a value.
type stage uint8

const (
	world  stage = iota // the payment itself: label and score follow
	input               // on the way to the model: only the score follows
	logged              // on the way to the log: nothing follows
)

var stages = []string{"world", "input", "log"}

// args are the parameters of a fault; which of them count, its kind says.
type args struct {
	feature int
	value   float64
	share   float64 // of events
	span    time.Duration
	text    string
	at      stage
}

// injection is a fault at work in one log.
type injection struct {
	kind     *kind
	args     args
	from, to int64 // Unix ns, [from, to)
	rand     *rand.Rand
	held     []byte // a line, for faults that repeat one
	other    *row   // for faults that mix up two
}

func newInjection(f *Fault, o *Options, i int) (*injection, error) {
	if f.kind == nil {
		return nil, fmt.Errorf("it is empty; make faults with ParseFault")
	}
	if f.kind.onlyKey && o.Format == CSV {
		return nil, fmt.Errorf("a csv file names its columns only once; use format json")
	}
	if f.kind.needs != nil {
		if missing := f.kind.needs(o); missing != "" {
			return nil, fmt.Errorf("nothing would show it; %s", missing)
		}
	}
	in := &injection{kind: f.kind, args: f.args, to: never, rand: rand.New(rand.NewPCG(o.Seed, mix(uint64(i)+1)))}
	in.from = o.Start.Add(f.Start).UnixNano()
	if f.Duration > 0 {
		in.to = in.from + int64(f.Duration)
	}
	return in, nil
}

func (in *injection) active(at int64) bool { return at >= in.from && at < in.to }

// hit tells whether the fault strikes this event.
func (in *injection) hit() bool { return in.rand.Float64() < in.args.share }

// series writes a selector of f's series; labels are name, value, name, value …
func series(family string, labels ...string) string {
	var s strings.Builder
	s.WriteString(family)
	for i := 0; i < len(labels); i += 2 {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		s.WriteByte(sep)
		fmt.Fprintf(&s, "%s=%q", labels[i], labels[i+1])
	}
	if len(labels) > 0 {
		s.WriteByte('}')
	}
	return s.String()
}

// Selects tells whether a selector of Moves or May means a series, written as in
// the text format: name{label="value",…}. A histogram's _bucket, _sum and _count
// belong to its name, and a name that ends in * stands for all that begin so.
func Selects(selector, series string) bool {
	name, labels, _ := strings.Cut(strings.TrimSuffix(selector, "}"), "{")
	has, have, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
	if prefix, ok := strings.CutSuffix(name, "*"); ok {
		if !strings.HasPrefix(has, prefix) {
			return false
		}
	} else if rest, ok := strings.CutPrefix(has, name); !ok || rest != "" && rest != "_bucket" && rest != "_sum" && rest != "_count" {
		return false
	}
	if labels == "" {
		return true
	}
	for label := range strings.SplitSeq(labels, ",") { // no value of ours has a comma
		if !strings.Contains(","+have+",", ","+label+",") {
			return false
		}
	}
	return true
}
