package file

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManyLogs: telling logs apart takes no reads per pair of them, and the first
// look, at which all are new, does not put off the next.
func TestManyLogs(t *testing.T) {
	const logs = 100 // of each length: all could be open
	r := newRig(t, t.TempDir(), "*.jsonl").open()
	events := 0
	write := func(prefix string, lines func(i int) int) {
		for i := range logs {
			var text strings.Builder
			for k := range lines(i) {
				fmt.Fprintf(&text, `{"id":"%s-%d-%d","features":{"x":%d}}`+"\n", prefix, i, k, k)
				events++
			}
			r.write(fmt.Sprintf("%s%d.jsonl", prefix, i), text.String())
		}
	}
	write("known", func(i int) int { return 40 + i%50 }) // over a KiB
	start := r.clock
	r.s.now = func() time.Time { r.clock = r.clock.Add(time.Minute); return r.clock } // a slow disk
	r.s.scan()
	if d := r.s.nextScan.Sub(r.clock); d > pollInterval {
		t.Errorf("the first look, of %v, puts off the next by %v", r.clock.Sub(start), d)
	}
	r.s.now, r.s.nextScan = func() time.Time { return r.clock }, r.clock
	r.poll()

	known := r.s.files
	for _, f := range known {
		r.check(f.close())
	}
	write("short", func(i int) int { return 1 + i%3 }) // shorter than the heads of the known
	write("long", func(i int) int { return 100 + i })  // longer than all of them
	r.poll()
	opened := 0
	for _, f := range known {
		if f.h != nil {
			opened++
		}
	}
	if opened > 0 {
		t.Errorf("%d of %d known logs were opened to tell others apart", opened, len(known))
	}
	if len(r.ids) != events {
		t.Errorf("%d events of %d", len(r.ids), events)
	}
}
