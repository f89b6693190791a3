package collector

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast/online"
)

// tablesView is the published side of what a source knows of feature tables
// besides their rows.
type tablesView struct {
	materialized map[[2]string]snapshot.Ref // by table and version
	lag          snapshot.Ref
	store        *onlineView // nil before the first look
	has          bool        // lag is there
}

// onlineView is the published side of looks at an online store.
type onlineView struct {
	up, entities, missing, stale, expired, newest snapshot.Ref
	values, skewed                                []snapshot.Ref // by feature
}

func (v *tablesView) set(shard *snapshot.Shard, r *reader, cfg *config.Config) {
	if registry, ok := r.src.(*feast.Registry); ok {
		v.setMaterialized(shard, registry, func(table string) bool {
			name := feast.SourceName(r.cfg.Name, table)
			return slices.ContainsFunc(cfg.Sources, func(s config.Source) bool { return s.Name == name })
		})
	}
	if r.table == nil {
		return
	}
	labels := []string{r.cfg.Fields.Model.Value, r.cfg.Fields.Version.Value}
	lag, report, looked := r.table.latest()
	if !math.IsNaN(lag) && !v.has {
		v.lag, v.has = shard.Series(&catalog.TableArrivalLag, labels...), true
	}
	if v.has {
		shard.Set(v.lag, lag)
	}
	if looked && v.store == nil {
		v.store = newOnlineView(shard, r.cfg.View, labels)
	}
	if v.store != nil {
		v.store.set(shard, report, looked)
	}
}

func (v *tablesView) setMaterialized(shard *snapshot.Shard, registry *feast.Registry, monitored func(table string) bool) {
	for _, ref := range v.materialized {
		shard.Set(ref, math.NaN())
	}
	for _, m := range registry.Materialized() {
		if !monitored(m.Table) {
			continue
		}
		key := [2]string{m.Table, m.Version}
		ref, ok := v.materialized[key]
		if !ok {
			if v.materialized == nil {
				v.materialized = map[[2]string]snapshot.Ref{}
			}
			ref = shard.Series(&catalog.TableMaterialized, m.Table, m.Version)
			v.materialized[key] = ref
		}
		shard.Set(ref, float64(m.To.UnixMilli())/1e3)
	}
}

func newOnlineView(shard *snapshot.Shard, view *config.View, labels []string) *onlineView {
	v := &onlineView{
		up:       shard.Series(&catalog.OnlineUp, labels...),
		entities: shard.Series(&catalog.OnlineEntities, labels...),
		missing:  shard.Series(&catalog.OnlineMissingEntities, labels...),
		stale:    shard.Series(&catalog.OnlineStaleEntities, labels...),
		expired:  shard.Series(&catalog.OnlineExpiredEntities, labels...),
		newest:   shard.Series(&catalog.OnlineLastEvent, labels...),
	}
	for _, f := range view.Features {
		of := append(labels[:len(labels):len(labels)], f.Name)
		v.values = append(v.values, shard.Series(&catalog.OnlineValues, of...))
		v.skewed = append(v.skewed, shard.Series(&catalog.OnlineSkewedValues, of...))
	}
	return v
}

// set publishes the last look. Of one that failed nothing is known.
func (v *onlineView) set(shard *snapshot.Shard, r *online.Report, looked bool) {
	shard.Set(v.up, b2f(looked && r != nil))
	count := func(ref snapshot.Ref, n int) {
		shard.Set(ref, math.NaN())
		if r != nil {
			shard.Set(ref, float64(n))
		}
	}
	all := r
	if all == nil {
		all = &online.Report{Values: make([]int, len(v.values)), Skewed: make([]int, len(v.skewed))}
	}
	count(v.entities, all.Entities)
	count(v.missing, all.Missing)
	count(v.stale, all.Stale)
	count(v.expired, all.Expired)
	for i := range v.values {
		count(v.values[i], all.Values[i])
		count(v.skewed[i], all.Skewed[i])
	}
	shard.Set(v.newest, math.NaN())
	if all.Newest != 0 {
		shard.Set(v.newest, float64(all.Newest/1e6)/1e3)
	}
}
