package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is one field of a block, with the sentence and the example that the
// reference shows.
type field struct {
	name    string
	value   value
	doc     string
	example string
}

// block is a mapping with known fields.
type block struct {
	fields []field
	noun   string // what a field of it is called; empty for "field"
	// later names fields of coming versions, so that whoever read about them
	// gets a better answer than "unknown".
	later   []string
	instead string // of those; empty for nothing
	// check looks at the fields together, after all of them were read.
	check func(r *reader, at string)
}

// nested makes a block something that a field can hold. It is built when it is
// read or described: most files use few of the blocks there are.
func nested(build func() block) value {
	return value{shape: shape{kind: "block", types: []string{"object"}, fields: func() []field { return build().fields }},
		read: func(r *reader, n *yaml.Node, at string) { build().read(r, n, at) }}
}

func (b block) read(r *reader, n *yaml.Node, at string) {
	switch {
	case n.Kind == yaml.MappingNode:
		for _, p := range r.pairs(n, at, 0) {
			b.readField(r, p, at)
		}
	case !isNull(n):
		r.failf(at, "is a %s; write a mapping with %s", nodeKind(n), strings.Join(b.names(), ", "))
		return
	}
	if b.check != nil {
		b.check(r, at)
	}
}

func (b block) readField(r *reader, p pair, at string) {
	name, noun := p.key.Value, b.noun
	if noun == "" {
		noun = "field"
	}
	i := slices.IndexFunc(b.fields, func(f field) bool { return f.name == name })
	at = join(at, name)
	switch {
	case i >= 0:
		r.read(b.fields[i].value, p.value, at, p.key.Line)
	case slices.Contains(b.later, name):
		r.lines[at] = p.key.Line
		fix := "remove it"
		if b.instead != "" {
			fix += ", or " + b.instead
		}
		r.failf(at, "is not part of this version yet; %s", fix)
	default:
		r.lines[at] = p.key.Line
		r.failf(at, "unknown %s; %s", noun, suggest(name, b.names()))
	}
}

func (b block) names() []string {
	names := make([]string, len(b.fields))
	for i, f := range b.fields {
		names[i] = f.name
	}
	return names
}

// list is a sequence whose items start as initial.
func list[T any](p *[]T, initial T, item func(*T) value) value {
	each := func() shape { x := initial; return item(&x).shape }
	return value{shape: shape{types: []string{"array"}, each: each},
		read: func(r *reader, n *yaml.Node, at string) {
			if n.Kind != yaml.SequenceNode {
				r.failf(at, "is a %s; write a list: [ … ]", nodeKind(n))
				return
			}
			all := make([]T, 0, len(n.Content))
			for i, c := range n.Content {
				if r.nodes >= maxNodes {
					break // reported by read
				}
				x := initial
				r.read(item(&x), c, index(at, i), c.Line)
				all = append(all, x)
			}
			*p = all
		}}
}

// named is a mapping from names that the user chooses to blocks.
func named[T any](p *[]T, noun string, initial func(name string) T, item func(*T) value) value {
	each := func() shape { x := initial(""); return item(&x).shape }
	return value{shape: shape{kind: noun, types: []string{"object"}, each: each},
		read: func(r *reader, n *yaml.Node, at string) {
			if n.Kind != yaml.MappingNode {
				if !isNull(n) {
					r.failf(at, "is a %s; write a mapping from each %s to its settings", nodeKind(n), noun)
				}
				return
			}
			var all []T
			for _, pair := range r.pairs(n, at, 0) {
				x := initial(pair.key.Value)
				r.read(item(&x), pair.value, join(at, pair.key.Value), pair.key.Line)
				all = append(all, x)
			}
			*p = all
		}}
}
