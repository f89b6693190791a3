package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// maxLost names, and lines about some, are printed.
const maxLost = 10

// names is what the records of a sample have, by what is asked of them: more records are
// not read than the sample has, and again only where something is missing.
type names struct {
	s      *sample
	limits config.Limits
	at     map[string][]event.Column // by path; "" for the record itself
}

func (s *sample) names(limits config.Limits) *names {
	return &names{s: s, limits: limits, at: map[string][]event.Column{}}
}

// in returns the columns that an object of the records has, whatever they are mapped to.
func (n *names) in(ctx context.Context, path string) []event.Column {
	if columns, known := n.at[path]; known {
		return columns
	}
	src := *n.s.source
	src.Fields = config.Fields{Features: config.Features{All: true}, Instances: src.Fields.Instances, Exact: true}
	if path != "" {
		src.Fields.Features = config.Features{Path: []string{path}}
	}
	s, err := take(ctx, &src, n.limits, nil)
	if err != nil {
		return nil // the sample was read by the same way
	}
	var columns []event.Column
	for _, c := range s.batch.Features {
		if slices.ContainsFunc(c.Cells, isThere) {
			columns = append(columns, c)
		}
	}
	n.at[path] = columns
	return columns
}

func isThere(c event.Cell) bool { return c != event.Absent }

// have tells whether a record has one of some paths.
func (n *names) have(ctx context.Context, paths []string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		prefix, columns := n.beside(ctx, path)
		return slices.ContainsFunc(columns, func(c event.Column) bool {
			return prefix+c.Name == path || "/"+c.Name == path || n.s.isTable() && strings.HasPrefix(c.Name, path+".")
		})
	})
}

// beside returns what is where a path leads, or else what the records have, and how the
// paths to it begin.
func (n *names) beside(ctx context.Context, path string) (prefix string, columns []event.Column) {
	if i := strings.LastIndexAny(path, "./"); i > 0 {
		if columns = n.in(ctx, path[:i]); len(columns) > 0 {
			return path[:i+1], columns
		}
	}
	return "", n.in(ctx, "")
}

// suggest says what a path that no record has may be instead.
func (n *names) suggest(ctx context.Context, path string, but []string) string {
	prefix, columns := n.beside(ctx, path)
	var all []string
	for _, c := range columns {
		if name := prefix + c.Name; !slices.Contains(but, name) {
			all = append(all, printable(name))
		}
	}
	return config.Suggest(path, all)
}

// holder returns the object of the records that has a name, "" if there is none.
func (n *names) holder(ctx context.Context, name string) string {
	if n.s.isTable() {
		return ""
	}
	looked := 0
	for _, c := range n.in(ctx, "") {
		if !slices.Contains(c.Cells, event.Nested) {
			continue
		}
		if looked++; looked > maxLost {
			break
		}
		if slices.ContainsFunc(n.in(ctx, c.Name), func(c event.Column) bool { return c.Name == name }) {
			return c.Name
		}
	}
	return ""
}

// listed prints which names under fields.features no record has.
func (r *report) listed(ctx context.Context, s *sample, n *names) {
	f := s.source.Fields.Features
	var lost, found []string
	for _, name := range f.Names {
		if s.has(name) {
			found = append(found, name)
		} else {
			lost = append(lost, name)
		}
	}
	var texts []string
	of := map[string][]string{}
	for _, name := range lost {
		text := n.instead(ctx, f, name, found)
		if of[text] == nil {
			texts = append(texts, text)
		}
		of[text] = append(of[text], fmt.Sprintf("%q", name))
	}
	for i, text := range texts {
		if i == maxLost {
			r.problem("fields.features: and so with %s", plural(len(texts)-i, "other name"))
			return
		}
		r.problem("fields.features: no record has %s; %s", few(of[text]), text)
	}
}

// few writes a list that may be long.
func few(names []string) string {
	if more := len(names) - maxLost; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxLost], ", "), more)
	}
	return strings.Join(names, ", ")
}

// instead says what a listed feature may be called.
func (n *names) instead(ctx context.Context, f config.Features, name string, found []string) string {
	if len(f.Path) == 0 {
		if in := n.holder(ctx, name); in != "" {
			return fmt.Sprintf("the object %s in it does: write features: { path: %s, names: […] }", printable(in), printable(in))
		}
		return n.suggest(ctx, name, found)
	}
	var all []string
	for _, c := range n.in(ctx, f.Path[0]) {
		if !slices.Contains(found, c.Name) {
			all = append(all, printable(c.Name))
		}
	}
	if len(all) > 0 && all[0] == "0" { // places of an array
		return fmt.Sprintf("the array %s has %s", f.Path[0], plural(len(all), "value"))
	}
	return config.Suggest(name, all)
}

// mayHaveFeatures tells whether predictions were read, or might have been if more of
// their names were right.
func (s *sample) mayHaveFeatures() bool {
	if s.batch.N == 0 {
		return s.batch.Rejected[event.NoEvent] > 0 && (!s.source.Fields.Type.Const || s.source.Fields.Type.Value == "prediction")
	}
	return slices.Contains(s.batch.Types, event.Prediction)
}

// has tells whether a prediction has a feature.
func (s *sample) has(name string) bool {
	b := &s.batch
	i := slices.IndexFunc(b.Features, func(c event.Column) bool { return c.Name == name })
	if i < 0 {
		return false
	}
	for row, cell := range b.Features[i].Cells {
		if b.Types[row] == event.Prediction && isThere(cell) {
			return true
		}
	}
	return false
}
