package decode

import "math/big"

// The powers of ten in the table. Numbers of 17 digits between 1e-40 and 1e40
// need no others; the rest goes to strconv.
const minPower, maxPower = -64, 64

// powers[i] is 10^(minPower+i) scaled by a power of two to 128 bits, rounded down.
var powers = makePowers()

type power128 struct{ hi, lo uint64 }

func makePowers() (table [maxPower - minPower + 1]power128) {
	ten := big.NewInt(10)
	for i := range table {
		exp := minPower + i
		x := new(big.Int).Exp(ten, big.NewInt(int64(max(exp, -exp))), nil)
		if exp < 0 {
			// 2^(127+bits) / 10^-exp has 128 bits.
			one := new(big.Int).Lsh(big.NewInt(1), uint(127+x.BitLen()))
			x = one.Quo(one, x)
		}
		if shift := 128 - x.BitLen(); shift >= 0 {
			x.Lsh(x, uint(shift))
		} else {
			x.Rsh(x, uint(-shift))
		}
		lo := new(big.Int).And(x, new(big.Int).SetUint64(1<<64-1))
		table[i] = power128{new(big.Int).Rsh(x, 64).Uint64(), lo.Uint64()}
	}
	return table
}
