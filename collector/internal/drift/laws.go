package drift

import (
	"encoding/binary"
	"errors"
	"math"
)

// Laws are what comparing with a baseline's column needs beside its counts and
// takes milliseconds to simulate. They depend on nothing else, so that several
// comparisons with the column may share them and a restart need not find them
// again. The zero value knows none. They belong to one goroutine.
type Laws struct {
	limits
	decided bool // of decision bins
	refined bool // of fine bins
}

// Known returns how many of the two simulations were made.
func (l *Laws) Known() int {
	n := 0
	if l.decided {
		n++
	}
	if l.refined {
		n++
	}
	return n
}

// Share makes c use laws of the same column that others use too.
func (c *Comparison) Share(l *Laws) { c.laws = l }

func (l *Laws) tails() [4]*tail {
	return [...]*tail{&l.tvd, &l.linf, &l.ks, &l.wasserstein}
}

// AppendTo encodes l: a byte with a bit for each simulation, then of each of four
// laws six floats, little-endian.
func (l *Laws) AppendTo(b []byte) []byte {
	known := byte(0)
	if l.decided {
		known |= 1
	}
	if l.refined {
		known |= 2
	}
	b = append(b, known)
	for _, t := range l.tails() {
		for _, x := range [...]float64{t.power, t.shift, t.scale, t.shape, t.mean, t.variance} {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		}
	}
	return b
}

const lawsLen = 1 + 4*6*8

var errLaws = errors.New("not the laws of a column")

// Decode makes l what AppendTo encoded at the start of b, and returns the rest.
func (l *Laws) Decode(b []byte) (rest []byte, err error) {
	*l = Laws{}
	if len(b) < lawsLen || b[0] > 3 {
		return nil, errLaws
	}
	known, at := b[0], b[1:]
	for _, t := range l.tails() {
		for _, x := range [...]*float64{&t.power, &t.shift, &t.scale, &t.shape, &t.mean, &t.variance} {
			*x, at = math.Float64frombits(binary.LittleEndian.Uint64(at)), at[8:]
			if math.IsNaN(*x) || math.IsInf(*x, 0) {
				*l = Laws{}
				return nil, errLaws
			}
		}
		if t.power != 0 && (t.power < 1 || t.power > 2) || t.scale < 0 || t.shape < 0 {
			*l = Laws{}
			return nil, errLaws
		}
	}
	l.decided, l.refined = known&1 != 0, known&2 != 0
	return at, nil
}
