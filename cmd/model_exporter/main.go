// Command model_exporter serves drift, data quality and operations metrics of
// machine-learning models to Prometheus.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	_ "time/tzdata" // timezone: works in a container that has none

	"github.com/alecthomas/kong"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/common/version"

	"github.com/model-exporter/model_exporter/collector/simulate"
	"github.com/model-exporter/model_exporter/rules"
)

// The exit status.
const (
	exitFailed = 1 // the command failed, or a check found something
	exitUsage  = 2 // wrong flags or configuration
)

// usageError is one that is repaired by other flags or another configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// cli is every flag and command. Flags without a command concern all of them.
type cli struct {
	LogLevel  string      `name:"log.level" enum:"debug,info,warn,error" default:"info" help:"Least severe messages to log: debug, info, warn or error."`
	LogFormat string      `name:"log.format" enum:"logfmt,json" default:"logfmt" help:"How messages are written: logfmt or json."`
	Version   versionFlag `name:"version" help:"Print the version and exit."`

	Serve        serveCommand        `cmd:"" default:"withargs" help:"Run the exporter (the default command)."`
	Profile      profileCommand      `cmd:"" help:"Build a baseline file from training data or a log."`
	Validate     validateCommand     `cmd:"" help:"Check configuration, baselines and sources without serving."`
	Alertmanager alertmanagerCommand `cmd:"" help:"Write an Alertmanager configuration that routes alerts to people."`
	Dashboards   dashboardsCommand   `cmd:"" help:"Write Grafana dashboards."`
	Rules        rulesCommand        `cmd:"" help:"Write recording and alerting rules for Prometheus."`
	Simulate     simulateCommand     `cmd:"" help:"Write a realistic prediction log, with faults on demand."`
}

// versionFlag prints the version instead of running a command.
type versionFlag bool

func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, version.Print("model_exporter"))
	app.Exit(0)
	return nil
}

const description = `Serves drift, data quality and operations metrics of machine-learning models to Prometheus.

The least there is to type: model_exporter --tail 'logs/*.jsonl'`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run parses args, runs the command they name and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	if info, ok := debug.ReadBuildInfo(); ok && version.Version == "" {
		version.Version = info.Main.Version // of "go install"; releases set it when linking
	}
	var c cli
	parser := kong.Must(&c,
		kong.Name("model_exporter"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.PostBuild(nameVariables),
		kong.Vars{
			"rate":       strconv.Itoa(simulate.DefaultRate),
			"owner":      rules.Defaults().ExporterOwner,
			"runbooks":   rules.Defaults().RunbookURL,
			"dashboards": rules.Defaults().DashboardURL,
		},
	)
	command, err := parser.Parse(args)
	if err != nil {
		return report(stderr, usageError{hint(err, args, parser.Model)})
	}
	log := promslog.Config{Level: promslog.NewLevel(), Format: promslog.NewFormat(), Writer: stderr}
	if err := errors.Join(log.Level.Set(c.LogLevel), log.Format.Set(c.LogFormat)); err != nil {
		return report(stderr, usageError{err})
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	err = command.Run(promslog.New(&log))
	if err != nil {
		return report(stderr, err)
	}
	return 0
}

// nameVariables gives every flag its environment variable: MODEL_EXPORTER_ and
// its name, with the command between if the flag is that command's own.
func nameVariables(app *kong.Kong) error {
	for _, node := range append(app.Model.Children, app.Model.Node) {
		for _, flag := range node.Flags {
			if flag.Name == "help" || flag.Name == "version" {
				flag.Envs, flag.Tag.Envs = nil, nil // they answer and end
				continue
			}
			name := flag.Name
			if !strings.Contains(name, ".") {
				name = node.Name + "." + name
			}
			name = "MODEL_EXPORTER_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name))
			flag.Envs, flag.Tag.Envs = []string{name}, []string{name}
		}
	}
	return nil
}

// negative is what the parser says of a negative number behind a flag: it takes the
// number for flags.
var negative = regexp.MustCompile(`^(--[a-z.-]+): expected \w+ value but got "(-[0-9.]+)" \(short flag\)`)

// hint adds to an error of the command line what likely caused it.
func hint(err error, args []string, app *kong.Application) error {
	if m := negative.FindStringSubmatch(err.Error()); m != nil {
		err = fmt.Errorf("%s: %s is no positive number", m[1], m[2])
	}
	unexpected := strings.HasPrefix(err.Error(), "unexpected argument")
	switch {
	case unexpected && slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--tail") }):
		return fmt.Errorf("%w; quote the pattern, so that the shell leaves it alone: --tail 'logs/*.jsonl'", err)
	case unexpected && !strings.HasPrefix(args[0], "-"):
		var names []string
		for _, c := range app.Children {
			names = append(names, c.Name)
		}
		return fmt.Errorf("%w; the commands are %s", err, strings.Join(names, ", "))
	}
	return fmt.Errorf("%w; see model_exporter --help", err)
}

// report prints an error and returns the exit status for it.
func report(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "model_exporter: %s\n", err)
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}
