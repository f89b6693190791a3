package parquet

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/config"
)

// timed is a row of a feature table; times count in minutes.
type timed struct {
	Driver  int64      `parquet:"driver_id"`
	Time    *time.Time `parquet:"at,optional,timestamp(microsecond)"`
	Created *time.Time `parquet:"created,optional,timestamp(microsecond)"`
}

func minute(m int) *time.Time {
	t := time.Date(2026, 11, 1, 0, m, 0, 0, time.UTC)
	return &t
}

func newTimedRig(t testing.TB, created bool) *rig {
	r := newRig(t)
	r.cfg.Fields.ID = config.Field{Paths: []string{"driver_id", "at"}, Joined: true}
	r.cfg.Fields.Timestamp.Paths = []string{"at"}
	if created {
		r.cfg.View = &config.View{Created: "created"}
		r.cfg.Fields.Values.Paths = []string{"created"}
	}
	return r
}

// wantRows compares what was delivered since it was last called: drivers and minutes.
func (r *rig) wantRows(want ...string) {
	r.t.Helper()
	r.poll()
	var got []string
	for _, id := range r.ids {
		var driver, at string
		if n, _ := fmt.Sscanf(id, "%4s\x1f%s", &driver, &at); n < 2 {
			got = append(got, id)
			continue
		}
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			r.t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s@%d", driver, when.Hour()*60+when.Minute()))
	}
	r.ids = nil
	if diff := cmp.Diff(got, want); diff != "" {
		r.t.Errorf("rows (-got +want):\n%s", diff)
	}
}

// TestRewrittenFile writes a file again with more rows before the old ones, as Feast
// does: only they count, of the newest time too, and over a restart.
func TestRewrittenFile(t *testing.T) {
	r := newTimedRig(t, false)
	rows := []timed{{1001, minute(1), nil}, {1002, minute(2), nil}, {1001, minute(2), nil}}
	r.write("a.parquet", encode(t, [][]timed{rows}))
	r.wantRows("1001@1", "1002@2", "1001@2")
	rows = append([]timed{{1003, minute(2), nil}, {1001, minute(3), nil}}, rows...)
	r.write("a.parquet", encode(t, [][]timed{rows}))
	r.wantRows("1003@2", "1001@3")
	r.restart()
	late := timed{1004, minute(1), nil}
	rows = append([]timed{{1002, minute(4), nil}, late, {1005, nil, nil}}, rows...)
	r.write("a.parquet", encode(t, [][]timed{rows}))
	r.wantRows("1002@4")
	r.write("a.parquet", encode(t, [][]timed{rows, {late}})) // what is appended is new, late or not
	r.wantRows("1004@1")
}

// TestRewrittenFileWithCreated reads late rows of a file that was written again, by
// the time of their writing. Rows without one go by the time of their event.
func TestRewrittenFileWithCreated(t *testing.T) {
	r := newTimedRig(t, true)
	rows := []timed{{1001, minute(30), minute(31)}, {1002, minute(20), nil}}
	r.write("a.parquet", encode(t, [][]timed{rows}))
	r.wantRows("1001@30", "1002@20")
	rows = append([]timed{{1003, minute(5), minute(32)}, {1004, minute(6), minute(30)}, {1005, minute(21), nil}, {1006, minute(19), nil}}, rows...)
	r.write("a.parquet", encode(t, [][]timed{rows}))
	r.wantRows("1003@5", "1005@21")
}

// TestRewrittenFileWithoutIDs tells rows of the newest time by their values.
func TestRewrittenFileWithoutIDs(t *testing.T) {
	r := newTimedRig(t, false)
	r.cfg.Fields.ID = config.Field{}
	rows := []timed{{1001, minute(1), nil}, {1002, minute(1), nil}}
	r.write("a.parquet", encode(t, [][]timed{rows}))
	r.wantRows("", "")
	r.write("a.parquet", encode(t, [][]timed{append([]timed{{1003, minute(1), nil}}, rows...)}))
	r.wantRows("")
}

// TestManyRowsOfTheNewestTime are more than are remembered: none of that time is
// read again.
func TestManyRowsOfTheNewestTime(t *testing.T) {
	r := newTimedRig(t, false)
	var rows []timed
	for i := range maxAtEdge + 1 {
		rows = append(rows, timed{int64(1001 + i), minute(1), nil})
	}
	r.write("a.parquet", encode(t, [][]timed{rows}))
	r.poll()
	if len(r.ids) != len(rows) {
		t.Fatalf("%d rows, want %d", len(r.ids), len(rows))
	}
	r.ids = nil
	r.write("a.parquet", encode(t, [][]timed{append([]timed{{9001, minute(1), nil}, {9002, minute(2), nil}}, rows...)}))
	r.wantRows("9002@2")
}

// TestEachTimedRowOnce writes files again with more rows in any order, appends row
// groups, cuts them short and restarts at any position.
func TestEachTimedRowOnce(t *testing.T) {
	dir := t
	most := 6000
	if testing.Short() {
		most = 20
	}
	rapid.Check(t, func(t *rapid.T) {
		r := newTimedRig(dir, false)
		r.cfg.Fields.ID = config.Field{Paths: []string{"driver_id"}}
		var groups [][]timed
		var want []string
		next := 0
		more := func() []timed {
			var rows []timed
			for range rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(1, most)).Draw(t, "rows") {
				next++
				rows = append(rows, timed{int64(next), minute(next / 7), nil})
				want = append(want, fmt.Sprint(next))
			}
			return rows
		}
		r.start()
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"append", "rewrite", "damage", "restart"}).Draw(t, "step") {
			case "append":
				groups = append(groups, more())
				r.write("a.parquet", encode(dir, groups))
			case "rewrite":
				r.poll() // it goes by what was read to the end
				groups = [][]timed{append(more(), slices.Concat(groups...)...)}
				r.write("a.parquet", encode(dir, groups))
			case "damage":
				r.poll()
				r.write("a.parquet", []byte("neither a table nor anything else"))
				r.now = r.now.Add(2 * unfinishedAfter)
				r.poll()
				if len(groups) > 0 {
					r.write("a.parquet", encode(dir, groups))
				}
			case "restart":
				r.restart()
			}
		}
		r.poll()
		if err := r.s.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(r.ids)
		slices.Sort(want)
		if !slices.Equal(r.ids, want) {
			t.Fatalf("%d rows delivered, %d of them different; %d written", len(r.ids), len(slices.Compact(r.ids)), len(want))
		}
	})
}

func TestNewestReadsBack(t *testing.T) {
	edges := rapid.Custom(func(t *rapid.T) edge {
		e := edge{known: rapid.Bool().Draw(t, "known")}
		if e.known {
			e.at, e.many = rapid.Int64().Draw(t, "at"), rapid.Bool().Draw(t, "many")
		}
		if n := rapid.IntRange(0, 3).Draw(t, "rows"); e.known && !e.many && n > 0 {
			e.rows = rapid.SliceOfN(rapid.Uint64(), n, n).Draw(t, "hashes")
			slices.Sort(e.rows)
		}
		return e
	})
	rapid.Check(t, func(t *rapid.T) {
		m := mark{content: "0", stamp: rapid.SampledFrom([]string{"x", "a newest b", `"`}).Draw(t, "stamp"), bad: rapid.Bool().Draw(t, "bad")}
		m.newest = newest{edges.Draw(t, "written"), edges.Draw(t, "event")}
		m.whole = newest{edges.Draw(t, "written"), edges.Draw(t, "event")}
		m.again = !m.whole.empty() && rapid.Bool().Draw(t, "again")
		got, err := parseMark(m.String())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%v read back as %v, %v", m, got, err)
		}
	})
}

func FuzzMark(f *testing.F) {
	f.Add(`1.2 x 3 "a"`)
	f.Add(`1.2 x 3 "a" damaged newest -,12:AAAAAAAAAAA whole 3:*,- again`)
	f.Fuzz(func(t *testing.T, at string) {
		if m, err := parseMark(at); err == nil && m.String() != at {
			t.Errorf("%q is read as %q", at, m.String())
		}
	})
}
