package snapshot

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"
)

// maxLabelValue bounds a label value: names come from other people's data, and
// one 1 MiB feature name would be repeated in each of its 50 series.
const maxLabelValue = 256 // bytes

// labelValue makes v fit to be exposed: valid UTF-8 of at most maxLabelValue
// bytes. A value that had to change ends in "…" and a hash of the original, so
// that two values never become one series, which Prometheus would refuse.
func labelValue(v string) string {
	if len(v) <= maxLabelValue && utf8.ValidString(v) {
		return v
	}
	h := fnv.New32a()
	h.Write([]byte(v))
	mark := fmt.Sprintf("…%08x", h.Sum32())
	head := v[:min(len(v), maxLabelValue)] // repairing a cut rune only costs its bytes
	head = strings.ToValidUTF8(head, "\uFFFD")
	if room := maxLabelValue - len(mark); len(head) > room {
		for room > 0 && !utf8.RuneStart(head[room]) {
			room--
		}
		head = head[:room]
	}
	return head + mark
}
