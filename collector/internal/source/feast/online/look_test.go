package online

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	ft "github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

var testTime = time.Date(2026, 11, 1, 12, 0, 0, 250e6, time.UTC)

func testView(project string, o *config.Online) *config.View {
	return &config.View{
		Project: project, Name: "driver_hourly_stats", TTL: time.Hour, Online: o, Sample: 100,
		Keys: []config.Column{{Name: "driver", As: "driver_id", Type: typeInt64}},
		Features: []config.Column{
			{Name: "rate", As: "conv_rate", Type: typeFloat}, {Name: "avg_daily_trips", As: "avg_daily_trips", Type: typeInt64},
			{Name: "city", As: "city", Type: typeString},
		},
	}
}

// tableRows fills a sample with a row of each driver, all of testTime.
func tableRows(v *config.View) *Sample {
	var b event.Batch
	for _, name := range []string{"avg_daily_trips", "rate", "city"} {
		b.AddColumn(&b.Features, name)
	}
	const n = 7
	b.Resize(n)
	b.Features[2].Words = []string{"Łódź"}
	for i := range n {
		b.Times[i] = testTime.UnixNano()
		b.AppendID(fmt.Appendf(nil, "%d\x1f%s", 1001+i, testTime))
		b.Features[0].Cells[i], b.Features[0].Nums[i] = event.Number, float64(100+i)
		b.Features[1].Cells[i], b.Features[1].Nums[i] = event.Number, .1
		b.Features[2].Cells[i] = event.Text
	}
	s := NewSample(v)
	s.Add(&b)
	return s
}

// stored is an online row as the test writes it.
type stored struct {
	driver int64
	at     time.Time
	values map[string][]byte
}

func whole(trips int64) map[string][]byte {
	return map[string][]byte{
		"conv_rate": ft.Message(ft.Float(typeFloat, .1)), "avg_daily_trips": ft.Message(ft.Number(typeInt64, trips)),
		"city": ft.Message(ft.Text(typeString, "Łódź")),
	}
}

// served is what the online store has: 1001 as the table, 1002 skewed, 1003 with a
// null, 1004 older than the table, 1005 expired, 1006 newer; 1007 is missing.
var served = []stored{
	{1001, testTime, whole(100)},
	{1002, testTime, whole(-101)},
	{1003, testTime, map[string][]byte{"conv_rate": ft.Message(ft.Number(19, 0)), "avg_daily_trips": whole(102)["avg_daily_trips"], "city": {}}},
	{1004, testTime.Add(-time.Minute), whole(0)},
	{1005, testTime.Add(-2 * time.Hour), whole(0)},
	{1006, testTime.Add(time.Minute), whole(0)},
}

func wantLook(t *testing.T, v *config.View) {
	t.Helper()
	got, err := tableRows(v).Look(t.Context(), testTime.Add(30*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := &Report{
		Entities: 7, Missing: 1, Stale: 2, Expired: 1, Newest: served[5].at.UnixNano(),
		Values: []int{3, 3, 3}, Skewed: []int{1, 1, 1},
	}
	if seconds(got.Newest) == seconds(want.Newest) { // all that some stores keep
		got.Newest = want.Newest
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("report (-got +want):\n%s", diff)
	}
}

func serializedKey(driver int64) []byte {
	b, _ := hex.DecodeString("0100000002000000090000006472697665725f69640400000008000000")
	for i := range 8 {
		b = append(b, byte(driver>>(8*i)))
	}
	return b
}

func TestPostgres(t *testing.T) {
	address := os.Getenv("MODEL_EXPORTER_POSTGRES")
	if address == "" {
		t.Skip("MODEL_EXPORTER_POSTGRES is not set")
	}
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	schema := fmt.Sprintf("model_exporter_online_%d", os.Getpid())
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, statement, args...); err != nil {
			t.Fatal(statement, err)
		}
	}
	exec("CREATE SCHEMA " + schema)
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), address)
		if err == nil {
			_, err = c.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		}
		if err != nil {
			t.Error(err)
		}
	})
	exec("CREATE TABLE " + schema + `."my-project_driver_hourly_stats" (entity_key BYTEA, feature_name TEXT, value BYTEA, value_text TEXT NULL, vector_value BYTEA, event_ts TIMESTAMPTZ, created_ts TIMESTAMPTZ, PRIMARY KEY (entity_key, feature_name))`)
	for _, row := range served {
		for feature, value := range row.values {
			exec("INSERT INTO "+schema+`."my-project_driver_hourly_stats" VALUES ($1, $2, $3, NULL, NULL, $4, NULL)`, serializedKey(row.driver), feature, value, row.at)
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	wantLook(t, testView("my-project", &config.Online{Store: "postgres", Address: u.String(), KeyVersion: 3}))
}

func TestSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "online 100%.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatal(statement, err)
		}
	}
	exec(`CREATE TABLE "my-project_driver_hourly_stats" (entity_key BLOB, feature_name TEXT, value BLOB, vector_value BLOB, event_ts timestamp, created_ts timestamp, PRIMARY KEY(entity_key, feature_name))`)
	for _, row := range served {
		for feature, value := range row.values {
			exec(`INSERT INTO "my-project_driver_hourly_stats" VALUES (?, ?, ?, NULL, ?, NULL)`, serializedKey(row.driver), feature, value, row.at.Format("2006-01-02 15:04:05.999999"))
		}
	}
	v := testView("my-project", &config.Online{Store: "sqlite", Address: path, KeyVersion: 3})
	wantLook(t, v)
	v.Project = "another"
	if _, err := tableRows(v).Look(t.Context(), testTime); err == nil {
		t.Error("a view without a table in the store is no error")
	}
}

func FuzzValue(f *testing.F) {
	for _, row := range served {
		for _, v := range row.values {
			f.Add(v)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, ok := parseValue(data)
		if again, ok2 := parseValue(data); ok != ok2 || !same(v, again, 0) {
			t.Fatalf("%v is not %v", v, again)
		}
		_, _ = timestamp(data)
	})
}
