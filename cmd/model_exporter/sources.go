package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/model-exporter/model_exporter/collector/config"
)

// sources are the two ways to say what to read.
type sources struct {
	ConfigFile string   `name:"config.file" placeholder:"FILE" help:"Configuration file."`
	Tail       []string `name:"tail" placeholder:"GLOB" sep:"none" help:"Follow these files without a configuration; schema, models and baselines are learned from them. Quote the glob. Repeatable."`
}

// load reads the configuration, whichever way it is given.
func (s *sources) load() (*config.Config, error) {
	switch {
	case s.ConfigFile != "" && len(s.Tail) > 0:
		return nil, usageError{errors.New("--config.file and --tail exclude each other; remove one")}
	case s.ConfigFile == "" && len(s.Tail) == 0:
		return nil, usageError{errors.New("the command line says nothing about what to read; add --config.file FILE, or --tail 'logs/*.jsonl'")}
	case s.ConfigFile == "":
		return s.forTail()
	}
	return loadConfig(s.ConfigFile)
}

func loadConfig(path string) (*config.Config, error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("the configuration cannot be used:\n%w", err)}
	}
	return cfg, nil
}

func (s *sources) forTail() (*config.Config, error) {
	for _, glob := range s.Tail {
		if _, err := filepath.Match(glob, ""); err != nil || glob == "" {
			return nil, usageError{fmt.Errorf("--tail: %q is not a glob; write one such as 'logs/*.jsonl'", glob)}
		}
	}
	return config.ForTail(s.Tail), nil
}
