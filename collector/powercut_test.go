package collector_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
)

// powerCuts is how often TestPowerCut pulls the plug, fewer under -short: the race
// detector makes each ten times as long.
func powerCuts() int {
	if testing.Short() {
		return 10
	}
	return 120
}

// plug is a disk whose power is cut at one of its writes, syncs, creations, links,
// renames or removals: what would be there afterwards is kept.
type plug struct {
	mu    sync.Mutex
	rand  *rand.Rand
	disk  *vfs.MemFS
	left  int // changes until the cut
	after *vfs.MemFS
}

func (p *plug) String() string { return "plug" }

func (p *plug) MaybeError(op errorfs.Op) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
		if p.left--; p.left == 0 {
			p.after = p.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: p.rand.IntN(3) * 50, RNG: p.rand})
		}
	}
	return nil
}

// pulled tells whether there is no power any more.
func (p *plug) pulled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.after != nil
}

// TestPowerCut cuts the power at any change of the disk, also while the exporter
// starts, and keeps any part of what was not synced: what is counted in the end
// equals the log exactly, and nothing that was scraped ever steps back.
func TestPowerCut(t *testing.T) {
	j := newJournal(t, t.TempDir(), 2)
	file := j.setUp(t)
	w := &watcher{}
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewCrashableMem()
		for range powerCuts() {
			disk = liveUntilCut(t, j, w, file, disk)
		}
		settle(t, j, w, file, disk)
	})
	w.report(t, powerCuts())
	t.Logf("%d cuts, %d rotations, %d predictions, %d scrapes", powerCuts(), j.rotations, j.written, w.scrapes)
}

// quick loads a configuration whose every moment is near a commit.
func quick(t *testing.T, file string) *config.Config {
	t.Helper()
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Global.EvaluationInterval = 20 * time.Millisecond
	return cfg
}

// liveUntilCut runs an exporter while the journal is written, and returns what is
// on the disk when its power is cut.
func liveUntilCut(t *testing.T, j *journal, w *watcher, file string, disk *vfs.MemFS) *vfs.MemFS {
	p := &plug{rand: rand.New(rand.NewPCG(j.rand.Uint64(), 1)), disk: disk, left: 1 + j.rand.IntN(300)}
	c, err := collector.New(quick(t, file), collector.Options{}.On(errorfs.Wrap(disk, p)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	for !p.pulled() {
		j.write(t, 1+j.rand.IntN(20), time.Now())
		if j.rand.IntN(20) == 0 {
			j.rotate(t)
		}
		time.Sleep(time.Duration(j.rand.IntN(10)) * time.Millisecond)
		// What is served after the cut was never seen by anybody.
		if code, page := get(t, c.Handler(), "/metrics"); code == 200 && strings.Contains(page, "ml_") && !p.pulled() {
			w.see(page)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if j.rand.IntN(3) == 0 {
		j.write(t, 50, time.Now()) // while nobody looks
		j.rotate(t)
	}
	return p.after
}

// settle runs an exporter until everything is counted, and until the labels of
// nobody have waited long enough.
func settle(t *testing.T, j *journal, w *watcher, file string, disk vfs.FS) {
	cfg := quick(t, file)
	cfg.Global.EvaluationInterval = time.Minute
	for i := range cfg.Sources {
		cfg.Sources[i].File.PollInterval = time.Minute
	}
	j.add(float64(j.nobodys), "ml_labels_unmatched_total", `model="m"`)
	c, stop := running(t, cfg, collector.Options{}.On(disk))
	defer stop()
	err := errors.New("not scraped")
	for end := time.Now().Add(2 * time.Hour); err != nil && time.Now().Before(end); {
		time.Sleep(time.Minute)
		synctest.Wait()
		_, page := get(t, c.Handler(), "/metrics")
		w.see(page)
		err = j.matches(page)
	}
	if err != nil {
		t.Errorf("after %d rotations, %d predictions: %v", j.rotations, j.written, err)
	}
}
