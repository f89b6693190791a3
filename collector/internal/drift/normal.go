package drift

import (
	"math"
	"math/rand/v2"
	"sync"
)

// normalBits is the resolution of the normal deviates: a sum over bins does not
// notice, and five of them come from one random word.
const normalBits = 12

// normalTable holds the quantiles of the normal law in the middle of 2^normalBits
// equal slices, scaled to variance 1.
var normalTable = sync.OnceValue(func() *[1 << normalBits]float64 {
	var t [1 << normalBits]float64
	var sum float64
	for i := range t {
		t[i] = math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/float64(len(t))-1)
		sum += t[i] * t[i]
	}
	for i := range t {
		t[i] /= math.Sqrt(sum / float64(len(t)))
	}
	return &t
})

// fillNormal fills z with normal deviates.
func fillNormal(z []float64, random *rand.PCG) {
	table := normalTable()
	const mask = 1<<normalBits - 1
	for ; len(z) >= 5; z = z[5:] {
		word := random.Uint64()
		z[0] = table[word&mask]
		z[1] = table[word>>normalBits&mask]
		z[2] = table[word>>(2*normalBits)&mask]
		z[3] = table[word>>(3*normalBits)&mask]
		z[4] = table[word>>(4*normalBits)&mask]
	}
	word := random.Uint64()
	for i := range z {
		z[i] = table[word&mask]
		word >>= normalBits
	}
}

// moments collects mean, variance and third moment.
type moments struct{ n, sum, squares, cubes float64 }

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.squares += x * x
	m.cubes += x * x * x
}

func (m *moments) mean() float64 { return m.sum / m.n }

func (m *moments) variance() float64 {
	return max(0, m.squares-m.sum*m.sum/m.n) / (m.n - 1)
}

func (m *moments) third() float64 {
	mean := m.mean()
	return m.cubes/m.n - 3*mean*m.squares/m.n + 2*mean*mean*mean
}
