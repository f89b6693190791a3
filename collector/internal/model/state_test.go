package model

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// memory is a store.
type memory map[string]string

func (m memory) Set(k, v []byte) { m[string(k)] = string(v) }
func (m memory) Delete(k []byte) { delete(m, string(k)) }
func (m memory) DeleteRange(from, to []byte) {
	maps.DeleteFunc(m, func(k, _ string) bool { return k >= string(from) && k < string(to) })
}

func (m memory) Scan(prefix []byte, f func(k, v []byte) error) error {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(k, string(prefix)) {
			if err := f([]byte(k), []byte(m[k])); err != nil {
				return err
			}
		}
	}
	return nil
}

// dump writes everything that a set publishes, and what decides how it goes on.
func dump(s *Set) string {
	var b strings.Builder
	fmt.Fprintln(&b, "dropped", s.Dropped)
	for _, m := range s.Models {
		share, learning := m.Learned()
		digest := ""
		if m.Baseline != nil {
			f := *m.Baseline
			f.Created = time.Time{} // the wall clock
			digest = f.Digest()
		}
		fmt.Fprintf(&b, "%q %s %v %v %s\n", m.Name, m.Task, share, learning, digest)
		for _, v := range m.Versions {
			fmt.Fprintln(&b, " ", v.Name, v.Predictions, v.Duplicates, v.Late, v.Future, v.LastEvent, v.LastSeen, v.newest,
				v.Latency.Count(), math.Float64bits(v.Latency.Sum()))
			for _, t := range append([]*Tally{v.Errors, v.Classes, v.Added}, v.Segments...) {
				fmt.Fprintf(&b, "   %q %v\n", t.Names, t.Counts)
			}
			for i := range v.Columns {
				n := v.Columns[i]
				detector := n.sentinels
				n.sentinels = nil
				fmt.Fprintln(&b, "   ", n)
				if detector != nil {
					fmt.Fprintln(&b, "     ", detector.Found())
				}
			}
			if settled := slices.Sorted(maps.Keys(v.newcomers.settled)); len(settled) > 0 {
				fmt.Fprintf(&b, "    settled %q\n", settled)
			}
			dumpWindows(&b, v)
		}
	}
	return b.String()
}

func dumpWindows(b *strings.Builder, v *Version) {
	if v.panes == nil {
		return
	}
	sum, distinct := v.Model.Sums(), make([]sketch.Distinct, len(v.Columns))
	line := func() {
		fmt.Fprint(b, "    ", sum.Counts)
		for _, m := range sum.Moments {
			for _, x := range []float64{m.Shift, m.Sum, m.SumSq, m.Min, m.Max, m.Low, m.High} {
				fmt.Fprintf(b, " %x", math.Float64bits(x))
			}
			fmt.Fprint(b, " ", m.N, m.LowN, m.HighN)
		}
		for i := range distinct {
			fmt.Fprint(b, " ", distinct[i].Estimate())
		}
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b, "   end", v.panes.End(), v.distinct.End())
	v.Total(sum)
	line()
	for i := range v.Model.set.cfg.Global.Windows {
		v.Window(i, sum)
		v.Distinct(i, distinct)
		line()
	}
	if v.trail == nil {
		return
	}
	clear(distinct)
	for i := range v.Model.set.cfg.Global.Windows {
		fmt.Fprint(b, "   before ", fmt.Sprintln(v.Rolling(i)))
		v.RollingSum(i, sum)
		line()
	}
}

// stateConfig is one of several configurations that a reload may bring.
func stateConfig(variant int) *config.Config {
	c := testConfig()
	c.Global.Windows = []time.Duration{10 * time.Minute, time.Hour, 25 * time.Hour}
	c.Global.LearnEvents = 100
	c.Global.StaleAfter = 30 * time.Hour
	c.Global.Limits.Models = 4
	c.Models = []config.Model{
		{Name: "fraud", Sources: []string{"s"}, Features: []config.Feature{{Name: "amount", Range: &[2]float64{0, 100}}}},
		{Name: "learner", Segments: []string{"country"}},
	}
	switch variant {
	case 1: // nothing that matters
		c.Models[0].Owner = "someone"
		c.Models[0].Features[0].Range[1] = 50
	case 2:
		c.Global.Lateness = time.Minute
	case 3:
		c.Models[0].Segments = []string{"country"}
	case 4:
		c.Models = c.Models[1:]
	case 5, 6:
		for i := range c.Models {
			c.Models[i].Baseline.Rolling = time.Duration(variant-4) * 30 * time.Hour
		}
	}
	return c
}

var (
	stateBaseline sync.Once
	stateFile     *baseline.File
)

func stateSet(t testing.TB, variant int) *Set {
	t.Helper()
	stateBaseline.Do(func() { stateFile = learned(t) })
	s, err := NewSet(stateConfig(variant), map[string]*baseline.File{"fraud": stateFile}, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func randomRows(t *rapid.T, at time.Time) []row {
	var rows []row
	for range rapid.IntRange(1, 60).Draw(t, "rows") {
		age := time.Duration(rapid.SampledFrom([]int{0, 0, 0, 20, 500, 5000, 200000, -5000}).Draw(t, "age")) * time.Second
		rows = append(rows, row{
			at: at.Add(-age), id: rapid.SampledFrom([]string{"", "a", "b", fmt.Sprint(at.UnixNano())}).Draw(t, "id"),
			model:      rapid.SampledFrom([]string{"", "fraud", "learner", "learner", "other", "stranger", "x\xff"}).Draw(t, "model"),
			version:    rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "version"),
			amount:     rapid.SampledFrom([]any{1., 33.3, 99.7, 200., -999., nil, null{}, "text", math.Inf(1), true}).Draw(t, "amount"),
			country:    rapid.SampledFrom([]any{"DE", "FR", "XX", nil, null{}, 7.}).Draw(t, "country"),
			prediction: rapid.SampledFrom([]any{"0", "1", 1., nil}).Draw(t, "prediction"),
			score:      rapid.Float64Range(0, 1).Draw(t, "score"),
			err:        rapid.SampledFrom([]string{"", "", "", "timeout"}).Draw(t, "error"),
		})
	}
	return rows
}

// withNew adds columns that no baseline has, with or without values.
func withNew(b *event.Batch, with []bool) *event.Batch {
	for i, some := range with {
		b.AddColumn(&b.Features, fmt.Sprint("new", i))
		b.Resize(b.N)
		for r := range b.N {
			if some {
				b.Features[len(b.Features)-1].Cells[r] = event.Number
			}
		}
	}
	return b
}

// TestRestartGoesOnExactly: a set that is saved and loaded at any moments, by a
// program whose sources begin anew, equals one that never stopped, to the bit;
// and so it does if both are reloaded with another configuration.
func TestRestartGoesOnExactly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		variant := rapid.SampledFrom([]int{0, 5}).Draw(rt, "variant")
		whole, other := stateSet(t, variant), stateSet(t, variant)
		var wholeBatches, otherBatches batcher
		store := memory{}
		at, now := noon, noon
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "do") {
			case 0:
				now = now.Add(time.Duration(rapid.SampledFrom([]int{1, 10, 31}).Draw(rt, "hours")) * time.Hour)
				whole.Tick(now.UnixNano())
				other.Tick(now.UnixNano())
			case 1:
				other.Save(store)
			case 2, 3:
				other.Save(store)
				restarted := stateSet(t, variant)
				if anew, err := restarted.Load(store); err != nil || len(anew) > 0 {
					rt.Fatalf("anew %q, %v", anew, err)
				}
				other, otherBatches = restarted, batcher{}
			case 4:
				variant = rapid.IntRange(0, 6).Draw(rt, "variant")
				a, b := stateSet(t, variant), stateSet(t, variant)
				reasons := a.Inherit(whole)
				whole, wholeBatches = a, batcher{}
				if rapid.Bool().Draw(rt, "restart with the new configuration") {
					other.Save(store)
					got, err := b.Load(store)
					if err != nil || !slices.Equal(got, reasons) {
						rt.Fatalf("anew %q, %v; want %q", got, err, reasons)
					}
				} else {
					b.Inherit(other)
				}
				other, otherBatches = b, batcher{}
			default:
				at = at.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 700, 90000}).Draw(rt, "step")) * time.Second)
				rows := randomRows(rt, at)
				news := rapid.SliceOfN(rapid.Bool(), 2, 2).Draw(rt, "with new columns")
				whole.Apply(0, withNew(wholeBatches.batch(rows), news), now.UnixNano())
				other.Apply(0, withNew(otherBatches.batch(rows), news), now.UnixNano())
			}
			if got, want := dump(other), dump(whole); got != want {
				rt.Fatalf("got\n%s\nwant\n%s", got, want)
			}
		}
	})
}
