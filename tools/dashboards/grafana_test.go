package dashboards

import (
	"encoding/json"
	"testing"
)

const sample = `{"uid":"u","title":"T","time":{"from":"now-3h","to":"now"},
"templating":{"list":[
 {"name":"model","type":"query","query":{"query":"label_values(up, job)","refId":"A"},"multi":true,"includeAll":true,"current":{"value":["$__all"]}},
 {"name":"window","type":"custom","query":"1h, one day : 24h","current":{"value":"1h"}}]},
"annotations":{"list":[{"builtIn":1,"name":"Own"},{"name":"Firing","expr":"ALERTS"}]},
"panels":[{"type":"row","title":"Folded","collapsed":true,"panels":[
 {"type":"stat","title":"Up","targets":[{"refId":"A","expr":"up","instant":true},{"refId":"B","expr":""}]}]},
 {"type":"text","title":"Words"},{"type":"table","title":"Up","targets":[{"refId":"A","expr":"up"}]}]}`

func TestRead(t *testing.T) {
	d, err := Read([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, q := range d.Queries() {
		names = append(names, q.Name)
	}
	got, _ := json.Marshal([]any{d.Span().String(), names, d.Templating.List[0].Query, d.Templating.List[0].Current.Value, d.Templating.List[1].Fixed()})
	const want = `["3h0m0s",["Up / A","Up (2) / A","annotation Firing"],"label_values(up, job)",["$__all"],["1h","24h"]]`
	if string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := Read([]byte(`{"apiVersion":"v1"}`)); err == nil {
		t.Error("another file is a dashboard")
	}
}

// FuzzRead reads what it can without an end to the program.
func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"title":"T","panels":[{"panels":[null],"targets":[null]}],"templating":{"list":[null]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Read(b)
		if err != nil {
			return
		}
		d.Queries()
		d.Span()
		for _, v := range d.Templating.List {
			if v != nil {
				v.Selections(v.Fixed(), false)
			}
		}
	})
}

func TestSeries(t *testing.T) {
	var p Point
	var h Histogram
	if err := json.Unmarshal([]byte(`[1.5,"NaN"]`), &p); err != nil || HasData([]Series{{Points: []Point{p}}}) {
		t.Errorf("%v, %v: that is no number", p, err)
	}
	if err := json.Unmarshal([]byte(`[2,{"count":"3","sum":"4","buckets":[[0,"1","2","3"]]}]`), &h); err != nil || h.T != 2 || h.Buckets[0] != (Bucket{1, 2, 3}) {
		t.Errorf("%v, %v", h, err)
	}
	for _, bad := range []string{`[1]`, `[1,2]`, `[1,"x"]`} {
		if json.Unmarshal([]byte(bad), &p) == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// FuzzSeries reads points and histograms of whatever answers.
func FuzzSeries(f *testing.F) {
	f.Add([]byte(`[2,{"buckets":[[0,"1","2","3"]]}]`))
	f.Add([]byte(`[1.5,"NaN"]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Point
		var h Histogram
		if json.Unmarshal(b, &p) == nil && json.Unmarshal(b, &h) == nil && string(b) != "null" {
			t.Errorf("%q is a point and a histogram", b)
		}
	})
}
