package simulate_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/model-exporter/model_exporter/collector/simulate"
)

// event is a canonical event as encoding/json sees it.
type event struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Timestamp  time.Time      `json:"timestamp"`
	Model      string         `json:"model"`
	Version    string         `json:"version"`
	Features   map[string]any `json:"features"`
	Prediction *string        `json:"prediction"`
	Score      *float64       `json:"score"`
	LatencyMS  float64        `json:"latency_ms"`
	Error      string         `json:"error"`
	Label      string         `json:"label,omitempty"`
}

var start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// write runs a simulation into memory.
func write(t testing.TB, o simulate.Options) []byte {
	t.Helper()
	if o.Start.IsZero() {
		o.Start = start
	}
	var log bytes.Buffer
	if err := simulate.Run(t.Context(), &log, o); err != nil {
		t.Fatal(err)
	}
	return log.Bytes()
}

// parse reads a log in which nothing is malformed.
func parse(t testing.TB, log []byte) []event {
	t.Helper()
	var events []event
	for line := range bytes.Lines(log) {
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		var e event
		if err := d.Decode(&e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		events = append(events, e)
	}
	return events
}

func faults(t testing.TB, texts ...string) (all []simulate.Fault) {
	t.Helper()
	for _, text := range texts {
		f, err := simulate.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func TestLogsOfOneSeedAreEqual(t *testing.T) {
	o := simulate.Options{Events: 2000, Seed: 7, Season: 1, Labels: true, Faults: faults(t, "malformed", "late@2s", "nulls:share=0.5")}
	first := write(t, o)
	if !bytes.Equal(first, write(t, o)) {
		t.Error("two runs of one seed differ")
	}
	o.Seed = 8
	if bytes.Equal(first, write(t, o)) {
		t.Error("another seed changes nothing")
	}
}

func TestLinesAreCanonicalEvents(t *testing.T) {
	log := simulate.Lines(5000, 3)
	events := parse(t, log)
	if len(events) != 5000 {
		t.Fatalf("got %d events, want 5000", len(events))
	}
	if mean := len(log) / len(events); mean < 600 || mean > 700 {
		t.Errorf("an event has %d bytes on average, want about 650", mean)
	}
	names := map[string]bool{}
	for _, f := range simulate.Features() {
		names[f.Name] = true
	}
	ids := map[string]bool{}
	for i, e := range events {
		if e.Type != "prediction" || e.Model != "fraud" || e.Version != "1" || len(e.ID) != 26 || len(e.Features) != 20 {
			t.Fatalf("unexpected event %+v", e)
		}
		for name := range e.Features {
			if !names[name] {
				t.Fatalf("feature %q is not listed", name)
			}
		}
		if i > 0 && e.Timestamp.Before(events[i-1].Timestamp) {
			t.Fatal("time runs backwards")
		}
		ids[e.ID] = true
	}
	if len(ids) != len(events) {
		t.Errorf("%d ids for %d events", len(ids), len(events))
	}
}

func TestKeysAreInOneOrder(t *testing.T) {
	keys := func(line []byte) (order []string) {
		d := json.NewDecoder(bytes.NewReader(line))
		for {
			token, err := d.Token()
			if err == io.EOF {
				return order
			}
			if s, ok := token.(string); ok && bytes.Contains(line, []byte(`"`+s+`":`)) {
				order = append(order, s)
			}
		}
	}
	var want []string
	for line := range bytes.Lines(simulate.Lines(2000, 1)) {
		if got := keys(line); want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Fatalf("got keys %v, want %v", got, want)
		}
	}
}

func TestCSVSaysTheSame(t *testing.T) {
	o := simulate.Options{Events: 500, Labels: true, Faults: faults(t, "new_category", "errors")}
	events := parse(t, write(t, o))
	o.Format = simulate.CSV
	records, err := csv.NewReader(bytes.NewReader(write(t, o))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, records := records[0], records[1:]
	if len(records) != len(events) {
		t.Fatalf("got %d records, want %d", len(records), len(events))
	}
	for i, r := range records {
		want := map[string]any{"id": events[i].ID, "error": events[i].Error, "label": events[i].Label, "prediction": nil}
		for name, v := range events[i].Features {
			want[name] = v
		}
		if p := events[i].Prediction; p != nil {
			want["prediction"] = *p
		}
		for c, name := range header {
			w, ok := want[name]
			if !ok {
				continue
			}
			switch w := w.(type) {
			case nil:
				ok = r[c] == ""
			case string:
				ok = r[c] == w
			default:
				var got any
				ok = json.Unmarshal([]byte(r[c]), &got) == nil && got == w
			}
			if !ok {
				t.Fatalf("record %d has %s %q, the event %v", i, name, r[c], w)
			}
		}
	}
}

func TestWhereALogBeginsAndEnds(t *testing.T) {
	bubble := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest's clock stands
	for _, tt := range []struct {
		name        string
		o           simulate.Options
		first, last time.Time
		events      int
	}{
		{"events end now", simulate.Options{Events: 6000}, bubble.Add(-time.Minute), bubble, 6000},
		{"a span ends now", simulate.Options{Span: time.Hour, Rate: 2}, bubble.Add(-time.Hour), bubble, 7200},
		{"a span from a start", simulate.Options{Start: start, Span: time.Hour, Rate: 2}, start, start.Add(time.Hour), 7200},
		{"events within a span", simulate.Options{Start: start, Span: time.Hour, Rate: 2, Events: 3600}, start, start.Add(30 * time.Minute), 3600},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				if err := simulate.Run(t.Context(), &log, tt.o); err != nil {
					t.Fatal(err)
				}
				events := parse(t, log.Bytes())
				first, last := events[0].Timestamp, events[len(events)-1].Timestamp
				if d := first.Sub(tt.first).Abs(); d > time.Millisecond {
					t.Errorf("first event at %v, want %v", first, tt.first)
				}
				if d := last.Sub(tt.last).Abs(); d > tt.last.Sub(tt.first)/20 {
					t.Errorf("last event at %v, want about %v", last, tt.last)
				}
				if n := len(events); tt.o.Events > 0 && n != tt.o.Events || n < tt.events*95/100 || n > tt.events*105/100 {
					t.Errorf("got %d events, want about %d", n, tt.events)
				}
			})
		})
	}
}

// chunks keeps what each Write was given and when.
type chunks struct {
	at   []time.Time
	data [][]byte
}

func (c *chunks) Write(p []byte) (int, error) {
	c.at = append(c.at, time.Now())
	c.data = append(c.data, bytes.Clone(p))
	return len(p), nil
}

func TestFollowWritesWholeLinesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var c chunks
		o := simulate.Options{Follow: true, Span: time.Minute, Faults: faults(t, "outage@70s+10s")}
		if err := simulate.Run(ctx, &c, o); err != nil {
			t.Fatal(err)
		}
		events, history := 0, 0
		for i, data := range c.data {
			if data[len(data)-1] != '\n' {
				t.Fatal("a line is torn between two writes")
			}
			for _, e := range parse(t, data) {
				lag := c.at[i].Sub(e.Timestamp)
				events++
				if c.at[i].Equal(began) {
					history++
				} else if lag < 0 || lag > 101*time.Millisecond {
					t.Fatalf("event of %v is written %v later", e.Timestamp, lag)
				}
			}
		}
		if history < 5700 || history > 6300 {
			t.Errorf("got %d events at once, want about 6000", history)
		}
		if live := events - history; live < 1800 || live > 2200 {
			t.Errorf("got %d events in 30 s with 10 s of outage, want about 2000", live)
		}
		if got := time.Since(began); got != 30*time.Second {
			t.Errorf("it ended after %v, want 30 s", got)
		}
	})
}

func TestFollowEndsAfterItsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c chunks
		if err := simulate.Run(t.Context(), &c, simulate.Options{Follow: true, Events: 500}); err != nil {
			t.Fatal(err)
		}
		if n := len(parse(t, bytes.Join(c.data, nil))); n != 500 {
			t.Errorf("got %d events, want 500", n)
		}
	})
}

func TestCutShortIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := simulate.Run(ctx, io.Discard, simulate.Options{Events: 1e6})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	err = simulate.Run(t.Context(), fullDisk{}, simulate.Options{Events: 1})
	if err == nil || !strings.Contains(err.Error(), "write log: no space") {
		t.Errorf("got %v, want the writer's error", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestOptionsAreChecked(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    simulate.Options
		want string
	}{
		{"no end", simulate.Options{}, "would never end; set a number of events"},
		{"negative events", simulate.Options{Events: -1}, "events: -1 is negative"},
		{"negative span", simulate.Options{Span: -1}, "span: -1ns is negative"},
		{"two starts", simulate.Options{Follow: true, Start: start, Span: 1}, "leave one of them out"},
		{"rate", simulate.Options{Events: 1, Rate: -3}, "rate: -3 events per second"},
		{"season", simulate.Options{Events: 1, Season: 9}, "season: 9 is not between"},
		{"model", simulate.Options{Events: 1, Model: `a"b`}, "use letters, digits"},
		{"format", simulate.Options{Events: 1, Format: "xml"}, "use json or csv"},
		{"all at once", simulate.Options{Format: "xml", Rate: -1}, "format"},
		{"year", simulate.Options{Events: 1, Start: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, "the year 9999"},
		{"keys in csv", simulate.Options{Events: 1, Format: simulate.CSV, Faults: faults(t, "rename")}, "use format json"},
		{"empty fault", simulate.Options{Events: 1, Faults: make([]simulate.Fault, 1)}, "make faults with ParseFault"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := simulate.Run(t.Context(), io.Discard, tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNothingIsAllocatedPerEvent(t *testing.T) {
	for _, fault := range []string{"", "shift", "rename", "new_category", "late"} {
		for _, format := range []simulate.Format{simulate.JSON, simulate.CSV} {
			if fault == "rename" && format == simulate.CSV {
				continue
			}
			allocs := func(events int) float64 {
				o := simulate.Options{Events: events, Start: start, Format: format}
				if fault != "" {
					o.Faults = faults(t, fault)
				}
				return testing.AllocsPerRun(1, func() {
					if err := simulate.Run(t.Context(), io.Discard, o); err != nil {
						t.Fatal(err)
					}
				})
			}
			// The runtime allocates now and then by itself; one per event would be 4900.
			if few, many := allocs(100), allocs(5000); many > few+10 {
				t.Errorf("%s %s: 4900 more events cost %v allocations", format, fault, many-few)
			}
		}
	}
}
