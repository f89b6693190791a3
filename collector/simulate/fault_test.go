package simulate_test

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// reading is one line of a log, and its event if it is one.
type reading struct {
	line  string
	valid bool
	event event
}

func read(log []byte) (all []reading) {
	for line := range bytes.Lines(log) {
		r := reading{line: string(line)}
		r.valid = json.Unmarshal(line, &r.event) == nil
		all = append(all, r)
	}
	return all
}

// share of events for which f is true.
func shareOf(faulty []reading, f func(e *event) bool) float64 {
	n := 0.0
	for i := range faulty {
		if faulty[i].valid && f(&faulty[i].event) {
			n++
		}
	}
	return n / float64(len(faulty))
}

func values(all []reading, name string) (x []float64) {
	for i := range all {
		if v, ok := all[i].event.Features[name].(float64); ok {
			x = append(x, v)
		}
	}
	return x
}

func meanLog(all []reading, name string) float64 {
	sum, x := 0.0, values(all, name)
	for _, v := range x {
		sum += math.Log(v)
	}
	return sum / float64(len(x))
}

func amountOf(e *event) float64 {
	x, ok := e.Features["amount"].(float64)
	if !ok {
		return math.NaN()
	}
	return x
}

// effects says what each kind of fault does to a log, with its default
// parameters over the whole of it.
var effects = map[string]func(t *testing.T, clean, faulty []reading){
	"shift": func(t *testing.T, clean, faulty []reading) {
		near(t, "shift of ln(amount)", meanLog(faulty, "amount")-meanLog(clean, "amount"), 1.5*0.9, 0.001)
	},
	"scale": func(t *testing.T, clean, faulty []reading) {
		for i := range clean {
			if got, want := amountOf(&faulty[i].event), 100*amountOf(&clean[i].event); math.Abs(got-want) > 0.51 {
				t.Fatalf("amount is %v, want %v", got, want)
			}
		}
	},
	"nulls": func(t *testing.T, _, faulty []reading) {
		near(t, "null amounts", shareOf(faulty, func(e *event) bool { return e.Features["amount"] == nil }), 0.2, 0.03)
	},
	"sentinel": func(t *testing.T, _, faulty []reading) {
		near(t, "amounts of -999", shareOf(faulty, func(e *event) bool { return amountOf(e) == -999 }), 0.1, 0.03)
	},
	"range": func(t *testing.T, _, faulty []reading) {
		near(t, "amounts below 0", shareOf(faulty, func(e *event) bool { return amountOf(e) < 0 }), 0.1, 0.03)
	},
	"retype": func(t *testing.T, clean, faulty []reading) {
		for i := range clean {
			var x float64
			s, ok := faulty[i].event.Features["amount"].(string)
			if !ok || json.Unmarshal([]byte(s), &x) != nil || x != amountOf(&clean[i].event) {
				t.Fatalf("amount is %v, want the number as a string", faulty[i].event.Features["amount"])
			}
		}
	},
	"new_category": func(t *testing.T, _, faulty []reading) {
		near(t, "new categories", shareOf(faulty, func(e *event) bool {
			return e.Features["merchant_category"] == "crypto_exchange"
		}), 0.2, 0.03)
	},
	"rename": func(t *testing.T, clean, faulty []reading) {
		for i := range clean {
			_, old := faulty[i].event.Features["amount"]
			if old || faulty[i].event.Features["amount_eur"] != clean[i].event.Features["amount"] {
				t.Fatalf("amount is not renamed in %s", faulty[i].line)
			}
		}
	},
	"drop_feature": func(t *testing.T, _, faulty []reading) {
		for i := range faulty {
			if _, has := faulty[i].event.Features["amount"]; has || len(faulty[i].event.Features) != 19 {
				t.Fatalf("amount is still in %s", faulty[i].line)
			}
		}
	},
	"misjoin": func(t *testing.T, clean, faulty []reading) {
		for _, name := range []string{"average_amount_30d", "balance", "velocity_24h", "device_trust"} {
			for i := 1; i < len(clean); i++ {
				if got, want := faulty[i].event.Features[name], clean[i-1].event.Features[name]; got != want {
					t.Fatalf("event %d: %s is %v, that of the event before was %v", i, name, got, want)
				}
			}
		}
		for i := range clean {
			if got, want := faulty[i].event.Features["amount"], clean[i].event.Features["amount"]; got != want {
				t.Fatalf("event %d: amount %v became %v", i, want, got)
			}
		}
	},
	"output_shift": func(t *testing.T, clean, faulty []reading) {
		logit := func(e *event) float64 { return math.Log(*e.Score / (1 - *e.Score)) }
		for i := range clean {
			if c, f := &clean[i].event, &faulty[i].event; c.Score != nil && *c.Score > 0.01 && *c.Score < 0.9 {
				if d := logit(f) - logit(c); math.Abs(d-1.5) > 0.001 {
					t.Fatalf("score moved by %v on the logit scale, want 1.5", d)
				}
			}
		}
	},
	"calibration": func(t *testing.T, clean, faulty []reading) {
		for i := range clean {
			c, f := &clean[i].event, &faulty[i].event
			if c.Score == nil {
				continue
			}
			if *c.Prediction != *f.Prediction {
				t.Fatalf("the decision at score %v is another", *c.Score)
			}
			if *c.Score > 0.31 && *f.Score <= *c.Score || *c.Score < 0.29 && *f.Score >= *c.Score {
				t.Fatalf("score %v becomes %v, want it farther from the threshold of 0.3", *c.Score, *f.Score)
			}
		}
	},
	"unfair": func(t *testing.T, clean, faulty []reading) {
		for i := range clean {
			c, f := &clean[i].event, &faulty[i].event
			if c.Score != nil && (*f.Score > *c.Score) != (c.Features["country"] == "FR") {
				t.Fatalf("score of %v from %v becomes %v", c.Features["country"], *c.Score, *f.Score)
			}
		}
	},
	"latency": func(t *testing.T, _, faulty []reading) {
		var all []float64
		for i := range faulty {
			all = append(all, faulty[i].event.LatencyMS)
		}
		near(t, "median latency", median(all), 800, 30)
	},
	"errors": func(t *testing.T, _, faulty []reading) {
		near(t, "errors", shareOf(faulty, func(e *event) bool {
			return e.Error == "backend_unavailable" && e.Score == nil && e.Prediction == nil
		}), 0.2, 0.03)
	},
	"version": func(t *testing.T, _, faulty []reading) {
		near(t, "events of version 2", shareOf(faulty, func(e *event) bool { return e.Version == "2" }), 1, 0)
	},
	"traffic": func(t *testing.T, clean, faulty []reading) {
		near(t, "traffic", float64(len(faulty))/float64(len(clean)), 4, 0.2)
	},
	"outage": func(t *testing.T, _, faulty []reading) {
		if len(faulty) != 0 {
			t.Errorf("got %d events during an outage", len(faulty))
		}
	},
	"malformed": func(t *testing.T, clean, faulty []reading) {
		broken, ways := 0.0, map[string]bool{}
		for i := range faulty {
			if faulty[i].line == clean[i].line {
				continue
			}
			broken++
			switch e := &faulty[i].event; {
			case !faulty[i].valid && strings.Contains(faulty[i].line, `"timestamp":"at `):
				ways["time"] = true
			case !faulty[i].valid:
				ways[faulty[i].line[:1]] = true
			case e.Type != "prediction":
				ways["type "+e.Type] = true
			case e.Features == nil && e.Prediction == nil:
				ways["empty"] = true
			default:
				t.Fatalf("line is not broken: %s", faulty[i].line)
			}
		}
		near(t, "broken lines", broken/float64(len(faulty)), 0.05, 0.02)
		if len(ways) != 7 { // { NUL T [ and time, heartbeat, empty
			t.Errorf("lines are broken in the ways %v, want 7 of them", ways)
		}
	},
	"oversize": func(t *testing.T, _, faulty []reading) {
		long := 0
		for i := range faulty {
			if n := len(faulty[i].line); n == 2<<20+1 && faulty[i].valid {
				long++
			} else if n > 1000 {
				t.Fatalf("a line has %d bytes, want 2 MiB or the usual", n)
			}
		}
		if long == 0 || long > 20 {
			t.Errorf("got %d long lines of %d, want about 2", long, len(faulty))
		}
	},
	"duplicates": func(t *testing.T, clean, faulty []reading) {
		repeated := 0.0
		for i := range faulty {
			if faulty[i].line != clean[i].line {
				if faulty[i].line != faulty[i-1].line {
					t.Fatal("a changed line is not the line before it")
				}
				repeated++
			}
		}
		near(t, "repeated lines", repeated/float64(len(faulty)), 0.05, 0.02)
	},
	"late": func(t *testing.T, clean, faulty []reading) {
		var minutes, hours float64
		for i := range faulty {
			d := clean[i].event.Timestamp.Sub(faulty[i].event.Timestamp)
			if d < 0 || d > 48*time.Hour {
				t.Fatalf("event is late by %v", d)
			}
			if d > time.Minute {
				minutes++
			}
			if d > time.Hour {
				hours++
			}
		}
		n := float64(len(faulty))
		near(t, "late by minutes", minutes/n, 0.1*(1-math.Log(60)/math.Log(48*3600)), 0.02)
		near(t, "late by hours", hours/n, 0.1*(1-math.Log(3600)/math.Log(48*3600)), 0.02)
	},
	"clock_skew": func(t *testing.T, clean, faulty []reading) {
		early := 0.0
		for i := range faulty {
			switch d := faulty[i].event.Timestamp.Sub(clean[i].event.Timestamp); d {
			case 0:
			case time.Hour:
				early++
			default:
				t.Fatalf("event is early by %v", d)
			}
		}
		near(t, "early events", early/float64(len(faulty)), 0.05, 0.02)
	},
}

func TestFaultsDoWhatTheySay(t *testing.T) {
	o := simulate.Options{Span: 30 * time.Second, Seed: 5}
	clean := read(write(t, o))
	for _, info := range simulate.Faults() {
		if _, ok := afterEffects[info.Name]; ok {
			continue
		}
		t.Run(info.Name, func(t *testing.T) {
			effect, ok := effects[info.Name]
			if !ok {
				t.Fatal("no test says what this fault does")
			}
			o.Faults = faults(t, info.Name)
			effect(t, clean, read(write(t, o)))
		})
	}
}

func TestFaultsStrikeInTheirTimeOnly(t *testing.T) {
	o := simulate.Options{Span: 15 * time.Second, Seed: 6}
	clean := read(write(t, o))
	for _, info := range simulate.Faults() {
		if _, ok := afterEffects[info.Name]; ok {
			continue
		}
		t.Run(info.Name, func(t *testing.T) {
			o.Faults = faults(t, info.Name+"@5s+5s")
			faulty := read(write(t, o))
			from, to := start.Add(5*time.Second), start.Add(10*time.Second)
			changed := 0
			for i := range min(len(clean), len(faulty)) {
				if clean[i].line == faulty[i].line {
					continue
				}
				if at := clean[i].event.Timestamp; at.Before(from) || len(clean) == len(faulty) && !at.Before(to) {
					t.Fatalf("the event of %v is struck:\n%s", at, faulty[i].line)
				}
				changed++
			}
			if changed == 0 && info.Name != "oversize" { // too rare for so short a time
				t.Error("nothing is struck")
			}
			if last := faulty[len(faulty)-1].event.Timestamp; info.Name == "outage" && last.Before(to) {
				t.Errorf("traffic does not come back after the outage, last event at %v", last)
			}
		})
	}
}

func TestWhereAFaultStrikes(t *testing.T) {
	o := simulate.Options{Events: 5000, Labels: true}
	clean := read(write(t, o))
	for _, tt := range []struct {
		fault         string
		label, scores bool // follow
	}{
		{"shift:at=world", true, true},
		{"shift:at=input", false, true},
		{"shift:at=log", false, false},
		{"nulls:at=input", false, true},
		{"nulls", false, false},
		{"new_category:at=input", false, true},
		{"retype:at=input", false, true},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			o.Faults = faults(t, tt.fault)
			labels, scores := false, false
			for i, r := range read(write(t, o)) {
				c := &clean[i].event
				labels = labels || c.Label != r.event.Label
				scores = scores || c.Score != nil && *c.Score != *r.event.Score
			}
			if labels != tt.label || scores != tt.scores {
				t.Errorf("labels follow: %v, scores follow: %v; want %v, %v", labels, scores, tt.label, tt.scores)
			}
		})
	}
}

// decisions are the bins that the default alerts judge: deciles of a baseline, or
// its categories, and how many of its values each holds.
type decisions struct {
	numeric bool
	edges   []float64
	counts  map[any]float64
	n       float64
}

func decide(base []any) *decisions {
	d := &decisions{counts: map[any]float64{}}
	var cuts []float64
	for _, v := range base {
		if x, ok := v.(float64); ok {
			cuts = append(cuts, x)
		}
	}
	if d.numeric = cuts != nil; d.numeric {
		slices.Sort(cuts)
		for i := range 9 {
			d.edges = append(d.edges, cuts[(i+1)*len(cuts)/10])
		}
		d.edges = slices.Compact(d.edges)
	}
	for _, v := range base {
		if v != nil {
			d.counts[d.bin(v)]++
			d.n++
		}
	}
	return d
}

func (d *decisions) bin(v any) any {
	if !d.numeric {
		return v
	}
	i, _ := slices.BinarySearch(d.edges, v.(float64))
	return i
}

// psi is the population stability index against the baseline, with half a count
// in empty bins.
func (d *decisions) psi(live []any) float64 {
	p, n := map[any]float64{}, 0.0
	for _, v := range live {
		if _, number := v.(float64); v != nil && number == d.numeric {
			p[d.bin(v)]++
			n++
		}
	}
	if n == 0 { // all missing: no drift, but the missing check's
		return 0
	}
	sum := 0.0
	add := func(p, q float64) {
		a, b := max(p, 0.5)/n, max(q, 0.5)/d.n
		sum += (a - b) * math.Log(a/b)
	}
	for k, q := range d.counts {
		add(p[k], q)
	}
	for k, x := range p {
		if _, known := d.counts[k]; !known {
			add(x, 0)
		}
	}
	return sum
}

func column(all []reading, name string) (x []any) {
	for i := range all {
		e := &all[i].event
		switch {
		case !all[i].valid:
		case name == "score" && e.Score != nil:
			x = append(x, *e.Score)
		case name == "prediction" && e.Prediction != nil:
			x = append(x, *e.Prediction)
		default:
			x = append(x, e.Features[name])
		}
	}
	return x
}

func names() (all []string) {
	for _, f := range simulate.Features() {
		all = append(all, f.Name)
	}
	return all
}

// The built-in thresholds are 0.1 for important features, 0.25 for the others
// and for outputs.
func TestFaultsCrossOnlyTheDriftThresholdsTheyList(t *testing.T) {
	if testing.Short() {
		t.Skip("sorts 50,000 events into deciles")
	}
	// By chance psi is about 18/events, far below 0.1.
	o := simulate.Options{Events: 2000, Seed: 1}
	reference, base := read(write(t, o)), map[string]*decisions{}
	for _, name := range append(names(), "prediction", "score") {
		base[name] = decide(column(reference, name))
	}
	o.Seed = 2
	drifted := map[string][]string{
		"shift": {"amount", "score"}, "scale": {"amount"}, "new_category": {"merchant_category"}, "output_shift": {"score"}, "calibration": {"score"},
	}
	for _, info := range simulate.Faults() {
		if _, ok := afterEffects[info.Name]; ok || info.Name == "outage" {
			continue
		}
		t.Run(info.Name, func(t *testing.T) {
			o.Faults = faults(t, info.Name)
			live := read(write(t, o))
			var got []string
			for _, f := range simulate.Features() {
				limit := 0.25
				if f.Important {
					limit = 0.1
				}
				if x := base[f.Name].psi(column(live, f.Name)); x > limit {
					got = append(got, f.Name)
				}
			}
			for _, output := range []string{"prediction", "score"} {
				if x := base[output].psi(column(live, output)); x > 0.25 {
					got = append(got, output)
				}
			}
			if !slices.Equal(got, drifted[info.Name]) {
				t.Errorf("drift of %v crosses its threshold, want %v", got, drifted[info.Name])
			}
			for _, name := range got {
				if !slices.ContainsFunc(info.Moves, func(s string) bool {
					return strings.Contains(s, "_drift{") && strings.Contains(s, `"`+name+`"`)
				}) {
					t.Errorf("drift of %s is not among what the fault moves: %v", name, info.Moves)
				}
			}
		})
	}
}

func TestFaultsNameDeclaredSeries(t *testing.T) {
	for _, info := range simulate.Faults() {
		if info.Summary == "" || len(info.Moves) == 0 {
			t.Errorf("%s has no summary, or moves nothing", info.Name)
		}
		for _, selector := range slices.Concat(info.Moves, info.May) {
			if selector == "ml_*" {
				continue
			}
			name, labels, _ := strings.Cut(strings.TrimSuffix(selector, "}"), "{")
			i := slices.IndexFunc(catalog.Families, func(f *catalog.Family) bool { return f.Name == name })
			if i < 0 {
				t.Errorf("%s: %s is not declared", info.Name, name)
				continue
			}
			for label := range strings.SplitSeq(labels, ",") {
				if key, _, _ := strings.Cut(label, "="); key != "" && !slices.Contains(catalog.Families[i].Labels, key) {
					t.Errorf("%s: %s has no label %q", info.Name, name, key)
				}
			}
		}
	}
}

func TestMovesFollowTheParameters(t *testing.T) {
	for _, tt := range []struct{ fault, moves, not string }{
		{"nulls:feature=country", `ml_feature_violations_total{feature="country",check="missing"}`, `ml_output_drift`},
		{"shift", `ml_output_drift{output="score"}`, `ml_feature_violations_total`},
		{"shift:at=log", `ml_feature_drift{feature="amount"}`, `ml_output_drift`},
		{"rename:to=sum", `ml_schema_violations_total{feature="sum",change="added"}`, `amount_eur`},
		{"errors:reason=oom", `ml_prediction_errors_total{reason="oom"}`, `backend_unavailable`},
	} {
		f := faults(t, tt.fault)[0]
		if all := strings.Join(f.Moves(), " "); !strings.Contains(all, tt.moves) || strings.Contains(all, tt.not) {
			t.Errorf("%s moves %s; want %s and not %s", tt.fault, all, tt.moves, tt.not)
		}
		if all := strings.Join(f.May(), " "); strings.Contains(all, tt.not) {
			t.Errorf("%s may move %s; want none of %s", tt.fault, all, tt.not)
		}
	}
}

func TestSelects(t *testing.T) {
	for _, tt := range []struct {
		selector, series string
		want             bool
	}{
		{`a`, `a`, true},
		{`a`, `a{x="1"}`, true},
		{`a`, `ab`, false},
		{`a`, `a_bucket{le="1"}`, true},
		{`a`, `a_bucketful`, false},
		{`a{x="1"}`, `a{w="2",x="1",y="3"}`, true},
		{`a{x="1",y="3"}`, `a{x="1",w="2",y="3"}`, true},
		{`a{x="1"}`, `a{x="12"}`, false},
		{`a{x="1"}`, `a{xx="1"}`, false},
		{`a{x="1"}`, `a`, false},
		{`a*`, `abc{x="1"}`, true},
		{`a*{x="1"}`, `abc{x="1"}`, true},
		{`a*{x="1"}`, `abc{x="2"}`, false},
		{`b*`, `abc`, false},
	} {
		if got := simulate.Selects(tt.selector, tt.series); got != tt.want {
			t.Errorf("%s selects %s: got %v", tt.selector, tt.series, got)
		}
	}
}
