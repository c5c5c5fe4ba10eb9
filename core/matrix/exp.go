package matrix

import "math"

// Exponentials replaces x[i] by the exponential of x[i] − top[i], which must not be above 0, within
// two units in the last place, and adds it to sum[i]. A difference below −87 counts as −87. It
// takes a fraction of the time of math.Exp.
//
// A difference is n·log 2 + r with |r| ≤ ½·log 2, and eʳ is a polynomial, that of Cephes's expf
// (Moshier 1992).
func Exponentials(x, top, sum []float32) {
	const (
		log2e = 1.44269504088896341
		high  = 0.693359375 // log 2 is high + low, and n·high is exact
		low   = -2.12194440e-4
		shift = 1.5 * (1 << 23) // adding it rounds to an integer, in the low bits
	)
	top, sum = top[:len(x)], sum[:len(x)]
	for i, v := range x {
		v = max(v-top[i], -87)
		t := v*log2e + shift
		n := t - shift
		r := v - n*high - n*low
		p := float32(1.9875691500e-4)
		p = p*r + 1.3981999507e-3
		p = p*r + 8.3334519073e-3
		p = p*r + 4.1665795894e-2
		p = p*r + 1.6666665459e-1
		p = p*r + 5.0000001201e-1
		p = p*r*r + r + 1
		p *= math.Float32frombits((math.Float32bits(t) + 127) << 23)
		x[i] = p
		sum[i] += p
	}
}
