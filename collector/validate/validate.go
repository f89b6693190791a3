// Package validate shows what a configuration would monitor, without serving
// it: it opens every baseline, reads the first records of every source, and
// prints how often each mapped field was found, which models and versions the
// records name, and how many series and how much memory they will need.
package validate

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// Run checks a configuration that was loaded and prints what it finds to w.
// problems is how many things will not work as they are configured.
func Run(ctx context.Context, w io.Writer, cfg *config.Config) (problems int, err error) {
	r := &report{}
	cfg = r.discover(ctx, cfg)
	r.printf("%s, %s configured\n\n", plural(len(cfg.Sources), "source"), plural(len(cfg.Models), "model"))
	baselines := r.baselines(cfg)
	samples := make([]*sample, len(cfg.Sources))
	for i := range cfg.Sources {
		if err := ctx.Err(); err != nil {
			return r.problems, err
		}
		if samples[i], err = r.source(ctx, &cfg.Sources[i], cfg, baselines); err != nil {
			return r.problems, err
		}
	}
	r.declared(cfg, samples, baselines)
	if err := r.models(cfg, samples, baselines, time.Now()); err != nil {
		return r.problems, err
	}
	switch r.problems {
	case 0:
		r.printf("\nNo problems found.\n")
	case 1:
		r.printf("\n1 problem found.\n")
	default:
		r.printf("\n%d problems found.\n", r.problems)
	}
	_, err = io.WriteString(w, r.text.String())
	return r.problems, err
}

// report is what will be printed.
type report struct {
	text     strings.Builder
	problems int
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(&r.text, format, args...) }

// problem prints something that has to be repaired.
func (r *report) problem(format string, args ...any) {
	r.problems++
	r.printf("  PROBLEM: %s\n", clean(fmt.Sprintf(format, args...)))
}

// note prints something that may surprise, and need not be repaired.
func (r *report) note(format string, args ...any) {
	r.printf("  NOTE: %s\n", clean(fmt.Sprintf(format, args...)))
}

// table prints aligned rows.
func (r *report) table(rows ...[]string) {
	t := tabwriter.NewWriter(&r.text, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
		}
		fmt.Fprintf(t, "  %s\n", strings.Join(row, "\t"))
	}
	_ = t.Flush() // writes to memory
}

// clean takes out of a text that came from the data what would disturb a terminal.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) || c == '\n' {
			return c
		}
		return unicode.ReplacementChar
	}, s)
}

// printable is a text of one line, and not a long one.
func printable(s string) string {
	s = strings.ReplaceAll(clean(s), "\n", string(unicode.ReplacementChar))
	if letters := []rune(s); len(letters) > maxCell {
		return string(letters[:maxCell-1]) + "…"
	}
	return s
}

const maxCell = 100

// baselines opens every configured baseline, by model.
func (r *report) baselines(cfg *config.Config) map[string]*baseline.File {
	files := map[string]*baseline.File{}
	for i := range cfg.Models {
		m := &cfg.Models[i]
		if m.Baseline.Training == "" {
			continue
		}
		f, err := open(m.Baseline.Training)
		if err != nil {
			r.printf("Baseline of model %s\n", m.Name)
			r.problem("%v; write it with \"model_exporter profile\"", err)
			r.printf("\n")
			continue
		}
		files[m.Name] = f
	}
	return files
}

func open(path string) (*baseline.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := baseline.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// percent writes n of all.
func percent(n, all int) string {
	if all == 0 {
		return "-"
	}
	if n > 0 && n < all && n*1000 < all {
		return "< 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(all))
}

// plural writes a number with thousands separated, and what it counts.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
