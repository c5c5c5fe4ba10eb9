package training

import (
	"math"
	"math/rand/v2"

	"homeroom/core/matrix"
)

// A basis has the directions in which rows differ most, in which the objective of logistic
// regression is far more curved than in others. Parameters that are scaled along them, each by the
// root of how much it is curved, let L-BFGS settle in a half to a third of the steps.
type basis struct {
	v        *matrix.Matrix // [k][d], orthonormal rows
	rows     *matrix.Panels // of v: for [C][d] · vᵀ
	columns  *matrix.Panels // of v: for [C][k] · v
	variance []float64      // [k] of the rows along each direction
	rest     float64        // mean variance along the others
	part     *matrix.Matrix // [C][k], scratch
	whole    *matrix.Matrix // [C][d], scratch
}

const (
	basisSize  = 16 // directions
	basisTurns = 2  // of the iteration that finds them
	// curvature is what the probabilities of a typical photo make of variance: p·(1−p) of a class
	// in the middle of learning, on average.
	curvature = 0.05
)

// newBasis finds the directions by subspace iteration (Golub and Van Loan, Matrix Computations,
// section 8.2.4). They need not be exact.
func newBasis(z *design, classes int) *basis {
	b := &basis{}
	k := min(basisSize, z.D/8)
	trace := 0.0
	v := matrix.New(k, z.D)
	r := rand.New(rand.NewPCG(1, 0xba515))
	for i := range v.Data {
		v.Data[i] = float32(r.NormFloat64())
	}
	z.Blocks(func(_ int, m *matrix.Matrix) { trace += matrix.Dot(m.Data, m.Data) })
	square := make([]float64, k)
	for turn := 0; turn < basisTurns && k > 0; turn++ {
		next, part := matrix.New(k, z.D), matrix.New(k, z.D)
		z.each(func(p packedBlock) {
			u := matrix.New(k, p.n)
			p.logits(u, v)
			p.gradient(next, u, part)
		})
		for i := range k {
			square[i] = next.Orthogonalise(i)
		}
		v = next
	}
	b.variance = make([]float64, k)
	rest := trace
	for i, s := range square {
		b.variance[i] = s / float64(z.N)
		rest -= s
	}
	b.rest = max(rest, 0) / float64(z.N) / float64(max(1, z.D-k))
	if k > 0 {
		b.v, b.rows, b.columns, b.part, b.whole = v, matrix.Pack(v), matrix.PackColumns(v), matrix.New(classes, k), matrix.New(classes, z.D)
	}
	return b
}

// scales is a symmetric map: along[i] times what points along direction i, other times what points
// along none.
type scales struct {
	along []float32
	other float32
}

// scales returns the map from parameters that are about equally curved to weights, for a penalty,
// times size; inverse returns the map back.
func (b *basis) scales(l2, size float64) scales {
	s := scales{other: float32(size / math.Sqrt(curvature*b.rest+l2))}
	for _, v := range b.variance {
		s.along = append(s.along, float32(size/math.Sqrt(curvature*v+l2)))
	}
	return s
}

func (s scales) inverse() scales {
	out := scales{other: 1 / s.other}
	for _, v := range s.along {
		out.along = append(out.along, 1/v)
	}
	return out
}

// apply maps the rows of w, [C][d], in place.
func (b *basis) apply(w *matrix.Matrix, s scales) {
	if b.v == nil {
		for i := range w.Data {
			w.Data[i] *= s.other
		}
		return
	}
	b.rows.Multiply(b.part, w)
	for c := range w.N {
		row := b.part.Row(c)
		for i, a := range s.along {
			row[i] *= a/s.other - 1
		}
	}
	b.columns.Multiply(b.whole, b.part)
	for i, v := range b.whole.Data {
		w.Data[i] = s.other * (w.Data[i] + v)
	}
}
