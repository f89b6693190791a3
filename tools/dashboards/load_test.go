package dashboards

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/model-exporter/model_exporter/tools/running"
)

// The load that BenchmarkQueries puts on a Prometheus.
const (
	loadModels   = 100
	loadFeatures = 100 // of each model
	loadScrape   = 15 * time.Second
	loadSpan     = 6 * time.Hour // as the fleet dashboard looks back
	// What is of single features is scraped less often and for less time, so that
	// it can be written in a minute: no query of the fleet dashboard reads it.
	featureScrape = time.Minute
	featureSpan   = 20 * time.Minute
)

// BenchmarkQueries says how long each query of the fleet dashboard takes on a
// Prometheus that knows a hundred models of a hundred features. All of them are
// copies of one model that an exporter monitors: every series of it that was scraped,
// recorded or is an alert.
func BenchmarkQueries(b *testing.B) {
	boards, err := ReadFolder(folder)
	if err != nil {
		b.Fatal(err)
	}
	dir, now := loadFolder(b)
	api, _ := startPrometheus(b, dir)
	for _, d := range boards {
		if d.UID != "model-exporter-fleet" {
			continue
		}
		chosen := Values{}
		for _, v := range d.Templating.List {
			choices := v.Fixed()
			if v.Type == "query" {
				if choices, err = api.Choices(b.Context(), v, chosen, now.Add(-loadSpan), now); err != nil {
					b.Fatal(err)
				}
			}
			chosen[v.Name] = v.Selections(choices, false)[0]
		}
		for _, q := range d.Queries() {
			b.Run(q.Name, func(b *testing.B) { benchmarkQuery(b, api, d, q, chosen, now) })
		}
	}
}

// loadFolder is a folder for a Prometheus with the load, and the time up to which the
// load goes. DASHBOARDS_LOAD names one that is kept for the next time.
func loadFolder(b *testing.B) (dir string, now time.Time) {
	dir = os.Getenv("DASHBOARDS_LOAD")
	if dir == "" {
		dir = b.TempDir()
	}
	until := filepath.Join(dir, "until")
	if text, err := os.ReadFile(until); err == nil {
		if now, err = time.Parse(time.RFC3339, string(text)); err != nil {
			b.Fatal(err)
		}
		return dir, now
	}
	s := startStack(b)
	s.waitFor(b, late)
	// With the statistics that are exported unless more are asked for.
	template, err := s.prometheus.Query(b.Context(), `{__name__=~".+",model="fraud",model_version=~"1|",statistic=~"psi|js|ks|wasserstein|"}`, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	s.stop()
	now = time.Now().Truncate(time.Second)
	series, samples := writeLoad(b, filepath.Join(dir, "tsdb"), template, now)
	b.Logf("%d models, %d features each: %d series, %d samples, written in %v", loadModels, loadFeatures, series, samples, time.Since(now).Round(time.Second))
	running.Write(b, filepath.Join(dir, "prometheus.yml"), "{}")
	running.Write(b, until, now.Format(time.RFC3339))
	return dir, now
}

// cpu is how many seconds of processor time a Prometheus has used. Where others use
// the machine, too, that says more than the time that passes.
func cpu(b *testing.B, api *API) float64 {
	resp, err := http.Get(api.base + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "process_cpu_seconds_total "); ok {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				b.Fatal(err)
			}
			return x
		}
	}
	b.Fatal("Prometheus does not say how much processor time it uses")
	return 0
}

func benchmarkQuery(b *testing.B, api *API, d *Dashboard, q Query, chosen Values, now time.Time) {
	expr, err := q.Expand(d, chosen)
	if err != nil {
		b.Fatal(err)
	}
	n, before := 0, cpu(b, api)
	for b.Loop() {
		result, err := api.Ask(b.Context(), d, q, expr, now)
		if err != nil {
			b.Fatal(err)
		}
		n = len(result)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/query")
	b.ReportMetric(1000*(cpu(b, api)-before)/float64(b.N), "cpu-ms/query")
	b.ReportMetric(0, "ns/op") // said above
	b.ReportMetric(float64(n), "series")
}

// writeLoad writes copies of series as blocks of two hours, as Prometheus has them.
func writeLoad(b *testing.B, dir string, template []Series, now time.Time) (series, samples int) {
	const block = 2 * time.Hour
	for from := now.Add(-loadSpan).Truncate(block); from.Before(now); from = from.Add(block) {
		// Twice as large as it is, or samples of the second series would be too old.
		w, err := tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), dir, (2 * block).Milliseconds())
		if err != nil {
			b.Fatal(err)
		}
		series = 0
		for m := range loadModels {
			n, err := writeModel(b.Context(), w, template, m, from, minTime(from.Add(block), now), now)
			if err != nil {
				b.Fatal(err)
			}
			series, samples = series+n.series, samples+n.samples
		}
		if _, err := w.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return series, samples
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

type size struct{ series, samples int }

// features numbers those of the template, so that each has as many copies as it
// takes to have a hundred.
func features(template []Series) map[string]int {
	numbers := map[string]int{}
	for _, s := range template {
		if f := s.Labels["feature"]; f != "" {
			if _, ok := numbers[f]; !ok {
				numbers[f] = len(numbers)
			}
		}
	}
	return numbers
}

// writeModel writes all of one model from a time up to another.
func writeModel(ctx context.Context, w *tsdb.BlockWriter, template []Series, model int, from, to, now time.Time) (n size, err error) {
	app := w.Appender(ctx)
	numbers := features(template)
	var build labels.Builder
	for _, s := range template {
		if len(s.Points) == 0 {
			continue // a native histogram, which the dashboards ask for beside the classic one
		}
		build.Reset(labels.FromMap(s.Labels))
		build.Set("model", fmt.Sprintf("model-%03d", model))
		feature := s.Labels["feature"]
		if feature == "" {
			n.add(&err, app, build.Labels(), s, from, to, loadScrape)
			continue
		}
		since := from
		if start := now.Add(-featureSpan); since.Before(start) {
			since = start
		}
		for copied := numbers[feature]; copied < loadFeatures; copied += len(numbers) {
			build.Set("feature", fmt.Sprintf("%s-%d", feature, copied))
			n.add(&err, app, build.Labels(), s, since, to, featureScrape)
		}
	}
	if err != nil {
		_ = app.Rollback()
		return n, err
	}
	return n, app.Commit()
}

// add writes one series: counters grow steadily, gauges swing by a hundredth.
func (n *size) add(err *error, app storage.Appender, l labels.Labels, s Series, from, to time.Time, every time.Duration) {
	if !from.Before(to) || *err != nil {
		return
	}
	n.series++
	ref, v, name := storage.SeriesRef(0), s.Points[0].V, s.Labels["__name__"]
	for at := from.Truncate(every); at.Before(to); at = at.Add(every) {
		if at.Before(from) {
			continue
		}
		x := v * (1 + 0.01*math.Sin(float64(at.Unix())/600))
		switch {
		case name == "ALERTS" || s.Labels["task"] != "":
			x = v
		case share(name, 0, 2) == 0.5:
			x = v * float64(at.Unix()%1e6) / 1e6
		}
		n.samples++
		if ref, *err = app.Append(ref, l, at.UnixMilli(), x); *err != nil {
			return
		}
	}
}
