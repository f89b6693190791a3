package decode

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields config.Fields
		csv    config.CSV
		in     string
		want   []string
	}{
		{"plain", config.Fields{}, config.CSV{}, "id,timestamp,amount,country,prediction,score\na,2026-11-01 12:00:00,12.5,DE,1,0.9\nb,1761998400,-3,\"AT\",0,0.1\n",
			[]string{`prediction id=a time=2026-11-01T12:00:00Z prediction=1 score=0.9 amount=12.5 country="DE"`, `prediction id=b time=2025-11-01T12:00:00Z prediction=0 score=0.1 amount=-3 country="AT"`}},
		{"carriage returns, byte order mark, no last newline", config.Fields{}, config.CSV{}, "\xef\xbb\xbfx,y\r\n1,a\r\n\r\n2,\"b\"\r\n3,c", []string{`prediction x=1 y="a"`, `prediction x=2 y="b"`, `prediction x=3 y="c"`}},
		{"quotes", config.Fields{}, config.CSV{}, "x,\"a \"\"name\"\"\"\n\"1\",\"say \"\"hi\"\",\nthere\"\n2,\"\"\n3,a\"b\n", []string{"prediction x=1 a \"name\"=\"say \\\"hi\\\",\\nthere\"", `prediction x=2 a "name"=""`, `prediction x=3 a "name"="a\"b"`}},
		{"values", config.Fields{}, config.CSV{}, "a,b,c,d,e\nnan,inf,-Infinity,True,false\n+1,.5,007,1e999,TRUE\n0x1,1_0,--1,truth,infinity\n",
			[]string{`prediction a=null b=+Inf c=-Inf d=true e=false`, `prediction a=1 b=0.5 c=7 d=+Inf e=true`, `prediction a="0x1" b="1_0" c="--1" d="truth" e=+Inf`}},
		{"null words", config.Fields{}, config.CSV{}, "a,b,c\n,NA,NULL\n\"\",\"NA\",n/a\n", []string{`prediction a=null b=null c=null`, `prediction a="" b="NA" c="n/a"`}},
		{"own null words and delimiter", config.Fields{}, config.CSV{Delimiter: ';', NullWords: []string{"-"}}, "a;b\n-;NA\n1,5;2\n", []string{`prediction a=null b="NA"`, `prediction a="1,5" b=2`}},
		{"wrong columns", config.Fields{}, config.CSV{}, "a,b\n1\n1,2,3\n1,2\n", []string{`prediction a=1 b=2`, `rejected 2 wrong_columns at 4: "1"`}},
		{"junk behind a quote", config.Fields{}, config.CSV{}, "a,b\n\"1\"x,2\n1,2\n", []string{`prediction a=1 b=2`, `rejected 1 malformed at 4: "\"1\"x,2\n1,2\n"`}},
		{"stray quote costs its record only", config.Fields{}, config.CSV{}, "a,b\n\"1,2\n3,4\n5,6\n", []string{`prediction a=3 b=4`, `prediction a=5 b=6`, `rejected 1 malformed at 4: "\"1,2\n3,4\n5,6\n"`}},
		{"two stray quotes", config.Fields{}, config.CSV{}, "a,b\n\"1,2\n3,4\n5,\"\n7,8\n", []string{`prediction a=3 b=4`, `prediction a=7 b=8`, `rejected 1 wrong_columns at 4: "\"1,2\n3,4\n5,\""`, `rejected 1 malformed at 13: "5,\"\n7,8\n"`}},
		{"header repeated", config.Fields{}, config.CSV{}, "a,b\n1,2\na,b\n3,4\n", []string{`prediction a=1 b=2`, `prediction a=3 b=4`}},
		{"index without a name, repeated name", config.Fields{}, config.CSV{}, ",x,x\n0,1,2\n", []string{`prediction x=2`}},
		{"blanks behind delimiters", config.Fields{}, config.CSV{}, "id, amount, city, \"a, b\"\n1, 2.5, NY, \"x, y\"\n2,  NA, LA,z\n", []string{`prediction id=1 amount=2.5 city="NY" a, b="x, y"`, `prediction id=2 amount=null city="LA" a, b="z"`}},
		{"blanks in values only", config.Fields{Score: paths("s")}, config.CSV{}, "amount,city,s\n 2.5, NY , 0.5\n-1 ,\" LA\",0.25\n", []string{`prediction score=0.5 amount=2.5 city=" NY "`, `prediction score=0.25 amount=-1 city=" LA"`}},
		{"a header that is no table without its blanks", config.Fields{}, config.CSV{}, "a, \"b\"c\n1,2\n", []string{`prediction a=1  "b"c=2`}},
		{"one column", config.Fields{}, config.CSV{}, "x\n1\n\nNA\n2\n", []string{`prediction x=1`, `prediction x=null`, `prediction x=2`}},
		{"groups", config.Fields{}, config.CSV{}, "id,features.x,segments.tenant,scores.0,values.eur,other\na,1,5,0.5,2.5,9\n", []string{`prediction id=a x=1 segments.tenant="5" scores.0=0.5 values.eur=2.5`}},
		{"shadow", config.Fields{Shadow: paths("mode")}, config.CSV{}, "x,prediction,mode\n1,2,shadow\n", []string{`prediction prediction=2 shadow="shadow" x=1`}},
		{"mapped", config.Fields{ID: paths("request.id"), Segments: paths("country"), Features: config.Features{Names: []string{"x", "country"}}}, config.CSV{}, "request.id,x,y,country\n1,2,3,DE\n",
			[]string{`prediction id=1 x=2 country="DE" segments.country="DE"`}},
		{"labels", config.Fields{Type: config.Field{Const: true, Value: "label"}}, config.CSV{}, "id,label\na,1\nb,\n", []string{`label id=a actual=1`, `label id=b actual=null`}},
		{"errors", config.Fields{}, config.CSV{}, "x,error\n1,\n1,0\n1,False\n1,timeout\n1,True\n", []string{`prediction x=1`, `prediction x=1`, `prediction x=1`, `prediction error="timeout" x=1`, `prediction error="error" x=1`}},
		{"bad time", config.Fields{}, config.CSV{}, "x,timestamp\n1,noon\n", []string{`rejected 1 bad_timestamp at 12: "noon"`}},
		{"only ids", config.Fields{}, config.CSV{}, "id\n1\n", []string{`rejected 1 no_event at 3: `}},
		{"invalid UTF-8", config.Fields{}, config.CSV{}, "x,y\na\xff,\"ü\"\n", []string{`prediction x="a�" y="ü"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, block := range []int{1 << 20, 7, 1} {
				if block < 100 && strings.Contains(c.name, "quote") {
					continue // how much of the record the rejection shows depends on the block
				}
				b := decodeAll(t, mustNew(t, config.Source{Format: config.CSVFormat, Fields: c.fields, CSV: c.csv}), c.in, block)
				if diff := cmp.Diff(dump(b), c.want); diff != "" {
					t.Errorf("blocks of %d bytes (-got +want):\n%s", block, diff)
				}
			}
		})
	}
}

func TestHints(t *testing.T) {
	for _, c := range []struct {
		format config.Format
		in     string
		want   []string
	}{
		{config.CSVFormat, "a,b\n1,2\n", nil},
		{config.CSVFormat, "id,amount,amount\n1,2,3\n", []string{`the header has several columns of one name, and the last of them counts: "amount"; rename the others`}},
		{config.CSVFormat, ",,a\n1,2,3\n", nil},
		{config.CSVFormat, "a;b\n1;2\n", []string{`the header is one column, "a;b"; set csv: { delimiter: ";" } if that is what stands between its names`}},
		{config.CSVFormat, "a\tb\n1\t2\n", []string{`the header is one column, "a\tb"; set csv: { delimiter: "\t" } if that is what stands between its names`}},
		{config.JSON, "a,b\n1,2\n", []string{`the first line is no JSON and looks like the header of a table, "a,b"; set format: csv`}},
		{config.JSON, "{\"a\":1,\n1,2\n", nil},
		{config.JSON, "{\"a\":1}\na,b\n", nil},
		{config.JSON, "[1,2\n", nil},
	} {
		b := decodeAll(t, mustNew(t, config.Source{Format: c.format}), c.in, 1<<20)
		if diff := cmp.Diff(b.Hints, c.want); diff != "" {
			t.Errorf("%q (-got +want):\n%s", c.in, diff)
		}
	}
}

func TestCSVExpectedKinds(t *testing.T) {
	s := mustNew(t, config.Source{Format: config.CSVFormat})
	s.Expect([]Expected{{Name: "zip", Kind: catalog.Categorical}, {Name: "n", Kind: catalog.Numeric}})
	b := decodeAll(t, s, "zip,n\n001,001\ntrue,x\n,\n", 100)
	want := []string{`prediction zip="001" n=1`, `prediction zip="true" n="x"`, `prediction zip=null n=null`}
	if diff := cmp.Diff(dump(b), want); diff != "" {
		t.Error(diff)
	}
}

func TestCSVFilesWithOtherColumns(t *testing.T) {
	s := mustNew(t, config.Source{Format: config.CSVFormat})
	decodeAll(t, s, "a,b\n1,2\n", 100)
	b := decodeAll(t, s, "c,b,a\n3,2,1\n", 100)
	if diff := cmp.Diff(dump(b), []string{`prediction a=1 b=2 c=3`}); diff != "" {
		t.Error(diff)
	}
}

func TestCSVPrimed(t *testing.T) {
	s := mustNew(t, config.Source{Format: config.CSVFormat})
	st := s.Stream()
	st.Prime([]byte("\xef\xbb\xbfa,b\n1,2\n3"))
	b := &event.Batch{}
	if n := st.Decode(b, []byte("5,6\n7"), 100, false); n != 4 {
		t.Errorf("consumed %d", n)
	}
	if diff := cmp.Diff(dump(b), []string{`prediction a=5 b=6`}); diff != "" {
		t.Error(diff)
	}
}

// Connections have no offsets worth the name.
func TestCSVWithoutOffsets(t *testing.T) {
	st := mustNew(t, config.Source{Format: config.CSVFormat}).Stream()
	b := &event.Batch{}
	for _, part := range []string{"a,b\n", "1,2\n", "3,4\n"} {
		st.Decode(b, []byte(part), 0, false)
	}
	if diff := cmp.Diff(dump(b), []string{`prediction a=1 b=2`, `prediction a=3 b=4`}); diff != "" {
		t.Error(diff)
	}
}

func TestCSVUnclosedQuoteIsBounded(t *testing.T) {
	rows := strings.Repeat("1,2\n", 1000)
	in := "a,b\n" + "\"x,y\n" + rows + strings.Repeat("z", 3000) + "\n1,2\n"
	for _, block := range []int{1 << 20, 1500, 100} {
		b := decodeAll(t, mustNew(t, config.Source{Format: config.CSVFormat, MaxLineBytes: 1000}), in, block)
		if b.N != 1001 || b.Rejected[event.Malformed] != 1 || b.Rejected[event.TooLong] != 1 {
			t.Errorf("blocks of %d: %d rows, rejected %v", block, b.N, b.Rejected)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,\"x\"\"y\"\n2,z\r\n", byte(','), byte(0))
	f.Add("\"a\n\",b\n\"1,2\n3,4\n", byte(','), byte(1))
	f.Add("a;b\n\n;\n\"\"x;1\n", byte(';'), byte(5))
	f.Add("\xef\xbb\xbfid,timestamp,score\n1,noon,2\n1,2,3,4\n", byte(','), byte(2))
	f.Fuzz(func(t *testing.T, in string, delimiter, block byte) {
		if delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter >= 0x80 {
			return
		}
		src := config.Source{Format: config.CSVFormat, CSV: config.CSV{Delimiter: delimiter}, MaxLineBytes: 50}
		whole := decodeAll(t, mustNew(t, src), in, 1<<20)
		parts := decodeAll(t, mustNew(t, src), in, max(1, int(block)))
		if whole.N != parts.N || whole.Rejected != parts.Rejected {
			t.Fatalf("whole: %q\nin parts: %q", dump(whole), dump(parts))
		}
		decodeAll(t, mustNew(t, config.Source{}), in, 1<<20)
	})
}

// Where a table is well-formed, encoding/csv reads the same.
func TestCSVEqualsEncodingCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var buf bytes.Buffer
		w := csv.NewWriter(&buf)
		cell := rapid.SampledFrom([]string{"x", "a\"b", "a,b", "two\nlines", "", "é", "long enough to pass eight bytes", " space ", "\"", "=1"})
		want := []string{}
		_ = w.Write([]string{"a", "b", "c"})
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			row := []string{cell.Draw(t, "a"), cell.Draw(t, "b"), "end"}
			_ = w.Write(row)
			want = append(want, fmt.Sprintf("%q", row))
		}
		w.Flush()
		b := decodeAll(t, mustNew(t, config.Source{Format: config.CSVFormat, CSV: config.CSV{NullWords: []string{}}}), buf.String(), rapid.IntRange(1, 100).Draw(t, "block"))
		got := []string{}
		for row := range b.N {
			var texts []string
			for i := range b.Features {
				text := ""
				if b.Features[i].Cells[row] == event.Text {
					text, _ = b.Features[i].Text(row)
				}
				texts = append(texts, text)
			}
			got = append(got, fmt.Sprintf("%q", texts))
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Fatalf("(-got +want)\n%s", diff)
		}
	})
}
