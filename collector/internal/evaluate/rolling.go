package evaluate

import (
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	state "github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// A rolling baseline is the time before a window, as long as configured, on the bins of
// the training baseline. It is a sample like any other: distances and noise limits are
// those of package drift, with m values of the rolling baseline in place of the training
// baseline's. How much windows differ without drift is taken from the training baseline,
// for blocks of as many values as came lately (recent).

// lawsDiffer is from which psi between two baselines on the same bins the laws of tvd,
// linf, ks and wasserstein, which take milliseconds to simulate, are found again. Shares
// that differ so much change a critical value by a few percent.
const lawsDiffer = 0.05

// mostSimulations is how many columns get new laws per evaluation, 5 ms each. The others
// wait, with the laws that they have.
const mostSimulations = 20

// mostMoved is how many columns' baselines move on per evaluation and window, at most:
// new noise limits take a millisecond each. The others keep theirs until their turn.
const mostMoved = 50

// rollingView is what a view keeps of its rolling baseline.
type rollingView struct {
	sum         *state.Sum
	next        []int // by window: the column whose turn it is
	simulations int   // made in this evaluation
}

// rollingWindow is a column's comparison of one window with its rolling baseline.
type rollingWindow struct {
	stats   []stat
	to      int64             // Unix ns, where the baseline ends; 0 for none
	compare *drift.Comparison // nil if there is nothing to compare with
	base    []uint64          // its decision counts
	laws    drift.Laws
	lawful  []uint64 // decision counts that the laws are of; nil for no laws yet
	settled bool     // the laws are those of base
}

// newRolling returns nil if the model has no rolling baseline.
func newRolling(w *view) *rollingView {
	if w.version.Model.Config.Baseline.Rolling == 0 {
		return nil
	}
	return &rollingView{sum: w.version.Model.Sums(), next: make([]int, len(w.cfg.Global.Windows))}
}

// addRolling adds the series of one window.
func (c *columnView) addRolling(w *view, d time.Duration) {
	if w.rolling == nil {
		return
	}
	distance, critical := &catalog.FeatureDrift, &catalog.FeatureDriftCritical
	if c.column.Output {
		distance, critical = &catalog.OutputDrift, &catalog.OutputDriftCritical
	}
	r := rollingWindow{}
	for _, s := range c.stats {
		series := func(f *catalog.Family) snapshot.Ref {
			return w.series(f, c.column.Name, string(s), string(catalog.Rolling), label(d))
		}
		r.stats = append(r.stats, stat{s, series(distance), series(critical)})
	}
	c.rolling = append(c.rolling, r)
}

// roll makes the comparisons of window k anew if its rolling baseline moved on, which it
// does by a pane of its own at a time.
func (w *view) roll(k int) {
	r := w.rolling
	if r == nil {
		return
	}
	from, to, ok := w.version.Rolling(k)
	if !ok {
		to = 0
	}
	first, moved := r.next[k], 0
	for n := range w.columns {
		i := (first + n) % len(w.columns)
		c := &w.columns[i]
		if c.rolling[k].to == to {
			continue
		}
		if moved == mostMoved {
			r.next[k] = i
			return
		}
		if ok && moved == 0 {
			w.version.RollingSum(k, r.sum)
		}
		if ok {
			moved++
		}
		c.move(w, k, from, to)
	}
}

// move makes the comparison of window k one with the sum over a span of time; there is
// none if to is 0.
func (c *columnView) move(w *view, k int, from, to int64) {
	r, s := &c.rolling[k], w.rolling.sum
	r.to, r.compare, r.settled = to, nil, false
	if to != 0 && sum(c.column.In(s)) >= w.cfg.Global.MinValues {
		r.compare = c.before(s, time.Duration(to-from))
		r.base = slices.Clone(c.decide(w, c.column.In(s)))
	}
}

// before prepares the sum over a span of time as a baseline.
func (c *columnView) before(s *state.Sum, span time.Duration) *drift.Comparison {
	base := drift.Side{Counts: slices.Clone(c.column.In(s)), Low: nan, High: nan}
	if i := c.column.Moments; i >= 0 {
		m := &s.Moments[i]
		base.Low, base.High = m.Low/float64(m.LowN), m.High/float64(m.HighN)
	}
	return drift.New(c.column.Base.Shape(), base, recent(c.column.Base.Effects, float64(sum(base.Counts)), span))
}

// recent returns design effects for blocks of as many values as m in a span of time make.
func recent(effects []drift.Effect, m float64, span time.Duration) []drift.Effect {
	all := slices.Clone(effects)
	for i := range all {
		all[i].Values = min(m, m*all[i].Seconds/span.Seconds())
	}
	return all
}

// setRolling publishes the distances of window k from its rolling baseline. live is
// known to be enough values, and was compared with the training baseline.
func (c *columnView) setRolling(w *view, k int, window time.Duration, live drift.Side) {
	if w.rolling == nil {
		return
	}
	r := &c.rolling[k]
	if r.compare == nil {
		c.hideRolling(w, k)
		return
	}
	c.findLaws(w, r)
	c.results = r.compare.Compare(c.results[:0], live, c.stats, c.windows[k].alpha, window)
	for i, x := range c.results {
		w.shard.Set(r.stats[i].distance, x.Distance)
		w.shard.Set(r.stats[i].critical, x.Critical)
	}
	r.compare.Rest()
}

// findLaws gives a comparison the laws of a baseline that is near enough: the training
// baseline's while it is, else its own.
func (c *columnView) findLaws(w *view, r *rollingWindow) {
	r.compare.Share(&r.laws)
	if r.settled {
		return
	}
	if r.lawful == nil {
		r.laws, r.lawful = *c.column.Laws, slices.Clone(c.decide(w, c.column.Base.Counts))
	}
	near := drift.PSI(r.base, r.lawful) < lawsDiffer
	if !near && w.rolling.simulations < mostSimulations {
		w.rolling.simulations++
		r.laws, r.lawful, near = drift.Laws{}, r.base, true
	}
	r.settled = near
}

// hideRolling hides the distances of window k.
func (c *columnView) hideRolling(w *view, k int) {
	if w.rolling == nil {
		return
	}
	for _, s := range c.rolling[k].stats {
		w.shard.Set(s.distance, nan)
		w.shard.Set(s.critical, nan)
	}
}
