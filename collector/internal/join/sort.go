package join

import "slices"

// ordered is a key, its bucket, and what the user knows it by.
type ordered struct {
	id            uint64
	model, serial uint32
	i             uint32
}

// digit returns a byte of the key, the last one for 0.
func (o *ordered) digit(n int) byte {
	switch {
	case n < 8:
		return byte(o.id >> (8 * n))
	case n < 12:
		return byte(o.serial >> (8 * (n - 8)))
	}
	return byte(o.model >> (8 * (n - 12)))
}

const digits = 8 + 4 + 4

// sorter sorts by counting, byte by byte: several times as fast as comparing,
// and no keys can be chosen to slow it down. It keeps its memory.
type sorter struct{ a, b []ordered }

func (s *sorter) reset() { s.a = s.a[:0] }

func (s *sorter) add(k Key, serial uint32, i int) {
	s.a = append(s.a, ordered{k.ID, k.Model, serial, uint32(i)})
}

// sort returns what was added in the order in which it is stored; what is equal
// stays in the order in which it was added.
func (s *sorter) sort() []ordered {
	s.b = slices.Grow(s.b[:0], len(s.a))[:len(s.a)]
	for n := range digits {
		s.pass(n)
	}
	return s.a
}

// pass orders by one digit and keeps the order of those that have it in common.
func (s *sorter) pass(n int) {
	var starts [256]int
	for i := range s.a {
		starts[s.a[i].digit(n)]++
	}
	sum := 0
	for d, count := range starts {
		if count == len(s.a) {
			return
		}
		starts[d] = sum
		sum += count
	}
	for i := range s.a {
		d := s.a[i].digit(n)
		s.b[starts[d]] = s.a[i]
		starts[d]++
	}
	s.a, s.b = s.b, s.a
}
