package profile

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source/parquet"
	"github.com/model-exporter/model_exporter/collector/internal/source/sql"
)

// split tells what to read as records of text and what as Parquet files: those
// that are called so, and all if the source is one of Parquet files.
func split(src *config.Source, paths []string) (texts, tables []string) {
	for _, p := range paths {
		if src != nil && src.Parquet != nil || strings.HasPrefix(p, "s3://") || isTable(p) {
			tables = append(tables, p)
		} else {
			texts = append(texts, p)
		}
	}
	return texts, tables
}

func isTable(path string) bool { return strings.EqualFold(filepath.Ext(path), ".parquet") }

// addTables lists the Parquet files of some paths.
func (in *input) addTables(ctx context.Context, files []file, src *config.Source, paths []string) ([]file, error) {
	if len(paths) == 0 {
		return files, nil
	}
	cfg := config.DefaultParquet
	if src != nil && src.Parquet != nil {
		cfg = *src.Parquet
	}
	cfg.Paths = paths
	found, err := parquet.Files(ctx, cfg)
	if err != nil {
		return nil, optionErrorf("%w", err)
	}
	read := in.sourceOf(src, found[0].Path)
	set, err := in.newSet(read)
	if err != nil {
		return nil, err
	}
	for i := range found {
		files = append(files, file{path: found[i].Path, bytes: found[i].Bytes, set: set, table: &found[i], source: read})
	}
	return files, nil
}

// addSQL lists a table on a server.
func (in *input) addSQL(o *Options, src *config.Source, t *config.SQL) ([]file, error) {
	if o.For > 0 && t.Watermark == "" {
		return nil, optionErrorf("which rows come first is not known; name a source of a configuration, with its watermark")
	}
	read := *in.sourceOf(src, t.Name())
	read.SQL = t
	set, err := in.newSet(&read)
	unnamed := in.unnamed
	if src != nil {
		unnamed = unnamedModel(o.Config, src.Name)
	}
	return []file{{path: t.Name(), set: set, sql: t, source: &read, unnamed: unnamed, ordered: o.For > 0}}, err
}

// eachOfSQL reads a table on a server.
func (f *file) eachOfSQL(ctx context.Context, read func(n int), use func(*event.Batch) error) error {
	err := sql.Each(ctx, f.sql, f.set, f.ordered, func(b *event.Batch) error {
		n := b.N
		for _, rejected := range b.Rejected {
			n += int(rejected)
		}
		read(n)
		return use(b)
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// eachOfTable reads a Parquet file. Its progress is told by the columns that are
// read, and those that are not at its end.
func (f *file) eachOfTable(ctx context.Context, read func(n int), use func(*event.Batch) error) error {
	told := int64(0)
	var stopped error
	err := f.table.Each(ctx, f.set, func(b *event.Batch) error {
		told += b.Bytes
		read(int(b.Bytes))
		stopped = use(b)
		return stopped
	})
	switch {
	case errors.Is(stopped, errStop):
		return nil
	case stopped != nil:
		return stopped
	case err != nil:
		return errors.Unwrap(err) // the caller names the file
	}
	read(int(f.bytes - told))
	return nil
}
