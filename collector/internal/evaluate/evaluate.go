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

var nan = math.NaN()

// stat is a statistic's pair of series in one window.
type stat struct {
	name               catalog.Statistic
	distance, critical snapshot.Ref
}
