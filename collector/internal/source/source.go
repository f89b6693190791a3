// Package source is the contract between what delivers records (files, standard
// input) and what counts them: batches in a fixed order, each with the position
// behind it, so that state and position can be stored together and reading goes
// on exactly there.
package source

import (
	"context"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Position is the place after the last event of a batch within one part (a file,
// a partition) of a source. It is plain text, so that it can be printed, stored
// and compared. The last position of a part is the one that counts. An empty At
// says that the part is over and its position may be forgotten.
type Position struct{ Part, At string }

// Status is how a source is doing.
type Status struct {
	Up       bool   // everything that should be read can be read
	CaughtUp bool   // nothing was left to read when it was last looked for
	Err      error  // the last error, also when it is over; nil if there was none
	Errors   uint64 // errors so far; one that lasts counts once
	Parts    int    // files being followed
}

// Source yields batches in the order in which they may be committed. One
// goroutine calls Next and Close; Committed and Status may come from others.
type Source interface {
	// Next replaces b's contents and returns the position after its last event.
	// It blocks until there is data or ctx ends, then with ctx's error; io.EOF
	// ends a finite source. A batch of rejections only, or without any record, is
	// valid: its position counts like any other. Whatever can be overcome by
	// waiting (a missing file, no permission) is no error but part of Status.
	Next(ctx context.Context, b *event.Batch) (Position, error)
	// Committed tells that everything before p is durable.
	Committed(ctx context.Context, p Position) error
	Status() Status
	Close() error
}
