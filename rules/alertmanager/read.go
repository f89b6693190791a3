package alertmanager

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

type node = *yaml.Node

// reader reads settings and collects what is wrong with them.
type reader struct {
	file  string
	lines map[string]int // of each field that was read, by its path
	errs  []error
}

// failf reports a field. One that is not there is reported where it belongs: at
// the start of what should hold it.
func (r *reader) failf(at, format string, args ...any) {
	line := 1
	for p := at; p != "" && line == 1; p = p[:max(0, strings.LastIndexByte(p, '.'))] {
		line = max(1, r.lines[p])
	}
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s: %s", r.file, line, at, fmt.Sprintf(format, args...)))
}

// mapping reads the fields of one mapping, and those that are mappings
// themselves by their own functions.
func (r *reader) mapping(n node, at string, fields []field, nested map[string]func(node, string)) {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		if n.Tag != "!!null" {
			if at == "" {
				at = "the file"
				r.lines[at] = n.Line
			}
			r.failf(at, "is not a mapping; write lines such as slack_channel: \"#ml-alerts\"")
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], resolved(n.Content[i+1])
		path := key.Value
		if at != "" {
			path = at + "." + key.Value
		}
		if r.lines[path] > 0 {
			r.lines[path] = key.Line
			r.failf(path, "is there twice; remove one")
			continue
		}
		r.lines[path] = key.Line
		r.value(key.Value, v, path, fields, nested)
	}
}

func (r *reader) value(name string, v node, path string, fields []field, nested map[string]func(node, string)) {
	if read, ok := nested[name]; ok {
		read(v, path)
		return
	}
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	switch {
	case i >= 0:
		r.field(&fields[i], v, path)
	case secrets[name] != "":
		r.failf(path, "a secret does not belong into this file; write it to a file of its own, and name that with %s", secrets[name])
	default:
		r.failf(path, "unknown field; the fields here are %s", names(fields, nested))
	}
}

// names lists what may be written.
func names(fields []field, nested map[string]func(node, string)) string {
	known := slices.Collect(maps.Keys(nested))
	for _, f := range fields {
		known = append(known, f.name)
	}
	slices.Sort(known)
	return strings.Join(known, ", ")
}

func (r *reader) field(f *field, v node, path string) {
	items := []node{v}
	switch {
	case v.Kind == yaml.SequenceNode && f.list != nil:
		items = v.Content
	case v.Kind != yaml.ScalarNode || v.Tag == "!!null":
		r.failf(path, "is not a single value; write one, in quotes if it starts with #")
		return
	}
	words := make([]string, len(items))
	for i, item := range items {
		item = resolved(item)
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
			r.failf(path, "is not a list of single values; write such as [a, b], in quotes what starts with #")
			return
		}
		words[i] = item.Value
	}
	if finding := f.set(words); finding != "" {
		r.failf(path, "%s", finding)
	}
}

func (r *reader) teams(n node, at string, teams *[]Team) {
	if n.Kind != yaml.SequenceNode {
		r.failf(at, "is not a list; write such as [{ owner: risk-ml, slack_channel: \"#risk-ml\" }]")
		return
	}
	for i, c := range n.Content {
		path := fmt.Sprintf("%s[%d]", at, i)
		r.lines[path] = c.Line
		var t Team
		r.mapping(c, path, append(t.fields(),
			field{"owner", &t.Owner, nil, isName}, field{"component", &t.Component, nil, isComponent}), nil)
		*teams = append(*teams, t)
	}
}

// resolved follows an alias. Aliases of aliases are not valid YAML, and settings
// are not deep enough for them to multiply.
func resolved(n node) node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// parseYAML returns the one document of a file.
func parseYAML(name string, data []byte) (node, error) {
	var doc, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1}, nil
	case err != nil:
		return nil, syntaxError(name, err)
	}
	switch err := d.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("%s:%d: a second document starts here; remove the line ---", name, second.Line)
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(name, err)
	}
	return doc.Content[0], nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?`)

func syntaxError(name string, err error) error {
	line, text := 1, err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = strings.TrimPrefix(text, m[0])
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	return fmt.Errorf("%s:%d: not valid YAML: %s; check indentation, quotes and colons there", name, line, text)
}
