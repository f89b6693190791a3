package join_test

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/model-exporter/model_exporter/collector/internal/join"
)

var update = flag.Bool("update", false, "rewrite the golden file of the newest version")

// goldenPrefix is the prefix of the keys in the golden files.
var goldenPrefix = []byte("j")

type goldenPrediction struct {
	key   join.Key
	at    int64
	value string
}

var goldenPredictions = []goldenPrediction{
	{join.Key{Model: 0, ID: 0}, 1_700_000_000 * second, ""},
	{join.Key{Model: 1, ID: 0x0123456789abcdef}, 1_700_000_000*second + 1, "nanoseconds"},
	{join.Key{Model: 1, ID: 0x0123456789abcdee}, 1_700_000_001*second + 1_000, "microseconds"},
	{join.Key{Model: 1, ID: 0xfedcba9876543210}, 1_700_000_002*second + 1_000_000, "milliseconds"},
	{join.Key{Model: 1<<32 - 1, ID: 1<<64 - 1}, -1, "before 1970"},
	{join.Key{Model: 1<<32 - 1, ID: 7}, 1<<63 - 1, "far future"},
	{join.Key{Model: 1<<32 - 1, ID: 8}, -1 << 63, "far past"},
}

var goldenLabels = []waits{
	{join.Key{Model: 1, ID: 5}, 1_700_000_003 * second, "first"},
	{join.Key{Model: 1, ID: 5}, 1_700_000_002 * second, "second"},
	{join.Key{Model: 1<<32 - 1, ID: 1<<64 - 1}, -1, ""},
}

// goldenStore is the store that the golden file of this version shows.
func goldenStore(t *testing.T) *memory {
	m := newMemory()
	table := open(t, m, goldenPrefix)
	for _, p := range goldenPredictions {
		if err := table.Put(p.key, p.at, 3600*second, []byte(p.value)); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range goldenLabels {
		table.Wait(w.key, w.at, []byte(w.label))
	}
	save(table, m)
	return m
}

func open(t *testing.T, m *memory, prefix []byte) *join.Table {
	t.Helper()
	table, err := join.New(m, join.Options{Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestWrittenVersion keeps the format: what is written today is in the file.
func TestWrittenVersion(t *testing.T) {
	const file = "testdata/v1.hex"
	m := goldenStore(t)
	var b strings.Builder
	fmt.Fprintln(&b, "# Every key and value of a label join of version 1, in hex. Rewritten by go test -update.")
	for _, k := range slices.Sorted(maps.Keys(m.data)) {
		fmt.Fprintf(&b, "%x %x\n", k, m.data[k])
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("-file +written:\n%s", d)
	}
}

// TestReadVersions reads the file of every version there was.
func TestReadVersions(t *testing.T) {
	for _, file := range []string{"testdata/v1.hex"} {
		t.Run(file, func(t *testing.T) {
			table := open(t, readHex(t, file), goldenPrefix)
			for _, p := range goldenPredictions {
				at, value, ok, err := table.Find(p.key)
				if err != nil || !ok || at != p.at || string(value) != p.value {
					t.Errorf("find %v: got %d %q %v %v, want %d %q", p.key, at, value, ok, err, p.at, p.value)
				}
			}
			for model, want := range map[uint32]uint64{0: 1, 1: 3, 1<<32 - 1: 3, 2: 0} {
				if got := table.Pending(model); got != want {
					t.Errorf("pending of %d: got %d, want %d", model, got, want)
				}
			}
			var got []waits
			for _, k := range []join.Key{goldenLabels[0].key, goldenLabels[2].key} {
				table.Waiting(k, func(at int64, label []byte) { got = append(got, waits{k, at, string(label)}) })
			}
			if d := cmp.Diff(goldenLabels, got, cmp.AllowUnexported(waits{})); d != "" {
				t.Errorf("labels -want +got:\n%s", d)
			}
		})
	}
}

func readHex(t *testing.T, file string) *memory {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := newMemory()
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		key, value, _ := strings.Cut(s.Text(), " ")
		m.data[unhex(t, key)] = unhex(t, value)
	}
	return m
}

func unhex(t *testing.T, s string) string {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestStoreThatCannotBeRead: an error that says what is wrong, and nothing else.
func TestStoreThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *memory)
		want   string
	}{
		"newer version":       {func(m *memory) { m.data["jv"] = "\x02" }, "stored in version 2, this program reads up to version 1"},
		"no version number":   {func(m *memory) { m.data["jv"] = "" }, "version of the label join: stored bytes are damaged"},
		"version 0":           {func(m *memory) { m.data["jv"] = "\x00" }, "version of the label join: stored bytes are damaged"},
		"version is missing":  {func(m *memory) { delete(m.data, "jv") }, "without a version"},
		"short bucket":        {func(m *memory) { m.data[keyWith(m, "jb")] = "x" }, "damaged"},
		"bucket without span": {func(m *memory) { m.data[keyWith(m, "jb")] = strings.Repeat("\x00", 24) }, "damaged"},
		"long bucket key":     {func(m *memory) { m.data["jb12345678x"] = strings.Repeat("\x01", 24) }, "key 6a6231323334353637"},
		"bucket is gone":      {func(m *memory) { delete(m.data, keyWith(m, "jb")) }, "damaged"},
		"prediction is gone":  {func(m *memory) { delete(m.data, keyWith(m, "jp")) }, "0 predictions in bucket 1 of model 0 and a count of 1"},
		"short prediction":    {func(m *memory) { m.data["jp1234"] = "" }, "damaged"},
		"bucket number 0":     {func(m *memory) { m.data["jp"+strings.Repeat("\x00", 16)] = "" }, "damaged"},
		"foreign prediction":  {func(m *memory) { m.data["jp\x00\x00\x00\x09"+keyWith(m, "jp")[6:]] = "" }, "damaged"},
		"short label":         {func(m *memory) { m.data[keyWith(m, "jw")] = "1234567" }, "damaged"},
		"short label key":     {func(m *memory) { m.data["jw12345678"] = "12345678" }, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			m := goldenStore(t)
			c.change(m)
			before := maps.Clone(m.data)
			_, err := join.New(m, join.Options{Prefix: goldenPrefix})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
			if !maps.Equal(before, m.data) {
				t.Error("the store was changed")
			}
		})
	}
}

// keyWith returns the first key with a prefix.
func keyWith(m *memory, prefix string) string {
	for _, k := range slices.Sorted(maps.Keys(m.data)) {
		if strings.HasPrefix(k, prefix) {
			return k
		}
	}
	panic("no key " + prefix)
}

// TestDamagedValue: a prediction whose bytes are damaged is an error when it is
// found, and not before.
func TestDamagedValue(t *testing.T) {
	m := goldenStore(t)
	m.data[keyWith(m, "jp")] = "\xff"
	table := open(t, m, goldenPrefix)
	_, _, _, err := table.Find(goldenPredictions[0].key)
	if err == nil || !strings.Contains(err.Error(), "prediction 0000000000000000 of model 0: stored bytes are damaged") {
		t.Errorf("got %v", err)
	}
}
