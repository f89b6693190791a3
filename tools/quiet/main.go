// Command quiet counts the alerts that nobody should get: it lets simulated models
// run for days in which nothing happens, and evaluates the rule bundle over them
// with Prometheus' own rule engine.
//
// Each model has traffic with a daily rhythm, labels and outcomes that come later, a
// new version after half of the time, and a baseline of its own from the week
// before. Its log goes through the collector with the time of the log; what a scrape
// would find goes into a TSDB.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
)

func main() {
	o := options{training: 7 * day}
	flag.IntVar(&o.modelDays, "model-days", 9, "models times days")
	flag.IntVar(&o.models, "models", 1, "models of a batch: they share an exporter and a Prometheus")
	flag.IntVar(&o.parallel, "parallel", runtime.NumCPU(), "batches that run at the same time")
	flag.DurationVar(&o.span, "span", 9*day, "how long each model runs; more than eight days, or nothing is compared with last week")
	flag.Uint64Var(&o.seed, "seed", 1, "of the first model; the same seeds give the same alerts, however many batches run at a time")
	flag.Float64Var(&o.budget, "budget", 1, "global.false_alarms_per_month: P1 alerts per model")
	flag.StringVar(&o.results, "results", "", "file that each batch is added to when it is done; batches that it has are not run again")
	flag.Parse()
	debug.SetGCPercent(300) // little is held, and much is thrown away
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "quiet:", err)
		os.Exit(1)
	}
}
