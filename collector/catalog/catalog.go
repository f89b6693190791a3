// Package catalog is the vocabulary of model_exporter: every metric family,
// statistic, check and severity is declared here once. The collector exposes
// nothing else, and rules, dashboards and the reference page read nothing else,
// so a name that users build on has exactly one place where it can change.
package catalog

// Type is a metric type of the Prometheus exposition formats.
type Type uint8

// The metric types in use.
const (
	Counter Type = iota
	Gauge
	Histogram
)

// String returns the type's name as the text format spells it.
func (t Type) String() string {
	switch t {
	case Counter:
		return "counter"
	case Gauge:
		return "gauge"
	default:
		return "histogram"
	}
}

// Family is one metric family. Labels are listed in exposition order.
type Family struct {
	Name   string
	Type   Type
	Help   string
	Labels []string
	// Buckets are the upper bounds of a Histogram, ascending, without +Inf, in
	// the metric's unit. Native buckets come with them.
	Buckets []float64
}

// Statistic names a distance between live data and a baseline.
type Statistic string

// The statistics of the label "statistic".
const (
	PSI         Statistic = "psi"
	KL          Statistic = "kl"
	JS          Statistic = "js"
	Hellinger   Statistic = "hellinger"
	TVD         Statistic = "tvd"
	LInf        Statistic = "linf"
	Chi2        Statistic = "chi2"
	KS          Statistic = "ks"
	Wasserstein Statistic = "wasserstein"
)

// Statistics lists every statistic in the order of the documentation.
var Statistics = []Statistic{PSI, KL, JS, Hellinger, TVD, LInf, Chi2, KS, Wasserstein}

// Check names a data-quality check on the values of a feature.
type Check string

// The checks of the label "check".
const (
	CheckMissing        Check = "missing"
	CheckType           Check = "type"
	CheckRange          Check = "range"
	CheckSentinel       Check = "sentinel"
	CheckUnseenCategory Check = "unseen_category"
)

// Checks lists every check in the order of the documentation. Duplicates and
// schema changes are counted per model, in families of their own.
var Checks = []Check{CheckMissing, CheckType, CheckRange, CheckSentinel, CheckUnseenCategory}

// Change names a difference between an event's columns and the baseline's.
type Change string

// The schema changes of the label "change".
const (
	ColumnAdded   Change = "added"
	ColumnRemoved Change = "removed"
	ColumnRetyped Change = "retyped"
)

// Changes lists every schema change.
var Changes = []Change{ColumnAdded, ColumnRemoved, ColumnRetyped}

// Kind is what sort of values a column holds.
type Kind string

// The kinds of columns.
const (
	Numeric     Kind = "numeric"
	Categorical Kind = "categorical"
	Boolean     Kind = "boolean"
)

// Task is what a model does.
type Task string

// The tasks of a model; TaskNone is a feature table without predictions.
const (
	Binary     Task = "binary"
	Multiclass Task = "multiclass"
	Regression Task = "regression"
	Ranking    Task = "ranking"
	TaskNone   Task = "none"
)

// Tasks lists every task.
var Tasks = []Task{Binary, Multiclass, Regression, Ranking, TaskNone}

// Baseline names what live data is compared with, in the label "baseline".
type Baseline string

// The baselines. Learned is the one a model gets from its own first events
// when the configuration names none.
const (
	Training Baseline = "training"
	Learned  Baseline = "learned"
	// Rolling is the time before a window, on the bins of one of the others.
	Rolling Baseline = "rolling"
)

// Priority is the urgency of an alert or threshold.
type Priority string

// The priorities, most urgent first.
const (
	P0 Priority = "P0"
	P1 Priority = "P1"
	P2 Priority = "P2"
)

// Priorities lists every priority, most urgent first.
var Priorities = []Priority{P0, P1, P2}

// Tier is how much a model matters to the business; it caps the priority of
// its alerts.
type Tier string

// The tiers: critical may page (P0), standard is for today (P1), best_effort
// for the backlog (P2).
const (
	Critical   Tier = "critical"
	Standard   Tier = "standard"
	BestEffort Tier = "best_effort"
)

// Tiers lists every tier.
var Tiers = []Tier{Critical, Standard, BestEffort}
