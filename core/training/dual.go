package training

import "homeroom/core/matrix"

// dual is the photos that are learnt from and held out, standardised, and where there are fewer
// photos than features turned into coordinates of the space that they span.
//
// The turn is exact: with the Cholesky factor L of the Gram matrix X·Xᵀ = L·Lᵀ, the rows of L have
// the lengths and angles of the rows of X. Whatever depends on those only (penalised linear models,
// discriminants, distances) learns the same from L, [n][n], as from X, [n][D], at n/D of the cost.
type dual struct {
	x     matrix.Table   // [n][D], standardised
	z     matrix.Table   // [n][d]; x itself where nothing was turned
	all   *matrix.Matrix // x in memory, where z was turned
	lower *matrix.Matrix // L, [n][n], there
}

// turnBelow is the number of photos per feature below which turning pays.
const turnBelow = 0.7

func newDual(t matrix.Table) *dual {
	s := &dual{x: t, z: t}
	if float64(t.N) >= turnBelow*float64(t.D) || t.N < 2 {
		return s
	}
	x := t.Matrix(0, t.N)
	gram := x.Gram()
	trace := 0.0
	for i := range x.N {
		trace += float64(gram.Data[i*x.N+i])
	}
	// Photos are dependent: they were centred, and some are duplicates. A little of its own for
	// each photo makes the factor exist.
	for jitter := 3e-6*trace/float64(x.N) + 1e-30; jitter <= trace+1; jitter *= 10 {
		if lower, ok := matrix.Cholesky(gram, jitter); ok {
			s.all, s.x, s.z, s.lower = x, x.Table(), lower.Table(), lower
			s.z.Lower = true
			break
		}
	}
	return s
}

// back turns weights over z, [rows][d], into weights over x, [rows][D]: Xᵀ·L⁻ᵀ·v.
func (s *dual) back(v []float32, rows int) []float32 {
	n := s.z.N
	a := matrix.New(rows, n)
	b := make([]float64, n)
	for r := range rows {
		for i := range b {
			b[i] = float64(v[r*n+i])
		}
		matrix.SolveUpper(s.lower, b)
		for i, x := range b {
			a.Row(r)[i] = float32(x)
		}
	}
	out := matrix.New(rows, s.x.D)
	matrix.PackColumns(s.all).Multiply(out, a)
	return out.Data
}

// forth turns weights over x, [rows][D], into the weights over z, [rows][d], that give each photo
// the same products: L⁻¹·X·w.
func (s *dual) forth(w []float32, rows int) []float32 {
	n := s.z.N
	a := matrix.New(rows, s.x.D)
	copy(a.Data, w)
	p := matrix.Product(a, s.all)
	b := make([]float64, n)
	for r := range rows {
		row := p.Row(r)
		for i, v := range row {
			b[i] = float64(v)
		}
		matrix.SolveLower(s.lower, b)
		for i, v := range b {
			row[i] = float32(v)
		}
	}
	return p.Data
}
