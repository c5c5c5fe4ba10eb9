package head

import "math"

// doubt is how many photos of no class in particular count in a calibration.
const doubt = 2

// temperature returns the T in [0.02, 50] that minimises the mean of
// −log softmax(logits/T)[truth] over photos, by golden section over log T
// (Guo et al. 2017, arXiv 1706.04599, section 4.2), and that mean.
//
// Besides the photos there count two of no class in particular, so that a
// handful that are all right don't make the head sure beyond measure.
func temperature(logits *matrix, truth []int) (t, loss float64) {
	if logits.n == 0 {
		return 1, 0
	}
	p := make([]float64, logits.d)
	n := float64(logits.n)
	at := func(u float64) float64 {
		sum := 0.0
		for i, y := range truth {
			softmax(p, logits.row(i), math.Exp(u))
			sum -= math.Log(max(p[y], 1e-15))
			for _, v := range p {
				sum -= doubt / n / float64(logits.d) * math.Log(max(v, 1e-15))
			}
		}
		return sum / (n + doubt)
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
	return math.Exp(u), logLoss(logits, truth, math.Exp(u))
}

// logLoss is the mean of −log softmax(logits/t)[truth].
func logLoss(logits *matrix, truth []int, t float64) float64 {
	p := make([]float64, logits.d)
	sum := 0.0
	for i, y := range truth {
		softmax(p, logits.row(i), t)
		sum -= math.Log(max(p[y], 1e-15))
	}
	return share(sum, float64(len(truth)))
}
