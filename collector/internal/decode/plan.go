package decode

import (
	"slices"
	"strconv"
)

// step says what to do with one value.
type step struct {
	act act
	col int32 // of the group that the act concerns
}

// todo is a step and the node that it concerns.
type todo struct {
	node int32
	step
}

// plan finds what to do with the values of the object root, by the mapping. It
// looks at keys, and at values only as far as they are objects or arrays: lines
// with the same keys and the same nesting have the same plan.
func (s *Set) plan(root int32) {
	s.todos, s.used = s.todos[:0], s.used[:0]
	for _, f := range s.m.fields {
		if n := s.resolveFirst(root, f.paths); n >= 0 {
			s.todos = append(s.todos, todo{n, step{act: f.act}})
		}
	}
	for _, g := range s.m.groups {
		s.planGroup(root, g)
	}
	s.planFeatures(root)
}

// resolveFirst returns the value of the first path that exists, or -1.
func (s *Set) resolveFirst(root int32, paths []path) int32 {
	for i := range paths {
		if n := s.resolve(root, paths[i].segs); n >= 0 {
			return n
		}
	}
	return -1
}

// resolve follows a path and marks the nodes on it as used.
func (s *Set) resolve(root int32, segs []segment) int32 {
	mark := len(s.used)
	for _, seg := range segs {
		switch s.tape.nodes[root].kind {
		case object:
			root = s.tape.get(root, seg.key, &s.buf)
		case array:
			root = s.inArray(root, seg.index)
		default:
			root = -1
		}
		if root < 0 {
			s.used = s.used[:mark]
			return -1
		}
		s.used = append(s.used, root)
	}
	return root
}

// inArray returns an element of an array, or -1.
func (s *Set) inArray(arr int32, index int) int32 {
	if index < 0 {
		return -1
	}
	return s.tape.element(arr, index)
}

// planGroup makes columns of the values of the first path that exists.
func (s *Set) planGroup(root int32, g field) {
	for i := range g.paths {
		if n := s.resolve(root, g.paths[i].segs); n >= 0 {
			s.planValues(n, g.act, g.paths[i].last())
			return
		}
	}
}

// planValues makes columns of the values of an object or array, or one column of
// a single value.
func (s *Set) planValues(n int32, a act, name string) {
	switch s.tape.nodes[n].kind {
	case object:
		s.planObject(n, a, false)
	case array:
		s.planArray(n, a, nil)
	case null:
	default:
		s.planColumn(n, a, []byte(name))
	}
}

// planFeatures makes columns of the record's features. In Auto mode a source that
// has once shown an object of features keeps them there: a flat line in its log
// is some other program's, not a prediction with other features.
func (s *Set) planFeatures(root int32) {
	f := &s.m.features
	for i := range s.m.objects {
		n := s.resolve(root, s.m.objects[i].segs)
		if n < 0 {
			continue
		}
		switch kind := s.tape.nodes[n].kind; {
		case kind == array && !f.Auto:
			s.planArray(n, setFeature, f.Names)
			return
		case kind == object && len(f.Names) > 0 && !f.Auto:
			for _, name := range f.Names {
				if v := s.tape.get(n, name, &s.buf); v >= 0 {
					s.planColumn(v, setFeature, []byte(name))
				}
			}
			return
		case kind == object:
			if f.Auto && !s.grouped {
				s.grouped = true
				s.orders.forget() // of flat lines
			}
			s.planObject(n, setFeature, false)
			return
		}
	}
	switch {
	case f.Auto && !s.grouped || f.All && len(f.Path) == 0:
		s.planObject(root, setFeature, true)
	case len(s.m.named) > 0:
		for i, p := range s.m.named {
			if n := s.resolve(root, p.segs); n >= 0 {
				s.planColumn(n, setFeature, []byte(f.Names[i]))
			}
		}
	}
}

// planObject makes columns of the values of an object, in their order, except
// those that are used as fields and, at top level, the reserved ones.
func (s *Set) planObject(obj int32, a act, top bool) {
	end := s.tape.nodes[obj].next
	for i := obj + 1; i < end; {
		value := i + 1
		if key := s.tape.text(&s.tape.nodes[i], &s.keyBuf); !slices.Contains(s.used, value) && !(top && s.m.reserved[string(key)]) {
			s.planColumn(value, a, key)
		}
		i = s.tape.nodes[value].next
	}
}

// planArray makes columns of the elements of an array, named by their place
// where there are no names.
func (s *Set) planArray(arr int32, a act, names []string) {
	end := s.tape.nodes[arr].next
	place := 0
	for i := arr + 1; i < end; i = s.tape.nodes[i].next {
		if place < len(names) {
			s.keyBuf = append(s.keyBuf[:0], names[place]...)
		} else {
			s.keyBuf = strconv.AppendInt(s.keyBuf[:0], int64(place), 10)
		}
		s.planColumn(i, a, s.keyBuf)
		place++
	}
}

func (s *Set) planColumn(n int32, a act, name []byte) {
	col := s.columnOf(a, name)
	if col < 0 {
		if a == setFeature {
			s.todos = append(s.todos, todo{n, step{act: dropFeature}})
		} else {
			s.todos = append(s.todos, todo{n, step{act: dropColumn}})
		}
		return
	}
	s.todos = append(s.todos, todo{n, step{a, col}})
}
