package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
)

// mapFields maps fields of the canonical event to columns.
func mapFields(f *config.Fields, columns map[string]string) error {
	fields := map[string]*config.Field{
		"id": &f.ID, "timestamp": &f.Timestamp, "type": &f.Type, "model": &f.Model, "version": &f.Version,
		"prediction": &f.Prediction, "score": &f.Score, "scores": &f.Scores, "label": &f.Label,
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		field, ok := fields[name]
		if !ok {
			return optionErrorf("there is no field %q to map; there are %s", name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		if columns[name] == "" {
			return optionErrorf("the field %s is mapped to no column; write %s=COLUMN", name, name)
		}
		field.Paths = []string{columns[name]}
	}
	return nil
}

// anyOf writes a mapping as a configuration would.
func anyOf(columns map[string]string) string {
	name := slices.Min(slices.Collect(maps.Keys(columns)))
	return name + ": " + columns[name]
}
