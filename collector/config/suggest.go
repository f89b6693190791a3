package config

import "strings"

// maxSuggested bounds the names that data has.
const maxSuggested = 20

// Suggest says what a name may be that is not among those of a table or record, of which
// there may be any number: the nearest one if it is likely a misspelling of it, else
// what there is.
func Suggest(name string, names []string) string {
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	best := nearest(name, lower)
	switch {
	case best >= 0:
		return `did you mean "` + names[best] + `"?`
	case len(names) == 0:
		return "there is nothing else"
	case len(names) == 1:
		return "there is " + names[0]
	case len(names) > maxSuggested:
		return "there are " + strings.Join(names[:maxSuggested], ", ") + ", …"
	}
	return "there are " + strings.Join(names, ", ")
}

// suggest says how to repair a name that is not among names: the nearest one if
// it is likely a misspelling of it, else all of them.
func suggest(name string, names []string) string {
	best := nearest(name, names)
	switch {
	case best >= 0:
		return `did you mean "` + names[best] + `"?`
	case len(names) == 0:
		return "remove it"
	case len(names) == 1:
		return `write "` + names[0] + `"`
	default:
		return "write one of " + strings.Join(names, ", ")
	}
}

// nearest finds the name that another is likely a misspelling of, -1 if none is.
func nearest(name string, names []string) int {
	best, distance := -1, 1+len(name)/3 // "ksi" may be "ks", "foo" is nothing
	for i, n := range names {
		d := editDistance(strings.ToLower(name), n, distance)
		nearer := d < distance || d == distance && (best < 0 || commonPrefix(name, n) > commonPrefix(name, names[best]))
		if nearer {
			best, distance = i, d
		}
	}
	return best
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// editDistance returns the least number of letters to insert, delete, replace or
// swap with their neighbour that turn a into b, or more than limit.
func editDistance(a, b string, limit int) int {
	if len(a) > len(b)+limit || len(b) > len(a)+limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
