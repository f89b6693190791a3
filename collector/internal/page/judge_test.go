package page

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// TestJudge holds what is said of each side of a model against what was counted: an
// hour in which all was well, then ten minutes with what change adds.
func TestJudge(t *testing.T) {
	fail := func(m *Model, feature int, check catalog.Check, n uint64) {
		for k, c := range catalog.Checks {
			if c == check {
				m.Features[feature].Failed[k] += n
			}
		}
	}
	shift := func(d Drift) Drift {
		d.Name, d.Statistic, d.Window, d.Value, d.Threshold, d.Limit = "amount", "psi", "1h", 0.4, 0.25, 0.02
		return d
	}
	for _, c := range []struct {
		name   string
		change func(*Model)
		area   string
		state  state
		want   string // sentence and things, a line each
	}{
		{"answers", nil, "Answers", fine, "11,000 predictions read in the last 1 h, 0.0 % of them errors."},
		{"few errors", func(m *Model) { m.Counts.Errors += 30 }, "Answers", fine, "11,000 predictions read in the last 1 h, 0.3 % of them errors."},
		{"errors", func(m *Model) { m.Counts.Errors += 200 }, "Answers", grave,
			"11,000 predictions read in the last 1 h, 1.8 % of them errors.\n20 % of predictions failed in the last 10 min (1.8 % in the last 1 h); no objective is configured, more than 5.0 % is shown here. since 12:00 UTC, just now"},
		{"errors beyond the objective", func(m *Model) { m.Counts.Errors += 30; m.Objectives.Availability = 0.995 }, "Answers", grave,
			"11,000 predictions read in the last 1 h, 0.3 % of them errors.\n3.0 % of predictions failed in the last 10 min (0.3 % in the last 1 h); the objective allows 0.5 %. since 12:00 UTC, just now"},
		{"errors that may be chance", func(m *Model) { m.Counts.Errors += 8; m.Objectives.Availability = 0.995 }, "Answers", fine,
			"11,000 predictions read in the last 1 h, < 0.1 % of them errors."},
		{"slow", func(m *Model) {
			m.Counts.Slow += 100
			m.Objectives.Latency, m.Objectives.LatencyRatio = 200*time.Millisecond, 0.99
		}, "Answers", wrong,
			"11,000 predictions read in the last 1 h, 0.0 % of them errors.\n10 % of predictions took longer than 200 ms in the last 10 min (0.9 % in the last 1 h); the objective allows 1.0 %. since 12:00 UTC, just now"},
		{"silent", func(m *Model) { m.LastEvent = noon.Add(-20 * time.Minute) }, "Answers", wrong,
			"11,000 predictions read in the last 1 h, 0.0 % of them errors.\nThe last prediction is from 20 min ago. Is the application still serving, and still logging?"},
		{"a stale table", func(m *Model) {
			m.Task, m.LastEvent, m.Objectives.Freshness = "none", noon.Add(-3*time.Hour), time.Hour
		}, "Answers", wrong,
			"11,000 rows read in the last 1 h.\nThe newest row is from 3 h ago; it may be 1 h old."},
		{"a fresh table", func(m *Model) {
			m.Task, m.LastEvent, m.Objectives.Freshness = "none", noon.Add(-3*time.Hour), 24*time.Hour
		}, "Answers", fine, "11,000 rows read in the last 1 h."},

		{"quality", nil, "Quality", fine, "The values of 5 features pass their checks as usual in the last 1 h."},
		{"missing", func(m *Model) { fail(m, 0, catalog.CheckMissing, 200) }, "Quality", wrong,
			"1 check fails more often than it may.\n20 % of feature_00 are missing in the last 10 min (1.8 % in the last 1 h); 0.0 % are usual. since 12:00 UTC, just now"},
		{"missing as usual", func(m *Model) { m.Features[0].Usual = 0.2; fail(m, 0, catalog.CheckMissing, 200) }, "Quality", fine,
			"The values of 5 features pass their checks as usual in the last 1 h."},
		{"two checks, the worse first", func(m *Model) { fail(m, 0, catalog.CheckRange, 100); fail(m, 1, catalog.CheckUnseenCategory, 500) }, "Quality", wrong,
			"2 checks fail more often than they may.\n50 % of feature_01 are categories the baseline never had in the last 10 min (4.5 % in the last 1 h). since 12:00 UTC, just now\n" +
				"10 % of feature_00 are out of range in the last 10 min (0.9 % in the last 1 h). since 12:00 UTC, just now"},
		{"never alerts", func(m *Model) { m.Features[0].Tolerated[0] = math.Inf(1); fail(m, 0, catalog.Checks[0], 1000) }, "Quality", fine,
			"The values of 5 features pass their checks as usual in the last 1 h."},
		{"gone, and missing for that reason", func(m *Model) {
			m.Features[0].Removed += 900
			fail(m, 0, catalog.CheckMissing, 900)
			m.Added, m.Renamed = []Count{{"amount_eur", 900}}, []Rename{{"feature_00", "amount_eur"}}
		}, "Quality", wrong,
			"1 check fails more often than it may.\n90 % of events lack the column feature_00 in the last 10 min (8.2 % in the last 1 h); it is probably called amount_eur now. since 12:00 UTC, just now"},
		{"a new column", func(m *Model) { m.Added = []Count{{"shoe_size", 900}} }, "Quality", wrong,
			"1 check fails more often than it may.\nThe column shoe_size, which the baseline lacks, is in 90 % of events in the last 10 min (8.2 % in the last 1 h). since 12:00 UTC, just now"},
		{"dated in the future", func(m *Model) { m.Counts.Future += 500 }, "Quality", wrong,
			"1 check fails more often than it may.\n50 % of events are dated in the future in the last 10 min (4.5 % in the last 1 h): a clock is ahead, or times lack their zone (fields.timezone); they count as of their arrival. since 12:00 UTC, just now"},
		{"repeated ids need nobody", func(m *Model) { m.Counts.Duplicates += 500 }, "Quality", over,
			"No check fails more often than it may.\n50 % of predictions repeat an id in the last 10 min (4.5 % in the last 1 h). since 12:00 UTC, just now"},
		{"no baseline", func(m *Model) { m.Baseline = "none" }, "Quality", unknown, "There is no baseline to compare with. Profile its training data: model_exporter profile."},
		{"learning", func(m *Model) { m.Baseline, m.Learned = "learning", 0.43 }, "Inputs", unknown,
			"Nothing to compare with yet: the model is still learning what is normal from its first events (43 %)."},

		{"inputs", nil, "Inputs", fine, "5 features look like the baseline."},
		{"too few values", func(m *Model) { m.Drifts = nil }, "Inputs", unknown, "Too few values yet to compare with the baseline."},
		{"moved a little", func(m *Model) { m.Drifts[0].Value, m.Drifts = 0.1, m.Drifts[:4] }, "Inputs", fine,
			"4 features look like the baseline, of which 1 moved a little: more than chance explains, less than matters; 1 feature has too few values to tell."},
		{"drifted", func(m *Model) { m.Drifts[0] = shift(Drift{Longer: "24h"}) }, "Inputs", wrong,
			"1 of 5 features no longer looks like the baseline.\namount: It is recent: over 24h it does not show yet. since 12:00 UTC, just now"},
		{"drifted by chance", func(m *Model) { m.Drifts[0].Value, m.Drifts[0].Limit = 0.3, 0.5 }, "Inputs", fine, "5 features look like the baseline."},
		{"no longer drifted", func(m *Model) { m.Drifts[0] = shift(Drift{Shorter: "10m"}) }, "Inputs", over,
			"1 feature drifted, and lately looks as usual again. 4 other features look like the baseline.\namount: Over the last 10m it looks as usual again."},

		{"outputs", nil, "Outputs", fine, "Distributed as on the baseline: score."},
		{"output drifted", func(m *Model) { m.Outputs = append(m.Outputs, shift(Drift{})) }, "Outputs", wrong,
			"The model answers differently than on its baseline.\namount:  since 12:00 UTC, just now"},
		{"outputs of a table", func(m *Model) { m.Task = "none" }, "Outputs", none, ""},

		{"together", nil, "Together", fine, "Numeric features go together as they did."},
		{"no longer together", func(m *Model) {
			m.Together = &Drift{Statistic: "pca_reconstruction", Value: 0.3, Threshold: 0.2, Limit: 0.1}
		}, "Together", wrong,
			"The values of numeric features no longer go together as they did.\nnumeric features together:  since 12:00 UTC, just now"},
		{"together by chance", func(m *Model) {
			m.Together = &Drift{Statistic: "pca_reconstruction", Value: 0.3, Threshold: 0.2, Limit: 0.4}
		}, "Together", fine,
			"Numeric features go together as they did."},

		{"nothing known of performance", nil, "Performance", unknown, "Unknown: no labels are waited for, and scores tell nothing without a baseline that had labels."},
		{"performance", func(m *Model) {
			m.Performance = &Performance{Window: "1h", Metrics: []Metric{metric("accuracy", .93, .92, .94, false, .932, -.008, .05)}}
		}, "Performance", fine,
			"As good as its baseline over the last 1h, as far as can be told: accuracy 0.930."},
		{"a little worse", func(m *Model) {
			m.Performance = &Performance{Window: "1h", Metrics: []Metric{metric("accuracy", .91, .90, .92, false, .932, .0129, .05), metric("log_loss", .2, .1, .3, true, math.NaN(), math.NaN(), math.Inf(1))}}
		}, "Performance", fine,
			"Worse than its baseline, but by less than matters, over the last 1h: accuracy 0.910 (at least 1.3 % worse), log loss 0.200."},
		{"degraded, the worse first", func(m *Model) {
			m.Performance = &Performance{Window: "1h", Metrics: []Metric{metric("accuracy", .86, .85, .87, false, .932, .0665, .05), metric("roc_auc", .7, .69, .71, false, .89, .2, .05)}}
		}, "Performance", grave,
			"The model is worse than its baseline, even with the benefit of the doubt, over the last 1h.\nroc_auc at least 20 % worse since 12:00 UTC, just now\naccuracy at least 6.7 % worse since 12:00 UTC, just now"},
		{"expected to be worse", func(m *Model) {
			m.Performance = &Performance{Window: "1h", Estimated: true, Metrics: []Metric{metric("accuracy", .86, .85, .87, false, .932, .0665, .05)}}
		}, "Performance", wrong,
			"The model is worse than its baseline, even with the benefit of the doubt, over the last 1h, as its scores let expect (no labels yet).\naccuracy at least 6.7 % worse since 12:00 UTC, just now"},
		{"a better challenger", func(m *Model) { m.Rivals = []Rival{{"2", "24h", "accuracy", 0.97, 0.013, 0.009, 0.017}} }, "Performance", over,
			"Unknown: no labels are waited for, and scores tell nothing without a baseline that had labels.\nChallenger 2 is better in accuracy on the same predictions: by 0.013 (0.009 to 0.017) over the last 24h. Both say the same in 97 % of them."},
		{"a challenger that may be worse", func(m *Model) { m.Rivals = []Rival{{"2", "24h", "accuracy", 0.97, 0.013, -0.001, 0.027}} }, "Performance", unknown,
			"Unknown: no labels are waited for, and scores tell nothing without a baseline that had labels."},

		{"no segment declared", nil, "Fairness", unknown, "Not judged: the configuration names no segment under fairness."},
		{"fair", func(m *Model) {
			m.Fair, m.Gaps = []string{"country"}, []Gap{{Segment: "country", Metric: catalog.DisparateImpactRatio, Value: 0.75, Favourable: 0.9, Threshold: 0.8}}
		}, "Fairness", fine, "Values of country are treated alike, as far as is required."},
		{"unfair", func(m *Model) {
			m.Fair, m.Gaps = []string{"country"}, []Gap{{Segment: "country", Window: "1h", Metric: catalog.EqualOpportunityDifference, Value: 0.3, Favourable: 0.2, Threshold: 0.1, Exceeded: true}}
		}, "Fairness", wrong,
			"The model treats values of a segment more differently than is allowed, even with the benefit of the doubt.\n" +
				"Between values of country, the share of true positives that are found differs by at least 20.0 points (30.0 points measured) over the last 1h; 10.0 points are allowed. since 12:00 UTC, just now"},

		{"no labels", nil, "Labels", unknown, "Not waited for: the configuration has no label_horizon for the model."},
		{"labels", func(m *Model) {
			m.Labelled, m.LabelDelay, m.Counts.Labels, m.Performance = true, 2*time.Minute, 900, &Performance{Window: "1h", Coverage: 0.93}
		}, "Labels", fine, "93 % of the predictions of the last 1h have their label so far. On average labels took 2 min."},
		{"no label yet", func(m *Model) { m.Labelled = true }, "Labels", unknown, "No label has come yet."},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, o := history(t)
			o = grow(o, 10*time.Minute, 1000, func(o *Overview) {
				if c.change != nil {
					o.Models[0].Drifts = append([]Drift(nil), o.Models[0].Drifts...)
					c.change(&o.Models[0])
				}
			})
			h.Look(o)
			state, got := said(&o.Models[0], c.area)
			if state != c.state {
				t.Errorf("it is %s, want %s", state, c.state)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("it says (-want +got)\n%s", diff)
			}
		})
	}
}

// history is one of fifty minutes in which all was well with one model.
func history(t *testing.T) (*History, *Overview) {
	t.Helper()
	h, o := new(History), quietly(1)
	o.Now, o.Models[0].LastEvent = noon.Add(-time.Hour), noon.Add(-time.Hour)
	for range 5 {
		keep := *o
		keep.Models = append([]Model(nil), o.Models...)
		h.Look(&keep)
		o = grow(o, 10*time.Minute, 2000, nil)
	}
	keep := *o
	keep.Models = append([]Model(nil), o.Models...)
	h.Look(&keep)
	return h, o
}

// said is what one side of a model says: its sentence, and a line for each thing.
func said(m *Model, area string) (state, string) {
	for _, r := range m.results {
		if r.Area != area {
			continue
		}
		lines := []string{r.Head}
		for _, i := range r.Items {
			text := i.Text
			switch {
			case i.Drift != nil:
				text = i.Drift.Name + ": " + text
			case i.Metric != nil:
				text = i.Metric.Name + " " + i.Metric.judgement()
			}
			if i.Since != "" {
				text += " " + i.Since
			}
			lines = append(lines, text)
		}
		return r.State, strings.ReplaceAll(strings.Join(lines, "\n"), nbsp, " ")
	}
	return none, ""
}

func TestEveryCheckIsCounted(t *testing.T) {
	if len(catalog.Checks) != numChecks || len(checkTexts) != numChecks {
		t.Errorf("%d checks, %d counters of them, and %d texts", len(catalog.Checks), numChecks, len(checkTexts))
	}
}
