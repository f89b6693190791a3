package feast

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/config"
	ft "github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

// bucket is an object storage with one object, for those who sign as its reader.
type bucket struct {
	key    string
	object []byte
}

func (s *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !strings.Contains(r.Header.Get("Authorization"), "Credential=reader/"):
		http.Error(w, "", http.StatusForbidden)
	case r.URL.Path != "/"+s.key:
		http.NotFound(w, r)
	default:
		sum := md5.Sum(s.object)
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
		http.ServeContent(w, r, "", time.Unix(1_793_534_400, 0), bytes.NewReader(s.object))
	}
}

// TestS3Registry discovers the same from an object storage as from a file, also when
// the object is replaced, and says why it cannot.
func TestS3Registry(t *testing.T) {
	view := func(name string) ft.View {
		return ft.View{Name: name, Owner: "me", Path: name + ".parquet", TTL: time.Hour, Entities: []string{"driver"}, Features: []ft.Field{ft.Column(4, "x", ft.Double64)}}
	}
	store := &bucket{"features/prod/registry.db", ft.Registry([]ft.View{view("stats")})}
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "feature_store.yaml"), []byte("project: "+ft.Project+"\nregistry: s3://features/prod/registry.db\nonline_store:"), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := config.DefaultFeast
	cfg.Repo = dir
	cfg.S3 = config.S3{Endpoint: strings.TrimPrefix(server.URL, "http://"), Insecure: true, Region: "eu", AccessKey: "reader", SecretKey: "secret"}
	names := func() (names []string) {
		t.Helper()
		d, err := Discover(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Tables {
			names = append(names, d.Tables[i].Source.Name)
		}
		return names
	}
	if diff := cmp.Diff(names(), []string{"stats"}); diff != "" {
		t.Errorf("tables (-got +want):\n%s", diff)
	}
	store.object = ft.Registry([]ft.View{view("stats"), view("clicks")})
	if diff := cmp.Diff(names(), []string{"clicks", "stats"}); diff != "" {
		t.Errorf("tables when there is one more (-got +want):\n%s", diff)
	}
	for _, wrong := range []struct {
		name, want string
		change     func()
	}{
		{"no registry", "s3://features/prod/registry.db", func() { store.object = []byte("\xff\xff\xff") }},
		{"no object", "s3://features/prod/registry.db", func() { store.key = "features/another" }},
		{"no permission", "s3://features/prod/registry.db", func() { cfg.S3.AccessKey = "another" }},
	} {
		wrong.change()
		if _, err := Discover(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("%s: %v, want an error with %q", wrong.name, err, wrong.want)
		}
	}
}
