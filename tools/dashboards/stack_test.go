package dashboards

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/tools/running"
)

// stack is an exporter with everything to monitor, and a Prometheus with the
// generated rules.
type stack struct {
	dir        string
	exporter   string // address
	began      time.Time
	prometheus *API
	process    map[string]*exec.Cmd
}

// begun is how long the logs go back when the exporter starts, and quiet how long
// nothing is wrong in them. The window of an hour is full of both.
const (
	begun = time.Hour
	quiet = 40 * time.Minute
)

// faults are all at once: each moves a feature, or a part of the log, of its own.
var faults = []string{
	"shift:feature=amount,by=1.5", "scale:feature=average_amount_30d,by=100", "nulls:feature=balance,share=0.2",
	"sentinel:feature=customer_age,value=-999", "range:feature=distance_home_km,share=0.1", "retype:feature=velocity_1h,share=0.1",
	"new_category:share=0.1", "rename:feature=email_match,to=email_matches,share=0.5", "drop_feature:feature=session_seconds,share=0.3",
	"latency:to=800ms,share=0.3", "errors:share=0.2", "output_shift", "calibration", "unfair", "concept_drift", "kpi_drop",
	"malformed", "oversize", "duplicates", "late", "clock_skew", "label_loss:share=0.3", "label_correction", "label_delay:by=1h,share=0.2",
}

// program is the path of one that the Makefile names.
func program(t testing.TB, name string) string {
	t.Helper()
	path := os.Getenv(name)
	if path == "" {
		t.Skipf("%s does not name the program; run make check-dashboards", name)
	}
	return path
}

// startStack starts it. It takes as long as the logs and baselines take to write.
func startStack(t testing.TB) *stack {
	t.Helper()
	s := &stack{dir: t.TempDir(), process: map[string]*exec.Cmd{}}
	if keep := os.Getenv("DASHBOARDS_DIR"); keep != "" {
		s.dir = keep
	}
	s.logs(t)
	s.tables(t)
	config, err := os.ReadFile("testdata/exporter.yml")
	if err != nil {
		t.Fatal(err)
	}
	running.Write(t, s.path("exporter.yml"), string(config))
	s.profiles(t)
	s.exporter = running.FreeAddress(t)
	s.runExporter(t)
	s.rules(t)
	s.began = time.Now()
	s.runPrometheus(t)
	return s
}

// runExporter starts it, or starts it again.
func (s *stack) runExporter(t testing.TB) {
	s.process["exporter"] = running.Start(t, s.dir, "exporter", program(t, "MODEL_EXPORTER"),
		"serve", "--config.file", "exporter.yml", "--storage.path", "state", "--web.listen-address", s.exporter)
	running.WaitReady(t, "http://"+s.exporter+"/-/ready")
}

// stop ends what needs the most of the machine, before the test ends.
func (s *stack) stop() {
	for _, process := range s.process {
		running.Stop(process)
	}
}

func (s *stack) path(name string) string { return filepath.Join(s.dir, name) }

// logs writes training data and starts the logs.
func (s *stack) logs(t testing.TB) {
	exporter := program(t, "MODEL_EXPORTER")
	start := time.Now().UTC().Add(-begun).Truncate(time.Second)
	running.Command(t, s.dir, exporter, "simulate", "--span", "24h", "--rate", "0.5", "--seed", "1", "--labels", "--output", "training.jsonl")
	running.Command(t, s.dir, exporter, "profile", "training.jsonl", "--output", "fraud.json")
	since := "@" + quiet.String()
	fraud := []string{"--rate", "20", "--seed", "2", "--challenger", "2", "--label.output", "labels.jsonl", "--label.delay", "1m", "--label.repeat", "1%",
		"--outcome.output", "outcomes.jsonl", "--outcome.delay", "10s"}
	for _, f := range faults {
		fraud = append(fraud, "--fault", f+since)
	}
	checkout := []string{"--rate", "5", "--seed", "3", "--model", "checkout", "--labels",
		"--fault", "version:to=2,share=0.5" + since, "--fault", "outage@" + (begun + 90*time.Second).String()}
	for name, more := range map[string][]string{"fraud": fraud, "checkout": checkout} {
		if err := os.MkdirAll(s.path(name), 0o755); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"simulate", "--follow", "--output", "predictions.jsonl", "--start", start.Format(time.RFC3339)}, more...)
		s.process[name] = running.Start(t, s.path(name), "simulate", exporter, args...)
	}
	own := &tasks{random: rand.New(rand.NewPCG(1, 2))}
	running.Write(t, s.path("tasks-training.jsonl"), string(own.span(start.Add(-2*time.Hour), start, func(time.Time) float64 { return 0 })))
	running.Write(t, s.path("tasks.jsonl"), string(own.span(start, start.Add(begun), func(at time.Time) float64 {
		if at.Before(start.Add(quiet)) {
			return 0
		}
		return 1
	})))
	own.grow(t, s.path("tasks.jsonl"))
}

// tables writes the feature repository and starts the table that grows.
func (s *stack) tables(t testing.TB) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	running.Command(t, root, "go", "build", "-o", s.path("repository"), "./collector/internal/source/feast/testrepo")
	running.Command(t, s.dir, s.path("repository"), "-dir", "feast")
	running.Start(t, s.dir, "repository", s.path("repository"), "-dir", "feast", "-follow")
}

// profiles makes the baselines of what is not simulated.
func (s *stack) profiles(t testing.TB) {
	config, err := os.ReadFile(s.path("exporter.yml"))
	if err != nil {
		t.Fatal(err)
	}
	// Without baselines, which are to be made, and without a column that came later.
	plain := regexp.MustCompile(`,? *baseline: \{[^}]*\}`).ReplaceAllString(string(config), "")
	running.Write(t, s.path("profile.yml"), strings.Replace(plain, ", churn_score]", "]", 1))
	for _, m := range []struct{ model, source, output, file string }{
		{"prices", "tasks_log", "prices.json", "tasks-training.jsonl"}, {"topics", "tasks_log", "topics.json", "tasks-training.jsonl"},
		{"search", "tasks_log", "search.json", "tasks-training.jsonl"},
		{"customers", "tables", "customers.json", ""}, {"driver_hourly_stats", "store", "drivers.json", ""},
	} {
		args := []string{"profile", "--config.file", "profile.yml", "--model", m.model, "--output", m.output}
		if m.file != "" {
			args = append(args, "--source", m.source, m.file)
		}
		running.Command(t, s.dir, program(t, "MODEL_EXPORTER"), args...)
	}
}

// waits are how long alerts wait and how rarely some rules are evaluated. Here they
// do not wait; what they look at is as long as ever.
var waits = regexp.MustCompile(`(?m)^( *)(?:- )?(interval|for|keep_firing_for): \S+\n`)

// rules writes them and what Prometheus scrapes.
func (s *stack) rules(t testing.TB) {
	running.Command(t, s.dir, program(t, "MODEL_EXPORTER"), "rules", "--output", "bundle.yml")
	bundle, err := os.ReadFile(s.path("bundle.yml"))
	if err != nil {
		t.Fatal(err)
	}
	running.Write(t, s.path("rules.yml"), waits.ReplaceAllString(string(bundle), ""))
	config, err := os.ReadFile("testdata/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	running.Write(t, s.path("prometheus.yml"), strings.ReplaceAll(string(config), "EXPORTER", s.exporter))
}

// runPrometheus starts it, or starts it again.
func (s *stack) runPrometheus(t testing.TB) {
	s.prometheus, s.process["prometheus"] = startPrometheus(t, s.dir)
}

// startPrometheus starts one with the configuration and the database of a folder. It
// looks back for a minute only: after it started again it does not know which results
// of rules it should mark as gone.
func startPrometheus(t testing.TB, dir string) (*API, *exec.Cmd) {
	t.Helper()
	address := running.FreeAddress(t)
	process := running.Start(t, dir, "prometheus", program(t, "PROMETHEUS"), "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
		"--storage.tsdb.retention.time=30d", "--query.lookback-delta=1m", "--web.listen-address="+address, "--log.level=warn")
	running.WaitReady(t, "http://"+address+"/-/ready")
	return NewAPI("http://" + address), process
}
