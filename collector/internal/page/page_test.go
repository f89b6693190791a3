package page

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

var update = flag.Bool("update", false, "rewrite testdata/overview.html")

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// busy is an installation in which something of everything happens, after c counters.
func busy() *Overview {
	o := quietly(3)
	o.Version, o.Refresh, o.TelemetryPath, o.Started = "0.1.0", 15*time.Second, "/metrics", noon.Add(-27*time.Hour)
	o.Sources = []Source{
		{Name: "fraud_log", Paths: []string{"/var/log/fraud/*.jsonl", "/var/log/fraud/archive/*.jsonl.gz"}, Up: true, Events: 12_345_678},
		{Name: "churn_log", Paths: []string{"/data/churn.csv"}, Up: true, Events: 90_112, Lag: 3*time.Minute + 12*time.Second},
		{Name: "prices", Paths: []string{"/mnt/share/prices-*.jsonl"}},
	}
	fraud := &o.Models[0]
	fraud.Name, fraud.Version, fraud.Owner, fraud.Runbook = "fraud", "3", "risk-ml", "https://wiki.example.org/fraud"
	fraud.Drifts = []Drift{
		{Name: "amount", Statistic: "psi", Window: "1h", Value: 0.41, Threshold: 0.1, Limit: 0.012, Longer: "24h"},
		{Name: "merchant_category", Statistic: "psi", Window: "24h", Value: 0.27, Threshold: 0.25, Limit: 0.02, Shorter: "1h"},
		{Name: "customer_age", Statistic: "psi", Window: "24h", Value: 0.043, Threshold: 0.25, Limit: 0.004},
	}
	fraud.Outputs = []Drift{{Name: "score", Statistic: "psi", Window: "1h", Value: 0.18, Threshold: 0.1, Limit: 0.01}, {Name: "prediction", Statistic: "psi", Window: "1h", Value: 0.01, Threshold: 0.1, Limit: 0.02}}
	fraud.Together = &Drift{Statistic: "pca_reconstruction", Window: "24h", Value: 0.31, Threshold: 0.2, Limit: 0.08}
	fraud.Performance = &Performance{Window: "24h", Coverage: 0.62,
		Metrics: []Metric{
			metric("accuracy", 0.871, 0.866, 0.876, false, 0.932, 0.0601, 0.05),
			metric("f1", 0.451, 0.432, 0.470, false, 0.48, 0.0208, 0.05),
			metric("roc_auc", 0.886, 0.880, 0.892, false, 0.889, -0.0034, 0.05),
			metric("log_loss", 0.151, 0.149, 0.153, true, 0.1698, -0.12, math.Inf(1)),
		},
		Figures: []Figure{{"revenue", 1.036}, {"loss", 6.4}},
	}
	fraud.Fair = []string{"country"}
	fraud.Gaps = []Gap{{Segment: "country", Window: "24h", Metric: catalog.DemographicParityDifference, Value: 0.21, Favourable: 0.17, Threshold: 0.1, Exceeded: true}}
	fraud.Rivals = []Rival{{"4", "24h", "accuracy", 0.97, 0.013, 0.009, 0.017}}
	fraud.Labelled, fraud.LabelDelay = true, 2*time.Hour
	churn := &o.Models[1]
	churn.Name, churn.Version, churn.Baseline, churn.LastEvent = "churn", "2026-10-01", "learned", noon.Add(-40*time.Minute)
	churn.Performance = &Performance{Window: "1h", Coverage: math.NaN(), Estimated: true, Metrics: []Metric{
		metric("accuracy", 0.78, 0.77, 0.79, false, 0.84, 0.0595, 0.05),
		metric("roc_auc", 0.811, 0.795, 0.827, false, 0.82, -0.0085, 0.05),
	}}
	prices := &o.Models[2]
	*prices = Model{Name: "house_prices", Version: "7", Task: "regression", Baseline: "learning", Learned: 0.43, LastEvent: noon.Add(-14 * time.Second),
		Counts:      Counts{Predictions: 4_300},
		Performance: &Performance{Window: "24h", Coverage: math.NaN(), Metrics: []Metric{metric("mae", 43_127, 41_080, 45_200, true, math.NaN(), math.NaN(), 0.05)}}}
	return o
}

// quietly is an installation of n models in which all is well.
func quietly(n int) *Overview {
	o := &Overview{Now: noon, Sources: []Source{{Name: "log", Paths: []string{"*.jsonl"}, Up: true, Events: 1000}}}
	for i := range n {
		m := Model{Name: fmt.Sprintf("model_%02d", i), Version: "1", Task: "binary", Baseline: "training", LastEvent: noon, Counts: Counts{Predictions: 1000}}
		for k := range 5 {
			f := Feature{Name: fmt.Sprintf("feature_%02d", k), Values: 1000}
			for c := range f.Tolerated {
				f.Tolerated[c] = 0.05
			}
			m.Features = append(m.Features, f)
			m.Drifts = append(m.Drifts, Drift{Name: f.Name, Statistic: "psi", Window: "1h", Value: 0.001, Threshold: 0.25, Limit: 0.01})
		}
		m.Outputs = []Drift{{Name: "score", Statistic: "psi", Window: "1h", Value: 0.001, Threshold: 0.25, Limit: 0.01}}
		m.Together = &Drift{Statistic: "pca_reconstruction", Window: "1h", Value: 0.01, Threshold: 0.2, Limit: 0.08}
		o.Models = append(o.Models, m)
	}
	return o
}

// grow lets time pass and events come. What is wrong of them change adds.
func grow(o *Overview, by time.Duration, events uint64, change func(*Overview)) *Overview {
	next := *o
	next.Now = o.Now.Add(by)
	next.Sources = append([]Source(nil), o.Sources...)
	for i := range next.Sources {
		next.Sources[i].Events += events
	}
	next.Models = append([]Model(nil), o.Models...)
	for i := range next.Models {
		m := &next.Models[i]
		m.LastEvent = m.LastEvent.Add(by)
		m.Counts.Predictions += events
		m.Features = append([]Feature(nil), m.Features...)
		for k := range m.Features {
			m.Features[k].Values += events
		}
	}
	if change != nil {
		change(&next)
	}
	return &next
}

// seen looks at o as a history does that was there from the start: nothing counted
// and nothing wrong an hour ago, then all of o's counters.
func seen(o *Overview) *Overview {
	h := new(History)
	h.Look(&Overview{Now: o.Now.Add(-time.Hour)})
	h.Look(&Overview{Now: o.Now.Add(-time.Hour + warmUp)})
	h.Look(&Overview{Now: o.Now.Add(-time.Hour + warmUp + lately)})
	h.Look(o)
	return o
}

func write(t testing.TB, o *Overview, c Choice) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, o, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	const path = "testdata/overview.html"
	got := write(t, seen(busy()), Choice{})
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("the page differs from " + path + "; look at it in a browser, then go test -update")
	}
}

// Names come from other people's data and must stay text, on every page.
func TestHostileNames(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}` + "\x00\xff'`&amp;</style>"
	o := busy()
	o.Version, o.ReloadError, o.StoreError, o.TelemetryPath, o.Silent = evil, evil, evil, "javascript:alert(1)", []string{evil}
	o.Dropped = []Count{{evil, 1}}
	for i := range o.Sources {
		s := &o.Sources[i]
		s.Name, s.Paths, s.Rejected = evil, []string{evil}, []Count{{evil, 1 << 60}}
	}
	for i := range o.Models {
		m := &o.Models[i]
		m.Name, m.Version, m.Task, m.Baseline, m.Owner, m.Runbook = evil, evil, evil, evil, evil, "javascript:alert(1)"
		if i == 0 {
			m.Task, m.Baseline = "binary", "training" // so that all sides are judged
		}
		for j := range m.Features {
			f := &m.Features[j]
			f.Name = evil
			for k := range f.Failed {
				f.Failed[k] = f.Values
			}
		}
		m.Renamed, m.Added, m.Fair = []Rename{{evil, evil}}, []Count{{evil + "2", m.Counts.Predictions}}, []string{evil}
		for j := range m.Drifts {
			m.Drifts[j] = Drift{evil, evil, evil, 1, 0.1, 0.1, evil, evil}
		}
		for j := range m.Outputs {
			m.Outputs[j] = Drift{evil, evil, evil, 1, 0.1, 0.1, evil, evil}
		}
		m.Together = &Drift{evil, evil, evil, 1, 0.1, 0.1, evil, evil}
		m.Gaps = []Gap{{evil, evil, evil, 1, 1, 0.1, true}}
		m.Rivals = []Rival{{evil, evil, evil, 1, 1, 1, 1}}
		m.Performance.Window, m.Performance.Figures = evil, []Figure{{evil, 1}}
		for j := range m.Performance.Metrics {
			m.Performance.Metrics[j].Name = evil
		}
	}
	seen(o)
	for name, c := range map[string]Choice{"front": {}, "all": {All: true}, "one": {Model: evil, Version: evil}, "nothing": {Model: evil + "x"}} {
		t.Run(name, func(t *testing.T) {
			got := write(t, o, c)
			for _, bad := range []string{"<script", "<img", "onerror=alert(1)>", `href="javascript:`} {
				if strings.Contains(got, bad) {
					t.Errorf("the page contains %q", bad)
				}
			}
			if n := strings.Count(got, "</style>"); n != 1 {
				t.Errorf("%d style sheets end, want 1", n)
			}
		})
	}
}

// The page needs nothing but itself; what it links to is not loaded.
func TestSelfContained(t *testing.T) {
	got := write(t, seen(busy()), Choice{})
	const link = `<a href="https://wiki.example.org/fraud">runbook</a>`
	if !strings.Contains(got, link) {
		t.Error("the page does not link to the model's runbook")
	}
	got = strings.ReplaceAll(got, link, "")
	for _, bad := range []string{"http://", "https://", "<script", "@import", "url("} {
		if strings.Contains(got, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

func TestOddNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	o := &Overview{Models: []Model{{Learned: nan, Baseline: "learning"}}}
	for _, x := range []float64{nan, inf, -inf, 0, -1, 1e300} {
		p := &Performance{Coverage: x, Figures: []Figure{{"k", x}}}
		m := Model{Baseline: "training", Task: "binary", Performance: p, Labelled: true, Fair: []string{"s"}, Objectives: Objectives{Availability: x, LatencyRatio: x, Latency: 1}}
		for _, y := range []float64{nan, inf, -inf, 0, -1, 1e300} {
			p.Metrics = append(p.Metrics, metric("a", x, x, y, false, y, x, y), metric("b", x, y, x, true, x, y, x), metric("c", y, y, y, true, x, x, x))
			d := Drift{Name: "d", Statistic: "psi", Value: x, Threshold: y, Limit: y}
			m.Drifts, m.Outputs, m.Together = append(m.Drifts, d, Drift{Name: "e", Value: y, Threshold: x, Limit: nan}), append(m.Outputs, d), &d
			m.Gaps = append(m.Gaps, Gap{Metric: catalog.DisparateImpactRatio, Value: x, Favourable: y, Threshold: x, Exceeded: true}, Gap{Value: y, Favourable: x, Exceeded: true})
			m.Rivals = append(m.Rivals, Rival{Agreement: x, Value: y, Lower: 1, Upper: x})
		}
		m.Features = []Feature{{Values: 1000, Failed: [numChecks]uint64{1000, 1000, math.MaxUint64}, Usual: x, Tolerated: [numChecks]float64{x, x}}}
		o.Models = append(o.Models, m)
	}
	seen(o)
	for _, c := range []Choice{{}, {All: true}} {
		got := write(t, o, c)
		for _, bad := range []string{"NaN", "Inf", "ZgotmplZ"} {
			if i := strings.Index(got, bad); i >= 0 {
				t.Errorf("the page contains %q: %s", bad, got[max(0, i-100):i+20])
			}
		}
	}
}

// hundred is a hundred models with a hundred features each of which everything is wrong.
func hundred() *Overview {
	o := quietly(100)
	for i := range o.Models {
		m := &o.Models[i]
		m.Features, m.Drifts = nil, nil
		for k := range 100 {
			name := fmt.Sprintf("a_feature_with_a_name_of_usual_length_%03d", k)
			f := Feature{Name: name, Values: 1000}
			for c := range f.Failed {
				f.Failed[c] = 500
			}
			m.Features = append(m.Features, f)
			m.Drifts = append(m.Drifts, Drift{Name: name, Statistic: "psi", Window: "24h", Value: 2, Threshold: 0.1, Limit: 0.02})
		}
		m.Counts.Errors = 500
	}
	return o
}

// TestStaysSmall: what is shown has a limit, and the rest is counted.
func TestStaysSmall(t *testing.T) {
	o := seen(hundred())
	for _, tt := range []struct {
		name   string
		choice Choice
		most   int // bytes
		want   []string
	}{
		{"front", Choice{}, 100_000, []string{"Something is wrong with 100 of 100 model versions.", `and <a href="?all=1">60 more</a>, with 60 of which something is wrong`, "and 95 more", "and 495 more"}},
		{"all", Choice{All: true}, 250_000, []string{"model_99"}},
		{"one", Choice{Model: "model_07"}, 150_000, []string{"a_feature_with_a_name_of_usual_length_099", "and 400 more"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := write(t, o, tt.choice)
			if len(got) > tt.most {
				t.Errorf("%d bytes, want %d at most", len(got), tt.most)
			}
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
		})
	}
}

func TestUnknownChoice(t *testing.T) {
	o := seen(quietly(2))
	for c, want := range map[Choice]bool{
		{}: true, {Model: "model_00"}: true, {Model: "model_00", Version: "1"}: true, {All: true}: true,
		{Model: "model_00", Version: "2"}: false, {Model: "other"}: false, {Version: "1"}: false,
	} {
		if o.Knows(c) != want {
			t.Errorf("%+v is known: %v", c, !want)
		}
		if none := strings.Contains(write(t, o, c), "There is no such model version"); none == want {
			t.Errorf("the page of %+v says that there is none: %v", c, none)
		}
	}
}
