package decode

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// dump renders the rows and rejections of a batch, one line each.
func dump(b *event.Batch) []string {
	var out []string
	for row := range b.N {
		var sb strings.Builder
		sb.WriteString(b.Types[row].String())
		if id := b.ID(row); len(id) > 0 {
			fmt.Fprintf(&sb, " id=%s", id)
		}
		if ns := b.Times[row]; ns != event.NoTime {
			fmt.Fprintf(&sb, " time=%s", time.Unix(0, ns).UTC().Format(time.RFC3339Nano))
		}
		for _, c := range []struct {
			name string
			col  *event.Column
		}{
			{"model", &b.Model}, {"version", &b.Version}, {"prediction", &b.Prediction}, {"actual", &b.Actual},
			{"score", &b.Score}, {"latency", &b.Latency}, {"error", &b.Error}, {"shadow", &b.Shadow},
		} {
			dumpCell(&sb, c.name, c.col, row)
		}
		for _, g := range []struct {
			prefix string
			cols   []event.Column
		}{{"", b.Features}, {"segments.", b.Segments}, {"scores.", b.Scores}, {"values.", b.Values}} {
			for i := range g.cols {
				dumpCell(&sb, g.prefix+g.cols[i].Name, &g.cols[i], row)
			}
		}
		out = append(out, sb.String())
	}
	for _, r := range b.First {
		out = append(out, fmt.Sprintf("rejected %d %s at %d: %s", b.Rejected[r.Reason], r.Reason, r.Offset, r.Detail))
	}
	if b.DroppedFeatures > 0 {
		out = append(out, fmt.Sprintf("dropped %d", b.DroppedFeatures))
	}
	return out
}

func dumpCell(sb *strings.Builder, name string, c *event.Column, row int) {
	switch c.Cells[row] {
	case event.Absent:
	case event.Null:
		fmt.Fprintf(sb, " %s=null", name)
	case event.Number:
		fmt.Fprintf(sb, " %s=%v", name, c.Nums[row])
	case event.Bool:
		fmt.Fprintf(sb, " %s=%t", name, c.Nums[row] == 1)
	case event.Nested:
		fmt.Fprintf(sb, " %s=nested", name)
	case event.Text:
		if text, ok := c.Text(row); ok {
			fmt.Fprintf(sb, " %s=%q", name, text)
		} else {
			fmt.Fprintf(sb, " %s=unlisted", name)
		}
	}
}

// failer is a test, a benchmark or a property.
type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func mustNew(t failer, src config.Source) *Set {
	t.Helper()
	s, err := New(src, config.Limits{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// decodeAll decodes a whole file by a new stream, in blocks of a size, into one
// batch.
func decodeAll(t failer, s *Set, file string, block int) *event.Batch {
	t.Helper()
	st := s.Stream()
	b := &event.Batch{}
	data := []byte(file)
	for pos, end := 0, 0; ; {
		end = min(end+block, len(data))
		eof := end == len(data)
		// A copy as long as it must be: what lies behind it is not to be read.
		part := append(make([]byte, 0, end-pos), data[pos:end]...)
		n := st.Decode(b, part, int64(pos), eof)
		if n < 0 || n > len(part) {
			t.Fatalf("consumed %d of %d bytes", n, len(part))
		}
		pos += n
		if eof && (pos == len(data) || n == 0) {
			break
		}
	}
	if b.Bytes != int64(len(data)) {
		t.Fatalf("%d of %d bytes consumed", b.Bytes, len(data))
	}
	return b
}

// sortWords sorts the words of a text, those in quotes as they fall apart.
func sortWords(s string) string {
	words := strings.Split(s, " ")
	slices.Sort(words)
	return strings.Join(words, " ")
}
