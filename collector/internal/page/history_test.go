package page

import (
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// TestSharesAreOfLately: a month of good data does not hide a fault of now, and a
// fault that is over is told as such and then forgotten.
func TestSharesAreOfLately(t *testing.T) {
	const month = 40_000_000
	h, o := new(History), quietly(1)
	o.Models[0].Counts = Counts{Predictions: month, Errors: month / 10} // long ago
	step := func(errors uint64) {
		next := grow(o, 5*time.Minute, 1000, func(o *Overview) { o.Models[0].Counts.Errors += errors })
		keep := *next
		keep.Models = append([]Model(nil), next.Models...)
		h.Look(&keep)
		o = next
		o.Models[0].results = keep.Models[0].results
	}
	for _, c := range []struct {
		name   string
		steps  int
		errors uint64
		state  state
		want   string
	}{
		{"an old fault is not shown", 6, 0, fine, "5,000 predictions read in the last 25 min, 0.0 % of them errors."},
		{"one of now is", 1, 400, grave, "40 % of predictions failed in the last 5 min (6.7 % in the last 30 min)"},
		{"as long as it lasts", 2, 400, grave, "40 % of predictions failed in the last 5 min (15 % in the last 40 min)"},
		{"then it is over", 6, 0, over, "10 % of predictions failed in the last 1 h, but only 0.0 % in the last 5 min."},
		{"and forgotten", 12, 0, fine, "12,000 predictions read in the last 1 h, 0.0 % of them errors."},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range c.steps {
				step(c.errors)
			}
			state, got := said(&o.Models[0], "Answers")
			if state != c.state || !strings.Contains(got, c.want) {
				t.Errorf("it is %s: %s\nwant %s: %s", state, got, c.state, c.want)
			}
		})
	}
}

// TestFewValuesAreLookedAtForLonger: a share of three values is none.
func TestFewValuesAreLookedAtForLonger(t *testing.T) {
	h, o := new(History), quietly(1)
	for i := range 12 {
		keep := *o
		keep.Models = append([]Model(nil), o.Models...)
		h.Look(&keep)
		o = grow(o, 5*time.Minute, 15, func(o *Overview) {
			if i >= 5 {
				o.Models[0].Counts.Errors += 15
			}
		})
	}
	h.Look(o)
	if state, got := said(&o.Models[0], "Answers"); state != grave || !strings.Contains(got, "100 % of predictions failed in the last 35 min") {
		t.Errorf("it is %s: %s", state, got)
	}
}

// TestHistoryIsBounded: however often and long it looks, and whatever goes wrong, it
// keeps an hour.
func TestHistoryIsBounded(t *testing.T) {
	h, o := new(History), quietly(1)
	for i := range 3000 {
		o = grow(o, 15*time.Second, 10, func(o *Overview) {
			o.Models[0].Name = strings.Repeat("x", i%700)
			o.Models[0].LastEvent = o.Now
			o.Models[0].Counts.Errors = o.Models[0].Counts.Predictions / 2
			o.Models[0].Labelled = true
		})
		keep := *o
		keep.Models = append([]Model(nil), o.Models...)
		h.Look(&keep)
		if n := len(h.moments); n > int(lookBack/spacing)+2 {
			t.Fatalf("%d moments after %d looks", n, i)
		}
		if age := o.Now.Sub(h.moments[0].at); age > lookBack {
			t.Fatalf("the oldest moment is %s old", age)
		}
	}
	if n, most := len(h.wrong), int(grace/(15*time.Second))+2; n > most {
		t.Errorf("%d things that were wrong are remembered, want %d at most", n, most)
	}
	if n := len(h.labels); n > int(spacing/(15*time.Second))+2 {
		t.Errorf("labels of %d models that are gone are remembered", n)
	}
}

func TestSince(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	h := new(History)
	h.Look(&Overview{Now: at(0)})
	check := func(d time.Duration, want string) {
		t.Helper()
		if got := strings.ReplaceAll(h.since("x", at(d), h.early(at(d))), nbsp, " "); got != want {
			t.Errorf("after %s: %q, want %q", d, got, want)
		}
	}
	check(10*time.Second, "since 12:00 UTC or before")
	check(2*time.Hour, "since 12:00 UTC or before")
	h.Look(&Overview{Now: at(3 * time.Hour)}) // it is away, and everything was read
	h.Look(&Overview{Now: at(4 * time.Hour)})
	check(4*time.Hour+10*time.Minute, "since 16:10 UTC, just now")
	check(4*time.Hour+20*time.Minute, "since 16:10 UTC (10 min)")
	h.Look(&Overview{Now: at(4*time.Hour + 24*time.Minute)}) // away for less than grace
	check(4*time.Hour+25*time.Minute, "since 16:10 UTC (15 min)")
	check(30*time.Hour, "since 21 Nov 16:10 UTC (1 d 2 h)")
}

// TestEarlyWhileReading: what is found in a log that is read from its beginning may be
// as old as the log.
func TestEarlyWhileReading(t *testing.T) {
	h := new(History)
	for i := range 10 {
		h.Look(&Overview{Now: noon.Add(time.Duration(i) * time.Minute), Sources: []Source{{Name: "log", Up: true, Lag: time.Hour}}})
	}
	if got := h.since("x", noon.Add(10*time.Minute), h.early(noon)); !strings.Contains(got, "or before") {
		t.Errorf("it says %q", got)
	}
}

// TestCountersThatBeginAnew: neither a counter that fell, nor a version that is new, nor
// a clock that was set back makes a share of what was not counted.
func TestCountersThatBeginAnew(t *testing.T) {
	missing := func(o *Overview) string {
		_, got := said(&o.Models[0], "Quality")
		return got
	}
	for _, c := range []struct {
		name   string
		change func(*Overview)
		want   string
	}{
		{"a counter fell", func(o *Overview) {
			o.Models[0].Counts = Counts{Predictions: 200}
			o.Models[0].Features[0].Values, o.Models[0].Features[0].Failed = 200, [numChecks]uint64{100}
		}, "50 % of feature_00 are missing in the last 10 min"},
		{"a new version", func(o *Overview) {
			o.Models[0].Version = "2"
			o.Models[0].Counts = Counts{Predictions: 400}
			o.Models[0].Features[0].Values, o.Models[0].Features[0].Failed = 400, [numChecks]uint64{100}
		}, "25 % of feature_00 are missing in the last 10 min"},
		{"another order", func(o *Overview) {
			f := o.Models[0].Features
			f[0], f[4] = f[4], f[0]
			f[4].Failed[0] += 1000
		}, "100 % of feature_00 are missing in the last 10 min"},
		{"the clock was set back", func(o *Overview) {
			o.Now = o.Now.Add(-24 * time.Hour)
			o.Models[0].Features[0].Failed[0] += 1000
		}, "No value came since this exporter started."},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, o := history(t)
			o = grow(o, 10*time.Minute, 1000, c.change)
			h.Look(o)
			if got := missing(o); !strings.Contains(got, c.want) {
				t.Errorf("it says %q, want %q", got, c.want)
			}
		})
	}
}

// TestLabelsStop: labels that took minutes and do not come for longer are missed, those
// that take days are not.
func TestLabelsStop(t *testing.T) {
	for _, c := range []struct {
		delay time.Duration
		state state
		want  string
	}{
		{2 * time.Minute, wrong, "No label has arrived for 40 min. On average labels took 2 min. since 11:20 UTC"},
		{10 * time.Minute, fine, "On average labels took 10 min."},
	} {
		h, o := new(History), quietly(1)
		o.Now, o.Models[0].LastEvent = noon.Add(-time.Hour), noon.Add(-time.Hour)
		var last *Overview
		for i := range 7 {
			last = grow(o, time.Duration(i)*10*time.Minute, uint64(i)*1000, func(o *Overview) {
				m := &o.Models[0]
				m.Labelled, m.LabelDelay, m.Counts.Labels = true, c.delay, uint64(100*min(i+1, 3))
			})
			h.Look(last)
		}
		if state, got := said(&last.Models[0], "Labels"); state != c.state || !strings.Contains(got, c.want) {
			t.Errorf("with a delay of %s it is %s: %s\nwant %s: %s", c.delay, state, got, c.state, c.want)
		}
	}
}

func TestSources(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Overview)
		want   string // state and text of the first finding; empty for none
	}{
		{"fine", func(*Overview) {}, ""},
		{"reload", func(o *Overview) { o.ReloadError = "c.yml:3: x" }, "grave: The last change of the configuration was refused: c.yml:3: x"},
		{"store", func(o *Overview) { o.StoreError = "disk full" }, "grave: Nothing is counted until the state can be stored again: disk full."},
		{"no source", func(o *Overview) { o.Sources = nil }, "grave: There is no source of data."},
		{"no model", func(o *Overview) { o.Models = nil }, "over: No model has sent an event yet."},
		{"silent", func(o *Overview) { o.Silent = []string{"frud"} }, "wrong: No event was read of model frud."},
		{"down", func(o *Overview) { o.Sources[0].Up = false }, "grave: Source log cannot be read: *.jsonl."},
		{"empty", func(o *Overview) { o.Sources[0].Events = 0 }, "wrong: Source log has brought nothing yet."},
		{"few rejected", func(o *Overview) { o.Sources[0].Rejected = []Count{{"malformed", 10}} }, ""},
		{"rejected", func(o *Overview) { o.Sources[0].Rejected = []Count{{"malformed", 10}, {"too_long", 990}} },
			"wrong: Source log: 50 % of its records in the last 10 min were not understood, mostly too long."},
		{"a little behind", func(o *Overview) { o.Sources[0].Lag = 59 * time.Second }, ""},
		{"behind", func(o *Overview) { o.Sources[0].Lag = time.Hour }, "wrong: Source log is 1 h behind."},
		{"limit", func(o *Overview) { o.Dropped = []Count{{"models", 0}, {"features", 12}} },
			"over: 12 times in the last 1 h a name was not monitored, as the limit of features was reached."},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, o := history(t)
			o = grow(o, 10*time.Minute, 1000, c.change)
			h.Look(o)
			got := ""
			if f := o.findings(); len(f) > 0 {
				got = f[0].State.String() + ": " + strings.ReplaceAll(f[0].Text, nbsp, " ")
			}
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestWorstFirst: models by what is wrong with them, then by name.
func TestWorstFirst(t *testing.T) {
	o := quietly(4)
	o.Models[1].Outputs[0] = Drift{Name: "score", Value: 0.3, Threshold: 0.25, Limit: 0.01}
	o.Models[2].Gaps, o.Models[2].Fair = []Gap{{Metric: catalog.DemographicParityDifference, Favourable: 0.5, Threshold: 0.1, Exceeded: true}}, []string{"s"}
	o.Models[3].Counts.Errors = 500
	var names []string
	for _, m := range seen(o).worstFirst() {
		names = append(names, m.Name)
	}
	if got, want := strings.Join(names, " "), "model_03 model_02 model_01 model_00"; got != want {
		t.Errorf("the order is %s, want %s", got, want)
	}
}

// TestSinceOfShares: a share that was too large when the exporter started may have been
// for long. One that becomes so later is seen to begin.
func TestSinceOfShares(t *testing.T) {
	for _, c := range []struct {
		name  string
		from  time.Duration // of the fault, from the start
		found time.Duration
		want  string
	}{
		{"from the start", 0, 10 * time.Minute, "since 12:00 UTC or before"},
		{"later", 30 * time.Minute, 45 * time.Minute, "since 12:30 UTC (14 min)"}, // 45 seconds of it are enough to be sure
	} {
		t.Run(c.name, func(t *testing.T) {
			h, o := new(History), quietly(1)
			for at := time.Duration(0); at <= c.found; at += 15 * time.Second {
				keep := *o
				keep.Models = append([]Model(nil), o.Models...)
				h.Look(&keep)
				o.Models[0].results = keep.Models[0].results
				if at == c.found {
					break
				}
				results := o.Models[0].results
				o = grow(o, 15*time.Second, 100, func(o *Overview) {
					if at >= c.from {
						o.Models[0].Counts.Errors += 50
					}
				})
				o.Models[0].results = results
			}
			if _, got := said(&o.Models[0], "Answers"); !strings.Contains(got, c.want) {
				t.Errorf("it says %q, want %q", got, c.want)
			}
		})
	}
}

func TestHeadline(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Overview)
		state  state
		want   string
	}{
		{"fine", func(*Overview) {}, fine, "Nothing is wrong."},
		{"over", func(o *Overview) { o.Models[0].Counts.Duplicates = 500 }, over, "Nothing is wrong now; some things were, or are good to know."},
		{"too early", func(o *Overview) { o.Models[0].Drifts, o.Models[1].Drifts = nil, nil }, over, "Nothing is wrong so far; there are too few events yet to compare with a baseline."},
		{"a model", func(o *Overview) { o.Models[1].Counts.Errors = 500 }, grave, "Something is wrong with 1 of 2 model versions."},
		{"the only model", func(o *Overview) { o.Models = o.Models[:1]; o.Models[0].Counts.Errors = 500 }, grave, "Something is wrong with the model."},
		{"a model and the source", func(o *Overview) { o.Sources[0].Lag = time.Hour; o.Models[0].LastEvent = noon.Add(-time.Hour) }, wrong,
			"Something is wrong with 1 of 2 model versions and the source."},
		{"the exporter", func(o *Overview) { o.ReloadError = "x" }, grave, "Something is wrong."},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := quietly(2)
			c.change(o)
			if v := look(seen(o), Choice{}); v.Headline != c.want || v.State != c.state {
				t.Errorf("%s: %s\nwant %s: %s", v.State, v.Headline, c.state, c.want)
			}
		})
	}
}
