package feast

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/model-exporter/model_exporter/collector/config"
	ft "github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

// BenchmarkDiscover reads the registry of a large feature store: 1,000 views of 20
// features. As a reference it walks the same bytes with protowire and looks at no more
// than the numbers and lengths of fields, three levels deep.
func BenchmarkDiscover(b *testing.B) {
	const features = 20
	views := make([]ft.View, 1000)
	for i := range views {
		views[i] = ft.View{Name: fmt.Sprintf("view_%d", i), Owner: "me", Path: fmt.Sprintf("data/%d.parquet", i), TTL: time.Hour, Entities: []string{"driver"}}
		for k := range features {
			views[i].Features = append(views[i].Features, ft.Column(4, fmt.Sprintf("feature_%d", k), ft.Double64))
		}
	}
	data := ft.Registry(views)
	cfg := config.DefaultFeast
	report := func(b *testing.B) {
		b.ReportMetric(float64(len(views)*b.N)/b.Elapsed().Seconds(), "views/s")
	}
	b.Run("discover", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			found, err := parseRegistry(data)
			if err != nil {
				b.Fatal(err)
			}
			if d := testRepo.discover(found, &cfg); len(d.Tables) != len(views) {
				b.Fatalf("%d tables, skipped %v", len(d.Tables), d.Skipped)
			}
		}
		report(b)
	})
	b.Run("protowire", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if n := fields(data, 3); n < len(views)*features {
				b.Fatal(n, "fields")
			}
		}
		report(b)
	})
}

func fields(data []byte, depth int) (n int) {
	for len(data) > 0 {
		num, typ, size := protowire.ConsumeTag(data)
		if size < 0 {
			return n
		}
		data = data[size:]
		if size = protowire.ConsumeFieldValue(num, typ, data); size < 0 {
			return n
		}
		if n++; typ == protowire.BytesType && depth > 1 {
			inner, _ := protowire.ConsumeBytes(data)
			n += fields(inner, depth-1)
		}
		data = data[size:]
	}
	return n
}
