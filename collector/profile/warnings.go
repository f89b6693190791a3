package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

const (
	// fewRows is a hundred per decile: noise limits are then about the size of
	// the usual thresholds.
	fewRows = 1000
	// muchMissing is the share of missing values from which a column is named.
	muchMissing = 0.5
	// largeEffect is the design effect from which a column is named: a day is then
	// worth a tenth of its values.
	largeEffect = 10
	// maxNamed bounds the columns that a warning names.
	maxNamed = 5
)

// warnings says what about the data or the baseline may surprise its user.
func (r *run) warnings(f *baseline.File) []string {
	w := r.warnAboutRecords(f)
	w = append(w, r.warnAboutTime(f)...)
	w = append(w, r.warnAboutLabels(f)...)
	return append(w, r.warnAboutColumns(f)...)
}

func (r *run) warnAboutRecords(f *baseline.File) (w []string) {
	if n := r.rejected.total(); n > 0 {
		w = append(w, fmt.Sprintf("Records that are no events: %s.", r.rejected.String()))
	}
	if r.labels.bad.total() > 0 {
		w = append(w, fmt.Sprintf("Labels that the task cannot use: %s.", r.labels.bad.String()))
	}
	for _, hint := range r.hints {
		w = append(w, strings.ToUpper(hint[:1])+hint[1:]+".")
	}
	if f.Rows < fewRows {
		w = append(w, fmt.Sprintf("A thousand events or more are better than %s: with few, only large drift exceeds the noise limits.", grouped(f.Rows)))
	}
	if most := r.in.limits.Features; len(f.Features) > most || r.dropped > 0 {
		w = append(w, fmt.Sprintf("There are more features than the %s that will be monitored: the rest is left out. List those that matter, or raise global.max_features.", grouped(uint64(most))))
	}
	if !slices.ContainsFunc(f.Outputs, func(c baseline.Column) bool { return c.Name != baseline.Label }) {
		w = append(w, "The events have no prediction and no score, so output drift will not be measured. Map the fields prediction or score if there are any.")
	}
	return w
}

func (r *run) warnAboutTime(f *baseline.File) (w []string) {
	if f.From.IsZero() {
		return []string{"The events have no timestamps. Noise limits will assume that events are independent, so that ordinary changes between hours and days may alert."}
	}
	if r.selector.untimed > 0 {
		w = append(w, fmt.Sprintf("Events without a timestamp: %s.", grouped(r.selector.untimed)))
	}
	longest := time.Duration(0)
	if len(r.in.windows) > 0 {
		longest = slices.Max(r.in.windows)
	}
	if span := f.To.Sub(f.From); longest > 0 && span < 4*longest {
		w = append(w, fmt.Sprintf("The data spans %s. How much windows of %s differ by themselves is measured from four of them on, so their noise limits are those of shorter ones.", rough(span), rough(longest)))
	}
	return w
}

func (r *run) warnAboutColumns(f *baseline.File) (w []string) {
	for _, kind := range []struct {
		is   func(c *baseline.Column) bool
		text string
	}{
		{func(c *baseline.Column) bool { return c.Rows == c.Missing }, "have no value at all: the first one will be an unseen category"},
		{func(c *baseline.Column) bool {
			return c.Rows > c.Missing && float64(c.Missing) > muchMissing*float64(c.Rows)
		}, "are mostly missing"},
		{func(c *baseline.Column) bool { return c.Kind == catalog.Numeric && c.Min == c.Max && c.Values() > 0 }, "have always the same value"},
		{isIdentifier, "hold identifiers, another one in nearly every event; they are better left out of the features"},
		{func(c *baseline.Column) bool { return r.mixed(f, c) }, "have values of several types; those of the rarer types will count as type violations"},
		{func(c *baseline.Column) bool { factor, _ := designEffect(c); return factor >= largeEffect }, "differ between days much more than independent events would (design effect above 10): drift must be large to exceed the noise limit"},
	} {
		var names []string
		for _, c := range f.Features {
			if kind.is(&c) {
				names = append(names, printable(c.Name, 40))
			}
		}
		if len(names) > 0 {
			w = append(w, fmt.Sprintf("%s: %s %s.", plural(len(names), "feature"), list(names), verb(len(names), kind.text)))
		}
	}
	if names := r.builder.Nested(); len(names) > 0 {
		for i := range names {
			names[i] = printable(names[i], 40)
		}
		w = append(w, fmt.Sprintf("%s: %s %s.", plural(len(names), "feature"), list(names), verb(len(names), "are ignored: their values are lists or objects, which have no distribution")))
	}
	return w
}

// isIdentifier tells a categorical column in which most values are new.
func isIdentifier(c *baseline.Column) bool {
	values := c.Rows - c.Missing
	return c.Kind == catalog.Categorical && !c.Exhaustive && c.Distinct > 0.5*float64(values)
}

// mixed tells whether values of a numeric column are in no bin: they are no
// numbers. The sample must be everything to know.
func (r *run) mixed(f *baseline.File, c *baseline.Column) bool {
	return f.SampledRows == f.Rows && c.Values() < c.Rows-c.Missing
}

func list(names []string) string {
	if more := len(names) - maxNamed; more > 0 {
		return strings.Join(names[:maxNamed], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// verb makes a text about several fit one.
func verb(n int, text string) string {
	if n > 1 {
		return text
	}
	for many, one := range map[string]string{"have ": "has ", "are ": "is ", "hold ": "holds ", "differ ": "differs "} {
		if rest, ok := strings.CutPrefix(text, many); ok {
			return one + rest
		}
	}
	return text
}
