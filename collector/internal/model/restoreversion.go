package model

import "cmp"

func (l *loader) beginVersion(value []byte) error {
	var incomplete error
	err := l.read(value, func(c *coder) {
		var model uint64
		var name string
		c.uint(&model)
		c.text(&name)
		m := l.models[uint32(model)]
		if c.err != nil || m == nil || model>>32 > 0 || m.byName[name] != nil || len(m.Versions) >= m.meant.Limits.Versions {
			c.fail()
			return
		}
		if _, ok := l.whole[m]; !ok {
			incomplete = errNoColumns(m)
		}
		v := bareVersion(m, name, 0)
		m.addVersion(v)
		l.model, l.at = m, v
		v.fields(c)
	})
	if err = cmp.Or(incomplete, err); err != nil {
		return err
	}
	v := l.at
	v.saved.id = l.id
	if l.whole[l.model] && l.model.layout != nil {
		v.adopt(0)
		v.saved.trail = v.trail
		l.rings = v.rings()
	}
	return nil
}

func (l *loader) ofVersion(part byte, rest, value []byte) error {
	v := l.at
	switch {
	case part == partVersion && len(rest) == 0 && v == nil:
		return l.beginVersion(value)
	case v == nil:
		return errPart
	}
	switch part {
	case partColumns:
		if len(rest) > 0 || l.columns {
			return errPart
		}
		l.columns = true
		if !l.whole[l.model] && len(value) > len(l.model.layout.columns) {
			v.Columns = make([]ColumnCounts, len(l.model.layout.columns))
		}
		return l.read(value, v.columnFields)
	case partSettled:
		if len(rest) > 0 {
			return errPart
		}
		if !l.whole[l.model] {
			return nil
		}
		err := l.read(value, v.settledFields)
		v.saved.settled = len(v.newcomers.settled)
		return err
	case partPanes, partDistinct, partJoined, partJoint, partRolling:
		if !l.whole[l.model] {
			return nil
		}
		if part == partJoined && v.joined == nil {
			v.measureFrom(0)
			v.saved.joined = v.joined
			l.rings = v.rings()
		}
		for _, r := range l.rings {
			if r.part == part {
				return r.ring.restore(rest, value)
			}
		}
	}
	return errPart
}
