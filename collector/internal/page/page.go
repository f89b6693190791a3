// Package page renders what people look at in a browser: per model version, what is
// wrong now and since when, and then what is fine. It takes plain values and returns
// HTML that needs nothing else: no script, no network, no font.
//
// Counters only grow, so a share of them since the start tells nothing about now. A
// History remembers the counters of the last hour, and shares are of that time.
package page

import (
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Overview is the exporter, its sources and its models at one moment.
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
	Dropped       []Count  // names that are not monitored, by the limit that was reached

	dropped span[[]Count] // lately
}

// Source is where events come from.
type Source struct {
	Name     string
	Paths    []string // globs, or what else tells where the data comes from
	Up       bool     // it could be read at the last attempt
	Events   uint64
	Rejected []Count       // records that are no events, by reason; zeros may be left out
	Lag      time.Duration // how far reading is behind

	Lately span[sourceCounts] // set by History.Look
	found  []finding
}

// Count is how often something of a name happened.
type Count struct {
	Name string
	N    uint64
}

// Model is one model version.
type Model struct {
	Name, Version, Task, Owner string
	Runbook                    string  // address of the model's own; empty for none
	Baseline                   string  // training, learned, learning or none
	Learned                    float64 // progress of learning, 0 to 1
	LastEvent                  time.Time
	Objectives                 Objectives
	Counts                     Counts
	Features                   []Feature // monitored
	Added                      []Count   // events by column that the baseline does not have
	Renamed                    []Rename
	Drifts, Outputs            []Drift // of features and outputs, the worst first; without those of too few values
	Together                   *Drift  // of features taken together; nil if nothing is known
	Performance                *Performance
	Labelled                   bool // labels are waited for
	LabelDelay                 time.Duration
	Fair                       []string // segments whose values must be treated alike
	Gaps                       []Gap    // of these; without those of too few predictions
	Rivals                     []Rival

	lately  span[Counts]
	results []result // by area
}

// Objectives are promises about a model; what is 0 is not promised.
type Objectives struct {
	Availability float64 // share of predictions without error, 0 to 1
	Latency      time.Duration
	LatencyRatio float64       // share of predictions within Latency
	Freshness    time.Duration // age of the newest event
}

// Counts are what was counted of a model version since the start.
type Counts struct {
	Predictions, Errors, Slow, Duplicates uint64
	Future, Late                          uint64 // dated after their arrival; too old for every window
	Labels                                uint64
}

// numChecks is len(catalog.Checks).
const numChecks = 5

// Feature is what was counted of a feature since the start, and how much is too much.
type Feature struct {
	Name      string
	Values    uint64
	Removed   uint64             // events without the column
	Failed    [numChecks]uint64  // by catalog.Checks
	Usual     float64            // share of missing values in the baseline
	Tolerated [numChecks]float64 // share of failing values above the usual that alerts; +Inf for never
}

// Rename is a feature that is probably called something else now.
type Rename struct{ Feature, Column string }

// Drift is how far a column's live data is from its baseline in the window where it
// is worst.
type Drift struct {
	Name, Statistic, Window string
	Value                   float64
	Threshold               float64 // from which it matters; 0, NaN or +Inf for none
	Limit                   float64 // what chance alone reaches; NaN if unknown
	Shorter, Longer         string  // windows in which a drifted column has not; empty for none
}

// Gap is how differently the values of a segment are treated.
type Gap struct {
	Segment, Window string
	Metric          catalog.Fairness
	Value           float64
	Favourable      float64 // what chance alone does not explain of it
	Threshold       float64
	Exceeded        bool
}

// Rival is how a challenger compares by one metric; positive is better.
type Rival struct {
	Challenger, Window, Metric     string
	Agreement, Value, Lower, Upper float64
}

// compared tells whether drift can be measured.
func (m *Model) compared() bool { return m.Baseline == "training" || m.Baseline == "learned" }
