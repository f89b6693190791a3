package validate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/evaluate"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/quality"
	"github.com/model-exporter/model_exporter/collector/internal/store"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// models applies the samples to the real models and prints what came of it: the
// series are counted, the memory is estimated.
func (r *report) models(cfg *config.Config, samples []*sample, baselines map[string]*baseline.File, now time.Time) error {
	set, err := monitor(cfg, samples, baselines, now)
	if err != nil {
		return err
	}
	pending := r.labels(set, samples)
	shards := evaluate.New(withSample(cfg)).Evaluate(set, now.UnixNano())
	rows := [][]string{{"model", "versions", "baseline", "features", "series", "memory"}}
	series, memory := ownSeries(cfg), processBytes+len(cfg.Sources)*sourceBytes*headroom
	for _, m := range set.Models {
		n := 0
		own := 1 + len(m.Versions) // its own shard, and one per version
		for _, s := range shards[:own] {
			n += s.Len()
		}
		n += rollingSeries(m, &cfg.Global)
		shards = shards[own:]
		bytes := (modelBytes(m, cfg.Global.Windows) + n*seriesBytes + pending[m]) * headroom
		rows = append(rows, []string{m.Name, versions(m), origin(baselines[m.Name]), thousands(features(m)), thousands(n), size(bytes)})
		series, memory = series+n, memory+bytes
	}
	if len(set.Models) == 0 {
		return nil
	}
	r.printf("Models in these records\n")
	r.table(rows...)
	r.printf("  about %s series and up to %s of memory altogether: %s for the process, the rest for sources, full\n  windows, waiting predictions and garbage\n",
		thousands(series), size(memory), size(processBytes))
	for _, m := range set.Models {
		if len(m.Versions) == 0 && !silent(m.Config, samples) {
			r.problem("no record is of model %q; correct its name, or where fields.model is found", m.Name)
		}
	}
	for _, m := range set.Models {
		r.blind(m.Name, baselines[m.Name], cfg.Global.Windows)
	}
	for limit, n := range set.Dropped {
		if n > 0 {
			r.problem("%s names of %s did not fit; raise %s, or find out why there are so many",
				thousands(int(n)), model.Limit(limit), settingOf(model.Limit(limit)))
		}
	}
	return nil
}

// silent tells that the sources of a model have no events, which is said already.
func silent(m *config.Model, samples []*sample) bool {
	sources, events := 0, 0
	for _, s := range samples {
		if reads(m, s.source.Name) {
			sources, events = sources+1, events+s.batch.N
		}
	}
	return sources > 0 && events == 0
}

// settingOf names the field of the configuration behind a limit.
func settingOf(l model.Limit) string {
	switch l {
	case model.LimitModels, model.LimitVersions, model.LimitFeatures:
		return "global.max_" + l.String()
	default:
		return "global.max_categories"
	}
}

// withSample makes windows and learned baselines of as few events as a sample
// has, and of any time.
func withSample(cfg *config.Config) *config.Config {
	c := *cfg
	c.Global.MinValues, c.Global.LearnEvents, c.Global.Time = 1, 1, config.EventTime
	return &c
}

// monitor returns the models after they saw the samples. What has no baseline
// learns one from them, and then compares them with it.
func monitor(cfg *config.Config, samples []*sample, baselines map[string]*baseline.File, now time.Time) (_ *model.Set, err error) {
	var names []string
	for i := range cfg.Sources {
		names = append(names, cfg.Sources[i].Name)
	}
	set, err := model.NewSet(withSample(cfg), baselines, names)
	if err != nil {
		return nil, err
	}
	kept, err := store.OpenMemory()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	waiting, err := join.New(kept, join.Options{})
	if err != nil {
		return nil, err
	}
	set.Keep(waiting)
	learned := 0
	for range 2 {
		for i, s := range samples {
			learned += len(set.Apply(i, &s.batch, now.UnixNano()))
		}
		if learned == 0 {
			break
		}
	}
	set.Tick(now.UnixNano())
	return set, nil
}

func versions(m *model.Model) string {
	var names []string
	for _, v := range m.Versions {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return "none found"
	case len(names) > 5:
		return strings.Join(names[:5], ", ") + " …"
	}
	return strings.Join(names, ", ")
}

// origin says what a model is compared with.
func origin(f *baseline.File) string {
	if f == nil {
		return "to be learned"
	}
	return plural(int(f.Rows), "row")
}

func features(m *model.Model) int {
	n := 0
	if m.Baseline != nil {
		n = len(m.Baseline.Features)
	}
	return n
}

const (
	// processBytes is resident of a process that reads next to nothing, most of it
	// the program.
	processBytes = 64 << 20
	// sourceBytes are the blocks of a source and its batches on their way.
	sourceBytes = 4 << 20
	// headroom is how far the heap grows beyond what lives, unless GOGC says otherwise.
	headroom = 2
	// seriesBytes is a series with its name, labels and value in two snapshots,
	// and rendered in the text format.
	seriesBytes = 500
	// packedBinBytes is a bin of a closed pane: a varint, or a share of a run of
	// empty ones.
	packedBinBytes = 1
	momentsBytes   = 60
	openPanes      = 4
	distinctBytes  = 1024 // a sketch, sparse or 2,048 registers
	distinctPanes  = 6
	rollingPanes   = 28 // and those that the longest window is in
)

// modelBytes estimates the state of a model when all its windows are full.
func modelBytes(m *model.Model, windows []time.Duration) int {
	bins, numeric, columns := 0, 0, 0
	if m.Baseline != nil {
		for _, c := range m.Columns() {
			columns++
			bins += c.Len
			if c.Kind == catalog.Numeric {
				numeric++
			}
		}
	}
	pane := bins*packedBinBytes + numeric*momentsBytes
	perVersion := len(windows)*window.PanesPerWindow*pane + // closed panes
		openPanes*(4*bins+numeric*momentsBytes) +
		8*bins*(len(windows)+4) + // sums
		len(windows)*distinctPanes*columns*distinctBytes
	if rolling := m.Config.Baseline.Rolling; rolling > 0 { // and a baseline for each window
		within := min(rollingPanes, int(rollingPanes*windows[len(windows)-1]/rolling))
		perVersion += (rollingPanes+within+2)*pane + len(windows)*2*8*bins
	}
	// Ids are kept as hashes, in two tables that are at most half full.
	return len(m.Versions)*perVersion + 2*2*8*quality.RememberedIDs
}

// ownSeries are those of the sources and of the exporter itself, without Go's.
func ownSeries(cfg *config.Config) int {
	const (
		perSource = int(event.NumTypes) + int(event.NumReasons) + 4 // bytes, lag, up, fallbacks
		others    = 2 + int(model.NumLimits)
	)
	return others + perSource*len(cfg.Sources)
}

// rollingSeries are those that appear when half of the rolling baseline's time has passed:
// a distance and its noise limit for each column, statistic and window that is compared.
func rollingSeries(m *model.Model, g *config.Global) int {
	n := 0
	for _, c := range m.Columns() {
		for _, s := range g.Statistics {
			for _, w := range g.Windows {
				if drift.Defined(s, c.Kind) && w <= m.Config.Baseline.Rolling {
					n += 2 * len(m.Versions)
				}
			}
		}
	}
	return n
}

func size(bytes int) string {
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MiB", (bytes+1<<20-1)>>20)
}
