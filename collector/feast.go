package collector

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast"
)

// discoverTimeout is how long the registries of all feature stores may take.
const discoverTimeout = time.Minute

func discoverAll(ctx context.Context, cfg *config.Config) (feast.Found, error) {
	ctx, cancel := context.WithTimeout(ctx, discoverTimeout)
	defer cancel()
	return feast.DiscoverAll(ctx, cfg)
}

// discoverAndPrepare prepares what runs first. A registry that cannot be reached is
// waited for by its source; a repository that is wrong has to be repaired.
func (c *Collector) discoverAndPrepare(cfg *config.Config) (*prepared, error) {
	found, err := discoverAll(context.Background(), cfg)
	var wrong *feast.RepoError
	switch {
	case errors.As(err, &wrong):
		return nil, err
	case err != nil:
		c.log.Warn("Feature stores without a registry are not monitored until it can be read", "err", err)
	}
	return c.prepare(cfg, found)
}

// discovered is what the registry of a Feast source holds now.
type discovered struct {
	source string
	found  *feast.Discovery
	done   chan error
}

// rediscovered returns how a Feast source hands over what it found anew.
func (c *Collector) rediscovered(source string) func(context.Context, *feast.Discovery) error {
	return func(ctx context.Context, found *feast.Discovery) error {
		d := discovered{source, found, make(chan error, 1)}
		select {
		case c.changed <- d:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case err := <-d.done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// takeOver sets up the tables that a registry has now, and gives up those that it
// had before.
func (c *Collector) takeOver(ctx context.Context, d discovered) error {
	found := maps.Clone(c.found)
	if found == nil {
		found = feast.Found{}
	}
	found[d.source] = d.found
	anew, err := c.change(ctx, c.written, found)
	for _, model := range anew {
		c.log.Warn("Windows and bins of a model start empty and fill with new events", "model", model)
	}
	return err
}
