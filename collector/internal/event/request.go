package event

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// SplitItem divides the id request#3 into the request and the item's index.
func SplitItem(id []byte) (request []byte, item int, ok bool) {
	i := bytes.LastIndexByte(id, '#')
	if i < 0 || i+1 == len(id) || len(id)-i > 6 {
		return id, 0, false
	}
	for _, c := range id[i+1:] {
		if c < '0' || c > '9' {
			return id, 0, false
		}
		item = item*10 + int(c-'0')
	}
	return id[:i], item, true
}

// EachRequest calls f with the rows of each request: consecutive rows request#0,
// request#1, … are the items of one, at most so many; others are requests of one
// item.
func (b *Batch) EachRequest(rows []int32, most int, f func(request []byte, items []int32)) {
	for len(rows) > 0 {
		request, _, _ := SplitItem(b.ID(int(rows[0])))
		n := 1
		for n < len(rows) && n < most && len(request) > 0 {
			next, _, ok := SplitItem(b.ID(int(rows[n])))
			if !ok || !bytes.Equal(next, request) {
				break
			}
			n++
		}
		f(request, rows[:n])
		rows = rows[n:]
	}
}

// ByScore returns the positions of items in the order of a ranking: the highest
// score first, without scores as they are.
func (b *Batch) ByScore(items []int32) []int {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	score := func(i int) float64 {
		if r := items[i]; b.Score.Cells[r] == Number {
			return b.Score.Nums[r]
		}
		return math.Inf(-1)
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(score(j), score(i)) })
	return order
}
