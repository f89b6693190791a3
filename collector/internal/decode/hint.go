package decode

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// hint tells people what about a file may not be meant as it stands.
func (s *Set) hint(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.b.Hints, text) {
		s.b.Hints = append(s.b.Hints, text)
	}
}

// delimiters are what tables have between their columns.
const delimiters = ",;\t|"

// hintAtHeader looks for names that stand twice, and for a whole header in one.
func (s *Set) hintAtHeader(names []string) {
	seen := map[string]int{}
	var twice []string
	for _, name := range names {
		if seen[name]++; seen[name] == 2 && name != "" {
			twice = append(twice, printable([]byte(name)))
		}
	}
	if more := len(twice) - 5; more > 0 {
		twice = append(twice[:5], fmt.Sprintf("and %d more", more))
	}
	if len(twice) > 0 {
		s.hint("the header has several columns of one name, and the last of them counts: %s; rename the others", strings.Join(twice, ", "))
	}
	if len(names) == 1 {
		if i := strings.IndexAny(names[0], delimiters); i >= 0 {
			s.hint("the header is one column, %s; set csv: { delimiter: %q } if that is what stands between its names", printable([]byte(names[0])), names[0][i:i+1])
		}
	}
}

// hintAtTable suspects a table in what is read as JSON, by its first line.
func (s *Set) hintAtTable(line []byte, offset int64) {
	if offset == 0 && bytes.ContainsAny(line, delimiters) && !bytes.ContainsAny(line, "{}") && line[0] != '[' {
		s.hint("the first line is no JSON and looks like the header of a table, %s; set format: csv", printable(bytes.TrimRight(line, "\r\n")))
	}
}

// spaced tells that a header has blanks behind its delimiters (a, b): there they
// separate, too. In any other table a blank belongs to the text it stands in, as
// RFC 4180 has it.
func (s *Set) spaced(header []byte) bool {
	for i := range s.cells {
		c := &s.cells[i]
		if i > 0 && c.end > c.start && !c.unquoted && header[c.start] == ' ' && header[c.start-1] == s.csv.Delimiter {
			return true
		}
	}
	return false
}
