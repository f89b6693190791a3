package profile

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// Summary tells what was profiled and what is odd about it.
type Summary struct {
	Model    string
	Rows     uint64 // events that the baseline describes
	Rejected uint64 // records that are no events
	Files    int
	Bytes    int64    // uncompressed
	Output   string   // file that was written; empty for none
	Warnings []string // in plain words, each one sentence or two

	file  *baseline.File
	from  string // what it was read from: files, or a table
	notes []string
}

func (r *run) summarize(f *baseline.File) *Summary {
	s := &Summary{
		Model: f.Model, Rows: f.Rows, Rejected: r.rejected.total(), Files: len(r.in.files), Bytes: r.bytes, file: f, from: plural(len(r.in.files), "file"),
	}
	if t := r.in.table(); t != nil {
		s.Files, s.from = 0, "table "+t.Name()
		if t.Query != "" {
			s.from = "a query"
		}
	}
	sel := &r.selector
	if sel.outside > 0 {
		s.notes = append(s.notes, fmt.Sprintf("Events outside of the chosen time: %s.", grouped(sel.outside)))
	}
	if others := sel.others(); others != "" {
		s.notes = append(s.notes, "Events of other models: "+others+".")
	}
	if sel.outcomes > 0 {
		s.notes = append(s.notes, fmt.Sprintf("Outcomes, which a baseline does not need: %s.", grouped(sel.outcomes)))
	}
	s.notes = append(s.notes, r.labels.notes()...)
	s.Warnings = r.warnings(f)
	return s
}

// maxTable bounds the columns that are shown.
const maxTable = 200

// Write writes the summary for a person to read.
func (s *Summary) Write(w io.Writer) error {
	_, err := io.WriteString(w, s.String())
	return err
}

// String returns what Write writes.
func (s *Summary) String() string {
	var b strings.Builder
	f := s.file
	fmt.Fprintf(&b, "%s: %s events", shownModel(f.Model), grouped(f.Rows))
	if !f.From.IsZero() {
		fmt.Fprintf(&b, " from %s to %s (%s)", f.From.Format(time.DateTime), f.To.Format(time.DateTime), rough(f.To.Sub(f.From)))
	}
	fmt.Fprintf(&b, ", %s, %s\n", plural(len(f.Features), "feature"), s.from)
	if f.SampledRows < f.Rows {
		fmt.Fprintf(&b, "Bins come from a uniform sample of %s events; means, extremes and missing values from all.\n", grouped(f.SampledRows))
	}
	for _, n := range s.notes {
		b.WriteString(n + "\n")
	}
	b.WriteByte('\n')
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "COLUMN\tKIND\tVALUES\tMISSING\tTYPICAL\tBINS\tDESIGN EFFECT")
	for i := range f.Features {
		if i == maxTable {
			fmt.Fprintf(t, "... and %d more\n", len(f.Features)-maxTable)
			break
		}
		writeColumn(t, &f.Features[i], f.Features[i].Name)
	}
	for i := range f.Outputs {
		name := f.Outputs[i].Name
		if name != baseline.Label {
			name += " (output)"
		}
		writeColumn(t, &f.Outputs[i], name)
	}
	_ = t.Flush() // a strings.Builder takes everything
	writePerformance(&b, f.Performance)
	writeMultivariate(&b, f.Multivariate)
	if len(s.Warnings) > 0 {
		b.WriteString("\nWarnings:\n")
	}
	for _, warning := range s.Warnings {
		b.WriteString("- " + warning + "\n")
	}
	if s.Output != "" {
		fmt.Fprintf(&b, "\nWritten to %s\n", s.Output)
	}
	return b.String()
}

func writeColumn(w io.Writer, c *baseline.Column, name string) {
	missing := 0.0
	if c.Rows > 0 {
		missing = float64(c.Missing) / float64(c.Rows)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", printable(name, 40), c.Kind, grouped(c.Rows-c.Missing), percent(missing), typical(c), binning(c), effect(c))
}

// typical is mean and standard deviation, or the most frequent category.
func typical(c *baseline.Column) string {
	switch {
	case c.Rows == c.Missing:
		return "-"
	case c.Kind == catalog.Numeric && c.Min == c.Max:
		return "always " + short(c.Min)
	case c.Kind == catalog.Numeric:
		return short(c.Mean) + " ± " + short(c.Stddev)
	case len(c.Categories) == 0 || c.Values() == 0:
		return "-"
	}
	return printable(strconv.Quote(c.Categories[0]), 24) + " " + percent(float64(c.Counts[0])/float64(c.Values()))
}

// binning is the number of decision and fine bins, or of categories.
func binning(c *baseline.Column) string {
	if c.Kind == catalog.Numeric {
		return fmt.Sprintf("%d / %d", len(c.Decision)+1, len(c.Counts))
	}
	text := fmt.Sprintf("%d", len(c.Categories))
	switch {
	case !c.Exhaustive:
		text += " of many"
	case len(c.Rare) > 0:
		text += fmt.Sprintf(" of %d", len(c.Categories)+len(c.Rare))
	}
	return text
}

// effect is how many times fewer values a day is worth than independent ones: the
// design effect of psi, 1+(n-1)ρ, in blocks whose length is nearest to a day.
func effect(c *baseline.Column) string {
	factor, length := designEffect(c)
	if length == 0 {
		return "-"
	}
	return fmt.Sprintf("%s (%s)", strconv.FormatFloat(factor, 'g', 3, 64), rough(length))
}

func designEffect(c *baseline.Column) (factor float64, length time.Duration) {
	const day = 24 * time.Hour
	for i := range c.Effects {
		e := &c.Effects[i]
		d := time.Duration(e.Seconds * float64(time.Second))
		if length == 0 || d <= day {
			factor, length = 1+max(0, e.Values-1)*e.Correlation[catalog.PSI], d
		}
	}
	return factor, length
}

func shownModel(name string) string {
	if name == "" {
		return "Baseline"
	}
	return "Model " + printable(name, 60)
}

// printable shortens a text to a number of characters without any that would
// disturb a terminal.
func printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// short writes a number with about four digits.
func short(x float64) string {
	if a := math.Abs(x); a >= 1000 && a < 1e9 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

func percent(share float64) string {
	switch {
	case share == 0:
		return "0 %"
	case share < 0.001:
		return "< 0.1 %"
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64) + " %"
}

// grouped writes an integer with commas.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(uint64(n)) + " " + noun + "s"
}

// rough writes a length of time in its largest fitting unit.
func rough(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		days := d.Hours() / 24
		if days >= 100 { // three digits would be written with an exponent
			return strconv.FormatFloat(days, 'f', 0, 64) + "d"
		}
		return strconv.FormatFloat(days, 'g', 3, 64) + "d"
	case d >= time.Hour:
		return strconv.FormatFloat(d.Hours(), 'g', 3, 64) + "h"
	case d >= time.Minute:
		return strconv.FormatFloat(d.Minutes(), 'g', 3, 64) + "m"
	}
	return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + "s"
}
