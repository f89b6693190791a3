// Package snapshot publishes samples. Owners keep their series in shards and
// set values as they like; Publish makes an immutable copy, and every scrape
// until the next Publish sees exactly that copy, whatever the owners do
// meanwhile and however slowly the client reads.
//
// Scrapes are nearly free: a series' name and labels are rendered once in its
// life, a page is encoded and compressed once per format between two Publish
// calls, and no scrape waits for an owner or makes one wait.
package snapshot

import (
	"math"
	"sync/atomic"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Publisher hands the latest snapshot to scrapes. The zero value has nothing
// to show yet.
type Publisher struct {
	current atomic.Pointer[page]
	spares  spares
}

// Publish replaces what scrapes see by the shards' current values. Families
// appear in the order of the catalogue, their series in the order of shards.
// The shards stay the caller's.
func (p *Publisher) Publish(shards []*Shard) {
	if old := p.current.Swap(newPage(shards, &p.spares)); old != nil {
		old.giveUp()
	}
}

// hold returns what was published last, for the caller to giveUp.
func (p *Publisher) hold() *page {
	for {
		pg := p.current.Load()
		if pg == nil {
			return newPage(nil, &p.spares)
		}
		if pg.holders.acquire() {
			return pg
		}
		// It was replaced, and given up by everyone, since we looked.
	}
}

// page is one published snapshot: its families and, as scrapes ask for them,
// their encodings.
type page struct {
	families []family
	slots    [numFormats][numEncodings]slot
	holders  holders
	spares   *spares
}

// giveUp ends the caller's use of the page and of its encodings.
func (pg *page) giveUp() {
	if pg.holders.release() {
		pg.spares.put(pg)
	}
}

// family is a metric family with at least one visible series.
type family struct {
	*catalog.Family
	parts []part
}

// part is one shard's series of a family, as they were when published.
type part struct {
	names
	values     []float64
	histograms []*Histogram
}

// newPage copies the values of shards. The caller holds the page.
func newPage(shards []*Shard, sp *spares) *page {
	n := 0
	for _, s := range shards {
		for _, t := range s.tables {
			if t != nil {
				n += len(t.values)
			}
		}
	}
	pg, values := &page{spares: sp}, make([]float64, 0, n)
	pg.holders.n.Store(1)
	for i, f := range catalog.Families {
		fam := family{Family: f}
		for _, s := range shards {
			t := s.tables[i]
			if t == nil {
				continue
			}
			from := len(values)
			values = append(values, t.values...)
			p := part{t.names, values[from:len(values):len(values)], append([]*Histogram(nil), t.histograms...)}
			if p.visible() {
				fam.parts = append(fam.parts, p)
			}
		}
		if len(fam.parts) > 0 {
			pg.families = append(pg.families, fam)
		}
	}
	return pg
}

// visible tells whether any series is.
func (p *part) visible() bool {
	for _, v := range p.values {
		if !math.IsNaN(v) {
			return true
		}
	}
	for _, h := range p.histograms {
		if h != nil {
			return true
		}
	}
	return false
}

// only returns a page of the named families, which leaves no spares.
func (pg *page) only(names map[string]bool) *page {
	out := &page{spares: &spares{}}
	for _, f := range pg.families {
		if names[f.Name] {
			out.families = append(out.families, f)
		}
	}
	return out
}
