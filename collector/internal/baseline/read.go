package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// Limits of what is read: a baseline of 20,000 columns is about 160 MB.
const (
	maxSize       = 256 << 20
	maxColumns    = 20_000
	maxCategories = 20_000 // of one column, rare ones too
	maxEffects    = 64
	maxCount      = 1 << 53 // what a float64 counts exactly
)

// columnList is read with a limit on its length, because an empty object takes
// two bytes in the file and a hundred times that in memory.
type columnList []columnJSON

// UnmarshalJSON implements json.Unmarshaler.
func (l *columnList) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.New("columns are no list")
	}
	*l = nil
	for d.More() {
		if len(*l) == maxColumns {
			return fmt.Errorf("more than %d columns", maxColumns)
		}
		var c columnJSON
		if err := d.Decode(&c); err != nil {
			return fmt.Errorf("column %d: %w", len(*l), err)
		}
		*l = append(*l, c)
	}
	return nil
}

// Read reads a baseline file and checks it: after it every field is legal. An
// error names the field.
func Read(r io.Reader) (*File, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("baseline: larger than %d MiB", maxSize>>20)
	}
	var head struct {
		Version *int `json:"version"`
	}
	switch err := json.Unmarshal(data, &head); {
	case err != nil:
		return nil, fmt.Errorf("baseline: not a JSON object: %w", err)
	case head.Version == nil:
		return nil, errors.New(`baseline: no field "version"; write the file with model_exporter profile`)
	case *head.Version != FormatVersion:
		return nil, fmt.Errorf("baseline: version %d, this program reads version %d; use the program that wrote the file, or a newer one", *head.Version, FormatVersion)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var j fileJSON
	if err := d.Decode(&j); err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	f := fromJSON(&j)
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	return f, nil
}

func fromJSON(j *fileJSON) *File {
	return &File{
		Version: j.Version, Model: j.Model, Created: j.Created, Tool: j.Tool, Sources: j.Sources, Learned: j.Learned,
		Rows: j.Rows, SampledRows: j.SampledRows, From: j.From, To: j.To,
		Features: columnsOf(j.Features), Outputs: columnsOf(j.Outputs),
		Performance: performanceOf(j.Performance), Multivariate: multivariateOf(j.Multivariate),
	}
}

func columnsOf(list columnList) []Column {
	columns := make([]Column, len(list))
	for i := range list {
		j := &list[i]
		columns[i] = Column{
			Name: j.Name, Kind: j.Kind, Rows: j.Rows, Missing: j.Missing, Absent: j.Absent, Distinct: j.Distinct,
			Mean: or(j.Mean, 0), Stddev: or(j.Stddev, 0), Min: or(j.Min, 0), Max: or(j.Max, 0),
			Low: or(j.Low, math.NaN()), High: or(j.High, math.NaN()),
			Edges: j.Edges, Decision: j.Decision, Categories: j.Categories, Rare: j.Rare, Exhaustive: j.Exhaustive,
			Counts: j.Counts, Effects: j.Effects,
		}
	}
	return columns
}

func or(p *float64, none float64) float64 {
	if p == nil {
		return none
	}
	return *p
}

func (f *File) check() error {
	if f.Rows > maxCount || f.SampledRows > f.Rows {
		return fmt.Errorf("sampled_rows: %d of %d rows", f.SampledRows, f.Rows)
	}
	if f.To.Before(f.From) {
		return fmt.Errorf("to: %v is before from", f.To)
	}
	if len(f.Features)+len(f.Outputs) == 0 {
		return errors.New("features: there are none, and no outputs")
	}
	if err := checkColumns("features", f.Features, f); err != nil {
		return err
	}
	for i := range f.Outputs {
		if name := f.Outputs[i].Name; name != Prediction && name != Score && name != Label {
			return fmt.Errorf("outputs[%d] %q: name: an output is %q, %q or %q", i, name, Prediction, Score, Label)
		}
	}
	if err := checkColumns("outputs", f.Outputs, f); err != nil {
		return err
	}
	if f.Performance != nil {
		if field, err := f.Performance.check(f.Rows); err != nil {
			return fmt.Errorf("performance: %s: %w", field, err)
		}
	}
	if f.Multivariate != nil {
		if field, err := f.Multivariate.check(f); err != nil {
			return fmt.Errorf("multivariate: %s: %w", field, err)
		}
	}
	return nil
}

func checkColumns(group string, columns []Column, f *File) error {
	names := make(map[string]bool, len(columns))
	for i := range columns {
		c := &columns[i]
		field, err := c.check(f)
		switch {
		case err == nil && c.Name == "":
			field, err = "name", errors.New("is empty")
		case err == nil && names[c.Name]:
			field, err = "name", errors.New("is there twice")
		}
		if err != nil {
			return fmt.Errorf("%s[%d] %q: %s: %w", group, i, c.Name, field, err)
		}
		names[c.Name] = true
	}
	return nil
}

// check returns the field in which something is wrong, and what.
func (c *Column) check(f *File) (field string, err error) {
	switch {
	case c.Rows > maxCount:
		return "rows", fmt.Errorf("%d is too many", c.Rows)
	case c.Missing > c.Rows:
		return "missing", fmt.Errorf("%d of %d rows", c.Missing, c.Rows)
	case c.Absent > c.Missing:
		return "absent", fmt.Errorf("%d of %d missing", c.Absent, c.Missing)
	case !(c.Distinct >= 0) || math.IsInf(c.Distinct, 0):
		return "distinct", fmt.Errorf("%v", c.Distinct)
	}
	left := f.SampledRows
	for _, n := range c.Counts {
		if n > left {
			return "counts", fmt.Errorf("more than the %d sampled rows", f.SampledRows)
		}
		left -= n
	}
	switch c.Kind {
	case catalog.Numeric:
		field, err = c.checkNumeric()
	case catalog.Categorical, catalog.Boolean:
		field, err = c.checkCategories()
	default:
		return "kind", fmt.Errorf("%q is unknown", c.Kind)
	}
	if err != nil {
		return field, err
	}
	return "effects", checkEffects(c.Effects)
}

func (c *Column) checkNumeric() (field string, err error) {
	if _, err := sketch.NewBins(c.Edges); err != nil {
		return "edges", err
	}
	if len(c.Counts) != len(c.Edges)+1 {
		return "counts", fmt.Errorf("%d of them for %d edges; there is one more bin than edges", len(c.Counts), len(c.Edges))
	}
	if len(c.Categories)+len(c.Rare) > 0 || c.Exhaustive {
		return "categories", errors.New("a numeric column has none")
	}
	if len(c.Decision) == 0 {
		return "decision", errors.New("is empty")
	}
	last := -1
	for _, i := range c.Decision {
		if i <= last || i >= len(c.Edges) {
			return "decision", fmt.Errorf("index %d after %d of %d edges; indexes ascend", i, last, len(c.Edges))
		}
		last = i
	}
	switch {
	case c.Stddev < 0:
		return "stddev", fmt.Errorf("%v is negative", c.Stddev)
	case c.Min > c.Max:
		return "min", fmt.Errorf("%v is above max %v", c.Min, c.Max)
	case c.Low > c.Edges[0]:
		return "low_mean", fmt.Errorf("%v is above the first edge", c.Low)
	case c.High < c.Edges[len(c.Edges)-1]:
		return "high_mean", fmt.Errorf("%v is below the last edge", c.High)
	}
	return "", nil
}

func (c *Column) checkCategories() (field string, err error) {
	known := len(c.Categories) + len(c.Rare)
	switch {
	case known > maxCategories:
		return "categories", fmt.Errorf("%d with rare ones; at most %d are possible", known, maxCategories)
	case len(c.Counts) != len(c.Categories)+2:
		return "counts", fmt.Errorf("%d of them for %d categories; other and unseen are two more", len(c.Counts), len(c.Categories))
	case c.Counts[len(c.Counts)-1] != 0:
		return "counts", errors.New("the last, unseen, is not 0")
	case len(c.Edges)+len(c.Decision) > 0:
		return "edges", errors.New("only a numeric column has them")
	case len(c.Rare) > 0 && !c.Exhaustive:
		return "rare", errors.New("tells something only if exhaustive")
	}
	names := make(map[string]bool, known)
	for _, list := range [...]struct {
		field string
		names []string
	}{{"categories", c.Categories}, {"rare", c.Rare}} {
		for _, name := range list.names {
			if names[name] {
				return list.field, fmt.Errorf("%q is there twice", name)
			}
			names[name] = true
		}
	}
	for _, name := range c.Categories {
		if name == Other || name == Unseen {
			return "categories", fmt.Errorf("%q is the name of a bin of its own", name)
		}
	}
	return "", nil
}

func checkEffects(effects []drift.Effect) error {
	if len(effects) > maxEffects {
		return fmt.Errorf("%d of them; at most %d are possible", len(effects), maxEffects)
	}
	last := 0.0
	for _, e := range effects {
		switch {
		case e.Seconds <= last:
			return fmt.Errorf("seconds: %v after %v; they ascend", e.Seconds, last)
		case e.Blocks < 0 || e.Values < 0 || e.Directions < 0 || e.Ordered < 0:
			return fmt.Errorf("of %v seconds: a number is negative", e.Seconds)
		case e.Successive < 0 || e.Successive >= 1:
			return fmt.Errorf("of %v seconds: successive %v is not in 0..1", e.Seconds, e.Successive)
		}
		for name, rho := range e.Correlation {
			if rho < 0 || rho > 1 {
				return fmt.Errorf("of %v seconds: correlation of %s is %v, not in 0..1", e.Seconds, name, rho)
			}
		}
		last = e.Seconds
	}
	return nil
}
