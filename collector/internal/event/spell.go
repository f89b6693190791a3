package event

import "strconv"

// Spell writes a number as a category: the shortest decimal form that is the same
// number, without exponent. Sources, baselines and models must agree on it.
func Spell(x float64) string {
	return strconv.FormatFloat(x+0, 'f', -1, 64) // -0 is 0
}
