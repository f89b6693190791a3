package alertmanager_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	amcommoncfg "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/pagerduty"
	"github.com/prometheus/alertmanager/notify/slack"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
)

var update = flag.Bool("update", false, "rewrite the golden messages")

const (
	driftWords = "Model fraud, version 3: features that differ from the baseline by more than chance and more than their threshold: 3. " +
		"Worst: amount (psi 0.412, threshold 0.25), merchant (psi 0.333, threshold 0.25), age<&>*tag* (psi 0.27, threshold 0.25)."
	burnWords = "2.3% of predictions of model fraud failed in the last 1h. That uses up the error budget 23 times as fast as the objective of 99.9% allows."
)

var (
	drift = firing(of("ModelFeatureDrift", "P1", "data", model.LabelSet{"model": "fraud", "model_version": "3", "model_owner": "risk-ml"}),
		"Inputs of a model no longer look like its baseline.", driftWords)
	driftV2 = firing(of("ModelFeatureDrift", "P1", "data", model.LabelSet{"model": "fraud", "model_version": "2", "model_owner": "risk-ml"}),
		"Inputs of a model no longer look like its baseline.", strings.Replace(driftWords, "version 3", "version 2", 1))
	burn = firing(of("ModelErrorBudgetBurn", "P0", "system", model.LabelSet{"model": "fraud", "model_owner": "risk-ml", "kind": "fast"}),
		"A model answers with so many errors that its availability objective will be missed.", burnWords)
	down = firing(of("ModelExporterDown", "P1", "system", model.LabelSet{"job": "model_exporter", "instance": "10.0.0.7:9877", "kind": "instance"}),
		"An exporter cannot be scraped, so its models are out of sight.",
		"Exporter 10.0.0.7:9877 of job model_exporter has not answered for 5 minutes. Alerts about its models cannot fire meanwhile.")
	stale = firing(of("ModelStale", "P2", "model", model.LabelSet{"model": "churn", "model_version": "7", "model_owner": "risk-ml"}),
		"A model was trained on data older than 90 days.", "Model churn, version 7: its training data ended 94d 2h 0m 0s ago; the limit is 90 days.")
	odd = firing(of("ModelFeatureDrift", "P1", "data", model.LabelSet{"model": "<!channel> a&b", "model_owner": "risk-ml"}),
		"Inputs of a model no longer look like its baseline.", "Worst: <!here> (psi 0.4).")
	oddDigest = firing(of("ModelStale", "P2", "model", model.LabelSet{"model": "<!channel> a&b", "model_owner": "risk-ml"}),
		"A model was trained on data older than 90 days.", "Model <!channel> a&b: its training data ended 91d ago.")
	calibration = firing(of("ModelCalibrationDegraded", "P2", "model", model.LabelSet{"model": "fraud", "model_version": "3", "model_owner": "risk-ml"}),
		"A model's scores no longer mean the probabilities that they did.",
		"Model fraud, version 3: the calibration error (ece) is 0.072 above the baseline's 0.011; the threshold is 0.05. Decisions that use scores as probabilities are off.")
)

// TestMessages sends groups of alerts through Alertmanager's own notifiers and
// compares what a receiver gets.
func TestMessages(t *testing.T) {
	many := []*alert.Alert{}
	for i := range 23 {
		many = append(many, firing(of("ModelStale", "P2", "model", model.LabelSet{"model": model.LabelValue(fmt.Sprintf("m%02d", i)), "model_owner": "risk-ml"}),
			"A model was trained on data older than 90 days.", fmt.Sprintf("Model m%02d: its training data ended 91d ago.", i)))
	}
	for name, alerts := range map[string][]*alert.Alert{
		"page": {burn}, "page_resolved": {resolved(burn)},
		"drift": {drift}, "drift_two_versions": {drift, driftV2}, "drift_one_resolved": {drift, resolved(driftV2)},
		"exporter_down": {down}, "digest": {stale, calibration}, "digest_one": {stale}, "digest_many": many, "control_characters": {odd}, "digest_control_characters": {oddDigest},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, send(t, alerts)) })
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

// send returns what every integration of the receiver gets, one after the other.
func send(t *testing.T, alerts []*alert.Alert) string {
	t.Helper()
	c := load(t, example)
	route := match(t, c, alerts[0].Labels)
	tmpl, err := template.FromGlobs(nil)
	if err != nil {
		t.Fatal(err)
	}
	tmpl.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager.example.com"}
	group := model.LabelSet{}
	for l := range route.RouteOpts.GroupBy {
		if v, ok := alerts[0].Labels[l]; ok {
			group[l] = v
		}
	}
	ctx := notify.WithGroupLabels(notify.WithReceiverName(notify.WithGroupKey(context.Background(), "group"), route.RouteOpts.Receiver), group)
	ctx = notify.WithNotificationReason(ctx, notify.ReasonFirstNotification)
	to := receiver(t, c, route.RouteOpts.Receiver)
	var out strings.Builder
	for _, s := range to.SlackConfigs {
		fmt.Fprintf(&out, "--- Slack %s\n%s\n", s.Channel, sendSlack(t, ctx, tmpl, s, alerts))
	}
	for _, p := range to.PagerdutyConfigs {
		fmt.Fprintf(&out, "--- PagerDuty %s\n%s\n", p.RoutingKeyFile, sendPagerDuty(t, ctx, tmpl, p, alerts))
	}
	for _, e := range to.EmailConfigs {
		data := notify.GetTemplateData(ctx, tmpl, alerts, slog.New(slog.DiscardHandler))
		words := notify.TmplText(tmpl, data, &err)
		fmt.Fprintf(&out, "--- E-mail %s\n%s\n\n%s", e.To, words(e.Headers["Subject"]), words(e.Text))
		if err != nil || e.HTML != "" {
			t.Errorf("e-mail: HTML %q, error %v", e.HTML, err)
		}
	}
	return out.String()
}

func sendSlack(t *testing.T, ctx context.Context, tmpl *template.Template, s *config.SlackConfig, alerts []*alert.Alert) string {
	server, received := record(t)
	s.APIURLFile = filepath.Join(t.TempDir(), "slack")
	if err := os.WriteFile(s.APIURLFile, []byte(server), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := slack.New(s, tmpl, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Notify(ctx, alerts...); err != nil {
		t.Fatal(err)
	}
	return text(t, received.Bytes())
}

func sendPagerDuty(t *testing.T, ctx context.Context, tmpl *template.Template, p *pagerduty.PagerdutyConfig, alerts []*alert.Alert) string {
	server, received := record(t)
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	copied := *p
	copied.URL = (*amcommoncfg.URL)(&amcommoncfg.URL{URL: u})
	copied.RoutingKeyFile = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(copied.RoutingKeyFile, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := pagerduty.New(&copied, tmpl, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Notify(ctx, alerts...); err != nil {
		t.Fatal(err)
	}
	return text(t, received.Bytes())
}

// record is a server that keeps the body it gets and answers as Slack does.
func record(t *testing.T) (string, *bytes.Buffer) {
	var body bytes.Buffer
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(&body, r.Body)
		if strings.Contains(r.URL.Path, "v2") || bytes.Contains(body.Bytes(), []byte("routing_key")) {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "ok")
	}))
	t.Cleanup(s.Close)
	return s.URL, &body
}

// text shows a payload with one field a line, and texts as a person sees them.
func text(t *testing.T, payload []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	var b strings.Builder
	walk(&b, "", v)
	return b.String()
}

func walk(b *strings.Builder, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			walk(b, strings.TrimPrefix(at+"."+k, "."), v[k])
		}
	case []any:
		for i, x := range v {
			walk(b, fmt.Sprintf("%s[%d]", at, i), x)
		}
	default:
		fmt.Fprintf(b, "%s: %s\n", at, strings.ReplaceAll(fmt.Sprint(v), "\n", "\n    "))
	}
}
