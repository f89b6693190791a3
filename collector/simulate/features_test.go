package simulate_test

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// numbers returns the values of a numeric feature; f, if any, maps them.
func numbers(events []event, name string, f func(float64) float64) (x []float64) {
	for _, e := range events {
		if v, ok := e.Features[name].(float64); ok {
			if f != nil {
				v = f(v)
			}
			x = append(x, v)
		}
	}
	return x
}

func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, math.Sqrt(sd)
}

// correlation of two features, where both are present.
func correlation(events []event, a, b string) (r float64) {
	var x, y []float64
	for _, e := range events {
		u, ok := e.Features[a].(float64)
		if v, both := e.Features[b].(float64); ok && both {
			x, y = append(x, u), append(y, v)
		}
	}
	mx, sx := moments(x)
	my, sy := moments(y)
	for i := range x {
		r += (x[i] - mx) * (y[i] - my) / sx / sy / float64(len(x)-1)
	}
	return r
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func near(t *testing.T, what string, got, want, slack float64) {
	t.Helper()
	if !(math.Abs(got-want) <= slack) {
		t.Errorf("%s is %.4g, want %v ± %v", what, got, want, slack)
	}
}

// Means and deviations follow from the process: log-normals have that of their
// normal, x³ of a uniform x has mean 1/4 and deviation 3/(4·√7) = 0.283, and a
// third of N(0,1) lies above 0.4 … The slack is five standard errors.
func TestFeaturesAreDistributedAsIntended(t *testing.T) {
	events := parse(t, simulate.Lines(20000, 11))
	for _, tt := range []struct {
		name           string
		f              func(float64) float64
		mean, sd       float64
		slackM, slackS float64
	}{
		{"amount", math.Log, 3.7, 0.9, 0.03, 0.03},
		{"average_amount_30d", math.Log, 3.6, 0.6, 0.02, 0.02},
		{"amount_to_average", math.Log, 0.1, 0.722, 0.03, 0.02},
		{"balance", math.Log, 7, 1, 0.04, 0.03},
		{"customer_age", nil, 42.1, 12.5, 0.5, 0.5},
		{"account_age_days", math.Log1p, 6.3, 0.9, 0.04, 0.03},
		{"usual_hour", nil, 14, 4.3, 0.2, 0.2},
		{"velocity_1h", nil, 0.5, 1, 0.04, 0.06},
		{"velocity_24h", nil, 2.5, 2.24, 0.08, 0.1},
		{"seconds_since_last", math.Log, 9.8, 1.4, 0.06, 0.06},
		{"ip_risk", nil, 0.25, 0.283, 0.01, 0.01},
		{"device_trust", nil, 0.7, 0.2, 0.02, 0.02},
		{"device_age_days", nil, 300, 300, 11, 20},
		{"email_match", nil, 0.867, 0.22, 0.01, 0.02},
		{"session_seconds", math.Log, 4.4, 0.8, 0.03, 0.02},
	} {
		mean, sd := moments(numbers(events, tt.name, tt.f))
		near(t, "mean of "+tt.name, mean, tt.mean, tt.slackM)
		near(t, "deviation of "+tt.name, sd, tt.sd, tt.slackS)
	}
	zeros := 0.0
	far := numbers(events, "distance_home_km", nil)
	for _, x := range far {
		if x == 0 {
			zeros++
		}
	}
	near(t, "share at home", zeros/float64(len(far)), 0.3446, 0.02)
	for _, tt := range []struct {
		a, b string
		want float64
	}{
		{"velocity_1h", "velocity_24h", 0.447},
		{"ip_risk", "device_trust", -0.53},
		{"average_amount_30d", "amount", 0.52},
		{"device_age_days", "email_match", 0},
	} {
		near(t, "correlation of "+tt.a+" and "+tt.b, correlation(events, tt.a, tt.b), tt.want, 0.05)
	}
}

func TestFeaturesStayInTheirRange(t *testing.T) {
	events := parse(t, simulate.Lines(20000, 12))
	for _, f := range simulate.Features() {
		missing := 0.0
		counts := map[string]int{}
		for _, e := range events {
			switch v := e.Features[f.Name].(type) {
			case nil:
				missing++
			case float64:
				if f.Kind != catalog.Numeric || v < f.Range[0] || v > f.Range[1] {
					t.Fatalf("%s has %v outside of %v", f.Name, v, f.Range)
				}
			case string:
				if !slices.Contains(f.Categories, v) {
					t.Fatalf("%s has the unlisted category %q", f.Name, v)
				}
				counts[v]++
			}
		}
		near(t, "missing of "+f.Name, missing/float64(len(events)), f.Missing, 0.006)
		if len(counts) != len(f.Categories) {
			t.Errorf("%s has %d categories, want %d", f.Name, len(counts), len(f.Categories))
		}
		if f.Categories != nil && counts[f.Categories[0]] < 2*counts[f.Categories[len(f.Categories)-1]] {
			t.Errorf("%s has no ranks: %v", f.Name, counts)
		}
	}
}

func TestScoresAreGoodAndCalibrated(t *testing.T) {
	events := parse(t, write(t, simulate.Options{Events: 20000, Labels: true}))
	var latency, errors, positives float64
	var scored []event
	var delays []float64
	for _, e := range events {
		delays = append(delays, e.LatencyMS)
		if e.LatencyMS > 100 {
			latency++
		}
		if e.Error != "" {
			errors++
			if e.Score != nil || e.Prediction != nil {
				t.Fatal("a prediction that failed has an answer")
			}
			continue
		}
		if *e.Prediction == "1" {
			positives++
		}
		if (*e.Prediction == "1") != (*e.Score > 0.3) && math.Abs(*e.Score-0.3) > 1e-6 {
			t.Fatalf("score %v gives class %s", *e.Score, *e.Prediction)
		}
		scored = append(scored, e)
	}
	n := float64(len(events))
	near(t, "median latency", median(delays), 50, 1)
	near(t, "share over 100 ms", latency/n, 0.0238, 0.005) // 1-Φ(ln 2/0.35)
	near(t, "errors", errors/n, 0.001, 0.0008)
	near(t, "predicted fraud", positives/n, 0.06, 0.02)

	slices.SortFunc(scored, func(a, b event) int { return cmp.Compare(*a.Score, *b.Score) })
	var rankSum, frauds float64
	for i, e := range scored {
		if e.Label == "1" {
			rankSum += float64(i + 1)
			frauds++
		}
	}
	auc := (rankSum - frauds*(frauds+1)/2) / (frauds * (float64(len(scored)) - frauds))
	near(t, "fraud", frauds/n, 0.07, 0.02)
	near(t, "ROC AUC", auc, 0.87, 0.03)
	for tenth := range 10 { // of equal size, by score
		part := scored[tenth*len(scored)/10 : (tenth+1)*len(scored)/10]
		var expected, actual, variance float64
		for _, e := range part {
			expected += *e.Score
			variance += *e.Score * (1 - *e.Score)
			if e.Label == "1" {
				actual++
			}
		}
		near(t, "frauds among similar scores", actual, expected, 5*math.Sqrt(variance))
	}
}

func TestSeasonIsDaily(t *testing.T) {
	if testing.Short() {
		t.Skip("writes two days")
	}
	hourly := func(season float64) (events [24]float64, logs [24]float64) {
		for _, e := range parse(t, write(t, simulate.Options{Span: 24 * time.Hour, Rate: 0.2, Season: season})) {
			h := e.Timestamp.Hour()
			events[h]++
			logs[h] += math.Log(e.Features["amount"].(float64))
		}
		for h := range logs {
			logs[h] /= events[h]
		}
		return events, logs
	}
	peak := func(x [24]float64) float64 { return (x[14] + x[15] + x[16]) / 3 }
	low := func(x [24]float64) float64 { return (x[2] + x[3] + x[4]) / 3 }
	ratio := func(x [24]float64) float64 { return peak(x) / low(x) }
	events, _ := hourly(0)
	near(t, "traffic by day without season", ratio(events), 1, 0.1)
	events, amounts := hourly(1)
	near(t, "traffic by day", ratio(events), 1.3/0.7, 0.2)
	near(t, "amounts by day", peak(amounts)-low(amounts), 2*0.1*0.9, 0.1)
}
