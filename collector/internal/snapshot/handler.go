package snapshot

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// defaultInFlight is how many scrapes run at once, as in node_exporter.
const defaultInFlight = 40

// offered are the formats a client can ask for, the best first.
var offered = []expfmt.Format{
	expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtProtoDelim, expfmt.FmtText,
}

// Option changes a handler.
type Option func(*handler)

// MaxInFlight limits the scrapes that run at once; more are answered with 503.
func MaxInFlight(n int) Option {
	return func(h *handler) { h.running = make(chan struct{}, n) }
}

// OnError is told why metrics of the registry could not be gathered. The scrape
// is answered with what there is.
func OnError(f func(error)) Option {
	return func(h *handler) { h.onError = f }
}

type handler struct {
	publisher *Publisher
	self      prometheus.Gatherer
	running   chan struct{}
	onError   func(error)
}

// Handler serves what is published, followed by the metrics of self, which are
// gathered anew for each scrape. The client chooses among text 0.0.4,
// OpenMetrics 0.0.1 and 1.0.0 and delimited protobuf (Accept), gzip and zstd
// (Accept-Encoding), and with name[] parameters single families.
func (p *Publisher) Handler(self prometheus.Gatherer, options ...Option) http.Handler {
	h := &handler{p, self, make(chan struct{}, defaultInFlight), func(error) {}}
	for _, o := range options {
		o(h)
	}
	return h
}

// ServeHTTP answers one scrape.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	default:
		http.Error(w, fmt.Sprintf("%d scrapes are running, which is the limit; try again later", cap(h.running)),
			http.StatusServiceUnavailable)
		return
	}
	pg := h.publisher.hold()
	defer pg.giveUp()
	wanted := named(r)
	if wanted != nil {
		pg = pg.only(wanted)
	}
	contentType := expfmt.NegotiateAccept(r.Header, offered...)
	enc := negotiateEncoding(r.Header.Values("Accept-Encoding"))
	body := pg.encoded(formatOf(contentType), enc).join(enc, h.end(contentType, wanted))
	size := 0
	for _, b := range body {
		size += len(b)
	}
	header := w.Header()
	header.Set("Content-Type", string(contentType))
	header.Add("Vary", "Accept")
	header.Add("Vary", "Accept-Encoding")
	if enc != identity {
		header.Set("Content-Encoding", enc.String())
	}
	header.Set("Content-Length", strconv.Itoa(size))
	for _, b := range body {
		if _, err := w.Write(b); err != nil {
			return // the client is gone
		}
	}
}

// named returns the families that a client asks for; nil for all.
func named(r *http.Request) map[string]bool {
	names := r.URL.Query()["name[]"]
	if len(names) == 0 {
		return nil
	}
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

func formatOf(contentType expfmt.Format) format {
	switch contentType.FormatType() {
	case expfmt.TypeProtoDelim:
		return formatProto
	case expfmt.TypeOpenMetrics:
		return formatOpenMetrics
	default:
		return formatText
	}
}

// end renders what follows the published part of a page.
func (h *handler) end(contentType expfmt.Format, wanted map[string]bool) []byte {
	families, err := h.self.Gather()
	if err != nil {
		h.onError(fmt.Errorf("gather the exporter's own metrics: %w", err))
	}
	var b bytes.Buffer
	enc := expfmt.NewEncoder(&b, contentType)
	for _, f := range families {
		if wanted != nil && !wanted[f.GetName()] {
			continue
		}
		if err := enc.Encode(f); err != nil {
			h.onError(fmt.Errorf("encode the exporter's own metrics: %w", err))
		}
	}
	if c, ok := enc.(expfmt.Closer); ok {
		if err := c.Close(); err != nil { // "# EOF" of OpenMetrics
			h.onError(fmt.Errorf("encode the exporter's own metrics: %w", err))
		}
	}
	return b.Bytes()
}
