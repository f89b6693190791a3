package collector

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/source/sql"
)

// counting returns by what a source in mode aggregate counts its rows; nil for
// others.
func counting(p *prepared, cfg *config.Source) *sql.Counting {
	if cfg.SQL == nil || cfg.SQL.Mode != config.AggregateMode {
		return nil
	}
	g := &p.cfg.Global
	c := &sql.Counting{EventTime: g.Time == config.EventTime}
	panes, distinct := model.Levels(g.Windows)
	for i := range panes {
		c.Levels, c.Distinct = append(c.Levels, sql.Level(panes[i])), append(c.Distinct, sql.Level(distinct[i]))
	}
	for _, m := range p.set.Models {
		if !reads(m.Config, cfg.Name) || cfg.Fields.Model.Const && cfg.Fields.Model.Value != m.Name {
			continue
		}
		for _, col := range m.Columns() {
			c.Columns = append(c.Columns, sql.Column{
				Name: col.Name, Output: col.Output, Kind: col.Kind, Edges: col.Base.Edges, Shift: col.Base.Mean,
				Words: slices.Concat(col.Base.Categories, col.Base.Rare), Range: col.Range, Sentinels: col.Sentinels,
			})
		}
		break // a table in mode aggregate is one model's
	}
	return c
}
