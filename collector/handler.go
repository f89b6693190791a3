package collector

import (
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/page"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

type overviewPointer = atomic.Pointer[page.Overview]

// Handler serves the metrics, the overview page, health, reload and profiles.
func (c *Collector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+c.o.TelemetryPath, c.onceLooked(c.publisher.Handler(c.self,
		snapshot.OnError(func(err error) { c.log.Error("Serving metrics", "err", err) }))))
	mux.HandleFunc("GET /{$}", c.serveOverview)
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, "model_exporter is healthy.\n")
	})
	mux.HandleFunc("GET /-/ready", c.serveReady)
	mux.HandleFunc("POST /-/reload", c.serveReload)
	mux.HandleFunc("PUT /-/reload", c.serveReload)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client may be gone; nobody else to tell
}

// firstScrape is how long a scrape waits for the first tick: about half of the usual
// scrape_timeout.
const firstScrape = 5 * time.Second

// onceLooked serves nothing before the first tick, which comes at once and waits for
// no source. A page without models would mark their series stale for Prometheus, and
// so would a refused scrape; so it is held back for as long as the tick takes, and
// refused (up is 0) only if that is too long. Where the first state could not be
// stored, the page says that instead.
func (c *Collector) onceLooked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		late := time.NewTimer(firstScrape)
		defer late.Stop()
		select {
		case <-c.looked:
			next.ServeHTTP(w, r)
		case <-late.C:
			plain(w, http.StatusServiceUnavailable, "model_exporter has not evaluated anything yet.\n")
		case <-r.Context().Done():
		}
	})
}

// serveReady answers 200 once the first evaluation is published.
func (c *Collector) serveReady(w http.ResponseWriter, _ *http.Request) {
	if c.overview.Load() == nil {
		plain(w, http.StatusServiceUnavailable, "model_exporter has not evaluated anything yet.\n")
		return
	}
	plain(w, http.StatusOK, "model_exporter is ready.\n")
}

func (c *Collector) serveReload(w http.ResponseWriter, r *http.Request) {
	anew, err := c.Reload(r.Context())
	if err != nil {
		plain(w, http.StatusInternalServerError, "The reload was refused; the old configuration keeps running.\n"+err.Error()+"\n")
		return
	}
	text := "The configuration was reloaded.\n"
	for _, model := range anew {
		text += "Windows and bins start empty: " + model + ".\n"
	}
	plain(w, http.StatusOK, text)
}

// serveOverview writes the overview, or with ?model= and &version= one model version
// in full, or with ?all=1 all of them in short.
func (c *Collector) serveOverview(w http.ResponseWriter, r *http.Request) {
	o := c.overview.Load()
	if o == nil {
		plain(w, http.StatusServiceUnavailable, "model_exporter has not evaluated anything yet; try again in a moment.\n")
		return
	}
	q := r.URL.Query()
	choice := page.Choice{Model: q.Get("model"), Version: q.Get("version"), All: q.Has("all")}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if !o.Knows(choice) {
		w.WriteHeader(http.StatusNotFound)
	}
	if err := page.Write(w, o, choice); err != nil {
		c.log.Debug("Writing the overview page", "err", err) // mostly a client that went away
	}
}
