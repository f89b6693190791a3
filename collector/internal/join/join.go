package join

import (
	"errors"
	"math/rand/v2"
)

// Key names a prediction: its model's number and 64 well mixed bits of its id.
type Key struct {
	Model uint32
	ID    uint64
}

// Storage is what a table needs of a store; reads see what was committed.
type Storage interface {
	// Get returns the value of key, appended to dst.
	Get(dst, key []byte) (value []byte, ok bool, err error)
	// Scan calls f for the keys with a prefix in ascending order. What f is
	// given is valid during the call.
	Scan(prefix []byte, f func(key, value []byte) error) error
}

// Batch is written atomically, in order. It copies what it is given.
type Batch interface {
	Set(key, value []byte)
	Delete(key []byte)
	DeleteRange(from, to []byte) // from is included, to is not
}

// Options bound a table. A zero field takes its default.
type Options struct {
	// Prefix begins every key of the table; no other user's key may begin with it.
	Prefix []byte
	// MaxPending is the most predictions held, all models together. Each costs
	// 6 to 8 bytes of memory; default 1<<26.
	MaxPending uint64
	// MaxUnsaved is the memory, in bytes, from which Full asks for a Save;
	// default 32 MiB. Save keeps as much again, and half of it to sort.
	MaxUnsaved int
	// MaxWaiting is the memory, in bytes, of the labels that wait, each with its
	// own length and waiterSize; default 128 MiB, a million short labels.
	MaxWaiting int
}

// MaxValue is the longest value of a prediction and the longest label, in bytes.
const MaxValue = 1 << 16

// The reasons for which a prediction is not held.
var (
	ErrFull    = errors.New("as many predictions wait for labels as may")
	ErrTooLong = errors.New("value is longer than 65536 bytes")
)

// Table holds predictions that wait for labels.
type Table struct {
	storage Storage
	options Options
	seed    seed
	models  map[uint32]*model
	last    *model // the model used last
	serial  uint32 // of the newest bucket of any model
	pending uint64

	young, saved *unsaved // since the last Save; what that wrote
	known        known
	waiting      waiting
	drops        []span // ranges the next Save deletes
	isNew        bool   // nothing was ever saved

	buf, key []byte
	sorter   sorter
}

// known is the prediction found last: putting it again needs no second look.
type known struct {
	key  Key
	slot int // in its model's index, -1 when nothing is known
}

// span is a half-open range of stored keys.
type span struct{ from, to []byte }

// newSeed is replaced by tests that need ids of equal hashes.
var newSeed = rand.Uint64

// New returns the table that s holds, or an empty one.
func New(s Storage, o Options) (*Table, error) {
	if o.MaxPending == 0 {
		o.MaxPending = 1 << 26
	}
	if o.MaxUnsaved == 0 {
		o.MaxUnsaved = 32 << 20
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 128 << 20
	}
	seed := seed(newSeed())
	t := &Table{
		storage: s,
		seed:    seed,
		options: o,
		models:  map[uint32]*model{},
		young:   &unsaved{seed: seed},
		saved:   &unsaved{seed: seed},
		known:   known{slot: -1},
		waiting: waiting{lists: map[Key]list{}, max: o.MaxWaiting},
	}
	return t, t.load()
}

// Pending returns the number of predictions of a model that are held.
func (t *Table) Pending(model uint32) uint64 {
	if m := t.models[model]; m != nil {
		return m.pending()
	}
	return 0
}

// Full tells that the table has so much to save that the caller should commit
// before it goes on.
func (t *Table) Full() bool { return t.young.size() >= t.options.MaxUnsaved }

// model returns a model's state, nil if there is none.
func (t *Table) model(number uint32) *model {
	if t.last == nil || t.last.number != number {
		m := t.models[number]
		if m == nil {
			return nil
		}
		t.last = m
	}
	return t.last
}

func (t *Table) addModel(number uint32) *model {
	t.last = &model{number: number}
	t.models[number] = t.last
	return t.last
}

// Forget drops everything of a model.
func (t *Table) Forget(model uint32) {
	t.drop(t.appendModel(nil, bucketKind, model))
	t.drop(t.appendModel(nil, predictionKind, model))
	t.waiting.forget(model)
	if m := t.models[model]; m != nil {
		t.pending -= m.pending()
		delete(t.models, model)
		t.last, t.known.slot = nil, -1
	}
}
