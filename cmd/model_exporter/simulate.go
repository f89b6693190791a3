package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/simulate"
)

type simulateCommand struct {
	Events  int              `placeholder:"N" help:"Stop after so many events."`
	Span    duration         `placeholder:"DURATION" help:"Write so much event time at once, such as 1d; with --follow as history."`
	Follow  bool             `help:"Go on in real time until interrupted."`
	Start   time.Time        `placeholder:"TIME" help:"Time of the first event, such as 2026-11-01T00:00:00Z. Without it the log ends now, or follows on from now."`
	Rate    float64          `default:"${rate}" help:"Mean events per second of event time."`
	Season  float64          `placeholder:"STRENGTH" help:"Strength of the daily rhythm: 0 none, 1 the usual."`
	Seed    uint64           `default:"1" help:"Logs of one seed are equal byte for byte."`
	Model   string           `default:"fraud" help:"Name of the model."`
	Release string           `name:"model-version" default:"1" help:"Version of the model."`
	Format  simulate.Format  `default:"json" enum:"json,csv" help:"How events are written: json (one per line) or csv."`
	Labels  bool             `help:"Write the true class into each event."`
	Rival   string           `name:"challenger" placeholder:"VERSION" help:"A second version scores the same ids too; its events follow those of the first."`
	Faults  []simulate.Fault `name:"fault" sep:"none" placeholder:"FAULT" help:"What goes wrong, and when (see above). Repeatable."`
	Output  string           `short:"o" placeholder:"FILE" help:"Append to this file instead of writing to standard output."`

	LabelOutput     string   `name:"label.output" placeholder:"FILE" help:"Append label events to this file, each when it is due."`
	LabelDelay      duration `name:"label.delay" default:"10m" help:"Mean time from a prediction to its label; the distribution is exponential."`
	LabelLoss       share    `name:"label.loss" default:"0%" help:"Predictions whose label never comes, such as 5%."`
	LabelCorrection share    `name:"label.correction" default:"0%" help:"Labels that are wrong at first; a second event corrects them later."`
	LabelRepeat     share    `name:"label.repeat" default:"0%" help:"Labels that are sent twice."`
	OutcomeOutput   string   `name:"outcome.output" placeholder:"FILE" help:"Append outcome events (revenue, and the loss by a missed fraud) to this file."`
	OutcomeDelay    duration `name:"outcome.delay" default:"1m" help:"Mean time from a prediction to its outcome; the distribution is exponential."`
}

// Help is shown above the flags.
func (simulateCommand) Help() string {
	var b strings.Builder
	b.WriteString(`The log is of a fraud classifier with twenty features. Examples:

    model_exporter simulate --events 20000 --output predictions.jsonl
    model_exporter simulate --follow --span 1d --rate 50 --fault shift:feature=amount,by=1.5@1d+2m

With labels, 95 % of which come, on average after two hours, and a model that ages after a day:

    model_exporter simulate --span 2d --rate 5 --output predictions.jsonl \
      --label.output labels.jsonl --label.delay 2h --label.loss 5% --fault concept_drift@24h

A fault is ` + simulate.FaultSyntax + `; START counts from the first event:

`)
	for _, f := range simulate.Faults() {
		fmt.Fprintf(&b, "    %-17s %s\n", f.Name, f.Summary)
		for _, p := range f.Params {
			fmt.Fprintf(&b, "    %-17s   %s=%s: %s\n", "", p.Name, p.Default, p.Summary)
		}
	}
	return b.String()
}

// Validate is called by kong before Run.
func (c *simulateCommand) Validate() error {
	if c.Events < 0 {
		return fmt.Errorf("--events: %d is no positive number", c.Events)
	}
	if c.Rate == 0 { // simulate.Options have it for the default
		return errors.New("--rate: 0 events per second is not between 0.000001 and 1e9")
	}
	if c.Events == 0 && c.Span == 0 && !c.Follow {
		return fmt.Errorf("the log would never end; add --events N, --span DURATION or --follow")
	}
	return nil
}

func (c *simulateCommand) Run(ctx context.Context, stdout io.Writer) (err error) {
	o := simulate.Options{
		Events: c.Events, Span: time.Duration(c.Span), Start: c.Start, Follow: c.Follow,
		Seed: c.Seed, Rate: c.Rate, Season: c.Season, Model: c.Model, Version: c.Release,
		Format: c.Format, Labels: c.Labels, Challenger: c.Rival, Faults: c.Faults,
		Truth: simulate.Truth{
			Delay: time.Duration(c.LabelDelay), Loss: float64(c.LabelLoss), Correction: float64(c.LabelCorrection),
			Repeat: float64(c.LabelRepeat), OutcomeDelay: time.Duration(c.OutcomeDelay),
		},
	}
	w := stdout
	for _, output := range []struct {
		path string
		to   *io.Writer
	}{{c.Output, &w}, {c.LabelOutput, &o.Truth.Labels}, {c.OutcomeOutput, &o.Truth.Outcomes}} {
		if output.path == "" {
			continue
		}
		f, openErr := os.OpenFile(output.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		*output.to = f
	}
	err = simulate.Run(ctx, w, o)
	if errors.Is(err, simulate.ErrOptions) {
		return usageError{err}
	}
	return err
}

// share is a flag between 0 and 1, written as 5% or 0.05.
type share float64

func (s *share) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(string(text), "%")
	x, err := strconv.ParseFloat(number, 64)
	if percent {
		x /= 100
	}
	if err != nil || !(x >= 0 && x <= 1) {
		return fmt.Errorf("%q is not a share from 0 to 1; write one such as 5%% or 0.05", text)
	}
	*s = share(x)
	return nil
}
