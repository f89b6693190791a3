// Package evaluate turns the state of models into samples, once per tick: the
// counters as they are, and for every window the distance of each column from
// its baseline with the distance that chance alone would reach. It keeps the
// series of each model version, so that a tick only sets values.
package evaluate

import (
	"cmp"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// Evaluator holds the series of all model versions. It has one owner.
type Evaluator struct {
	cfg    *config.Config
	views  map[*model.Version]*view
	models map[*model.Model]*modelView
}

// modelView is what is published of a model as a whole.
type modelView struct {
	shard              *snapshot.Shard
	unmatched, pending snapshot.Ref
}

func newModelView(m *model.Model) *modelView {
	w := &modelView{shard: snapshot.NewShard()}
	w.unmatched = w.shard.Series(&catalog.LabelsUnmatched, m.Name)
	w.pending = w.shard.Series(&catalog.PendingLabels, m.Name)
	return w
}

// set publishes what concerns models whose labels are waited for, or came anyway.
func (w *modelView) set(m *model.Model) {
	if m.Config.LabelHorizon > 0 || m.Unmatched > 0 {
		w.shard.Set(w.unmatched, float64(m.Unmatched))
	}
	if m.Config.LabelHorizon > 0 {
		w.shard.Set(w.pending, float64(m.Pending()))
	}
}

// New returns an evaluator for models of a configuration.
func New(cfg *config.Config) *Evaluator {
	return &Evaluator{cfg: cfg, views: map[*model.Version]*view{}, models: map[*model.Model]*modelView{}}
}

// Evaluate returns one shard per model and per version, ordered by model and version.
// now is the collector's clock in Unix nanoseconds. The shards stay the
// evaluator's: they change with the next call.
func (e *Evaluator) Evaluate(set *model.Set, now int64) []*snapshot.Shard {
	var shards []*snapshot.Shard
	seen := make(map[*model.Version]*view, len(e.views))
	models := make(map[*model.Model]*modelView, len(e.models))
	for _, m := range set.Models {
		mv := e.models[m]
		if mv == nil {
			mv = newModelView(m)
		}
		mv.set(m)
		models[m] = mv
		shards = append(shards, mv.shard)
		versions := slices.Clone(m.Versions)
		slices.SortFunc(versions, func(a, b *model.Version) int { return compareVersions(a.Name, b.Name) })
		for _, v := range versions {
			w := e.views[v]
			if w == nil || w.columns == nil && v.Columns != nil {
				w = newView(e.cfg, v)
			}
			w.set(now)
			seen[v] = w
			shards = append(shards, w.shard)
		}
	}
	e.views, e.models = seen, models
	return shards
}

// compareVersions orders "2" before "10", and other names as text.
func compareVersions(a, b string) int {
	if len(a) != len(b) && digits(a) && digits(b) {
		return len(a) - len(b)
	}
	return cmp.Compare(a, b)
}

func digits(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}

// Comparison is the psi of a feature in one window, with the values that give it
// a meaning.
type Comparison struct {
	Feature   string
	Window    string
	Distance  float64
	Critical  float64 // what chance alone reaches
	Threshold float64 // from which it alerts; +Inf for never
}

// Drifted tells whether the distance is both significant and considerable.
func (c *Comparison) Drifted() bool { return c.Distance > c.Critical && c.Distance > c.Threshold }

// excess orders comparisons: how far the distance is above what it must exceed.
func (c *Comparison) excess() float64 { return c.Distance / max(c.Critical, c.Threshold) }

// Compared returns, as of the last Evaluate, each feature's comparison in the
// window where it is worst, the worst feature first. It is empty without a
// baseline, and lacks features with too few values.
func (e *Evaluator) Compared(v *model.Version) []Comparison {
	w := e.views[v]
	if w == nil {
		return nil
	}
	worst := slices.Clone(w.compared)
	slices.SortStableFunc(worst, func(a, b Comparison) int { return cmp.Compare(b.excess(), a.excess()) })
	seen := map[string]bool{}
	return slices.DeleteFunc(worst, func(c Comparison) bool {
		again := seen[c.Feature]
		seen[c.Feature] = true
		return again
	})
}

var nan = math.NaN()

// stat is a statistic's pair of series in one window.
type stat struct {
	name               catalog.Statistic
	distance, critical snapshot.Ref
}
