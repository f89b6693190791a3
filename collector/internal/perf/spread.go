package perf

// spread holds power sums of labels y, and of squared errors weighted by them,
// about a centre: the first label. About 0 they would lose every digit for
// labels around 1e9 that differ by 1. A label as centre keeps the loss of the
// sum of squares below the factor n+1, whichever label it is:
// Σ(y−c)² = Σ(y−mean)² + n·(c−mean)², and c is one of them. Two spreads with
// different centres are added by moving one of them.
type spread struct {
	n              float64 // 0: no centre yet
	centre         float64
	s1, s2, s3, s4 float64 // Σ(y−c)ᵏ
	e0, e1, e2     float64 // Σe²·(y−c)ᵏ
}

// join adds label y with squared error square, sign times.
func (d *spread) join(y, square, sign float64) {
	if *d == (spread{centre: d.centre}) {
		d.centre = y
	}
	x := y - d.centre
	d.n += sign
	d.s1 += sign * x
	d.s2 += sign * x * x
	d.s3 += sign * x * x * x
	d.s4 += sign * x * x * x * x
	d.e0 += sign * square
	d.e1 += sign * square * x
	d.e2 += sign * square * x * x
}

// add adds o.
func (d *spread) add(o *spread) {
	if *d == (spread{centre: d.centre}) {
		*d = *o
		return
	}
	m := o.about(d.centre)
	d.n += m.n
	d.s1 += m.s1
	d.s2 += m.s2
	d.s3 += m.s3
	d.s4 += m.s4
	d.e0 += m.e0
	d.e1 += m.e1
	d.e2 += m.e2
}

// about returns the same sums about another centre.
func (d *spread) about(centre float64) spread {
	t := d.centre - centre
	return spread{
		n:      d.n,
		centre: centre,
		s1:     d.s1 + t*d.n,
		s2:     d.s2 + t*(2*d.s1+t*d.n),
		s3:     d.s3 + t*(3*d.s2+t*(3*d.s1+t*d.n)),
		s4:     d.s4 + t*(4*d.s3+t*(6*d.s2+t*(4*d.s1+t*d.n))),
		e0:     d.e0,
		e1:     d.e1 + t*d.e0,
		e2:     d.e2 + t*(2*d.e1+t*d.e0),
	}
}

const spreadLen = 9

func (d *spread) array() [spreadLen]float64 {
	return [spreadLen]float64{d.n, d.centre, d.s1, d.s2, d.s3, d.s4, d.e0, d.e1, d.e2}
}

func spreadOf(a [spreadLen]float64) spread {
	return spread{a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]}
}
