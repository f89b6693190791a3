package collector

import "github.com/cockroachdb/pebble/v2/vfs"

// On returns options of a collector that keeps its state on another disk.
func (o Options) On(disk vfs.FS) Options {
	o.StoragePath, o.store.FS = "state", disk
	return o
}
