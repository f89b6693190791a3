package model

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
)

// meaning is what windows and bins of a model depend on. It is stored with them
// as JSON, so that a restart can tell what is different, like a reload.
type meaning struct {
	Windows  []time.Duration         `json:"windows"` // ns
	Lateness time.Duration           `json:"lateness"`
	Time     config.TimeMode         `json:"time"`
	Limits   config.Limits           `json:"limits"`
	Baseline string                  `json:"baseline,omitempty"` // its digest
	Segments []string                `json:"segments,omitempty"`
	Kinds    map[string]catalog.Kind `json:"kinds,omitempty"`
	Task     catalog.Task            `json:"task,omitempty"`
	Positive string                  `json:"positive,omitempty"`
	KPIs     []config.KPI            `json:"kpis,omitempty"`
	Rolling  time.Duration           `json:"rolling,omitempty"` // another one begins anew, and only it

	text string // see encode
}

// meaning returns that of m as it is now.
func (m *Model) meaning() *meaning {
	if m.meant == nil {
		g := &m.set.cfg.Global
		m.meant = &meaning{
			Windows: g.Windows, Lateness: g.Lateness, Time: g.Time, Limits: g.Limits,
			Segments: m.Config.Segments, Kinds: kinds(m.Config),
			Task: m.Config.Task, Positive: m.Config.PositiveClass, KPIs: sums(m.Config.KPIs),
			Rolling: m.Config.Baseline.Rolling,
		}
		if m.Baseline != nil {
			m.meant.Baseline = m.Baseline.Digest()
		}
	}
	return m.meant
}

// sums returns what is added up.
func sums(kpis []config.KPI) []config.KPI {
	kpis = slices.Clone(kpis)
	for i := range kpis {
		kpis[i].Better = ""
	}
	return kpis
}

// differs says why windows and bins of old cannot be those of a; empty if they can.
func (a *meaning) differs(old *meaning) string {
	switch {
	case !slices.Equal(a.Windows, old.Windows):
		return "other windows"
	case a.Lateness != old.Lateness || a.Time != old.Time:
		return "another lateness or time"
	case a.Limits != old.Limits:
		return "other limits"
	case a.Baseline != old.Baseline:
		return "another baseline"
	case !slices.Equal(a.Segments, old.Segments):
		return "other segments"
	case !maps.Equal(a.Kinds, old.Kinds):
		return "other kinds of features"
	case a.Task != old.Task:
		return "another task"
	case a.Positive != old.Positive:
		return "another positive class"
	case !slices.Equal(a.KPIs, old.KPIs):
		return "other KPIs"
	}
	return ""
}

// encode returns a as JSON.
func (a *meaning) encode() string {
	if a.text == "" {
		b, err := json.Marshal(a)
		if err != nil {
			panic("model: " + err.Error()) // texts and numbers only
		}
		a.text = string(b)
	}
	return a.text
}

// decodeMeaning reads what encode returned. A limit that was not there yet is as
// it is now.
func decodeMeaning(text string, now config.Limits) (*meaning, error) {
	a := &meaning{Limits: now}
	if err := json.Unmarshal([]byte(text), a); err != nil {
		return nil, err
	}
	if len(a.Windows) == 0 || a.Limits.Categories < 0 || a.Limits.Features < 0 {
		return nil, errors.New("no windows, or no limits")
	}
	return a, nil
}

// config is the part of a configuration that a fulfils.
func (a *meaning) config(name string) (*config.Config, *config.Model) {
	m := config.Model{Name: name, Segments: a.Segments, Task: a.Task, PositiveClass: a.Positive, KPIs: a.KPIs}
	m.Baseline.Rolling = a.Rolling
	for _, feature := range slices.Sorted(maps.Keys(a.Kinds)) {
		m.Features = append(m.Features, config.Feature{Name: feature, Kind: a.Kinds[feature]})
	}
	return &config.Config{Global: config.Global{Windows: a.Windows, Lateness: a.Lateness, Time: a.Time, Limits: a.Limits}}, &m
}
