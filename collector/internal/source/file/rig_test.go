package file

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

const (
	pollInterval = 250 * time.Millisecond
	rotateWait   = 5 * time.Second
)

// tester is what testing.TB and rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// rig drives a source in one goroutine on a clock of its own, and collects the
// ids of the events.
type rig struct {
	t         tester
	dir       string
	cfg       config.Source
	clock     time.Time
	s         *Source
	log       bytes.Buffer
	ids       []string
	files     []string // of the ids
	rejected  uint64
	positions map[string]source.Position
}

func newRig(t tester, dir string, globs ...string) *rig {
	r := &rig{t: t, dir: dir, clock: time.Now(), positions: map[string]source.Position{}}
	for i := range globs {
		globs[i] = filepath.Join(dir, globs[i])
	}
	r.cfg = config.Source{
		Name: "test", Format: config.JSON, MaxLineBytes: 64 << 10,
		File: &config.File{Paths: globs, Start: config.Beginning, PollInterval: pollInterval, RotateWait: rotateWait},
	}
	return r
}

// open opens the source behind the positions collected so far.
func (r *rig) open() *rig {
	r.t.Helper()
	set, err := decode.New(r.cfg, config.Limits{})
	if err != nil {
		r.t.Fatalf("decoder: %v", err)
	}
	var resume []source.Position
	for _, p := range r.positions {
		resume = append(resume, p)
	}
	log := slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if r.s, err = Open(r.cfg, set, resume, log); err != nil {
		r.t.Fatalf("open: %v", err)
	}
	r.s.now = func() time.Time { return r.clock }
	return r
}

// reopen closes the source and opens another one behind the same positions.
func (r *rig) reopen() *rig {
	r.close()
	return r.open()
}

func (r *rig) close() {
	if err := r.s.Close(); err != nil {
		r.t.Fatalf("close: %v", err)
	}
}

// poll passes d and reads until nothing is left.
func (r *rig) pollAfter(d time.Duration) {
	r.clock = r.clock.Add(d)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.s.wait = func(context.Context, time.Duration) { cancel() }
	var b event.Batch
	for range 1_000_000 {
		p, err := r.s.Next(ctx, &b)
		if err != nil {
			return
		}
		r.take(&b, p)
	}
	r.t.Fatalf("the source does not come to rest:\n%s", r.log.String())
}

// one reads one batch.
func (r *rig) one() {
	r.t.Helper()
	var b event.Batch
	p, err := r.s.Next(context.Background(), &b)
	r.check(err)
	r.take(&b, p)
}

func (r *rig) poll() { r.pollAfter(pollInterval) }

// settle polls until rotated files are over.
func (r *rig) settle() {
	for range 4 {
		r.pollAfter(rotateWait)
	}
}

func (r *rig) take(b *event.Batch, p source.Position) {
	for i := range b.N {
		r.ids = append(r.ids, string(b.ID(i)))
		r.files = append(r.files, filepath.Base(b.File))
	}
	for _, n := range b.Rejected {
		r.rejected += n
	}
	if p.At == "" {
		delete(r.positions, p.Part)
	} else {
		r.positions[p.Part] = p
	}
}

// want compares the ids since the last call.
func (r *rig) want(ids ...string) {
	r.t.Helper()
	if !slices.Equal(r.ids, ids) {
		r.t.Fatalf("got %q, want %q\nlog:\n%s", r.ids, ids, r.log.String())
	}
	r.ids = nil
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

// lines are events with these ids, padded so that two of them differ from the
// beginning.
func lines(ids ...string) string {
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&b, `{"id":%q,"prediction":"1"}`+"\n", id)
	}
	return b.String()
}

// numbered are the ids prefix-from … prefix-(to-1).
func numbered(prefix string, from, to int) []string {
	ids := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		ids = append(ids, fmt.Sprintf("%s-%06d", prefix, i))
	}
	return ids
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	r.check(os.WriteFile(r.path(name), []byte(text), 0o644))
}

func (r *rig) append(name, text string) {
	r.t.Helper()
	f, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	r.check(err)
	_, err = f.WriteString(text)
	r.check(err)
	r.check(f.Close())
}

func (r *rig) rename(from, to string) { r.t.Helper(); r.check(os.Rename(r.path(from), r.path(to))) }

func (r *rig) remove(name string) { r.t.Helper(); r.check(os.Remove(r.path(name))) }

func (r *rig) copy(from, to string) {
	r.t.Helper()
	b, err := os.ReadFile(r.path(from))
	r.check(err)
	r.write(to, string(b))
}

func (r *rig) truncate(name string) { r.t.Helper(); r.check(os.Truncate(r.path(name), 0)) }

func (r *rig) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatalf("%v", err)
	}
}

var _ tester = (*testing.T)(nil)
