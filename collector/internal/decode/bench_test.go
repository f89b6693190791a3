package decode

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// sample is the event that speed is measured on: 14 floats as Python prints
// them, 2 integers, 4 categories, id, time, prediction, score, latency, model
// and version.
type sample struct {
	floats, ints, categories []string // names
	rand                     *rand.Rand
	n                        int
}

func newSample() *sample {
	s := &sample{rand: rand.New(rand.NewPCG(7, 7))}
	s.floats = strings.Fields("amount balance age_days distance_km velocity_1h velocity_24h avg_ticket risk_ip risk_device lat lon hour_sin hour_cos credit_ratio")
	s.ints = strings.Fields("n_items n_retries")
	s.categories = strings.Fields("country merchant channel card_type")
	return s
}

func (s *sample) cells() (floats, ints, categories []string) {
	r := s.rand
	for i := range s.floats {
		x := r.NormFloat64() * []float64{100, 1, 30}[i%3]
		switch i % 4 {
		case 0:
			floats = append(floats, strconv.FormatFloat(x, 'f', 2, 64))
		case 1:
			floats = append(floats, strconv.FormatFloat(x, 'f', 6, 64))
		default:
			floats = append(floats, strconv.FormatFloat(x, 'g', -1, 64))
		}
	}
	for range s.ints {
		ints = append(ints, strconv.Itoa(r.IntN(20)))
	}
	for i, n := range []int{40, 200, 4, 3} {
		categories = append(categories, fmt.Sprintf("%s%d", []string{"C", "merchant_", "channel", "card"}[i], r.IntN(n)))
	}
	return floats, ints, categories
}

func (s *sample) time() string {
	return time.UnixMilli(1_793_534_400_000 + int64(s.n)*37).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func (s *sample) appendJSON(dst []byte) []byte {
	s.n++
	floats, ints, categories := s.cells()
	dst = fmt.Appendf(dst, `{"type":"prediction","id":"01J%023d","timestamp":"%s","model":"fraud","version":"3","features":{`, s.n, s.time())
	for i, name := range s.floats {
		dst = fmt.Appendf(dst, `"%s":%s,`, name, floats[i])
	}
	for i, name := range s.ints {
		dst = fmt.Appendf(dst, `"%s":%s,`, name, ints[i])
	}
	for i, name := range s.categories {
		dst = fmt.Appendf(dst, `"%s":"%s",`, name, categories[i])
	}
	dst[len(dst)-1] = '}'
	score := s.rand.Float64()
	return fmt.Appendf(dst, `,"prediction":"%d","score":%v,"latency_ms":%.2f}`+"\n", s.rand.IntN(2), score, s.rand.ExpFloat64()*10)
}

func (s *sample) appendCSV(dst []byte) []byte {
	if s.n == 0 {
		dst = append(dst, "id,timestamp,model,version,"+strings.Join(s.floats, ",")+","+strings.Join(s.ints, ",")+","+strings.Join(s.categories, ",")+",prediction,score,latency_ms\n"...)
	}
	s.n++
	floats, ints, categories := s.cells()
	return fmt.Appendf(dst, "01J%023d,%s,fraud,3,%s,%s,%s,%d,%v,%.2f\n", s.n, s.time(), strings.Join(floats, ","), strings.Join(ints, ","), strings.Join(categories, ","),
		s.rand.IntN(2), s.rand.Float64(), s.rand.ExpFloat64()*10)
}

func log(events int, add func([]byte) []byte) []byte {
	var data []byte
	for range events {
		data = add(data)
	}
	return data
}

const benchEvents = 2000 // 1.3 MB: out of the L2 cache, as blocks of a file are

func report(b *testing.B, data []byte, events int) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	b.ReportMetric(float64(b.N)*float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(events), "ns/event")
}

func BenchmarkDecode(b *testing.B) {
	b.Run("format=json/columns=20", func(b *testing.B) {
		data := log(benchEvents, newSample().appendJSON)
		b.Run("decode", func(b *testing.B) { benchDecode(b, config.JSON, data) })
		b.Run("reference=fastjson", func(b *testing.B) { benchFastjson(b, data) })
		b.Run("reference=encoding_json", func(b *testing.B) { benchEncodingJSON(b, data) })
		b.Run("general", func(b *testing.B) { benchGeneral(b, data) })
		b.Run("reference=newlines", func(b *testing.B) { benchNewlines(b, data) })
	})
	b.Run("format=csv/columns=20", func(b *testing.B) {
		data := log(benchEvents, newSample().appendCSV)
		b.Run("decode", func(b *testing.B) { benchDecode(b, config.CSVFormat, data) })
		b.Run("reference=encoding_csv", func(b *testing.B) { benchEncodingCSV(b, data) })
	})
}

func benchDecode(b *testing.B, format config.Format, data []byte) {
	s := mustNew(b, config.Source{Format: format})
	batch := &event.Batch{}
	decode := func() (n int) {
		st := s.Stream()
		for pos := 0; pos < len(data); {
			batch.Reset()
			pos += st.Decode(batch, data[pos:], int64(pos), true)
			n += batch.N
		}
		return n
	}
	decode()
	for b.Loop() {
		if n := decode(); n != benchEvents {
			b.Fatal(n, dump(batch))
		}
	}
	report(b, data, benchEvents)
}

// benchGeneral decodes as if no layout were ever learned.
func benchGeneral(b *testing.B, data []byte) {
	s := mustNew(b, config.Source{})
	batch := &event.Batch{}
	for b.Loop() {
		batch.Reset()
		s.begin(batch)
		for pos := 0; pos < len(data); {
			nl := bytes.IndexByte(data[pos:], '\n')
			s.orders.ends, s.orders.missed = maxOrders, -1<<30
			s.line(data[pos:pos+nl], 1)
			pos += nl + 1
		}
		s.end()
		if batch.N != benchEvents {
			b.Fatal(batch.N)
		}
	}
	report(b, data, benchEvents)
}

// benchFastjson parses and gets all the fields that Decode fills in.
func benchFastjson(b *testing.B, data []byte) {
	s := newSample()
	var p fastjson.Parser
	columns := make([][]float64, len(s.floats)+len(s.ints)+2)
	texts := make([][][]byte, len(s.categories)+6)
	for b.Loop() {
		for i := range columns {
			columns[i] = columns[i][:0]
		}
		for i := range texts {
			texts[i] = texts[i][:0]
		}
		for pos := 0; pos < len(data); {
			nl := bytes.IndexByte(data[pos:], '\n')
			v, err := p.ParseBytes(data[pos : pos+nl])
			if err != nil {
				b.Fatal(err)
			}
			f := v.GetObject("features")
			for i, name := range s.floats {
				x, _ := f.Get(name).Float64()
				columns[i] = append(columns[i], x)
			}
			for i, name := range s.ints {
				x, _ := f.Get(name).Float64()
				columns[len(s.floats)+i] = append(columns[len(s.floats)+i], x)
			}
			for i, name := range s.categories {
				x, _ := f.Get(name).StringBytes()
				texts[i] = append(texts[i], x)
			}
			n := len(s.floats) + len(s.ints)
			columns[n] = append(columns[n], v.GetFloat64("score"))
			columns[n+1] = append(columns[n+1], v.GetFloat64("latency_ms"))
			for i, name := range []string{"type", "id", "timestamp", "model", "version", "prediction"} {
				texts[len(s.categories)+i] = append(texts[len(s.categories)+i], v.GetStringBytes(name))
			}
			pos += nl + 1
		}
	}
	report(b, data, benchEvents)
}

func benchEncodingJSON(b *testing.B, data []byte) {
	for b.Loop() {
		for rest := data; len(rest) > 0; {
			nl := bytes.IndexByte(rest, '\n')
			var v map[string]any
			if err := json.Unmarshal(rest[:nl], &v); err != nil {
				b.Fatal(err)
			}
			rest = rest[nl+1:]
		}
	}
	report(b, data, benchEvents)
}

func benchNewlines(b *testing.B, data []byte) {
	for b.Loop() {
		n := 0
		for rest := data; len(rest) > 0; n++ {
			rest = rest[bytes.IndexByte(rest, '\n')+1:]
		}
		if n != benchEvents {
			b.Fatal(n)
		}
	}
	report(b, data, benchEvents)
}

// benchEncodingCSV reads records and parses the numbers in them.
func benchEncodingCSV(b *testing.B, data []byte) {
	s := newSample()
	numbers := 4 + len(s.floats) + len(s.ints)
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(data))
		r.ReuseRecord = true
		if _, err := r.Read(); err != nil {
			b.Fatal(err)
		}
		for {
			rec, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			for _, text := range rec[4:numbers] {
				if sink, err = strconv.ParseFloat(text, 64); err != nil {
					b.Fatal(err)
				}
			}
			for _, text := range rec[len(rec)-2:] {
				if sink, err = strconv.ParseFloat(text, 64); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	report(b, data, benchEvents)
}
