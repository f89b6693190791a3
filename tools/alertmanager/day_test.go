package alertmanager_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

// sent is a message: when, by which receiver and about how many alerts.
type sent struct {
	at               time.Time
	receiver         string
	firing, resolved int
}

// mailbox stands in for every integration of every receiver.
type mailbox struct {
	mu   sync.Mutex
	sent []sent
}

func (m *mailbox) Notify(ctx context.Context, alerts ...*alert.Alert) (bool, error) {
	name, _ := notify.ReceiverName(ctx)
	s := sent{at: time.Now(), receiver: name}
	for _, a := range alerts {
		if a.Resolved() {
			s.resolved++
		} else {
			s.firing++
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, s)
	return false, nil
}

// simulated runs Alertmanager's dispatcher, inhibition, time intervals and
// notification log on a clock that only the test has, and returns what was sent.
// Alerts are put there every two minutes while they fire, as Prometheus does.
// The clock starts on Saturday 2000-01-01 at midnight UTC.
func simulated(t *testing.T, c *config.Config, length time.Duration, alerts func(since time.Duration) []model.LabelSet) []sent {
	var box mailbox
	synctest.Test(t, func(t *testing.T) {
		log, recorder, registry := slog.New(slog.DiscardHandler), eventrecorder.NopRecorder(), prometheus.NewRegistry()
		store, err := mem.NewAlerts(t.Context(), 30*time.Minute, 0, nil, log, recorder, registry, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		inhibitor := inhibit.NewInhibitor(store, c.InhibitRules, log, recorder)
		go inhibitor.Run()
		defer inhibitor.Stop()
		tmpl, err := template.FromGlobs(nil)
		if err != nil {
			t.Fatal(err)
		}
		groups := marker.NewGroupMarker()
		dispatcher := dispatch.NewDispatcher(store, dispatch.NewRoute(c.Route, nil), pipeline(t, c, &box, inhibitor, groups), groups,
			func(d time.Duration) time.Duration { return d }, 30*time.Second, nil, log, recorder, nil, tmpl)
		go dispatcher.Run(time.Now())
		defer dispatcher.Stop()

		for since := time.Duration(0); since < length; since += 2 * time.Minute {
			for _, l := range alerts(since) {
				a := firing(l, "", "")
				a.StartsAt, a.EndsAt, a.UpdatedAt = time.Now(), time.Now().Add(150*time.Second), time.Now()
				if err := store.Put(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(2 * time.Minute)
		}
	})
	return box.sent
}

// pipeline is what Alertmanager does with a group that is due.
func pipeline(t *testing.T, c *config.Config, box *mailbox, inhibitor *inhibit.Inhibitor, groups marker.GroupMarker) notify.Stage {
	t.Helper()
	log, recorder, registry := slog.New(slog.DiscardHandler), eventrecorder.NopRecorder(), prometheus.NewRegistry()
	notified, err := nflog.New(nflog.Options{Retention: 120 * time.Hour, Logger: log, Metrics: registry})
	if err != nil {
		t.Fatal(err)
	}
	silences, err := silence.New(silence.Options{Retention: time.Hour, Logger: log, Metrics: registry})
	if err != nil {
		t.Fatal(err)
	}
	intervals := map[string][]timeinterval.TimeInterval{}
	for _, i := range c.TimeIntervals {
		intervals[i.Name] = i.TimeIntervals
	}
	to := map[string][]notify.Integration{}
	for _, r := range c.Receivers {
		for i, s := range r.SlackConfigs {
			to[r.Name] = append(to[r.Name], notify.NewIntegration(box, s, "test", i, r.Name))
		}
	}
	return notify.NewPipelineBuilder(registry, featurecontrol.NoopFlags{}, recorder).New(to, func() time.Duration { return 0 },
		inhibitor, silence.NewSilencer(silences, log, recorder), timeinterval.NewIntervener(intervals), groups, notified, nil)
}

// TestNight: a page comes at once and ends with its alert, without what it
// inhibits; a P1 that came and went at night is not mentioned.
func TestNight(t *testing.T) {
	got := simulated(t, load(t, example), 36*time.Hour, func(since time.Duration) []model.LabelSet {
		if since < 3*time.Hour || since >= 4*time.Hour {
			return nil
		}
		return []model.LabelSet{
			of("ModelFeatureDrift", "P1", "data", fraud("search")),
			of("ModelPerformanceDegraded", "P0", "model", fraud("search")),
			of("ModelTrafficAnomaly", "P1", "system", model.LabelSet{"model": "churn"}),
		}
	})
	three := time.Date(2000, 1, 1, 3, 0, 0, 0, time.UTC)
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	if d := got[0].at.Sub(three); got[0].receiver != "model_exporter_P0" || got[0].firing != 1 || d > 10*time.Second {
		t.Errorf("paged after %v: %+v", d, got[0])
	}
	if d := got[1].at.Sub(three); got[1].receiver != "model_exporter_P0" || got[1].resolved != 1 || d > time.Hour+3*time.Minute {
		t.Errorf("ended after %v: %+v", d, got[1])
	}
}

// TestEndWhileMuted is the limit that the README tells: Alertmanager does not
// report the end of a P1 that ends out of working hours.
func TestEndWhileMuted(t *testing.T) {
	monday := 48 * time.Hour
	got := simulated(t, load(t, example), monday+36*time.Hour, func(since time.Duration) []model.LabelSet {
		if since < monday+10*time.Hour || since >= monday+20*time.Hour {
			return nil
		}
		return []model.LabelSet{of("ModelFeatureDrift", "P1", "data", fraud("search"))}
	})
	if len(got) != 1 || got[0].firing != 1 || got[0].receiver != "model_exporter_P1" {
		t.Errorf("%+v", got)
	}
}

// TestTwoWeeks has a P2 and a P1 of one model fire all the time and a second P2
// from the second Wednesday on: one digest each working day, and one ticket a day.
func TestTwoWeeks(t *testing.T) {
	c := load(t, example)
	day := 24 * time.Hour
	got := simulated(t, c, 14*day, func(since time.Duration) []model.LabelSet {
		all := []model.LabelSet{
			of("ModelStale", "P2", "model", fraud("search")),
			of("ModelFeatureDrift", "P1", "data", fraud("search")),
		}
		if since > 11*day {
			all = append(all, of("ModelBaselineMissing", "P2", "model", fraud("search")))
		}
		return all
	})
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]map[string]int{}
	for _, s := range got {
		at := s.at.In(berlin)
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || at.Hour() < 9 || at.Hour() >= 17 {
			t.Errorf("%s was told at %v", s.receiver, at)
		}
		if count[s.receiver] == nil {
			count[s.receiver] = map[string]int{}
		}
		count[s.receiver][at.Format("Mon 02")]++
	}
	for _, receiver := range []string{"model_exporter_P1", "model_exporter_P2"} {
		if len(count[receiver]) != 10 {
			t.Errorf("%s was told on %d days, want 10", receiver, len(count[receiver]))
		}
		for day, n := range count[receiver] {
			if n != 1 {
				t.Errorf("%s was told %d times on %s", receiver, n, day)
			}
		}
	}
}
