package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// maxListed features are printed; a wide table is not read line by line.
const maxListed = 60

// source reads the first records of a source and prints what is in them.
func (r *report) source(ctx context.Context, src *config.Source, cfg *config.Config, baselines map[string]*baseline.File) (*sample, error) {
	s, err := take(ctx, src, cfg.Global.Limits, expected(cfg, src.Name, baselines))
	if err != nil {
		return nil, err
	}
	format := string(src.Format)
	if src.Parquet != nil {
		format = "parquet"
	}
	if src.SQL != nil {
		format = string(src.SQL.Driver)
	}
	r.printf("Source %s (%s): ", src.Name, format)
	if src.Stdin {
		r.printf("standard input, which is not read here\n")
		return s, nil
	}
	switch {
	case src.SQL != nil:
		r.printf("%s of %s read\n", plural(s.records, "row"), src.SQL.Name())
	case s.files == 0:
		r.printf("no files\n")
		if src.Parquet == nil {
			r.problem("no file matches %s", strings.Join(src.File.Paths, ", "))
		}
	case s.files == 1:
		r.printf("1 file matches, the first %s read\n", plural(s.records, "record"))
	default:
		r.printf("%s match, the first %s read\n", plural(s.files, "file"), plural(s.records, "record"))
	}
	for _, err := range s.failed {
		r.problem("%v", err)
	}
	r.order(ctx, s, cfg, baselines)
	r.rejections(s)
	if s.records == 0 && len(s.failed) == 0 && (src.SQL != nil || s.files > 0) {
		r.note("there is nothing in it yet, so fields and models could not be looked for")
	}
	n := s.names(cfg.Global.Limits)
	if s.batch.N > 0 {
		r.fields(s)
	}
	r.lost(ctx, s, n)
	if s.batch.N > 0 {
		r.features(s)
	}
	for _, hint := range s.batch.Hints {
		r.problem("%s", hint)
	}
	if s.mayHaveFeatures() && src.View == nil {
		r.listed(ctx, s, n)
	}
	if s.batch.N == 0 && s.records > 0 {
		r.problem("no record is an event; see why above, and map the fields that differ under fields:")
	}
	r.printf("\n")
	return s, nil
}

// expected is what the models that read a source know of its columns.
func expected(cfg *config.Config, source string, baselines map[string]*baseline.File) []decode.Expected {
	var all []decode.Expected
	for i := range cfg.Models {
		m := &cfg.Models[i]
		if !reads(m, source) {
			continue
		}
		for _, f := range m.Features {
			if f.Kind != "" {
				all = append(all, decode.Expected{Name: f.Name, Kind: f.Kind})
			}
		}
		if f := baselines[m.Name]; f != nil {
			for _, c := range f.Features {
				all = append(all, decode.Expected{Name: c.Name, Kind: c.Kind, Categories: c.Categories})
			}
		}
	}
	return all
}

func reads(m *config.Model, source string) bool {
	return len(m.Sources) == 0 || slices.Contains(m.Sources, source)
}

func (r *report) rejections(s *sample) {
	var rows [][]string
	for reason, n := range s.batch.Rejected {
		if n > 0 {
			reason := event.Reason(reason)
			rows = append(rows, []string{"rejected as " + reason.String(), thousands(int(n)), "first at " + s.first[reason]})
		}
	}
	r.table(rows...)
}

// hits is how often one field of the mapping was found.
type hits struct {
	name      string
	field     config.Field // as mapped or by default
	mapped    bool         // in the configuration
	found, of int
}

func (r *report) fields(s *sample) {
	rows := [][]string{{"field", "from", "found"}}
	for _, h := range s.hits() {
		from := strings.Join(h.field.Paths, ", ")
		if h.field.Const {
			from = fmt.Sprintf("the constant %q", h.field.Value)
		}
		if h.mapped || h.found > 0 {
			rows = append(rows, []string{h.name, from, percent(h.found, h.of)})
		}
	}
	r.table(rows...)
	if timed := slices.ContainsFunc(s.hits(), func(h hits) bool { return h.name == "timestamp" && h.found > 0 }); !timed {
		r.printf("  no record has a timestamp: events count as of when they are read\n")
	}
}

// lost prints which mapped fields no record has. Errors and other types than predictions
// are rare in most logs: what no record has of them is known of tables only.
func (r *report) lost(ctx context.Context, s *sample, n *names) {
	if s.batch.N == 0 && s.batch.Rejected[event.NoEvent] == 0 {
		return
	}
	f := &s.source.Fields
	for _, h := range append(s.hits(), hits{name: "type", field: f.Type, mapped: true}, hits{name: "shadow", field: f.Shadow, mapped: true}) {
		if !h.mapped || len(h.field.Paths) == 0 || h.field.Joined && s.source.SQL != nil { // whose key was looked at
			continue
		}
		name, paths := "fields."+h.name, strings.Join(h.field.Paths, ", ")
		if h.field.Joined {
			name = "key"
		}
		switch lacks := h.found == 0 && s.lacks(ctx, h, n); {
		case lacks && !n.have(ctx, h.field.Paths):
			r.problem("%s: no record has %s; %s", name, paths, n.suggest(ctx, h.field.Paths[0], nil))
		case lacks || h.found > 0 && s.useless(h.name):
			r.problem("%s: %s holds nothing that can be used as %s in these records; look at one, and correct the path", name, paths, h.name)
		}
	}
}

// useless tells that what was found of a field is no number where it has to be one.
func (s *sample) useless(field string) bool {
	switch field {
	case "score":
		return event.CountCells(s.batch.Score.Cells, event.Number) == 0
	case "latency":
		return event.CountCells(s.batch.Latency.Cells, event.Number) == 0
	}
	return false
}

// lacks tells whether a field that was not found should have been.
func (s *sample) lacks(ctx context.Context, h hits, n *names) bool {
	switch {
	case h.name == "error" || h.name == "type" || h.name == "shadow":
		return s.isTable() && !n.have(ctx, h.field.Paths)
	case s.batch.N == 0:
		return !n.have(ctx, h.field.Paths)
	}
	return h.of > 0
}

// isTable tells that all records have the same columns.
func (s *sample) isTable() bool {
	return s.source.Parquet != nil || s.source.SQL != nil || s.source.Format == config.CSVFormat
}

// hits counts what was found of every field. A part of predictions is looked for
// in predictions only.
func (s *sample) hits() []hits {
	b, f, defaults := &s.batch, s.source.Fields, decode.Defaults(s.source.Fields)
	predictions := 0
	for _, t := range b.Types {
		if t == event.Prediction {
			predictions++
		}
	}
	present := func(cols ...event.Column) func(int) bool {
		return func(row int) bool {
			return slices.ContainsFunc(cols, func(c event.Column) bool { return c.Cells[row] != event.Absent })
		}
	}
	count := func(name string, mapped, used config.Field, onlyPredictions bool, found func(row int) bool) hits {
		h := hits{name: name, field: used, mapped: !mapped.IsZero(), of: b.N}
		if onlyPredictions {
			h.of = predictions
		}
		for row := range b.N {
			if (!onlyPredictions || b.Types[row] == event.Prediction) && found(row) {
				h.found++
			}
		}
		return h
	}
	return []hits{
		count("id", f.ID, defaults.ID, false, func(row int) bool { return len(b.ID(row)) > 0 }),
		count("timestamp", f.Timestamp, defaults.Timestamp, false, func(row int) bool { return b.Times[row] != event.NoTime }),
		count("model", f.Model, defaults.Model, false, present(b.Model)),
		count("version", f.Version, defaults.Version, false, present(b.Version)),
		count("prediction", f.Prediction, defaults.Prediction, true, present(b.Prediction)),
		count("score", f.Score, defaults.Score, true, present(b.Score)),
		count("scores", f.Scores, defaults.Scores, true, present(b.Scores...)),
		count("label", f.Label, defaults.Label, false, present(b.Actual)),
		count("latency", f.Latency, defaults.Latency, true, present(b.Latency)),
		count("error", f.Error, defaults.Error, true, present(b.Error)),
		count("values", f.Values, defaults.Values, false, present(b.Values...)),
		count("segments", f.Segments, defaults.Segments, true, present(b.Segments...)),
	}
}

// features prints how often each feature was found, and what it held.
func (r *report) features(s *sample) {
	b := &s.batch
	rows := [][]string{{"feature", "found", "missing", "values"}}
	predictions, shown := 0, 0
	for _, t := range b.Types {
		if t == event.Prediction {
			predictions++
		}
	}
	for i := range b.Features {
		cells := cellsOf(&b.Features[i], b.Types)
		found := predictions - cells[event.Absent]
		if found == 0 {
			continue
		}
		if shown++; shown <= maxListed {
			rows = append(rows, []string{b.Features[i].Name, percent(found, predictions), percent(cells[event.Null], found), kinds(cells)})
		}
	}
	if shown == 0 {
		if predictions > 0 && len(s.source.Fields.Features.Names) == 0 {
			r.problem("fields.features: no record has features; name the object that holds them, list the columns, or write \"*\"")
		}
		return
	}
	r.table(rows...)
	if shown > maxListed {
		r.printf("  … and %s\n", plural(shown-maxListed, "more feature"))
	}
	if b.DroppedFeatures > 0 {
		r.problem("values of further features were dropped; raise global.max_features, or list the features")
	}
}

func cellsOf(c *event.Column, types []event.Type) (n [event.NumCells]int) {
	for row, cell := range c.Cells {
		if types[row] == event.Prediction {
			n[cell]++
		}
	}
	return n
}

// kinds says what a column's cells hold, most frequent first.
func kinds(cells [event.NumCells]int) string {
	names := map[event.Cell]string{event.Number: "numbers", event.Bool: "booleans", event.Text: "texts", event.Nested: "arrays or objects"}
	var present []event.Cell
	for cell := range names {
		if cells[cell] > 0 {
			present = append(present, cell)
		}
	}
	slices.SortFunc(present, func(a, b event.Cell) int {
		if d := cells[b] - cells[a]; d != 0 {
			return d
		}
		return int(a) - int(b)
	})
	var words []string
	for _, cell := range present {
		words = append(words, names[cell])
	}
	return strings.Join(words, ", ")
}

// declared looks for what the models expect in the records of their sources.
func (r *report) declared(cfg *config.Config, samples []*sample, baselines map[string]*baseline.File) {
	for i := range cfg.Models {
		m := &cfg.Models[i]
		found, events := map[string]bool{}, 0
		segments := map[string]bool{}
		for _, s := range samples {
			if !reads(m, s.source.Name) {
				continue
			}
			events += s.batch.N
			for i := range s.batch.Features {
				c := &s.batch.Features[i]
				found[c.Name] = found[c.Name] || slices.ContainsFunc(c.Cells, isThere)
			}
			for _, c := range s.batch.Segments {
				segments[c.Name] = true
			}
		}
		if events == 0 {
			continue // said already
		}
		var lost, known []string
		for name, ok := range found {
			if ok && !slices.ContainsFunc(m.Features, func(f config.Feature) bool { return f.Name == name }) {
				known = append(known, printable(name))
			}
		}
		slices.Sort(known)
		for _, f := range m.Features {
			if !found[f.Name] {
				lost = append(lost, fmt.Sprintf("feature %q is declared, but in no record; %s", f.Name, config.Suggest(f.Name, known)))
			}
		}
		for _, name := range m.Segments {
			if !found[name] && !segments[name] {
				lost = append(lost, fmt.Sprintf("segment %q is in no record", name))
			}
		}
		lost = append(lost, absent(baselines[m.Name], found)...)
		if len(lost) == 0 {
			continue
		}
		r.printf("Model %s\n", m.Name)
		for _, text := range lost {
			r.problem("%s", text)
		}
		r.printf("\n")
	}
}

func absent(f *baseline.File, found map[string]bool) []string {
	if f == nil {
		return nil
	}
	var lost []string
	for _, c := range f.Features {
		if !found[c.Name] && c.Absent < c.Rows {
			lost = append(lost, fmt.Sprintf("feature %q is in the baseline, but in no record", c.Name))
		}
	}
	return lost
}
