package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:generate go test -run ^TestGenerated$ . -update

// maxSize is a thousand features in a hundred models, each with every field.
const maxSize = 4 << 20

// Load reads a configuration file. The error joins all that is wrong with it,
// each with file, line, field, finding and fix.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse is Load for data that was read from a file of that name. Relative paths
// in it start from the file's folder.
func Parse(name string, data []byte) (*Config, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("%s:1: the file is larger than %d MiB; split it over several exporters", name, maxSize>>20)
	}
	root, err := parseYAML(name, data)
	if err != nil {
		return nil, err
	}
	r := &reader{file: name, dir: filepath.Dir(name), lines: map[string]int{}}
	cfg := &Config{Global: DefaultGlobal}
	cfg.Global.Windows = slices.Clone(DefaultGlobal.Windows)
	r.read(nested(func() block { return configBlock(cfg) }), root, "", root.Line)
	if err := r.err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// parseYAML returns the one document of a file.
func parseYAML(name string, data []byte) (*yaml.Node, error) {
	var doc, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1}, nil
	case err != nil:
		return nil, syntaxError(name, err)
	}
	switch err := d.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("%s:%d: a second document starts here; remove the line ---", name, second.Line)
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(name, err)
	}
	return doc.Content[0], nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?`)

func syntaxError(name string, err error) error {
	line, text := 1, err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = strings.TrimPrefix(text, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	return fmt.Errorf("%s:%d: not valid YAML: %s; check indentation, quotes and colons there", name, line, text)
}

func configBlock(c *Config) block {
	return block{
		fields: []field{
			{"global", nested(func() block { return globalBlock(&c.Global) }), "What concerns every source and model.", ""},
			{"sources", list(&c.Sources, DefaultSource, func(s *Source) value { return nested(func() block { return sourceBlock(s) }) }), "Where events come from.", ""},
			{"models", list(&c.Models, DefaultModel, func(m *Model) value { return nested(func() block { return modelBlock(m) }) }),
				"What is declared of models. Others that events name are monitored too.", ""},
		},
		later: []string{"alerting", "storage", "fairness"},
		check: func(r *reader, at string) { c.validate(r) },
	}
}

// validate checks the references between blocks.
func (c *Config) validate(r *reader) {
	if len(c.Sources) == 0 && !r.failed("sources") {
		r.failf("sources", `there are none; add - { name: log, file: { paths: ["/var/log/model/*.jsonl"] } }`)
	}
	var sources []string
	stdin := ""
	for i := range c.Sources {
		s, at := &c.Sources[i], index("sources", i)
		if s.Name != "" && slices.Contains(sources, s.Name) {
			r.failf(join(at, "name"), "another source is named %q; choose another name", s.Name)
		}
		sources = append(sources, s.Name)
		if s.Stdin && stdin != "" {
			r.failf(join(at, "stdin"), "%s reads standard input already; remove one of them", stdin)
		}
		if s.Stdin {
			stdin = at
		}
	}
	c.validateModels(r, sources)
	c.validateAggregates(r)
	c.markTables()
	c.setTableIDs()
}

func (c *Config) validateModels(r *reader, sources []string) {
	models := map[string]bool{}
	for i := range c.Models {
		m, at := &c.Models[i], index("models", i)
		if m.Name != "" && models[m.Name] {
			r.failf(join(at, "name"), "another model is named %q; choose another name, or merge the two", m.Name)
		}
		models[m.Name] = true
		for k, s := range m.Sources {
			if s != "" && !slices.Contains(sources, s) {
				r.failf(index(join(at, "sources"), k), "there is no source %q; %s", s, suggest(s, sources))
			}
		}
		m.validateRolling(r, join(join(at, "baseline"), "rolling"), c.Global.Windows)
		if n := len(m.Features); n > c.Global.Limits.Features {
			r.failf(join(at, "features"), "declares %d features, global.max_features is %d; raise it", n, c.Global.Limits.Features)
		}
	}
	if n := len(c.Models); n > c.Global.Limits.Models {
		r.failf("models", "there are %d, global.max_models is %d; raise it", n, c.Global.Limits.Models)
	}
}

// ForTail is the configuration of serve --tail: every file that matches one of
// the globs is followed, and schema, models and baselines are learned from them.
func ForTail(globs []string) *Config {
	cfg := &Config{Global: DefaultGlobal}
	cfg.Global.Windows = slices.Clone(DefaultGlobal.Windows)
	tables := DefaultParquet
	for _, g := range globs {
		if isParquet(g) {
			tables.Paths = append(tables.Paths, g)
		}
	}
	if len(tables.Paths) > 0 {
		s := DefaultSource
		s.Name, s.Parquet = "tail_parquet", &tables
		cfg.Sources = append(cfg.Sources, s)
	}
	for _, format := range []Format{JSON, CSVFormat} {
		s, file := DefaultSource, DefaultFile
		for _, g := range globs {
			if isParquet(g) {
				continue
			}
			if FormatOf([]string{g}) == format {
				file.Paths = append(file.Paths, g)
			}
		}
		if len(file.Paths) == 0 {
			continue
		}
		s.Name, s.Format, s.File = "tail", format, &file
		if slices.ContainsFunc(cfg.Sources, func(s Source) bool { return s.Name == "tail" }) {
			s.Name = "tail_csv"
		}
		cfg.Sources = append(cfg.Sources, s)
	}
	return cfg
}
