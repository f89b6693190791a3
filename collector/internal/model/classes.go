package model

import (
	"cmp"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// names numbers texts that the data chooses, classes or values of a segment, in
// order of appearance. Those beyond the limit share the code of Other: the last
// one, unless the data had that name before.
type names struct {
	limit int // codes there are, that of Other included
	list  []string
	index map[string]int
}

// code returns the code of a name, which may be new; shared tells that there was
// none left for it.
func (n *names) code(name string) (code int, shared bool) {
	if code, ok := n.index[name]; ok {
		return code, false
	}
	if n.index == nil {
		n.index = map[string]int{}
	}
	if len(n.list) < n.limit-1 {
		n.list = append(n.list, name)
		n.index[name] = len(n.list) - 1
		return len(n.list) - 1, false
	}
	other, ok := n.index[Other]
	if !ok {
		other = len(n.list)
		n.list = append(n.list, Other)
		n.index[Other] = other
	}
	return other, name != Other
}

// codeMap translates the cells of one column of a source to codes.
type codeMap struct {
	words   []int32 // by code of the column; -1 for not translated yet
	numbers []numberCode
}

type numberCode struct {
	x      float64
	isBool bool
	code   int
}

// code returns the code of a row's cell, -1 if it is no value. find numbers a
// name.
func (cm *codeMap) code(col *event.Column, row int32, find func(name string) int) int {
	switch cell := col.Cells[row]; cell {
	case event.Text:
		word := col.Codes[row]
		if word == event.Unlisted {
			return find(Other)
		}
		for len(cm.words) < len(col.Words) {
			cm.words = append(cm.words, -1)
		}
		if cm.words[word] < 0 {
			cm.words[word] = int32(find(col.Words[word]))
		}
		return int(cm.words[word])
	case event.Number, event.Bool:
		return cm.number(col.Nums[row], cell == event.Bool, find)
	default:
		return -1
	}
}

func (cm *codeMap) number(x float64, isBool bool, find func(string) int) int {
	for i := range cm.numbers {
		if n := &cm.numbers[i]; n.x == x && n.isBool == isBool {
			return n.code
		}
	}
	code := find(spellCell(x, isBool))
	if len(cm.numbers) < maxNumbers {
		cm.numbers = append(cm.numbers, numberCode{x, isBool, code})
	}
	return code
}

// class returns the code of a class by name. Where some say true and some 1, both
// are one class.
func (m *Model) class(name string) int {
	name = baseline.ClassName(name)
	if _, ok := m.classes.index[name]; !ok {
		if code, ok := m.classes.index[baseline.ClassTwin(name)]; ok {
			return code
		}
	}
	code, shared := m.classes.code(name)
	if shared {
		m.set.Dropped[LimitClasses]++
	}
	return code
}

// judge prepares the model for labels once its task is known.
func (m *Model) judge() {
	m.measure = perf.Config{Task: m.Task}
	m.calibrator = m.calibratorOf(m.Performance())
	if m.Task == catalog.Binary {
		m.measure.Positive = m.class(m.positive())
	}
	m.slim = m.measure
	m.slim.Slim = true
}

// calibratorOf returns a baseline's calibrator with the model's codes of classes:
// the model may have met them in another order. It is nil if there is none for its
// task.
func (m *Model) calibratorOf(p *baseline.Performance) *perf.Calibrator {
	if p == nil || p.Calibrator == nil || p.Task != m.Task {
		return nil
	}
	k := &perf.Calibrator{Curves: slices.Clone(p.Calibrator.Curves)}
	for i := range k.Curves {
		k.Curves[i].Class = m.class(p.Classes[k.Curves[i].Class])
	}
	slices.SortFunc(k.Curves, func(a, b perf.Curve) int { return cmp.Compare(a.Class, b.Class) })
	return k
}

// positive names the class that a binary model looks for.
func (m *Model) positive() string {
	if m.Config.PositiveClass != "" {
		return m.Config.PositiveClass
	}
	if p := m.Performance(); p != nil && p.PositiveClass != "" {
		return p.PositiveClass
	}
	if m.layout != nil {
		if i, ok := m.layout.outputs[baseline.Prediction]; ok {
			for _, name := range positives {
				if _, ok := m.layout.columns[i].words[name]; ok {
					return name
				}
			}
		}
	}
	return positives[0]
}

// positives are the classes that are positive where nothing says so, and
// opposites what stands for the other one where a log has scores and no classes.
var (
	positives = [...]string{"1", "true", "yes"}
	opposites = map[string]string{"1": "0", "true": "false", "yes": "no"}
)

// negative returns the code of the class that is not the positive one.
func (m *Model) negative() int {
	for code := range m.classes.list {
		if code != m.measure.Positive {
			return code
		}
	}
	if name, ok := opposites[m.classes.list[m.measure.Positive]]; ok {
		return m.class(name)
	}
	return m.class(Other)
}
