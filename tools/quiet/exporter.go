package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/profile"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// rates are events per second, of one model after the other: some have barely
// enough values in an hour for a gauge.
var rates = []float64{0.05, 0.2, 0.5}

// tier is that of every model: the one that caps no alert.
const tier = "critical"

// exporter is a collector with some simulated models, and its target in Prometheus.
type exporter struct {
	logs   []*log // a source each
	replay *collector.Replay
	target *target
}

// What no alert reads is not monitored: segments. A model has five of the
// simulation's twenty features, numbers and categories; the fewer there are, the
// larger the part of the budget that each has. Labels come after ten minutes on average,
// so hardly one of them after an hour.
const (
	head = `
global:
  statistics: [psi]             # only psi alerts
  false_alarms_per_month: %g
sources:
`
	aSource = `  - name: %[1]s
    file: { paths: [%[2]q] }
    fields:
      features: { path: features, names: [amount, device_trust, customer_age, balance, merchant_category] }
`
	aModel = `  - name: %[1]s
    task: binary
    positive_class: "1"
    owner: nobody
    tier: %[3]s
    sources: [%[1]s]
    %[2]s
    label_horizon: 1h
    objectives: { availability: 0.995, latency: { threshold: 200ms, ratio: 0.99 } }
    kpis: { revenue: { sum: values.revenue } }
    features:
      amount:             { importance: high, range: [0, 50000], sentinels: [-999] }
      device_trust:       { importance: high }
      merchant_category:  { max_categories: 30 }
`
)

// setup is how an exporter's models are configured and what they log.
type setup struct {
	options
	dir  string
	seed uint64 // of the first model
}

func (s *setup) name(i int) string           { return fmt.Sprintf("model-%d", s.seed+uint64(i)) }
func (s *setup) file(i int, e string) string { return filepath.Join(s.dir, s.name(i)+e) }

// config is that of models first to last, with their baselines or without.
func (s *setup) config(first, last int, learned bool) (*config.Config, error) {
	var b strings.Builder
	fmt.Fprintf(&b, head, s.budget)
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, aSource, s.name(i), s.file(i, ".jsonl"))
	}
	b.WriteString("models:\n")
	for i := first; i <= last; i++ {
		baseline := ""
		if learned {
			baseline = fmt.Sprintf("baseline: { training: %q }", s.file(i, ".json"))
		}
		fmt.Fprintf(&b, aModel, s.name(i), baseline, tier)
	}
	return config.Parse("quiet.yml", []byte(b.String()))
}

// simulation is a log of a model; each has two, before and after its start.
func (s *setup) simulation(i int, after bool) simulate.Options {
	seed := s.seed + uint64(i)
	o := simulate.Options{Seed: 2 * seed, Model: s.name(i), Rate: rates[seed%uint64(len(rates))], Season: 1, Start: start, Span: s.span}
	if after {
		o.Seed++
	}
	return o
}

func newExporter(ctx context.Context, s *setup, p *prometheus) (*exporter, error) {
	e := &exporter{target: newTarget(fmt.Sprintf("exporter-%d", s.seed), p)}
	for i := range s.models {
		if err := s.learn(ctx, i); err != nil {
			return nil, err
		}
	}
	cfg, err := s.config(0, s.models-1, true)
	if err != nil {
		return nil, err
	}
	if e.replay, err = collector.NewReplay(cfg, start); err != nil {
		return nil, err
	}
	for i := range s.models {
		days := s.simulation(i, true)
		for _, text := range append([]string{"version:to=2@" + (s.span / 2).String()}, s.faults...) {
			fault, err := simulate.ParseFault(text)
			if err != nil {
				return nil, err
			}
			days.Faults = append(days.Faults, fault)
		}
		e.logs = append(e.logs, newLog(ctx, days))
	}
	return e, nil
}

// learn makes a model's baseline of a labelled log.
func (s *setup) learn(ctx context.Context, i int) (err error) {
	cfg, err := s.config(i, i, false)
	if err != nil {
		return err
	}
	o := s.simulation(i, false)
	o.Start, o.Span, o.Labels = start.Add(-s.training), s.training, true
	logged := s.file(i, ".jsonl")
	f, err := os.Create(logged)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(logged)) }()
	if err := errors.Join(simulate.Run(ctx, f, o), f.Close()); err != nil {
		return err
	}
	_, err = profile.Run(ctx, profile.Options{Config: cfg, Source: o.Model, Model: o.Model, Paths: []string{logged}, Output: s.file(i, ".json"), Progress: io.Discard})
	return err
}

func (e *exporter) close() error {
	for _, l := range e.logs {
		l.close()
	}
	return e.replay.Close()
}

// advance reads what was logged in a step, evaluates, and is scraped.
func (e *exporter) advance(ctx context.Context, at time.Time) error {
	for i, l := range e.logs {
		lines, err := l.until(at)
		if err == nil {
			err = e.replay.Read(i, lines, at)
		}
		if err != nil {
			return err
		}
	}
	if err := e.replay.Evaluate(at); err != nil {
		return err
	}
	w := httptest.NewRecorder()
	e.replay.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return e.target.scrape(ctx, w.Body.Bytes(), at)
}
