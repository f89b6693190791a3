package event

import (
	"math"
	"strconv"
	"strings"
)

// ReadNumbers makes the texts among some rows numbers where they are: some writers
// put every value into quotes. NaN becomes Null, and other texts stay as they are.
func (c *Column) ReadNumbers(rows []int32) {
	if CountCells(c.Cells, Text) == 0 {
		return
	}
	for _, r := range rows {
		c.ReadNumber(int(r))
	}
}

// ReadNumber is ReadNumbers of one row.
func (c *Column) ReadNumber(row int) {
	if c.Cells[row] != Text {
		return
	}
	text, _ := c.Text(row)
	switch x, ok := number(text); {
	case !ok:
	case x != x:
		c.Cells[row] = Null
	default:
		c.Cells[row], c.Nums[row] = Number, x
	}
}

// number reads what a decoder reads as a number in the cell of a table.
func number(text string) (float64, bool) {
	if text == "" || text[0] > '9' && text[0]|0x20 != 'i' && text[0]|0x20 != 'n' {
		return 0, false // most texts end here, without the error's allocation
	}
	if strings.ContainsAny(text, "_xXpP") { // which only ParseFloat takes for parts of numbers
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil || math.IsInf(x, 0)
}

// found describes a cell, short and printable.
func (c *Column) found(row int) string {
	switch c.Cells[row] {
	case Absent, Null:
		return "nothing"
	case Number:
		return strconv.FormatFloat(c.Nums[row], 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(c.Nums[row] != 0)
	case Text:
		if text, ok := c.Text(row); ok {
			const most = 60
			if len(text) > most {
				return strconv.QuoteToASCII(text[:most]) + "..."
			}
			return strconv.QuoteToASCII(text)
		}
		return "a text that is new or long" // its dictionary is full
	default:
		return "an array or object"
	}
}
