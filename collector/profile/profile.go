// Package profile makes a baseline file from training data or from a recorded
// log: it streams files of any size through the decoder that also reads live
// events, so that both sides of every comparison were read alike.
package profile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast"
)

// Options say what to profile. Paths, SQL, or Config with the name of a Source,
// are needed.
type Options struct {
	Paths []string // files or globs; instead of the source's own if there is one
	// SQL is a table to read, instead of Paths.
	SQL *config.SQL
	// Labels are files or globs with labels of the predictions by id, read as those.
	Labels []string
	// Map names the columns that hold fields of the canonical event, by field.
	// Without a configuration only.
	Map map[string]string
	// Config maps records to events, declares kinds of features and sets windows
	// and limits. Without it records are canonical events or flat tables.
	Config *config.Config
	Source string // of Config; left out: all of the model's, or the only one
	Model  string // may be left out if the events name only one

	Since, Until time.Time     // event times to take, Until excluded; zero for no limit
	For          time.Duration // only so long from the first event, or from Since

	FineBins, DecisionBins, SampleRows int // 0 for the baseline's defaults
	Seed                               uint64

	Output   string    // written when all is read; empty for nowhere
	Tool     string    // program and version, for the file
	Progress io.Writer // shows how far reading is if it is a terminal; may be nil
}

// ErrOptions marks errors that other options repair.
var ErrOptions = errors.New("options cannot be used")

// optionError is an ErrOptions with a text of its own.
type optionError struct{ error }

func (optionError) Is(target error) bool { return target == ErrOptions }

func (e optionError) Unwrap() error { return e.error }

func optionErrorf(format string, args ...any) error {
	return optionError{fmt.Errorf(format, args...)}
}

// Run profiles the data. It reads everything before it writes the output file,
// which appears complete or not at all.
func Run(ctx context.Context, o Options) (*Summary, error) {
	if o.Config != nil {
		cfg, err := feast.Resolve(ctx, o.Config)
		if err != nil {
			return nil, err
		}
		o.Config = cfg
	}
	in, err := newInput(ctx, &o)
	if err != nil {
		return nil, err
	}
	mapped := newLookout(o.Map)
	if err := mapped.ahead(ctx, in); err != nil {
		return nil, err
	}
	r, err := readAll(ctx, &o, in, mapped)
	if mapped.records > 0 && (err == nil || errors.Is(err, ErrOptions)) { // a wrong name may be why
		if lost := mapped.err(ctx, in); lost != nil {
			err = lost
		}
	}
	if err != nil {
		return nil, err
	}
	f, err := r.build()
	if err != nil {
		return nil, err
	}
	if err := mapped.empty(in); err != nil {
		return nil, err
	}
	s := r.summarize(f)
	if o.Output != "" {
		if err := write(o.Output, f); err != nil {
			return nil, err
		}
		s.Output = o.Output
	}
	return s, nil
}

// run is the state while files are read.
type run struct {
	o        *Options
	in       *input
	selector selector
	labels   labels
	mapped   *lookout
	builder  *baseline.Builder
	rejected rejections
	hints    []string // what about the files may not be meant as it stands
	bytes    int64    // uncompressed
	dropped  uint64   // values of features that there was no room for
	rows     []int32
}

func newRun(o *Options, in *input, mapped *lookout) *run {
	r := &run{o: o, in: in, mapped: mapped, selector: newSelector(o, in)}
	r.builder = baseline.NewBuilder(baseline.Options{
		FineBins: o.FineBins, DecisionBins: o.DecisionBins, MaxCategories: in.limits.Categories, SampleRows: o.SampleRows,
		Kinds: in.kinds, Categories: in.most, Windows: in.windows, Seed: o.Seed, Tool: o.Tool,
		Task: in.task, PositiveClass: in.positive,
	})
	return r
}

// readAll reads the labels and then everything else. Where labels are found among
// the predictions, which they usually follow, it starts again with those.
func readAll(ctx context.Context, o *Options, in *input, mapped *lookout) (*run, error) {
	r := newRun(o, in, mapped)
	err := r.read(ctx)
	if errors.Is(err, errLabels) {
		in.labels = append(in.labels, in.files...)
		r = newRun(o, in, mapped)
		r.labels.everywhere = true
		err = r.read(ctx)
	}
	return r, err
}

func (r *run) read(ctx context.Context) error {
	bar := r.in.newBar(ctx, r.o.Progress)
	defer bar.close()
	if err := r.readLabels(ctx, bar); err != nil {
		return err
	}
	for i := range r.in.files {
		f := &r.in.files[i]
		r.selector.unnamed = f.unnamed
		if err := r.readFile(ctx, f, bar); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
	}
	return nil
}

func (r *run) build() (*baseline.File, error) {
	f, err := r.builder.Build()
	if errors.Is(err, baseline.ErrNoEvents) {
		return nil, fmt.Errorf("nothing to profile: %s", r.explainNothing())
	}
	if err != nil {
		return nil, err
	}
	f.Model = r.selector.model()
	for i := range r.in.files {
		f.Sources = append(f.Sources, r.in.files[i].path)
	}
	for i := range r.in.labels {
		if r.in.labels[i].truths {
			f.Sources = append(f.Sources, r.in.labels[i].path)
		}
	}
	f.Sources = shorten(f.Sources)
	return f, nil
}

// maxSources bounds the list of files in the baseline.
const maxSources = 100

func shorten(paths []string) []string {
	if len(paths) <= maxSources {
		return paths
	}
	return append(slices.Clone(paths[:maxSources]), fmt.Sprintf("and %d more", len(paths)-maxSources))
}

// advice is how to get along with records that are no events.
func (r *run) advice() string {
	if len(r.hints) > 0 {
		return strings.Join(r.hints, "; ")
	}
	return "see the mapping with model_exporter validate"
}

// explainNothing says why no event was used.
func (r *run) explainNothing() string {
	switch {
	case r.selector.others() != "":
		return fmt.Sprintf("no event is of model %q, but of %s", r.o.Model, r.selector.others())
	case r.selector.outside > 0:
		return fmt.Sprintf("all %d events are outside of the chosen time", r.selector.outside)
	case r.selector.untimed > 0:
		return "the events have no timestamps, so none is within the chosen time; map the field timestamp"
	case r.rejected.total() > 0:
		return fmt.Sprintf("none of %d records is an event: %s; %s", r.rejected.total(), r.rejected.String(), r.advice())
	case len(r.builder.Nested()) > 0:
		return "the values of all features are lists or objects"
	case r.bytes == 0:
		return "the files are empty"
	case r.selector.skipped > 0:
		return "there are only labels and outcomes, no predictions"
	}
	return "the records have no feature and no prediction"
}
