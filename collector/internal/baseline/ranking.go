package baseline

import "github.com/model-exporter/model_exporter/collector/internal/event"

// mostItems of a request are looked at, as when it is served.
const mostItems = 1 << 12

// addRequests adds the requests of a ranking of which at least one item has a
// label; items without one are not relevant.
func (p *performance) addRequests(b *event.Batch, rows []int32) {
	q := &p.possible[0]
	b.EachRequest(rows, mostItems, func(_ []byte, items []int32) {
		labelled := false
		p.scores = p.scores[:0]
		for _, i := range b.ByScore(items) {
			relevance := 0.0
			if c := b.Actual.Cells[items[i]]; c == event.Number || c == event.Bool {
				relevance, labelled = b.Actual.Nums[items[i]], true
			}
			p.scores = append(p.scores, relevance)
		}
		if labelled {
			q.sums.Rank(p.scores, 1)
		}
	})
}
