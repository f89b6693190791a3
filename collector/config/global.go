package config

import (
	"math"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// DefaultGlobal is what a file that says nothing about it means.
var DefaultGlobal = Global{
	EvaluationInterval: 15 * time.Second,
	Windows:            []time.Duration{time.Hour, 24 * time.Hour},
	Statistics:         []catalog.Statistic{catalog.PSI, catalog.JS, catalog.KS, catalog.Wasserstein},
	Time:               WallTime,
	Lateness:           5 * time.Minute,
	StaleAfter:         48 * time.Hour, // a batch that runs once a day may be late
	FalseAlarms:        1,
	MinValues:          100, // ten bins with ten values each: the limit laws hold from five
	LearnEvents:        10_000,
	Limits:             Limits{Models: 100, Versions: 10, Features: 1000, Categories: 50},
}

const (
	// maxWindows is more lengths than a dashboard shows; each multiplies the
	// window gauges.
	maxWindows = 8
	minWindow  = time.Minute // shorter ones hold too few values to compare
	maxWindow  = 2 * 366 * 24 * time.Hour
)

func globalBlock(g *Global) block {
	return block{
		fields: []field{
			{"evaluation_interval", span(&g.EvaluationInterval, 100*time.Millisecond, time.Hour),
				"How often windows are evaluated and published. Scraping more often shows nothing new.", "15s"},
			{"windows", withDefault(list(&g.Windows, 0, func(d *time.Duration) value { return span(d, minWindow, maxWindow) }), "[1h, 24h]"),
				"Trailing ranges of event time that gauges are computed over.", "[1h, 24h, 30d]"},
			{"statistics", withDefault(list(&g.Statistics, "", func(s *catalog.Statistic) value {
				return word(s, "statistic", catalog.Statistics)
			}), "[psi, js, ks, wasserstein]"),
				"Distances exported per feature and output, each where it is defined; psi and those with a threshold always are.", "[psi, ks]"},
			{"time", word(&g.Time, "time mode", []TimeMode{WallTime, EventTime}),
				"wall: windows end now. event: windows end at the newest event, for replays and old data; one without a time counts as of it.", "event"},
			{"lateness", span(&g.Lateness, 0, maxWindow),
				"How long after a pane's end events for it are expected. Later ones still count, at more cost.", "1h"},
			{"stale_after", span(&g.StaleAfter, time.Minute, maxWindow),
				"Models, versions and features without events for so long vanish from the metrics.", "7d"},
			{"false_alarms_per_month", number(&g.FalseAlarms, 0.001, 1000),
				"Budget of false alerts of drift and performance per model and 30 days; it sets the noise limits (ml_feature_drift_critical, ml_performance_degradation_lower, and the bounds of calibration, fairness and challengers).", "0.1"},
			{"min_values", count(&g.MinValues, 10, 1<<40),
				"A window with fewer values of a feature publishes no gauges of it.", "500"},
			{"learn_events", count(&g.LearnEvents, 100, 1<<40),
				"A model without a baseline file learns one from at least so many events: the batch that completes them is learned from as a whole.", "100000"},
			{"max_models", count(&g.Limits.Models, 1, 100_000),
				"Models over all sources. What exceeds a limit is counted in model_exporter_series_dropped_total.", "10"},
			{"max_versions", count(&g.Limits.Versions, 1, 1000),
				"Versions of one model.", "20"},
			{"max_features", count(&g.Limits.Features, 1, 20_000),
				"Features of one model.", "5000"},
			{"max_categories", count(&g.Limits.Categories, 2, 10_000),
				"Categories of one feature, and classes, error reasons and segment values of one model; the rest is \"other\".", "200"},
		},
		check: func(r *reader, at string) { g.validate(r, at) },
	}
}

func (g *Global) validate(r *reader, at string) {
	windows := join(at, "windows")
	if len(g.Windows) == 0 {
		r.failf(windows, "is empty; write at least one duration such as 1h")
	}
	if len(g.Windows) > maxWindows {
		r.failf(windows, "has %d windows; write at most %d", len(g.Windows), maxWindows)
	}
	slices.Sort(g.Windows)
	for i := 1; i < len(g.Windows); i++ {
		if g.Windows[i] == g.Windows[i-1] && g.Windows[i] != 0 {
			r.failf(windows, "has %s twice; remove one", duration(g.Windows[i]))
		}
	}
	seen := map[catalog.Statistic]bool{}
	for i, s := range g.Statistics {
		if s != "" && seen[s] {
			r.failf(index(join(at, "statistics"), i), "%q is listed twice; remove one", s)
		}
		seen[s] = true
	}
}

// withDefault describes the default of a value that cannot say it itself.
func withDefault(v value, initial string) value {
	v.initial = initial
	return v
}

// unbounded is the upper bound of numbers without one.
var unbounded = math.Inf(1)
