package simulate

import (
	"bytes"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Faults of the log and of its transport: they strike at the encoded line.

// breakages are the ways in which a line of JSON is broken, in equal shares,
// each with the reason for which it is rejected.
var breakages = []struct {
	reason string
	apply  func(in *injection, line []byte) []byte
}{
	{"malformed", func(in *injection, line []byte) []byte { // a write that was cut off
		return line[:1+in.rand.IntN(len(line)-1)]
	}},
	{"malformed", func(in *injection, line []byte) []byte { // two writers at once
		return append(line, line[:len(line)/2]...)
	}},
	{"malformed", func(_ *injection, line []byte) []byte { // what disks leave behind after a crash
		for i := range line {
			line[i] = 0
		}
		return line
	}},
	{"malformed", func(_ *injection, line []byte) []byte { // a message of the program
		return append(line[:0], "Traceback (most recent call last): ValueError: could not convert string to float"...)
	}},
	{"not_an_object", func(_ *injection, line []byte) []byte {
		return append(line[:0], `["2026-11-01T12:00:00Z","INFO","model reloaded"]`...)
	}},
	{"no_event", func(_ *injection, line []byte) []byte { // an id and a time, and nothing to them
		if i := bytes.Index(line, []byte(`,"features":`)); i > 0 {
			line = append(line[:i], '}')
		}
		return line
	}},
	{"unknown_type", func(_ *injection, line []byte) []byte {
		return slices.Concat(line[:0:0], bytes.Replace(line, []byte(`"type":"prediction"`), []byte(`"type":"heartbeat"`), 1))
	}},
	{"bad_timestamp", func(_ *injection, line []byte) []byte {
		return slices.Concat(line[:0:0], bytes.Replace(line, []byte(`"timestamp":"`), []byte(`"timestamp":"at `), 1))
	}},
}

func malformed(in *injection, dst []byte, from int) []byte {
	if !in.hit() {
		return dst
	}
	line := dst[from:]
	if len(line) < 2 { // another fault left nothing to break
		return dst
	}
	if line[0] != '{' { // a CSV record loses its tail
		return append(dst[:from], line[:len(line)/2]...)
	}
	b := breakages[in.rand.IntN(len(breakages))]
	return append(dst[:from], b.apply(in, line)...)
}

// malformedMoves holds for JSON; all that is wrong with a CSV record is its
// number of fields.
func malformedMoves(*args) (moves, may []string) {
	for _, b := range breakages {
		if m := series(catalog.SourceRejected.Name, "reason", b.reason); !slices.Contains(moves, m) {
			moves = append(moves, m)
		}
	}
	return moves, append(anything(), catalog.SourceEvents.Name)
}

// oversize pads the error of a line, its last text.
func oversize(in *injection, dst []byte, from int) []byte {
	if !in.hit() {
		return dst
	}
	tail := 0
	if bytes.HasSuffix(dst[from:], []byte(`"}`)) {
		tail = len(`"}`)
	}
	end := string(dst[len(dst)-tail:])
	dst = dst[:len(dst)-tail]
	if missing := int(in.args.value) - (len(dst) - from) - tail; missing > 0 {
		dst = append(dst, bytes.Repeat([]byte{'x'}, missing)...)
	}
	return append(dst, end...)
}

func oversizeMoves(*args) (moves, may []string) {
	return []string{series(catalog.SourceRejected.Name, "reason", "too_long")}, append(anything(), catalog.SourceEvents.Name)
}

// repeat keeps every line for the case that the next one is to be it again.
func repeat(in *injection, dst []byte, from int) []byte {
	if in.hit() && len(in.held) > 0 {
		dst = append(dst[:from], in.held...)
	}
	in.held = append(in.held[:0], dst[from:]...)
	return dst
}

func duplicatesMoves(*args) (moves, may []string) {
	return []string{catalog.DuplicatePredictions.Name}, anything()
}
