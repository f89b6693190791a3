package model

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
)

var update = flag.Bool("update", false, "write the state of a new format version; files of earlier ones stay")

// storedFile is a stored state that is checked in, in the order of keys, with what
// a program must find in it.
type storedFile struct {
	Baseline string      `json:"baseline"` // the file of model fraud
	Pairs    [][2]string `json:"pairs"`    // hexadecimal
	Dump     []string    `json:"dump"`     // lines
}

// exampleSet has something of everything that is stored.
func exampleSet(t testing.TB) *Set {
	s := exampleReader(t, learned(t))
	var m batcher
	for i := range 40 {
		at := noon.Add(time.Duration(i) * 97 * time.Second)
		rows := []row{
			{at: at, id: fmt.Sprint(i), model: "fraud", version: "1", amount: float64(i) / 3, country: "DE", prediction: "1", score: .5},
			{at: at.Add(-time.Hour), id: fmt.Sprint(i / 2), model: "fraud", version: "2", amount: -999., country: "XX", prediction: 0., err: "timeout"},
			{at: at, model: "learner", amount: float64(i), country: []any{"DE", "FR"}[i%2], prediction: "0"},
			{at: at.AddDate(-1, 0, 0), model: "new \xff", amount: null{}, country: "IT"},
		}
		if i < 30 {
			rows = append(rows, rows[2], rows[2], rows[2])
		}
		b := m.batch(rows)
		for r := range rows {
			b.Latency.Cells[r], b.Latency.Nums[r] = 2, float64(i)/100
		}
		s.Apply(0, b, noon.UnixNano())
	}
	var said teller
	s.Apply(1, said.batch([]told{
		{model: "zz", id: "a", at: noon, version: "1", class: "1", score: .8, country: "DE"},
		{model: "zz", id: "a", at: noon, version: "2", class: "0", score: .3, country: "DE"},
		{model: "zz", id: "b", at: noon.Add(-2 * time.Hour), version: "1", class: "0", score: .1, country: "FR", label: "1"},
		{model: "zz", kind: event.Label, id: "a", at: noon.Add(time.Minute), label: "1"},
		{model: "zz", kind: event.Label, id: "b", at: noon, label: "0"},
		{model: "zz", kind: event.Outcome, id: "a", at: noon, revenue: 2.5},
		{model: "learner", kind: event.Label, id: "a", at: noon, label: "1"},
	}), noon.UnixNano())
	for _, name := range []string{"was there", "was, too"} {
		s.byName["fraud"].Versions[0].settle(name)
	}
	if s.byName["learner"].Baseline == nil {
		t.Fatal("the learner did not learn")
	}
	return s
}

// TestLoadsEveryVersion reads the states that earlier versions of the program
// wrote; state.v1.json is never written again.
func TestLoadsEveryVersion(t *testing.T) {
	for version := 1; version <= formatVersion; version++ {
		name := fmt.Sprintf("testdata/state.v%d.json", version)
		if _, err := os.Stat(name); *update && err != nil {
			writeState(t, name)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file storedFile
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		f, err := baseline.Read(strings.NewReader(file.Baseline))
		if err != nil {
			t.Fatal(err)
		}
		s := exampleReader(t, f)
		anew, err := s.Load(file.memory(t))
		if err != nil || len(anew) > 0 {
			t.Fatalf("%s: anew %q, %v", name, anew, err)
		}
		got := published(s)
		for i := range got {
			if len(got) != len(file.Dump) || got[i] != file.Dump[i] {
				t.Fatalf("%s: line %d of %d of what is loaded differs, got %d lines and\n%s", name, i, len(file.Dump), len(got), got[i])
			}
		}
	}
}

func exampleReader(t testing.TB, f *baseline.File) *Set {
	c := stateConfig(3)
	c.Global.Limits.Models++
	c.Models = append(c.Models, config.Model{
		Name: "zz", Task: catalog.Binary, LabelHorizon: 24 * time.Hour, Segments: []string{"country"},
		KPIs: []config.KPI{{Name: "revenue", Sum: "revenue"}},
	})
	s, err := NewSet(c, map[string]*baseline.File{"fraud": f}, []string{"s", "t"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := join.New(kept{}, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Keep(table)
	return s
}

// published is what a stored file must lead to; predictions that wait are stored
// elsewhere.
func published(s *Set) []string {
	s.table, _ = join.New(kept{}, join.Options{})
	return strings.Split(dump(s)+dumpLabels(s), "\n")
}

func (f *storedFile) memory(t testing.TB) memory {
	m := memory{}
	for _, p := range f.Pairs {
		k, err := hex.DecodeString(p[0])
		if err != nil {
			t.Fatal(err)
		}
		v, err := hex.DecodeString(p[1])
		if err != nil {
			t.Fatal(err)
		}
		m[string(k)] = string(v)
	}
	return m
}

func writeState(t testing.TB, name string) {
	s, store := exampleSet(t), memory{}
	s.Save(store)
	var f storedFile
	for _, k := range slices.Sorted(maps.Keys(store)) {
		f.Pairs = append(f.Pairs, [2]string{hex.EncodeToString([]byte(k)), hex.EncodeToString([]byte(store[k]))})
	}
	var file strings.Builder
	if err := s.byName["fraud"].Baseline.Write(&file); err != nil {
		t.Fatal(err)
	}
	f.Baseline = file.String()
	f.Dump = published(s)
	data, err := json.MarshalIndent(&f, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLoadRefuses names the key of what is wrong.
func TestLoadRefuses(t *testing.T) {
	whole := memory{}
	exampleSet(t).Save(whole)
	for name, tt := range map[string]struct {
		change func(memory)
		want   string
	}{
		"a newer version":        {func(m memory) { m["\x00\x00\x00\x00\x00"] = "\x63" }, "key 0000000000: version 99, this program reads versions up to"},
		"no version":             {func(m memory) { delete(m, "\x00\x00\x00\x00\x00") }, "without a format version"},
		"a model's columns gone": {func(m memory) { delete(m, "\x00\x00\x00\x01\x03") }, "the columns are missing"},
		"counters cut off":       {func(m memory) { m["\x00\x00\x00\x02\x10"] = m["\x00\x00\x00\x02\x10"][:9] }, "key 0000000210: the record is damaged"},
		"bytes too many":         {func(m memory) { m["\x00\x00\x00\x02\x11"] += "x" }, "key 0000000211: the record is damaged"},
		"a window's end gone":    {func(m memory) { delete(m, "\x00\x00\x00\x02\x12\x00") }, "a window without its end"},
		"an unknown part":        {func(m memory) { m["\x00\x00\x00\x02\x77"] = "" }, "key 0000000277: it is not expected here"},
		"settled columns twice":  {func(m memory) { m["\x00\x00\x00\x02\x17"] = "\x02\x01a\x01a" }, "key 0000000217: the record is damaged"},
		"settled of a column":    {func(m memory) { m["\x00\x00\x00\x02\x17x"] = "" }, "key 000000021778: it is not expected here"},
		"rows nobody offered":    {func(m memory) { m["\x00\x00\x00\x06\x04\x00"] = "\xff" + m["\x00\x00\x00\x06\x04\x00"][1:] }, "key 000000060400: no part of a baseline being learned"},
		"a version of no model":  {func(m memory) { m["\x00\x00\xff\x02\x10"] = m["\x00\x00\x00\x02\x10"] }, "key 0000ff0210: the record is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			m := maps.Clone(whole)
			tt.change(m)
			if _, err := exampleReader(t, learned(t)).Load(m); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestSaveWritesWhatChanged: a set that saw nothing writes nothing, one whose
// clock goes on only where its windows end.
func TestSaveWritesWhatChanged(t *testing.T) {
	s, store := exampleSet(t), memory{}
	s.Save(store)
	again := memory{}
	s.Save(again)
	for k := range again {
		if k[keyHead-1] != partBuilder {
			t.Errorf("nothing happened, and %x is written", k)
		}
	}
	var m batcher
	again = memory{}
	s.Apply(0, m.batch([]row{{at: noon.Add(time.Hour), model: "fraud", version: "1", amount: 1.}}), noon.UnixNano())
	s.Save(again)
	for k := range again {
		if id := k[3]; id != 2 && k[keyHead-1] != partBuilder {
			t.Errorf("one version saw an event, and %x is written", k)
		}
	}
}

// TestForgottenModelsAreDeleted: nothing is left of what is gone.
func TestForgottenModelsAreDeleted(t *testing.T) {
	s, store := exampleSet(t), memory{}
	s.Save(store)
	s.Tick(math.MaxInt64)
	s.Save(store)
	fresh := exampleReader(t, learned(t))
	if _, err := fresh.Load(store); err != nil {
		t.Fatal(err)
	}
	for _, m := range fresh.Models {
		if len(m.Versions) > 0 {
			t.Errorf("model %q has versions again", m.Name)
		}
	}
	for k := range store {
		if k[keyHead-1] >= partVersion {
			t.Errorf("%x is left", k)
		}
	}
}

// FuzzLoad puts any bytes in the place of any value, or under any key: there is
// an error, or a set that goes on.
func FuzzLoad(f *testing.F) {
	file, base := memory{}, learned(f)
	exampleSet(f).Save(file)
	keys := slices.Sorted(maps.Keys(file))
	for i, k := range keys {
		f.Add(uint16(i), []byte(nil), []byte(file[k]))
	}
	f.Add(uint16(0), []byte(keys[3]), []byte{0})
	f.Fuzz(func(t *testing.T, i uint16, key, value []byte) {
		m := maps.Clone(file)
		if len(key) > 0 {
			m[string(key)] = string(value)
		} else {
			m[keys[int(i)%len(keys)]] = string(value)
		}
		s := exampleReader(t, base)
		if _, err := s.Load(m); err != nil {
			return
		}
		var b batcher
		s.Apply(0, b.batch([]row{{at: noon, model: "fraud", version: "1", amount: 1.}, {at: noon, model: "new \xff", amount: 3.}}), noon.UnixNano())
		dump(s)
		s.Tick(noon.Add(time.Minute).UnixNano())
		s.Save(m)
		if _, err := exampleReader(t, base).Load(m); err != nil {
			t.Fatalf("what was saved does not load: %v", err)
		}
	})
}
