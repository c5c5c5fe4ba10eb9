package head

import "math"

// Scale prepares an input for a head: the root of each feature where Root is
// set, then each feature less its mean, over its standard deviation and over √D,
//
//	z[j] = (g(x[j]) − Mean[j]) · Factor[j],  g(x) = x or sign(x)·√|x|
//
// so that a photo's vector has a mean squared length of 1 whatever D is, and a
// penalty or a shrinkage means the same for every input. The root brings the
// long-tailed features of a rectified network nearer to normal (Tukey's ladder;
// Yang, Liu and Xu 2021, arXiv 2101.06395, section 3.2). A feature
// that never varied has the factor 0.
type Scale struct {
	Root   bool
	Mean   []float32 // [D]
	Factor []float32 // [D]
}

// deviationPrior is how many photos' worth of the average feature's variance
// is added to each feature's own, which steadies those of a handful of photos.
const deviationPrior = 4

// newScale makes the scale of the rows of x. With root set the root of x must
// have been taken already.
func newScale(x table, root bool) *Scale {
	mean, square := make([]float64, x.d), make([]float64, x.d)
	row := make([]float32, x.d)
	for i := range x.n {
		x.read(row, i)
		for j, v := range row {
			mean[j] += float64(v)
		}
	}
	n := float64(max(1, x.n))
	for j := range mean {
		mean[j] /= n
	}
	total := 0.0
	for i := range x.n {
		x.read(row, i)
		for j, v := range row {
			d := float64(v) - mean[j]
			square[j] += d * d
			total += d * d
		}
	}
	prior := 0.0
	if n < 20*deviationPrior {
		prior = deviationPrior * total / n / float64(x.d)
	}
	s := &Scale{Root: root, Mean: make([]float32, x.d), Factor: make([]float32, x.d)}
	for j := range mean {
		s.Mean[j] = float32(mean[j])
		deviation := math.Sqrt(square[j] / n)
		if deviation > 1e-6*math.Abs(mean[j]) && deviation > 1e-12 {
			if prior > 0 {
				deviation = math.Sqrt((square[j] + prior) / (n + deviationPrior))
			}
			s.Factor[j] = float32(1 / (deviation * math.Sqrt(float64(x.d))))
		}
	}
	return s
}

// apply prepares x, [D], in place.
func (s *Scale) apply(x []float32) {
	if s.Root {
		takeRoot(x)
	}
	s.standardise(x)
}

func (s *Scale) standardise(x []float32) {
	for j := range x {
		x[j] = (x[j] - s.Mean[j]) * s.Factor[j]
	}
}

func takeRoot(x []float32) {
	for j, v := range x {
		if v >= 0 {
			x[j] = float32(math.Sqrt(float64(v)))
		} else {
			x[j] = -float32(math.Sqrt(float64(-v)))
		}
	}
}
