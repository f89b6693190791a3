package validate

import (
	"context"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/source/sql"
)

// order prints whether the rows of a table can be read in their order, and counted.
func (r *report) order(ctx context.Context, s *sample, cfg *config.Config, baselines map[string]*baseline.File) {
	if s.source.SQL == nil || len(s.failed) > 0 {
		return
	}
	problems, notes, err := sql.Check(ctx, *s.source, s.set, counted(cfg, s.source.Name, baselines))
	if err != nil {
		r.problem("%s: %v", s.source.SQL.Name(), err)
	}
	for _, text := range problems {
		r.problem("%s", text)
	}
	for _, text := range notes {
		r.note("%s", text)
	}
}

// counted are the columns that mode aggregate counts: those of the baseline of the model
// that reads the source.
func counted(cfg *config.Config, source string, baselines map[string]*baseline.File) (columns []sql.Column) {
	for i := range cfg.Models {
		f := baselines[cfg.Models[i].Name]
		if f == nil || !reads(&cfg.Models[i], source) {
			continue
		}
		for _, c := range f.Features {
			columns = append(columns, sql.Column{Name: c.Name, Kind: c.Kind})
		}
		for _, c := range f.Outputs {
			if c.Name != baseline.Label {
				columns = append(columns, sql.Column{Name: c.Name, Kind: c.Kind, Output: true})
			}
		}
	}
	return columns
}
