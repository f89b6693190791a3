package sql

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// words counts the values of a column by category: those that are known by name,
// and all others together.
func (sc *scope) words(c *columnPlan) *statement {
	keys := sc.keys()
	s := sc.d.statement().write("SELECT ", keys, ", k, count(*) FROM (SELECT ", keys, ", w, ")
	if known := c.known(); len(known) > 0 {
		s.write("CASE WHEN w IN (").all(known).write(") THEN w END AS k")
	} else {
		s.write("NULL AS k")
	}
	sc.inner(s, func(s *statement) { s.write(", ", sc.d.category(c.source, c.class), " AS w") })
	return s.write(" WHERE w IS NOT NULL) AS c GROUP BY ", keys, ", k")
}

// spellings are texts that are a boolean, too, unless they are categories themselves.
var spellings = map[string][]string{"true": {"True", "TRUE", "t", "T", "1"}, "false": {"False", "FALSE", "f", "F", "0"}}

// known are the values that may be a category of the baseline. In a column of numbers
// those are numbers: 1.50 is the category 1.5, and where true is one, 1 is as well.
func (c *columnPlan) known() (list []arg) {
	text := func(word string) {
		if c.class == classBytes {
			word = hex.EncodeToString([]byte(word))
		}
		if !c.noZero || !strings.ContainsRune(word, 0) {
			list = append(list, arg{formText, word})
		}
	}
	for _, word := range c.Words {
		if c.class != classNumber {
			text(word)
		}
		if c.class.isText() || c.class == classAny {
			for _, spelling := range spellings[word] {
				if !slices.Contains(c.Words, spelling) {
					text(spelling)
				}
			}
		}
		if c.class != classNumber && c.class != classAny {
			continue
		}
		switch x, err := strconv.ParseFloat(word, 64); {
		case word == "true":
			list = append(list, number(1))
		case word == "false":
			list = append(list, number(0))
		case err == nil && !math.IsInf(x, 0) && !math.IsNaN(x):
			list = append(list, number(x))
		}
	}
	return list
}

// all writes a list of parameters.
func (s *statement) all(list []arg) *statement {
	for i, a := range list {
		if i > 0 {
			s.write(", ")
		}
		s.write(a)
	}
	return s
}

// readWords adds what words returned.
func (sc *scope) readWords(p *page, c *columnPlan, into counted) error {
	return sc.each(p, into, nil, func(a *event.Aggregate, cs *cells) error {
		to := &a.Columns[c.at]
		col, known := cs.next()
		n := cs.count()
		if !known {
			to.Unlisted += n
			return nil
		}
		f := col.formAt(cs.row)
		word := string(col.spell(nil, f, cs.row))
		if c.class == classBytes {
			raw, err := hex.DecodeString(word)
			if err != nil {
				return fmt.Errorf("column %q: %w", c.Name, err)
			}
			word = string(raw)
		}
		if kinds[f] == decode.Numbers {
			x := col.num(f, cs.row)
			if word = event.Spell(x); c.Kind == catalog.Boolean && (x == 0 || x == 1) {
				word = strconv.FormatBool(x == 1)
			}
		}
		if i := slices.IndexFunc(to.Words, func(w event.WordCount) bool { return w.Word == word }); i >= 0 {
			to.Words[i].N += n
		} else {
			to.Words = append(to.Words, event.WordCount{Word: word, N: n})
		}
		return nil
	})
}

// unlisted tells that a column has values that are not known by name.
func (rows counted) unlisted(c *columnPlan) bool {
	for _, a := range rows {
		if a.Columns[c.at].Unlisted > 0 {
			return true
		}
	}
	return false
}
