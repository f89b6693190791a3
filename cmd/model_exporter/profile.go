package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/prometheus/common/version"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/profile"
)

type profileCommand struct {
	Files      []string          `arg:"" optional:"" name:"file" help:"Files or globs with training data or events, CSV, JSON lines, compressed or not, or Parquet, also s3://bucket/key."`
	SQL        string            `name:"sql" placeholder:"DSN" help:"Read a table on this server instead: postgres://…, mysql://…, clickhouse://…, or sqlite:FILE. An address with a password is better kept in the environment."`
	Table      string            `placeholder:"TABLE" help:"Table to read, as schema.table where it needs one."`
	Labels     []string          `placeholder:"FILE" sep:"none" help:"File or glob with labels that come apart from their predictions, by id; at most ten million. Repeatable."`
	Map        map[string]string `placeholder:"FIELD=COLUMN,…" mapsep:"," help:"Columns that are called otherwise, such as label=target,score=y_pred_proba; fields are id, timestamp, model, version, prediction, score, scores, label, type. A column that no record has is an error."`
	Output     string            `short:"o" placeholder:"FILE" help:"Baseline file to write. Without it only the summary is shown."`
	ConfigFile string            `name:"config.file" placeholder:"FILE" help:"Configuration that says how to read the records."`
	Source     string            `placeholder:"NAME" help:"Source of the configuration, whose files are read if none are named. Default: all of the model's."`
	Model      string            `placeholder:"NAME" help:"Model whose events to take; not needed if there is only one."`
	Since      time.Time         `placeholder:"TIME" help:"Take events from this time on, such as 2026-11-01T00:00:00Z."`
	Until      time.Time         `placeholder:"TIME" help:"Take events before this time."`
	For        duration          `placeholder:"DURATION" help:"Take the first so long, such as 1w, from --since or the first event."`
	Bins       int               `default:"256" help:"Fine bins of numeric columns."`
	Seed       uint64            `default:"1" help:"Chooses the sample, if there are more rows than fit in it."`
}

// Help is shown above the flags.
func (profileCommand) Help() string {
	return `Reads any amount of data in bounded memory and writes what every feature and output looks like,
and with labels how good the model was. Examples:

    model_exporter profile training.csv --output baselines/fraud.json
    model_exporter profile test.csv --map label=target,prediction=y_pred,score=y_pred_proba --output fraud.json
    model_exporter profile predictions.csv --labels labels.csv --output baselines/fraud.json
    model_exporter profile 'driver_stats/*.parquet' --output baselines/drivers.json
    model_exporter profile --sql postgres://me@db/features --table driver_stats -o baselines/drivers.json
    model_exporter profile --config.file fraud.yml --model fraud --for 1w --output baselines/fraud.json

The last one makes a log's first week the baseline of a model.`
}

func (c *profileCommand) Run(ctx context.Context, stdout io.Writer) error {
	o := profile.Options{
		Paths: c.Files, Labels: c.Labels, Map: c.Map, Source: c.Source, Model: c.Model,
		Since: c.Since, Until: c.Until, For: time.Duration(c.For),
		FineBins: c.Bins, Seed: c.Seed, Output: c.Output,
		Tool: "model_exporter " + version.Version, Progress: os.Stderr,
	}
	if c.SQL != "" || c.Table != "" {
		t, err := config.TableAt(c.SQL, c.Table)
		if err != nil {
			return usageError{err}
		}
		o.SQL = t
	}
	if c.ConfigFile != "" {
		cfg, err := loadConfig(c.ConfigFile)
		if err != nil {
			return err
		}
		o.Config = cfg
	}
	summary, err := profile.Run(ctx, o)
	if errors.Is(err, profile.ErrOptions) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	return summary.Write(stdout)
}
