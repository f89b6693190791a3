package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/tools/running"
)

const pagerdutyKey = "0123456789abcdef0123456789abcdef"

// What runs programs is shared with the test of the dashboards.
var (
	start       = running.Start
	command     = running.Command
	freeAddress = running.FreeAddress
	waitReady   = running.WaitReady
	write       = running.Write
)

const exporterConfig = `
global:
  evaluation_interval: 1s
  windows: [1m, 24m]
  lateness: 5s
  false_alarms_per_month: 60   # a month is half a day here
sources:
  - name: log
    file: { paths: ["*.jsonl"], poll_interval: 200ms }
models:
  - name: %[1]s
    task: binary
    positive_class: "1"
    owner: %[1]s
    tier: critical
    sources: [log]
    baseline: { training: ../baseline.json }
    label_horizon: 12h
    objectives:
      availability: 0.99
      latency: { threshold: 200ms, ratio: 0.95 }
    features:
      amount: { importance: high, range: [0, 50000], sentinels: [-999] }
      ip_risk: { importance: high, range: [0, 1], sentinels: [-1, -999] }
      device_trust: { importance: high, range: [0, 1], sentinels: [-1, -999] }
    kpis: { revenue: { sum: values.revenue } }
`

// startExporter starts, or starts again, what monitors the model of a run.
func startExporter(t *testing.T, dir string, r *run) {
	t.Helper()
	own := filepath.Join(dir, r.name)
	args := []string{"serve", "--config.file", "config.yml", "--web.listen-address", r.address}
	if r.kill {
		args = append(args, "--storage.path", "storage")
	}
	r.exporter = start(t, own, "exporter", os.Getenv("MODEL_EXPORTER"), args...)
}

const prometheusConfig = `
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting:
  alertmanagers: [{ static_configs: [{ targets: [%q] }] }]
scrape_configs:
  - job_name: model_exporter
    static_configs: [{ targets: [%s] }]
`

// startPrometheus starts it with the generated rules, in shorter times, and what
// it would know of the past.
func startPrometheus(t *testing.T, dir, alertmanager string, runs []*run) (address string) {
	t.Helper()
	address = freeAddress(t)
	command(t, dir, os.Getenv("MODEL_EXPORTER"), "rules", "--output", "bundle.yml")
	bundle, err := os.ReadFile(filepath.Join(dir, "bundle.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "rules.yml"), scaled(string(bundle)))
	command(t, dir, os.Getenv("PROMTOOL"), "check", "rules", "rules.yml")
	var targets []string
	for _, r := range runs {
		targets = append(targets, fmt.Sprintf("%q", r.address))
	}
	write(t, filepath.Join(dir, "prometheus.yml"), fmt.Sprintf(prometheusConfig, alertmanager, strings.Join(targets, ", ")))
	start(t, dir, "prometheus", os.Getenv("PROMETHEUS"), "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
		"--web.listen-address="+address, "--query.lookback-delta="+shortened(5*time.Minute),
		"--rules.alert.resend-delay="+shortened(time.Minute), "--log.level=warn")
	waitReady(t, "http://"+address+"/-/ready")
	return address
}

const routing = `
pagerduty_key_file: %[1]s/pagerduty
slack_url_file: %[1]s/slack
slack_channel: "#ml-alerts"
digest_channel: "#ml-digest"
ticket_url_file: %[1]s/ticket
time_zone: UTC
working_days: sunday:saturday
working_hours: 00:00-24:00
teams:
  - owner: concept
    slack_channel: "#concept-team"
  - component: business
    slack_channel: "#revenue"
`

// clock is a time of day in the configuration of Alertmanager: working hours and
// the hour of the digest last all day here.
var clock = regexp.MustCompile(`(start|end)_time: "[0-9:]+"`)

func startAlertmanager(t *testing.T, dir, receivers string) (address string) {
	t.Helper()
	address = freeAddress(t)
	write(t, filepath.Join(dir, "pagerduty"), pagerdutyKey)
	write(t, filepath.Join(dir, "slack"), receivers+"/slack")
	write(t, filepath.Join(dir, "ticket"), receivers+"/ticket")
	write(t, filepath.Join(dir, "routing.yml"), fmt.Sprintf(routing, dir))
	config := scaled(command(t, dir, os.Getenv("MODEL_EXPORTER"), "alertmanager", "routing.yml"))
	config = clock.ReplaceAllStringFunc(config, func(s string) string {
		if strings.HasPrefix(s, "start") {
			return `start_time: "00:00"`
		}
		return `end_time: "24:00"`
	})
	write(t, filepath.Join(dir, "alertmanager.yml"), "global: { pagerduty_url: "+receivers+"/pagerduty }\n"+config)
	start(t, dir, "alertmanager", os.Getenv("ALERTMANAGER"), "--config.file=alertmanager.yml", "--storage.path=alertmanager",
		"--web.listen-address="+address, "--cluster.listen-address=", "--log.level=warn")
	waitReady(t, "http://"+address+"/-/ready")
	return address
}
