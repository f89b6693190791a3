package parquet

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// object is a file that was found.
type object struct {
	path     string // as it is shown: s3://bucket/key in an object storage
	size     int64
	stamp    string // changes with the content: time of change, or ETag
	modified time.Time
	store    store
}

// store is where files are.
type store interface {
	// list finds the files that match the paths of the configuration. What could
	// not be listed is told by fail.
	list(ctx context.Context, fail func(path string, err error)) []object
	// open opens a file that was listed, and tells its size and stamp now.
	open(ctx context.Context, o object) (*input, object, error)
	// same tells that the open file is still what it was when it was opened.
	same(r *input, o object) bool
	// block is how many bytes to ask for at once, of each of some columns.
	block(columns int) int
}

func (o object) blockBytes(columns int) int { return o.store.block(max(columns, 1)) }

// noMatch says that a path of the configuration names nothing that is there.
type noMatch string

func (path noMatch) Error() string { return fmt.Sprintf("no Parquet file matches %q", string(path)) }

// stores returns those that the paths are in.
func stores(cfg config.Parquet) ([]store, error) {
	var files local
	var remote []string
	for _, p := range cfg.Paths {
		if key, ok := strings.CutPrefix(p, "s3://"); ok {
			remote = append(remote, key)
		} else {
			files = append(files, p)
		}
	}
	var all []store
	if len(files) > 0 {
		all = append(all, files)
	}
	if len(remote) > 0 {
		s, err := newBucket(cfg.S3, remote)
		if err != nil {
			return nil, fmt.Errorf("s3: %w", err)
		}
		all = append(all, s)
	}
	return all, nil
}

// listed tells whether a file that lies in a folder is data: by its extension,
// and by no part of its path below the folder being hidden.
func listed(below string) bool {
	for part := range strings.SplitSeq(below, "/") {
		if hidden(part) {
			return false
		}
	}
	return strings.EqualFold(path.Ext(below), ".parquet")
}

// hidden tells the names by which writers hide what they have not finished.
func hidden(name string) bool { return strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") }
