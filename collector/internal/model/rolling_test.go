package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// rollingSet is one model with windows of an hour and a day.
func (w wide) rollingSet(t testing.TB, rolling time.Duration) *Set {
	t.Helper()
	c := config.ForTail([]string{"x"})
	c.Global.Time = config.EventTime
	c.Global.Windows = []time.Duration{time.Hour, 24 * time.Hour}
	c.Models = []config.Model{{Name: "model0", Baseline: config.Baseline{Rolling: rolling}}}
	s, err := NewSet(c, map[string]*baseline.File{"model0": w.baseline()}, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRollingIsSmall: with every fine bin in use, a week and the day of the window cost a
// numeric feature 33 panes of 256 counts and of 60 bytes of moments at most. Up to 63
// values per bin and 6 hours a count is one byte, up to 8,191 it is two.
func TestRollingIsSmall(t *testing.T) {
	w := wide{1, 10}
	s := w.rollingSet(t, 7*24*time.Hour)
	r := rand.New(rand.NewPCG(1, 1))
	var b event.Batch
	for minute := 0; minute < 60*24*10; minute += 2 { // 9,000 values per pane, 35 per bin
		w.apply(s, &b, r, minute)
	}
	v := s.byName["model0"].Versions[0]
	stored := memory{}
	v.trail.Save(v.ops, stored, nil)
	bytes := 0
	for _, p := range stored {
		bytes += len(p)
	}
	perFeature := bytes / w.features
	t.Logf("%d panes, %d bytes per feature", len(stored), perFeature)
	if len(stored) > 33 || perFeature > 33*(256+60) {
		t.Errorf("%d panes and %d bytes per feature, want at most 33 and %d", len(stored), perFeature, 33*(256+60))
	}
	sum := s.byName["model0"].Sums()
	for i := range s.cfg.Global.Windows {
		v.RollingSum(i, sum)
		from, to, ok := v.Rolling(i)
		want := uint64((to-from)/int64(2*time.Minute)) * wideRows
		if c := &s.byName["model0"].Columns()[3]; !ok || total(c.In(sum)) != want || sum.Moments[c.Moments].N != want {
			t.Errorf("window %d: %d values, %v; want %d", i, total(c.In(sum)), ok, want)
		}
	}
}

// TestRollingInState: what is stored of a rolling baseline comes back, is refused if it
// is damaged, may be missing, and goes when the configuration has none any more.
func TestRollingInState(t *testing.T) {
	w := wide{1, 3}
	const length = 72 * time.Hour
	s := w.rollingSet(t, length)
	r := rand.New(rand.NewPCG(1, 1))
	var b event.Batch
	for hour := range 96 {
		w.apply(s, &b, r, 60*hour)
	}
	stored := memory{}
	s.Save(stored)
	var panes []string
	for k := range stored {
		if len(k) >= keyHead && k[keyHead-1] == partRolling {
			panes = append(panes, k)
		}
	}
	if len(panes) < 28 {
		t.Fatalf("%d panes are stored, want 28 and those that the window is in", len(panes))
	}
	values := func(s *Set) uint64 {
		v, sum := s.byName["model0"].Versions[0], s.byName["model0"].Sums()
		v.RollingSum(1, sum)
		return total(sum.Counts)
	}
	for _, tt := range []struct {
		name   string
		change func(memory)
		want   uint64 // values in the range
		err    string
	}{
		{"as it was", func(memory) {}, values(s), ""},
		{"damaged", func(m memory) { m[panes[0]] = "\xff" }, 0, fmt.Sprintf("key %x: no pane of this baseline", panes[0])},
		{"of another time", func(m memory) { m[panes[0][:keyHead]+"\x80\x00\x00\x00\x00\x00\x00\x01"] = m[panes[0]] }, 0, "no pane of this window"},
		{"nothing stored", func(m memory) {
			for _, k := range panes {
				delete(m, k)
			}
		}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := maps.Clone(stored)
			tt.change(m)
			again := w.rollingSet(t, length)
			_, err := again.Load(m)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %q", err, tt.err)
				}
			} else if err != nil || values(again) != tt.want {
				t.Errorf("%d values, %v; want %d", values(again), err, tt.want)
			}
		})
	}
	without := w.rollingSet(t, 0)
	if anew, err := without.Load(stored); err != nil || len(anew) > 0 {
		t.Fatalf("without a rolling baseline: anew %q, %v", anew, err)
	}
	without.Save(stored)
	for _, k := range panes {
		if _, ok := stored[k]; ok {
			t.Fatalf("%x is left", k)
		}
	}
}

// BenchmarkRolling is a minute of events and the packing of their pane, with a rolling
// baseline and without.
func BenchmarkRolling(b *testing.B) {
	w := wide{1, 200}
	for _, rolling := range []time.Duration{0, 7 * 24 * time.Hour} {
		b.Run(fmt.Sprintf("rolling=%s", rolling), func(b *testing.B) {
			s := w.rollingSet(b, rolling)
			r := rand.New(rand.NewPCG(1, 1))
			var batch event.Batch
			for minute := range 2 * 24 * 60 {
				w.apply(s, &batch, r, minute)
			}
			b.ReportAllocs()
			for i := range b.N {
				w.apply(s, &batch, r, 2*24*60+i)
			}
		})
	}
}
