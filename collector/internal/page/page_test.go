package page

import (
	"bytes"
	"flag"
	"github.com/google/go-cmp/cmp"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite testdata/overview.html")

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// busy is an installation in which something of everything happens.
func busy() *Overview {
	return &Overview{
		Version: "0.1.0", Now: noon, Started: noon.Add(-27 * time.Hour), Refresh: 15 * time.Second, TelemetryPath: "/metrics",
		Sources: []Source{
			{Name: "fraud_log", Paths: []string{"/var/log/fraud/*.jsonl", "/var/log/fraud/archive/*.jsonl.gz"}, Up: true,
				Events: 12_345_678, Rejected: []Count{{"malformed", 12}, {"bad_timestamp", 431_870}, {"too_long", 0}}},
			{Name: "churn_log", Paths: []string{"/data/churn.csv"}, Up: true, Events: 90_112, Lag: 3*time.Minute + 12*time.Second},
			{Name: "prices", Paths: []string{"/mnt/share/prices-*.jsonl"}},
		},
		Models: []Model{
			{Name: "fraud", Version: "3", Task: "binary", Baseline: "training", Events: 12_345_678, LastEvent: noon.Add(-2 * time.Second),
				Features: 20, Drifted: 2,
				Worst: []Drift{
					{"amount", "psi", "1h", 0.41, 0.1, 0.012},
					{"merchant_category", "psi", "1h", 0.27, 0.25, 0.02},
					{"customer_age", "psi", "24h", 0.043, 0.25, 0.004},
				},
				Together:   &Drift{"numeric features together", "pca_reconstruction", "24h", 0.31, 0.2, 0.08},
				Violations: []Violation{{"email_domain", "missing", 120_345, 0.127}, {"customer_age", "sentinel", 20, 0.0004}},
				Performance: &Performance{Window: "24h", Coverage: 0.62,
					Metrics: []Metric{
						{"accuracy", 0.871, 0.866, 0.876, false, 0.932, 0.0601, 0.05},
						{"f1", 0.451, 0.432, 0.470, false, 0.48, 0.0208, 0.05},
						{"roc_auc", 0.886, 0.880, 0.892, false, 0.889, -0.0034, 0.05},
						{"log_loss", 0.151, 0.149, 0.153, true, 0.1698, -0.12, math.Inf(1)},
					},
					Figures: []Figure{{"revenue", 1.036}, {"loss", 6.4}},
				}},
			{Name: "churn", Version: "2026-10-01", Task: "binary", Baseline: "learned", Events: 90_112, LastEvent: noon.Add(-40 * time.Minute),
				Features: 11,
				Performance: &Performance{Window: "1h", Coverage: 0, Estimated: true, Metrics: []Metric{
					{"accuracy", 0.78, 0.77, 0.79, false, 0.84, 0.0595, 0.05},
					{"roc_auc", 0.811, 0.795, 0.827, false, 0.82, -0.0085, 0.05},
				}},
				Worst: []Drift{{"tenure_months", "psi", "1h", 0.008, 0.25, 0.019}, {"plan", "psi", "1h", 0.004, 0.25, 0.021}}},
			{Name: "house_prices", Version: "7", Task: "regression", Baseline: "learning", Learned: 0.43, Events: 4_300,
				LastEvent: noon.Add(-14 * time.Second), Features: 8,
				Performance: &Performance{Window: "24h", Coverage: math.NaN(), Metrics: []Metric{
					{"mae", 43_127, 41_080, 45_200, true, math.NaN(), math.NaN(), 0.05},
				}}},
		},
	}
}

func write(t *testing.T, o *Overview) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	const path = "testdata/overview.html"
	got := write(t, busy())
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

// Names come from other people's data and must stay text.
func TestHostileNames(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}` + "\x00\xff'`</style>"
	o := busy()
	o.Version, o.ReloadError, o.StoreError, o.TelemetryPath = evil, evil, evil, "javascript:alert(1)"
	for i := range o.Sources {
		s := &o.Sources[i]
		s.Name, s.Paths, s.Rejected = evil, []string{evil}, []Count{{evil, 1 << 60}}
	}
	for i := range o.Models {
		m := &o.Models[i]
		m.Name, m.Version, m.Task, m.Baseline = evil, evil, evil, evil
		for j := range m.Worst {
			m.Worst[j].Feature, m.Worst[j].Statistic, m.Worst[j].Window = evil, evil, evil
		}
		if m.Together != nil {
			m.Together.Feature, m.Together.Statistic, m.Together.Window = evil, evil, evil
		}
		for j := range m.Violations {
			m.Violations[j].Feature, m.Violations[j].Check = evil, evil
		}
		m.Performance.Window, m.Performance.Figures = evil, []Figure{{evil, 1}}
		for j := range m.Performance.Metrics {
			m.Performance.Metrics[j].Name = evil
		}
	}
	got := write(t, o)
	for _, bad := range []string{"<script", "<img", "onerror=alert(1)>", `href="javascript:`} {
		if strings.Contains(got, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if n := strings.Count(got, "</style>"); n != 1 {
		t.Errorf("%d style sheets end, want 1", n)
	}
}

// The page needs nothing but itself.
func TestSelfContained(t *testing.T) {
	got := write(t, busy())
	for _, bad := range []string{"http://", "https://", "<script", "@import", "url("} {
		if strings.Contains(got, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

// TestNoThreshold: a drift that is configured never to alert is drawn on the scale
// of what there is.
func TestNoThreshold(t *testing.T) {
	d := Drift{Value: 0.4, Limit: 0.1, Threshold: math.Inf(1)}
	if m := d.marks(); m.HasThreshold || m.Value != 80 || m.Limit != 20 {
		t.Errorf("marks %+v, want the value at 80 and the limit at 20", m)
	}
	if v := d.verdict(); v != "shifted" {
		t.Errorf("verdict %s, want shifted", v)
	}
}

func TestOddNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	o := &Overview{Models: []Model{{Learned: nan, Baseline: "learning", Worst: []Drift{
		{"a", "psi", "", nan, nan, nan}, {"b", "psi", "", inf, 0.1, inf}, {"c", "psi", "", -1, -1, -1}, {"d", "psi", "", 0, 0, 0},
	}}}}
	for _, x := range []float64{nan, inf, -inf, 0, -1, 1e300} {
		p := &Performance{Coverage: x, Figures: []Figure{{"k", x}}}
		for _, y := range []float64{nan, inf, -inf, 0, -1, 1e300} {
			p.Metrics = append(p.Metrics, Metric{"a", x, x, y, false, y, x, y}, Metric{"b", x, y, x, true, x, y, x}, Metric{"c", y, y, y, true, x, x, x})
		}
		o.Models = append(o.Models, Model{Performance: p})
	}
	got := write(t, o)
	for _, bad := range []string{"NaN", "Inf", "ZgotmplZ"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

// TestMisdatedAndSilent: what the models say of time and of themselves shows.
func TestMisdatedAndSilent(t *testing.T) {
	o := &Overview{
		Sources: []Source{{Name: "s", Up: true, Events: 100}},
		Models:  []Model{{Name: "fraud", Baseline: "training", Events: 100, Future: 50, Late: 20}},
		Silent:  []string{"frud"},
	}
	var texts []string
	for _, w := range warnings(o) {
		texts = append(texts, w.Text)
	}
	want := []string{
		"Model fraud: 50\u00a0% of its events are dated in the future.",
		"No event of model frud was read since the start.",
		"Model fraud: 20\u00a0% of its events were too old for every window.",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("warnings (-want +got)\n%s", diff)
	}
}
