package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	promrules "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/rules"
)

// prometheus is a TSDB and the rules over it.
type prometheus struct {
	db     *tsdb.DB
	groups []group
	reads  map[string]bool // metrics that some rule reads
	firing map[string]bool // by labels and since when
	found  []alarm
}

type group struct {
	*promrules.Group
	every time.Duration
}

var parse = parser.NewParser(parser.Options{})

func newPrometheus(ctx context.Context, dir string) (*prometheus, error) {
	p := &prometheus{reads: map[string]bool{}, firing: map[string]bool{}}
	bundle, err := p.bundle()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "rules.yml")
	if err := os.WriteFile(path, bundle, 0o600); err != nil {
		return nil, err
	}
	o := tsdb.DefaultOptions()
	// All of it stays in the head: nothing is compacted, and nothing is replayed.
	o.RetentionDuration = (400 * day).Milliseconds()
	o.MinBlockDuration, o.MaxBlockDuration = o.RetentionDuration, o.RetentionDuration
	o.WALSegmentSize = -1
	if p.db, err = tsdb.Open(filepath.Join(dir, "tsdb"), promslog.NewNopLogger(), nil, o, nil); err != nil {
		return nil, err
	}
	engine := promql.NewEngine(promql.EngineOpts{
		Logger: promslog.NewNopLogger(), MaxSamples: 50e6, Timeout: time.Hour, EnableAtModifier: true, EnableNegativeOffset: true, Parser: parse,
	})
	m := promrules.NewManager(&promrules.ManagerOptions{
		QueryFunc: promrules.EngineQueryFunc(engine, p.db), Appendable: p.db, Queryable: p.db, Context: ctx,
		NotifyFunc: func(context.Context, string, ...*promrules.Alert) {}, Logger: promslog.NewNopLogger(), Parser: parse,
	})
	loaded, errs := m.LoadGroups(step, labels.EmptyLabels(), "", nil, false, path)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	// In the bundle's order: each group reads what those before it recorded.
	for _, name := range groupNames(bundle) {
		g := loaded[promrules.GroupKey(path, name)]
		if g == nil {
			return nil, fmt.Errorf("group %q is not loaded", name)
		}
		for _, r := range g.Rules() {
			if a, ok := r.(*promrules.AlertingRule); ok {
				a.SetRestored(true)
			}
		}
		p.groups = append(p.groups, group{g, g.Interval()})
	}
	return p, nil
}

type ruleFile struct {
	Groups []rules.Group `yaml:"groups"`
}

func groupNames(bundle []byte) (names []string) {
	var f ruleFile
	if err := yaml.Unmarshal(bundle, &f); err != nil {
		panic(err) // written by us
	}
	for _, g := range f.Groups {
		names = append(names, g.Name)
	}
	return names
}

// bundle is the rule file, but for what does not change which alerts fire: rules
// that no alert reads are left out, and so are alerts for tiers that no model has;
// what is evaluated more often than each step is evaluated at each step. A condition that holds for as long as an alert waits
// holds at every step in between, the first of them up to a step later; so alerts
// wait a step less, and may fire more often than they would, never less.
func (p *prometheus) bundle() ([]byte, error) {
	all, err := rules.Groups(rules.Defaults())
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Rules = slices.DeleteFunc(all[i].Rules, func(r rules.Rule) bool { return r.Alert != "" && ofOtherTier(r.Expr) })
	}
	for known := -1; known < len(p.reads); { // until nothing new is needed
		known = len(p.reads)
		for _, g := range all {
			for _, r := range g.Rules {
				if err := p.needs(r); err != nil {
					return nil, err
				}
			}
		}
	}
	var kept []rules.Group
	for _, g := range all {
		g.Rules = slices.DeleteFunc(g.Rules, func(r rules.Rule) bool { return r.Alert == "" && !p.reads[r.Record] })
		for i := range g.Rules {
			g.Rules[i].For = max(0, g.Rules[i].For-model.Duration(step))
		}
		steps := math.Ceil(float64(g.Interval) / float64(step))
		g.Interval = model.Duration(max(1, steps)) * model.Duration(step)
		if len(g.Rules) > 0 {
			kept = append(kept, g)
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2) // with more, it writes block texts that it cannot read
	err = errors.Join(e.Encode(ruleFile{kept}), e.Close())
	return b.Bytes(), err
}

// ofOtherTier tells whether an alert is one of models of another tier than ours. An
// expression that cannot be read is not: needs says what is wrong with it.
func ofOtherTier(expr string) (other bool) {
	e, err := parse.ParseExpr(expr)
	if err != nil {
		return false
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			for _, m := range s.LabelMatchers {
				other = other || m.Name == "model_tier" && !m.Matches(tier)
			}
		}
		return nil
	})
	return other
}

// needs notes what a rule reads, if it is an alert or something reads it.
func (p *prometheus) needs(r rules.Rule) error {
	if r.Alert == "" && !p.reads[r.Record] {
		return nil
	}
	e, err := parse.ParseExpr(r.Expr)
	if err != nil {
		return err
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			p.reads[s.Name] = true
		}
		return nil
	})
	return nil
}

// readsFamily tells whether a rule reads a metric, or a part of its histogram.
func (p *prometheus) readsFamily(name string) bool {
	return p.reads[name] || p.reads[name+"_bucket"] || p.reads[name+"_count"] || p.reads[name+"_sum"]
}

func (p *prometheus) evaluate(ctx context.Context, at time.Time) error {
	for _, g := range p.groups {
		if at.Sub(start)%g.every != 0 {
			continue
		}
		g.Eval(ctx, at)
		for _, r := range g.Rules() {
			if err := r.LastError(); err != nil {
				return fmt.Errorf("rule %s at %s: %w", r.Name(), at, err)
			}
			if a, ok := r.(*promrules.AlertingRule); ok {
				p.note(a, at)
			}
		}
	}
	return nil
}

// note counts an alert when it begins to fire, however long it goes on.
func (p *prometheus) note(rule *promrules.AlertingRule, at time.Time) {
	for _, a := range rule.ActiveAlerts() {
		key := a.Labels.String() + a.FiredAt.String()
		if a.State == promrules.StateFiring && !p.firing[key] {
			p.firing[key] = true
			fmt.Fprintf(os.Stderr, "%s %s\n", at.Format(time.DateTime), a.Labels)
			p.found = append(p.found, alarm{rule.Name(), a.Labels.Get("priority"), at, a.Labels.String()})
		}
	}
}
