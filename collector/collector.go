// Package collector wires sources, models and the published page together and
// runs them: read, apply, evaluate, publish, reload, stop.
//
// Data flows one way. Each source has a goroutine that reads and decodes; one
// goroutine, the owner, applies batches to the models and evaluates them on
// every tick; readers of /metrics see immutable snapshots and take no locks.
package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/evaluate"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/page"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast/online"
	"github.com/model-exporter/model_exporter/collector/internal/store"
)

// Options are what a collector needs besides its configuration.
type Options struct {
	Logger *slog.Logger
	// Load reads the configuration anew for Reload; nil if there is no file.
	Load func() (*config.Config, error)
	// Clock tells the time; nil for the system's.
	Clock func() time.Time
	// StoragePath is the folder where state is kept; empty for memory only.
	StoragePath string
	// TelemetryPath is where metrics are served; empty for /metrics.
	TelemetryPath string

	store store.Options // of tests
}

// Collector is a running exporter. Run owns its state; Handler and Reload may be
// used from any goroutine.
type Collector struct {
	o         Options
	log       *slog.Logger
	self      *prometheus.Registry
	reloaded  reloadMetrics
	publisher snapshot.Publisher
	overview  overviewPointer
	first     sync.Once
	looked    chan struct{} // closed behind the first tick
	started   time.Time
	refused   atomic.Pointer[string] // why the last reload was; nil if it was not
	reloads   chan reload
	delivered chan delivery
	changed   chan discovered

	// the owner's
	written   *config.Config // as the file has it
	found     feast.Found    // by its Feast sources
	cfg       *config.Config // both together
	baselines map[string]*baseline.File
	set       *model.Set
	kept      *checkpoint
	restored  map[string]*sourceState   // of sources that were not opened since the start
	samples   map[string]*online.Sample // of these, too
	shards    []*snapshot.Shard         // evaluated, not committed yet
	hinted    bool                      // see hintAtLabels
	evaluator *evaluate.Evaluator
	readers   []*reader
	sources   map[string]*sourceView
	exporter  *exporterView
	past      page.History
	running   sync.WaitGroup
}

type reload struct {
	cfg   *config.Config
	found feast.Found
	done  chan outcome
}

// outcome is what came of a reload.
type outcome struct {
	anew []string // models whose windows and bins start empty, and why
	err  error
}

// New opens everything that the configuration names. Nothing runs before Run.
func New(cfg *config.Config, o Options) (*Collector, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.TelemetryPath == "" {
		o.TelemetryPath = "/metrics"
	}
	c := &Collector{
		o: o, log: o.Logger, self: prometheus.NewRegistry(), started: o.Clock(),
		reloads: make(chan reload), delivered: make(chan delivery), changed: make(chan discovered),
		looked:  make(chan struct{}),
		sources: map[string]*sourceView{}, exporter: newExporterView(),
	}
	c.registerSelf()
	if err := c.restore(cfg); err != nil {
		return nil, err
	}
	c.reloaded.succeed(o.Clock())
	return c, nil
}

// restore goes on with what the store holds.
func (c *Collector) restore(cfg *config.Config) (err error) {
	c.o.store.Logger = c.log
	c.kept, err = openCheckpoint(c.o.StoragePath, c.o.store)
	if err != nil {
		return err
	}
	if c.kept.durable {
		c.self.MustRegister(c.kept.up, c.kept.duration, c.kept.when, c.kept.bytes)
	}
	c.restored, err = c.kept.sources()
	if err == nil {
		var next *prepared
		if next, err = c.discoverAndPrepare(cfg); err == nil {
			c.install(next)
			return nil
		}
	}
	return errors.Join(err, c.kept.store.Close())
}

// prepared is a configuration with everything it needs, ready to take over.
type prepared struct {
	written   *config.Config
	found     feast.Found
	cfg       *config.Config
	baselines map[string]*baseline.File
	set       *model.Set
	readers   []*reader // kept or newly opened, in the order of cfg.Sources
}

// prepare builds what a configuration asks for beside what runs, without
// disturbing it. found is what its Feast sources stand for.
func (c *Collector) prepare(written *config.Config, found feast.Found) (p *prepared, err error) {
	cfg, skipped := feast.Expand(written, found)
	for _, s := range skipped {
		c.log.Warn("A table of a feature store is not monitored", "table", s.Name, "reason", s.Reason)
	}
	p = &prepared{written: written, found: found, cfg: cfg, baselines: map[string]*baseline.File{}}
	var errs []error
	for i := range cfg.Models {
		if path := cfg.Models[i].Baseline.Training; path != "" {
			f, err := readBaseline(path)
			if err != nil {
				errs = append(errs, fmt.Errorf("baseline of model %q: %w", cfg.Models[i].Name, err))
				continue
			}
			p.baselines[cfg.Models[i].Name] = f
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	names := make([]string, len(cfg.Sources))
	for i := range cfg.Sources {
		names[i] = cfg.Sources[i].Name
	}
	if p.set, err = model.NewSet(cfg, p.baselines, names); err != nil {
		return nil, err
	}
	p.set.Keep(c.kept.table)
	if c.set == nil {
		if err := c.load(p.set); err != nil {
			return nil, err
		}
	}
	for i := range cfg.Sources {
		r, err := c.openOrKeep(&cfg.Sources[i], p)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.readers = append(p.readers, r)
	}
	if len(errs) > 0 {
		for _, r := range p.readers {
			if !slices.Contains(c.readers, r) {
				_ = r.src.Close() // nothing was read from it yet
			}
		}
		return nil, errors.Join(errs...)
	}
	return p, nil
}

// load takes over the models' state and the samples of an earlier run.
func (c *Collector) load(set *model.Set) error {
	anew, err := set.Load(c.kept.below(modelPrefix))
	if err == nil {
		c.samples, err = c.kept.samples()
	}
	if err != nil {
		return fmt.Errorf("state in %s: %w; move the folder away to start anew", c.o.StoragePath, err)
	}
	for _, m := range anew {
		c.log.Warn("Windows and bins of a model start empty and fill with new events", "model", m)
	}
	return nil
}

// openOrKeep returns the reader of a source: the running one if nothing that it
// depends on has changed, else a new one that goes on where the old one is.
func (c *Collector) openOrKeep(cfg *config.Source, p *prepared) (*reader, error) {
	limits, columns, counting := p.cfg.Global.Limits, expected(p.set, cfg.Name), counting(p, cfg)
	i := slices.IndexFunc(c.readers, func(r *reader) bool { return r.cfg.Name == cfg.Name })
	if i >= 0 && c.readers[i].serves(*cfg, limits, columns) && reflect.DeepEqual(c.readers[i].counting, counting) {
		return c.readers[i], nil
	}
	r, err := newReader(*cfg, limits, columns)
	if err != nil {
		return nil, err
	}
	r.counting = counting
	if i >= 0 {
		if reflect.DeepEqual(c.readers[i].cfg.View, cfg.View) {
			r.table = c.readers[i].table
		} else {
			r.inherit(c.readers[i].sample())
		}
		r.counts, r.logged, r.hinted = c.readers[i].counts, c.readers[i].logged, c.readers[i].hinted
		for _, pos := range c.readers[i].positions {
			r.positions[pos.Part] = pos
		}
		r.moved = slices.Clone(c.readers[i].moved) // counted, and not committed yet
	} else if s := c.restored[cfg.Name]; s != nil {
		if err := r.restore(s); err != nil {
			return nil, err
		}
		r.inherit(c.samples[cfg.Name])
	}
	if cfg.Feast != nil {
		r.src = feast.Open(*cfg, p.found[cfg.Name], c.rediscovered(cfg.Name), c.log)
		return r, nil
	}
	return r, r.open(c.log)
}

func readBaseline(path string) (*baseline.File, error) {
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

// install makes p what runs. It returns the readers that are not part of it, and
// the models that start anew.
func (c *Collector) install(p *prepared) (old []*reader, anew []string) {
	if c.set != nil {
		anew = p.set.Inherit(c.set)
	}
	for _, r := range c.readers {
		if !slices.Contains(p.readers, r) {
			old = append(old, r)
		}
	}
	c.written, c.found = p.written, p.found
	c.cfg, c.baselines, c.set, c.readers = p.cfg, p.baselines, p.set, p.readers
	for i, r := range c.readers {
		r.index = i
		delete(c.restored, r.cfg.Name)
		delete(c.samples, r.cfg.Name)
		if r.table != nil && r.table.anew != "" {
			c.log.Warn("The sample of entities to compare with the online store starts empty and fills with new rows",
				"source_name", r.cfg.Name, "reason", r.table.anew)
			r.table.anew = ""
		}
	}
	c.evaluator = evaluate.New(c.cfg)
	return old, anew
}

// firstTick shows whoever just started the exporter what it found, before the
// first regular evaluation.
const firstTick = time.Second

// Run reads, evaluates, commits and publishes until ctx ends. It returns nil then,
// and an error if state cannot be read back: a restart goes on at the last commit.
func (c *Collector) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, c.kept.store.Close()) }()
	ctx, stop := context.WithCancel(ctx)
	defer c.running.Wait()
	defer stop()
	for _, r := range c.readers {
		c.start(ctx, r)
	}
	c.describe()
	c.tick()
	ticker := time.NewTicker(c.cfg.Global.EvaluationInterval)
	defer ticker.Stop()
	first := time.After(firstTick)
	for {
		delivered := c.delivered
		if c.kept.stuck != nil {
			delivered = nil // what is not durable must not pile up
		}
		if c.set.Err != nil {
			return c.set.Err
		}
		select {
		case d := <-delivered:
			c.apply(d)
		case <-first:
			c.tick()
		case <-ticker.C:
			c.tick()
		case r := <-c.reloads:
			anew, err := c.change(ctx, r.cfg, r.found)
			r.done <- outcome{anew, err}
			ticker.Reset(c.cfg.Global.EvaluationInterval)
		case d := <-c.changed:
			d.done <- c.takeOver(ctx, d)
		case <-ctx.Done():
			stop()
			for _, r := range c.readers {
				if err := r.close(); err != nil {
					c.log.Warn("Closing a source", "source_name", r.cfg.Name, "err", err)
				}
			}
			c.tick()
			return errors.Join(c.set.Err, c.kept.stuck)
		}
	}
}

func (c *Collector) start(ctx context.Context, r *reader) {
	ctx, r.stop = context.WithCancel(ctx)
	c.running.Go(func() { r.run(ctx, c.delivered, c.log) })
	if r.table != nil && r.table.sample != nil {
		c.running.Go(func() { r.table.watch(ctx, c.o.Clock, c.log.With("source_name", r.cfg.Name)) })
	}
}

// apply adds one delivered batch to the models.
func (c *Collector) apply(d delivery) {
	now := c.o.Clock().UnixNano()
	c.hintAtLabels(d.batch)
	if !slices.Contains(c.readers, d.from) {
		return // of a source that a reload replaced; its successor reads it again
	}
	for _, m := range c.set.Apply(d.from.index, d.batch, now) {
		c.log.Info("Baseline learned from the log itself: drift is measured against these events from now on. "+
			"Write one from data you trust with \"model_exporter profile\"",
			"model", m.Name, "events", m.Baseline.Rows, "features", len(m.Baseline.Features))
	}
	d.from.applied(d, c.log)
	if c.kept.table.Full() {
		c.tick()
	}
}

// hintAtLabels says once that labels come which nothing waits for.
func (c *Collector) hintAtLabels(b *event.Batch) {
	if c.hinted || slices.ContainsFunc(c.cfg.Models, func(m config.Model) bool { return m.LabelHorizon > 0 }) {
		return
	}
	if slices.Contains(b.Types[:b.N], event.Label) || slices.Contains(b.Types[:b.N], event.Outcome) {
		c.hinted = true
		c.log.Warn("Labels or outcomes are read, but no model keeps its predictions for them: give it a label_horizon, such as 30d")
	}
}

// tick evaluates, commits and publishes: what is served was made durable before.
// While that is not possible, the last snapshot is served and nothing is counted.
func (c *Collector) tick() {
	defer c.first.Do(func() { close(c.looked) })
	now := c.o.Clock()
	stuck := c.kept.stuck != nil
	if !stuck {
		if err := c.evaluate(now); err != nil {
			c.set.Err = err
			return
		}
	}
	if err := c.kept.commit(now); err != nil {
		if !stuck {
			c.log.Error("Nothing more is counted until the state can be stored", "storage", c.o.StoragePath, "err", err)
		}
		c.stuck(err)
		return
	}
	if stuck {
		c.log.Info("The state can be stored again; counting goes on")
	}
	for _, r := range c.readers {
		r.committed(c.log)
	}
	c.publisher.Publish(c.shards)
	c.overview.Store(c.summarise(now))
}

// evaluate brings the series up to date, and gathers what has to be stored.
func (c *Collector) evaluate(now time.Time) error {
	start := time.Now()
	c.set.Tick(now.UnixNano())
	shards := c.evaluator.Evaluate(c.set, now.UnixNano())
	for _, r := range c.readers {
		shards = append(shards, c.sourceShard(r, now))
	}
	series := 0
	for _, s := range shards {
		series += s.Len()
	}
	c.shards = append(shards, c.exporter.set(c.set, time.Since(start), series))
	if c.set.Err != nil {
		return c.set.Err
	}
	c.kept.table.Save(c.kept.batch) // first, as its keys are: a batch in order need not be sorted
	if !c.kept.durable {
		return nil
	}
	c.set.Save(c.kept.below(modelPrefix))
	for _, r := range c.readers {
		if err := r.save(c.kept.below(sourcePrefix)); err != nil {
			return err
		}
	}
	for _, r := range c.readers {
		c.kept.saveSample(r.cfg.Name, r.sample())
	}
	return nil
}

// change takes over a new configuration; on error the old one keeps running.
func (c *Collector) change(ctx context.Context, cfg *config.Config, found feast.Found) (anew []string, err error) {
	next, err := c.prepare(cfg, found)
	if err != nil {
		return nil, err
	}
	kept := c.readers
	old, anew := c.install(next)
	for _, r := range old {
		if err := r.close(); err != nil {
			c.log.Warn("Closing a source", "source_name", r.cfg.Name, "err", err)
		}
		delete(c.sources, r.cfg.Name)
		if !slices.ContainsFunc(c.readers, func(o *reader) bool { return o.cfg.Name == r.cfg.Name }) {
			c.kept.below(sourcePrefix).Delete([]byte(r.cfg.Name))
			c.kept.dropSample(r.cfg.Name)
		}
	}
	for _, r := range c.readers {
		if !slices.Contains(kept, r) {
			c.start(ctx, r)
		}
	}
	c.describe()
	c.tick()
	return anew, nil
}

// describe logs what is monitored and against what.
func (c *Collector) describe() {
	for i := range c.cfg.Sources {
		s := &c.cfg.Sources[i]
		switch {
		case s.Stdin:
			c.log.Info("Reading standard input", "source_name", s.Name, "format", s.Format)
		case s.Feast != nil:
			if d := c.found[s.Name]; d != nil {
				d.Log(c.log, s.Name)
			}
		case s.Parquet != nil:
			c.log.Info("Reading Parquet files", "source_name", s.Name, "paths", s.Parquet.Paths)
		case s.SQL != nil:
			c.log.Info("Reading a table", "source_name", s.Name, "driver", s.SQL.Driver, "table", s.SQL.Name(), "mode", s.SQL.Mode)
		default:
			start := string(s.File.Start)
			if len(c.readers[i].positions) > 0 {
				start = "where reading stopped"
			}
			c.log.Info("Following files", "source_name", s.Name, "paths", s.File.Paths, "format", s.Format, "start", start)
		}
	}
	for i := range c.cfg.Models {
		m := &c.cfg.Models[i]
		if f := c.baselines[m.Name]; f != nil {
			c.log.Info("Comparing with a baseline", "model", m.Name, "file", m.Baseline.Training, "rows", f.Rows, "features", len(f.Features))
		}
	}
	if !slices.ContainsFunc(c.cfg.Models, func(m config.Model) bool { return m.Baseline.Training != "" }) {
		c.log.Info("No baseline is configured: each model learns one from its first events",
			"events", c.cfg.Global.LearnEvents)
	}
}

// Reload reads the configuration anew and takes it over; on error the old one
// keeps running and model_exporter_config_last_reload_successful says so. anew
// names the models whose windows and bins start empty, and why.
func (c *Collector) Reload(ctx context.Context) (anew []string, err error) {
	if c.o.Load == nil {
		c.log.Warn("Nothing was reloaded", "err", errNoFile)
		return nil, errNoFile
	}
	anew, err = c.reload(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, err // whoever asked went away, or the exporter stops
	}
	if err != nil {
		c.reloaded.fail()
		text := err.Error()
		c.refused.Store(&text)
		c.log.Error("Reload refused; the old configuration keeps running", "err", err)
		return nil, err
	}
	c.refused.Store(nil)
	c.reloaded.succeed(c.o.Clock())
	c.log.Info("Configuration reloaded")
	for _, model := range anew {
		c.log.Warn("Windows and bins of a model start empty and fill with new events", "model", model)
	}
	return anew, nil
}

// errNoFile says nothing about the configuration that runs: that one is not refused.
var errNoFile = errors.New("there is no configuration file to reload; start with --config.file")

func (c *Collector) reload(ctx context.Context) ([]string, error) {
	cfg, err := c.o.Load()
	if err != nil {
		return nil, err
	}
	found, err := discoverAll(ctx, cfg)
	if err != nil {
		return nil, err
	}
	r := reload{cfg, found, make(chan outcome, 1)}
	select {
	case c.reloads <- r:
		result := <-r.done
		return result.anew, result.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
