package model

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// measures tells whether the version keeps sums about how good it is: if labels
// are expected, or if its scores tell by themselves.
func (v *Version) measures(b *event.Batch, rows []int32) bool {
	m := v.Model
	if v.joined != nil || !m.measured() {
		return v.joined != nil
	}
	return m.waits() || m.Baseline != nil && m.Baseline.Performance != nil ||
		count(b.Actual.Cells, rows, event.Absent) < len(rows)
}

// measureFrom begins to keep sums.
func (v *Version) measureFrom(end int64) {
	g := &v.Model.set.cfg.Global
	v.joined = window.New(v.joinedOps(), g.Windows, window.PanesPerWindow, g.Lateness)
	v.joined.Advance(end)
}

// follows moves the end of the sums to where a batch puts it.
func (v *Version) follows(b *event.Batch) {
	end := b.Arrival
	if v.Model.set.cfg.Global.Time == config.EventTime {
		end = v.LastEvent
	}
	if v.joined == nil {
		v.measureFrom(end)
	}
	v.joined.Advance(end)
}

// predict adds predictions to their panes.
func (v *Version) predict(b *event.Batch, rows []int32, ms *modelSource) {
	m := v.Model
	m.set.pending.reset()
	s := m.set.pending.add()
	var j *Joined
	from, to := int64(0), int64(0)
	for _, r := range rows {
		v.said(s, b, r, ms)
		if j == nil || s.at < from || s.at >= to {
			slot, _ := v.joined.Slot(s.at)
			from, to = v.joined.Span(slot)
			j = v.joined.Pane(slot)
		}
		j.All.Predict(&m.measure, &s.said)
		for i, value := range s.segments {
			if value > 0 {
				j.segment(i, int(value)-1).Predict(&m.slim, &s.said)
			}
		}
	}
}

// refusePredictions rejects predictions of a regression that are no numbers.
func (m *Model) refusePredictions(b *event.Batch, rows []int32) {
	c := &b.Prediction
	if m.Task != catalog.Regression || count(c.Cells, rows, event.Number) == len(rows) {
		return
	}
	for _, r := range rows {
		if c.Cells[r] > event.Null && c.Cells[r] != event.Number {
			b.Refuse(event.BadPrediction, int(r), c)
		}
	}
}

// said sets s to what the version said in a row.
func (v *Version) said(s *scored, b *event.Batch, row int32, ms *modelSource) {
	m := v.Model
	s.version, s.windows, s.at = v.key, m.era.windows, m.set.at[row]
	s.said.Class, s.said.Scores, s.said.Value = -1, s.said.Scores[:0], math.NaN()
	switch m.Task {
	case catalog.Regression:
		if b.Prediction.Cells[row] == event.Number {
			s.said.Value = b.Prediction.Nums[row]
		}
	case catalog.Binary:
		v.saidBinary(s, b, row, ms)
	case catalog.Multiclass:
		s.said.Class = ms.predicted.code(&b.Prediction, row, m.class)
		s.said.Scores = ms.scores(s.said.Scores, m, b, row, s.said.Class)
	}
	s.segments = s.segments[:0]
	for i := range m.Config.Segments {
		s.segments = append(s.segments, ms.segmentValue(m, b, i, row))
	}
}

// saidBinary reads class and score. A log may have either, or a probability for
// the prediction.
func (v *Version) saidBinary(s *scored, b *event.Batch, row int32, ms *modelSource) {
	m := v.Model
	score := math.NaN()
	if b.Score.Cells[row] == event.Number {
		score = b.Score.Nums[row]
	} else if i := ms.scoreOf(m, b, m.measure.Positive); i >= 0 && b.Scores[i].Cells[row] == event.Number {
		score = b.Scores[i].Nums[row]
	}
	if x := b.Prediction.Nums[row]; score != score && b.Prediction.Cells[row] == event.Number && x > 0 && x < 1 {
		score = x
	} else {
		s.said.Class = ms.predicted.code(&b.Prediction, row, m.class)
	}
	if score == score {
		s.said.Scores = append(s.said.Scores, score)
	}
	if s.said.Class < 0 && score == score {
		s.said.Class = m.measure.Positive
		if score < 0.5 {
			s.said.Class = m.negative()
		}
	}
}

// scoreOf returns the index of a class's column among b.Scores, -1 for none.
func (ms *modelSource) scoreOf(m *Model, b *event.Batch, class int) int {
	for ; ms.knownScores < len(b.Scores); ms.knownScores++ {
		name := b.Scores[ms.knownScores].Name
		code := m.class(name)
		for len(ms.scoreColumns) <= code {
			ms.scoreColumns = append(ms.scoreColumns, -1)
		}
		if m.classes.list[code] != Other || baseline.ClassName(name) == Other { // else it shares the code
			ms.scoreColumns[code] = ms.knownScores
		}
	}
	if class < 0 || class >= len(ms.scoreColumns) {
		return -1
	}
	return ms.scoreColumns[class]
}

// scores appends the probabilities by class code, NaN where there is none; a lone
// score is that of the predicted class.
func (ms *modelSource) scores(all []float64, m *Model, b *event.Batch, row int32, predicted int) []float64 {
	ms.scoreOf(m, b, 0)
	known := false
	for _, i := range ms.scoreColumns {
		x := math.NaN()
		if i >= 0 && b.Scores[i].Cells[row] == event.Number {
			x, known = b.Scores[i].Nums[row], true
		}
		all = append(all, x)
	}
	if known {
		return all
	}
	all = all[:0]
	if predicted < 0 || b.Score.Cells[row] != event.Number {
		return all
	}
	for range predicted {
		all = append(all, math.NaN())
	}
	return append(all, b.Score.Nums[row])
}

// segmentValue returns 1 + the code of a row's value of a segment, 0 if it has none.
func (ms *modelSource) segmentValue(m *Model, b *event.Batch, segment int, row int32) uint16 {
	if ms.columns.segments[segment] < 0 {
		return 0
	}
	for len(ms.segments) <= segment {
		ms.segments = append(ms.segments, codeMap{})
	}
	values := &m.segments[segment]
	return uint16(1 + ms.segments[segment].code(ms.columns.segment(b, segment), row, func(name string) int {
		code, shared := values.code(name)
		if shared {
			m.set.Dropped[LimitSegments]++
		}
		return code
	}))
}

// remember keeps predictions for the labels and outcomes to come, and joins those
// that came with them or before them. It returns the rows to predict: without
// those that repeat a prediction that is kept, whose label will count once; and
// none of a ranking, of which a request counts as one.
func (v *Version) remember(b *event.Batch, rows []int32, ms *modelSource, now int64) []int32 {
	m := v.Model
	if m.Task == catalog.Ranking {
		v.rememberRequests(b, rows, ms, now)
		return nil
	}
	s, t := m.set, &m.set.truth
	s.judged = s.judged[:0]
	for _, r := range rows {
		t.read(m, b, r, ms)
		t.at = event.NoTime // it came with the prediction
		id := b.ID(int(r))
		if !m.waits() || len(id) == 0 {
			s.judged = append(s.judged, r)
			if !t.empty() {
				e := m.first()
				v.said(e.add(), b, r, ms)
				m.confirm(e, t, now)
			}
			continue
		}
		k := m.key(id)
		e, ok := s.find(k)
		if ok && e.by(v.key) != nil {
			continue // a repeated id: the first prediction is the one that is judged
		}
		if !ok {
			e = m.first()
		}
		s.judged = append(s.judged, r)
		v.said(e.add(), b, r, ms)
		if len(e.scored) > 1 {
			m.compare(e)
		}
		if !t.empty() {
			m.confirm(e, t, now)
		}
		s.takeWaiting(m, k, e, now)
		s.put(m, k, e)
	}
	return s.judged
}

// takeWaiting joins what came before its prediction.
func (s *Set) takeWaiting(m *Model, k join.Key, e *entry, now int64) {
	s.table.Waiting(k, func(_ int64, label []byte) {
		t := &s.truth
		if t.decode(label) != nil {
			return
		}
		if t.kpis != m.era.kpis || len(t.values) > len(m.Config.KPIs) {
			t.values = t.values[:0] // nobody knows which figures these were
		}
		m.confirm(e, t, now)
	})
}
