package decode

import (
	"slices"
	"strings"
)

// planHeader finds what to do with the columns of a table. A column is found by
// the whole name of a path (request.id); a group like the segments takes the
// columns whose names continue it (segments.tenant).
func (s *Set) planHeader(names []string) []todo {
	todos := make([]todo, 0, len(names))
	used := make([]bool, len(names))
	add := func(col int, a act, name string) {
		used[col] = true
		st := step{act: a}
		if a >= setFeature {
			if st.col = s.columnOf(a, []byte(name)); st.col < 0 {
				st = step{act: dropColumn}
				if a == setFeature {
					st.act = dropFeature
				}
			}
		}
		todos = append(todos, todo{int32(col), st})
	}
	prefixed := func(prefix string, a act) (found bool) {
		for i, name := range names {
			if rest, ok := strings.CutPrefix(name, prefix+"."); ok && rest != "" {
				add(i, a, rest)
				found = true
			}
		}
		return found
	}
	for _, f := range s.m.fields {
		for _, p := range f.paths {
			if i := lastIndex(names, p.name); i >= 0 {
				add(i, f.act, "")
				todos[len(todos)-1].col = f.part
				break
			}
		}
	}
	for _, g := range s.m.groups {
		for _, p := range g.paths {
			if prefixed(p.name, g.act) {
				break
			}
			if i := lastIndex(names, p.name); i >= 0 {
				add(i, g.act, p.last())
				break
			}
		}
	}
	f := &s.m.features
	for _, p := range s.m.objects {
		if len(f.Names) > 0 && !f.Auto {
			for _, name := range f.Names {
				if i := lastIndex(names, p.name+"."+name); i >= 0 {
					add(i, setFeature, name)
				}
			}
		} else if prefixed(p.name, setFeature) {
			return todos
		}
	}
	for i, p := range s.m.named {
		if c := lastIndex(names, p.name); c >= 0 {
			add(c, setFeature, f.Names[i])
		}
	}
	if f.Auto || f.All {
		for i, name := range names {
			// A column without a name is the index that pandas writes.
			if !used[i] && !s.m.reserved[name] && name != "" {
				add(i, setFeature, name)
			}
		}
	}
	return todos
}

// lastIndex returns the last column of a name, as the last of repeated keys wins.
func lastIndex(names []string, name string) int {
	for i, n := range slices.Backward(names) {
		if n == name {
			return i
		}
	}
	return -1
}
