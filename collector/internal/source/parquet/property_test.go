package parquet

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestEachRowOnce appends row groups, adds and replaces files, damages and repairs
// them and restarts at any position: every row that was ever in a file is delivered
// once.
func TestEachRowOnce(t *testing.T) {
	dir := t
	most := 6000 // rows of a group: more than a batch has
	if testing.Short() {
		most = 20
	}
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(dir)
		files := map[string][][]row{}
		next := 1
		var want []string
		group := func() []row {
			n := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(1, most)).Draw(t, "rows")
			rows := rowsFrom(next, next+n-1)
			want = append(want, idsFrom(next, next+n-1)...)
			next += n
			return rows
		}
		options := []pq.WriterOption{pq.MaxRowsPerRowGroup(1 << 30), pq.PageBufferSize(rapid.SampledFrom([]int{256, 64 << 10}).Draw(t, "page"))}
		if rapid.Bool().Draw(t, "compressed") {
			options = append(options, pq.Compression(&pq.Snappy))
		}
		r.start()
		var b event.Batch
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"a.parquet", "d=1/b.parquet", "d=2/b.parquet"}).Draw(t, "file")
			switch rapid.SampledFrom([]string{"append", "append", "write again", "replace", "unfinished", "take", "restart"}).Draw(t, "step") {
			case "append":
				files[name] = append(files[name], group())
				r.write(name, encode(dir, files[name], options...))
			case "write again":
				if len(files[name]) > 0 {
					r.write(name, encode(dir, files[name], options...))
				}
			case "replace":
				r.poll() // what is not read when it is replaced is lost
				files[name] = [][]row{group()}
				r.write(name, encode(dir, files[name], options...))
			case "unfinished":
				if len(files[name]) > 0 {
					r.poll()
					data := encode(dir, files[name], options...)
					r.write(name, data[:rapid.IntRange(0, len(data)-1).Draw(t, "cut")])
					r.poll()
					r.write(name, data)
				}
			case "take":
				r.now = r.now.Add(r.s.cfg.PollInterval)
				r.next(&b)
			case "restart":
				r.restart()
			}
		}
		r.poll()
		r.poll()
		if err := r.s.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(r.ids)
		slices.Sort(want)
		if !slices.Equal(r.ids, want) {
			t.Fatalf("%d rows delivered, %d of them different; %d written", len(r.ids), len(slices.Compact(r.ids)), len(want))
		}
		if r.bad > 0 && r.s.Status().Errors == 0 {
			t.Fatal("rejections without an error")
		}
	})
}

func TestMarksReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mark{
			group: rapid.IntRange(0, 1<<20).Draw(t, "group"), row: rapid.Int64Range(0, 1<<40).Draw(t, "row"), content: "0123abcd",
			size: rapid.Int64Range(0, 1<<50).Draw(t, "size"), stamp: rapid.String().Draw(t, "stamp"), bad: rapid.Bool().Draw(t, "bad"),
		}
		got, err := parseMark(m.String())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%v read back as %v, %v", m, got, err)
		}
	})
	for _, at := range []string{"", "1.2", "1.2 x 3", `-1.2 x 3 "a"`, `1.2 x 3 "a" good`, `01.2 x 3 "a"`} {
		if m, err := parseMark(at); err == nil {
			t.Errorf("parseMark(%q) = %v, want an error", at, m)
		}
	}
}

// FuzzRead reads anything as a file: no panic, no endless loop, and rows that are
// events or rejections.
func FuzzRead(f *testing.F) {
	type all struct {
		ID   int64    `parquet:"id"`
		Name string   `parquet:"name,dict"`
		Text *string  `parquet:"text,optional,snappy"`
		Time int64    `parquet:"time,timestamp(millisecond)"`
		Flag bool     `parquet:"flag"`
		Tags []string `parquet:"tags"`
		UUID [16]byte `parquet:"uuid,uuid"`
		Cost int64    `parquet:"cost,decimal(2:18)"`
		Num  float64  `parquet:"num,gzip"`
	}
	rows := make([]all, 40)
	for i := range rows {
		rows[i] = all{ID: int64(i), Name: fmt.Sprint(i % 3), Flag: i%2 == 0, Time: int64(i), Num: float64(i)}
		if i%4 > 0 {
			rows[i].Text = &rows[i].Name
		}
	}
	for _, v := range []int{1, 2} {
		data := encode(f, [][]all{rows, rows[:5]}, pq.DataPageVersion(v), pq.PageBufferSize(512))
		f.Add(data)
		f.Add(data[:len(data)/2])
		for at := 4; at < len(data); at += 97 {
			flipped := slices.Clone(data)
			flipped[at] ^= 0x41
			f.Add(flipped)
		}
	}
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Add([]byte("PAR1\xff\xff\xff\xffPAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newRig(t)
		r.write("a.parquet", data)
		r.now = r.now.Add(unfinishedAfter)
		r.poll() // fails if it does not come to an end
		r.restart()
		n, bad := len(r.ids), r.bad
		r.poll()
		if len(r.ids) != n || r.bad != bad {
			t.Errorf("%d rows and %d rejections after a restart, %d and %d before", len(r.ids), r.bad, n, bad)
		}
		if err := r.s.Close(); err != nil {
			t.Error(err)
		}
	})
}
