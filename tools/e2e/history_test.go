package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// What Prometheus would know of the week before the run, were it not for the
// test to wait for it: the counters of quiet logs, and what the rules would have
// recorded of them where other rules look back on that.
const (
	week     = 7*24*time.Hour/factor + 6*time.Minute // with the six hours that end a week ago
	day      = 25 * time.Hour / factor               // read by the exporters themselves; a little more than their longest window
	step     = 5 * time.Second
	hourStep = int(time.Hour / factor / step)
)

// tally is what has happened until the end of a step.
type tally struct {
	predictions, errors, slow, revenue float64
}

func (a *tally) add(b tally) {
	a.predictions += b.predictions
	a.errors += b.errors
	a.slow += b.slow
	a.revenue += b.revenue
}

// tallies counts a simulated log per step from start on.
func tallies(t *testing.T, log []string, start time.Time, span time.Duration) []tally {
	t.Helper()
	outcomes := filepath.Join(t.TempDir(), "outcomes")
	args := append([]string{"simulate", "--span", span.String(), "--outcome.output", outcomes}, log...)
	cmd := exec.Command(os.Getenv("MODEL_EXPORTER"), args...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sums := make([]tally, span/step+1)
	each(t, events, start, func(i int, line []byte) {
		if i >= len(sums) {
			return
		}
		sums[i].predictions++
		if !bytes.Contains(line, []byte(`"error":""`)) {
			sums[i].errors++
		}
		if number(line, `"latency_ms":`) > 200 {
			sums[i].slow++
		}
	})
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(outcomes)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	each(t, f, start, func(i int, line []byte) {
		if i < len(sums) {
			sums[i].revenue += number(line, `"revenue":`)
		}
	})
	return sums
}

// each calls do with every line of a log and the step its time is in.
func each(t *testing.T, r io.Reader, start time.Time, do func(i int, line []byte)) {
	t.Helper()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Bytes()
		_, rest, _ := bytes.Cut(line, []byte(`"timestamp":"`))
		at, err := time.Parse(time.RFC3339, string(rest[:bytes.IndexByte(rest, '"')]))
		if err != nil {
			t.Fatal(err)
		}
		do(int(at.Sub(start)/step), line)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func number(line []byte, key string) float64 {
	_, rest, _ := bytes.Cut(line, []byte(key))
	n := bytes.IndexAny(rest, ",}")
	x, _ := strconv.ParseFloat(string(rest[:max(n, 0)]), 64)
	return x
}

// writeHistory writes the past of models, a week at first and then the day that
// their exporters start from, as OpenMetrics. Counters start anew with that day,
// as after a restart.
func writeHistory(t *testing.T, path string, runs []*run, far []tally, start time.Time) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	family := func(name, kind, suffix, labels string, value func(now, hourAgo, sixAgo, stepAgo tally, counter tally) float64) {
		fmt.Fprintf(w, "# TYPE %s %s\n", name, kind)
		for _, r := range runs {
			all := append(append([]tally{}, far...), r.day...)
			sums := make([]tally, len(all)+1) // sums[i] is everything before step i
			for i, a := range all {
				sums[i+1] = sums[i]
				sums[i+1].add(a)
			}
			for i := range all {
				counter := sums[i+1]
				if i >= len(far) {
					counter = minus(counter, sums[len(far)])
				}
				at := start.Add(time.Duration(i+1) * step)
				if !at.Before(r.until) {
					break
				}
				v := value(sums[i+1], sums[max(i+1-hourStep, 0)], sums[max(i+1-6*hourStep, 0)], sums[i], counter)
				fmt.Fprintf(w, "%s%s{%s} %g %d.%03d\n", name, suffix, fmt.Sprintf(labels, r.name, r.address), v, at.Unix(), at.UnixMilli()%1000)
			}
		}
	}
	const exported = `model="%s",instance="%s",job="model_exporter",model_version="1"`
	family("ml_predictions", "counter", "_total", exported, func(_, _, _, _, c tally) float64 { return c.predictions })
	family("ml_slow_predictions", "counter", "_total", exported, func(_, _, _, _, c tally) float64 { return c.slow })
	family("ml_prediction_errors", "counter", "_total", exported+`,reason="feature_store_unavailable"`, func(_, _, _, _, c tally) float64 { return c.errors })
	family("ml_kpi", "counter", "_total", exported+`,kpi="revenue"`, func(_, _, _, _, c tally) float64 { return c.revenue })
	const recorded = `model="%s"%.0s`
	family("model:ml_predictions:rate5m", "gauge", "", recorded, func(n, _, _, s, _ tally) float64 {
		return (n.predictions - s.predictions) / step.Seconds()
	})
	family("model:ml_predictions:increase1h", "gauge", "", recorded, func(n, h, _, _, _ tally) float64 { return n.predictions - h.predictions })
	family("model_kpi:ml_kpi:increase1h", "gauge", "", recorded+`,kpi="revenue"`, func(n, h, _, _, _ tally) float64 { return n.revenue - h.revenue })
	family("model_kpi:ml_kpi:increase6h", "gauge", "", recorded+`,kpi="revenue"`, func(n, _, six, _, _ tally) float64 { return n.revenue - six.revenue })
	fmt.Fprintln(w, "# EOF")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func minus(a, b tally) tally {
	return tally{a.predictions - b.predictions, a.errors - b.errors, a.slow - b.slow, a.revenue - b.revenue}
}
