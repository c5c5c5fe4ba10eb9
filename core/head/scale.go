package head

import "math"

// Scale standardises inputs: z[j] = (x[j] − Mean[j]) / Deviation[j]. A
// feature that never varied is left out, with an infinite deviation.
type Scale struct {
	Mean, Deviation []float32 // [D]
}

// measure returns the scale of the rows of x that have weight w; w nil means
// equal weights.
func measure(x *matrix, rows []int) *Scale {
	mean, square := make([]float64, x.d), make([]float64, x.d)
	for _, r := range rows {
		for j, v := range x.row(r) {
			mean[j] += float64(v)
		}
	}
	n := float64(max(1, len(rows)))
	for j := range mean {
		mean[j] /= n
	}
	for _, r := range rows {
		for j, v := range x.row(r) {
			d := float64(v) - mean[j]
			square[j] += d * d
		}
	}
	s := &Scale{make([]float32, x.d), make([]float32, x.d)}
	for j := range mean {
		s.Mean[j] = float32(mean[j])
		s.Deviation[j] = float32(math.Sqrt(square[j] / n))
		if float64(s.Deviation[j]) <= 1e-6*math.Abs(mean[j]) || s.Deviation[j] < 1e-12 {
			s.Deviation[j] = float32(math.Inf(1))
		}
	}
	return s
}

// apply standardises x, [D], in place.
func (s *Scale) apply(x []float32) {
	for j := range x {
		x[j] = (x[j] - s.Mean[j]) / s.Deviation[j]
	}
}
