package profile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source/sql"
)

// lookout tells which of the fields that a user mapped were found: a name that no record
// has is a mistake, and nobody would notice that labels or scores are not in a baseline.
type lookout struct {
	columns map[string]string // by field
	named   map[string]bool   // a record has the column
	valued  map[string]bool   // a record has a value in it
	records uint64
}

func newLookout(columns map[string]string) *lookout {
	return &lookout{columns: columns, named: map[string]bool{}, valued: map[string]bool{}}
}

// look notes the fields that a batch has values of.
func (l *lookout) look(b *event.Batch) {
	l.records += uint64(b.N)
	for _, n := range b.Rejected {
		l.records += n
	}
	for field := range l.columns {
		if !l.valued[field] {
			l.valued[field] = hasValue(b, field)
		}
	}
}

func hasValue(b *event.Batch, field string) bool {
	in := func(columns ...event.Column) bool {
		return slices.ContainsFunc(columns, func(c event.Column) bool { return slices.ContainsFunc(c.Cells[:b.N], isValue) })
	}
	switch field {
	case "id":
		for row := range b.N {
			if len(b.ID(row)) > 0 {
				return true
			}
		}
		return false
	case "timestamp":
		return slices.ContainsFunc(b.Times[:b.N], func(t int64) bool { return t != event.NoTime })
	case "type":
		return false // a batch does not tell whether it was found
	case "model":
		return in(b.Model)
	case "version":
		return in(b.Version)
	case "prediction":
		return in(b.Prediction)
	case "score":
		return in(b.Score)
	case "scores":
		return in(b.Scores...)
	}
	return in(b.Actual)
}

// ahead looks for the columns in the first records of each file, until all are found. If
// every file is a table that is all there is to know, and what is missing an error;
// otherwise later records may have it.
func (l *lookout) ahead(ctx context.Context, in *input) error {
	all := true
	for i, f := range in.distinct() {
		if len(l.lost()) == 0 || !all && i >= fewFiles {
			return nil
		}
		names, records := in.names(ctx, f, config.Features{Names: slices.Sorted(maps.Values(l.columns))}, firstRecords)
		for field, column := range l.columns {
			l.named[field] = l.named[field] || slices.Contains(names, column) || field == "scores" && in.hasGroup(ctx, f, column)
		}
		all = all && records > 0 && f.isTable()
	}
	if !all {
		return nil
	}
	return l.err(ctx, in)
}

// hasGroup tells whether a table has columns whose names continue one, such as scores.a.
func (in *input) hasGroup(ctx context.Context, f *file, column string) bool {
	names, _ := in.names(ctx, f, config.Features{Path: []string{column}}, firstRecords)
	return len(names) > 0
}

// lost are the fields that are not known to be there.
func (l *lookout) lost() (fields []string) {
	for _, field := range slices.Sorted(maps.Keys(l.columns)) {
		if !l.named[field] && !l.valued[field] {
			fields = append(fields, field)
		}
	}
	return fields
}

// err names the fields that no record has, and what records have instead.
func (l *lookout) err(ctx context.Context, in *input) error {
	var errs []error
	for _, field := range l.lost() {
		column, instead := l.columns[field], "correct its name"
		if field == "type" && in.anywhere(ctx, column) {
			continue
		}
		if names := in.beside(ctx, column); len(names) > 0 {
			instead = config.Suggest(column, names)
		}
		errs = append(errs, fmt.Errorf("--map %s=%s: no record of %s has %q; %s", field, printable(column, 100), in.shown(), column, instead))
	}
	return joined(errs)
}

// empty names the labels and outputs of which there is no value.
func (l *lookout) empty(in *input) error {
	var errs []error
	for _, field := range [...]string{"label", "prediction", "score", "scores"} {
		column, mapped := l.columns[field]
		if !mapped || l.valued[field] {
			continue
		}
		what := "value"
		if strings.HasPrefix(field, "score") {
			what = "number"
		}
		errs = append(errs, fmt.Errorf("--map %s=%s: %q has no %s in any record of %s; map another column, or none", field, printable(column, 100), column, what, in.shown()))
	}
	return joined(errs)
}

func joined(errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return optionError{errs[0]}
	}
	return optionErrorf("the mapping does not fit the records:\n%w", errors.Join(errs...))
}

// distinct are all files, each once.
func (in *input) distinct() (files []*file) {
	paths := map[string]bool{}
	for _, list := range [...][]file{in.labels, in.files} {
		for i := range list {
			if f := &list[i]; !paths[f.path] {
				paths[f.path] = true
				files = append(files, f)
			}
		}
	}
	return files
}

// shown names the files in a message.
func (in *input) shown() string {
	files := in.distinct()
	if len(files) == 1 {
		return files[0].path
	}
	return fmt.Sprintf("%d files", len(files))
}

// fewFiles are looked at for the names that there are; logs are read to their end anyway.
const fewFiles = 10

// beside returns the names that records have where a path leads, or else at all.
func (in *input) beside(ctx context.Context, path string) (names []string) {
	look := func(prefix string, features config.Features) {
		for i, f := range in.distinct() {
			if i == fewFiles || prefix != "" && f.isTable() {
				break
			}
			found, _ := in.names(ctx, f, features, firstRecords)
			for _, name := range found {
				if name = printable(prefix+name, 100); !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	if i := strings.LastIndexAny(path, "./"); i > 0 {
		look(path[:i+1], config.Features{Path: []string{path[:i]}})
	}
	if len(names) == 0 {
		look("", config.Features{All: true})
	}
	return names
}

// isTable tells that all records have the same columns.
func (f *file) isTable() bool {
	return f.sql != nil || f.table != nil || f.source.Format == config.CSVFormat
}

// anywhere tells whether any record has a column, however late it comes.
func (in *input) anywhere(ctx context.Context, column string) bool {
	return slices.ContainsFunc(in.distinct(), func(f *file) bool {
		names, _ := in.names(ctx, f, config.Features{Names: []string{column}}, func(b *event.Batch) bool { return len(b.Features) > 0 })
		return len(names) > 0
	})
}

// firstRecords tells that there is one, and not only a header.
func firstRecords(b *event.Batch) bool { return b.N > 0 || b.Rejected != [event.NumReasons]uint64{} }

// fewRecords are looked at of a table, all of which have the same columns.
const fewRecords = 100

// names returns the columns of the first records, as features, and how many records
// there were; of a log, until there are enough. What cannot be read, or not a second
// time, has none: reading it for good tells why.
func (in *input) names(ctx context.Context, f *file, features config.Features, enough func(*event.Batch) bool) (names []string, records int) {
	src := *f.source
	src.Fields = config.Fields{Features: features, Exact: true}
	set, err := decode.New(src, in.limits)
	if err != nil {
		return nil, 0
	}
	first := &event.Batch{}
	switch {
	case f.sql != nil:
		_, err = sql.Sample(ctx, f.sql, set, first, fewRecords)
	case f.table != nil:
		_, err = f.table.Sample(ctx, set, first, fewRecords)
	default:
		info, failed := os.Stat(f.path)
		if failed != nil || !info.Mode().IsRegular() {
			return nil, 0
		}
		err = eachBatch(f.path, set, func(int) {}, func(b *event.Batch) error {
			if first = b; enough(b) {
				return errStop
			}
			return ctx.Err()
		})
	}
	if err != nil {
		return nil, 0
	}
	for _, c := range first.Features {
		names = append(names, c.Name)
	}
	records = first.N
	for _, n := range first.Rejected {
		records += int(n)
	}
	return names, records
}
