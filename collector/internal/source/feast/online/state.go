package online

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// formatVersion is of what Save writes; FORMAT.md describes it. Every earlier one
// can be restored for ever.
const formatVersion = 1

// The parts of a stored sample, by the first byte of the key. No number is used for
// anything else again.
const (
	partHead = 0
	partRow  = 1
	partEnd  = 0xff // behind all parts
)

// How a value is stored. No number is used for anything else again.
const (
	storedMissing = iota
	storedNumber
	storedFalse
	storedTrue
	storedText
	storedUnknown // it was not kept, so it cannot be compared
)

// Writer takes changes of the stored sample. It keeps neither keys nor values.
type Writer interface {
	Set(key, value []byte)
	Delete(key []byte)
	DeleteRange(from, to []byte) // without to
}

// saved is what is known of the stored sample.
type saved struct {
	begun   bool     // it is that of this sample
	changed bool     // some rows since
	dropped []string // keys of stored rows that are no longer in the sample
	scratch []byte
}

// Save writes what changed since the last Save, at first everything, in place of
// what was stored before. What it wrote must be durable before it is called again,
// or become so with what the next call writes.
func (s *Sample) Save(w Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.saved.begun {
		w.DeleteRange([]byte{partHead}, []byte{partEnd})
		w.Set([]byte{partHead}, s.appendHead(nil))
		s.saved.begun, s.saved.changed = true, true
	}
	if !s.saved.changed {
		return
	}
	key := []byte{partRow}
	for _, k := range s.saved.dropped {
		w.Delete(append(key[:1], k...))
	}
	for _, k := range s.kept {
		if k.row.changed {
			s.saved.scratch = k.row.appendTo(s.saved.scratch[:0])
			w.Set(append(key[:1], k.key...), s.saved.scratch)
			k.row.changed, k.row.stored = false, true
		}
	}
	s.saved.changed, s.saved.dropped = false, s.saved.dropped[:0]
}

// Restore takes back what Save wrote, pair by pair in the order of keys. The sample
// is of a view that has only what Inherit compares.
func (s *Sample) Restore(key, value []byte) error {
	switch {
	case len(key) == 1 && key[0] == partHead && s.view == nil:
		return s.restoreHead(value)
	case s.view == nil:
		return errors.New("it comes without a format version")
	case len(key) > 0 && key[0] == partRow:
		return s.restoreRow(string(key[1:]), value)
	}
	return errPart
}

var (
	errPart   = errors.New("it is not expected here")
	errRecord = errors.New("the record is damaged")
)

// Inherit takes over the rows of another sample, which stays as it is. If they
// cannot be rows of this one, it stays empty, and why says so.
func (s *Sample) Inherit(old *Sample) (why string) {
	if why = meaningOf(s.view).differs(meaningOf(old.view)); why != "" {
		return why
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin(s.view, old.seed)
	s.kept = slices.Clone(old.kept)
	for i := range s.kept {
		k := &s.kept[i]
		r := *k.row
		r.values = slices.Clone(r.values)
		k.row, s.rows[k.key] = &r, &r
	}
	s.saved = saved{begun: old.saved.begun, changed: old.saved.changed, dropped: slices.Clone(old.saved.dropped)}
	return ""
}

// meaning is what the rows of a sample depend on. It is stored with them as JSON,
// so that a restart can tell what is different, like a reload.
type meaning struct {
	Project  string   `json:"project,omitempty"`
	View     string   `json:"view"`
	Keys     []column `json:"keys"`
	Features []column `json:"features"`
	Created  string   `json:"created,omitempty"`
	Sample   int      `json:"sample"`
}

type column struct {
	Name string `json:"name"` // in the table
	As   string `json:"as"`   // in the view
	Type int    `json:"type"`
}

func meaningOf(v *config.View) *meaning {
	return &meaning{v.Project, v.Name, columnsOf(v.Keys), columnsOf(v.Features), v.Created, v.Sample}
}

func columnsOf(all []config.Column) []column {
	columns := make([]column, len(all))
	for i, c := range all {
		columns[i] = column{c.Name, c.As, c.Type}
	}
	return columns
}

// differs says why rows of old cannot be those of a; empty if they can.
func (a *meaning) differs(old *meaning) string {
	switch {
	case a.Project != old.Project || a.View != old.View:
		return "another feature view"
	case !slices.Equal(a.Keys, old.Keys):
		return "other join keys"
	case !slices.Equal(a.Features, old.Features):
		return "other features"
	case a.Created != old.Created:
		return "another column of creation times"
	case a.Sample != old.Sample:
		return "another sample size"
	}
	return ""
}

// view is the part of a feature view that a describes.
func (a *meaning) view() *config.View {
	v := &config.View{Project: a.Project, Name: a.View, Created: a.Created, Sample: a.Sample}
	for _, c := range a.Keys {
		v.Keys = append(v.Keys, config.Column{Name: c.Name, As: c.As, Type: c.Type})
	}
	for _, c := range a.Features {
		v.Features = append(v.Features, config.Column{Name: c.Name, As: c.As, Type: c.Type})
	}
	return v
}

func (s *Sample) appendHead(b []byte) []byte {
	text, err := json.Marshal(meaningOf(s.view))
	if err != nil {
		panic("online: " + err.Error()) // texts and numbers only
	}
	b = binary.AppendUvarint(b, formatVersion)
	b = binary.LittleEndian.AppendUint64(b, s.seed)
	return append(b, text...)
}

func (s *Sample) restoreHead(b []byte) error {
	version, n := binary.Uvarint(b)
	switch {
	case n <= 0 || version == 0:
		return errRecord
	case version > formatVersion:
		return fmt.Errorf("version %d, this program reads versions up to %d; use the program that wrote it, or a newer one", version, formatVersion)
	case len(b) < n+8:
		return errRecord
	}
	var m meaning
	if err := json.Unmarshal(b[n+8:], &m); err != nil {
		return err
	}
	s.begin(m.view(), binary.LittleEndian.Uint64(b[n:]))
	s.saved.begun = version == formatVersion
	return nil
}

func (s *Sample) restoreRow(key string, b []byte) error {
	switch {
	case strings.Count(key, config.KeySeparator) != len(s.view.Keys)-1, s.rows[key] != nil, len(s.kept) >= s.view.Sample:
		return errPart
	case len(b) < 16+len(s.view.Features): // so nobody makes room for what cannot come
		return errRecord
	}
	r := newRow(key, int64(binary.LittleEndian.Uint64(b)), len(s.view.Features))
	r.created = math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))
	b = b[16:]
	for i := range r.values {
		var ok bool
		if r.values[i], b, ok = cutValue(b); !ok {
			return errRecord
		}
	}
	if len(b) > 0 {
		return errRecord
	}
	r.changed, r.stored = !s.saved.begun, true
	s.insert(kept{s.hash([]byte(key)), key, r})
	return nil
}

func (r *row) appendTo(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(r.time))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.created))
	for i := range r.values {
		b = r.values[i].appendTo(b)
	}
	return b
}

func (v *value) appendTo(b []byte) []byte {
	switch v.cell {
	case event.Number:
		return binary.LittleEndian.AppendUint64(append(b, storedNumber), math.Float64bits(v.num))
	case event.Bool:
		if v.num == 0 {
			return append(b, storedFalse)
		}
		return append(b, storedTrue)
	case event.Text:
		return append(binary.AppendUvarint(append(b, storedText), uint64(len(v.text))), v.text...)
	case event.Nested:
		return append(b, storedUnknown)
	}
	return append(b, storedMissing)
}

// cutValue reads what appendTo wrote, and returns what is behind it.
func cutValue(b []byte) (v value, rest []byte, ok bool) {
	if len(b) == 0 {
		return value{}, nil, false
	}
	kind, b := b[0], b[1:]
	switch kind {
	case storedMissing:
		return value{}, b, true
	case storedNumber:
		if len(b) < 8 {
			return value{}, nil, false
		}
		return value{cell: event.Number, num: math.Float64frombits(binary.LittleEndian.Uint64(b))}, b[8:], true
	case storedFalse, storedTrue:
		return value{cell: event.Bool, num: float64(kind - storedFalse)}, b, true
	case storedText:
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return value{}, nil, false
		}
		b = b[k:]
		return value{cell: event.Text, text: string(b[:n])}, b[n:], true
	case storedUnknown:
		return value{cell: event.Nested}, b, true
	}
	return value{}, nil, false
}
