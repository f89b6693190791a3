package online

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

var update = flag.Bool("update", false, "write the golden file of a new format version; files of earlier ones stay")

// memory is a store that counts the calls.
type memory struct {
	data  map[string]string
	calls int
}

func newMemory() *memory { return &memory{data: map[string]string{}} }

func (m *memory) Set(key, value []byte) { m.calls++; m.data[string(key)] = string(value) }
func (m *memory) Delete(key []byte)     { m.calls++; delete(m.data, string(key)) }

func (m *memory) DeleteRange(from, to []byte) {
	m.calls++
	maps.DeleteFunc(m.data, func(k, _ string) bool { return string(from) <= k && k < string(to) })
}

// restored is the sample that the store holds.
func (m *memory) restored() (*Sample, error) {
	s := new(Sample)
	for _, k := range slices.Sorted(maps.Keys(m.data)) {
		if err := s.Restore([]byte(k), []byte(m.data[k])); err != nil {
			return nil, fmt.Errorf("key %x: %w", k, err)
		}
	}
	return s, nil
}

// again is a sample of the view that goes on with what the store holds.
func (m *memory) again(t rapid.TB, v *config.View) *Sample {
	t.Helper()
	old, err := m.restored()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSample(v)
	if why := s.Inherit(old); why != "" {
		t.Fatalf("nothing is taken over: %s", why)
	}
	return s
}

// equal tells whether two samples hold the same, and will after any more rows.
func equal(t rapid.TB, what string, got, want *Sample) {
	t.Helper()
	if got.seed != want.seed {
		t.Fatalf("%s: another seed", what)
	}
	plain := cmp.Options{cmp.AllowUnexported(row{}, value{}), cmpopts.EquateNaNs()}
	unmarked := func(s *Sample) []row {
		rows := s.take()
		for i := range rows {
			rows[i].changed, rows[i].stored = false, false
		}
		return rows
	}
	if diff := cmp.Diff(unmarked(got), unmarked(want), plain); diff != "" {
		t.Fatalf("%s (-got +want):\n%s", what, diff)
	}
}

// TestSampleComesBack adds rows, saves, restarts and reloads in any order: what comes back
// is what was saved, and the sample goes on like one that never stopped.
func TestSampleComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := exampleView()
		v.Sample = rapid.IntRange(1, 8).Draw(t, "sample")
		m := newMemory()
		s := NewSample(v)
		steady := NewSample(v)
		steady.seed = s.seed
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				b := drawn(t)
				s.Add(b)
				steady.Add(b)
			case 2:
				s.Save(m)
				whole := newMemory()
				fresh := heir(t, s)
				for i := range fresh.kept {
					fresh.kept[i].row.changed = true
				}
				fresh.saved.begun = false
				fresh.Save(whole)
				if diff := cmp.Diff(m.data, whole.data); diff != "" {
					t.Fatalf("saved bit by bit and as a whole (-bits +whole):\n%s", diff)
				}
			case 3:
				s.Save(m)
				calls := m.calls
				s = m.again(t, v)
				if s.Save(m); m.calls != calls {
					t.Fatal("what came back is written once more")
				}
			case 4: // a reload
				s = heir(t, s)
			case 5: // one that is refused
				heir(t, s).Add(drawn(t))
			}
		}
		s.Save(m)
		equal(t, "saved", m.again(t, v), s)
		equal(t, "with and without restarts", s, steady)
	})
}

// heir is a sample of the same view that goes on with a running one.
func heir(t rapid.TB, old *Sample) *Sample {
	t.Helper()
	s := NewSample(old.view)
	if why := s.Inherit(old); why != "" {
		t.Fatalf("nothing is taken over: %s", why)
	}
	return s
}

// drawn is some rows of few entities and times.
func drawn(t *rapid.T) *event.Batch {
	var b event.Batch
	columns(&b)
	for range rapid.IntRange(0, 10).Draw(t, "rows") {
		add(&b, exampleRow{
			entity: fmt.Sprintf("k\x1f%d", rapid.IntRange(0, 12).Draw(t, "entity")),
			time:   rapid.Int64Range(-2, 2).Draw(t, "time"), created: float64(rapid.IntRange(0, 2).Draw(t, "created")),
			kind: rapid.IntRange(0, 5).Draw(t, "kind"),
		})
	}
	return &b
}

// exampleView has a feature of each kind that is stored.
func exampleView() *config.View {
	return &config.View{
		Project: "p", Name: "view", Created: "created", Sample: 5,
		Keys:     []config.Column{{Name: "a", As: "a", Type: typeString}, {Name: "b_id", As: "b", Type: typeInt64}},
		Features: []config.Column{{Name: "x", As: "x", Type: typeDouble}, {Name: "y", As: "why", Type: typeString}},
	}
}

type exampleRow struct {
	entity  string
	time    int64
	created float64 // -Inf for none
	kind    int     // of its values
}

func columns(b *event.Batch) {
	for _, name := range []string{"other", "y", "x"} {
		b.AddColumn(&b.Features, name)
	}
	b.AddColumn(&b.Values, "created")
	b.Features[1].Words = []string{"", "Łódź", "x\x1f\x00\xff"}
}

func add(b *event.Batch, r exampleRow) {
	i := b.N
	b.Resize(i + 1)
	b.AppendID([]byte(r.entity + "\x1fat"))
	b.Times[i] = r.time
	if !math.IsInf(r.created, -1) {
		b.Values[0].Cells[i], b.Values[0].Nums[i] = event.Number, r.created
	}
	x, y := &b.Features[2], &b.Features[1]
	switch r.kind {
	case 0:
		x.Cells[i], y.Cells[i] = event.Null, event.Absent
	case 1:
		x.Cells[i], x.Nums[i] = event.Number, 2.5
		y.Cells[i], y.Codes[i] = event.Text, 1
	case 2:
		x.Cells[i], x.Nums[i] = event.Bool, 1
		y.Cells[i], y.Codes[i] = event.Text, event.Unlisted
	case 3:
		x.Cells[i] = event.Bool
		y.Cells[i], y.Codes[i] = event.Text, 2
	case 4:
		x.Cells[i], x.Nums[i] = event.Number, math.Inf(-1)
		y.Cells[i] = event.Text
	case 5:
		x.Cells[i], x.Nums[i] = event.Number, math.Copysign(0, -1)
		y.Cells[i] = event.Nested
	}
}

// TestSaveWritesWhatChanged: nothing for a sample that saw nothing or only older
// rows, one record for one new row, and no allocation.
func TestSaveWritesWhatChanged(t *testing.T) {
	s, m := exampleSample(), newMemory()
	s.Save(m)
	calls := func(rows ...exampleRow) int {
		var b event.Batch
		columns(&b)
		for _, r := range rows {
			add(&b, r)
		}
		s.Add(&b)
		m.calls = 0
		s.Save(m)
		return m.calls
	}
	known := s.kept[0].key
	if n := calls(); n != 0 {
		t.Errorf("nothing happened: %d calls", n)
	}
	if n := calls(exampleRow{entity: known, time: -math.MaxInt64}); n != 0 {
		t.Errorf("an older row: %d calls", n)
	}
	if n := calls(exampleRow{entity: known, time: math.MaxInt64, kind: 2}); n != 1 {
		t.Errorf("a newer row: %d calls, want 1", n)
	}
	if n := testing.AllocsPerRun(10, func() { s.Save(m) }); n != 0 {
		t.Errorf("%v allocations for nothing", n)
	}
}

// exampleSample is what the golden file of this version holds: of six entities
// those five with the least hashes, which have every kind of value.
func exampleSample() *Sample {
	s := NewSample(exampleView())
	s.seed = 0x0123456789abcdf4
	var b event.Batch
	columns(&b)
	for _, r := range []exampleRow{
		{"k\x1f1000", 5, 5, 0},
		{"k\x1f1001", 1_700_000_000_000_000_001, 1_700_000_000.5, 1},
		{"k\x1f1002", -1, math.Inf(-1), 2},
		{"k\x1f1003", 0, 3, 3},
		{"Łódź\x1f", 1, 4, 4},
		{"\xff\x1f7", 2, 5, 5},
	} {
		add(&b, r)
	}
	s.Add(&b)
	return s
}

// TestLoadsEveryVersion reads the samples that earlier versions of the program
// wrote, in the order of their hashes; sample.v1.hex is never written again.
func TestLoadsEveryVersion(t *testing.T) {
	for version := 1; version <= formatVersion; version++ {
		name := fmt.Sprintf("testdata/sample.v%d.hex", version)
		if _, err := os.Stat(name); *update && err != nil {
			if err := os.WriteFile(name, []byte(exampleFile()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		m := readHex(t, name)
		equal(t, name, m.again(t, exampleView()), exampleSample())
	}
}

// TestWrittenVersion keeps the format: what is written today is in the file.
func TestWrittenVersion(t *testing.T) {
	want, err := os.ReadFile(fmt.Sprintf("testdata/sample.v%d.hex", formatVersion))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), exampleFile()); diff != "" {
		t.Errorf("-file +written:\n%s", diff)
	}
}

func exampleFile() string {
	m := newMemory()
	exampleSample().Save(m)
	var b strings.Builder
	fmt.Fprintf(&b, "# Every key and value of a sample of version %d, in hex. Never written again once it is released.\n", formatVersion)
	for _, k := range slices.Sorted(maps.Keys(m.data)) {
		fmt.Fprintf(&b, "%x %x\n", k, m.data[k])
	}
	return b.String()
}

func readHex(t *testing.T, name string) *memory {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		key, value, _ := strings.Cut(s.Text(), " ")
		k, err := hex.DecodeString(key)
		v, err2 := hex.DecodeString(value)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		m.data[string(k)] = string(v)
	}
	return m
}

// TestRestoreRefuses names what is wrong with a stored sample.
func TestRestoreRefuses(t *testing.T) {
	const head = "\x00"
	row := func(m *memory) string { return "\x01" + exampleSample().kept[0].key }
	for name, tt := range map[string]struct {
		change func(*memory)
		want   string
	}{
		"a newer version":  {func(m *memory) { m.data[head] = "\x63" }, "key 00: version 99, this program reads versions up to 1; use the program that wrote it, or a newer one"},
		"version 0":        {func(m *memory) { m.data[head] = "\x00" + m.data[head][1:] }, "key 00: the record is damaged"},
		"no version":       {func(m *memory) { delete(m.data, head) }, "it comes without a format version"},
		"an empty head":    {func(m *memory) { m.data[head] = "" }, "key 00: the record is damaged"},
		"no seed":          {func(m *memory) { m.data[head] = m.data[head][:8] }, "key 00: the record is damaged"},
		"half a view":      {func(m *memory) { m.data[head] = m.data[head][:20] }, "key 00: "},
		"a head with more": {func(m *memory) { m.data["\x00\x00"] = m.data[head] }, "key 0000: it is not expected here"},
		"an unknown part":  {func(m *memory) { m.data["\x02"] = "" }, "key 02: it is not expected here"},
		"a row cut off":    {func(m *memory) { m.data[row(m)] = m.data[row(m)][:17] }, "the record is damaged"},
		"a row with more":  {func(m *memory) { m.data[row(m)] += "\x00" }, "the record is damaged"},
		"a key too many":   {func(m *memory) { m.data["\x01a\x1fb\x1fc"] = m.data[row(m)] }, "key 01611f621f63: it is not expected here"},
		"a row too many":   {func(m *memory) { m.data["\x01zz\x1fb"] = m.data[row(m)] }, "it is not expected here"},
		"an unknown value": {func(m *memory) { m.data[row(m)] = m.data[row(m)][:16] + "\x00\x06" }, "the record is damaged"},
		"a text without bytes": {func(m *memory) {
			m.data[row(m)] = m.data[row(m)][:16] + "\x00\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
		}, "the record is damaged"},
		"a text without end": {func(m *memory) { m.data[row(m)] = m.data[row(m)][:16] + "\x00\x04\xff" }, "the record is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			exampleSample().Save(m)
			if _, err := m.restored(); err != nil {
				t.Fatal(err)
			}
			tt.change(m)
			if _, err := m.restored(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestOtherViewsStartEmpty says why, and what was stored is replaced.
func TestOtherViewsStartEmpty(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*config.View)
		want   string
	}{
		"a feature renamed":           {func(v *config.View) { v.Features[1].As = "yes" }, "other features"},
		"a feature of another column": {func(v *config.View) { v.Features[1].Name = "z" }, "other features"},
		"a feature removed":           {func(v *config.View) { v.Features = v.Features[:1] }, "other features"},
		"a feature retyped":           {func(v *config.View) { v.Features[0].Type = typeInt64 }, "other features"},
		"a key renamed":               {func(v *config.View) { v.Keys[0].As = "b" }, "other join keys"},
		"a key retyped":               {func(v *config.View) { v.Keys[1].Type = typeString }, "other join keys"},
		"a key removed":               {func(v *config.View) { v.Keys = v.Keys[1:] }, "other join keys"},
		"a larger sample":             {func(v *config.View) { v.Sample++ }, "another sample size"},
		"another view":                {func(v *config.View) { v.Name += "2" }, "another feature view"},
		"another project":             {func(v *config.View) { v.Project = "" }, "another feature view"},
		"another creation time":       {func(v *config.View) { v.Created = "" }, "another column of creation times"},
		"another TTL and online store": {func(v *config.View) {
			v.TTL, v.Interval, v.Online = 1, 1, &config.Online{Store: "redis"}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, m := exampleView(), newMemory()
			exampleSample().Save(m)
			old, err := m.restored()
			if err != nil {
				t.Fatal(err)
			}
			tt.change(v)
			s := NewSample(v)
			if got := s.Inherit(old); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if want := map[bool]int{true: 5}[tt.want == ""]; s.Len() != want {
				t.Errorf("%d entities, want %d", s.Len(), want)
			}
			s.Save(m)
			equal(t, "saved", m.again(t, v), s)
		})
	}
}

// FuzzRestore puts any bytes in the place of the head and of a row: there is an
// error, or a sample that goes on and comes back.
func FuzzRestore(f *testing.F) {
	m := newMemory()
	exampleSample().Save(m)
	head := m.data["\x00"]
	for k, v := range m.data {
		f.Add([]byte(head), []byte(k), []byte(v))
	}
	f.Add([]byte(head), []byte("\x01a\x1fb"), []byte("0123456789abcdef\x00\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte("\x0101234567"+`{"sample":9223372036854775807,"keys":[{}],"features":[{},{"type":-1}]}`), []byte("\x01"), []byte("0123456789abcdef\x00\x05"))
	f.Fuzz(func(t *testing.T, head, key, value []byte) {
		m := newMemory()
		m.data["\x00"] = string(head)
		m.data[string(key)] = string(value)
		s, err := m.restored()
		if err != nil {
			return
		}
		again := m.again(t, s.view)
		equal(t, "inherited", again, s)
		m = newMemory()
		again.saved.begun = false
		for _, k := range again.kept {
			k.row.changed = true
		}
		again.Save(m)
		equal(t, "saved", m.again(t, s.view), again)
		if s.view.Sample < 1 {
			return // there is no such view
		}
		var b event.Batch
		columns(&b)
		add(&b, exampleRow{entity: "a", time: 1, kind: 1})
		add(&b, exampleRow{entity: "a\x1fb", time: 1, kind: 2})
		again.Add(&b)
		again.Save(m)
		equal(t, "saved after more", m.again(t, s.view), again)
	})
}
