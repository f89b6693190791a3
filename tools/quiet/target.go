package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
)

// target is an exporter as Prometheus sees it. Of its page only series that some
// rule reads are stored.
type target struct {
	name   string
	p      *prometheus
	series map[string]*series // by the text before the value
	round  int
	build  labels.Builder
}

type series struct {
	ref    storage.SeriesRef
	labels labels.Labels
	round  int // last seen in
}

func newTarget(name string, p *prometheus) *target {
	return &target{name: name, p: p, series: map[string]*series{}}
}

// scrape appends what a page shows, and marks what it shows no longer.
func (t *target) scrape(ctx context.Context, page []byte, at time.Time) error {
	app := t.p.db.Appender(ctx)
	if err := t.append(app, page, at.UnixMilli()); err != nil {
		return errors.Join(err, app.Rollback())
	}
	return app.Commit()
}

func (t *target) append(app storage.Appender, page []byte, at int64) error {
	t.round++
	wanted := false
	for line := range bytes.Lines(page) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 || line[0] == '#' {
			if family, ok := bytes.CutPrefix(line, []byte("# TYPE ")); ok {
				family, _, _ = bytes.Cut(family, []byte(" "))
				wanted = t.p.readsFamily(string(family))
			}
			continue
		}
		if wanted {
			if err := t.line(app, line, at); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
		}
	}
	for text, s := range t.series {
		if s.round == t.round {
			continue
		}
		delete(t.series, text)
		if _, err := app.Append(s.ref, s.labels, at, math.Float64frombits(value.StaleNaN)); err != nil {
			return err
		}
	}
	_, err := app.Append(0, labels.FromStrings("__name__", "up", "job", "model_exporter", "instance", t.name), at, 1)
	return err
}

// line appends one series, "name{labels} value".
func (t *target) line(app storage.Appender, line []byte, at int64) error {
	space := bytes.LastIndexByte(line, ' ')
	if space < 0 {
		return errors.New("no value")
	}
	s := t.series[string(line[:space])]
	if s == nil {
		var err error
		if s, err = t.add(line); err != nil {
			return err
		}
		t.series[string(line[:space])] = s
	}
	x, err := strconv.ParseFloat(string(line[space+1:]), 64)
	if err != nil {
		return err
	}
	s.round = t.round
	s.ref, err = app.Append(s.ref, s.labels, at, x)
	return err
}

// add is a series with the labels that Prometheus gives it, by Prometheus' parser.
func (t *target) add(line []byte) (*series, error) {
	parser := textparse.NewPromParser(append(bytes.Clone(line), '\n'), labels.NewSymbolTable(), false)
	entry, err := parser.Next()
	if err != nil {
		return nil, err
	}
	if _, at, _ := parser.Series(); entry != textparse.EntrySeries || at != nil {
		return nil, errors.New("not a series without a time")
	}
	var own labels.Labels
	parser.Labels(&own)
	t.build.Reset(own)
	t.build.Set("job", "model_exporter")
	t.build.Set("instance", t.name)
	return &series{labels: t.build.Labels()}, nil
}
