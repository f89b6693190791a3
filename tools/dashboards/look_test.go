package dashboards

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const looked = `{"uid":"u","title":"T","templating":{"list":[
 {"name":"model","type":"query","query":"label_values(up, model)"},
 {"name":"gone","type":"query","query":"label_values(gone, model)","multi":true,"includeAll":true,"allValue":".+"}]},
"panels":[{"type":"stat","title":"Of b","targets":[{"refId":"A","expr":"x{model=\"$model\"}","instant":true}]},
 {"type":"stat","title":"All","targets":[{"refId":"A","expr":"x{model=~\"$gone\"}","range":true}]},
 {"type":"stat","title":"NaN","targets":[{"refId":"A","expr":"nan","instant":true}]}]}`

// TestWithout: a query that has data for some choice has data; what has none, or no
// number, is named.
func TestWithout(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		result, data := "", "[]"
		switch query := r.Form.Get("query"); {
		case r.Form.Get("match[]") == "up":
			data = `["a","b"]`
		case query == `x{model="b"}`, query == `x{model=~".+"}`:
			result = `{"metric":{},"value":[1,"2"]}`
		case query == "nan":
			result = `{"metric":{},"value":[1,"NaN"]}`
		}
		if strings.Contains(r.URL.Path, "/query") {
			data = fmt.Sprintf(`{"resultType":"vector","result":[%s]}`, result)
		}
		fmt.Fprintf(w, `{"status":"success","data":%s}`, data)
	}))
	defer server.Close()
	d, err := Read([]byte(looked))
	if err != nil {
		t.Fatal(err)
	}
	for byName, want := range map[bool][]string{
		false: {"NaN / A", "variable gone"},
		true:  {"All / A", "NaN / A", "variable gone"}, // there is nothing to choose by name
	} {
		missing, err := without(t.Context(), NewAPI(server.URL), d, byName)
		if err != nil {
			t.Fatal(err)
		}
		if got := unexplained(d, missing); !slices.Equal(got, want) {
			t.Errorf("by name %t: %q have no data, want %q", byName, got, want)
		}
	}
	if _, err := without(t.Context(), NewAPI(server.URL+"/gone"), &Dashboard{Panels: []*Panel{{Targets: []*Target{{Expr: "$typo"}}}}}, false); err == nil {
		t.Error("a query with an unknown variable is asked")
	}
}
