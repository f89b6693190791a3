package file

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// The test binary is its own writer: with this variable set to a rotation style
// it writes a log into the directory of its first argument, as many lines as the
// second says, and rotates it every so many lines as the third says.
const writerStyle = "FILE_TEST_WRITER"

// A rotation gives the writer's log another file. It returns the one to go on in.
type rotation func(w *writer) error

var rotations = map[string]rotation{
	"rename":       rotateRename,
	"compress":     rotateCompress,
	"copytruncate": rotateCopy,
	"delete":       rotateDelete,
	"symlink":      rotateSymlink,
	"later":        rotateLater,
}

type writer struct {
	dir string
	n   int // rotations
	f   *os.File
	ask *bufio.Reader
}

func writerMain() int {
	count, errCount := strconv.Atoi(os.Args[2])
	every, errEvery := strconv.Atoi(os.Args[3])
	w := &writer{dir: os.Args[1], ask: bufio.NewReader(os.Stdin)}
	err := w.run(rotations[os.Getenv(writerStyle)], count, every)
	for _, err := range []error{errCount, errEvery, err} {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

func (w *writer) path(name string) string { return filepath.Join(w.dir, name) }

func (w *writer) create(name string) (err error) {
	w.f, err = os.OpenFile(w.path(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	return err
}

// run writes lines in pieces that end anywhere.
func (w *writer) run(rotate rotation, count, every int) error {
	first := "app.log"
	if os.Getenv(writerStyle) == "symlink" {
		first = "target.0"
		if err := os.Symlink(w.path(first), w.path("app.log")); err != nil {
			return err
		}
	}
	if err := w.create(first); err != nil {
		return err
	}
	var pending []byte
	for i := range count {
		pending = append(pending, lines(fmt.Sprint(i))...)
		if i%7 != 6 && (i+1)%every != 0 && i != count-1 {
			continue
		}
		cut := len(pending) * (i % 11) / 10
		if (i+1)%every == 0 || i == count-1 {
			cut = len(pending)
		}
		cut = min(cut, len(pending))
		if _, err := w.f.Write(pending[:cut]); err != nil {
			return err
		}
		pending = append(pending[:0], pending[cut:]...)
		if (i+1)%every == 0 && i != count-1 {
			if err := rotate(w); err != nil {
				return err
			}
			w.n++
		}
	}
	return w.f.Close()
}

// sync waits until the reader is where the writer is: deleting or truncating
// sooner would take lines away that nobody saw.
func (w *writer) sync() error {
	fmt.Println("sync")
	_, err := w.ask.ReadString('\n')
	return err
}

func rotateRename(w *writer) error {
	for i := w.n; i > 0; i-- { // app.log.1 is the youngest
		if err := os.Rename(w.path(fmt.Sprint("app.log.", i)), w.path(fmt.Sprint("app.log.", i+1))); err != nil {
			return err
		}
	}
	if err := os.Rename(w.path("app.log"), w.path("app.log.1")); err != nil {
		return err
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	return w.create("app.log")
}

// rotateCompress compresses the log that was renamed last time.
func rotateCompress(w *writer) error {
	previous := w.path(fmt.Sprint("app.log.", w.n))
	if w.n > 0 {
		if err := compress(previous); err != nil {
			return err
		}
	}
	if err := os.Rename(w.path("app.log"), w.path(fmt.Sprint("app.log.", w.n+1))); err != nil {
		return err
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	return w.create("app.log")
}

func compress(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path + ".gz")
	if err != nil {
		return err
	}
	z := gzip.NewWriter(out)
	if _, err := io.Copy(z, in); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Remove(path)
}

// rotateCopy does not write while it copies, or the lines between copy and
// truncation would be lost to everyone. The reader may be behind: it finds the
// rest in the copy.
func rotateCopy(w *writer) error {
	b, err := os.ReadFile(w.path("app.log"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(w.path(fmt.Sprint("app.log.", w.n)), b, 0o644); err != nil {
		return err
	}
	return w.f.Truncate(0)
}

// rotateDelete keeps writing to the deleted file for a while.
func rotateDelete(w *writer) error {
	if err := w.sync(); err != nil {
		return err
	}
	if err := os.Remove(w.path("app.log")); err != nil {
		return err
	}
	if _, err := w.f.WriteString(lines(fmt.Sprint("late-", w.n))); err != nil {
		return err
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	return w.create("app.log")
}

func rotateSymlink(w *writer) error {
	if err := w.sync(); err != nil {
		return err
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	next := fmt.Sprint("target.", w.n+1)
	if err := w.create(next); err != nil {
		return err
	}
	if err := os.Symlink(w.path(next), w.path("link")); err != nil {
		return err
	}
	return os.Rename(w.path("link"), w.path("app.log"))
}

func rotateLater(w *writer) error {
	if err := w.f.Close(); err != nil {
		return err
	}
	return w.create(fmt.Sprint("app.log.", w.n))
}

func TestRotationByAnotherProcess(t *testing.T) {
	count := 60_000
	if testing.Short() {
		count = 6_000
	}
	for style := range rotations {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			glob := "app.log*"
			if style == "delete" || style == "symlink" {
				glob = "app.log"
			}
			r := newRig(t, t.TempDir(), glob)
			r.cfg.File.PollInterval, r.cfg.File.RotateWait = 2*time.Millisecond, 200*time.Millisecond
			r.open()
			defer r.close()
			r.s.now = time.Now
			every := count / 9
			if style == "delete" || style == "symlink" {
				every = count / 5
			}
			done, lag := startWriter(t, style, r.dir, count, every)
			want := count
			if style == "delete" {
				want += 4
			}
			r.follow(t, want, every, done, lag)
		})
	}
}

// startWriter runs the writer process. done is closed when it has ended; lag
// gets a channel to close whenever it waits for the reader.
func startWriter(t *testing.T, style, dir string, count, every int) (done chan struct{}, lag chan chan struct{}) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], dir, strconv.Itoa(count), strconv.Itoa(every))
	cmd.Env = append(os.Environ(), writerStyle+"="+style)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done, lag = make(chan struct{}), make(chan chan struct{}, 1)
	go func() {
		defer close(done)
		asks := bufio.NewScanner(out)
		for asks.Scan() {
			reached := make(chan struct{})
			lag <- reached
			select {
			case <-reached:
			case <-t.Context().Done():
			}
			_, _ = io.WriteString(in, "go\n") // its end shows below
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("writer: %v", err)
		}
	}()
	t.Cleanup(func() { <-done })
	return done, lag
}

// follow reads until all ids are there, then until the files are quiet, and
// compares.
func (r *rig) follow(t *testing.T, want, every int, done chan struct{}, lag chan chan struct{}) {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	idle, reached := 0, 0
	var waiting chan struct{}
	r.s.wait = func(ctx context.Context, d time.Duration) {
		select {
		case waiting = <-lag:
			reached += every
		default:
		}
		if waiting != nil && len(r.ids) >= reached {
			close(waiting)
			waiting = nil
		}
		select {
		case <-done:
			idle++
		default:
		}
		if idle > 300 { // 0.6 s: the rotate wait, three times
			cancel()
		}
		wait(ctx, d)
	}
	var b event.Batch
	for {
		p, err := r.s.Next(ctx, &b)
		if err != nil {
			break
		}
		r.take(&b, p)
		if st := r.s.Status(); !st.Up && len(r.ids) > 0 {
			t.Fatalf("down: %+v", st)
		}
	}
	// A name may belong to one log after another; each has so many lines as every.
	seen, last := map[string]int{}, map[string]int{}
	for i, id := range r.ids {
		seen[id]++
		n, err := strconv.Atoi(id)
		if err != nil {
			continue // a late one
		}
		if before, ok := last[r.files[i]]; ok && n < before && before-n < every {
			t.Errorf("%s: %d after %d", r.files[i], n, before)
		}
		last[r.files[i]] = n
	}
	twice := 0
	for _, n := range seen {
		twice += n - 1
	}
	if len(seen) != want || twice > 0 || r.rejected > 0 {
		t.Errorf("%d of %d lines, %d twice, %d rejected\nlog:\n%s", len(seen), want, twice, r.rejected, r.log.String())
	}
	<-done
}
