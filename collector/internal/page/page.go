// Package page renders what people look at in a browser. It takes plain values
// and returns HTML that needs nothing else: no script, no network, no font.
package page

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"time"
)

// Overview is what the landing page shows: the exporter, its sources and its
// models at one moment.
type Overview struct {
	Version       string        // of model_exporter
	Now           time.Time     // the moment
	Started       time.Time     // of the process; zero is not shown
	Refresh       time.Duration // how often the numbers change; 0 leaves the page as it is
	TelemetryPath string        // of the metrics, like /metrics
	ReloadError   string        // why the last reload was refused; empty if it was not
	StoreError    string        // why nothing has been counted since Now; empty if all is
	Sources       []Source
	Models        []Model
	Silent        []string // configured models that no event was of
}

// Source is one row of the table of sources.
type Source struct {
	Name     string
	Paths    []string // globs, or what else tells where the data comes from
	Up       bool     // it could be read at the last attempt
	Events   uint64
	Rejected []Count       // records that are no events, by reason; zeros may be left out
	Lag      time.Duration // how far reading is behind
}

// Count is how often something of a name happened.
type Count struct {
	Name string
	N    uint64
}

// Model is one model version.
type Model struct {
	Name, Version, Task string
	Baseline            string  // training, learned, learning or none
	Learned             float64 // progress of learning, 0 to 1
	Events              uint64
	Future, Late        uint64    // of them, dated after their arrival; too old for every window
	LastEvent           time.Time // zero before the first
	Features            int       // monitored
	Drifted             int       // of them, beyond chance and threshold
	Worst               []Drift   // the worst first; three are enough
	Together            *Drift    // of features taken together; nil if nothing is known
	Violations          []Violation
	Performance         *Performance // nil if nothing is known
}

// compared tells whether drift can be measured.
func (m Model) compared() bool { return m.Baseline == "training" || m.Baseline == "learned" }

// Drift is how far a feature's live data is from its baseline.
type Drift struct {
	Feature, Statistic, Window string
	Value                      float64
	Threshold                  float64 // from which it matters; 0, NaN or +Inf for none
	Limit                      float64 // what chance alone reaches; NaN if unknown
}

// Violation is a data-quality check that values of a feature fail.
type Violation struct {
	Feature, Check string
	N              uint64
	Ratio          float64 // share of the feature's values, 0 to 1
}

//go:embed page.html
var source string

var overview = template.Must(template.New("overview").Funcs(template.FuncMap{
	"number": number, "rounded": rounded, "percent": percent, "duration": duration, "age": age,
	"allFine": allFine, "join": strings.Join, "total": total, "seconds": time.Duration.Seconds, "relative": relative,
	"find": find, "verdict": Drift.verdict, "marks": Drift.marks,
	"quality": Metric.verdict, "judgement": Metric.judgement, "look": look, "band": Metric.band, "rated": rated,
	"measured": measured, "known": isFinite,
	"baseline": baselineText, "check": checkText, "share": share, "compared": Model.compared,
}).Parse(source))

// Write writes the landing page.
func Write(w io.Writer, o *Overview) error {
	return overview.Execute(w, o)
}

// relative makes a path of this server one that survives a proxy's prefix.
func relative(path string) string { return strings.TrimPrefix(path, "/") }

// share is a ratio in percent of a width.
func share(x float64) float64 { return 100 * min(1, finite(x)) }
