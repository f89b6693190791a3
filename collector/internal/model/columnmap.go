package model

import "github.com/model-exporter/model_exporter/collector/internal/event"

// columnMap translates the columns and codes of one source to those of a model.
// Both only ever grow, so it is brought up to date when there is more than last
// time and costs nothing otherwise.
type columnMap struct {
	known    int     // batch features translated so far
	features []int32 // by model column: index of the batch feature, -1 for none
	unknown  []int32 // batch features the baseline does not have
	codes    [][]int // by model column: bin by code

	knownSegments int
	segments      []int32 // by declared segment: see segment; -1 for none
}

// fromFeatures marks a segment that is a feature of the batch.
const fromFeatures = 1 << 20

func newColumnMap(m *Model) *columnMap {
	cm := &columnMap{segments: make([]int32, len(m.Config.Segments))}
	for i := range cm.segments {
		cm.segments[i] = -1
	}
	cm.adopt(m)
	return cm
}

// adopt starts over with the columns of the model's baseline.
func (cm *columnMap) adopt(m *Model) {
	cm.known, cm.unknown = 0, nil
	if m.layout == nil {
		return
	}
	cm.codes = make([][]int, len(m.layout.columns))
	cm.features = make([]int32, len(m.layout.columns))
	for i := range cm.features {
		cm.features[i] = -1
	}
}

func (cm *columnMap) update(m *Model, b *event.Batch) {
	for ; cm.known < len(b.Features); cm.known++ {
		i, name := cm.known, b.Features[cm.known].Name
		if m.layout != nil {
			if j, ok := m.layout.features[name]; ok {
				cm.features[j] = int32(i)
			} else {
				cm.unknown = append(cm.unknown, int32(i))
			}
		}
		for j, segment := range m.Config.Segments {
			if segment == name && cm.segments[j] < 0 {
				cm.segments[j] = int32(i) | fromFeatures
			}
		}
	}
	for ; cm.knownSegments < len(b.Segments); cm.knownSegments++ {
		for j, segment := range m.Config.Segments {
			if segment == b.Segments[cm.knownSegments].Name {
				cm.segments[j] = int32(cm.knownSegments)
			}
		}
	}
}

// column returns the batch's column for column i of the model, or nil.
func (cm *columnMap) column(b *event.Batch, m *Model, i int) *event.Column {
	c := &m.layout.columns[i]
	switch {
	case !c.Output:
		if j := cm.features[i]; j >= 0 {
			return &b.Features[j]
		}
		return nil
	case c.Name == "score":
		return &b.Score
	default:
		return &b.Prediction
	}
}

func (cm *columnMap) segment(b *event.Batch, i int) *event.Column {
	if j := cm.segments[i]; j >= fromFeatures {
		return &b.Features[j&^fromFeatures]
	} else {
		return &b.Segments[j]
	}
}

// bins returns the bin of each code of column i.
func (cm *columnMap) bins(i int, c *Column, words []string) []int {
	for k := len(cm.codes[i]); k < len(words); k++ {
		cm.codes[i] = append(cm.codes[i], c.bin(words[k]))
	}
	return cm.codes[i]
}
