package dashboards

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/tools/running"
)

// wait is for what other programs do in time.
func wait(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-time.After(d):
	}
}

// late is what there is only when everything before it was read, scraped and
// evaluated.
var late = []string{
	`ml_performance{model="fraud",metric="roc_auc",window="1h"}`, `ml_performance{model="prices"}`, `ml_class_performance{model="topics"}`,
	`ml_performance{model="search",metric="ndcg"}`, `ml_feature_drift{model="customers"}`, `ml_online_entities > 0`, `ml_kpi_per_prediction{model="fraud"}`,
	`model_version_feature:ml_feature_psi:baseline1h`, `model_version_feature:ml_feature_ks:baseline1h`, `rate(ml_predictions_total[1m]) > 0`,
	`ALERTS{alertname="ModelFeatureDrift",alertstate="firing"}`, `ml_performance_estimated{model="fraud"}`,
}

// again is what there is when the exporter and Prometheus are back, and the hours of a
// day are known.
var again = []string{
	`model_version_feature:ml_feature_psi:baseline1d`, `model_version_feature:ml_feature_ks:baseline1d`, `model_version:ml_confusion_accuracy:ratio1d`,
	`ml_online_skewed_values > 0`, `ALERTS{alertname="ModelFeatureDrift",alertstate="firing"}`,
}

// waitFor waits until each of some expressions has a result.
func (s *stack) waitFor(t testing.TB, all []string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Minute); ; wait(t, 2*time.Second) {
		var missing []string
		for _, expr := range all {
			result, err := s.prometheus.Query(t.Context(), expr, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if len(result) == 0 {
				missing = append(missing, expr)
			}
		}
		if len(missing) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("there never is %s", strings.Join(missing, ", "))
		}
	}
}

// past is series that are copied to other times.
type past struct {
	matcher string
	times   []time.Time
}

// every lists times with as much between them, the last of them before until.
func every(d, span time.Duration, until time.Time) (times []time.Time) {
	for at := until.Add(-span); at.Before(until); at = at.Add(d) {
		times = append(times, at)
	}
	return times
}

// lastDay copies what is recorded of the last hour to each hour of the day before, as
// far as others look back on it, and says that the exporter was up before: what begins
// is out of sight for a quarter of an hour, and keeps some alerts back. The figures are
// made up; that queries find them is what matters.
func (s *stack) lastDay(t testing.TB) {
	t.Helper()
	hours := every(time.Hour, 26*time.Hour, time.Now().Truncate(time.Hour).Add(time.Hour))
	s.backfill(t, past{`{__name__=~".+:(increase|rate)1h"}`, hours}, past{`up`, every(15*time.Second, 30*time.Minute, s.began)})
}

// lastWeek copies what there is now to a week ago, in the same way, and for as long as
// looking at everything may take. What is of whole models is there every quarter of a
// minute, so that it has rates; the rest as often as Prometheus looks back.
func (s *stack) lastWeek(t testing.TB) {
	t.Helper()
	end := time.Now().Add(-7*24*time.Hour + 15*time.Minute)
	s.backfill(t,
		past{`{__name__=~"(ml_|model).+",feature!=""}`, every(50*time.Second, 17*time.Minute, end)},
		past{`{__name__=~"(ml_|model).+",feature=""}`, every(15*time.Second, 20*time.Minute, end)})
}

// share is what a series has of its value at one of n times: counters grow, gauges
// stay, and business figures were far better then: those of now, an hour's, still grow
// while the dashboards are looked at, on a quick machine tenfold.
func share(name string, i, n int) float64 {
	if strings.HasPrefix(name, "model_kpi:") {
		return 100
	}
	for _, end := range []string{"_total", "_bucket", "_count", "_sum"} {
		if strings.HasSuffix(name, end) {
			return float64(i+1) / float64(n)
		}
	}
	return 1
}

// backfill copies series to other times. Prometheus starts again to read them.
func (s *stack) backfill(t testing.TB, all ...past) {
	t.Helper()
	lines := map[string][]string{} // by family, whose lines must follow each other
	for _, p := range all {
		series, err := s.prometheus.Query(t.Context(), p.matcher, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range series {
			name := x.Labels["__name__"]
			for i, at := range p.times {
				if len(x.Points) > 0 { // else it is a native histogram
					lines[name] = append(lines[name], fmt.Sprintf("%s %g %d\n", x, x.Points[0].V*share(name, i, len(p.times)), at.Unix()))
				}
			}
		}
	}
	var text bytes.Buffer
	for name, all := range lines {
		fmt.Fprintf(&text, "# TYPE %s unknown\n%s", name, strings.Join(all, ""))
	}
	text.WriteString("# EOF\n")
	running.Write(t, s.path("past.om"), text.String())
	running.Command(t, s.dir, program(t, "PROMTOOL"), "tsdb", "create-blocks-from", "openmetrics", "--quiet", "past.om", "tsdb")
	running.Stop(s.process["prometheus"])
	s.runPrometheus(t)
}

// hold leaves everything running for as long as DASHBOARDS_HOLD says, such as 30m,
// for somebody to look at.
func (s *stack) hold(t testing.TB) {
	d, err := time.ParseDuration(os.Getenv("DASHBOARDS_HOLD"))
	if err != nil {
		return
	}
	t.Logf("goes on for %v: http://%s and %s", d, s.exporter, s.prometheus.base)
	wait(t, d)
}
