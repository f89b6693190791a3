package model

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/model-exporter/model_exporter/collector/internal/sketch"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

var (
	_ window.Codec[*pane, packedPane, *Sum]                      = (*paneOps)(nil)
	_ window.Codec[[]sketch.Distinct, []byte, []sketch.Distinct] = distinctOps{}

	errPane = errors.New("no pane of this baseline")
)

// AppendOpen appends the rows, then the pane as it would be packed.
func (o *paneOps) AppendOpen(b []byte, p *pane) []byte {
	b = binary.AppendUvarint(b, uint64(p.rows))
	o.moments = appendAllMoments(o.moments[:0], p.moments)
	b = append(binary.AppendUvarint(b, uint64(len(o.moments))), o.moments...)
	return appendCounts(b, p.counts)
}

func (o *paneOps) DecodeOpen(b []byte, p *pane) error {
	rows, n := binary.Uvarint(b)
	if n <= 0 || rows > 1<<32-1 {
		return errPane
	}
	exact, inexact, err := o.split(b[n:])
	if err != nil {
		return err
	}
	p.rows = uint32(rows)
	packedPane{exact: exact}.each(func(bin int, c uint64) {
		if c > rows {
			err = errPane
		}
		p.counts[bin] = uint32(c)
	})
	eachMoments(inexact, func(i uint64, m *sketch.Moments) {
		m.Shift = o.layout.shifts[i]
		p.moments[i] = *m
	})
	return err
}

// AppendPacked appends the length of the moments, the moments, and the counts.
func (o *paneOps) AppendPacked(b []byte, p packedPane) []byte {
	b = binary.AppendUvarint(b, uint64(len(p.inexact)))
	return append(append(b, p.inexact...), p.exact...)
}

func (o *paneOps) DecodePacked(b []byte) (packedPane, error) {
	exact, inexact, err := o.split(bytes.Clone(b))
	return packedPane{exact, inexact}, err
}

// split returns the parts of a packed pane, after which each and addMoments find
// nothing that they do not expect.
func (o *paneOps) split(b []byte) (exact, inexact []byte, err error) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, nil, errPane
	}
	inexact, exact = b[n:n+int(length):n+int(length)], b[n+int(length):]
	if err := checkMoments(inexact, len(o.layout.shifts)); err != nil {
		return nil, nil, err
	}
	return exact, inexact, checkCounts(exact, o.layout.bins)
}

func checkCounts(b []byte, bins int) error {
	left := uint64(bins)
	for len(b) > 0 {
		v, k := binary.Uvarint(b)
		step := uint64(1)
		if v&1 == 1 {
			step = v >> 1
		}
		if k <= 0 || step > left {
			return errPane
		}
		left -= step
		b = b[k:]
	}
	return nil
}

// momentFloats is how many there are behind the three counts of encoded moments.
const momentFloats = 6

func checkMoments(b []byte, columns int) error {
	for len(b) > 0 {
		for field := range 4 {
			v, k := binary.Uvarint(b)
			if k <= 0 || field == 0 && v >= uint64(columns) {
				return errPane
			}
			b = b[k:]
		}
		if len(b) < 8*momentFloats {
			return errPane
		}
		b = b[8*momentFloats:]
	}
	return nil
}

func (o *paneOps) AppendExact(b []byte, s *Sum) []byte { return appendCounts(b, s.Counts) }

func (o *paneOps) DecodeExact(b []byte, s *Sum) error {
	if err := checkCounts(b, o.layout.bins); err != nil {
		return err
	}
	o.AddExact(s, packedPane{exact: b})
	return nil
}

func (o distinctOps) AppendOpen(b []byte, d []sketch.Distinct) []byte {
	for i := range d {
		b = d[i].AppendTo(b)
	}
	return b
}

func (o distinctOps) DecodeOpen(b []byte, d []sketch.Distinct) (err error) {
	for i := range d {
		if b, err = d[i].Decode(b); err != nil {
			return err
		}
	}
	if len(b) > 0 {
		return errPane
	}
	return nil
}

func (o distinctOps) AppendPacked(b, p []byte) []byte { return append(b, p...) }

func (o distinctOps) DecodePacked(b []byte) ([]byte, error) {
	var one sketch.Distinct
	rest := b
	for range o.columns {
		var err error
		if rest, err = one.Decode(rest); err != nil {
			return nil, err
		}
	}
	if len(rest) > 0 {
		return nil, errPane
	}
	return bytes.Clone(b), nil
}

// Nothing of a distinct count can be taken back, so there is no exact part.
func (o distinctOps) AppendExact(b []byte, _ []sketch.Distinct) []byte { return b }
func (o distinctOps) DecodeExact(b []byte, _ []sketch.Distinct) error {
	if len(b) > 0 {
		return errPane
	}
	return nil
}
