// Package config turns a YAML file into a validated, immutable value. After
// Load every field is legal and every default is filled in: nothing behind it
// checks again.
package config

import (
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Config is one whole configuration.
type Config struct {
	Global  Global
	Sources []Source
	Models  []Model
}

// Global holds what concerns every source and model.
type Global struct {
	EvaluationInterval time.Duration
	Windows            []time.Duration // ascending, one or more
	Statistics         []catalog.Statistic
	Time               TimeMode
	Lateness           time.Duration // how long a pane stays open for events out of order
	StaleAfter         time.Duration // models and features without events for so long vanish
	FalseAlarms        float64       // budget: false P1 alerts per model and month (30 d)
	MinValues          uint64        // fewer values in a window publish no gauge
	LearnEvents        uint64        // events from which a missing baseline is learned
	Limits             Limits
}

// TimeMode says where windows end.
type TimeMode string

// The time modes.
const (
	WallTime  TimeMode = "wall"  // windows end now
	EventTime TimeMode = "event" // windows end at the newest event
)

// Limits bound memory and series; what exceeds them is counted and dropped.
type Limits struct {
	Models     int // models, over all sources
	Versions   int // per model
	Features   int // per model
	Categories int // per categorical feature, also classes, error reasons and segment values
}

// Source is one stream of events. Exactly one of File, Stdin, Parquet, SQL and
// Feast is set.
type Source struct {
	Name         string
	File         *File
	Stdin        bool
	Parquet      *Parquet // Format means nothing then
	SQL          *SQL     // nor then
	Feast        *Feast   // yields no events itself: it stands for the sources of its views
	View         *View    // what a feature store says of the table; nil for others
	Format       Format
	Fields       Fields
	CSV          CSV
	MaxLineBytes int
}

// File follows every file that matches one of Paths.
type File struct {
	Paths        []string // globs
	Start        Start
	PollInterval time.Duration
	RotateWait   time.Duration // quiet time after which a rotated file is done
}

// Parquet reads every Parquet file that matches one of Paths.
type Parquet struct {
	Paths        []string // globs, folders, and s3://bucket/prefix or glob
	Key          []string // columns; none: what tells rows apart is not known
	PollInterval time.Duration
	S3           S3
}

// S3 says how to reach an object storage. Without keys those of the environment
// are used (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), or none.
type S3 struct {
	Endpoint      string // host, or host:port
	Region        string
	AccessKey     string
	SecretKey     string
	SecretKeyFile string // instead of SecretKey, read when the source is opened
	Insecure      bool   // plain HTTP
}

// Driver is a kind of SQL server.
type Driver string

// The drivers.
const (
	Postgres   Driver = "postgres"
	MySQL      Driver = "mysql" // and MariaDB
	SQLite     Driver = "sqlite"
	ClickHouse Driver = "clickhouse"
)

// SQLMode says what travels from the server.
type SQLMode string

// The modes.
const (
	RowsMode      SQLMode = "rows"
	AggregateMode SQLMode = "aggregate" // counts only
)

// SQL reads a table, or what a query returns, as it grows.
type SQL struct {
	Driver           Driver
	DSN              string
	PasswordFile     string // instead of a password in DSN, read at each connection
	TLS              TLS
	Table            string // dotted
	Query            string // instead of Table
	Mode             SQLMode
	Watermark        string // column
	Overlap          Overlap
	Key              []string // columns; one or more in RowsMode
	PollInterval     time.Duration
	StatementTimeout time.Duration
	MaxConnections   int // to the server, over all sources with this DSN
	PageSize         int // rows
}

// TLS names the files of an encrypted connection. The zero value leaves it to the
// DSN.
type TLS struct {
	CA, Cert, Key string
	ServerName    string
}

// Overlap is how far behind the newest watermark rows may still appear: Time if
// that is a point in time, else Count.
type Overlap struct {
	Time  time.Duration
	Count int64
}

// Start says where reading of files that exist at the first start begins.
type Start string

// The starts. Files that appear later are always read from their beginning.
const (
	Beginning Start = "beginning"
	End       Start = "end"
)

// Format names a record format.
type Format string

// The formats.
const (
	JSON      Format = "json"
	CSVFormat Format = "csv"
)

// CSV holds the options of the csv format.
type CSV struct {
	Delimiter byte
	NullWords []string // unquoted cells that mean "missing"
}

// Field says where an event's field is found: a constant, or the first of Paths
// that exists in the record. A path is dotted (a.b.c) or a JSON Pointer (/a/b/c).
type Field struct {
	Value string
	Const bool
	Paths []string
	// Joined takes all of Paths together, in their order and with KeySeparator
	// between them: an id of several columns. Of tables only, by their key.
	Joined bool
}

// KeySeparator stands between the parts of a joined field: the unit separator.
const KeySeparator = "\x1f"

// IsZero tells that the field is not mapped.
func (f Field) IsZero() bool { return !f.Const && len(f.Paths) == 0 }

// Fields maps a record to the canonical event.
type Fields struct {
	ID, Timestamp, Type, Model, Version Field
	Prediction, Score, Label            Field
	Latency                             Field // in LatencyUnit
	LatencyUnit                         time.Duration
	Error, Scores, Values, Segments     Field
	Shadow                              Field // no default: a column of this name may be a feature
	Features                            Features
	Instances                           string         // path of an array, one event per element; "" for none
	Exact                               bool           // what is not mapped is not looked for by its usual names
	Table                               bool           // of features: type, model, version and error are not looked for by name
	Timezone                            *time.Location // of timestamps that name no zone
}

// Features says which values of a record are features.
type Features struct {
	// Auto takes the object "features" if the record has one, else every
	// top-level value that no other field uses. Once a source has shown such an
	// object, its records are expected to have one.
	Auto bool
	// All takes every value of the record (or, with a Path, of that object)
	// that no other field uses.
	All   bool
	Path  []string // of the object, or of the array of positional values; fallbacks in order
	Names []string // names of positional values, or with neither Path nor All the columns to take
	// Columns are where Names are, if not under these names. Of feature views only.
	Columns []string
}

// Model is one monitored model, or with task none one feature table.
type Model struct {
	Name          string
	Task          catalog.Task
	PositiveClass string
	Owner         string
	Tier          catalog.Tier
	RunbookURL    string
	Sources       []string
	Baseline      Baseline
	Objectives    Objectives
	Features      []Feature // declared ones, by name
	Segments      []string
	Fairness      []string // those of Segments whose values are to be treated alike
	Thresholds    Thresholds
	LabelHorizon  time.Duration // how long predictions wait for labels and outcomes; 0: not at all
	KPIs          []KPI
	Champion      string // version; empty: the one with most predictions
}

// KPI is a business figure: the sum of a value that outcomes carry.
type KPI struct {
	Name   string
	Sum    string    // name of the outcomes' value
	Better Direction `json:"-"` // what is good news; it changes no sum
}

// Direction is where a figure should go.
type Direction string

// Directions of a business figure.
const (
	Higher Direction = "higher"
	Lower  Direction = "lower"
)

// Baseline names the baselines of a model.
type Baseline struct {
	Training string        // path of a baseline file; empty: learned from the log
	Rolling  time.Duration // what each window is compared with, too: the time before it; 0 is none
}

// Objectives are the service levels promised for a model; zero is none.
type Objectives struct {
	Availability float64 // 0..1
	LatencyRatio float64 // 0..1
	Latency      time.Duration
	Freshness    time.Duration // age of the newest event
}

// Importance of a feature raises the priority of its alerts.
type Importance string

// The importances.
const (
	High   Importance = "high"
	Normal Importance = "normal"
)

// Feature is what is declared of one feature.
type Feature struct {
	Name          string
	Kind          catalog.Kind // empty: as the baseline has it
	Importance    Importance
	Range         *[2]float64 // closed
	Sentinels     []float64
	MaxCategories int // 0: the global limit
	Thresholds    Thresholds
}

// Thresholds override the built-in ones; a map that lacks an entry leaves the
// built-in one in force.
type Thresholds struct {
	FeatureDrift map[catalog.Statistic]map[catalog.Priority]float64
	OutputDrift  map[catalog.Statistic]map[catalog.Priority]float64
	Multivariate map[catalog.Statistic]map[catalog.Priority]float64
	Violations   map[catalog.Check]map[catalog.Priority]float64  // ratios, 0..1
	Performance  map[catalog.Metric]map[catalog.Priority]float64 // loss relative to the baseline
	Estimated    map[catalog.Metric]map[catalog.Priority]float64 // the same of estimated performance
}
