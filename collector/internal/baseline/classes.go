package baseline

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// noClass is the code of a cell that names none.
const noClass = -1

// classes numbers the classes that predictions and labels name, in the order in
// which they appear. Those that there is no room for are Other.
type classes struct {
	names   []string
	index   map[string]int
	spilled bool // there were too many
	numbers int  // names that are numbers
	crowded bool // too many, and most are numbers, as continuous values are
}

// codes remembers the codes of one column's cells.
type codes struct {
	dict    []string // dictionary of the last batch
	words   []int32  // by code in dict; noWordCode until it is needed
	numbers []numberCode
}

// numberCode is the code of a Number or Bool cell.
type numberCode struct {
	x      float64
	isBool bool
	code   int
}

const noWordCode = -2

// of returns the code of a row's class, noClass if it has none.
func (c *codes) of(all *classes, col *event.Column, row int32) int {
	switch cell := col.Cells[row]; cell {
	case event.Text:
		return c.word(all, col.Codes[row])
	case event.Number, event.Bool:
		return c.number(all, col.Nums[row], cell == event.Bool)
	default:
		return noClass
	}
}

// follow makes dict the dictionary that codes of words refer to.
func (c *codes) follow(dict []string) {
	if !extends(dict, c.dict) {
		c.words = c.words[:0]
	}
	c.dict = dict
	for len(c.words) < len(dict) {
		c.words = append(c.words, noWordCode)
	}
}

func (c *codes) word(all *classes, code uint32) int {
	if code == event.Unlisted {
		return all.code(Other)
	}
	if c.words[code] == noWordCode {
		c.words[code] = noClass
		if text := c.dict[code]; text != "" {
			c.words[code] = int32(all.code(ClassName(text)))
		}
	}
	return int(c.words[code])
}

// number finds the few numbers that are classes faster than a map would.
func (c *codes) number(all *classes, x float64, isBool bool) int {
	for i := range c.numbers {
		if n := &c.numbers[i]; n.x == x && n.isBool == isBool {
			return n.code
		}
	}
	known := len(all.names)
	code := all.code(spellCell("", x, isBool))
	all.numbers += len(all.names) - known
	if all.spilled {
		all.crowded = 2*all.numbers > len(all.names)
	} else {
		c.numbers = append(c.numbers, numberCode{x, isBool, code})
	}
	return code
}

// twins are spellings of one class where some say booleans and some numbers.
var twins = map[string]string{"1": "true", "0": "false", "true": "1", "false": "0"}

// ClassTwin returns the other spelling of a class where some say booleans and some
// numbers, empty if there is none.
func ClassTwin(name string) string { return twins[name] }

// code returns the code of a class by its name, a new one if there is room. If
// predictions say true and labels 1, or the other way about, they are one class,
// and it is called true.
func (c *classes) code(name string) int {
	if code, ok := c.index[name]; ok {
		return code
	}
	if c.index == nil {
		c.index = map[string]int{}
	}
	if code, ok := c.index[ClassTwin(name)]; ok {
		c.index[name] = code
		if name == "true" || name == "false" {
			c.names[code] = name
		}
		return code
	}
	if len(c.names) >= perf.MaxClasses-1 {
		c.spilled, name = true, Other
		if code, ok := c.index[Other]; ok {
			return code
		}
	}
	c.names = append(c.names, name)
	c.index[name] = len(c.names) - 1
	return len(c.names) - 1
}

// ClassName spells a text as the class that it means: "1" and "1.0" are 1, and
// "True" is true. 007 is a name.
func ClassName(word string) string {
	if x, err := strconv.ParseFloat(word, 64); err == nil && math.Abs(x) <= math.MaxFloat64 && !(len(word) > 1 && word[0] == '0' && word[1] != '.') {
		return event.Spell(x)
	}
	if x, err := strconv.ParseBool(word); err == nil && len(word) > 1 {
		return strconv.FormatBool(x)
	}
	return strings.ToValidUTF8(word, "\uFFFD") // as it comes back from the file
}

// positives are the names of the positive class where nothing else says which.
var positives = []string{"1", "true", "yes"}

// positive returns the code of the class that is looked for: one that is called
// so, or else the rarer one among the labels.
func (c *classes) positive(labels []uint64) int {
	for code, name := range c.names[:min(2, len(c.names))] {
		if slices.Contains(positives, strings.ToLower(name)) {
			return code
		}
	}
	if len(labels) > 1 && labels[1] > labels[0] {
		return 0
	}
	return 1
}
