package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxNodes bounds the work of one file: aliases may repeat what they name,
	// and a few lines of them can name billions.
	maxNodes = 200_000
	maxDepth = 32 // of merge keys; an anchor may merge itself
	// maxProblems is more than anyone reads at once.
	maxProblems = 100
)

// reader walks a YAML tree, fills the typed configuration and collects every
// problem with its position.
type reader struct {
	file     string
	dir      string // that relative paths start from
	nodes    int
	lines    map[string]int // line of each field that was read
	problems []problem
	surplus  int // problems that were not kept
}

// problem is one finding about one field.
type problem struct {
	at   string
	line int
	text string
}

// failf adds a problem of a field. The format says what was found; how to fix it.
func (r *reader) failf(at, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		r.surplus++
		return
	}
	line := r.line(at)
	text := fmt.Sprintf(format, args...)
	if at != "" {
		text = at + ": " + text
	}
	r.problems = append(r.problems, problem{at, line, fmt.Sprintf("%s:%d: %s", r.file, line, text)})
}

// line returns where a field stands, or if it is missing where its block does.
func (r *reader) line(at string) int {
	for {
		if line, ok := r.lines[at]; ok {
			return line
		}
		cut := strings.LastIndexAny(at, ".[")
		if cut < 0 {
			return 1
		}
		at = at[:cut]
	}
}

// given tells whether the file has the field, right or wrong.
func (r *reader) given(at string) bool {
	_, ok := r.lines[at]
	return ok
}

// failed tells whether a field has a problem of its own.
func (r *reader) failed(at string) bool {
	return r.surplus > 0 || slices.ContainsFunc(r.problems, func(p problem) bool { return p.at == at })
}

// err joins all problems, by line.
func (r *reader) err() error {
	slices.SortStableFunc(r.problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, p := range r.problems {
		errs = append(errs, errors.New(p.text))
	}
	if r.surplus > 0 {
		errs = append(errs, fmt.Errorf("%s: and %d more problems", r.file, r.surplus))
	}
	return errors.Join(errs...)
}

// read reads one value that is written in a line, unless the file is too large
// to be meant.
func (r *reader) read(v value, n *yaml.Node, at string, line int) {
	if r.nodes++; r.nodes >= maxNodes {
		if r.nodes == maxNodes {
			r.failf(at, "the file has more than %d values, aliases included; use fewer aliases, or split it over several exporters", maxNodes)
		}
		return
	}
	r.lines[at] = line
	v.read(r, resolve(n), at)
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// scalar returns the text of a single value with its ${NAME}s replaced.
func (r *reader) scalar(n *yaml.Node, at, kind string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		r.failf(at, "is a %s; write a %s", nodeKind(n), kind)
		return "", false
	case isNull(n):
		r.failf(at, "is empty; write a %s or remove the field", kind)
		return "", false
	}
	return r.expand(n.Value, at)
}

func nodeKind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	default:
		return "single value"
	}
}

var variable = regexp.MustCompile(`\$?\$\{([^}]*)(\}?)`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME} by the environment variable; $${ stands for ${.
func (r *reader) expand(s, at string) (string, bool) {
	if !strings.Contains(s, "${") {
		return s, true
	}
	ok := true
	s = variable.ReplaceAllStringFunc(s, func(found string) string {
		if strings.HasPrefix(found, "$$") {
			return found[1:]
		}
		m := variable.FindStringSubmatch(found)
		name, closed := m[1], m[2] != ""
		if !closed || !variableName.MatchString(name) {
			r.failf(at, "%q names no environment variable; write ${NAME}, or $${ for the text ${", found)
			ok = false
			return found
		}
		text, set := os.LookupEnv(name)
		if !set {
			r.failf(at, "environment variable %s is not set; set it, or write $${%s} for the text itself", name, name)
			ok = false
		}
		return text
	})
	return s, ok
}

// pair is one field of a mapping.
type pair struct{ key, value *yaml.Node }

// pairs lists the fields of a mapping in order, those of merge keys (<<) last,
// and without those that are written in the mapping itself.
func (r *reader) pairs(n *yaml.Node, at string, depth int) []pair {
	var own, merged []pair
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := resolve(n.Content[i]), n.Content[i+1]
		switch {
		case key.Kind == yaml.ScalarNode && key.Tag == "!!merge":
			merged = append(merged, r.merge(val, at, depth)...)
		case key.Kind != yaml.ScalarNode:
			r.failf(at, "line %d has a %s as the name of a field; write a text", key.Line, nodeKind(key))
		case seen[key.Value] > 0:
			r.lines[join(at, key.Value)] = key.Line
			r.failf(join(at, key.Value), "is written twice, in lines %d and %d; remove one", seen[key.Value], key.Line)
		default:
			seen[key.Value] = max(key.Line, 1)
			own = append(own, pair{key, val})
		}
	}
	for _, p := range merged {
		if seen[p.key.Value] == 0 {
			seen[p.key.Value] = max(p.key.Line, 1)
			own = append(own, p)
		}
	}
	return own
}

func (r *reader) merge(n *yaml.Node, at string, depth int) []pair {
	r.nodes++
	n = resolve(n)
	switch {
	case depth >= maxDepth || r.nodes >= maxNodes:
		r.failf(at, "merges too many aliases with <<; write the fields out")
		return nil
	case n.Kind == yaml.MappingNode:
		pairs := r.pairs(n, at, depth+1)
		r.nodes += len(pairs)
		return pairs
	case n.Kind == yaml.SequenceNode:
		var all []pair
		for _, item := range n.Content {
			all = append(all, r.merge(item, at, depth+1)...)
		}
		return all
	}
	r.failf(at, "<< merges a %s; name the anchor of a mapping", nodeKind(n))
	return nil
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// join appends a field's name to a path.
func join(at, name string) string {
	switch {
	case !plainName.MatchString(name):
		if len(name) > 100 {
			name = name[:100] + "…"
		}
		return at + "[" + strconv.Quote(name) + "]"
	case at == "":
		return name
	default:
		return at + "." + name
	}
}

func index(at string, i int) string { return at + "[" + strconv.Itoa(i) + "]" }
