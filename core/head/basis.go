package head

import (
	"math"
	"math/rand/v2"
)

// A basis has the directions in which rows differ most, in which the objective
// of logistic regression is far more curved than in others. Parameters that
// are scaled along them, each by the root of how much it is curved, let L-BFGS
// settle in a half to a third of the steps.
type basis struct {
	v        *matrix   // [k][d], orthonormal rows
	rows     *panels   // of v: for [C][d] · vᵀ
	columns  *panels   // of v: for [C][k] · v
	variance []float64 // [k] of the rows along each direction
	rest     float64   // mean variance along the others
	part     *matrix   // [C][k], scratch
	whole    *matrix   // [C][d], scratch
}

const (
	basisSize  = 16 // directions
	basisTurns = 2  // of the iteration that finds them
	// curvature is what the probabilities of a typical photo make of variance:
	// p·(1−p) of a class in the middle of learning, on average.
	curvature = 0.05
)

// newBasis finds the directions by subspace iteration (Golub and Van Loan,
// Matrix Computations, section 8.2.4). They need not be exact.
func newBasis(z *design, classes int) *basis {
	b := &basis{}
	k := min(basisSize, z.d/8)
	trace := 0.0
	v := newMatrix(k, z.d)
	r := rand.New(rand.NewPCG(1, 0xba515))
	for i := range v.data {
		v.data[i] = float32(r.NormFloat64())
	}
	z.blocks(func(_ int, m *matrix) { trace += dot(m.data, m.data) })
	square := make([]float64, k)
	for turn := 0; turn < basisTurns && k > 0; turn++ {
		next, part := newMatrix(k, z.d), newMatrix(k, z.d)
		z.each(func(p packedBlock) {
			u := newMatrix(k, p.n)
			p.logits(u, v)
			p.gradient(next, u, part)
		})
		for i := range k {
			square[i] = next.orthogonalise(i)
		}
		v = next
	}
	b.variance = make([]float64, k)
	rest := trace
	for i, s := range square {
		b.variance[i] = s / float64(z.n)
		rest -= s
	}
	b.rest = max(rest, 0) / float64(z.n) / float64(max(1, z.d-k))
	if k > 0 {
		b.v, b.rows, b.columns, b.part, b.whole = v, pack(v), packColumns(v), newMatrix(classes, k), newMatrix(classes, z.d)
	}
	return b
}

// orthogonalise takes off row i what the rows before it have of it, and makes it
// one long. It returns how long it was then; a row of which nothing was left is zero.
func (m *matrix) orthogonalise(i int) float64 {
	row := m.row(i)
	was := math.Sqrt(dot(row, row))
	for range 2 { // what rounding leaves of the others goes the second time
		for j := range i {
			other := m.row(j)
			p := float32(dot(row, other))
			for k, x := range other {
				row[k] -= p * x
			}
		}
	}
	now := math.Sqrt(dot(row, row))
	if now <= 1e-4*was {
		clear(row)
		return 0
	}
	unit(row)
	return now
}

// scales is a symmetric map: along[i] times what points along direction i,
// other times what points along none.
type scales struct {
	along []float32
	other float32
}

// scales returns the map from parameters that are about equally curved to
// weights, for a penalty, times size; inverse returns the map back.
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
func (b *basis) apply(w *matrix, s scales) {
	if b.v == nil {
		for i := range w.data {
			w.data[i] *= s.other
		}
		return
	}
	b.rows.multiply(b.part, w)
	for c := range w.n {
		row := b.part.row(c)
		for i, a := range s.along {
			row[i] *= a/s.other - 1
		}
	}
	b.columns.multiply(b.whole, b.part)
	for i, v := range b.whole.data {
		w.data[i] = s.other * (w.data[i] + v)
	}
}
