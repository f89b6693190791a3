package sketch

import (
	"encoding/binary"
	"errors"
)

// The forms of an encoded Distinct, its first byte.
const (
	sparseForm byte = iota // number of registers in use, then step to each and rank
	denseForm              // a byte per register
)

// sparseBelow is the number of registers in use from which the dense form is the
// shorter one: a register takes two bytes in the sparse form.
const sparseBelow = registers / 2

var errDistinct = errors.New("no encoded distinct count")

// AppendTo appends d to b, in at most 2,049 bytes.
func (d *Distinct) AppendTo(b []byte) []byte {
	used := 0
	for _, r := range d.ranks {
		if r > 0 {
			used++
		}
	}
	if used >= sparseBelow {
		return append(append(b, denseForm), d.ranks[:]...)
	}
	b = binary.AppendUvarint(append(b, sparseForm), uint64(used))
	last := 0
	for i, r := range d.ranks {
		if r > 0 {
			b = append(binary.AppendUvarint(b, uint64(i-last)), r)
			last = i
		}
	}
	return b
}

// Decode replaces d by what AppendTo wrote at the beginning of b and returns the
// rest of b.
func (d *Distinct) Decode(b []byte) (rest []byte, err error) {
	if len(b) == 0 {
		return nil, errDistinct
	}
	d.Reset()
	switch form := b[0]; form {
	case denseForm:
		rest, err = d.decodeDense(b[1:])
	case sparseForm:
		rest, err = d.decodeSparse(b[1:])
	default:
		err = errDistinct
	}
	if err != nil {
		d.Reset()
	}
	return rest, err
}

func (d *Distinct) decodeDense(b []byte) ([]byte, error) {
	if len(b) < registers {
		return nil, errDistinct
	}
	for i, r := range b[:registers] {
		if r > maxRank {
			return nil, errDistinct
		}
		d.ranks[i] = r
	}
	return b[registers:], nil
}

func (d *Distinct) decodeSparse(b []byte) ([]byte, error) {
	used, k := binary.Uvarint(b)
	if k <= 0 || used >= sparseBelow {
		return nil, errDistinct
	}
	b = b[k:]
	at := uint64(0)
	for i := range used {
		step, k := binary.Uvarint(b)
		if k <= 0 || len(b) == k || step >= registers || i > 0 && step == 0 {
			return nil, errDistinct
		}
		at += step
		rank := b[k]
		if at >= registers || rank == 0 || rank > maxRank {
			return nil, errDistinct
		}
		d.ranks[at] = rank
		b = b[k+1:]
	}
	return b, nil
}
