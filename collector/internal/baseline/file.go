// Package baseline holds what live data is compared with: for every column of a
// model its bins and counts, moments, missing values, categories, and how much its
// own time blocks differ. A Builder makes it from events of any number in bounded
// memory, and it is kept as a JSON file that people can read.
package baseline

import (
	"math"
	"strconv"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// FormatVersion is the version of the files that Write makes. Read reads it and
// every earlier one.
const FormatVersion = 1

// The names of a model's outputs, and of what they are measured by.
const (
	Prediction = "prediction"
	Score      = "score"
	Label      = "label"
)

// File is the baseline of one model.
type File struct {
	Version     int
	Model       string // empty if the training data names none
	Created     time.Time
	Rows        uint64       // prediction events that were read
	SampledRows uint64       // those that counts and edges come from, a uniform sample
	From, To    time.Time    // oldest and newest event; zero if they have no time
	Sources     []string     // files or sources that were read
	Learned     bool         // from live events, because no baseline was given
	Tool        string       // what wrote it
	Features    []Column     // in the order in which they appeared
	Outputs     []Column     // Prediction, Score and Label, as far as there are any
	Performance *Performance // nil without labels
	// Multivariate is nil without two numeric features that vary, or with few rows.
	Multivariate *Multivariate
}

// Column is the baseline of one feature or output. Rows, Missing, Absent and the
// moments are of all events, Counts of the sampled ones.
type Column struct {
	Name    string
	Kind    catalog.Kind
	Rows    uint64
	Missing uint64 // absent, null or NaN
	Absent  uint64

	// Counts of a numeric column are those of its fine bins, one more than there
	// are edges. Of others they are those of the categories, then of "other", then
	// of "unseen", which is 0.
	Counts []uint64

	// Numeric columns. Edges are finite and ascend; bins are closed on the right.
	Edges     []float64
	Decision  []int   // indexes of the edges that are decision cut points, ascending
	Low, High float64 // means of the finite values in the open bins; NaN if there are none
	Mean      float64 // of finite values, like the following; 0 if there are none
	Stddev    float64 // n-1
	Min, Max  float64

	// Categorical and boolean columns. Categories are the most frequent values, by
	// count and then by name. Rare are the others, if Exhaustive.
	Categories []string
	Rare       []string
	// Exhaustive tells that Categories and Rare are all values there were, and that
	// hardly any others are to be expected. Without it a value in neither list
	// counts as "other", not as unseen.
	Exhaustive bool

	Distinct float64 // number of different values; beyond a few hundred an estimate
	Effects  []drift.Effect
}

// Shape returns what the baseline fixes about the column.
func (c *Column) Shape() drift.Shape {
	return drift.Shape{Kind: c.Kind, Edges: c.Edges, Decision: c.Decision, Scale: c.Stddev}
}

// Side returns the baseline's own sample.
func (c *Column) Side() drift.Side {
	return drift.Side{Counts: c.Counts, Low: c.Low, High: c.High}
}

// Values returns the number of sampled values, all bins together.
func (c *Column) Values() uint64 { return uint64(sum(c.Counts)) }

// Unknown returns the bin of a value that is neither a category nor rare.
func (c *Column) Unknown() int {
	if c.Exhaustive {
		return len(c.Categories) + 1
	}
	return len(c.Categories)
}

// The names of the last two bins of categorical and boolean columns. Categories
// of these names are counted as other.
const (
	Other  = "other"
	Unseen = "unseen"
)

// DecisionLabels names the decision bins: (-Inf,0.5], (0.5,1.2], (1.2,+Inf), or
// the categories, "other" and "unseen".
func (c *Column) DecisionLabels() []string {
	if c.Kind != catalog.Numeric {
		return append(append(make([]string, 0, len(c.Categories)+2), c.Categories...), Other, Unseen)
	}
	labels := make([]string, 0, len(c.Decision)+1)
	from := "-Inf"
	for _, i := range c.Decision {
		to := label(c.Edges[i])
		labels = append(labels, "("+from+","+to+"]")
		from = to
	}
	return append(labels, "("+from+",+Inf)")
}

// label writes an edge as short as possible.
func label(x float64) string {
	if a := math.Abs(x); x == 0 || a >= 1e-6 && a < 1e21 {
		return event.Spell(x)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// spellCell writes a Number or Bool cell as a category of a column: booleans are
// true and false, and in a boolean column so are 1 and 0.
func spellCell(kind catalog.Kind, x float64, isBool bool) string {
	if isBool || kind == catalog.Boolean && (x == 0 || x == 1) {
		return strconv.FormatBool(x != 0)
	}
	return event.Spell(x)
}
