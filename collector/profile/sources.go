package profile

import (
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
)

// findSources returns the source of that name, or else the only one there is, or
// those of the model.
func findSources(o *Options) ([]*config.Source, error) {
	var names []string
	for i := range o.Config.Sources {
		names = append(names, o.Config.Sources[i].Name)
	}
	wanted := []string{o.Source}
	if o.Source == "" {
		wanted = names
		if listed := o.Config.Model(o.Model).Sources; len(listed) > 0 {
			wanted = listed
		}
		if len(wanted) > 1 && (o.Model == "" || len(o.Paths) > 0) {
			return nil, optionErrorf("the configuration has several sources; choose one of %s", strings.Join(wanted, ", "))
		}
	}
	var found []*config.Source
	for _, name := range wanted {
		i := slices.Index(names, name)
		if i < 0 {
			return nil, optionErrorf("the configuration has no source %q; choose one of %s", name, strings.Join(names, ", "))
		}
		found = append(found, &o.Config.Sources[i])
	}
	return found, nil
}

// unnamedModel is the model of a source's events that name none, as serve has it:
// the only model that lists the source, or else the source's name.
func unnamedModel(cfg *config.Config, source string) string {
	model := ""
	for i := range cfg.Models {
		if slices.Contains(cfg.Models[i].Sources, source) {
			if model != "" {
				return source
			}
			model = cfg.Models[i].Name
		}
	}
	if model == "" {
		return source
	}
	return model
}

// sourceOf returns how to read a file.
func (in *input) sourceOf(src *config.Source, path string) *config.Source {
	if src != nil {
		return src
	}
	read := config.DefaultSource
	read.Name, read.Format, read.Fields = path, config.FormatOf([]string{path}), in.fields
	return &read
}
