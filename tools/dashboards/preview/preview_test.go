package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const board = `{"uid":"u","title":"Board","time":{"from":"now-1h"},"templating":{"list":[
 {"name":"model","type":"query","multi":true,"includeAll":true,"query":"label_values(up, model)"}]},
"panels":[{"type":"row","title":"First","gridPos":{"h":1,"w":24}},
 {"type":"stat","title":"Of $model","repeat":"model","gridPos":{"h":4,"w":12,"y":1},"targets":[{"refId":"A","expr":"x{model=\"$model\"}","instant":true}],
  "fieldConfig":{"defaults":{"unit":"percentunit","thresholds":{"steps":[{"color":"green","value":null},{"color":"red","value":0.2}]}}}},
 {"type":"row","title":"Second","gridPos":{"h":1,"w":24,"y":9}},
 {"type":"timeseries","title":"Lines","gridPos":{"h":8,"w":12,"y":10},"targets":[{"refId":"A","expr":"x","legendFormat":"of {{ model }}","range":true}],
  "options":{"legend":{"showLegend":true}},"fieldConfig":{"defaults":{"unit":"s"},"overrides":[{"matcher":{"id":"byRegexp","options":"/^of a/"},"properties":[{"id":"color","value":{"mode":"fixed","fixedColor":"red"}}]}]}},
 {"type":"table","title":"Rows","gridPos":{"h":8,"w":12,"x":12,"y":10},"targets":[{"refId":"A","expr":"x","instant":true},{"refId":"B","expr":"x","instant":true}],
  "transformations":[{"id":"merge"},{"id":"organize","options":{"excludeByName":{"Time":true},"renameByName":{"Value #A":"now"},"indexByName":{"Value #B":0,"model":1}}}],
  "options":{"sortBy":[{"displayName":"now","desc":true}]}},
 {"type":"state-timeline","title":"States","gridPos":{"h":8,"w":12,"y":18},"targets":[{"refId":"A","expr":"x","range":true}]},
 {"type":"heatmap","title":"Heat","gridPos":{"h":8,"w":12,"x":12,"y":18},"targets":[{"refId":"A","expr":"x","legendFormat":"{{model}}","range":true}]},
 {"type":"barchart","title":"Bars","gridPos":{"h":8,"w":12,"y":26},"targets":[{"refId":"A","expr":"x","instant":true}],"options":{"xField":"model"}},
 {"type":"stat","title":"Nothing","gridPos":{"h":8,"w":12,"x":12,"y":26},"targets":[{"refId":"A","expr":"none","instant":true}]}]}`

// answer is a Prometheus that knows two models.
func answer(w http.ResponseWriter, r *http.Request) {
	now := time.Now().Unix()
	_ = r.ParseForm()
	point := func(v string) string { return fmt.Sprintf(`[%d,%q]`, now-60, v) }
	result := fmt.Sprintf(`{"metric":{"model":"a<b"},"value":%s},{"metric":{"model":"c"},"value":%s}`, point("0.25"), point("0.125"))
	switch {
	case strings.Contains(r.URL.Path, "/label/"):
		fmt.Fprint(w, `{"status":"success","data":["a<b","c"]}`)
		return
	case r.Form.Get("query") == "none":
		result = ""
	case strings.Contains(r.URL.Path, "query_range"):
		result = strings.NewReplacer(`"value":`, `"values":[`, `]}`, fmt.Sprintf(`],[%d,"NaN"],[%d,"0.5"]]}`, now-30, now)).Replace(result)
	}
	fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, result)
}

// TestRun draws a panel of each type.
func TestRun(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(answer))
	defer server.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "u.json"), []byte(board), 0o644); err != nil {
		t.Fatal(err)
	}
	draw := func(rows string) string {
		if err := run(context.Background(), options{json: dir, prometheus: server.URL, output: dir, rows: rows, width: 1600}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "u-dark.html"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	all := draw("")
	for name, want := range map[string]string{
		"repeated panel, escaped": "<h3>Of a&lt;b</h3>", "unit and threshold": "color:#f2495c\">25 %</b>", "legend and override": `<i style="background:#f2495c"></i>of a&lt;b`,
		"column that is renamed": "<th>Value #B</th><th>model</th><th>now</th>", "rows in order": `a&lt;b</td><td class="n">0.25</td></tr><tr>`,
		"no data": "No data", "axis": "500 ms", "state until now": `fill-opacity="0.70"`, "name of a bar": `rotate(-30)" text-anchor="end">c</text>`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%s: there is no %s", name, want)
		}
	}
	for _, not := range []string{"NaN", "Inf", "is not drawn", "a<b"} {
		if strings.Contains(all, not) {
			t.Errorf("there is %s", not)
		}
	}
	if second := draw("Sec"); strings.Contains(second, "Of a") || !strings.Contains(second, `top:0px`) {
		t.Error("the second row alone is not at the top, or not alone")
	}
}

func TestFormat(t *testing.T) {
	two := 2
	for _, tt := range []struct {
		x        float64
		unit     string
		decimals *int
		want     string
	}{
		{0.1234, "percentunit", nil, "12.3 %"}, {0, "short", nil, "0"}, {-0.0001e-3, "percentunit", nil, "-0.00001 %"}, {1536, "bytes", nil, "1.5 KiB"},
		{90, "s", nil, "1.5 min"}, {0.0123, "s", nil, "12.3 ms"}, {1234567, "short", nil, "1.23 Mil"}, {1, "short", &two, "1.00"}, {12, "reqps", nil, "12 req/s"},
	} {
		if got := format(tt.x, tt.unit, tt.decimals); got != tt.want {
			t.Errorf("%v as %s: %q, want %q", tt.x, tt.unit, got, tt.want)
		}
	}
}
