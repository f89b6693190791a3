package decode

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// scanText runs scanNumber over a text followed by a comma.
func scanText(text string) (float64, int, bool) {
	buf := append([]byte(text), ",\n"...)
	buf = append(buf, make([]byte, pad)...)
	return scanNumber(unsafe.Pointer(&buf[0]), 0)
}

func TestScanNumberEqualsStrconv(t *testing.T) {
	texts := []string{
		"0", "-0", "0.0", "-0.0", "1", "-1", "12.5", "1e5", "1E+5", "1e-5", "123456789012345678",
		"0.1", "0.2", "0.30000000000000004", "1.7976931348623157e308", "1e999", "-1e999", "1e-999",
		"5e-324", "2.2250738585072011e-308", "2.2250738585072014e-308", "9007199254740993",
		"9007199254740992.5", "9007199254740993.0000000000000000001", "18446744073709551615",
		"18446744073709551616", "99999999999999999999", "0.000000000000000000000000000001",
		"123456789.123456789123456789", "1e22", "1e23", "8.5e22", "4.4501477170144023e-308",
		"1" + strings.Repeat("0", 400), "0." + strings.Repeat("0", 400) + "1", "1e00000000005",
		"12345678", "123456789", "1234567.8", "12345678.12345678", "0.00012345678901234567",
	}
	for _, text := range texts {
		checkNumber(t, text)
	}
	r := rand.New(rand.NewPCG(1, 2))
	n := 200_000
	if testing.Short() {
		n = 10_000
	}
	for range n {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		checkNumber(t, strconv.FormatFloat(f, 'e', -1, 64))
		checkNumber(t, strconv.FormatFloat(r.NormFloat64(), 'f', r.IntN(19)+1, 64))
		checkNumber(t, fmt.Sprintf("%d.%0*de%d", r.Uint64()>>r.IntN(64), r.IntN(12)+1, r.Uint64()>>r.IntN(64), r.IntN(90)-45))
	}
}

func checkNumber(t *testing.T, text string) {
	t.Helper()
	want, _ := strconv.ParseFloat(text, 64)
	got, n, ok := scanText(text)
	if !ok || n != len(text) || math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%s: got %v (%#x), %d bytes, ok %t; want %v (%#x)", text, got, math.Float64bits(got), n, ok, want, math.Float64bits(want))
	}
}

func TestScanNumberRefuses(t *testing.T) {
	for _, text := range []string{"", "-", "+1", ".5", "5.", "01", "-01", "1e", "1e+", "1.e5", "x", "-x", "00", "1." + strings.Repeat("x", 9)} {
		if f, n, ok := scanText(text); ok && n == len(text) {
			t.Errorf("%q read as %v", text, f)
		}
	}
}

func TestParseNumberOfTables(t *testing.T) {
	for text, want := range map[string]float64{
		"+1": 1, ".5": .5, "5.": 5, "007": 7, "inf": math.Inf(1), "-Infinity": math.Inf(-1), "1e999": math.Inf(1), "1E3": 1000,
	} {
		if got, ok := parseNumber([]byte(text)); !ok || got != want {
			t.Errorf("%q: got %v, %t; want %v", text, got, ok, want)
		}
	}
	if got, ok := parseNumber([]byte("NaN")); !ok || !math.IsNaN(got) {
		t.Errorf("NaN: got %v, %t", got, ok)
	}
	for _, text := range []string{"", "DE", "0x1p4", "1_000", "1,5", "e5", "infinite", "--1", " 1", "1 "} {
		if got, ok := parseNumber([]byte(text)); ok {
			t.Errorf("%q read as %v", text, got)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, text := range []string{"0", "-0.0", "1e999", "123456789.123456789e-20", "1.", "9007199254740993", "nan", "0x1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, n, ok := scanText(text)
		if ok {
			want, _ := strconv.ParseFloat(text[:n], 64)
			if math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("%q: got %v, want %v", text[:n], got, want)
			}
		}
		if f, whole := parseNumber([]byte(text)); whole && ok && n == len(text) && math.Float64bits(f) != math.Float64bits(got) {
			t.Fatalf("%q: %v as a cell, %v as a JSON number", text, f, got)
		}
		if len(text) <= maxText {
			checkQuoted(t, text)
		}
	})
}

func BenchmarkNumber(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var buf []byte
	var at []int
	var texts []string
	for range 1024 {
		at = append(at, len(buf))
		text := strconv.FormatFloat(r.NormFloat64()*100, 'g', -1, 64)
		texts = append(texts, text)
		buf = append(append(buf, text...), ',')
	}
	buf = append(buf, make([]byte, pad)...)
	b.Run("scan", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			sink, _, _ = scanNumber(unsafe.Pointer(&buf[0]), at[i&1023])
		}
	})
	b.Run("reference=strconv", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			sink, _ = strconv.ParseFloat(texts[i&1023], 64)
		}
	})
}

var sink float64

// checkQuoted holds what becomes of a text in quotes, where numbers are wanted,
// against the same text in the cell of a table.
func checkQuoted(t failer, text string) {
	t.Helper()
	c := event.Column{Cells: []event.Cell{event.Text}, Nums: []float64{0}, Codes: []uint32{0}, Words: []string{text}}
	c.ReadNumbers([]int32{0})
	want, number := parseNumber([]byte(text))
	switch got := c.Cells[0]; {
	case !number && got == event.Text, number && want != want && got == event.Null:
	case number && got == event.Number && math.Float64bits(c.Nums[0]) == math.Float64bits(want):
	default:
		t.Fatalf("%q in quotes: cell %d, %v; as a cell of a table %v, %t", text, got, c.Nums[0], want, number)
	}
}

func TestQuotedNumbers(t *testing.T) {
	for _, text := range []string{"", "12", "-1.5e3", "+1", "007", ".5", "5.", "inf", "-Infinity", "1e999", "NaN", "DE", "0x1p4", "1_000", "1,5", "e5", "infinite", "--1", " 1", "1 "} {
		checkQuoted(t, text)
	}
}

// TestQuotedNumbersBeyondTheDictionary: there are more labels of a regression than
// texts are remembered. The last ones are read as well.
func TestQuotedNumbersBeyondTheDictionary(t *testing.T) {
	const n = 2 * maxWords
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, "{\"prediction\":\"%d.5\",\"label\":\"%d\"}\n", i, i)
	}
	b := decodeAll(t, mustNew(t, config.Source{}), in.String(), 1<<20)
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	b.Prediction.ReadNumbers(rows)
	b.Actual.ReadNumbers(rows)
	line := int64(0)
	for i := range n {
		if b.Prediction.Cells[i] != event.Number || b.Prediction.Nums[i] != float64(i)+.5 || b.Actual.Cells[i] != event.Number || b.Actual.Nums[i] != float64(i) {
			t.Fatalf("row %d: prediction %v (cell %d), label %v (cell %d)", i, b.Prediction.Nums[i], b.Prediction.Cells[i], b.Actual.Nums[i], b.Actual.Cells[i])
		}
		if b.Offsets[i] != line {
			t.Fatalf("row %d is at %d, want %d", i, b.Offsets[i], line)
		}
		line += int64(len(fmt.Sprintf("{\"prediction\":\"%d.5\",\"label\":\"%d\"}\n", i, i)))
	}
}
