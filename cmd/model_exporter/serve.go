package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
)

type serveCommand struct {
	sources
	Addresses     []string `name:"web.listen-address" default:":9877" placeholder:"ADDRESS" help:"Where to serve; :9877 unless set. Repeatable."`
	WebConfig     string   `name:"web.config.file" placeholder:"FILE" help:"TLS and authentication, as in https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md."`
	SystemdSocket bool     `name:"web.systemd-socket" help:"Serve on the sockets that systemd hands over, instead of addresses."`
	StoragePath   string   `name:"storage.path" placeholder:"DIR" help:"Folder to keep what was counted, how far the sources were read and which predictions wait for labels. A restart, also after a crash, goes on exactly there; without it everything starts anew."`
	TelemetryPath string   `name:"web.telemetry-path" default:"/metrics" placeholder:"PATH" help:"Where the metrics are; /metrics unless set."`
}

// Help is shown above the flags.
func (serveCommand) Help() string {
	return `Follows the sources and serves /metrics, an overview page on /, and health on /-/healthy and
/-/ready. SIGHUP and POST /-/reload reload the configuration. Examples:

    model_exporter serve --config.file fraud.yml --storage.path /var/lib/model_exporter
    model_exporter serve --tail '/var/log/fraud/*.jsonl' --web.listen-address localhost:9877`
}

// Validate is called by kong before Run.
func (c *serveCommand) Validate() error {
	if !strings.HasPrefix(c.TelemetryPath, "/") || c.TelemetryPath == "/" || strings.ContainsAny(c.TelemetryPath, " {}?#%") ||
		path.Clean(c.TelemetryPath) != strings.TrimSuffix(c.TelemetryPath, "/") ||
		strings.HasPrefix(c.TelemetryPath, "/-/") || strings.HasPrefix(c.TelemetryPath, "/debug/") {
		return fmt.Errorf("--web.telemetry-path: %q is taken or no path; write one such as /metrics", c.TelemetryPath)
	}
	for _, address := range c.Addresses {
		if strings.HasPrefix(address, "vsock://") {
			continue
		}
		_, port, err := net.SplitHostPort(address)
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil {
			return fmt.Errorf("--web.listen-address: %w; write one such as :9877 or localhost:9877", err)
		}
	}
	return nil
}

// Slow or silent clients do not hold connections for ever. A profile of
// /debug/pprof takes 30 seconds to write, a trace what was asked for.
const (
	headerTimeout   = 10 * time.Second
	readTimeout     = time.Minute
	writeTimeout    = 5 * time.Minute
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 5 * time.Second
)

func (c *serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if err := web.Validate(c.WebConfig); err != nil {
		return usageError{fmt.Errorf("--web.config.file: %w", err)}
	}
	hangup := make(chan os.Signal, 1) // from now on, so that an early one does not kill
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	log.Info("Starting model_exporter", "version", version.Info(), "build_context", version.BuildContext())
	o := collector.Options{Logger: log, StoragePath: c.StoragePath, TelemetryPath: c.TelemetryPath}
	if c.ConfigFile != "" {
		o.Load = func() (*config.Config, error) { return config.Load(c.ConfigFile) }
	}
	col, err := collector.New(cfg, o)
	if err != nil {
		return err
	}
	return c.serve(ctx, col, hangup, log)
}

// serve runs until ctx ends or listening does: then the sources are closed,
// what they delivered is published, and requests that are under way end.
func (c *serveCommand) serve(ctx context.Context, col *collector.Collector, hangup <-chan os.Signal, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := &http.Server{
		Handler:           col.Handler(),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
	flags := web.FlagConfig{WebListenAddresses: &c.Addresses, WebSystemdSocket: &c.SystemdSocket, WebConfigFile: &c.WebConfig}
	listening := make(chan error, 1)
	go func() {
		defer stop()
		listening <- web.ListenAndServe(server, &flags, log)
	}()
	reloading := make(chan struct{})
	go func() {
		defer close(reloading)
		reloadOnHangup(ctx, col, hangup)
	}()
	err := col.Run(ctx)
	stop()
	<-reloading
	last, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if shutdown := server.Shutdown(last); shutdown != nil {
		log.Warn("Requests were cut off", "err", shutdown)
	}
	if served := <-listening; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err == nil {
		log.Info("Stopped")
	}
	return err
}

// reloadOnHangup reloads at every SIGHUP until ctx ends. The collector logs how
// that went.
func reloadOnHangup(ctx context.Context, col *collector.Collector, hangup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			_, _ = col.Reload(ctx) // logged and counted
		}
	}
}
