package simulate_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/model-exporter/model_exporter/collector/simulate"
)

// note is a label or outcome event as encoding/json sees it.
type note struct {
	Type      string    `json:"type"`
	ID        string    `json:"id"`
	Timestamp time.Time `json:"timestamp"`
	Model     string    `json:"model"`
	Label     string    `json:"label"`
	Values    *struct {
		Revenue float64 `json:"revenue"`
		Loss    float64 `json:"loss"`
	} `json:"values"`
}

func notes(t testing.TB, log []byte) (all []note) {
	t.Helper()
	for line := range bytes.Lines(log) {
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		var n note
		if err := d.Decode(&n); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, n)
	}
	return all
}

// history is a log and what became known of it.
type history struct {
	events           []event
	labels, outcomes []note
}

// first and last label of an id.
func (h *history) first() map[string]note {
	m := map[string]note{}
	for _, n := range slices.Backward(h.labels) {
		m[n.ID] = n
	}
	return m
}

func (h *history) last() map[string]note {
	m := map[string]note{}
	for _, n := range h.labels {
		m[n.ID] = n
	}
	return m
}

func record(t testing.TB, o simulate.Options) (h history) {
	t.Helper()
	var labels, outcomes bytes.Buffer
	o.Truth.Labels, o.Truth.Outcomes = &labels, &outcomes
	h.events = parse(t, write(t, o))
	h.labels, h.outcomes = notes(t, labels.Bytes()), notes(t, outcomes.Bytes())
	return h
}

func TestLabelsComeInTime(t *testing.T) {
	o := simulate.Options{Span: time.Hour, Rate: 5, Labels: true, Seed: 3, Truth: simulate.Truth{Delay: 10 * time.Minute, OutcomeDelay: time.Minute}}
	h := record(t, o)
	predictions := map[string]event{}
	for _, e := range h.events {
		predictions[e.ID] = e
	}
	for _, kind := range []struct {
		name  string
		notes []note
		mean  float64 // minutes
	}{{"label", h.labels, 10}, {"outcome", h.outcomes, 1}} {
		before, seen, sum, n := start, map[string]bool{}, 0.0, 0.0
		for _, l := range kind.notes {
			p, known := predictions[l.ID]
			switch {
			case !known || seen[l.ID]:
				t.Fatalf("%+v is of no prediction, or comes twice", l)
			case l.Type != kind.name || l.Model != "fraud":
				t.Fatalf("unexpected event %+v", l)
			case kind.name == "label" && l.Label != p.Label:
				t.Fatalf("label is %q, the truth is %q", l.Label, p.Label)
			case l.Timestamp.Before(before) || l.Timestamp.Before(p.Timestamp) || l.Timestamp.After(start.Add(o.Span)):
				t.Fatalf("label at %v: not in order, before its prediction, or after the end", l.Timestamp)
			}
			before, seen[l.ID] = l.Timestamp, true
		}
		// Of the predictions of age t the share 1 − exp(−t/mean) has its label.
		for _, p := range h.events {
			sum += 1 - math.Exp(-start.Add(o.Span).Sub(p.Timestamp).Minutes()/kind.mean)
			n++
		}
		near(t, kind.name+" coverage", float64(len(kind.notes))/n, sum/n, 4*math.Sqrt(0.25/n))
	}
}

func TestOutcomesFollowTheDecision(t *testing.T) {
	h := record(t, simulate.Options{Events: 5000, Labels: true})
	predictions := map[string]event{}
	for _, e := range h.events {
		predictions[e.ID] = e
	}
	if len(h.outcomes) != 5000 {
		t.Fatalf("got %d outcomes without a delay, want 5000", len(h.outcomes))
	}
	missed := 0
	for _, n := range h.outcomes {
		p := predictions[n.ID]
		var revenue, loss float64
		if p.Prediction != nil && *p.Prediction == "0" {
			if p.Label == "0" {
				revenue = 0.015 * p.Features["amount"].(float64)
			} else {
				loss = p.Features["amount"].(float64)
				missed++
			}
		}
		if math.Abs(n.Values.Revenue-revenue) > 0.0002 || math.Abs(n.Values.Loss-loss) > 0.011 {
			t.Fatalf("outcome %+v, want revenue %v and loss %v", n.Values, revenue, loss)
		}
	}
	if missed == 0 {
		t.Error("no fraud is missed")
	}
}

func TestLossCorrectionAndRepetition(t *testing.T) {
	const events = 5000
	o := simulate.Options{Events: events, Labels: true}
	for _, tt := range []struct {
		name                           string
		truth                          simulate.Truth
		lost, corrected, repeatedShare float64
	}{
		{"none", simulate.Truth{}, 0, 0, 0},
		{"loss", simulate.Truth{Loss: 0.05}, 0.05, 0, 0},
		{"correction", simulate.Truth{Correction: 0.1}, 0, 0.1, 0},
		{"repeat", simulate.Truth{Repeat: 0.1}, 0, 0, 0.1},
		{"all", simulate.Truth{Loss: 0.5, Correction: 0.5, Repeat: 0.5}, 0.5, 0.25, 0.25},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o.Truth = tt.truth
			h := record(t, o)
			last, first := h.last(), h.first()
			var corrected float64
			for _, e := range h.events {
				l, ok := last[e.ID]
				if ok && l.Label != e.Label {
					t.Fatalf("the last label of %s is %q, the truth is %q", e.ID, l.Label, e.Label)
				}
				if first[e.ID].Label != l.Label {
					corrected++
				}
			}
			share := func(n float64) float64 { return n / events }
			tolerance := func(p float64) float64 { return 4 * math.Sqrt(p*(1-p)/events) }
			near(t, "lost", share(events-float64(len(last))), tt.lost, tolerance(tt.lost))
			near(t, "corrected", share(corrected), tt.corrected, tolerance(tt.corrected))
			near(t, "repeated", share(float64(len(h.labels)-len(last))-corrected), tt.repeatedShare, tolerance(tt.repeatedShare))
		})
	}
}

// afterEffects says what each fault that strikes after the prediction does to
// labels and outcomes, and that the log shows nothing of it.
var afterEffects = map[string]func(t *testing.T, clean, faulty *history){
	"concept_drift": func(t *testing.T, clean, faulty *history) {
		if before, now := auc(clean), auc(faulty); before < 0.8 || math.Abs(now-0.5) > 0.05 {
			t.Errorf("AUC falls from %v to %v, want it to fall to 0.5", before, now)
		}
	},
	"kpi_drop": func(t *testing.T, clean, faulty *history) {
		for i, n := range faulty.outcomes {
			if c := clean.outcomes[i].Values; math.Abs(n.Values.Revenue-c.Revenue/2) > 0.0002 || n.Values.Loss != c.Loss {
				t.Fatalf("outcome is %+v, want half the revenue of %+v", n.Values, c)
			}
		}
	},
	"label_delay": func(t *testing.T, clean, faulty *history) {
		if len(clean.labels) == 0 || len(faulty.labels) != 0 {
			t.Errorf("%d labels come at once, want none; without the fault %d", len(faulty.labels), len(clean.labels))
		}
	},
	"label_loss": func(t *testing.T, clean, faulty *history) {
		near(t, "labels that come", float64(len(faulty.labels))/float64(len(clean.labels)), 0.5, 0.05)
	},
	"label_correction": func(t *testing.T, clean, faulty *history) {
		near(t, "corrections", float64(len(faulty.labels))/float64(len(clean.labels))-1, 0.2, 0.04)
	},
}

// auc is the area under the ROC curve: the share of pairs of a positive and a
// negative that are in order.
func auc(h *history) float64 {
	labels := h.last()
	var positive, negative []float64
	for _, e := range h.events {
		switch l := labels[e.ID].Label; {
		case e.Score == nil:
		case l == "1":
			positive = append(positive, *e.Score)
		case l == "0":
			negative = append(negative, *e.Score)
		}
	}
	slices.Sort(negative)
	below := 0
	for _, s := range positive {
		i, _ := slices.BinarySearch(negative, s)
		below += i
	}
	return float64(below) / float64(len(positive)) / float64(len(negative))
}

func TestFaultsAfterThePrediction(t *testing.T) {
	o := simulate.Options{Span: time.Minute, Seed: 5}
	clean := record(t, o)
	for name, effect := range afterEffects {
		t.Run(name, func(t *testing.T) {
			o.Faults = faults(t, name)
			faulty := record(t, o)
			if !slices.EqualFunc(clean.events, faulty.events, func(a, b event) bool { return a.ID == b.ID && same(a.Score, b.Score) }) {
				t.Error("the log is another")
			}
			effect(t, &clean, &faulty)
		})
	}
}

func same(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }

func TestLabelFaultsStrikeByTheTimeOfTheLabel(t *testing.T) {
	o := simulate.Options{Span: 10 * time.Minute, Rate: 20, Truth: simulate.Truth{Delay: time.Minute}}
	o.Faults = faults(t, "label_delay:by=1m@2m+2m", "label_loss:share=1@8m")
	for _, n := range record(t, o).labels {
		at := n.Timestamp.Sub(start)
		if at >= 2*time.Minute && at < 3*time.Minute || at >= 8*time.Minute {
			t.Fatalf("a label comes at %v", at)
		}
	}
}

func TestFaultsThatNothingShowsAreRefused(t *testing.T) {
	for name := range afterEffects {
		err := simulate.Run(t.Context(), io.Discard, simulate.Options{Events: 1, Faults: faults(t, name)})
		if err == nil || !strings.Contains(err.Error(), "nothing would show it; write ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestALogIsTheSameWithLabels(t *testing.T) {
	o := simulate.Options{Events: 1000, Start: start}
	want := write(t, o)
	o.Truth = simulate.Truth{Labels: io.Discard, Outcomes: io.Discard, Delay: time.Second, Loss: 0.5}
	if !bytes.Equal(want, write(t, o)) {
		t.Error("writing labels changes the log")
	}
}

func TestLabelsFollowInRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log, labels chunks
		o := simulate.Options{Follow: true, Span: time.Minute, Events: 12000, Truth: simulate.Truth{Labels: &labels, Delay: 10 * time.Second}}
		began := time.Now()
		if err := simulate.Run(t.Context(), &log, o); err != nil {
			t.Fatal(err)
		}
		live := 0
		for i, data := range labels.data {
			for _, n := range notes(t, data) {
				lag := labels.at[i].Sub(n.Timestamp)
				if labels.at[i].After(began) {
					live++
					if lag < 0 || lag > 101*time.Millisecond {
						t.Fatalf("label of %v is written %v later", n.Timestamp, lag)
					}
				}
			}
		}
		if live < 5000 {
			t.Errorf("got %d labels after the history, want about 6000", live)
		}
	})
}

func TestChallengerScoresTheSameIDs(t *testing.T) {
	o := simulate.Options{Events: 10000, Start: start, Challenger: "2"}
	events := parse(t, write(t, o))
	if len(events) != 20000 {
		t.Fatalf("got %d events, want two for each of 10000", len(events))
	}
	agree, n := 0.0, 0.0
	for i := 0; i < len(events); i += 2 {
		a, b := &events[i], &events[i+1]
		if a.Version != "1" || b.Version != "2" || a.ID != b.ID || !a.Timestamp.Equal(b.Timestamp) || a.Features["amount"] != b.Features["amount"] {
			t.Fatalf("challenger answers %+v to %+v", b, a)
		}
		if a.Prediction == nil {
			continue
		}
		n++
		if *a.Prediction == *b.Prediction {
			agree++
		}
	}
	near(t, "agreement", agree/n, simulate.ChallengerAgreement, 4*math.Sqrt(0.05/n))
}

// The labels of 40,000 events agree with what is true of the process, and with
// the scores they were drawn from; limits are 4 standard errors.
func TestTheLogIsHonest(t *testing.T) {
	const n = 40000
	h := record(t, simulate.Options{Events: n, Seed: 11})
	labels := h.last()
	var positives, correct, logLoss, brier, expected, variance, spread float64
	for _, e := range h.events {
		if e.Score == nil {
			continue
		}
		s, y := *e.Score, 0.0
		if labels[e.ID].Label == "1" {
			y = 1
		}
		if labels[e.ID].Label == *e.Prediction {
			correct++
		}
		l := -math.Log(1 - math.Abs(y-s))
		positives += y
		logLoss += l
		spread += l * l
		brier += (y - s) * (y - s)
		expected += s
		variance += s * (1 - s)
	}
	near(t, "frauds given the scores", positives, expected, 4*math.Sqrt(variance))
	near(t, "share of frauds", positives/n, simulate.TruePositives, 4*math.Sqrt(0.0678*0.9322/n)+0.001) // 0.1 % fail
	near(t, "accuracy", correct/n, simulate.TrueAccuracy, 4*math.Sqrt(0.0682*0.9318/n)+0.001)
	near(t, "log loss", logLoss/n, simulate.TrueLogLoss, 4*math.Sqrt(spread/n/n)+0.0002)
	near(t, "brier", brier/n, simulate.TrueBrier, 4*math.Sqrt(brier/n/n)+0.0001) // each term is at most 1
	// Hanley and McNeil, 1982: the standard error of an AUC of 0.886, 2700 against 37,000.
	near(t, "AUC", auc(&h), simulate.TrueROCAUC, 4*0.0043)
}

// A shift in the world lowers accuracy, and scores stay calibrated.
func TestCovariateShiftLowersAccuracyOfACalibratedModel(t *testing.T) {
	const n = 20000
	h := record(t, simulate.Options{Events: n, Seed: 12, Faults: faults(t, "shift")})
	labels := h.last()
	var correct, residual, variance float64
	for _, e := range h.events {
		if e.Score == nil {
			continue
		}
		if labels[e.ID].Label == *e.Prediction {
			correct++
		}
		if labels[e.ID].Label == "1" {
			residual++
		}
		residual -= *e.Score
		variance += *e.Score * (1 - *e.Score)
	}
	near(t, "accuracy", correct/n, 0.850, 4*math.Sqrt(0.85*0.15/n)+0.001)
	near(t, "labels above the scores", residual, 0, 4*math.Sqrt(variance))
}
