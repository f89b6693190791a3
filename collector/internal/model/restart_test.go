package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

func (m memory) Get(dst, key []byte) ([]byte, bool, error) {
	v, ok := m[string(key)]
	return append(dst, v...), ok, nil
}

// dumpLabels writes what is known of how good models are.
func dumpLabels(s *Set) string {
	var b strings.Builder
	bits := math.Float64bits
	for _, m := range s.Models {
		fmt.Fprintf(&b, "%q %s unmatched %d pending %d %q", m.Name, m.Task, m.Unmatched, m.Pending(), m.Classes())
		for i := range m.segments {
			fmt.Fprintf(&b, " %q", m.SegmentValues(i))
		}
		fmt.Fprintln(&b)
		for _, v := range m.Versions {
			fmt.Fprintln(&b, " ", v.Name, v.Labels, v.Repeated, v.Corrected, v.Slow, v.Delay.Count(), bits(v.Delay.Sum()),
				v.Confusion.counts, bits(v.SquaredError), bits(v.Over), bits(v.Under), v.KPIs)
			for i := range s.cfg.Global.Windows {
				if sum := v.JoinedSums(); sum != nil && v.Joined(i, sum) {
					dumpState(&b, m, &sum.All)
					sum.each(func(segment, value int, p *perf.State) {
						if p.Predictions() != 0 || p.Labels() != 0 {
							fmt.Fprint(&b, "      ", segment, value)
							dumpState(&b, m, p)
						}
					})
					fmt.Fprintln(&b, "    ", sum.KPIs, sum.Labels)
				}
			}
		}
		var pairs []string // in any order
		for _, p := range m.Pairs() {
			first, second := p.Versions()
			pair := fmt.Sprint("  pair ", first.Name, " ", second.Name)
			for i := range s.cfg.Global.Windows {
				sum := p.NewSum()
				p.Window(i, sum)
				pair += fmt.Sprintf(" %x", sum.AppendTo(nil))
			}
			pairs = append(pairs, pair)
		}
		slices.Sort(pairs)
		fmt.Fprintln(&b, strings.Join(pairs, "\n"))
	}
	fmt.Fprintln(&b, "waiting", s.table.WaitingLabels())
	return b.String()
}

// dumpState writes sums by what can be read of them.
func dumpState(b *strings.Builder, m *Model, p *perf.State) {
	fmt.Fprint(b, "    ", p.Predictions(), " ", p.Labels(), " ", p.Metrics(m.Measure()))
	for predicted := range m.Classes() {
		for actual := range m.Classes() {
			fmt.Fprint(b, " ", p.Confusion(predicted, actual))
		}
	}
	fmt.Fprintln(b)
}

// judgedConfig is one of several configurations that a reload may bring.
func judgedConfig(variant int) *config.Config {
	c := testConfig()
	c.Global.Windows = []time.Duration{10 * time.Minute, time.Hour, 25 * time.Hour}
	c.Global.LearnEvents = 60
	c.Global.StaleAfter = 30 * time.Hour
	c.Global.Limits.Models = 6
	revenue := []config.KPI{{Name: "revenue", Sum: "revenue"}}
	c.Models = []config.Model{
		{Name: "binary", Task: catalog.Binary, LabelHorizon: 24 * time.Hour, Segments: []string{"country"}, KPIs: revenue},
		{Name: "regression", Task: catalog.Regression, LabelHorizon: 24 * time.Hour},
		{Name: "ranking", Task: catalog.Ranking, LabelHorizon: 24 * time.Hour},
		{Name: "learner", LabelHorizon: 24 * time.Hour, KPIs: revenue},
		{Name: "inline", Task: catalog.Multiclass},
	}
	first := &c.Models[0]
	switch variant {
	case 1: // nothing that matters
		first.Owner = "someone"
	case 2:
		first.KPIs = append([]config.KPI{{Name: "cost", Sum: "cost"}}, revenue...)
	case 3:
		first.Segments = []string{"device", "country"}
	case 4:
		first.Segments = nil
		first.Task = catalog.Multiclass
	case 5:
		first.Task = catalog.Regression
	case 6:
		first.PositiveClass = "0"
	case 7:
		first.LabelHorizon = time.Hour
	case 8:
		first.LabelHorizon = 0
	case 9:
		c.Models = c.Models[1:]
	}
	return c
}

const judgedVariants = 10

// judged is a set with what it keeps its state in.
type judged struct {
	*Set
	table         *join.Table
	models, joins memory
	teller        *teller
}

func (j *judged) reload(t rapid.TB, variant int) (old *Set) {
	s, err := NewSet(judgedConfig(variant), nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	old, j.Set, j.teller = j.Set, s, new(teller)
	j.Keep(j.table)
	return old
}

func (j *judged) save() {
	j.Set.Save(j.models)
	j.table.Save(j.joins)
}

// restart goes on with what was saved, in another process.
func (j *judged) restart(t rapid.TB, variant int) (anew []string) {
	table, err := join.New(j.joins, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	j.table = table
	j.reload(t, variant)
	if anew, err = j.Load(j.models); err != nil {
		t.Fatal(err)
	}
	return anew
}

func newJudged(t rapid.TB) *judged {
	j := &judged{models: memory{}, joins: memory{}}
	j.restart(t, 0)
	return j
}

// randomEvents are predictions, labels and outcomes of few ids.
func randomEvents(t *rapid.T, at time.Time) []told {
	var events []told
	for range rapid.IntRange(1, 40).Draw(t, "events") {
		age := time.Duration(rapid.SampledFrom([]int{0, 0, 0, 20, 500, 5000, 200000, -5000}).Draw(t, "age")) * time.Second
		e := told{
			kind: rapid.SampledFrom([]event.Type{event.Prediction, event.Prediction, event.Label, event.Outcome}).Draw(t, "type"),
			id:   rapid.SampledFrom([]string{"", "a", "b", "c#0", "c#1", "c#2", "d#0", "d#9999", fmt.Sprint(at.Unix() / 1000)}).Draw(t, "id"), at: at.Add(-age),
			model:   rapid.SampledFrom([]string{"binary", "binary", "binary", "regression", "ranking", "learner", "inline", "stranger", ""}).Draw(t, "model"),
			version: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "version"),
			score:   rapid.SampledFrom([]float64{0, .1, .5, .9, 1, 7, -3}).Draw(t, "score"),
			country: rapid.SampledFrom([]any{"DE", "FR", nil, 7.}).Draw(t, "country"),
		}
		answer := func(what string) any {
			if e.model == "regression" || e.model == "ranking" {
				return rapid.SampledFrom([]any{0., 1., 2.5, -1e308, 1e308, math.Inf(1), "text", nil}).Draw(t, what)
			}
			return rapid.SampledFrom([]any{"0", "1", "1", true, false, 1., 0., 0.3, "third", nil}).Draw(t, what)
		}
		switch e.kind {
		case event.Prediction:
			e.class = answer("prediction")
			if rapid.IntRange(0, 3).Draw(t, "inline") == 0 {
				e.label = answer("label")
			}
		case event.Label:
			e.label = answer("label")
			if rapid.IntRange(0, 3).Draw(t, "no time") == 0 {
				e.at = time.Unix(0, event.NoTime)
			}
		case event.Outcome:
			e.revenue = rapid.SampledFrom([]any{1., -2., 0.1, 1e308, -1e308, math.Inf(1), nil}).Draw(t, "revenue")
		}
		events = append(events, e)
	}
	return events
}

// TestRestartKeepsLabels: a set and its table of pending predictions that are
// saved and loaded at any moments equal those of a process that never stopped, to
// the bit; and so they do if both are reloaded with another configuration.
func TestRestartKeepsLabels(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		variant := 0
		whole, other := newJudged(rt), newJudged(rt)
		at, now := noon, noon
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "do") {
			case 0:
				now = now.Add(time.Duration(rapid.SampledFrom([]int{-1, 1, 10, 31}).Draw(rt, "hours")) * time.Hour)
				whole.Tick(now.UnixNano())
				other.Tick(now.UnixNano())
			case 1:
				other.save()
			case 2, 3:
				other.save()
				if anew := other.restart(rt, variant); len(anew) > 0 {
					rt.Fatalf("anew %q", anew)
				}
			case 4:
				variant = rapid.IntRange(0, judgedVariants-1).Draw(rt, "variant")
				old := whole.reload(rt, variant)
				reasons := whole.Inherit(old)
				if rapid.Bool().Draw(rt, "restart with the new configuration") {
					other.save()
					if anew := other.restart(rt, variant); fmt.Sprint(anew) != fmt.Sprint(reasons) {
						rt.Fatalf("anew %q, want %q", anew, reasons)
					}
				} else {
					other.Inherit(other.reload(rt, variant))
				}
			default:
				at = at.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 700, 90000}).Draw(rt, "step")) * time.Second)
				events := randomEvents(rt, at)
				whole.Apply(0, whole.teller.batch(events), now.UnixNano())
				other.Apply(0, other.teller.batch(events), now.UnixNano())
			}
			if whole.Err != nil || other.Err != nil {
				rt.Fatal(whole.Err, other.Err)
			}
			if d := cmp.Diff(dump(whole.Set)+dumpLabels(whole.Set), dump(other.Set)+dumpLabels(other.Set)); d != "" {
				rt.Fatalf("without a restart -, with +:\n%s", d)
			}
		}
	})
}
