package head

import (
	"math"

	"homeroom/core/matrix"
)

// Scale prepares an input for a head: where Root is set, the root of each feature over the sum of
// those of its part, then each feature less its mean, over its standard deviation and over √D,
//
//	z[j] = (g(x)[j] − Mean[j]) · Factor[j],  g(x) = x or sign(x)·√(|x|/Σ|x|)
//
// so that a photo's vector has a mean squared length of about 1 whatever D is, and a penalty or a
// shrinkage means the same for every input.
//
// The root is the Hellinger map (Arandjelović and Zisserman 2012, section 2): lengths no longer
// matter, and the long-tailed features of a rectified network come nearer to normal. A feature that
// never varied has the factor 0.
type Scale struct {
	Root   bool
	Parts  []int     // lengths of the parts of the input, adding up to D
	Mean   []float32 // [D]
	Factor []float32 // [D]
}

// deviationPrior is how many photos' worth of the average feature's variance is added to each
// feature's own: what a handful of photos say of 1,280 variances is mostly chance. The features
// themselves get a little, so that they are standardised in the common sense; their roots, which
// are alike in size, get much.
const (
	deviationPrior = 4
	rootPrior      = 300
)

// NewScale makes the scale of the rows of x, of which the root must have been taken already where
// root is set.
func NewScale(x matrix.Table, parts []int, root bool) *Scale {
	mean, square := make([]float64, x.D), make([]float64, x.D)
	row := make([]float32, x.D)
	for i := range x.N {
		x.Read(row, i)
		for j, v := range row {
			mean[j] += float64(v)
		}
	}
	n := float64(max(1, x.N))
	for j := range mean {
		mean[j] /= n
	}
	total := 0.0
	for i := range x.N {
		x.Read(row, i)
		for j, v := range row {
			d := float64(v) - mean[j]
			square[j] += d * d
			total += d * d
		}
	}
	weight := float64(deviationPrior)
	if root {
		weight = rootPrior
	}
	prior := weight * total / n / float64(x.D)
	s := &Scale{Root: root, Parts: parts, Mean: make([]float32, x.D), Factor: make([]float32, x.D)}
	for j := range mean {
		s.Mean[j] = float32(mean[j])
		deviation := math.Sqrt(square[j] / n)
		if deviation > 1e-6*math.Abs(mean[j]) && deviation > 1e-12 {
			deviation = math.Sqrt((square[j] + prior) / (n + weight))
			s.Factor[j] = float32(1 / (deviation * math.Sqrt(float64(x.D))))
		}
	}
	return s
}

// Apply prepares x, [D], in place.
func (s *Scale) Apply(x []float32) {
	if s.Root {
		TakeRoot(x, s.Parts)
	}
	s.Standardise(x)
}

// Standardise prepares x, [D], of which the root was taken where Root is set, in place.
func (s *Scale) Standardise(x []float32) {
	mean, factor := s.Mean[:len(x)], s.Factor[:len(x)]
	for j, v := range x {
		x[j] = (v - mean[j]) * factor[j]
	}
}

// TakeRoot applies the Hellinger map to each part.
func TakeRoot(x []float32, parts []int) {
	for _, n := range parts {
		part := x[:n]
		x = x[n:]
		sum := absolute(part)
		if sum < 1e-30 { // the share of nothing
			continue
		}
		const sign = 1 << 31
		share := float32(1 / sum)
		for j, v := range part {
			bits := math.Float32bits(v)
			root := float32(math.Sqrt(float64(math.Float32frombits(bits&^sign) * share))) // an instruction of float32
			part[j] = math.Float32frombits(math.Float32bits(root) | bits&sign)
		}
	}
}

// absolute returns Σ|x|.
func absolute(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(float64(v))
	}
	return sum
}
