package parquet

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// File is a file that is there now, to be read once.
type File struct {
	Path  string
	Bytes int64
	o     object
}

// Files lists the files of some paths in the order of their last change. The error
// joins what could not be listed; files beside it may still be read.
func Files(ctx context.Context, cfg config.Parquet) ([]File, error) {
	all, err := stores(cfg)
	if err != nil {
		return nil, err
	}
	var found []object
	var errs []error
	for _, st := range all {
		found = append(found, st.list(ctx, func(_ string, err error) { errs = append(errs, err) })...)
	}
	slices.SortStableFunc(found, func(a, b object) int {
		return cmp.Or(a.modified.Compare(b.modified), strings.Compare(a.path, b.path))
	})
	files := make([]File, len(found))
	for i, o := range found {
		files[i] = File{o.path, o.size, o}
	}
	return files, errors.Join(errs...)
}

// Each reads all rows of the file and calls use with batch after batch, until that
// returns an error, which is returned. A batch is use's until it returns.
func (f *File) Each(ctx context.Context, set *decode.Set, use func(*event.Batch) error) error {
	t, err := f.open(ctx, set)
	if err != nil {
		return err
	}
	defer t.close()
	b := &event.Batch{}
	for !t.done() {
		b.Reset()
		b.File, b.Arrival = t.path, time.Now().UnixNano()
		if err := t.fill(b, math.MaxInt); err != nil {
			return err
		}
		if err := use(b); err != nil {
			return err
		}
	}
	return nil
}

// Sample appends the first n rows of the file to b, or as many as there are.
func (f *File) Sample(ctx context.Context, set *decode.Set, b *event.Batch, n int) (rows int, err error) {
	t, err := f.open(ctx, set)
	if err != nil {
		return 0, err
	}
	defer t.close()
	b.File = t.path
	for rows < n && !t.done() {
		if err := t.fill(b, n-rows); err != nil {
			return rows, err
		}
		rows = int(t.first + t.row)
	}
	return rows, nil
}

func (f *File) open(ctx context.Context, set *decode.Set) (*table, error) {
	r, o, err := f.o.store.open(ctx, f.o)
	if err != nil {
		return nil, err
	}
	return open(o, r, set)
}
