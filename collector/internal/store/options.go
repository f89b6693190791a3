package store

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

const (
	// cacheBytes holds what a random look-up needs beside one data block: at 10
	// million keys 12.5 MB of bloom filters and about 2 MB of index. Data blocks are
	// cached by the system anyway.
	cacheBytes = 32 << 20

	// bloomBits per key let 1 % of the tables be read for a key they do not hold.
	bloomBits = 10

	// blockBytes is the unit of a read: some 150 small keys, decoded in about 1 µs.
	blockBytes = 4 << 10
)

// options are Pebble's, for a database that only changes by ingested tables.
func options(g *gate, log *slog.Logger) *pebble.Options {
	o := &pebble.Options{
		FS:        g,
		Logger:    logger{g, log},
		CacheSize: cacheBytes,
		// Footers and properties have checksums from this format on. It is pinned:
		// a newer one could not be read by the version before.
		FormatMajorVersion: pebble.FormatTableFormatV6,
		DisableWAL:         true,
		MemTableSize:       1 << 20, // stays empty
		MaxOpenFiles:       512,
		LBaseMaxBytes:      64 << 20,
		// A new list is begun by reopening, when no commit can be in doubt.
		MaxManifestFileSize: 1 << 60,
		// One tick is one overlapping table, so this many states are merged at once.
		L0CompactionThreshold:      4,
		CompactionConcurrencyRange: func() (int, int) { return 1, 2 },
	}
	for i := range o.TargetFileSizes {
		o.TargetFileSizes[i] = 8 << 20 << min(i, 3)
	}
	for i := range o.Levels {
		o.Levels[i].BlockSize = blockBytes
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBits)
	}
	o.EventListener = &pebble.EventListener{
		BackgroundError: func(err error) { log.Debug("store: work in the background", "error", err) },
		DataCorruption:  func(i pebble.DataCorruptionInfo) { g.damaged(fmt.Errorf("%w: %w", ErrCorrupt, i.Details)) },
	}
	o.EnsureDefaults()
	return o
}

// logger is Pebble's, for those who debug: what matters comes back from Commit,
// which tries again what failed in the background. What Pebble calls fatal is an
// error that it cannot undo: it
// must not go on, but our process must. The error comes back to the commit as well.
type logger struct {
	gate *gate
	log  *slog.Logger
}

func (l logger) Infof(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug(fmt.Sprintf("store: "+format, args...))
	}
}

func (l logger) Errorf(format string, args ...any) {
	l.log.Warn(fmt.Sprintf("store: "+format, args...))
}

func (l logger) Fatalf(format string, args ...any) {
	why := fmt.Errorf(format, args...)
	for _, a := range args {
		if err, ok := a.(error); ok {
			why = err
		}
	}
	l.gate.shut(why)
	l.log.Debug("store: the database stops and is opened anew by the next commit", "error", why)
}
