package decode

import (
	"strconv"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxInstances bounds the events of one line.
	maxInstances = 4096
	// maxInstanceCells bounds them for wide batches, see maxCells.
	maxInstanceCells = 8 << 20
)

// instances decodes a line whose mapping splits it into one event per element of
// an array. A field is looked up in the element first and then in the record,
// where an array stands for its element of the same index. Ids that the record
// gives get the index behind a #, if there are several.
func (s *Set) instances(line []byte, offset int64) {
	t := &s.tape
	arr := s.resolve(0, s.m.instances.segs)
	if arr < 0 || t.nodes[arr].kind != array {
		s.reject(event.NoEvent, offset, nil)
		return
	}
	s.records = s.records[:0]
	end := t.nodes[arr].next
	for i := arr + 1; i < end; i = t.nodes[i].next {
		s.records = append(s.records, i)
	}
	n := len(s.records)
	if n > maxInstances || n*len(s.features.cols) > maxInstanceCells {
		s.reject(event.TooNested, offset, strconv.AppendInt([]byte("instances: "), int64(n), 10))
		return
	}
	if n == 0 {
		s.reject(event.NoEvent, offset, nil)
		return
	}
	for i, element := range s.records {
		s.startRow()
		s.planInstance(element, i)
		s.run(line)
		if n > 1 && s.idShared && len(s.row.id) > 0 {
			s.idBuf = append(append(s.idBuf[:0], s.row.id...), '#')
			s.idBuf = strconv.AppendInt(s.idBuf, int64(i), 10)
			s.row.id = s.idBuf
		}
		if !s.finishRow(offset) {
			s.undo()
		}
	}
}

// planInstance is plan for one element of the instances.
func (s *Set) planInstance(element int32, index int) {
	s.todos, s.used = s.todos[:0], s.used[:0]
	for _, f := range s.m.fields {
		n := s.resolveFirst(element, f.paths)
		if f.act == setID {
			s.idShared = n < 0
		}
		if n < 0 {
			n = s.resolveParallel(f.paths, index)
		}
		if n >= 0 {
			s.todos = append(s.todos, todo{n, step{act: f.act}})
		}
	}
	for _, g := range s.m.groups {
		if s.resolveFirst(element, g.paths) >= 0 {
			s.planGroup(element, g)
		} else if n := s.resolveParallel(g.paths, index); n >= 0 {
			s.planValues(n, g.act, g.paths[0].last())
		}
	}
	s.planInstanceFeatures(element, index)
}

// planInstanceFeatures takes the features from the element: an object's values,
// those of an object or array within it, or positional ones. Where the features'
// path is not in the element it is one of the record, parallel to the instances.
func (s *Set) planInstanceFeatures(element int32, index int) {
	f := &s.m.features
	switch s.tape.nodes[element].kind {
	case array:
		s.planArray(element, setFeature, f.Names)
		return
	case object:
		todos := len(s.todos)
		s.planFeatures(element)
		if len(s.todos) > todos || f.Auto || len(f.Path) == 0 {
			return
		}
	}
	if n := s.resolveParallel(s.m.objects, index); n >= 0 {
		if s.tape.nodes[n].kind == array {
			s.planArray(n, setFeature, f.Names)
		} else {
			s.planValues(n, setFeature, s.m.objects[0].last())
		}
		return
	}
	if s.tape.nodes[element].kind != object {
		s.planColumn(element, setFeature, []byte(firstName(f)))
	}
}

// firstName names the only feature of instances that are single values.
func firstName(f *config.Features) string {
	if len(f.Names) > 0 {
		return f.Names[0]
	}
	return "0"
}

// resolveParallel follows the first of some paths that exists in the record. On
// its way an array stands for its element of an index, unless the path goes on
// with a number.
func (s *Set) resolveParallel(paths []path, index int) int32 {
	t := &s.tape
	for i := range paths {
		n := int32(0)
		for _, seg := range paths[i].segs {
			if t.nodes[n].kind == array && seg.index < 0 {
				n = t.element(n, index)
			}
			switch {
			case n < 0:
			case t.nodes[n].kind == object:
				n = t.get(n, seg.key, &s.buf)
			case t.nodes[n].kind == array && seg.index >= 0:
				n = t.element(n, seg.index)
			default:
				n = -1
			}
			if n < 0 {
				break
			}
		}
		if n >= 0 && t.nodes[n].kind == array {
			n = t.element(n, index)
		}
		if n >= 0 {
			return n
		}
	}
	return -1
}
