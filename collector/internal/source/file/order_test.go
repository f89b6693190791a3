package file

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

var discard = slog.New(slog.DiscardHandler)

// timed are events of a file, one a minute from a start.
func timed(prefix string, start time.Time, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%s-%06d","timestamp":%q,"prediction":1}`+"\n", prefix, i,
			start.Add(time.Duration(i)*time.Minute).Format(time.RFC3339))
	}
	return b.String()
}

// Files of equal mtime, as after a checkout: rotated ones come one after the
// other, parallel ones side by side, whatever their names.
func TestBacklogInEventTime(t *testing.T) {
	r := newRig(t, t.TempDir(), "*")
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	const n = 10_000 // three blocks
	r.write("a.log", timed("third", day.AddDate(0, 0, 20), n))
	r.write("b.log", timed("first", day, n))
	r.write("c.log.gz", gzipped(timed("second", day.AddDate(0, 0, 10), n)))
	r.write("d.log", timed("first_too", day, n))
	for _, f := range []string{"a.log", "b.log", "c.log.gz", "d.log"} {
		r.old(f)
	}
	r.open()
	r.poll()
	order := slices.Compact(slices.Clone(r.files))
	at := func(name string) (first, last int) {
		last = len(order) - 1
		for order[last] != name {
			last--
		}
		return slices.Index(order, name), last
	}
	if b, _ := at("b.log"); b > 1 {
		t.Errorf("the oldest file comes as number %d: %q", b, order)
	}
	if _, d := at("d.log"); d < 3 {
		t.Errorf("parallel files do not alternate: %q", order)
	}
	first, _ := at("a.log")
	if _, c := at("c.log.gz"); c > first+2 { // they overlap by some hours
		t.Errorf("the newest file was begun too early: %q", order)
	}
	if len(r.ids) != 4*n {
		t.Errorf("%d events, want %d", len(r.ids), 4*n)
	}
	r.close()
}

// A file with much to read does not keep the others waiting for longer than a
// block.
func TestFairTurns(t *testing.T) {
	r := newRig(t, t.TempDir(), "*")
	for i := range 20 {
		r.write(fmt.Sprintf("%02d.log", i), lines(fmt.Sprintf("first-%d", i)))
	}
	r.open()
	r.poll()
	r.ids, r.files = nil, nil
	r.append("00.log", lines(numbered("busy", 0, 100_000)...))
	for i := 1; i < 20; i++ {
		r.append(fmt.Sprintf("%02d.log", i), lines(fmt.Sprintf("calm-%d", i)))
	}
	r.poll()
	if len(r.ids) != 100_019 {
		t.Fatalf("%d events", len(r.ids))
	}
	last := len(r.files) - 1
	for r.files[last] == "00.log" {
		last--
	}
	if perBlock := blockSize / len(lines("busy-000000")); last > 19+2*perBlock {
		t.Errorf("the last of the calm files comes after %d events", last)
	}
	r.close()
}

// More files than are held open.
func TestManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 600 files")
	}
	const n = maxOpen + 88
	r := newRig(t, t.TempDir(), "*.log")
	var want []string
	for i := range n {
		r.write(fmt.Sprintf("%04d.log", i), lines(fmt.Sprintf("a-%04d", i)))
		want = append(want, fmt.Sprintf("a-%04d", i), fmt.Sprintf("b-%04d", i))
	}
	r.open()
	r.poll()
	for i := range n {
		r.append(fmt.Sprintf("%04d.log", i), lines(fmt.Sprintf("b-%04d", i)))
	}
	r.poll()
	open := 0
	for _, f := range r.s.files {
		if f.h != nil {
			open++
		}
	}
	if open > maxOpen+1 {
		t.Errorf("%d files are open", open)
	}
	slices.Sort(r.ids)
	slices.Sort(want)
	r.want(want...)
	r.close()
}
