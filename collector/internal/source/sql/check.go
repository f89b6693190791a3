package sql

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
)

// checkedRows are read of the watermark and the key.
const checkedRows = 1000

// Check finds what keeps a table from being read as it is configured, and what will
// surprise whoever reads the metrics of it. columns are those of the baseline, as in
// Counting; nil if there is none.
func Check(ctx context.Context, cfg config.Source, set *decode.Set, columns []Column) (problems, notes []string, err error) {
	s, err := Open(cfg, set, &Counting{Columns: columns}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	c, err := snapshot(ctx, &s.cfg)
	if err != nil {
		return nil, nil, err
	}
	defer c.close()
	k := &check{s: s, c: c, d: dialects[s.cfg.Driver], at: "sql.watermark", listed: cfg.View == nil}
	if slices.Contains(cfg.Fields.Timestamp.Paths, s.cfg.Watermark) {
		k.at += ", which is fields.timestamp"
	}
	fields, err := c.describe(ctx, "SELECT * FROM "+k.d.target(&s.cfg)+" WHERE 1 = 0")
	if err != nil {
		return nil, nil, err
	}
	if s.plan, err = newPlan(set, fields, "", nil); err != nil {
		return nil, nil, err
	}
	if err := k.order(ctx); err != nil {
		return nil, nil, err
	}
	if s.cfg.Mode == config.AggregateMode {
		k.counted(ctx)
		k.oneVersion(ctx, decode.Defaults(cfg.Fields))
	}
	return k.problems, k.notes, nil
}

// check is a table that is looked at.
type check struct {
	s               *Source
	c               conn
	d               *dialect
	at              string // what names the watermark
	listed          bool   // the configuration says what the features are
	problems, notes []string
}

func (k *check) problem(format string, args ...any) {
	k.problems = append(k.problems, fmt.Sprintf(format, args...))
}

func (k *check) note(format string, args ...any) {
	k.notes = append(k.notes, fmt.Sprintf(format, args...))
}

func (k *check) class(f field) class { return k.d.count.class(f.kind) }

// find returns a column of the table.
func (k *check) find(name string) (field, bool) {
	i := slices.IndexFunc(k.s.plan.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return k.s.plan.fields[i], true
}

// shown is a column with its type, as its server calls it.
func (k *check) shown(ctx context.Context, f field) string {
	kind := strings.ToLower(f.kind)
	switch k.s.cfg.Driver {
	case config.ClickHouse:
		kind = f.kind
	case config.Postgres: // told by number
		var p page
		if err := k.c.query(ctx, "SELECT format_type("+f.kind+", NULL)", nil, &p, nil); err != nil || p.rows == 0 {
			kind = "type " + f.kind
		} else {
			kind = string(p.columns[0].text(0))
		}
	}
	if kind == "" {
		return fmt.Sprintf("column %q", f.name)
	}
	return fmt.Sprintf("column %q (%s)", f.name, kind)
}

// order checks the watermark and the key.
func (k *check) order(ctx context.Context) error {
	cfg := &k.s.cfg
	names := make([]string, 0, len(k.s.plan.fields))
	for _, f := range k.s.plan.fields {
		names = append(names, f.name)
	}
	watermark, ok := k.find(cfg.Watermark)
	if !ok {
		k.problem("%s: there is no column %q; %s", k.at, cfg.Watermark, config.Suggest(cfg.Watermark, names))
	}
	missing := false
	for _, name := range cfg.Key {
		if !slices.Contains(names, name) {
			missing = true
			k.problem("sql.key: there is no column %q; %s", name, config.Suggest(name, names))
		}
	}
	if !ok || missing {
		return nil
	}
	var p page
	stmt := fmt.Sprintf("SELECT %s FROM %s LIMIT %d", k.d.list(append([]string{cfg.Watermark}, cfg.Key...)), k.d.target(cfg), checkedRows)
	if err := k.c.query(ctx, stmt, nil, &p, nil); err != nil {
		return err
	}
	if why := k.watermark(ctx, watermark, &p); why != "" {
		k.problem("%s: %s", k.at, why)
	} else if k.listed {
		k.growing(ctx, watermark)
	}
	for i, name := range cfg.Key {
		if slices.Contains(p.columns[1+i].null, true) {
			k.problem("sql.key: column %q has no value in some rows, where reading stops; name columns that always have one, or read a query that leaves such rows out", name)
		}
	}
	return nil
}

// counted checks the columns that mode aggregate counts: those of the baseline, or
// what a baseline of this table would have.
func (k *check) counted(ctx context.Context) {
	s := k.s
	if len(s.counting.Columns) == 0 {
		for i, f := range s.plan.fields {
			if s.plan.decode.Feature(i) {
				s.counting.Columns = append(s.counting.Columns, Column{Name: f.name, Kind: catalog.Numeric})
			}
		}
	}
	var lost []string
	for i := range s.counting.Columns {
		c, name := s.columnOf(k.d, i)
		if c.countable() {
			continue
		}
		f, _ := k.find(name)
		text := k.shown(ctx, f)
		if c.class.isTime() {
			text += fmt.Sprintf(", a time that is %s in the baseline", c.Kind)
		} else if c.replaced() {
			text += ", whose categories in the baseline are bytes and no text"
		}
		lost = append(lost, text)
	}
	if len(lost) > 0 {
		k.problem("sql.mode: aggregate cannot count %s, and reads nothing of the table because of it; leave it out of fields.features and profile again, read a query that makes it a number or a text, or use mode: rows",
			strings.Join(lost, "; nor "))
	}
}

// oneVersion notes columns that tell models and versions apart in mode rows.
func (k *check) oneVersion(ctx context.Context, fields config.Fields) {
	for _, of := range []struct {
		name  string
		field config.Field
	}{{"model", fields.Model}, {"version", fields.Version}} {
		for _, path := range of.field.Paths {
			if f, ok := k.find(path); ok {
				k.note("%s would be the %s in mode: rows; in mode: aggregate all rows are of one %s: write fields.%s: { value: … }, or use mode: rows", k.shown(ctx, f), of.name, of.name, of.name)
				break
			}
		}
	}
}

// growing notes features that are likely to drift by themselves.
func (k *check) growing(ctx context.Context, watermark field) {
	for i, f := range k.s.plan.fields {
		switch {
		case !k.s.plan.decode.Feature(i):
		case f == watermark:
			k.note("%s is the watermark and a feature, too: it grows with each new row, and so drifts from every baseline; list the features without it in fields.features", k.shown(ctx, f))
		case k.class(f).isTime():
			k.note("%s is a feature, as seconds since 1970: if it is later in each new row, it drifts from every baseline; then list the features without it in fields.features", k.shown(ctx, f))
		}
	}
}
