package model

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// Reader delivers what Writers took, in the order of keys. f keeps neither keys
// nor values.
type Reader interface {
	Scan(prefix []byte, f func(key, value []byte) error) error
}

// Load takes over a stored state, before the first Apply. What cannot be taken
// over is what Inherit would not take over either, and anew tells of it. An error
// names the key; s must not be used after it.
func (s *Set) Load(r Reader) (anew []string, err error) {
	l := &loader{set: s, old: &Set{cfg: s.cfg, byName: map[string]*Model{}}, models: map[uint32]*Model{}, fresh: map[*Model]*Model{}, whole: map[*Model]bool{}}
	l.old.stored.ids = map[uint32]bool{}
	err = r.Scan(nil, func(key, value []byte) error {
		if err := l.pair(key, value); err != nil {
			return fmt.Errorf("stored model state, key %x: %w", key, err)
		}
		return nil
	})
	if err == nil {
		err = l.end()
	}
	if err != nil || l.version == 0 {
		return nil, err
	}
	return s.Inherit(l.old), nil
}

// loader builds a set like the one that was saved.
type loader struct {
	set     *Set // that will inherit
	old     *Set
	version uint64 // of the format; 0 if there is nothing

	models map[uint32]*Model // by id
	fresh  map[*Model]*Model // that inherit
	// whole tells that all of a model can be taken over. It is known once the
	// model's baseline and columns are.
	whole map[*Model]bool

	id      uint32     // at hand
	model   *Model     // at hand, or of the version at hand
	at      *Version   // at hand; nil if a model is
	columns bool       // of the version were there
	rings   []partRing // of the version, if they are taken over
}

var errPart = errors.New("it is not expected here")

func (l *loader) pair(key, value []byte) error {
	if len(key) < keyHead {
		return errPart
	}
	id, part, rest := binary.BigEndian.Uint32(key), key[keyHead-1], key[keyHead:]
	switch {
	case id == 0 && part == partSet && len(rest) == 0:
		return l.head(value)
	case l.version == 0:
		return errors.New("it comes without a format version")
	case id == 0 && part == partModel && len(rest) == 4:
		return l.addModel(binary.BigEndian.Uint32(rest), value)
	case id == 0:
		return errPart
	}
	if id != l.id {
		if err := l.begin(id); err != nil {
			return err
		}
	}
	if l.at == nil && l.model != nil {
		return l.ofModel(part, rest, value)
	}
	return l.ofVersion(part, rest, value)
}

// begin ends what was at hand and begins with what has the id.
func (l *loader) begin(id uint32) error {
	if l.id == 0 {
		l.meet()
	}
	if err := l.finish(); err != nil {
		return err
	}
	l.id, l.model, l.at, l.rings, l.columns = id, l.models[id], nil, nil, false
	l.old.stored.ids[id] = true
	l.old.stored.last = max(l.old.stored.last, id)
	return nil
}

// meet finds the models that inherit, in the order in which Inherit does.
func (l *loader) meet() {
	slices.SortFunc(l.old.Models, func(a, b *Model) int { return cmp.Compare(a.Name, b.Name) })
	for _, m := range l.old.Models {
		l.fresh[m] = l.set.named(m.Name)
	}
}

// head reads the record of the set, the first of all.
func (l *loader) head(value []byte) error {
	version, n := binary.Uvarint(value)
	switch {
	case n <= 0 || version == 0:
		return errRecord
	case version > formatVersion:
		return fmt.Errorf("version %d, this program reads versions up to %d; use the program that wrote it, or a newer one", version, formatVersion)
	}
	l.version = version
	return read(version, value[n:], l.old.fields)
}

func (l *loader) read(b []byte, f func(*coder)) error { return read(l.version, b, f) }

func (l *loader) addModel(id uint32, value []byte) error {
	var name, text string
	if err := l.read(value, func(c *coder) { identity(c, &name, &text) }); err != nil {
		return err
	}
	meant, err := decodeMeaning(text, l.set.cfg.Global.Limits)
	if err != nil {
		return err
	}
	cfg, declared := meant.config(name)
	m := (&Set{cfg: cfg, byName: map[string]*Model{}}).bareModel(name, declared)
	m.meant = meant
	if l.old.byName[name] != nil || id == 0 {
		return fmt.Errorf("model %q is there twice", name)
	}
	m.saved.id = id
	l.old.stored.ids[id] = true
	l.old.stored.last = max(l.old.stored.last, id)
	l.models[id], l.old.byName[name] = m, m
	l.old.Models = append(l.old.Models, m)
	return nil
}

func (l *loader) ofModel(part byte, rest, value []byte) error {
	m := l.model
	switch {
	case part == partBaseline && len(rest) == 0 && m.layout == nil:
		f, err := baseline.Read(bytes.NewReader(value))
		if err != nil {
			return err
		}
		m.Baseline, m.saved.baseline = f, f
		return nil
	case part == partNames && len(rest) == 0 && m.layout == nil:
		return l.layOut(m, value)
	case part == partBuilder && !l.whole[m]:
		return nil
	case part == partBuilder:
		if m.builder == nil {
			m.builder = m.newBuilder()
			m.saved.builder = m.builder
		}
		return m.builder.Restore(rest, value)
	case part == partIDs:
		return m.ids.Restore(rest, value)
	case part == partLabels && len(rest) == 0:
		return l.read(value, m.labelFields)
	case part == partLaws && len(rest) == 0:
		if !l.whole[m] {
			return nil
		}
		err := l.read(value, m.lawFields)
		for _, law := range m.laws() {
			m.saved.laws += law.Known()
		}
		return err
	case part == partPairs && len(rest) > pairKeyLen:
		if !l.whole[m] {
			return nil
		}
		return m.restorePair(rest[:pairKeyLen], rest[pairKeyLen:], value)
	}
	return errPart
}

// names lists the names of the columns.
func (m *Model) names(c *coder) {
	if !c.reading {
		columns := m.Columns()
		c.length(len(columns))
		for i := range columns {
			c.flag(&columns[i].Output)
			c.text(&columns[i].Name)
		}
		return
	}
	m.layout = &layout{}
	for range c.length(0) {
		column := Column{Moments: -1}
		c.flag(&column.Output)
		c.text(&column.Name)
		if c.err != nil {
			return
		}
		m.layout.columns = append(m.layout.columns, column)
	}
}

// layOut decides how much of m can be taken over: with the layout of the model
// that inherits everything, else what is counted by the name of a column.
func (l *loader) layOut(m *Model, value []byte) error {
	if err := l.read(value, m.names); err != nil {
		return err
	}
	columns := len(m.layout.columns)
	fresh := l.fresh[m]
	l.whole[m] = false
	if fresh == nil {
		return nil
	}
	fresh.inheritBaseline(m)
	if fresh.meaning().differs(m.meant) != "" {
		return nil
	}
	m.together = fresh.together
	if m.layout = fresh.layout; len(fresh.Columns()) != columns {
		return fmt.Errorf("%d columns, and %d with the same baseline now", columns, len(fresh.Columns()))
	}
	l.whole[m] = true
	return nil
}

// end tells whether everything was there.
func (l *loader) end() error {
	err := l.finish()
	for _, m := range l.old.Models {
		if _, ok := l.whole[m]; !ok && err == nil {
			err = errNoColumns(m)
		}
	}
	if err != nil {
		return fmt.Errorf("stored model state: %w", err)
	}
	return nil
}

func errNoColumns(m *Model) error { return fmt.Errorf("model %q: the columns are missing", m.Name) }

// finish tells whether everything of the model or version at hand was there.
func (l *loader) finish() error {
	switch {
	case l.id == 0:
		return nil
	case l.at == nil && l.model == nil:
		return errPart
	case l.at == nil && l.model.builder != nil:
		return errors.Join(l.model.builder.Restored(), l.model.restoredPairs())
	case l.at == nil:
		return l.model.restoredPairs()
	}
	if !l.columns {
		return fmt.Errorf("model %q, version %q: the columns are missing", l.model.Name, l.at.Name)
	}
	l.at.newcomers.removed = l.at.removed()
	for _, r := range l.rings {
		if err := r.ring.restored(); err != nil {
			return fmt.Errorf("model %q, version %q: %w", l.model.Name, l.at.Name, err)
		}
	}
	return nil
}
