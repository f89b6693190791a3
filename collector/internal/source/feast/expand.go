package feast

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
)

// Found is what the Feast sources of a configuration discovered, by their names.
type Found map[string]*Discovery

// DiscoverAll reads the repositories of all Feast sources. The error joins those
// of the ones that are missing from the result.
func DiscoverAll(ctx context.Context, cfg *config.Config) (Found, error) {
	found := Found{}
	var errs []error
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if s.Feast == nil {
			continue
		}
		d, err := Discover(ctx, *s.Feast)
		if err != nil {
			errs = append(errs, fmt.Errorf("source %q: %w", s.Name, err))
			continue
		}
		found[s.Name] = d
	}
	return found, errors.Join(errs...)
}

// Expand returns the configuration with a source and a model for each table that
// was found. What is declared of a model of a table's name is kept and completed.
// Tables that do not fit are returned with the reason.
func Expand(cfg *config.Config, found Found) (expanded *config.Config, skipped []Skip) {
	if len(found) == 0 {
		return cfg, nil
	}
	out := *cfg
	out.Sources, out.Models = slices.Clone(cfg.Sources), slices.Clone(cfg.Models)
	taken := map[string]bool{}
	for i := range cfg.Sources {
		d := found[cfg.Sources[i].Name]
		if cfg.Sources[i].Feast == nil || d == nil {
			continue
		}
		for k := range d.Tables {
			t := &d.Tables[k]
			name := SourceName(cfg.Sources[i].Name, t.Name)
			switch {
			case taken[t.Name]:
				skipped = append(skipped, Skip{t.Name, "another feature store has a table of that name"})
			case slices.ContainsFunc(out.Sources, func(s config.Source) bool { return s.Name == name }):
				skipped = append(skipped, Skip{t.Name, fmt.Sprintf("there is a source %q", name)})
			case !addModel(&out, t, name):
				skipped = append(skipped, Skip{t.Name, fmt.Sprintf("global.max_models is %d; raise it", cfg.Global.Limits.Models)})
			default:
				taken[t.Name] = true
				src := t.Source
				src.Name = name
				out.Sources = append(out.Sources, src)
			}
		}
	}
	return &out, skipped
}

// Resolve returns the configuration with its Feast sources replaced by what they
// stand for.
func Resolve(ctx context.Context, cfg *config.Config) (*config.Config, error) {
	isStore := func(s config.Source) bool { return s.Feast != nil }
	if !slices.ContainsFunc(cfg.Sources, isStore) {
		return cfg, nil
	}
	found, err := DiscoverAll(ctx, cfg)
	if err != nil {
		return nil, err
	}
	expanded, _ := Expand(cfg, found)
	out := *expanded
	out.Sources = slices.DeleteFunc(slices.Clone(expanded.Sources), isStore)
	return &out, nil
}

// SourceName is the name of the source of a table that a Feast source stands for.
func SourceName(feast, table string) string { return feast + "/" + table }

// addModel adds the model of a table, or completes the one that is declared. It is
// false if there is no room.
func addModel(cfg *config.Config, t *Table, source string) bool {
	i := slices.IndexFunc(cfg.Models, func(m config.Model) bool { return m.Name == t.Name })
	if i < 0 {
		if len(cfg.Models) >= cfg.Global.Limits.Models {
			return false
		}
		m := config.DefaultModel
		m.Name = t.Name
		i, cfg.Models = len(cfg.Models), append(cfg.Models, m)
	}
	m := &cfg.Models[i]
	m.Sources = append(slices.Clone(m.Sources), source)
	if m.Task == "" {
		m.Task = catalog.TaskNone
	}
	if m.Owner == "" {
		m.Owner = t.Owner
	}
	if m.Objectives.Freshness == 0 {
		m.Objectives.Freshness = t.TTL
	}
	m.Features = slices.Clone(m.Features)
	for _, f := range t.Features {
		k := slices.IndexFunc(m.Features, func(g config.Feature) bool { return g.Name == f.Name })
		switch {
		case k < 0 && len(m.Features) < cfg.Global.Limits.Features:
			m.Features = append(m.Features, f)
		case k >= 0 && m.Features[k].Kind == "":
			m.Features[k].Kind = f.Kind
		}
	}
	return true
}
