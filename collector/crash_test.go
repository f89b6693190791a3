package collector_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/profile"
)

var crashes = flag.Int("crashes", 200, "how often TestCrash kills the exporter; its longer form is -crashes 5000")

// crashConfig names the configuration that a child process serves.
const crashConfig = "MODEL_EXPORTER_TEST_CRASH_CONFIG"

func TestMain(m *testing.M) {
	if file := os.Getenv(crashConfig); file != "" {
		if err := serveUntilKilled(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// serveUntilKilled is what the child process does: it says where it serves, and
// serves until it is killed or interrupted.
func serveUntilKilled(file string) error {
	cfg, err := config.Load(file)
	if err != nil {
		return err
	}
	cfg.Global.EvaluationInterval = 20 * time.Millisecond // as often as it can: every moment is near a commit
	c, err := collector.New(cfg, collector.Options{
		Logger:      slog.New(slog.NewTextHandler(os.Stderr, nil)),
		StoragePath: filepath.Join(filepath.Dir(file), "state"),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() { _ = http.Serve(l, c.Handler()) }()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return c.Run(ctx)
}

// journal writes predictions, labels and outcomes, and knows what they add up to.
type journal struct {
	dir  string
	rand *rand.Rand

	log, labels *os.File
	rotations   int
	written     int
	nobodys     int      // labels of no prediction
	undecided   []answer // predictions whose label is to come

	// what the exporter must count
	want map[string]float64
}

// answer is a prediction.
type answer struct {
	id       string
	at       time.Time
	version  string
	class    int
	lateness int // lines until the label
}

func newJournal(t testing.TB, dir string, seed uint64) *journal {
	j := &journal{dir: dir, rand: rand.New(rand.NewPCG(seed, 1)), want: map[string]float64{}}
	j.open(t)
	return j
}

func (j *journal) open(t testing.TB) {
	var err, err2 error
	j.log, err = os.OpenFile(filepath.Join(j.dir, "log.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	j.labels, err2 = os.OpenFile(filepath.Join(j.dir, "labels.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
}

// rotate renames the log, as logrotate does.
func (j *journal) rotate(t testing.TB) {
	j.rotations++
	old := filepath.Join(j.dir, fmt.Sprintf("log-%d.jsonl", j.rotations))
	if err := errors.Join(j.log.Close(), j.labels.Close(), os.Rename(filepath.Join(j.dir, "log.jsonl"), old)); err != nil {
		t.Fatal(err)
	}
	j.open(t)
}

// add counts n in a series.
func (j *journal) add(n float64, name, labels string, more ...any) {
	j.want[name+"{"+fmt.Sprintf(labels, more...)+"}"] += n
}

// write appends so many predictions, and the labels that are due.
func (j *journal) write(t testing.TB, n int, now time.Time) {
	log, labels := bufio.NewWriter(j.log), bufio.NewWriter(j.labels)
	for range n {
		j.predict(log, now)
		j.label(labels, now)
	}
	if err := errors.Join(log.Flush(), labels.Flush()); err != nil {
		t.Fatal(err)
	}
}

func (j *journal) predict(w io.Writer, now time.Time) {
	a := answer{
		id: "id-" + strconv.Itoa(j.written), at: now.Truncate(time.Millisecond), version: strconv.Itoa(1 + j.rand.IntN(2)),
		class: j.rand.IntN(2), lateness: j.rand.IntN(300),
	}
	j.written++
	amount := 100 * j.rand.Float64()
	fmt.Fprintf(w, `{"id":%q,"timestamp":%q,"model":"m","version":%q,"features":{"amount":%g},"prediction":"%d","score":%g}`+"\n",
		a.id, a.at.UTC().Format(time.RFC3339Nano), a.version, amount, a.class, j.rand.Float64())
	j.add(1, "model_exporter_events_total", `source="log",type="prediction"`)
	j.add(1, "ml_predictions_total", `model="m",model_version=%q`, a.version)
	j.add(1, "ml_feature_values_total", `model="m",model_version=%q,feature="amount"`, a.version)
	if j.rand.IntN(50) == 0 {
		fmt.Fprintln(w, "not json")
		j.add(1, "model_exporter_rejected_total", `source="log",reason="malformed"`)
	}
	j.undecided = append(j.undecided, a)
}

// label writes the labels that are due: most of them once, some twice, some
// corrected, and some of no prediction at all.
func (j *journal) label(w io.Writer, now time.Time) {
	event := func(id string, class int) {
		fmt.Fprintf(w, `{"type":"label","id":%q,"timestamp":%q,"model":"m","label":"%d"}`+"\n", id, now.UTC().Format(time.RFC3339Nano), class)
		j.add(1, "model_exporter_events_total", `source="labels",type="label"`)
	}
	kept := j.undecided[:0]
	for _, a := range j.undecided {
		if a.lateness--; a.lateness >= 0 {
			kept = append(kept, a)
			continue
		}
		actual := j.rand.IntN(2)
		event(a.id, actual)
		j.add(1, "ml_labels_total", `model="m",model_version=%q`, a.version)
		j.add(1, "ml_confusion_total", `model="m",model_version=%q,predicted="%d",actual="%d"`, a.version, a.class, actual)
		switch j.rand.IntN(10) {
		case 0:
			event(a.id, actual)
			j.add(1, "ml_labels_repeated_total", `model="m",model_version=%q`, a.version)
		case 1:
			event(a.id, 1-actual)
			j.add(1, "ml_labels_corrected_total", `model="m",model_version=%q`, a.version)
		case 2:
			fmt.Fprintf(w, `{"type":"outcome","id":%q,"model":"m","values":{"revenue":%d}}`+"\n", a.id, j.written%7)
			j.add(float64(j.written%7), "ml_kpi_total", `model="m",model_version=%q,kpi="revenue"`, a.version)
		case 3:
			event("nobody-"+a.id, actual)
			j.nobodys++
		}
	}
	j.undecided = kept
}

// setUp writes what the exporter needs to follow the journal.
func (j *journal) setUp(t testing.TB) (file string) {
	training := filepath.Join(j.dir, "training.jsonl")
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, `{"features":{"amount":%g},"prediction":"%d","score":%g,"label":"%d"}`+"\n", 100*j.rand.Float64(), i%2, j.rand.Float64(), j.rand.IntN(2))
	}
	file = filepath.Join(j.dir, "config.yml")
	text := `
global: { windows: [10m, 1h], evaluation_interval: 1s }
sources:
  - { name: log, file: { paths: ["log*.jsonl"], poll_interval: 10ms } }
  - { name: labels, file: { paths: ["labels.jsonl"], poll_interval: 10ms } }
models:
  - { name: m, task: binary, baseline: { training: baseline.json }, label_horizon: 1d, kpis: { revenue: { sum: values.revenue } } }
`
	if err := errors.Join(os.WriteFile(training, []byte(b.String()), 0o600), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := profile.Run(t.Context(), profile.Options{Paths: []string{training}, Output: filepath.Join(j.dir, "baseline.json")}); err != nil {
		t.Fatal(err)
	}
	return file
}

// watcher scrapes counters and holds them against what was scraped before.
type watcher struct {
	mu      sync.Mutex
	last    map[string]float64
	scrapes int
	errs    []error
}

// see takes a scrape. A counter that is lower than before, or gone, is an error.
func (w *watcher) see(page string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := counters(page)
	for name, before := range w.last {
		if x, ok := now[name]; !ok || x < before {
			w.errs = append(w.errs, fmt.Errorf("%s was %v and is %v (there: %t)", name, before, x, ok))
		}
	}
	w.last = now
	w.scrapes++
}

// report fails the test for what was wrong, or if too little was seen.
func (w *watcher) report(t *testing.T, scrapes int) {
	t.Helper()
	for _, err := range w.errs[:min(10, len(w.errs))] {
		t.Error(err)
	}
	if w.scrapes < scrapes {
		t.Errorf("only %d scrapes", w.scrapes)
	}
}

// counters returns the counters of a page about models and sources.
func counters(page string) map[string]float64 {
	all := map[string]float64{}
	for line := range strings.Lines(page) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		family, _, _ := strings.Cut(name, "{")
		if !ok || !strings.HasPrefix(name, "ml_") && !strings.HasPrefix(name, "model_exporter_") || !strings.HasSuffix(family, "_total") && !strings.HasSuffix(family, "_bucket") {
			continue
		}
		if i := strings.LastIndex(line, "} "); i >= 0 {
			name, value = line[:i+1], strings.TrimSpace(line[i+2:])
		}
		x, err := strconv.ParseFloat(value, 64)
		if err == nil {
			all[name] = x
		}
	}
	return all
}

// matches tells whether a page counts exactly what was written.
func (j *journal) matches(page string) error {
	got := counters(page)
	var errs []error
	for name, want := range j.want {
		if want != 0 && got[name] != want {
			errs = append(errs, fmt.Errorf("%s is %v, want %v", name, got[name], want))
		}
	}
	return errors.Join(errs...)
}

// TestCrash kills the exporter at random moments while logs are written and
// rotated and labels arrive: what it counts in the end equals the log exactly, no
// counter that was scraped ever steps back, and no label is joined twice.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	dir := t.TempDir()
	j := newJournal(t, dir, 1)
	file := j.setUp(t)
	w := &watcher{}
	for range *crashes {
		child := startChild(t, file)
		life := time.Duration(j.rand.IntN(250)) * time.Millisecond
		for end := time.Now().Add(life); time.Now().Before(end); {
			j.write(t, 1+j.rand.IntN(40), time.Now())
			if j.rand.IntN(20) == 0 {
				j.rotate(t)
			}
			child.scrape(w)
		}
		child.kill(t)
		if j.rand.IntN(3) == 0 {
			j.write(t, 50, time.Now()) // while nobody looks
			j.rotate(t)
		}
	}
	child := startChild(t, file)
	err := errors.New("not scraped")
	for deadline := time.Now().Add(30 * time.Second); err != nil && time.Now().Before(deadline); {
		child.scrape(w)
		err = j.matches(child.page)
	}
	child.kill(t)
	if err != nil {
		t.Errorf("after %d kills and %d rotations, %d predictions: %v", *crashes, j.rotations, j.written, err)
	}
	w.report(t, *crashes)
	t.Logf("%d kills, %d rotations, %d predictions, %d scrapes", *crashes, j.rotations, j.written, w.scrapes)
}

// child is an exporter in a process of its own.
type child struct {
	cmd     *exec.Cmd
	stderr  *strings.Builder
	address string
	page    string
}

func startChild(t *testing.T, file string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "-test.run", "^$"), stderr: new(strings.Builder)}
	c.cmd.Env = append(os.Environ(), crashConfig+"="+file)
	c.cmd.Stderr = c.stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = c.cmd.Wait()
		t.Fatalf("the exporter does not start: %v\n%s", err, c.stderr)
	}
	c.address = strings.TrimSpace(line)
	return c
}

// scrape reads the child's metrics; before its first page there are none.
func (c *child) scrape(w *watcher) {
	r, err := http.Get("http://" + c.address + "/metrics")
	if err != nil {
		return
	}
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK || !strings.Contains(string(page), "ml_") {
		return
	}
	c.page = string(page)
	w.see(c.page)
}

func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatalf("the exporter ended by itself: %v\n%s", err, c.stderr)
	}
	var exit *exec.ExitError
	if err := c.cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the exporter ended by itself: %v\n%s", err, c.stderr)
	}
}
