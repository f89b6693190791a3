package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// message is what somebody was told.
type message struct {
	at       time.Time
	receiver string // pagerduty, ticket, or Slack's channel
	alert    string
	priority string
	about    string // model, or address of an exporter
	resolved bool
	text     string
	key      string // of an incident, in PagerDuty
}

func (m *message) String() string {
	state := "fires"
	if m.resolved {
		state = "is resolved"
	}
	return fmt.Sprintf("%s %s to %s %s: %s", m.priority, m.alert, m.receiver, state, m.text)
}

// receivers stand in for PagerDuty, Slack and a ticket system.
type receivers struct {
	url string

	mu       sync.Mutex
	messages []*message
	errs     []error
}

func startReceivers(t *testing.T) *receivers {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receivers{url: "http://" + l.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /pagerduty", r.take(pagerduty, http.StatusAccepted, "application/json", `{"status":"success","message":"Event processed"}`))
	mux.HandleFunc("POST /slack", r.take(slack, http.StatusOK, "text/plain", "ok"))
	mux.HandleFunc("POST /ticket", r.take(ticket, http.StatusOK, "text/plain", "ok"))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return r
}

func (r *receivers) take(parse func([]byte) ([]*message, error), status int, kind, reply string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		var got []*message
		if err == nil {
			got, err = parse(body)
		}
		r.mu.Lock()
		for _, m := range got {
			m.at = time.Now()
		}
		r.messages = append(r.messages, got...)
		if err != nil {
			r.errs = append(r.errs, fmt.Errorf("%s: %w in %s", req.URL.Path, err, body))
		}
		r.mu.Unlock()
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
	}
}

func (r *receivers) all() ([]*message, []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages), slices.Clone(r.errs)
}

// pagerduty reads an event of the Events API v2.
func pagerduty(body []byte) ([]*message, error) {
	var e struct {
		Key      string `json:"routing_key"`
		Action   string `json:"event_action"`
		DedupKey string `json:"dedup_key"`
		Payload  struct {
			Summary, Source, Severity, Component, Class, Group string

			Details map[string]any `json:"custom_details"`
		}
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	p := &e.Payload
	text := fmt.Sprint(p.Details["firing"])
	if e.Action == "resolve" {
		text = fmt.Sprint(p.Details["resolved"])
	}
	switch {
	case e.Key != pagerdutyKey:
		return nil, fmt.Errorf("routing key %q", e.Key)
	case e.Action != "trigger" && e.Action != "resolve":
		return nil, fmt.Errorf("event_action %q", e.Action)
	case p.Severity != "critical" || e.DedupKey == "" || p.Source == "" || p.Summary == "":
		return nil, fmt.Errorf("severity %q, dedup_key %q, source %q, summary %q", p.Severity, e.DedupKey, p.Source, p.Summary)
	}
	return []*message{{
		receiver: "pagerduty", alert: p.Class, priority: fmt.Sprint(p.Details["priority"]), about: p.Group,
		resolved: e.Action == "resolve", key: e.DedupKey, text: p.Summary + " " + text,
	}}, nil
}

var (
	slackTitle  = regexp.MustCompile(`^\[(P\d)( resolved)?\] (\w+): (.+)$`)
	digestTitle = regexp.MustCompile(`^Daily digest: \d+ findings? for (.+)$`)
	runbook     = regexp.MustCompile(`runbooks/(\w+)\.md`)
)

// slack reads an incoming webhook. A digest is one message for each alert in it.
func slack(body []byte) (all []*message, err error) {
	var e struct {
		Channel     string
		Attachments []struct{ Title, Text string }
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	for _, a := range e.Attachments {
		if m := slackTitle.FindStringSubmatch(a.Title); m != nil {
			all = append(all, &message{receiver: e.Channel, priority: m[1], resolved: m[2] != "", alert: m[3], about: m[4], text: a.Text})
			continue
		}
		m := digestTitle.FindStringSubmatch(a.Title)
		if m == nil {
			return nil, fmt.Errorf("title %q", a.Title)
		}
		for line := range strings.Lines(a.Text) {
			if alert := runbook.FindStringSubmatch(line); alert != nil {
				all = append(all, &message{receiver: e.Channel, priority: "P2", alert: alert[1], about: m[1], text: line})
			}
		}
	}
	return all, nil
}

// ticket reads Alertmanager's own webhook.
func ticket(body []byte) (all []*message, err error) {
	var e struct {
		Alerts []struct {
			Status              string
			Labels, Annotations map[string]string
		}
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	for _, a := range e.Alerts {
		if a.Labels["priority"] != "P1" || a.Labels["severity"] != "warning" {
			return nil, fmt.Errorf("priority %q and severity %q", a.Labels["priority"], a.Labels["severity"])
		}
		about := a.Labels["model"]
		if about == "" {
			about = a.Labels["instance"]
		}
		all = append(all, &message{
			receiver: "ticket", alert: a.Labels["alertname"], priority: a.Labels["priority"], about: about,
			resolved: a.Status == "resolved", text: a.Annotations["description"],
		})
	}
	return all, nil
}
