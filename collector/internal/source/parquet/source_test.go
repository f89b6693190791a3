package parquet

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

func idsFrom(first, last int) []string {
	var ids []string
	for i := first; i <= last; i++ {
		ids = append(ids, strconv.Itoa(i))
	}
	return ids
}

func (r *rig) want(ids ...[]string) {
	r.t.Helper()
	if diff := cmp.Diff(r.ids, slices.Concat(ids...)); diff != "" {
		r.t.Fatalf("rows (-got +want):\n%s", diff)
	}
}

func TestNewFilesAndAppendedRowGroups(t *testing.T) {
	r := newRig(t)
	r.write("b.parquet", encode(t, [][]row{rowsFrom(1, 5000)}))
	r.write("a.parquet", encode(t, [][]row{rowsFrom(5001, 5010)}))
	r.poll()
	r.want(idsFrom(1, 5010)) // the older file first
	r.write("b.parquet", encode(t, [][]row{rowsFrom(1, 5000), rowsFrom(6001, 6003)}))
	r.write("c.parquet", encode(t, [][]row{rowsFrom(7001, 7002)}))
	r.poll()
	r.want(idsFrom(1, 5010), idsFrom(6001, 6003), idsFrom(7001, 7002))
	r.restart()
	r.poll()
	r.want(idsFrom(1, 5010), idsFrom(6001, 6003), idsFrom(7001, 7002))
	if s := r.s.Status(); !s.Up || s.Errors != 0 || s.Parts != 3 {
		t.Errorf("status %+v, want up with 3 parts and no error", s)
	}
}

func TestReplacedFileIsReadAnew(t *testing.T) {
	r := newRig(t)
	r.write("a.parquet", encode(t, [][]row{rowsFrom(1, 10), rowsFrom(11, 20)}))
	r.poll()
	same := encode(t, [][]row{rowsFrom(1, 10), rowsFrom(11, 20)})
	r.write("a.parquet", same) // the same rows, written again
	r.poll()
	r.want(idsFrom(1, 20))
	r.write("a.parquet", encode(t, [][]row{rowsFrom(31, 40)}))
	r.poll()
	r.want(idsFrom(1, 20), idsFrom(31, 40))
}

// A file that is shorter than what was read of it is another one, even if it
// begins alike.
func TestShortenedFile(t *testing.T) {
	r := newRig(t)
	r.write("a.parquet", encode(t, [][]row{rowsFrom(1, 10), rowsFrom(11, 20)}))
	r.poll()
	r.write("a.parquet", encode(t, [][]row{rowsFrom(1, 10)}))
	r.poll()
	r.want(idsFrom(1, 20), idsFrom(1, 10))
}

func TestRestartAtEveryBatch(t *testing.T) {
	r := newRig(t)
	r.write("a.parquet", encode(t, [][]row{rowsFrom(1, 9000), rowsFrom(9001, 9001), rowsFrom(9002, 14000)}))
	r.write("b.parquet", encode(t, [][]row{rowsFrom(14001, 14005)}))
	r.start()
	var b event.Batch
	for n := 0; r.next(&b); n++ {
		if n > 50 {
			t.Fatal("the source does not come to an end")
		}
		r.restart()
	}
	r.want(idsFrom(1, 14005))
}

// A batch that was delivered but not applied comes again.
func TestDeliveredIsNotApplied(t *testing.T) {
	r := newRig(t)
	r.write("a.parquet", encode(t, [][]row{rowsFrom(1, 9000)}))
	r.start()
	var b event.Batch
	r.next(&b)
	applied, ids := r.last[r.path("a.parquet")], len(r.ids)
	r.next(&b)
	r.last[r.path("a.parquet")], r.ids = applied, r.ids[:ids]
	r.restart()
	r.poll()
	r.want(idsFrom(1, 9000))
}

func TestUnfinishedFileIsRetried(t *testing.T) {
	r := newRig(t)
	data := encode(t, [][]row{rowsFrom(1, 100)})
	r.write("a.parquet", data[:len(data)/2])
	r.start()
	r.s.cfg.PollInterval = time.Second
	r.poll()
	if s := r.s.Status(); s.Errors != 0 || !s.Up {
		t.Errorf("a file being written: status %+v, want up without errors", s)
	}
	r.write("a.parquet", data)
	r.poll()
	r.want(idsFrom(1, 100))
}

func TestFileWithoutFooterIsAnErrorAfterAMinute(t *testing.T) {
	r := newRig(t)
	data := encode(t, [][]row{rowsFrom(1, 100)})
	r.write("a.parquet", data[:len(data)/2])
	r.now = r.now.Add(2 * time.Minute)
	r.poll()
	r.poll()
	if s := r.s.Status(); s.Errors != 1 || s.Up || r.bad != 1 {
		t.Errorf("status %+v, %d rejections; want down with one error and one rejection", s, r.bad)
	}
	r.write("a.parquet", data)
	r.poll()
	r.want(idsFrom(1, 100))
	if s := r.s.Status(); !s.Up {
		t.Errorf("status %+v after the file was finished, want up", s)
	}
}

// A damaged page costs what is behind it until the file is repaired; the rows
// before it are not read again.
func TestDamagedFile(t *testing.T) {
	r := newRig(t)
	good := encode(t, [][]row{rowsFrom(1, 5000), rowsFrom(5001, 10000)})
	damaged := slices.Clone(good)
	for i := len(good) * 3 / 5; i < len(good)*3/5+64; i++ {
		damaged[i] ^= 0xff
	}
	r.write("a.parquet", damaged)
	r.write("b.parquet", encode(t, [][]row{rowsFrom(20001, 20010)}))
	r.poll()
	before := len(r.ids)
	if before < 5010 || before >= 10010 {
		t.Fatalf("%d rows of a damaged file and a good one, want all of the first row group and of the good one", before)
	}
	r.poll()
	if s := r.s.Status(); s.Up || s.Errors != 1 || r.bad != 1 || len(r.ids) != before {
		t.Errorf("status %+v, %d rejections, %d rows; want down, one error, one rejection, %d rows", s, r.bad, len(r.ids), before)
	}
	r.restart()
	r.poll()
	if r.bad != 1 || len(r.ids) != before || r.s.Status().Up {
		t.Errorf("after a restart: %d rejections, %d rows, up %v; want 1, %d, false", r.bad, len(r.ids), r.s.Status().Up, before)
	}
	r.write("a.parquet", good)
	r.poll()
	slices.SortFunc(r.ids, func(a, b string) int { x, _ := strconv.Atoi(a); y, _ := strconv.Atoi(b); return x - y })
	r.want(idsFrom(1, 10000), idsFrom(20001, 20010))
}

// Names of folders are columns; names that begin with _ or . are not read.
func TestPartitions(t *testing.T) {
	r := newRig(t)
	r.write("day=2026-11-01/country=D%20E/a.parquet", encode(t, [][]row{rowsFrom(1, 1)}))
	r.write("day=2026-11-02/country=__HIVE_DEFAULT_PARTITION__/a.parquet", encode(t, [][]row{rowsFrom(2, 2)}))
	r.write("2026/11/03/a.parquet", encode(t, [][]row{rowsFrom(3, 3)}))
	r.write("_temporary/a.parquet", encode(t, [][]row{rowsFrom(4, 4)}))
	r.write(".hidden.parquet", encode(t, [][]row{rowsFrom(5, 5)}))
	r.write("_SUCCESS", nil)
	r.cfg.Fields.Timestamp.Paths = []string{"day"}
	r.start()
	var got []string
	var b event.Batch
	for r.next(&b) {
		for i := range b.N {
			day, country := "none", "absent"
			if b.Times[i] != event.NoTime {
				day = time.Unix(0, b.Times[i]).UTC().Format(time.DateOnly)
			}
			for _, f := range b.Features {
				switch {
				case f.Name == "day":
					t.Error("the column of the timestamp is a feature, too")
				case f.Name == "country" && f.Cells[i] == event.Null:
					country = "null"
				case f.Name == "country" && f.Cells[i] == event.Text:
					country, _ = f.Text(i)
				}
			}
			got = append(got, fmt.Sprintf("%s %s %s", b.ID(i), day, country))
		}
	}
	if diff := cmp.Diff(got, []string{"1 2026-11-01 D E", "2 2026-11-02 null", "3 none absent"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestGlobsAndMissingFiles(t *testing.T) {
	r := newRig(t)
	r.cfg.Parquet.Paths = []string{r.path("x*/part-?.parquet"), r.path("one[1].parquet"), r.path("none/*.parquet")}
	r.write("x1/part-1.parquet", encode(t, [][]row{rowsFrom(1, 2)}))
	r.write("x2/part-22.parquet", encode(t, [][]row{rowsFrom(3, 4)}))
	r.write("one[1].parquet", encode(t, [][]row{rowsFrom(5, 6)}))
	r.poll()
	r.poll()
	r.want(idsFrom(1, 2), idsFrom(5, 6))
	if s := r.s.Status(); s.Up || s.Errors != 1 {
		t.Errorf("status %+v, want down with one error: a path matches nothing", s)
	}
	r.write("none/a.parquet", encode(t, [][]row{rowsFrom(7, 7)}))
	r.poll()
	if s := r.s.Status(); !s.Up {
		t.Errorf("status %+v, want up", s)
	}
	if err := os.Remove(r.path("none/a.parquet")); err != nil {
		t.Fatal(err)
	}
	r.poll()
	r.write("none/a.parquet", encode(t, [][]row{rowsFrom(7, 7)})) // back again
	r.poll()
	r.want(idsFrom(1, 2), idsFrom(5, 6), idsFrom(7, 7))
}
