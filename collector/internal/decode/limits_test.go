package decode

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

func TestNoAllocationsPerEvent(t *testing.T) {
	for format, data := range map[config.Format][]byte{
		config.JSON:      log(500, newSample().appendJSON),
		config.CSVFormat: log(500, newSample().appendCSV),
	} {
		s := mustNew(t, config.Source{Format: format})
		st := s.Stream()
		b := &event.Batch{}
		pos := 0
		decode := func() {
			b.Reset()
			if n := st.Decode(b, data[pos:], int64(1+pos), true); n != len(data)-pos {
				t.Fatalf("%s: %d of %d bytes", format, n, len(data)-pos)
			}
		}
		if format == config.CSVFormat { // the header is read once
			st.Prime(data)
			pos = strings.IndexByte(string(data), '\n') + 1
		}
		decode()
		if b.N != 500 {
			t.Fatalf("%s: %v", format, dump(b))
		}
		if n := testing.AllocsPerRun(20, decode); n > 0 {
			t.Errorf("%s: %v allocations per 500 events", format, n)
		}
	}
}

func TestLayoutsOfMixedProducersAreAllLearned(t *testing.T) {
	var sb strings.Builder
	for i := range 2000 {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&sb, `{"id":"%d","features":{"a":%d,"b":"x"},"score":0.5}`+"\n", i, i)
		case 1:
			fmt.Fprintf(&sb, `{"id": "%d", "features": {"b": "y", "a": %d}}`+"\n", i, i)
		default:
			fmt.Fprintf(&sb, `{"id":"%d","features":{"a":%d,"b":"x"},"score":0.5,"error":"timeout"}`+"\n", i, i)
		}
	}
	b := decodeAll(t, mustNew(t, config.Source{}), sb.String(), 1<<20)
	if b.N != 2000 || b.Fallbacks != 3 {
		t.Errorf("%d events, %d fallbacks", b.N, b.Fallbacks)
	}
}

// A producer whose keys have no order fills the memory of layouts. It must be
// given up for the layout of the producer that follows.
func TestLayoutsAreForgotten(t *testing.T) {
	var sb strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&sb, `{"k%d":1,"k%d":2,"k%d":3}`+"\n", i%19, 20+i%17, 40+i%13)
	}
	s := mustNew(t, config.Source{})
	decodeAll(t, s, sb.String(), 1<<16)
	if n := len(s.orders.nodes); n > maxOrderNodes {
		t.Errorf("%d nodes", n)
	}
	next := strings.Repeat(`{"id":"a","score":1}`+"\n", 3*orderPatience)
	if b := decodeAll(t, s, next, 1<<16); b.Fallbacks > orderPatience+maxOrders {
		t.Errorf("%d lines of a new layout fell back", b.Fallbacks)
	}
}

func TestMemoryOfHostileLogsIsBounded(t *testing.T) {
	events := 1_000_000
	if testing.Short() {
		events = 30_000
	}
	for name, line := range map[string]func(dst []byte, i int) []byte{
		"categories": func(dst []byte, i int) []byte {
			return fmt.Appendf(dst, `{"id":"a","features":{"a":"category-%d","b":"x"},"prediction":"class-%d"}`+"\n", i, i)
		},
		"features": func(dst []byte, i int) []byte {
			return fmt.Appendf(dst, `{"features":{"feature-%d":1}}`+"\n", i)
		},
		"models": func(dst []byte, i int) []byte {
			return fmt.Appendf(dst, `{"model":"m%d","version":"v%d","error":"e%d","segments":{"s%d":"x"},"scores":{"c%d":1},"values":{"v%d":1}}`+"\n", i, i, i, i, i, i)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustNew(t, config.Source{})
			st := s.Stream()
			b := &event.Batch{}
			var data []byte
			rows, unlisted, dropped := 0, 0, uint64(0)
			before := heap()
			for i := 0; i < events; {
				for data = data[:0]; len(data) < 1<<16 && i < events; i++ {
					data = line(data, i)
				}
				for pos := 0; pos < len(data); {
					b.Reset()
					pos += st.Decode(b, data[pos:], 1, false)
					rows += b.N
					dropped += b.DroppedFeatures
					for _, c := range b.Features {
						for _, code := range c.Codes[:min(1, b.N)] {
							if code == event.Unlisted {
								unlisted++
							}
						}
					}
				}
			}
			after := heap()
			if rows != events {
				t.Errorf("%d events", rows)
			}
			if after > before+256<<20 {
				t.Errorf("%d MiB", (after-before)>>20)
			}
			if name == "categories" && unlisted == 0 || name != "categories" && dropped == 0 {
				t.Errorf("%d unlisted, %d dropped", unlisted, dropped)
			}
			runtime.KeepAlive(s)
			runtime.KeepAlive(b)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The race detector watches: a batch's words are read while the next batch
// extends the dictionary.
func TestWordsAreReadWhileTheDictionaryGrows(t *testing.T) {
	s := mustNew(t, config.Source{})
	st := s.Stream()
	batches := make(chan *event.Batch, 4)
	var wg sync.WaitGroup
	wg.Go(func() {
		for b := range batches {
			c := &b.Features[0]
			for row := range b.N {
				if text, _ := c.Text(row); text != fmt.Sprint("c", b.ID(row)[0]) {
					t.Errorf("id %q has %q", b.ID(row), text)
				}
			}
		}
	})
	for i := range 200 {
		b := &event.Batch{}
		line := fmt.Sprintf(`{"id":"%c","features":{"a":"c%d"}}`+"\n", 'A'+i%26, 'A'+i%26)
		st.Decode(b, []byte(line+line), 0, false)
		batches <- b
	}
	close(batches)
	wg.Wait()
}

func TestRecycledBatchesGetNewColumns(t *testing.T) {
	s := mustNew(t, config.Source{})
	st := s.Stream()
	a, b := &event.Batch{}, &event.Batch{}
	st.Decode(a, []byte(`{"features":{"x":1}}`+"\n"), 0, false)
	st.Decode(b, []byte(`{"features":{"y":"t"},"segments":{"s":"u"},"scores":{"1":0.5},"values":{"v":1}}`+"\n"), 0, false)
	a.Reset()
	st.Decode(a, []byte(`{"features":{"x":2}}`+"\n"), 0, false)
	if got := len(a.Features) + len(a.Segments) + len(a.Scores) + len(a.Values); got != 5 {
		t.Fatalf("%d columns", got)
	}
	if got := dump(a); len(got) != 1 || got[0] != "prediction x=2" {
		t.Errorf("%v", got)
	}
	if words := a.Features[1].Words; len(words) != 1 || words[0] != "t" {
		t.Errorf("words %v", words)
	}
}

func TestDecodeStopsAtTheRowLimit(t *testing.T) {
	in := []byte(strings.Repeat(`{"score":1}`+"\n", 3*maxRows))
	s := mustNew(t, config.Source{})
	st := s.Stream()
	b := &event.Batch{}
	n := st.Decode(b, in, 0, false)
	if b.N != maxRows || n != maxRows*12 {
		t.Errorf("%d rows of %d bytes", b.N, n)
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := New(config.Source{Name: "log", Format: "xml"}, config.Limits{}); err == nil || err.Error() != `source "log": format "xml" is unknown` {
		t.Errorf("got %v", err)
	}
}
