package main

import (
	"context"
	"errors"
	"io"

	"github.com/model-exporter/model_exporter/collector/validate"
)

type validateCommand struct {
	sources
}

// Help is shown above the flags.
func (validateCommand) Help() string {
	return `Opens the baselines, reads the first 1,000 records of each source, and shows how often each
mapped field was found, how the models get their labels, and how many series and how much memory
they will need. A PROBLEM has to be repaired and says how; a NOTE may surprise you. Examples:

    model_exporter validate --config.file fraud.yml
    model_exporter validate --tail 'logs/*.jsonl'

The exit status is 0 if there is nothing to repair, 1 if there is, and 2 if the configuration
itself is wrong.`
}

var errProblems = errors.New("the configuration does not fit its sources; see above")

func (c *validateCommand) Run(ctx context.Context, stdout io.Writer) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	problems, err := validate.Run(ctx, stdout, cfg)
	if err != nil {
		return err
	}
	if problems > 0 {
		return errProblems
	}
	return nil
}
