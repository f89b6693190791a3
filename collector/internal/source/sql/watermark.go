package sql

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/model-exporter/model_exporter/collector/config"
)

// watermark says why a column cannot be one; empty if it can. What rows hold decides
// as it does when they are read; without a row the type.
func (k *check) watermark(ctx context.Context, f field, p *page) string {
	col := p.columns[0]
	rows := make([]int, 0, p.rows)
	for row := range p.rows {
		if !col.null[row] {
			rows = append(rows, row)
		}
	}
	form := k.formOf(f)
	if len(rows) > 0 {
		form = col.formAt(rows[0])
	}
	switch {
	case !form.ordered() && form != formText && form != formNull:
		return fmt.Sprintf("%s is neither a time nor a whole number; %s", k.shown(ctx, f), k.better())
	case p.rows > 0 && len(rows) == 0:
		return fmt.Sprintf("%s has no value in the first %d rows, and such rows are not read; %s", k.shown(ctx, f), p.rows, k.better())
	}
	if n := p.rows - len(rows); n > 0 {
		k.note("%s: column %q has no value in %d of the first %d rows: such rows are not read", k.at, f.name, n, p.rows)
	}
	for _, row := range rows {
		if col.formAt(row) != form {
			return fmt.Sprintf("%s holds %s and %s, and reading stops where they change; read a query that makes them alike", k.shown(ctx, f), formNames[form], formNames[col.formAt(row)])
		}
		if _, ok := col.order(form, row); !ok {
			return fmt.Sprintf("%s holds texts that are no times, such as %q; %s", k.shown(ctx, f), clipped(col.text(row)), k.better())
		}
	}
	if form == formText {
		if why := textOrder(col, rows); why != "" {
			return fmt.Sprintf("%s %s; %s", k.shown(ctx, f), why, k.asTimes(f))
		}
	}
	if k.s.cfg.Mode == config.AggregateMode {
		return k.eventTime(ctx, f, form)
	}
	return ""
}

// eventTime says why a column that can be read in order is no event time that a server
// can count by.
func (k *check) eventTime(ctx context.Context, f field, form form) string {
	switch {
	case isNumber(form):
		return fmt.Sprintf("%s is a number, and mode: aggregate needs the time of an event; %s, or use mode: rows", k.shown(ctx, f), k.better())
	case form == formText && k.s.cfg.Driver == config.Postgres:
		return fmt.Sprintf("%s holds times as texts, which mode: aggregate cannot count by; read a query that makes it a timestamp, or use mode: rows", k.shown(ctx, f))
	case form != formTime && form != formNull && k.s.zone.String() != "UTC":
		return fmt.Sprintf("%s has no time zone, and mode: aggregate takes it as UTC; remove fields.timezone, read a query that makes it a time with a zone, or use mode: rows", k.shown(ctx, f))
	}
	return ""
}

// better is what to do instead.
func (k *check) better() string {
	for _, f := range k.s.plan.fields {
		if c := k.class(f); (c == classTime || c == classLocal) && f.name != k.s.cfg.Watermark {
			return fmt.Sprintf("name one that grows with each new row, such as %q", f.name)
		}
	}
	return "name one that grows with each new row, or make one with query: SELECT …"
}

// asTimes is what to do with times that are texts.
func (k *check) asTimes(f field) string {
	if k.s.cfg.Driver == config.SQLite { // has no type for times, and sorts what this writes
		return fmt.Sprintf("read query: SELECT *, datetime(%s) AS utc FROM …, with watermark: utc", k.d.ident(f.name))
	}
	return "read a query that makes them times"
}

var formNames = map[form]string{
	formInt: "whole numbers", formUint: "whole numbers", formFloat: "fractions", formSingle: "fractions", formDecimal: "decimals", formBool: "booleans",
	formText: "texts", formBlob: "bytes", formTime: "times", formLocal: "times", formDate: "dates", formClock: "times of day", formNested: "arrays or objects",
}

// fractions are types of numbers that need not be whole: parts of their names, and in
// PostgreSQL their numbers.
var (
	fractions   = []string{"float", "double", "decimal"}
	pgFractions = []string{fmt.Sprint(pgtype.Float4OID), fmt.Sprint(pgtype.Float8OID), fmt.Sprint(pgtype.NumericOID)}
)

// formOf is the form that the type of a column stands for, formNull if any may come.
func (k *check) formOf(f field) form {
	switch k.class(f) {
	case classNumber:
		name := func(part string) bool { return strings.Contains(strings.ToLower(f.kind), part) }
		if slices.Contains(pgFractions, f.kind) || slices.ContainsFunc(fractions, name) {
			return formFloat
		}
		return formInt
	case classBool:
		return formBool
	case classNested:
		return formNested
	case classTime:
		return formTime
	case classLocal:
		return formLocal
	case classDate:
		return formDate
	case classUnknown:
		return formClock
	}
	return formNull
}

// textOrder says why times as texts are not read in their order: the server compares
// texts, and limits are written in UTC.
func textOrder(c *column, rows []int) string {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(string(c.text(a)), string(c.text(b))) })
	second := func(row int) int64 {
		at, _ := c.order(formText, row)
		return floorTo(at, int64(time.Second))
	}
	for i, row := range rows {
		text := string(c.text(row))
		if t, _, _ := parseText(text); hasOffset(t) {
			return fmt.Sprintf("holds times of another zone than UTC as texts, such as %q, which are read late or not at all", clipped(c.text(row)))
		}
		if i > 0 && second(rows[i-1]) > second(row) {
			return fmt.Sprintf("holds times as texts that are not in the order of time: %q comes before %q, and rows that come too early are not read", clipped(c.text(rows[i-1])), clipped(c.text(row)))
		}
	}
	return ""
}

func hasOffset(t time.Time) bool {
	_, offset := t.Zone()
	return offset != 0
}

// clipped is a value for a message.
func clipped(text []byte) string {
	if r := []rune(string(text)); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return string(text)
}
