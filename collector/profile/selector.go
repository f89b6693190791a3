package profile

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// selector chooses the events of one model and time.
type selector struct {
	wanted  string // model; empty for the only one
	unnamed string // model of events that name none
	found   string // the model of the events chosen
	any     bool   // one was chosen

	log         bool              // events come about in the order of time
	length      int64             // ns from the first event that are wanted; 0 for no such limit
	since       int64             // Unix ns
	until       int64             // excluded
	other       map[string]uint64 // predictions of other models, some of the names
	outside     uint64            // predictions of other times
	untimed     uint64            // predictions without a time
	predictions uint64            // of the model, whatever their time
	skipped     uint64            // labels and outcomes
	outcomes    uint64            // of them
	labels      uint64            // of them, those that can be joined

	codes []verdict // of the batch's model words
}

// verdict is what is known of a model's name.
type verdict uint8

const (
	unknown verdict = iota
	wanted
	foreign
)

// lateness is how far events of a log may be out of order: when all events of a
// batch are so much later than what is wanted, reading ends.
const lateness = int64(time.Hour)

func newSelector(o *Options, in *input) selector {
	s := selector{
		wanted: o.Model, log: o.For > 0, length: int64(o.For), since: math.MinInt64, until: math.MaxInt64,
		other: map[string]uint64{},
	}
	if !o.Since.IsZero() {
		s.since = o.Since.UnixNano()
		if o.For > 0 {
			s.until = o.Since.Add(o.For).UnixNano()
			s.length = 0
		}
	}
	if !o.Until.IsZero() {
		s.until = min(s.until, o.Until.UnixNano())
	}
	return s
}

// timed tells that only events of some time are wanted.
func (s *selector) timed() bool {
	return s.since != math.MinInt64 || s.until != math.MaxInt64 || s.length > 0
}

// choose appends the rows of the predictions that are wanted. past tells that the
// rest of a log comes after them. It is an error if there are several models and
// none was named.
func (s *selector) choose(rows []int32, b *event.Batch) (chosen []int32, past bool, err error) {
	s.codes = append(s.codes[:0], make([]verdict, len(b.Model.Words))...)
	earliest := int64(math.MaxInt64)
	for i := range b.N {
		if b.Types[i] != event.Prediction {
			s.skip(b, i)
			continue
		}
		ok, err := s.isModel(b, i)
		if err != nil {
			return rows, false, err
		}
		if !ok {
			continue
		}
		s.predictions++
		t := b.Times[i]
		if t != event.NoTime {
			earliest = min(earliest, t)
		}
		if s.isTime(t) {
			rows = append(rows, int32(i))
		}
	}
	past = s.log && earliest != math.MaxInt64 && s.until < math.MaxInt64-lateness && earliest > s.until+lateness
	return rows, past, nil
}

func (s *selector) skip(b *event.Batch, row int) {
	s.skipped++
	switch {
	case b.Types[row] == event.Outcome:
		s.outcomes++
	case len(b.ID(row)) > 0 && isValue(b.Actual.Cells[row]) && s.mayBe(b, row):
		s.labels++
	}
}

// mayBe tells whether a label may be of the model.
func (s *selector) mayBe(b *event.Batch, row int) bool {
	if s.wanted == "" || b.Model.Cells[row] != event.Text {
		return true
	}
	name, ok := b.Model.Text(row)
	return ok && name == s.wanted
}

func (s *selector) isTime(t int64) bool {
	if t == event.NoTime {
		s.untimed++
		return !s.timed()
	}
	if s.length > 0 { // the first event of the log
		if t < math.MaxInt64-s.length {
			s.until = min(s.until, t+s.length)
		}
		s.length = 0
	}
	if t < s.since || t >= s.until {
		s.outside++
		return false
	}
	return true
}

func (s *selector) isModel(b *event.Batch, row int) (bool, error) {
	name := s.unnamed
	code := event.Unlisted
	if b.Model.Cells[row] == event.Text {
		if code = b.Model.Codes[row]; code != event.Unlisted {
			if v := s.codes[code]; v == wanted {
				return true, nil
			}
			name = b.Model.Words[code]
		} else {
			name = "" // too long or too many: none that can be asked for
			return s.reject("(a name that is too long)")
		}
	}
	if s.matches(name) {
		if code != event.Unlisted {
			s.codes[code] = wanted
		}
		return true, nil
	}
	return s.reject(name)
}

// matches tells whether a name is the model's, and takes the first one if none
// was asked for.
func (s *selector) matches(name string) bool {
	if s.wanted != "" {
		return name == s.wanted
	}
	if !s.any {
		s.any, s.found = true, name
	}
	return name == s.found
}

// maxOthers bounds the names of other models.
const maxOthers = 20

func (s *selector) reject(name string) (bool, error) {
	if _, known := s.other[name]; known || len(s.other) < maxOthers {
		s.other[name]++
	}
	if s.wanted != "" {
		return false, nil
	}
	names := []string{shown(s.found), shown(name)}
	return false, optionErrorf("the events are of several models, such as %s; choose one", strings.Join(names, " and "))
}

// model returns the name of the model that was profiled.
func (s *selector) model() string {
	if s.wanted != "" {
		return s.wanted
	}
	return s.found
}

// others lists other models, the most frequent first.
func (s *selector) others() string {
	names := slices.SortedFunc(maps.Keys(s.other), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.other[b], s.other[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%s)", shown(name), grouped(s.other[name]))
	}
	return strings.Join(names, ", ")
}

func shown(model string) string {
	if model == "" {
		return "(no name)"
	}
	return fmt.Sprintf("%q", model)
}
