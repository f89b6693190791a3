package collector_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
)

// tank is a disk that is full after a number of changes, until there is room again.
type tank struct {
	mu   sync.Mutex
	left int // changes until it is full; negative if it is
	room bool
}

func (d *tank) String() string { return "tank" }

func (d *tank) MaybeError(op errorfs.Op) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room || op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	if d.left--; d.left >= 0 {
		return nil
	}
	return syscall.ENOSPC
}

// fill makes the disk full after so many changes.
func (d *tank) fill(after int) { d.set(after, false) }
func (d *tank) empty()         { d.set(0, true) }

func (d *tank) set(left int, room bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.room = left, room
}

// rig is an exporter on a disk that may be full, in a bubble of fake time.
type rig struct {
	j     *journal
	w     *watcher
	disk  *tank
	fs    vfs.FS
	c     *collector.Collector
	owner string // as the configuration file says
	pace  time.Duration
	end   context.CancelFunc
	ended chan error
}

// start runs an exporter; there is room while it starts.
func (r *rig) start(t *testing.T, file string) {
	t.Helper()
	load := func() (*config.Config, error) {
		cfg := quick(t, file)
		cfg.Models[0].Owner = r.owner
		if r.pace > 0 {
			cfg.Global.EvaluationInterval = r.pace
		}
		cfg.Sources[0].MaxLineBytes += len(r.owner) // another source, that goes on where the old one was
		return cfg, nil
	}
	cfg, _ := load()
	var err error
	if r.c, err = collector.New(cfg, collector.Options{Load: load}.On(r.fs)); err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, r.end = context.WithCancel(t.Context())
	r.ended = make(chan error, 1)
	go func() { r.ended <- r.c.Run(ctx) }()
}

// scrape lets some time pass and returns the page.
func (r *rig) scrape(t *testing.T, after time.Duration) string {
	t.Helper()
	time.Sleep(after)
	synctest.Wait()
	_, page := get(t, r.c.Handler(), "/metrics")
	r.w.see(page)
	return page
}

const (
	storeDown = "model_exporter_store_up 0"
	storeUp   = "model_exporter_store_up 1"
)

// until scrapes until the page has a line.
func (r *rig) until(t *testing.T, line string, meanwhile func()) string {
	t.Helper()
	for range 1000 {
		meanwhile()
		if page := r.scrape(t, 10*time.Millisecond); strings.Contains(page, line) {
			return page
		}
	}
	t.Fatalf("%s is never served", line)
	return ""
}

func (r *rig) write(t *testing.T) func() {
	return func() {
		r.j.write(t, 1+r.j.rand.IntN(20), time.Now())
		if r.j.rand.IntN(10) == 0 {
			r.j.rotate(t)
		}
	}
}

// TestDiskFull fills the disk at any of its changes, again and again: what was
// published stays served, nothing is counted or read ahead, a reload and the end
// are possible, and when there is room all of the log is counted, once.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector, where Pebble panics on what a failed write leaves in its memory")
	}
	j := newJournal(t, t.TempDir(), 3)
	file := j.setUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := &rig{j: j, w: &watcher{}, disk: &tank{room: true}, owner: "me"}
		r.fs = errorfs.Wrap(vfs.NewMem(), r.disk)
		r.start(t, file)
		r.until(t, "ml_predictions_total", r.write(t))
		for round := range 40 {
			r.fillUp(t, round, file)
		}
		err := errors.New("not scraped")
		for range 1000 {
			if err = j.matches(r.scrape(t, 100*time.Millisecond)); err == nil {
				break
			}
		}
		if err != nil {
			t.Error(err)
		}
		r.end()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
		r.w.report(t, 100)
	})
	t.Logf("%d predictions, %d rotations", j.written, j.rotations)
}

func (r *rig) fillUp(t *testing.T, round int, file string) {
	r.disk.fill(r.j.rand.IntN(60))
	served := counters(r.until(t, storeDown, r.write(t)))
	for range 3 {
		r.j.write(t, 300, time.Now())
		if now := counters(r.scrape(t, 50*time.Millisecond)); !maps.Equal(now, served) {
			t.Errorf("round %d: what is served changes on a full disk", round)
		}
	}
	switch round % 4 {
	case 1:
		r.owner += "x"
		if _, err := r.c.Reload(t.Context()); err != nil {
			t.Errorf("reload on a full disk: %v", err)
		}
		if now := counters(r.scrape(t, 50*time.Millisecond)); !maps.Equal(now, served) {
			t.Errorf("round %d: what is served changes with a reload on a full disk", round)
		}
	case 2:
		r.end()
		if err := <-r.ended; !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), `"state"`) {
			t.Errorf("ended on a full disk with %v", err)
		}
		r.disk.empty()
		r.start(t, file)
	}
	r.disk.empty()
	r.until(t, storeUp, func() {})
	if round%4 == 1 {
		r.until(t, fmt.Sprintf("model_owner=%q", r.owner), func() {})
	}
}

// TestDiskFullReadsNotAhead: of a log that is much longer than what is on its way
// to the models, little is read while nothing is counted.
func TestDiskFullReadsNotAhead(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how much a process reads")
	}
	j := newJournal(t, t.TempDir(), 4)
	file := j.setUp(t)
	synctest.Test(t, func(t *testing.T) {
		r := &rig{j: j, w: &watcher{}, disk: &tank{room: true}}
		r.fs = errorfs.Wrap(vfs.NewMem(), r.disk)
		r.start(t, file)
		r.until(t, "ml_predictions_total", r.write(t))
		r.disk.fill(0)
		r.until(t, storeDown, r.write(t))
		f, err := os.OpenFile(filepath.Join(j.dir, "log.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
		line := strings.Repeat(`{"model":"m","features":{"amount":1}}`+"\n", 1<<10)
		for range 1 << 10 {
			if err == nil {
				_, err = f.WriteString(line)
			}
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		before := readSoFar(t)
		r.scrape(t, time.Second)
		if n, size := readSoFar(t)-before, int64(len(line))<<10; n > size/4 {
			t.Errorf("%d of %d bytes are read while nothing is counted", n, size)
		}
		r.disk.empty()
		r.until(t, `ml_predictions_total{model="m",model_version="unknown"} 1.048576e+06`, func() {})
		if n, size := readSoFar(t)-before, int64(len(line))<<10; n < size {
			t.Errorf("%d of %d bytes are read when all is counted", n, size)
		}
		r.end()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
	})
}

// readSoFar returns how many bytes the process has read from anything.
func readSoFar(t *testing.T) (n int64) {
	io, err := os.ReadFile("/proc/self/io")
	if _, err2 := fmt.Sscanf(string(io), "rchar: %d", &n); err != nil || err2 != nil {
		t.Skip(err, err2)
	}
	return n
}
