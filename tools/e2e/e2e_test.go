// Package e2e runs everything for real: exporters that follow growing logs, a
// Prometheus that scrapes them with the generated rules, an Alertmanager with the
// generated routes, and receivers on loopback that stand in for PagerDuty, Slack
// and a ticket system. Each fault has a model, a log and an exporter of its own, so
// that what arrives can be told apart by model.
//
// Time is shorter: every duration of rules, routes and windows is divided by 60.
// What that cannot show: thresholds in plain seconds (lag of a source, age of a
// model, usual delay of labels) stay as they are; an hour has the events of a
// minute, so noise is that of a small model; five minutes hold five scrapes; panes
// of ten seconds are a sixth of the shortest window, not a sixtieth; there is no
// season of the day or week, and the week before is written by the test. What the
// rules only record for dashboards is not looked at.
//
// E2E_DIR is an empty folder, as an absolute path, to leave logs and configurations in.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The run, from the start of all processes on.
const (
	faultAt   = 90 * time.Second
	faultFor  = 90 * time.Second
	runFor    = 300 * time.Second
	perSecond = 20 // events
)

// want is an alert that must be told, to each of its receivers.
type want struct {
	alert, priority string
	receivers       []string
	says            []string // in the text
}

var (
	page   = []string{"pagerduty", "#ml-alerts"}
	slacks = []string{"#ml-alerts", "ticket"}
)

// run is one model with one fault.
type run struct {
	name  string
	fault string // of simulate, without its time; empty for none
	kill  bool   // the exporter, instead
	want  []want
	// may also be told, while a window fills and empties: the same in milder form,
	// such as "P2 ModelFeatureDrift".
	may []string

	address  string
	exporter *exec.Cmd
	day      []tally
	until    time.Time // when its past ends
}

func runs() []*run {
	return []*run{
		{name: "quiet"},
		{name: "shift", fault: "shift:feature=amount,by=1.5,at=log",
			want: []want{{"ModelFeatureDrift", "P1", slacks, []string{"amount (psi ", "threshold 0.25"}}},
			may:  []string{"P2 ModelFeatureDrift"}},
		{name: "nulls", fault: "nulls:feature=amount,share=0.2",
			want: []want{{"ModelFeatureViolations", "P1", slacks, []string{"amount (missing ", "threshold 5%"}}},
			may:  []string{"P2 ModelFeatureViolations"}},
		{name: "sentinel", fault: "sentinel:feature=amount,value=-999",
			want: []want{{"ModelFeatureViolations", "P1", slacks, []string{"amount (sentinel ", "threshold 5%"}}},
			may:  []string{"P2 ModelFeatureViolations"}},
		{name: "malformed", fault: "malformed:share=0.05",
			want: []want{{"ModelExporterRejectingEvents", "P1", slacks, []string{"rejects", "source log"}}}},
		{name: "rename", fault: "rename:feature=amount,to=amount_eur",
			want: []want{{"ModelSchemaChanged", "P1", slacks, []string{"amount removed in "}}}},
		{name: "latency", fault: "latency:to=800ms",
			want: []want{{"ModelLatencyBudgetBurn", "P0", page, []string{"took longer than 200ms", "95%"}}}},
		{name: "errors", fault: "errors:share=0.2",
			want: []want{{"ModelErrorBudgetBurn", "P0", page, []string{"failed", "99%"}}}},
		{name: "outage", fault: "outage",
			want: []want{{"ModelPredictionsAbsent", "P0", page, []string{"no prediction", "are usual"}}}},
		{name: "concept", fault: "concept_drift",
			want: []want{{"ModelPerformanceDegraded", "P0", []string{"pagerduty", "#concept-team"}, []string{" or more (now ", ", baseline 0.", "threshold 15%"}}},
			may:  []string{"P1 ModelPerformanceDegraded"}},
		{name: "kpi", fault: "kpi_drop:by=0.4",
			want: []want{{"ModelKPIDropped", "P0", []string{"pagerduty", "#revenue"}, []string{"revenue", "last week"}}}},
		{name: "killed", kill: true,
			want: []want{{"ModelExporterDown", "P1", slacks, []string{"has not answered"}}}},
	}
}

// TestFaultsArePaged judges a run by what the receivers were told. On a machine that
// did not keep up (rules not evaluated, scrapes not answered within a second), the rules
// take models for out of sight and say so or tell things twice, as they should: such a
// run proves nothing either way, and is repeated once.
func TestFaultsArePaged(t *testing.T) {
	for _, program := range []string{"MODEL_EXPORTER", "PROMETHEUS", "PROMTOOL", "ALERTMANAGER"} {
		if os.Getenv(program) == "" {
			t.Skipf("%s does not name the program; run make e2e", program)
		}
	}
	for _, last := range []bool{false, true} {
		var v verdict
		t.Run("run", func(t *testing.T) { v = oneRun(t) })
		if len(v.wrong) > 0 && len(v.busy) > 0 && !last {
			t.Logf("this machine was too busy: %s; once more, since then\n%s", strings.Join(v.busy, ", "), strings.Join(v.wrong, "\n"))
			continue
		}
		for _, w := range v.wrong {
			t.Error(w)
		}
		return
	}
}

// verdict is what was wrong with a run, and whether the machine kept up.
type verdict struct {
	wrong, busy []string
}

func (v *verdict) errorf(format string, args ...any) {
	v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
}

func (v *verdict) busyf(format string, args ...any) {
	v.busy = append(v.busy, fmt.Sprintf(format, args...))
}

func oneRun(t *testing.T) (v verdict) {
	dir := t.TempDir()
	if keep := os.Getenv("E2E_DIR"); keep != "" {
		dir = filepath.Join(keep, time.Now().Format("150405"))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	runs := runs()
	receivers := startReceivers(t)
	begin, history := prepare(t, dir, runs)
	alertmanager := startAlertmanager(t, dir, receivers.url)
	command(t, dir, os.Getenv("PROMTOOL"), "tsdb", "create-blocks-from", "openmetrics", "--quiet", history, "tsdb")
	prometheus := startPrometheus(t, dir, alertmanager, runs)
	if late := time.Since(begin.Add(faultAt / 2)); late > 0 {
		v.busyf("it took %v too long to start everything", late.Round(time.Second))
	}
	t.Logf("everything runs after %v", time.Since(begin).Round(time.Second))

	for _, r := range runs {
		if r.kill {
			wait(t, begin.Add(faultAt))
			_ = r.exporter.Process.Kill()
			_ = r.exporter.Wait()
			wait(t, begin.Add(faultAt+faultFor))
			startExporter(t, dir, r)
		}
	}
	wait(t, begin.Add(runFor))
	messages, errs := receivers.all()
	for _, err := range errs {
		v.errorf("%v", err)
	}
	load(t, &v, prometheus, runs)
	for _, r := range runs {
		judge(t, &v, r, messages, begin)
	}
	for _, m := range messages {
		if !slices.ContainsFunc(runs, func(r *run) bool { return r.concerns(m) }) {
			v.errorf("nobody expects %v", m)
		}
	}
	return v
}

// prepare starts the logs and the exporters. It returns the time from which logs
// are written as they happen, and the file with what was before.
func prepare(t *testing.T, dir string, runs []*run) (begin time.Time, history string) {
	t.Helper()
	exporter := os.Getenv("MODEL_EXPORTER")
	command(t, dir, exporter, "simulate", "--span", "24h", "--rate", "1", "--seed", "1", "--labels", "--output", "training.jsonl")
	command(t, dir, exporter, "profile", "training.jsonl", "--output", "baseline.json")
	log := func(from time.Time, seed int, model string) []string {
		return []string{"--start", from.Format(time.RFC3339), "--rate", fmt.Sprint(perSecond), "--seed", fmt.Sprint(seed), "--model", model,
			"--outcome.delay", "1s"}
	}
	some := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) // logs are alike at any time
	far := tallies(t, log(some, 100, "fraud"), some, week-day)
	for i, r := range runs {
		r.day = tallies(t, log(some, i+1, r.name), some, day)
	}
	begin = time.Now().UTC().Truncate(time.Second)
	for i, r := range runs {
		r.address, r.until = freeAddress(t), begin
		own := filepath.Join(dir, r.name)
		if err := os.MkdirAll(own, 0o755); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"simulate", "--follow", "--output", "predictions.jsonl",
			"--label.output", "labels.jsonl", "--label.delay", "10s", "--outcome.output", "outcomes.jsonl"},
			log(begin.Add(-day), i+1, r.name)...)
		if r.fault != "" {
			args = append(args, "--fault", fmt.Sprintf("%s@%v+%v", r.fault, day+faultAt, faultFor))
		}
		start(t, own, "simulate", exporter, args...)
		write(t, filepath.Join(own, "config.yml"), fmt.Sprintf(exporterConfig, r.name))
		startExporter(t, dir, r)
	}
	history = filepath.Join(dir, "history.om")
	writeHistory(t, history, runs, far, begin.Add(-week))
	for _, r := range runs {
		waitReady(t, "http://"+r.address+"/-/ready")
	}
	return begin, history
}

func wait(t *testing.T, until time.Time) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-time.After(time.Until(until)):
	}
}

func (r *run) concerns(m *message) bool { return m.about == r.name || m.about == r.address }
