package head

import "math"

// temperature returns the T in [0.02, 50] that minimises the mean of
// −log softmax(logits/T)[truth] over photos, by golden section over log T
// (Guo et al. 2017, arXiv 1706.04599, section 4.2), and that mean.
func temperature(logits *matrix, truth []int) (t, loss float64) {
	if logits.n == 0 {
		return 1, 0
	}
	p := make([]float64, logits.d)
	at := func(u float64) float64 {
		sum := 0.0
		for i, y := range truth {
			softmax(p, logits.row(i), math.Exp(u))
			sum -= math.Log(max(p[y], 1e-15))
		}
		return sum / float64(len(truth))
	}
	const golden = 0.6180339887498949
	a, b := math.Log(0.02), math.Log(50)
	c, d := b-golden*(b-a), a+golden*(b-a)
	fc, fd := at(c), at(d)
	for b-a > 1e-3 {
		if fc <= fd {
			b, d, fd = d, c, fc
			c = b - golden*(b-a)
			fc = at(c)
		} else {
			a, c, fc = c, d, fd
			d = a + golden*(b-a)
			fd = at(d)
		}
	}
	u := (a + b) / 2
	return math.Exp(u), at(u)
}
