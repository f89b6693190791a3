package feast

import (
	"slices"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// FieldStatus of feast.serving: how a feature was served.
const (
	statusNull     = 2 // the online store has null
	statusNotFound = 3 // it does not have the entity
	statusExpired  = 4 // it has a value that is older than the TTL
)

// Unserved makes the values of a feature log missing that the model was not
// served, by the status beside them: what a log has in their place is no value.
func Unserved(b *event.Batch) {
	for s := range b.Features {
		name, ok := strings.CutSuffix(b.Features[s].Name, statusSuffix)
		if !ok {
			continue
		}
		f := slices.IndexFunc(b.Features, func(c event.Column) bool { return c.Name == name })
		if f >= 0 {
			unserved(&b.Features[f], &b.Features[s], b.N)
		}
	}
}

func unserved(feature, status *event.Column, n int) {
	var bad []uint32 // codes
	for code, word := range status.Words {
		if x, err := strconv.Atoi(word); err == nil && statusNull <= x && x <= statusExpired {
			bad = append(bad, uint32(code))
		}
	}
	for i := range n {
		switch status.Cells[i] {
		case event.Text:
			if slices.Contains(bad, status.Codes[i]) {
				feature.Cells[i] = event.Null
			}
		case event.Number:
			if x := status.Nums[i]; x == statusNull || x == statusNotFound || x == statusExpired {
				feature.Cells[i] = event.Null
			}
		}
	}
}
