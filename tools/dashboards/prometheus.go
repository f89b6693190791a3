package dashboards

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// API asks a Prometheus what Grafana asks it.
type API struct {
	base string
	http http.Client
}

// NewAPI is for the Prometheus at an address such as http://localhost:9090.
func NewAPI(address string) *API { return &API{base: strings.TrimSuffix(address, "/")} }

// Series is one line of a result.
type Series struct {
	Labels     map[string]string
	Points     []Point
	Histograms []Histogram // of a native histogram, instead of points
}

// String writes the name and labels as Prometheus does.
func (s Series) String() string {
	var labels []string
	for name, value := range s.Labels {
		if name != "__name__" {
			labels = append(labels, fmt.Sprintf("%s=%q", name, value))
		}
	}
	slices.Sort(labels)
	return s.Labels["__name__"] + "{" + strings.Join(labels, ",") + "}"
}

// Point is a value and its Unix time in seconds.
type Point struct{ T, V float64 }

// UnmarshalJSON reads [time, "value"].
func (p *Point) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &[]any{&p.T, &text}); err != nil {
		return err
	}
	var err error
	p.V, err = strconv.ParseFloat(text, 64)
	return err
}

// Histogram is a native histogram at a Unix time in seconds.
type Histogram struct {
	T       float64
	Buckets []Bucket
}

// Bucket is how many values are between two bounds.
type Bucket struct{ From, To, Count float64 }

// UnmarshalJSON reads [time, {"buckets": [[rule, "from", "to", "count"], ...]}].
func (h *Histogram) UnmarshalJSON(b []byte) error {
	var body struct{ Buckets [][4]any }
	if err := json.Unmarshal(b, &[]any{&h.T, &body}); err != nil {
		return err
	}
	for _, row := range body.Buckets {
		var x [3]float64
		for i := range x {
			text, _ := row[i+1].(string)
			var err error
			if x[i], err = strconv.ParseFloat(text, 64); err != nil {
				return err
			}
		}
		h.Buckets = append(h.Buckets, Bucket{x[0], x[1], x[2]})
	}
	return nil
}

// HasData tells whether there is a number to draw.
func HasData(all []Series) bool {
	for _, s := range all {
		if len(s.Histograms) > 0 {
			return true
		}
		for _, p := range s.Points {
			if !math.IsNaN(p.V) {
				return true
			}
		}
	}
	return false
}

// get asks for a path below /api/v1 and decodes the data of the answer.
func (a *API) get(ctx context.Context, path string, values url.Values, data any) error {
	// By POST, as Grafana does: expressions are longer than addresses may be. Only
	// label values are to be had by GET alone.
	method, address, body := http.MethodPost, a.base+"/api/v1/"+path, values.Encode()
	if strings.HasPrefix(path, "label/") {
		method, address, body = http.MethodGet, address+"?"+body, ""
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("%s: %s: %w", path, resp.Status, err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s: %s", path, cmp.Or(answer.Error, resp.Status))
	}
	return json.Unmarshal(answer.Data, data)
}

// Query evaluates an expression at one time.
func (a *API) Query(ctx context.Context, expr string, at time.Time) ([]Series, error) {
	return a.query(ctx, "query", url.Values{"query": {expr}, "time": {stamp(at)}})
}

// QueryRange evaluates an expression at every step of a range of time.
func (a *API) QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) ([]Series, error) {
	return a.query(ctx, "query_range", url.Values{"query": {expr}, "start": {stamp(from)}, "end": {stamp(to)},
		"step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)}})
}

func (a *API) query(ctx context.Context, path string, values url.Values) ([]Series, error) {
	var data struct {
		ResultType string
		Result     json.RawMessage
	}
	if err := a.get(ctx, path, values, &data); err != nil {
		return nil, err
	}
	if data.ResultType == "scalar" {
		var p Point
		err := json.Unmarshal(data.Result, &p)
		return []Series{{Points: []Point{p}}}, err
	}
	var result []struct {
		Metric     map[string]string
		Value      *Point
		Values     []Point
		Histogram  *Histogram
		Histograms []Histogram
	}
	if err := json.Unmarshal(data.Result, &result); err != nil {
		return nil, err
	}
	all := make([]Series, len(result))
	for i, r := range result {
		all[i] = Series{r.Metric, r.Values, r.Histograms}
		if r.Value != nil {
			all[i].Points = []Point{*r.Value}
		}
		if r.Histogram != nil {
			all[i].Histograms = []Histogram{*r.Histogram}
		}
	}
	return all, nil
}

// LabelValues lists the values of a label, of the series that a selector matches or,
// if it is empty, of all.
func (a *API) LabelValues(ctx context.Context, label, selector string, from, to time.Time) (values []string, err error) {
	v := url.Values{"start": {stamp(from)}, "end": {stamp(to)}}
	if selector != "" {
		v.Set("match[]", selector)
	}
	err = a.get(ctx, "label/"+url.PathEscape(label)+"/values", v, &values)
	return values, err
}

func stamp(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }
