package main

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/model-exporter/model_exporter/tools/dashboards"
)

var themes = map[string]map[string]string{
	"light": {"red": "#e0226e", "orange": "#f18226", "yellow": "#d9a400", "green": "#1a7f4b", "blue": "#2d6cdf", "purple": "#8f3bb8", "text": "#24292e", "transparent": "transparent"},
	"dark":  {"red": "#f2495c", "orange": "#ff9830", "yellow": "#fade2a", "green": "#73bf69", "blue": "#5794f2", "purple": "#b877d9", "text": "#ccccdc", "transparent": "transparent"},
}

// palette is Grafana's classic one, by the place of a series.
var palette = []string{"#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0", "#37872d", "#fade2a", "#447ebc", "#c15c17", "#890f02", "#0a437c", "#6d1f62", "#584477"}

func (d *draw) color(name string) string {
	for _, shade := range []string{"super-light-", "light-", "semi-dark-", "dark-"} {
		name = strings.TrimPrefix(name, shade)
	}
	if c, ok := d.colors[name]; ok {
		return c
	}
	return name
}

// style is how the values of one field are written and drawn.
type style struct {
	unit, fixed, name string
	continuous        bool // from the panel's colour to blue, from min to max
	decimals          *int
	thresholds        dashboards.Thresholds
	mappings          []dashboards.Mapping
	custom
	min, max *float64
}

type custom struct {
	LineWidth   *float64
	FillOpacity float64
	FillBelowTo string
	Stacking    struct{ Mode string }
	LineStyle   struct {
		Fill string
		Dash []float64
	}
	CellOptions     struct{ Type string }
	ThresholdsStyle struct{ Mode string }
	HideFrom        struct{ Legend bool }
}

// styleOf is the style of a field by its name and the query it is of.
func styleOf(p *dashboards.Panel, name, ref string) style {
	f := p.FieldConfig.Defaults
	s := style{unit: f.Unit, decimals: f.Decimals, thresholds: f.Thresholds, mappings: f.Mappings, name: name, min: f.Min, max: f.Max}
	s.continuous = strings.HasPrefix(f.Color.Mode, "continuous-")
	if f.Color.Mode == "fixed" {
		s.fixed = f.Color.FixedColor
	}
	_ = json.Unmarshal(f.Custom, &s.custom) // what is not drawn here may be anything
	for _, o := range p.FieldConfig.Overrides {
		var of string
		_ = json.Unmarshal(o.Matcher.Options, &of)
		if concerns(o.Matcher.ID, of, name, ref) {
			for _, property := range o.Properties {
				s.set(property.ID, property.Value)
			}
		}
	}
	return s
}

// concerns tells whether a matcher means a field.
func concerns(matcher, of, name, ref string) bool {
	switch matcher {
	case "byName":
		return of == name
	case "byFrameRefID":
		return of == ref
	case "byRegexp":
		re, err := regexp.Compile(strings.Trim(of, "/"))
		return err == nil && re.MatchString(name)
	}
	return false
}

func (s *style) set(id string, value json.RawMessage) {
	var color struct{ Mode, FixedColor string }
	targets := map[string]any{
		"unit": &s.unit, "decimals": &s.decimals, "thresholds": &s.thresholds, "mappings": &s.mappings, "displayName": &s.name, "color": &color,
		"min": &s.min, "max": &s.max, "custom.fillOpacity": &s.FillOpacity, "custom.fillBelowTo": &s.FillBelowTo, "custom.stacking": &s.Stacking,
		"custom.lineStyle": &s.LineStyle, "custom.lineWidth": &s.LineWidth, "custom.cellOptions": &s.CellOptions, "custom.hideFrom": &s.HideFrom,
	}
	if target, ok := targets[id]; ok {
		_ = json.Unmarshal(value, target)
	}
	if color.Mode == "fixed" {
		s.fixed = color.FixedColor
	}
}

// threshold is the colour of a value by the thresholds.
func (s *style) threshold(x float64) (color string) {
	for _, step := range s.thresholds.Steps {
		if step.Value == nil || x >= *step.Value {
			color = step.Color
		}
	}
	return color
}

// mapped is what a value is called, and its colour, if a mapping says so.
func (s *style) mapped(x float64) (text, color string, ok bool) {
	for _, m := range s.mappings {
		if m.Type != "value" {
			continue
		}
		var options map[string]struct{ Text, Color string }
		_ = json.Unmarshal(m.Options, &options)
		if o, found := options[fmt.Sprint(x)]; found {
			return o.Text, o.Color, true
		}
	}
	return "", "", false
}

// write is a value with its unit, and its colour if it has one.
func (s *style) write(x float64) (text, color string) {
	if math.IsNaN(x) {
		return "–", ""
	}
	if text, color, ok := s.mapped(x); ok {
		return text, color
	}
	return format(x, s.unit, s.decimals), s.threshold(x)
}

// legend names a series as the target says.
func legend(t *dashboards.Target, s dashboards.Series) string {
	if t.LegendFormat == "" || t.LegendFormat == "__auto" {
		return s.String()
	}
	text := t.LegendFormat
	for {
		before, rest, ok := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !ok || !closed {
			return strings.TrimSpace(text)
		}
		text = before + s.Labels[strings.TrimSpace(name)] + after
	}
}
