package rounding

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// damping is added to the variance of each input, as a share of their mean: photos that calibration
// did not have move what it found still.
const damping = 0.02

// surgeon rounds the rows of one group of a layer.
type surgeon struct {
	order []int       // of the weights: those whose inputs vary most come first
	upper [][]float64 // row j is that of the upper Cholesky factor of the inverse covariance, from j on
	cov   *mat.SymDense
}

// newSurgeon factors the covariance of a group's inputs.
func newSurgeon(cov *mat.SymDense) surgeon {
	n := cov.SymmetricDim()
	mean := 0.0
	for i := range n {
		mean += cov.At(i, i) / float64(n)
	}
	if mean <= 0 {
		mean = 1 // nothing ever came in: any rounding will do
	}
	s := surgeon{order: make([]int, n), cov: cov}
	for i := range s.order {
		s.order[i] = i
	}
	slices.SortStableFunc(s.order, func(a, b int) int {
		switch va, vb := cov.At(a, a), cov.At(b, b); {
		case va > vb:
			return -1
		case va < vb:
			return 1
		}
		return 0
	})
	for more := damping; ; more *= 10 {
		sorted := mat.NewSymDense(n, nil)
		for i, a := range s.order {
			for j := i; j < n; j++ {
				sorted.SetSym(i, j, cov.At(a, s.order[j]))
			}
			sorted.SetSym(i, i, sorted.At(i, i)+more*mean)
		}
		var chol mat.Cholesky
		if !chol.Factorize(sorted) {
			continue
		}
		var inverse mat.SymDense
		if chol.InverseTo(&inverse) != nil || !chol.Factorize(&inverse) {
			continue
		}
		var u mat.TriDense
		chol.UTo(&u)
		for j := range n {
			row := make([]float64, n-j)
			for k := range row {
				row[k] = u.At(j, j+k)
			}
			s.upper = append(s.upper, row)
		}
		return s
	}
}

// deviation is that of a row's output.
func (s *surgeon) deviation(w []float64) float64 {
	v := mat.NewVecDense(len(w), w)
	return math.Sqrt(max(mat.Inner(v, s.cov, v), 0))
}

// round rounds a row of weights to multiples of step, and writes the levels. bits tells what each
// level from -127 to 127 takes; price is what a bit is worth, in the unit of the squared error of
// the output.
func (s *surgeon) round(levels []int8, w []float64, step float64, bits *[255]float64, price float64) {
	rest := make([]float64, len(w))
	for i, at := range s.order {
		rest[i] = w[at]
	}
	for j, at := range s.order {
		u := s.upper[j]
		v := rest[j]
		near := math.Round(v / step)
		best, level := math.Inf(1), 0
		for d := -1.0; d <= 2; d++ {
			q := near - d*sign(near) // one further out, and two towards zero
			if d == 2 {
				q = 0
			}
			q = min(max(q, -127), 127)
			e := (v - q*step) / u[0]
			if cost := e*e + price*bits[int(q)+127]; cost < best {
				best, level = cost, int(q)
			}
		}
		levels[at] = int8(level)
		floats.AddScaled(rest[j+1:], -(v-float64(level)*step)/u[0], u[1:])
	}
}

func sign(x float64) float64 {
	if x < 0 {
		return -1
	}
	return 1
}

// priceOf is what a bit is worth at a step: what one bit less of resolution would cost, where an
// error is spread evenly between two levels (its square is then step²/12, and falls by four with
// each bit).
func (s *surgeon) priceOf(step float64) float64 {
	sum := 0.0
	for _, u := range s.upper {
		sum += 1 / (u[0] * u[0])
	}
	return math.Ln2 / 6 * step * step * sum / float64(len(s.upper))
}
