package page

import (
	"strconv"
	"testing"
	"time"
)

// fine is an overview without anything to say.
func fine() *Overview {
	return &Overview{
		Now:     noon,
		Sources: []Source{{Name: "log", Paths: []string{"*.jsonl"}, Up: true, Events: 1000}},
		Models:  []Model{{Name: "fraud", Version: "3", Baseline: "training", LastEvent: noon, Features: 5, Events: 1000}},
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Overview)
		want   string // level and text; empty for none
	}{
		{"fine", func(*Overview) {}, ""},
		{"reload", func(o *Overview) { o.ReloadError = "c.yml:3: x" }, "problem: The last change of the configuration was refused: c.yml:3: x"},
		{"no source", func(o *Overview) { o.Sources = nil }, "problem: There is no source of data."},
		{"no model", func(o *Overview) { o.Models = nil }, "note: No model has sent an event yet."},
		{"down", func(o *Overview) { o.Sources[0].Up = false }, "problem: Source log cannot be read: *.jsonl."},
		{"empty", func(o *Overview) { o.Sources[0].Events = 0 }, "warning: Source log has brought nothing yet."},
		{"few rejected", func(o *Overview) { o.Sources[0].Rejected = []Count{{"malformed", 10}} }, ""},
		{"rejected", func(o *Overview) { o.Sources[0].Rejected = []Count{{"malformed", 10}, {"too_long", 1000}} },
			"warning: Source log: 50\u00a0% of its records were not understood, mostly too_long (1,000)."},
		{"a little behind", func(o *Overview) { o.Sources[0].Lag = 59 * time.Second }, ""},
		{"behind", func(o *Overview) { o.Sources[0].Lag = time.Hour }, "warning: Source log is 1 h behind."},
		{"learned", func(o *Overview) { o.Models[0].Baseline = "learned" }, "note: Model fraud 3 is compared with its own first events."},
		{"learning", func(o *Overview) { o.Models[0].Baseline, o.Models[0].Learned = "learning", 0.43 },
			"note: Model fraud 3 is still learning what is normal (43\u00a0%)."},
		{"no baseline", func(o *Overview) { o.Models[0].Baseline = "none" }, "warning: Model fraud 3 has no baseline, so drift cannot be measured."},
		{"quiet", func(o *Overview) { o.Models[0].LastEvent = noon.Add(-15 * time.Minute) }, "warning: Model fraud 3: the last event is from 15 min ago."},
		{"one drifted", func(o *Overview) {
			o.Models[0].Drifted, o.Models[0].Worst = 1, []Drift{{"amount", "psi", "1h", 1, 0.25, 0.1}, {"age", "psi", "1h", 0.2, 0.25, 0.1}}
		}, "warning: Model fraud 3: 1 feature no longer looks like the data it is compared with: amount."},
		{"many drifted", func(o *Overview) {
			o.Models[0].Drifted, o.Models[0].Worst = 4, []Drift{{"amount", "psi", "1h", 1, 0.25, 0.1}, {"amount", "psi", "24h", 1, 0.25, 0.1}}
		}, "warning: Model fraud 3: 4 of 5 features no longer look like the data it is compared with: amount and others."},
		{"together", func(o *Overview) { o.Models[0].Together = &Drift{"", "pca_reconstruction", "1h", 0.3, 0.2, 0.1} },
			"warning: Model fraud 3: each feature looks like the data it is compared with, but their values no longer go together as they did."},
		{"together by chance", func(o *Overview) { o.Models[0].Together = &Drift{"", "pca_reconstruction", "1h", 0.3, 0.2, 0.4} }, ""},
		{"some missing", func(o *Overview) { o.Models[0].Violations = []Violation{{"age", "missing", 4, 0.04}} }, ""},
		{"missing", func(o *Overview) { o.Models[0].Violations = []Violation{{"age", "missing", 50, 0.05}} },
			"warning: Model fraud 3: 5.0\u00a0% of the values of age so far are missing."},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := fine()
			c.change(o)
			got := ""
			for _, w := range warnings(o) {
				if got != "" {
					t.Fatalf("more than one warning: %+v", warnings(o))
				}
				got = w.Level + ": " + w.Text
			}
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestWarningsAreOrderedAndFolded(t *testing.T) {
	o := fine()
	for i := range 20 {
		o.Models = append(o.Models, Model{Name: strconv.Itoa(i), Baseline: "learned", LastEvent: noon})
		o.Sources = append(o.Sources, Source{Name: strconv.Itoa(i), Up: i%2 == 0, Events: 1, Lag: time.Hour})
	}
	f := find(o)
	if len(f.Shown) != maxShown || len(f.Shown)+len(f.Folded) != 20+20+10 {
		t.Errorf("%d shown and %d folded, want %d and all the rest", len(f.Shown), len(f.Folded), maxShown)
	}
	for _, w := range f.Shown {
		if w.Level != problem {
			t.Errorf("%+v is shown while problems are folded", w)
		}
	}
	if last := f.Folded[len(f.Folded)-1]; last.Level != note {
		t.Errorf("the last one is %+v, want a note", last)
	}
}

func TestAllFine(t *testing.T) {
	for name, tt := range map[string]struct {
		models []Model
		want   string
	}{
		"compared":  {[]Model{{Worst: []Drift{{}}}, {}}, "Everything looks normal."},
		"not yet":   {[]Model{{}}, "Nothing is wrong so far; there are too few events yet to compare with a baseline."},
		"no models": {nil, "Everything looks normal."},
	} {
		if got := allFine(&Overview{Models: tt.models}); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
