package collector

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/source"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast/online"
	"github.com/model-exporter/model_exporter/collector/internal/store"
)

// stateVersion is the version of what the collector keeps in its store.
const stateVersion = 1

// What is kept where, by the first byte of the key: the models' state, the
// sources' positions and counts, the predictions that wait for labels, and samples
// of feature tables.
const (
	modelPrefix  = 'm'
	sourcePrefix = 's'
	joinPrefix   = 'j'
	samplePrefix = 't' // then the length of the source's name (uvarint), and the name
)

// checkpoint makes what was counted durable: everything that a tick changed goes
// into one batch, committed as a whole before any of it is published.
type checkpoint struct {
	durable bool // there is a folder; without one only predictions that wait are kept
	store   *store.Store
	table   *join.Table
	batch   *store.Batch
	sampled map[string]bool // sources that a sample is stored of, or is about to be
	// stuck is why batch is not committed yet. Nothing is counted meanwhile, so
	// the batch stays what it is until there is room again.
	stuck error

	up, duration, when, bytes prometheus.Gauge
}

// openCheckpoint opens the store in a folder; without one, in memory.
func openCheckpoint(dir string, o store.Options) (c *checkpoint, err error) {
	c = &checkpoint{durable: dir != ""}
	if !c.durable {
		c.store, err = store.OpenMemory()
	} else {
		c.store, err = openUnlocked(dir, o)
	}
	if err != nil {
		return nil, err
	}
	c.batch, c.sampled = c.store.Batch(), map[string]bool{}
	c.table, err = join.New(c.store, join.Options{Prefix: []byte{joinPrefix}})
	if err != nil {
		return nil, errors.Join(err, c.store.Close())
	}
	gauge := func(f *catalog.Family) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: f.Name, Help: f.Help})
	}
	c.up, c.duration = gauge(&catalog.StoreUp), gauge(&catalog.CheckpointDuration)
	c.when, c.bytes = gauge(&catalog.CheckpointTimestamp), gauge(&catalog.CheckpointBytes)
	return c, nil
}

// openUnlocked opens the store, and gives a process that is about to end the time
// to let go of it.
func openUnlocked(dir string, o store.Options) (s *store.Store, err error) {
	for wait := 10 * time.Millisecond; ; wait *= 2 {
		if s, err = store.Open(dir, stateVersion, o); !errors.Is(err, store.ErrLocked) || wait > lockPatience {
			return s, err
		}
		time.Sleep(wait)
	}
}

// lockPatience is the longest pause between two looks at a store that is locked:
// about five seconds in all.
const lockPatience = 2500 * time.Millisecond

// commit makes the batch durable.
func (c *checkpoint) commit(now time.Time) error {
	start := time.Now()
	if c.stuck = c.store.Commit(c.batch); c.stuck != nil {
		c.up.Set(0)
		return c.stuck
	}
	c.up.Set(1)
	c.duration.Set(time.Since(start).Seconds())
	c.when.Set(float64(now.UnixMilli()) / 1e3)
	c.bytes.Set(float64(c.batch.Size()))
	c.batch.Reset()
	return nil
}

// below is a store, or a batch of it, whose keys all begin with a prefix.
type below struct {
	prefix []byte
	store  *store.Store
	batch  *store.Batch
}

func (b below) key(key []byte) []byte { return slices.Concat(b.prefix, key) }

func (b below) Set(key, value []byte)       { b.batch.Set(b.key(key), value) }
func (b below) Delete(key []byte)           { b.batch.Delete(b.key(key)) }
func (b below) DeleteRange(from, to []byte) { b.batch.DeleteRange(b.key(from), b.key(to)) }

func (b below) Scan(prefix []byte, f func(key, value []byte) error) error {
	return b.store.Scan(b.key(prefix), func(key, value []byte) error { return f(key[len(b.prefix):], value) })
}

// sourceState is what is kept of a source, as JSON.
type sourceState struct {
	Positions map[string]string `json:"positions"` // At by Part, both quoted: neither need be UTF-8
	Events    map[string]uint64 `json:"events"`
	Rejected  map[string]uint64 `json:"rejected"`
	Bytes     uint64            `json:"bytes"`
	Fallbacks uint64            `json:"fallbacks"`
	Newest    int64             `json:"newest"` // Unix ns
}

// state returns what is to be kept of the source.
func (r *reader) state() sourceState {
	s := sourceState{
		Positions: map[string]string{}, Events: map[string]uint64{}, Rejected: map[string]uint64{},
		Bytes: r.counts.bytes, Fallbacks: r.counts.fallbacks, Newest: r.counts.newest,
	}
	for _, p := range r.positions {
		s.Positions[strconv.QuoteToASCII(p.Part)] = strconv.QuoteToASCII(p.At)
	}
	for t, n := range r.counts.events {
		s.Events[event.Type(t).String()] = n
	}
	for reason, n := range r.counts.rejected {
		s.Rejected[event.Reason(reason).String()] = n
	}
	return s
}

// restore makes the reader go on where the source was left.
func (r *reader) restore(s *sourceState) error {
	for part, at := range s.Positions {
		p, err := strconv.Unquote(part)
		a, err2 := strconv.Unquote(at)
		if err := errors.Join(err, err2); err != nil {
			return fmt.Errorf("position %s of source %q: %w", part, r.cfg.Name, err)
		}
		r.positions[p] = source.Position{Part: p, At: a}
	}
	for t := range r.counts.events {
		r.counts.events[t] = s.Events[event.Type(t).String()]
	}
	for reason := range r.counts.rejected {
		r.counts.rejected[reason] = s.Rejected[event.Reason(reason).String()]
	}
	r.counts.bytes, r.counts.fallbacks, r.counts.newest = s.Bytes, s.Fallbacks, s.Newest
	return nil
}

// sources reads what is kept of every source.
func (c *checkpoint) sources() (map[string]*sourceState, error) {
	all := map[string]*sourceState{}
	err := c.below(sourcePrefix).Scan(nil, func(name, value []byte) error {
		s := new(sourceState)
		if err := json.Unmarshal(value, s); err != nil {
			return fmt.Errorf("state of source %q: %w", name, err)
		}
		all[string(name)] = s
		return nil
	})
	return all, err
}

func (c *checkpoint) below(prefix ...byte) below { return below{prefix, c.store, c.batch} }

// sample is where that of a source is kept.
func (c *checkpoint) sample(source string) below {
	return c.below(append(binary.AppendUvarint([]byte{samplePrefix}, uint64(len(source))), source...)...)
}

// samples reads the sample of every source that one is kept of.
func (c *checkpoint) samples() (map[string]*online.Sample, error) {
	all := map[string]*online.Sample{}
	err := c.below(samplePrefix).Scan(nil, func(key, value []byte) error {
		size, n := binary.Uvarint(key)
		if n <= 0 || size > uint64(len(key)-n) {
			return fmt.Errorf("stored sample, key %x: it is not expected here", key)
		}
		source, rest := string(key[n:n+int(size)]), key[n+int(size):]
		if all[source] == nil {
			all[source] = new(online.Sample)
			c.sampled[source] = true
		}
		if err := all[source].Restore(rest, value); err != nil {
			return fmt.Errorf("stored sample of source %q, key %x: %w", source, rest, err)
		}
		return nil
	})
	return all, err
}

// saveSample adds to the batch what changed of a source's sample; nil if it has none.
func (c *checkpoint) saveSample(source string, s *online.Sample) {
	if s == nil {
		c.dropSample(source)
		return
	}
	s.Save(c.sample(source))
	c.sampled[source] = true
}

func (c *checkpoint) dropSample(source string) {
	if c.sampled[source] {
		c.sample(source).DeleteRange(nil, []byte{0xff})
		delete(c.sampled, source)
	}
}

// save adds to the batch what is to be kept of the source, if it changed.
func (r *reader) save(b below) error {
	if len(r.moved) == 0 {
		return nil
	}
	value, err := json.Marshal(r.state())
	if err != nil {
		return err
	}
	b.Set([]byte(r.cfg.Name), value)
	return nil
}
