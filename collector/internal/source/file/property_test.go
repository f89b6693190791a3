package file

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// logger is the model: it knows every line that it wrote.
type logger struct {
	*rig
	rt      *rapid.T
	log     int // number of the current log's content
	line    int
	rotated int    // highest number of a rotated name
	pending string // begun, not written yet
	written []string
	late    *os.File // a renamed log, still open
	lateLog int
}

func (l *logger) more() {
	l.line++
	id := fmt.Sprintf("log%03d-line%05d", l.log, l.line)
	l.written = append(l.written, id)
	l.pending += lines(id)
}

// write writes whole lines, or stops anywhere within one.
func (l *logger) write(*rapid.T) {
	for range rapid.IntRange(1, 60).Draw(l.rt, "lines") {
		l.more()
	}
	n := rapid.IntRange(1, len(l.pending)).Draw(l.rt, "bytes")
	l.append("app.log", l.pending[:n])
	l.pending = l.pending[n:]
}

func (l *logger) flush() {
	if l.pending != "" {
		l.append("app.log", l.pending)
		l.pending = ""
	}
}

func (l *logger) next() string {
	l.flush()
	l.log++
	l.rotated++
	return fmt.Sprintf("app.log.%d", l.rotated)
}

func (l *logger) exists() bool {
	_, err := os.Stat(l.path("app.log"))
	return err == nil
}

func (l *logger) rotateByRename(*rapid.T) {
	if !l.exists() {
		return
	}
	l.closeLate()
	var err error
	l.lateLog = l.log
	name := l.next()
	l.late, err = os.OpenFile(l.path("app.log"), os.O_APPEND|os.O_WRONLY, 0)
	l.check(err)
	l.rename("app.log", name)
}

// writeLate is a process that has not noticed the rotation.
func (l *logger) writeLate(*rapid.T) {
	if l.late == nil {
		return
	}
	id := fmt.Sprintf("log%03d-zlate%05d", l.lateLog, l.line)
	l.line++
	l.written = append(l.written, id)
	_, err := l.late.WriteString(lines(id))
	l.check(err)
}

func (l *logger) closeLate() {
	if l.late != nil {
		l.check(l.late.Close())
		l.late = nil
	}
}

func (l *logger) rotateByCopy(*rapid.T) {
	if !l.exists() {
		return
	}
	l.copy("app.log", l.next())
	l.truncate("app.log")
}

// remove deletes the log after it was read.
func (l *logger) rotateByDelete(*rapid.T) {
	if !l.exists() {
		return
	}
	l.next()
	l.poll()
	l.remove("app.log")
}

// compress replaces some rotated file by its archive, read or not.
func (l *logger) compress(*rapid.T) {
	l.closeLate()
	for n := range l.rotated {
		name := fmt.Sprintf("app.log.%d", n+1)
		b, err := os.ReadFile(l.path(name))
		if err == nil && len(b) > 0 {
			l.rig.write(name+".gz", gzipped(string(b)))
			if rapid.Bool().Draw(l.rt, "poll before removal") {
				l.poll()
			}
			l.remove(name)
			return
		}
	}
}

func (l *logger) restart(*rapid.T) { l.reopen() }

func (l *logger) passTime(*rapid.T) { l.settle() }

// Whatever is written, rotated and read in whatever order: every line comes once,
// and those of one log in their order.
func TestEveryLineOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "every_line_once")
		if err != nil {
			rt.Fatalf("%v", err)
		}
		defer os.RemoveAll(dir)
		l := &logger{rig: newRig(rt, dir, "app.log*"), rt: rt}
		l.open()
		rt.Repeat(map[string]func(*rapid.T){
			"write":        l.write,
			"write again":  l.write,
			"poll":         func(*rapid.T) { l.poll() },
			"rename":       l.rotateByRename,
			"late":         l.writeLate,
			"copytruncate": l.rotateByCopy,
			"delete":       l.rotateByDelete,
			"compress":     l.compress,
			"restart":      l.restart,
			"time":         l.passTime,
		})
		l.more() // a rewrite to the same size within one tick of mtime is seen with the next line only
		l.flush()
		l.closeLate()
		l.settle()
		l.close()
		compare(l)
	})
}

func compare(l *logger) {
	last := map[string]string{}
	for _, id := range l.ids {
		log, line, _ := strings.Cut(id, "-")
		if line <= last[log] {
			l.t.Fatalf("%s after %s", id, last[log])
		}
		last[log] = line
	}
	got := slices.Clone(l.ids)
	slices.Sort(got)
	slices.Sort(l.written)
	if !slices.Equal(got, l.written) {
		for _, id := range l.written {
			if n := count(got, id); n != 1 {
				l.t.Fatalf("%s comes %d times (%d of %d lines)\nlog:\n%s", id, n, len(got), len(l.written), l.rig.log.String())
			}
		}
		l.t.Fatalf("%d events of %d lines", len(got), len(l.written))
	}
}

func count(ids []string, id string) (n int) {
	for _, other := range ids {
		if other == id {
			n++
		}
	}
	return n
}
