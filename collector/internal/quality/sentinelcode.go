package quality

import (
	"encoding/binary"
	"errors"
	"math"
)

var errSentinels = errors.New("no encoded sentinels")

// AppendTo appends what s has seen to b; the range is not part of it.
func (s *Sentinels) AppendTo(b []byte) []byte {
	for i, n := range s.count {
		if b = binary.AppendUvarint(b, n); n > 0 {
			b = appendFloat(b, s.value[i])
		}
	}
	b = binary.AppendUvarint(b, uint64(len(s.found)))
	for _, x := range s.found {
		b = appendFloat(b, x)
	}
	return b
}

func appendFloat(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
}

// Decode replaces what s has seen by what AppendTo wrote at the beginning of b
// and returns the rest of b.
func (s *Sentinels) Decode(b []byte) (rest []byte, err error) {
	s.count, s.found = [slots]uint64{}, nil
	for i := range s.count {
		n, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, errSentinels
		}
		s.count[i], b = n, b[k:]
		if n == 0 {
			continue
		}
		if len(b) < 8 {
			return nil, errSentinels
		}
		s.value[i], b = float(b), b[8:]
	}
	n, k := binary.Uvarint(b)
	if k <= 0 || n > slots || len(b)-k < 8*int(n) {
		return nil, errSentinels
	}
	for b = b[k:]; n > 0; n-- {
		s.found, b = append(s.found, float(b)), b[8:]
	}
	return b, nil
}

func float(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
