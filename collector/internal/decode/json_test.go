package decode

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

func paths(p ...string) config.Field { return config.Field{Paths: p} }

func TestJSON(t *testing.T) {
	type fields = config.Fields
	for _, c := range []struct {
		name   string
		fields config.Fields
		in     string
		want   []string
	}{
		{
			"canonical prediction", fields{},
			`{"type":"prediction","id":"01J","timestamp":"2026-11-01T12:00:00.123Z","model":"fraud","version":"3","features":{"amount":12.5,"country":"DE","age":null},"prediction":"1","score":0.93,"scores":{"0":0.07,"1":0.93},"latency_ms":12.5,"error":"","segments":{"tenant":"a"},"attributions":{"amount":0.4},"label":"0"}`,
			[]string{`prediction id=01J time=2026-11-01T12:00:00.123Z model="fraud" version="3" prediction="1" actual="0" score=0.93 latency=0.0125 amount=12.5 country="DE" age=null segments.tenant="a" scores.0=0.07 scores.1=0.93`},
		},
		{"canonical label", fields{}, `{"type":"label","id":"a","model":"fraud","label":"0"}`, []string{`label id=a model="fraud" actual="0"`}},
		{"canonical outcome", fields{}, `{"type":"outcome","id":"a","values":{"revenue":12.3}}`, []string{`outcome id=a values.revenue=12.3`}},
		{"label without a type", fields{}, `{"id":"a","label":1}`, []string{`label id=a actual=1`}},
		{"values without a type", fields{}, `{"id":"a","values":{"x":1}}`, []string{`outcome id=a values.x=1`}},
		{"Python's numbers", fields{}, `{"features":{"a":NaN,"b":Infinity,"c":-Infinity,"d":1e999,"e":-1e999,"f":-0.0,"g":1E5}}`,
			[]string{`prediction a=null b=+Inf c=-Inf d=+Inf e=-Inf f=-0 g=100000`}},
		{"truth values", fields{}, `{"features":{"a":true,"b":false},"prediction":true}`, []string{`prediction prediction=true a=true b=false`}},
		{"nested features", fields{}, `{"features":{"a":[1,2],"b":{"c":1},"d":[],"e":{}}}`, []string{`prediction a=nested b=nested d=nested e=nested`}},
		{"ids of any size", fields{}, "{\"id\":12345678901234567890123,\"score\":1}\n{\"id\":-7,\"score\":1}\n{\"id\":\"\\u00fc\\\"\",\"score\":1}\n{\"id\":null,\"score\":1}\n{\"id\":[1],\"score\":1}",
			[]string{`prediction id=12345678901234567890123 score=1`, `prediction id=-7 score=1`, `prediction id=ü" score=1`, `prediction score=1`, `prediction score=1`}},
		{"last of repeated keys wins", fields{}, `{"id":"a","id":"b","features":{"x":1},"features":{"y":1,"y":2,"y":"z"}}`, []string{`prediction id=b y="z"`}},
		{"escapes", fields{}, `{"features":{"a":"\u0041\n\"\\\/\t","\u0062":"\ud83d\ude00","c":"\ud800x","d":"\ude00\ud83d"}}`,
			[]string{`prediction a="A\n\"\\/\t" b="😀" c="�x" d="��"`}},
		{"invalid UTF-8", fields{}, "{\"features\":{\"a\":\"x\xffy\xc3\",\"b\":\"ü\"}}", []string{"prediction a=\"x\ufffdy\ufffd\" b=\"ü\""}},
		{"white space", fields{}, " \t{ \"id\" : \"a\" , \"features\" : { \"x\" : 1 , \"y\":[ 1 , 2 ] } } \r\n", []string{`prediction id=a x=1 y=nested`}},
		{"empty lines and a byte order mark", fields{}, "\xef\xbb\xbf{\"score\":1}\n\n  \r\n{\"score\":2}\n", []string{`prediction score=1`, `prediction score=2`}},
		{"Unix times", fields{}, "{\"timestamp\":1761998400,\"score\":1}\n{\"timestamp\":1761998400123,\"score\":1}\n{\"timestamp\":\"1761998400.5\",\"score\":1}\n{\"timestamp\":1761998400123456789,\"score\":1}\n{\"timestamp\":null,\"score\":1}",
			[]string{`prediction time=2025-11-01T12:00:00Z score=1`, `prediction time=2025-11-01T12:00:00.123Z score=1`, `prediction time=2025-11-01T12:00:00.5Z score=1`, `prediction time=2025-11-01T12:00:00.123456789Z score=1`, `prediction score=1`}},
		{"times in a zone", fields{Timezone: time.FixedZone("", 3600)}, `{"timestamp":"2026-11-01 13:00:00","score":1}`, []string{`prediction time=2026-11-01T12:00:00Z score=1`}},
		{"bad times", fields{}, "{\"score\":1}\n{\"timestamp\":\"noon\",\"score\":1}\n{\"timestamp\":true,\"score\":1}\n{\"timestamp\":{},\"score\":1}", []string{`prediction score=1`, `rejected 3 bad_timestamp at 12: "noon"`}},
		{"errors", fields{}, `{"score":1,"error":null}
{"score":1,"error":false}
{"score":1,"error":0}
{"score":1,"error":{}}
{"error":true}
{"error":"timeout"}
{"error":503}
{"error":{"code":1}}`, []string{`prediction score=1`, `prediction score=1`, `prediction score=1`, `prediction score=1`, `prediction error="error"`, `prediction error="timeout"`, `prediction error="503"`, `prediction error="error"`}},
		{"scores and latencies that are texts", fields{}, `{"score":"0.5","latency_ms":"7","prediction":"a"}
{"score":"high","latency_ms":null}
{"score":[1],"latency_ms":true}`, []string{`prediction prediction="a" score=0.5 latency=0.007`, `prediction score=null latency=null`, `prediction score=nested latency=null`}},
		{"versions and models that are no texts", fields{}, `{"score":1,"version":3,"model":true}
{"score":1,"version":null,"model":""}
{"score":1,"version":[3]}`, []string{`prediction model="true" version="3" score=1`, `prediction score=1`, `prediction version=nested score=1`}},
		{"segments", fields{}, `{"score":1,"segments":{"a":5,"b":true,"c":null,"d":"x"}}`, []string{`prediction score=1 segments.a="5" segments.b="true" segments.d="x"`}},
		{"rejections", fields{}, "x\n{\"score\":1\n[1]\n5\n\"a\"\n{}\n{\"id\":\"a\"}\n{\"features\":{}}\n{\"type\":\"click\",\"score\":1}\n{\"type\":1,\"score\":1}\n{\"score\":1}}\n{\"score\":01}\n{\"score\":1,}\n{\"a\":\"\t\"}\n{'a':1}",
			[]string{
				`rejected 7 malformed at 0: "x"`, `rejected 3 not_an_object at 13: "[1]"`, `rejected 3 no_event at 23: `, `rejected 2 unknown_type at 53: "click"`,
			}},
		{"flat record", fields{}, `{"request_id":"a","ts":1761998400,"amount":1,"country":"DE","y_pred":1,"y_true":0,"probability":0.5,"model_version":"2"}`,
			[]string{`prediction id=a time=2025-11-01T12:00:00Z version="2" prediction=1 actual=0 score=0.5 amount=1 country="DE"`}},
		{"second synonym is a feature", fields{}, `{"timestamp":1761998400,"time":7,"score":1}`, []string{`prediction time=2025-11-01T12:00:00Z score=1 time=7`}},
		{"features that are no object", fields{}, `{"features":5,"x":1}`, []string{`prediction x=1`}},
		{
			"mapped", fields{
				ID: paths("request.id", "/meta/request~1id"), Model: config.Field{Const: true, Value: "fraud"}, Timestamp: paths("/at"),
				Features: config.Features{Path: []string{"inputs", "data.inputs"}}, Prediction: paths("output.class"), Score: paths("output.p.1"),
				Latency: paths("took"), LatencyUnit: time.Microsecond, Segments: paths("country"),
			},
			`{"request":{"id":"a"},"at":1761998400,"inputs":{"x":1},"output":{"class":"c","p":[0.1,0.9]},"took":1500,"country":"DE"}
{"meta":{"request/id":"b"},"data":{"inputs":{"x":2}},"output":null}`,
			[]string{`prediction id=a time=2025-11-01T12:00:00Z model="fraud" prediction="c" score=0.9 latency=0.0015 x=1 segments.country="DE"`, `prediction id=b model="fraud" x=2`},
		},
		{"positional features", fields{Features: config.Features{Path: []string{"x"}, Names: []string{"a", "b"}}}, `{"x":[1,"u",3]}`, []string{`prediction a=1 b="u" 2=3`}},
		{"all values but the fields", fields{Features: config.Features{All: true}, ID: paths("key")}, `{"key":"a","amount":1,"prediction":2,"features":3}`, []string{`prediction id=a prediction=2 amount=1 features=3`}},
		{"all values of an object but the fields", fields{Features: config.Features{All: true, Path: []string{"in"}}, ID: paths("in.key")}, `{"in":{"key":"a","x":1},"y":2}`, []string{`prediction id=a x=1`}},
		{"named columns", fields{Features: config.Features{Names: []string{"a", "deep.b"}}}, `{"a":1,"deep":{"b":2,"c":3},"d":4}`, []string{`prediction a=1 deep.b=2`}},
		{"shadow", fields{Shadow: paths("meta.shadow")}, `{"prediction":1,"meta":{"shadow":true}}`, []string{`prediction prediction=1 shadow=true`}},
		{"shadow is a feature unless it is mapped", fields{}, `{"prediction":1,"shadow":true}`, []string{`prediction prediction=1 shadow=true`}},
		{"constant type", fields{Type: config.Field{Const: true, Value: "label"}, Label: paths("y")}, `{"id":"a","y":"b"}`, []string{`label id=a actual="b"`}},
		{
			"instances of objects", fields{Instances: "instances", Prediction: paths("predictions.class"), Score: paths("predictions.p")},
			`{"id":"r","timestamp":1761998400,"instances":[{"x":1},{"x":2,"id":"own"},{"x":3}],"predictions":[{"class":"a","p":0.1},{"class":"b","p":0.2}]}`,
			[]string{`prediction id=r#0 time=2025-11-01T12:00:00Z prediction="a" score=0.1 x=1`, `prediction id=own time=2025-11-01T12:00:00Z prediction="b" score=0.2 x=2`, `prediction id=r#2 time=2025-11-01T12:00:00Z x=3`},
		},
		{
			"instances of arrays", fields{Instances: "inputs", Features: config.Features{Path: []string{"inputs"}, Names: []string{"a", "b"}}, Prediction: paths("outputs"), Scores: paths("proba")},
			`{"id":7,"inputs":[[1,2],[3,4]],"outputs":[0,1],"proba":[[0.9,0.1],[0.2,0.8]]}`,
			[]string{`prediction id=7#0 prediction=0 a=1 b=2 scores.0=0.9 scores.1=0.1`, `prediction id=7#1 prediction=1 a=3 b=4 scores.0=0.2 scores.1=0.8`},
		},
		{"one instance keeps the id", fields{Instances: "instances"}, `{"id":"r","instances":[{"features":{"x":1}}],"prediction":[5]}`, []string{`prediction id=r prediction=5 x=1`}},
		{"instances of single values", fields{Instances: "instances"}, `{"id":"r","instances":[1,"a"]}`, []string{`prediction id=r#0 0=1`, `prediction id=r#1 0="a"`}},
		{"labels that are empty", fields{}, "{\"score\":1,\"label\":\"\"}\n{\"id\":\"a\",\"label\":\"\"}\n{\"score\":1,\"label\":\" \"}",
			[]string{`prediction actual=null score=1`, `label id=a actual=null`, `prediction actual=" " score=1`}},
		{"values that are no numbers", fields{}, `{"values":{"a":"12.5","b":"abc","c":true,"d":[1],"e":"NaN","f":"","g":null,"h":"1e999"}}`,
			[]string{`outcome values.a=12.5 values.b="abc" values.c=true values.d=nested values.e=null values.f=null values.g=null values.h=+Inf`}},
		{"no instances", fields{Instances: "instances"}, "{\"id\":\"r\"}\n{\"instances\":[]}\n{\"instances\":5}", []string{`rejected 3 no_event at 0: `}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, block := range []int{1 << 20, 7} {
				b := decodeAll(t, mustNew(t, config.Source{Fields: c.fields}), c.in, block)
				if diff := cmp.Diff(dump(b), c.want); diff != "" {
					t.Errorf("blocks of %d bytes (-got +want):\n%s", block, diff)
				}
			}
		})
	}
}

func TestExpectedKinds(t *testing.T) {
	s := mustNew(t, config.Source{})
	s.Expect([]Expected{{Name: "code", Kind: catalog.Categorical, Categories: []string{"a", "b"}}, {Name: "prediction", Kind: catalog.Categorical}})
	b := decodeAll(t, s, `{"features":{"code":1.50,"n":1.50},"prediction":1,"label":1}
{"features":{"code":true},"prediction":true}
{"features":{"code":NaN},"prediction":null}`, 100)
	want := []string{
		`prediction prediction="1" actual="1" code="1.50" n=1.5`,
		`prediction prediction="true" code="true"`,
		`prediction prediction=null code=null`,
	}
	if diff := cmp.Diff(dump(b), want); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(b.Features[0].Words, []string{"a", "b", "1.50", "true"}); diff != "" {
		t.Error(diff)
	}
}

func TestLongLines(t *testing.T) {
	long := `{"id":"` + strings.Repeat("x", 2000) + `","score":1}`
	in := long + "\n" + `{"id":"a","score":1}` + "\n" + long
	for _, block := range []int{1 << 20, 1200, 100, 1} {
		b := decodeAll(t, mustNew(t, config.Source{MaxLineBytes: 1000}), in, block)
		if b.N != 1 || b.Rejected[event.TooLong] != 2 || b.First[0].Offset != 0 {
			t.Errorf("blocks of %d: %v", block, dump(b))
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	for depth, fits := range map[int]bool{maxDepth - 1: true, maxDepth: false, 100_000: false} {
		in := `{"score":1,"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		b := decodeAll(t, mustNew(t, config.Source{}), in, 1<<20)
		if got := b.N == 1; got != fits || !fits && b.Rejected[event.TooNested] != 1 {
			t.Errorf("depth %d: %v", depth, dump(b))
		}
	}
	// The same behind a line that taught where the nested value is.
	for depth, fits := range map[int]bool{maxDepth - 1: true, maxDepth: false} {
		in := `{"score":1,"x":[]}` + "\n" + `{"score":1,"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		if b := decodeAll(t, mustNew(t, config.Source{}), in, 1<<20); (b.N == 2) != fits {
			t.Errorf("learned, depth %d: %v", depth, dump(b))
		}
	}
	many := `{"instances":[` + strings.Repeat("1,", maxInstances) + `1]}`
	b := decodeAll(t, mustNew(t, config.Source{Fields: config.Fields{Instances: "instances"}}), many, 1<<20)
	if b.Rejected[event.TooNested] != 1 {
		t.Errorf("instances: %v", dump(b))
	}
}

func TestLongTextsAreUnlisted(t *testing.T) {
	long := strings.Repeat("x", maxText+1)
	b := decodeAll(t, mustNew(t, config.Source{}), fmt.Sprintf(`{"id":%q,"features":{"a":%q}}`, long, long), 1<<20)
	c := &b.Features[0]
	if _, ok := c.Text(0); ok || c.Cells[0] != event.Text {
		t.Errorf("%v", dump(b))
	}
	if len(b.ID(0)) != maxID {
		t.Errorf("id of %d bytes", len(b.ID(0)))
	}
}
