package sql

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// plainCell is a value with all that a column knows of it.
type plainCell struct {
	form form
	num  float64
	bits int64
	text string
}

func drawCell(t *rapid.T) plainCell {
	v := plainCell{form: form(rapid.IntRange(0, int(formNested)).Draw(t, "form"))}
	switch v.form {
	case formInt:
		v.bits = rapid.Int64().Draw(t, "int")
		v.num = float64(v.bits)
	case formUint:
		u := rapid.Uint64().Draw(t, "uint")
		v.num, v.bits = float64(u), int64(u)
	case formFloat, formDecimal, formClock:
		v.num = rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1)})).Draw(t, "float")
		if v.form != formFloat {
			v.text = strconv.FormatFloat(v.num, 'g', -1, 64)
		}
	case formSingle:
		v.num = float64(rapid.Float32().Draw(t, "single"))
	case formBool:
		v.bits = rapid.Int64Range(0, 1).Draw(t, "bool")
		v.num = float64(v.bits)
	case formText, formBlob:
		v.text = rapid.StringMatching("[a-zé]{0,9}").Draw(t, "text")
	case formTime, formLocal, formDate:
		v.bits = rapid.OneOf(rapid.Int64(), rapid.Just(event.NoTime)).Draw(t, "nanos")
	}
	return v
}

func (v plainCell) addTo(c *column) {
	switch v.form {
	case formNull:
		c.addNull()
	case formInt:
		c.addInt(v.bits)
	case formUint:
		c.addUint(uint64(v.bits))
	case formFloat:
		c.addFloat(v.num)
	case formSingle:
		c.addNum(formSingle, v.num)
	case formDecimal:
		c.addDecimal([]byte(v.text))
	case formClock:
		c.data = append(c.data, v.text...)
		c.addNum(formClock, v.num)
		c.endText()
	case formBool:
		c.addBool(v.bits != 0)
	case formText, formBlob:
		c.addText(v.form, []byte(v.text))
	case formTime, formLocal, formDate:
		c.addBits(v.form, v.bits)
	case formNested:
		c.add(formNested)
	}
}

// spelled is the text of a value, by its form alone.
func (v plainCell) spelled() string {
	switch v.form {
	case formInt:
		return strconv.FormatInt(v.bits, 10)
	case formUint:
		return strconv.FormatUint(uint64(v.bits), 10)
	case formFloat:
		return strconv.FormatFloat(v.num, 'g', -1, 64)
	case formSingle:
		return strconv.FormatFloat(v.num, 'g', -1, 32)
	case formBool:
		return strconv.FormatBool(v.bits != 0)
	case formTime, formLocal, formDate:
		if v.bits == event.NoTime {
			return "out of range"
		}
		return time.Unix(0, v.bits).UTC().Format(layouts[v.form])
	}
	return v.text
}

// TestColumnsOfAnyForms: columns in which forms and nulls follow each other as they
// like, as in SQLite, have in each row what was added, and hand it over in any batches.
// The bytes of a row that its hash is made of are those of the first release: positions
// hold such hashes.
func TestColumnsOfAnyForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p page
		src := config.DefaultSource
		src.Fields.Timezone = time.UTC
		set, err := decode.New(src, config.Limits{Features: 10})
		if err != nil {
			t.Fatal(err)
		}
		pl := &plan{decode: set.Table([]string{"x"}), columns: []string{"x"}, into: []int{0}}
		for range 2 { // a page is used again
			p.reset(1)
			c := p.columns[0]
			cells := rapid.SliceOfN(rapid.Custom(drawCell), 1, 12).Draw(t, "cells")
			for _, v := range cells {
				v.addTo(c)
				p.rows++
			}
			for row, v := range cells {
				f := c.formAt(row)
				if got := (plainCell{f, c.num(f, row), c.whole(row), string(c.text(row))}); f != v.form || math.Float64bits(got.num) != math.Float64bits(v.num) || got.text != v.text || got.bits != v.bits && f != formBool {
					t.Fatalf("row %d of %+v: got %+v", row, cells, got)
				}
				raw := binary.LittleEndian.AppendUint64(nil, uint64(v.bits))
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v.num))
				raw = append(binary.LittleEndian.AppendUint32(raw, uint32(len(v.text))), v.text...)
				if got := c.raw(nil, row); !slices.Equal(got, raw) {
					t.Fatalf("row %d of %+v: raw %x, want %x", row, cells, got, raw)
				}
				if got := string(c.spell(nil, f, row)); f != formNull && got != v.spelled() {
					t.Fatalf("row %d of %+v: %q, want %q", row, cells, got, v.spelled())
				}
			}
			var rows []int32
			for row := range cells {
				if rapid.Bool().Draw(t, "new") {
					rows = append(rows, int32(row))
				}
			}
			if len(rows) == 0 {
				continue
			}
			var b event.Batch
			pl.fill(&b, &p, rows)
			if len(b.Features) != 1 || b.N != len(rows) {
				t.Fatalf("%d features of %d rows, want one of %d", len(b.Features), b.N, len(rows))
			}
			for i, row := range rows {
				if got, want := cellOf(&b.Features[0], i), cells[row].cell(); got != want {
					t.Fatalf("row %d of %+v: got %+v, want %+v", row, cells, got, want)
				}
			}
		}
	})
}

// cell is what a value should be in a batch.
func (v plainCell) cell() value {
	switch v.form {
	case formNull:
		return null
	case formNested:
		return nested
	case formBool:
		return truth(v.num)
	case formText, formBlob:
		return word(v.text)
	case formTime, formLocal, formDate:
		if v.bits == event.NoTime {
			return null
		}
		return num(float64(v.bits) / 1e9)
	}
	if v.num != v.num {
		return null
	}
	return num(v.num)
}
