package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// mappings are those that the properties hold for, each of another shape.
var mappings = []config.Fields{
	{},
	{Features: config.Features{All: true}, ID: paths("a", "id")},
	{Features: config.Features{All: true, Path: []string{"features", "a.b"}}, Score: paths("a.b", "a"), Segments: paths("score")},
	{Features: config.Features{Names: []string{"a", "a.b", "id", "features.a"}}, Prediction: paths("prediction.0", "prediction.b", "a"), Scores: paths("scores.b", "b")},
	{Features: config.Features{Path: []string{"features", "b"}, Names: []string{"a", "b"}}, Model: config.Field{Const: true, Value: "m"}, Timestamp: paths("a")},
	{Features: config.Features{Auto: true}, Error: paths("a"), Shadow: paths("b"), Segments: paths("features.a", "b.0"), Values: paths("a.b")},
}

// general returns a Set that learns no layouts.
func general(t failer, src config.Source) *Set {
	s := mustNew(t, src)
	s.unlearn()
	return s
}

func (s *Set) unlearn() { s.orders = orders{ends: maxOrders, missed: -1 << 30} }

// values of a line, most of them usual, some odd and some that are none.
var values = []string{
	"1", "0", "-1.5", "0.25", "12345678.87654321", "1e5", "123456789012345678901234567890", "NaN", "Infinity", "-Infinity", "1e999",
	`"DE"`, `"FR"`, `""`, `"1"`, `"prediction"`, `"label"`, `"eight888"`, `"sixteen16sixteen"`, `"longer than sixteen"`, `"ü"`, "\"\xff\"", `"\u00e9\n"`, `"\ud83d\ude00"`, `"\ud83d"`,
	`"2026-11-01T12:00:00.123Z"`, `"2026-11-01T12:00:01Z"`, "1761998400123", `"` + strings.Repeat("x", 300) + `"`,
	"null", "true", "false", "{}", "[]", "[1,2]", `{"a":1}`, `{"b":{"a":[1]}}`, `[{"a":1},[]]`, "[ ]",
	"01", "1.", "-", "nul", "truex", "nan", `"\x"`, "\"\t\"", `"open`, "[1", `{"a"}`, "", "1 2", "}",
}

var keys = []string{"a", "b", "id", "type", "timestamp", "features", "prediction", "score", "scores", "label", "segments", "error", `\u0061`, "a long name of a column", "ü"}

// line draws a line, or nearly one.
func drawLine(t *rapid.T) string {
	space := func() string { return rapid.SampledFrom([]string{"", "", "", " ", "\t "}).Draw(t, "space") }
	value := func() string {
		if rapid.IntRange(0, 9).Draw(t, "odd") > 0 {
			return values[rapid.IntRange(0, 20).Draw(t, "usual value")]
		}
		return rapid.SampledFrom(values).Draw(t, "value")
	}
	var object func(depth int) string
	object = func(depth int) string {
		var sb strings.Builder
		sb.WriteString(space() + "{" + space())
		for i := range rapid.IntRange(0, 6).Draw(t, "keys") {
			if i > 0 {
				sb.WriteString("," + space())
			}
			key := rapid.SampledFrom(keys).Draw(t, "key")
			v := value()
			if depth < 2 && (key == "features" || rapid.IntRange(0, 9).Draw(t, "nested") == 0) {
				v = object(depth + 1)
			}
			fmt.Fprintf(&sb, `"%s"%s:%s%s%s`, key, space(), space(), v, space())
		}
		return sb.String() + "}" + space()
	}
	return object(0)
}

// again draws a line of the same layout with other values.
func again(t *rapid.T, line string) string {
	for _, old := range values[:16] {
		if rapid.Bool().Draw(t, "replace") {
			line = strings.Replace(line, ":"+old, ":"+rapid.SampledFrom(values).Draw(t, "new"), 1)
		}
	}
	return line
}

func TestLearnedLayoutsEqualTheGeneralDecoder(t *testing.T) {
	var lines, fallbacks int
	rapid.Check(t, func(t *rapid.T) {
		src := config.Source{Fields: rapid.SampledFrom(mappings).Draw(t, "mapping"), MaxLineBytes: 2000}
		var sb strings.Builder
		for range 4 {
			line := drawLine(t)
			for range rapid.IntRange(1, 4).Draw(t, "times") {
				sb.WriteString(line + rapid.SampledFrom([]string{"\n", "\n", "\r\n", "\n\n"}).Draw(t, "end"))
				if rapid.Bool().Draw(t, "again") {
					line = again(t, line)
				}
			}
		}
		n, f := compare(t, src, sb.String(), rapid.SampledFrom([]int{1 << 20, 50}).Draw(t, "block"))
		lines, fallbacks = lines+n, fallbacks+f
	})
	if fallbacks > lines*9/10 {
		t.Errorf("%d of %d lines left the learned layouts: the property says little", fallbacks, lines)
	}
}

// compare decodes a log by learned layouts and without, and checks that each line
// is an event or a rejection. It returns how many lines and fallbacks there were.
func compare(t failer, src config.Source, in string, block int) (lines, fallbacks int) {
	t.Helper()
	fast, slow := mustNew(t, src), general(t, src)
	// What the log teaches holds for its first line, too.
	decodeAll(t, fast, in, block)
	decodeAll(t, slow, in, 1<<20)
	slow.unlearn()
	got, want := decodeAll(t, fast, in, block), decodeAll(t, slow, in, 1<<20)
	// The first decoding may have found columns in another order.
	if diff := cmp.Diff(sorted(dump(got)), sorted(dump(want))); diff != "" {
		t.Fatalf("(-learned +general)\n%s\nof %q", diff, in)
	}
	rejected := 0
	for _, n := range got.Rejected {
		rejected += int(n)
	}
	for _, line := range strings.Split(strings.TrimPrefix(in, "\xef\xbb\xbf"), "\n") {
		if !blank([]byte(line)) || len(line) > src.MaxLineBytes {
			lines++
		}
	}
	if got.N+rejected != lines && src.Fields.Instances == "" {
		t.Fatalf("%d lines, %d events and %d rejections: %q", lines, got.N, rejected, in)
	}
	return lines, int(got.Fallbacks)
}

// sorted puts the cells of each row into an order of their own.
func sorted(rows []string) []string {
	for i, r := range rows {
		if !strings.HasPrefix(r, "rejected") {
			rows[i] = sortWords(r)
		}
	}
	return rows
}

// What JSON is, encoding/json decides, apart from Python's numbers.
func TestMalformedEqualsEncodingJSON(t *testing.T) {
	s := mustNew(t, config.Source{})
	rapid.Check(t, func(rt *rapid.T) {
		line := drawLine(rt)
		if strings.Contains(line, "Infinity") || strings.Contains(line, "NaN") {
			return
		}
		valid := json.Valid([]byte(line))
		b := decodeAll(t, s, line, 1<<20)
		if (b.Rejected[event.Malformed] == 0) != valid {
			rt.Fatalf("%q: valid %t, but %q", line, valid, dump(b))
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"id":"a","features":{"x":1,"y":"z"},"score":0.5}`+"\n"+`{"id":"b","features":{"x":2,"y":"w"},"score":0.25}`+"\n"), byte(0), byte(0))
	f.Add([]byte(`{"a":{"b":[1,{"c":null}]},"score":NaN}`+"\r\n\n{}"), byte(2), byte(3))
	f.Add(bytes.Repeat([]byte("["), 500), byte(1), byte(0))
	for i, v := range values {
		f.Add([]byte(`{"a":1,"features":{"a":1}}`+"\n"+`{"a":`+v+`,"features":{"a":`+v+`}}`), byte(i), byte(40))
	}
	f.Fuzz(func(t *testing.T, in []byte, mapping, block byte) {
		src := config.Source{Fields: mappings[int(mapping)%len(mappings)], MaxLineBytes: 1000}
		compare(t, src, string(in), max(1, int(block)*8))
		src.Fields.Instances = "a"
		decodeAll(t, mustNew(t, src), string(in), 1<<20)
	})
}
