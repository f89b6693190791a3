package profile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/source/parquet"
)

// input is what to read and how.
type input struct {
	files    []file
	labels   []file // with labels of their own, to be read first
	limits   config.Limits
	windows  []time.Duration
	kinds    map[string]catalog.Kind // declared, by feature
	most     map[string]int          // categories, by feature
	task     catalog.Task            // declared
	positive string                  // declared
	fields   config.Fields           // without a configuration
	unnamed  string                  // model of events that name none, without a configuration
}

// file is one file to read.
type file struct {
	path    string
	bytes   int64
	set     *decode.Set   // shared by the files of one source and format
	table   *parquet.File // if it is a Parquet file
	sql     *config.SQL   // if it is no file, but a table on a server
	ordered bool          // the rows of the table are wanted by time
	source  *config.Source
	unnamed string // model of events that name none
	truths  bool   // every record with a label is one, not only those that are nothing else
}

func newInput(ctx context.Context, o *Options) (*input, error) {
	in := &input{limits: config.DefaultGlobal.Limits, windows: config.DefaultGlobal.Windows}
	sources, err := in.configure(o)
	if err != nil {
		return nil, err
	}
	for _, src := range sources {
		var files []file
		if t := tableOf(o, src); t != nil {
			files, err = in.addSQL(o, src, t)
		} else {
			files, err = in.list(ctx, o, src, pathsOf(o, src))
		}
		if err != nil {
			return nil, err
		}
		in.files = append(in.files, files...)
	}
	if in.labels, err = in.list(ctx, o, sources[0], o.Labels); err != nil {
		return nil, err
	}
	for i := range in.labels {
		in.labels[i].truths = true
	}
	if o.For > 0 && o.Since.IsZero() && in.table() == nil {
		return in, in.orderByTime(ctx)
	}
	return in, nil
}

// pathsOf returns the files that are named, or else those of the source.
func pathsOf(o *Options, src *config.Source) []string {
	switch {
	case len(o.Paths) > 0 || src == nil:
		return o.Paths
	case src.Parquet != nil:
		return src.Parquet.Paths
	}
	return src.File.Paths
}

// tableOf returns the table that is named, or else that of the source; nil if
// files are to be read.
func tableOf(o *Options, src *config.Source) *config.SQL {
	if o.SQL != nil || len(o.Paths) > 0 || src == nil {
		return o.SQL
	}
	return src.SQL
}

// table returns the table on a server that is read, nil if there is none.
func (in *input) table() *config.SQL {
	for i := range in.files {
		if t := in.files[i].sql; t != nil {
			return t
		}
	}
	return nil
}

// list lists the files of some paths: of records of text, and Parquet files.
func (in *input) list(ctx context.Context, o *Options, src *config.Source, paths []string) ([]file, error) {
	texts, tables := split(src, paths)
	files, err := in.addTexts(nil, src, texts)
	if err == nil {
		files, err = in.addTables(ctx, files, src, tables)
	}
	unnamed := in.unnamed
	if src != nil {
		unnamed = unnamedModel(o.Config, src.Name)
	}
	for i := range files {
		files[i].unnamed = unnamed
	}
	return files, err
}

// addTexts lists files of records.
func (in *input) addTexts(files []file, src *config.Source, globs []string) ([]file, error) {
	found, err := match(globs)
	if err != nil {
		return nil, err
	}
	sets := map[config.Format]*decode.Set{}
	for _, path := range found {
		read := in.sourceOf(src, path)
		if sets[read.Format] == nil {
			if sets[read.Format], err = in.newSet(read); err != nil {
				return nil, err
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file{path: path, bytes: info.Size(), set: sets[read.Format], source: read})
	}
	return files, nil
}

func (in *input) newSet(src *config.Source) (*decode.Set, error) {
	set, err := decode.New(*src, in.limits)
	if err == nil {
		set.Expect(in.expected())
	}
	return set, err
}

// configure takes over what the configuration says about the sources and model.
// Without one, the only source is nil.
func (in *input) configure(o *Options) ([]*config.Source, error) {
	if o.For < 0 {
		return nil, optionErrorf("the length of time %v is negative", o.For)
	}
	if !o.Since.IsZero() && !o.Until.IsZero() && !o.Until.After(o.Since) {
		return nil, optionErrorf("the time until %s is not after %s", o.Until.Format(time.RFC3339), o.Since.Format(time.RFC3339))
	}
	if o.SQL != nil && len(o.Paths) > 0 {
		return nil, optionErrorf("a table and files are profiled one at a time; leave out one of them")
	}
	if o.Config == nil {
		if len(o.Paths) == 0 && o.SQL == nil {
			return nil, optionErrorf("no files to profile; name some, or a configuration and one of its sources")
		}
		in.unnamed = o.Model
		return []*config.Source{nil}, mapFields(&in.fields, o.Map)
	}
	if len(o.Map) > 0 {
		return nil, optionErrorf("fields are mapped by the configuration; write %s under fields of the source", anyOf(o.Map))
	}
	in.limits, in.windows = o.Config.Global.Limits, o.Config.Global.Windows
	sources, err := findSources(o)
	if err != nil {
		return nil, err
	}
	for _, src := range sources {
		if src.Stdin && len(o.Paths) == 0 && o.SQL == nil {
			return nil, optionErrorf("source %q is standard input, which cannot be read a second time; name the files to profile", src.Name)
		}
	}
	name := o.Model
	if name == "" {
		name = unnamedModel(o.Config, sources[0].Name)
	}
	in.declare(o.Config.Model(name))
	return sources, nil
}

// declare takes over what is declared of a model's features.
func (in *input) declare(m *config.Model) {
	in.kinds, in.most = map[string]catalog.Kind{}, map[string]int{}
	in.task, in.positive = m.Task, m.PositiveClass
	for _, f := range m.Features {
		if f.Kind != "" {
			in.kinds[f.Name] = f.Kind
		}
		if f.MaxCategories > 0 {
			in.most[f.Name] = f.MaxCategories
		}
	}
}

// expected tells the decoder which columns are categories, so that 001 stays 001.
func (in *input) expected() []decode.Expected {
	var columns []decode.Expected
	for name, kind := range in.kinds {
		columns = append(columns, decode.Expected{Name: name, Kind: kind})
	}
	return columns
}

func (in *input) bytes() int64 {
	n := int64(0)
	for _, files := range [...][]file{in.files, in.labels} {
		for i := range files {
			n += files[i].bytes
		}
	}
	return n
}

// match lists the files of some globs in the order of their names, each once.
func match(globs []string) ([]string, error) {
	var paths []string
	for _, g := range globs {
		found, err := filepath.Glob(g)
		if err != nil {
			return nil, optionErrorf("%q is not a glob: %w", g, err)
		}
		if _, err := os.Stat(g); err == nil {
			found = append(found, g) // a name may have brackets in it
		}
		files := 0
		for _, p := range found {
			if info, err := os.Stat(p); err != nil || !info.IsDir() {
				paths = append(paths, p)
				files++
			}
		}
		if files == 0 {
			return nil, optionErrorf("%q matches no file", g)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// orderByTime puts files in the order of their first event, because names of
// rotated logs do not always sort like their contents. Files without a time come
// last.
func (in *input) orderByTime(ctx context.Context) error {
	first := make(map[string]int64, len(in.files))
	for i := range in.files {
		f := in.files[i]
		var err error
		if f.set, err = decode.New(*f.source, in.limits); err != nil {
			return err
		}
		if first[f.path], err = firstTime(ctx, &f); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
	}
	slices.SortStableFunc(in.files, func(a, b file) int {
		switch x, y := first[a.path], first[b.path]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return nil
}
