package validate

import (
	"context"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast"
)

// discover prints what feature stores hold, and returns the configuration with a
// source and a model for each of their tables instead of the stores.
func (r *report) discover(ctx context.Context, cfg *config.Config) *config.Config {
	isStore := func(s config.Source) bool { return s.Feast != nil }
	if !slices.ContainsFunc(cfg.Sources, isStore) {
		return cfg
	}
	found, err := feast.DiscoverAll(ctx, cfg)
	cfg, skipped := feast.Expand(cfg, found)
	for i := range cfg.Sources {
		d := found[cfg.Sources[i].Name]
		if d == nil {
			continue
		}
		r.printf("Feature store %s: project %s, %s\n", cfg.Sources[i].Name, d.Project, plural(len(d.Tables), "table"))
		var rows [][]string
		for k := range d.Tables {
			t := &d.Tables[k]
			rows = append(rows, []string{t.Name, plural(len(t.Source.View.Features), "feature"), "TTL " + t.TTL.String(),
				"owner " + orNone(t.Owner), "served to " + orNone(strings.Join(t.Services, ", "))})
			if len(t.Left) > 0 {
				rows = append(rows, []string{"", "not monitored: " + strings.Join(t.Left, ", ")})
			}
		}
		r.table(rows...)
		skipped = append(skipped, d.Skipped...)
	}
	for _, s := range skipped {
		r.printf("  %s is not monitored: %s\n", printable(s.Name), printable(s.Reason))
	}
	if err != nil {
		r.problem("%v", err)
	}
	r.printf("\n")
	out := *cfg
	out.Sources = slices.DeleteFunc(slices.Clone(cfg.Sources), isStore)
	return &out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
