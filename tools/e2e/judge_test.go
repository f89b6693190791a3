package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// judge compares what was told about a run with what should have been.
func judge(t *testing.T, v *verdict, r *run, messages []*message, begin time.Time) {
	var told []*message
	for _, m := range messages {
		if r.concerns(m) {
			told = append(told, m)
			t.Logf("%s: %6.1fs %v", r.name, m.at.Sub(begin.Add(faultAt)).Seconds(), m)
		}
	}
	for _, w := range r.want {
		for _, receiver := range w.receivers {
			mine := slices.DeleteFunc(slices.Clone(told), func(m *message) bool {
				return m.alert != w.alert || m.priority != w.priority || m.receiver != receiver
			})
			v.judgeOne(r, w, receiver, mine, begin)
		}
	}
	for _, m := range told {
		if !r.expects(m) {
			v.errorf("%s: this is too much: %v", r.name, m)
		}
	}
}

func (v *verdict) judgeOne(r *run, w want, receiver string, mine []*message, begin time.Time) {
	if len(mine) == 0 {
		v.errorf("%s: %s never hears of %s %s", r.name, receiver, w.priority, w.alert)
		return
	}
	first, last := mine[0], mine[len(mine)-1]
	if first.resolved || first.at.Before(begin.Add(faultAt)) {
		v.errorf("%s: %s hears too early of %v", r.name, receiver, first)
	}
	if !last.resolved || last.at.Before(begin.Add(faultAt+faultFor)) {
		v.errorf("%s: %s hears of no end: %v", r.name, receiver, last)
	}
	for i, m := range mine[1:] {
		if mine[i].resolved && !m.resolved {
			v.errorf("%s: %s is told twice: %v", r.name, receiver, m)
		}
	}
	for _, says := range w.says {
		if !strings.Contains(first.text, says) {
			v.errorf("%s: %s is not told %q: %v", r.name, receiver, says, first)
		}
	}
}

func (r *run) expects(m *message) bool {
	if m.priority == "P2" {
		return m.receiver == "#ml-digest" && slices.Contains(r.may, "P2 "+m.alert)
	}
	return slices.ContainsFunc(r.want, func(w want) bool {
		return w.alert == m.alert && w.priority == m.priority && slices.Contains(w.receivers, m.receiver)
	}) || slices.Contains(r.may, m.priority+" "+m.alert)
}

// load tells whether the machine could keep up: Prometheus with the rules, and the
// exporters with being scraped within a second.
func load(t *testing.T, v *verdict, address string, runs []*run) {
	t.Helper()
	resp := get(t, "http://"+address+"/metrics")
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		family, _, _ := strings.Cut(name, "{")
		switch {
		case family == "prometheus_rule_evaluation_failures_total" && value != "0":
			v.errorf("%s is %s", name, value)
		case family == "prometheus_rule_group_iterations_missed_total" && value != "0":
			v.busyf("%s is %s", name, value)
		}
	}
	var failed struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	resp = get(t, "http://"+address+"/api/v1/query?query="+url.QueryEscape("count_over_time((up == 0)[10m:1s])"))
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&failed); err != nil {
		t.Error(err)
	}
	for _, r := range failed.Data.Result {
		killed := slices.ContainsFunc(runs, func(k *run) bool { return k.kill && k.address == r.Metric["instance"] })
		if !killed {
			v.busyf("%s scrapes of %s failed", r.Value[1], r.Metric["instance"])
		}
	}
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
