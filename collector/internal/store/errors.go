package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
)

// Errors that callers tell apart by errors.Is. The messages name the folder and what
// to do; after any of them the folder is as it was before.
var (
	ErrLocked  = errors.New("another process uses this store")
	ErrNewer   = errors.New("the store was written by a newer version")
	ErrCorrupt = errors.New("the store is damaged")
	ErrForeign = errors.New("the folder is not a store")
	ErrNoSpace = errors.New("no space left")

	// ErrUnknown is a failed commit that could not be taken back, because the disk
	// failed again: it may be found after a crash. Committing the same batch again
	// settles it.
	ErrUnknown = errors.New("it is unknown whether the commit is on the disk")
)

// remedies say what a person can do.
var remedies = []struct {
	is   error
	text string
}{
	{ErrLocked, "stop that process or name another folder"},
	{ErrNewer, "run that version or name another folder"},
	{ErrCorrupt, "restore the folder from a backup, or move it away to start anew"},
	{ErrForeign, "name an empty folder"},
	{ErrNoSpace, "make room; the commit will be repeated"},
}

// explain adds the folder, the class and the remedy to an error.
func (s *Store) explain(doing string, err error) error {
	err = readable(err)
	if class := classify(err); class != nil && !errors.Is(err, class) {
		err = fmt.Errorf("%w: %w", class, err)
	}
	for _, r := range remedies {
		if errors.Is(err, r.is) {
			return fmt.Errorf("%s store %q: %w; %s", doing, s.dir, err, r.text)
		}
	}
	return fmt.Errorf("%s store %q: %w", doing, s.dir, err)
}

// readable leaves out what Pebble joins to an error to carry details and not to be read.
func readable(err error) error {
	text := err.Error()
	if clean := strings.TrimSpace(strings.ReplaceAll(text, corruptionCarrier, "")); clean != text {
		return readableError{err, clean}
	}
	return err
}

const corruptionCarrier = "<corruption detail carrier>"

type readableError struct {
	error
	text string
}

func (e readableError) Error() string { return e.text }
func (e readableError) Unwrap() error { return e.error }

// classify tells what an error of the database or the disk is for our callers, or
// nil: Pebble marks as corruption only a part of what is.
func classify(err error) error {
	var no syscall.Errno
	switch {
	case errors.Is(err, ErrLocked), errors.Is(err, ErrNewer), errors.Is(err, ErrForeign), errors.Is(err, ErrCorrupt):
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return ErrNoSpace
	case pebble.IsCorruptionError(err), errors.Is(err, fs.ErrNotExist):
		return ErrCorrupt
	case errors.As(err, &no):
		return nil // the disk says what it is: no permission, read-only, I/O error
	}
	return nil
}
