package parquet

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// fakeS3 is an object storage with one bucket that lists and hands out ranges.
type fakeS3 struct {
	mu      sync.Mutex
	objects map[string][]byte
	broken  bool
	signed  bool // all requests were
	whole   int  // requests for an object without a range
	bytes   int  // sent of objects
}

var changed = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

type listing struct {
	XMLName  xml.Name `xml:"ListBucketResult"`
	Contents []entry
}

type entry struct {
	Key, ETag    string
	LastModified time.Time
	Size         int
}

func (s *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed = s.signed && strings.Contains(r.Header.Get("Authorization"), "Credential=reader/")
	key, ok := strings.CutPrefix(r.URL.Path, "/features/")
	switch {
	case s.broken:
		http.Error(w, "", http.StatusForbidden)
	case !ok:
		http.NotFound(w, r)
	case key == "":
		var l listing
		for k, data := range s.objects {
			if strings.HasPrefix(k, r.URL.Query().Get("prefix")) {
				l.Contents = append(l.Contents, entry{k, etag(data), changed, len(data)})
			}
		}
		slices.SortFunc(l.Contents, func(a, b entry) int { return strings.Compare(a.Key, b.Key) })
		w.Header().Set("Content-Type", "application/xml")
		_ = xml.NewEncoder(w).Encode(l) // to a client that hangs up
	default:
		if r.Header.Get("Range") == "" {
			s.whole++
		}
		w.Header().Set("ETag", etag(s.objects[key]))
		c := &countingWriter{w, &s.bytes}
		http.ServeContent(c, r, key, changed, bytes.NewReader(s.objects[key]))
	}
}

type countingWriter struct {
	http.ResponseWriter
	n *int
}

func (c *countingWriter) Write(b []byte) (int, error) {
	*c.n += len(b)
	return c.ResponseWriter.Write(b)
}

func etag(data []byte) string {
	sum := md5.Sum(data)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (s *fakeS3) put(key string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[key] = data
}

func (s *fakeS3) setBroken(is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = is
}

func newS3(t *testing.T, paths ...string) (*rig, *fakeS3) {
	store := &fakeS3{objects: map[string][]byte{}, signed: true}
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	r := newRig(t)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.cfg.Parquet.Paths = paths
	r.cfg.Parquet.S3 = config.S3{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Region: "here", AccessKey: "reader", SecretKeyFile: key, Insecure: true,
	}
	return r, store
}

func TestS3(t *testing.T) {
	r, store := newS3(t, "s3://features/drivers/")
	store.put("drivers/day=2026-11-01/a.parquet", encode(t, [][]row{rowsFrom(1, 20000), rowsFrom(20001, 30000)}))
	store.put("drivers/_temporary/b.parquet", encode(t, [][]row{rowsFrom(1, 10)}))
	store.put("drivers/note.txt", []byte("no table"))
	store.put("other/c.parquet", encode(t, [][]row{rowsFrom(1, 10)}))
	r.poll()
	r.want(idsFrom(1, 30000))
	sent := store.bytes
	r.restart()
	r.poll()
	if store.bytes != sent {
		t.Errorf("%d bytes were read of a file that has not changed", store.bytes-sent)
	}
	if !store.signed || store.whole > 0 {
		t.Errorf("signed %v, %d requests for whole objects; want true and none", store.signed, store.whole)
	}
	store.put("drivers/day=2026-11-01/a.parquet", encode(t, [][]row{rowsFrom(1, 20000), rowsFrom(20001, 30000), rowsFrom(30001, 30005)}))
	store.put("drivers/day=2026-11-02/b.parquet", encode(t, [][]row{rowsFrom(40001, 40002)}))
	r.poll()
	r.want(idsFrom(1, 30005), idsFrom(40001, 40002))
}

// The storage is away for a while, also in mid-file: nothing is lost and nothing
// comes twice.
func TestS3Failure(t *testing.T) {
	r, store := newS3(t, "s3://features/drivers/*.parquet")
	store.setBroken(true)
	store.put("drivers/a.parquet", encode(t, [][]row{rowsFrom(1, 5000), rowsFrom(5001, 9000)}))
	r.poll()
	if s := r.s.Status(); s.Up || s.Errors != 1 {
		t.Errorf("status %+v, want down with one error", s)
	}
	store.setBroken(false)
	r.now = r.now.Add(r.s.cfg.PollInterval)
	var b event.Batch
	r.next(&b)
	r.next(&b) // all of the first row group
	store.setBroken(true)
	r.poll()
	r.want(idsFrom(1, 5000))
	if s := r.s.Status(); s.Up || r.bad != 0 {
		t.Errorf("status %+v with %d rejections, want down and none", s, r.bad)
	}
	store.setBroken(false)
	r.poll()
	r.want(idsFrom(1, 9000))
	if s := r.s.Status(); !s.Up {
		t.Errorf("status %+v, want up", s)
	}
}

// Only the columns that are mapped travel.
func TestS3ReadsOnlyTheColumnsNeeded(t *testing.T) {
	r, store := newS3(t, "s3://features/wide.parquet")
	type wide struct {
		ID int64 `parquet:"id"`
		A  [64]byte
		B  [64]byte
	}
	rows := make([]wide, 50000)
	for i := range rows {
		rows[i].ID = int64(i + 1)
		copy(rows[i].A[:], hex.EncodeToString([]byte{byte(i), byte(i >> 8), byte(i * 7)}))
	}
	data := encode(t, [][]wide{rows})
	store.put("wide.parquet", data)
	r.cfg.Fields.Features.Auto, r.cfg.Fields.Prediction.Paths = false, []string{"id"}
	r.cfg.Fields.Features.Names = []string{"id"}
	r.poll()
	if len(r.ids) != len(rows) || store.bytes > len(data)/4 {
		t.Errorf("%d rows by %d of %d bytes, want %d rows by a quarter at most", len(r.ids), store.bytes, len(data), len(rows))
	}
}

func TestMatchKey(t *testing.T) {
	for _, tt := range []struct {
		pattern, key string
		want         bool
	}{
		{"", "a.parquet", true},
		{"", "x/_hidden/a.parquet", false},
		{"drivers", "drivers/a.parquet", true},
		{"drivers/", "drivers/x/a.parquet", true},
		{"drivers", "drivers2/a.parquet", false},
		{"drivers/*.parquet", "drivers/a.parquet", true},
		{"drivers/*.parquet", "drivers/x/a.parquet", false},
		{"day=*/", "day=1/a.parquet", true},
		{"day=*/", "day=1/a.csv", false},
		{"a.data", "a.data", true},
		{"*", "_SUCCESS", false},
	} {
		if got := matchKey(tt.pattern, tt.key); got != tt.want {
			t.Errorf("matchKey(%q, %q) = %v", tt.pattern, tt.key, got)
		}
	}
}

func TestMissingSecret(t *testing.T) {
	set, err := decode.New(config.DefaultSource, config.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p := config.DefaultParquet
	p.Paths, p.S3.AccessKey, p.S3.SecretKeyFile = []string{"s3://a/"}, "a", "/nonexistent/key"
	if _, err := Open(config.Source{Name: "s", Parquet: &p}, set, nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "/nonexistent/key") {
		t.Errorf("error %v, want one that names the file", err)
	}
}
