package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	stdgzip "compress/gzip"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// selfMetrics is a small registry of the exporter's own.
func selfMetrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "test_up", Help: "1 in tests."})
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "test_total", Help: "Of tests."}, []string{"kind"})
	c.WithLabelValues("é\n").Inc()
	g.Set(1)
	r.MustRegister(g, c)
	return r
}

func get(h http.Handler, url string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// body returns what was sent and what it is without its content encoding.
func body(t testing.TB, r *http.Response) (sent, plain []byte) {
	t.Helper()
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err = decompress(sent, r.Header.Get("Content-Encoding")); err != nil {
		t.Fatal(err)
	}
	return sent, plain
}

func decompress(sent []byte, encoding string) ([]byte, error) {
	switch encoding {
	case "gzip":
		z, err := stdgzip.NewReader(bytes.NewReader(sent))
		if err != nil {
			return nil, err
		}
		z.Multistream(false) // curl shows only the first member
		return io.ReadAll(z)
	case "zstd":
		z, err := zstd.NewReader(bytes.NewReader(sent))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return io.ReadAll(z)
	default:
		return sent, nil
	}
}

var accepts = []struct {
	name, header string
	want         expfmt.Format
}{
	{"none", "", expfmt.FmtText},
	{"browser", "text/html,application/xhtml+xml,*/*;q=0.8", expfmt.FmtText},
	{"unknown", "application/json", expfmt.FmtText},
	{"text", "text/plain;version=0.0.4", expfmt.FmtText},
	{"openmetrics 1.0.0", "application/openmetrics-text;version=1.0.0", expfmt.FmtOpenMetrics_1_0_0},
	{"openmetrics 0.0.1", "application/openmetrics-text;version=0.0.1", expfmt.FmtOpenMetrics_0_0_1},
	{"protobuf", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", expfmt.FmtProtoDelim},
	{"Prometheus 3", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
		"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		expfmt.FmtOpenMetrics_1_0_0.WithEscapingScheme(model.NoEscaping)},
	{"Prometheus 3 with native histograms", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7," +
		"application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		expfmt.FmtProtoDelim},
}

func TestEveryFormatAndEncoding(t *testing.T) {
	list, self := samples(7), selfMetrics()
	var p Publisher
	p.Publish(shardsOf(list, 3))
	h := p.Handler(self)
	own, err := self.Gather()
	if err != nil {
		t.Fatal(err)
	}
	want := append(reference(t, list), own...)
	for _, a := range accepts {
		for e := range numEncodings {
			t.Run(a.name+"/"+e.String(), func(t *testing.T) {
				r := get(h, "/metrics", "Accept", a.header, "Accept-Encoding", e.String())
				sent, plain := body(t, r)
				checkHeader(t, r, len(sent), e, a.want)
				if a.want.FormatType() == expfmt.TypeProtoDelim {
					got := decodeProto(t, plain)
					if diff := cmp.Diff(got, want, protocmp.Transform()); diff != "" {
						t.Errorf("(-got +want)\n%s", diff)
					}
					return
				}
				wantText := encodeBy(t, want, a.want)
				if a.want.FormatType() == expfmt.TypeOpenMetrics {
					wantText = append(wantText, "# EOF\n"...)
				}
				if diff := cmp.Diff(string(plain), string(wantText)); diff != "" {
					t.Errorf("(-got +want)\n%s", diff)
				}
			})
		}
	}
}

func checkHeader(t *testing.T, r *http.Response, size int, e encoding, want expfmt.Format) {
	t.Helper()
	got := expfmt.Format(r.Header.Get("Content-Type"))
	if got.FormatType() != want.FormatType() || got.Version() != want.Version() || got.ToEscapingScheme() != want.ToEscapingScheme() {
		t.Errorf("Content-Type: %s, want %s", got, want)
	}
	wantEncoding := e.String()
	if e == identity {
		wantEncoding = ""
	}
	if got := r.Header.Get("Content-Encoding"); got != wantEncoding {
		t.Errorf("Content-Encoding: %q, want %q", got, wantEncoding)
	}
	if got := r.Header.Get("Content-Length"); got != strconv.Itoa(size) {
		t.Errorf("Content-Length: %s, want %d", got, size)
	}
	if got := r.Header.Values("Vary"); !cmp.Equal(got, []string{"Accept", "Accept-Encoding"}) {
		t.Errorf("Vary: %q", got)
	}
}

func TestTextIsReadByTheClientStack(t *testing.T) {
	list := samples(8)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	got, err := parser.TextToMetricFamilies(bytes.NewReader(render(shardsOf(list, 2), formatText)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range reference(t, list) {
		if g := got[want.GetName()]; len(g.GetMetric()) != len(want.Metric) || g.GetType() != want.GetType() {
			t.Errorf("%s: %d series of type %s, want %d of type %s", want.GetName(), len(g.GetMetric()), g.GetType(),
				len(want.Metric), want.GetType())
		}
	}
}

func TestNothingPublishedYet(t *testing.T) {
	var p Publisher
	_, plain := body(t, get(p.Handler(selfMetrics()), "/metrics", "Accept-Encoding", "gzip"))
	if got := string(plain); !strings.HasPrefix(got, "# HELP test_total ") {
		t.Errorf("got %q, want the exporter's own metrics", got)
	}
}

func TestNameFilter(t *testing.T) {
	var p Publisher
	p.Publish(shardsOf(samples(9), 2))
	r := get(p.Handler(selfMetrics()), "/metrics?name[]=ml_feature_mean&name[]=test_total&name[]=unknown")
	_, plain := body(t, r)
	var names []string
	for line := range strings.Lines(string(plain)) {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			names = append(names, strings.Fields(name)[0])
		}
	}
	if want := []string{"ml_feature_mean", "test_total"}; !cmp.Equal(names, want) {
		t.Errorf("families %q, want %q", names, want)
	}
}

// The exporter's own metrics are as of the scrape, not as of the last tick.
func TestSelfIsFresh(t *testing.T) {
	var p Publisher
	p.Publish(nil)
	r := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "scrapes_total", Help: "Of tests."})
	r.MustRegister(c)
	h := p.Handler(r)
	for i := range 3 {
		if _, plain := body(t, get(h, "/metrics", "Accept-Encoding", "zstd")); !strings.Contains(string(plain), fmt.Sprintf("\nscrapes_total %d\n", i)) {
			t.Errorf("scrape %d: %q", i, plain)
		}
		c.Inc()
	}
}

func TestGatherError(t *testing.T) {
	var p Publisher
	s := NewShard()
	s.Set(s.Series(&catalog.Series), 3)
	p.Publish([]*Shard{s})
	broken := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return nil, errors.New("no /proc") })
	var got error
	r := get(p.Handler(broken, OnError(func(err error) { got = err })), "/metrics")
	_, plain := body(t, r)
	if r.StatusCode != http.StatusOK || !strings.Contains(string(plain), "\nmodel_exporter_series 3\n") {
		t.Errorf("status %d, %q: want what there is", r.StatusCode, plain)
	}
	if got == nil || got.Error() != "gather the exporter's own metrics: no /proc" {
		t.Errorf("error %v", got)
	}
}

// blocked is a client that does not read until it may.
type blocked struct {
	*httptest.ResponseRecorder
	writing chan<- struct{}
	may     <-chan struct{}
	once    sync.Once
}

func (b *blocked) Write(p []byte) (int, error) {
	b.once.Do(func() { b.writing <- struct{}{}; <-b.may })
	return b.ResponseRecorder.Write(p)
}

// A client that reads slowly gets the page it came for, and nobody waits for it.
func TestSlowClient(t *testing.T) {
	var p Publisher
	s := NewShard()
	ref := s.Series(&catalog.Series)
	s.Set(ref, 1)
	p.Publish([]*Shard{s})
	h := p.Handler(prometheus.NewRegistry(), MaxInFlight(2))
	writing, may := make(chan struct{}), make(chan struct{})
	slow := &blocked{ResponseRecorder: httptest.NewRecorder(), writing: writing, may: may}
	var done sync.WaitGroup
	done.Go(func() { h.ServeHTTP(slow, httptest.NewRequest(http.MethodGet, "/metrics", nil)) })
	<-writing
	for i := range 10 {
		s.Set(ref, float64(i+2))
		p.Publish([]*Shard{s})
		if _, plain := body(t, get(h, "/metrics")); !strings.HasSuffix(string(plain), fmt.Sprintf("\nmodel_exporter_series %d\n", i+2)) {
			t.Errorf("after publishing %d: %q", i+2, plain)
		}
	}
	close(may)
	done.Wait()
	if got := slow.Body.String(); !strings.HasSuffix(got, "\nmodel_exporter_series 1\n") {
		t.Errorf("the slow client got %q, want what was published when it came", got)
	}
}

func TestMaxInFlight(t *testing.T) {
	var p Publisher
	p.Publish(nil)
	h := p.Handler(selfMetrics(), MaxInFlight(1))
	writing, may := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		h.ServeHTTP(&blocked{ResponseRecorder: httptest.NewRecorder(), writing: writing, may: may},
			httptest.NewRequest(http.MethodGet, "/metrics", nil))
	})
	<-writing
	if got := get(h, "/metrics").StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("second scrape: %d, want 503", got)
	}
	close(may)
	done.Wait()
	if got := get(h, "/metrics").StatusCode; got != http.StatusOK {
		t.Errorf("afterwards: %d, want 200", got)
	}
}

func TestHead(t *testing.T) {
	var p Publisher
	p.Publish(shardsOf(samples(1), 1))
	srv := httptest.NewServer(p.Handler(selfMetrics()))
	defer srv.Close()
	r, err := http.Head(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK || r.ContentLength <= 0 {
		t.Errorf("status %d, length %d", r.StatusCode, r.ContentLength)
	}
}

// Every page that a scrape sees was published as a whole: all series carry the
// same number. Run with -race.
func TestConcurrentPublishAndScrape(t *testing.T) {
	const series, publications, scrapers = 200, 200, 4
	var p Publisher
	shards := []*Shard{NewShard(), NewShard()}
	var refs []Ref
	for i := range series {
		for _, s := range shards {
			refs = append(refs, s.Series(&catalog.FeatureMean, "m", "1", strconv.Itoa(i), "1h"))
		}
	}
	publish := func(n int) {
		for i, r := range refs {
			shards[i%2].Set(r, float64(n))
		}
		s := shards[n%2] // which goes on growing
		s.Set(s.Series(&catalog.FeatureMax, "m", "1", strconv.Itoa(n), "1h"), float64(n))
		p.Publish(shards)
	}
	publish(0)
	srv := httptest.NewServer(p.Handler(selfMetrics()))
	defer srv.Close()
	finished := make(chan struct{})
	var running sync.WaitGroup
	for i := range scrapers {
		running.Go(func() {
			a := accepts[3+i] // text, both OpenMetrics, protobuf
			for {
				if err := scrapeWhole(srv.URL, a.header, encoding(i%int(numEncodings)).String(), 2*series); err != nil {
					t.Error(err)
				}
				select {
				case <-finished:
					return
				default:
				}
			}
		})
	}
	for n := range publications {
		publish(n + 1)
	}
	close(finished)
	running.Wait()
}

// scrapeWhole returns an error if the means of one page are not n equal numbers.
func scrapeWhole(url, accept, encoding string, n int) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", encoding)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	plain, err := decompress(sent, r.Header.Get("Content-Encoding"))
	if err != nil {
		return err
	}
	values, err := means(plain, expfmt.Format(r.Header.Get("Content-Type")))
	if err != nil {
		return err
	}
	for v, count := range values {
		if len(values) != 1 || count != n {
			return fmt.Errorf("%s, %s: %d of %d series are %g, of %d values", accept, encoding, count, n, v, len(values))
		}
	}
	if len(values) == 0 {
		return fmt.Errorf("%s, %s: no series", accept, encoding)
	}
	return nil
}

// means counts the values of ml_feature_mean on a page.
func means(plain []byte, f expfmt.Format) (map[float64]int, error) {
	values := map[float64]int{}
	if f.FormatType() == expfmt.TypeProtoDelim {
		for r := bytes.NewReader(plain); r.Len() > 0; {
			var mf dto.MetricFamily
			if err := protodelim.UnmarshalFrom(r, &mf); err != nil {
				return nil, err
			}
			for _, m := range mf.Metric {
				if mf.GetName() == "ml_feature_mean" {
					values[m.Gauge.GetValue()]++
				}
			}
		}
		return values, nil
	}
	for line := range strings.Lines(string(plain)) {
		if strings.HasPrefix(line, "ml_feature_mean{") {
			v, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64)
			if err != nil {
				return nil, err
			}
			values[v]++
		}
	}
	return values, nil
}

// A large page's buffer is used again by the next one, a page that someone
// still reads keeps its own.
func TestBuffersAreRecycled(t *testing.T) {
	var p Publisher
	shards := shardsOf(samples(4), 1)
	bodyOf := func(pg *page) *byte { return &pg.encoded(formatText, identity).body[0] }
	p.Publish(shards)
	first := p.hold()
	a := bodyOf(first)
	first.giveUp()
	p.Publish(shards)
	second := p.hold()
	if bodyOf(second) != a {
		t.Error("the buffer of a page that nobody uses was not used again")
	}
	p.Publish(shards)
	third := p.hold()
	if bodyOf(third) == a {
		t.Error("the buffer of a page in use was used again")
	}
	second.giveUp()
	third.giveUp()
}
