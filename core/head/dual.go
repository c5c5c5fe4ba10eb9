package head

// dual is the photos that are learnt from and held out, standardised, and
// where there are fewer photos than features turned into coordinates of the
// space that they span.
//
// The turn is exact: with the Cholesky factor L of the Gram matrix X·Xᵀ = L·Lᵀ,
// the rows of L have the lengths and angles of the rows of X. Whatever depends on
// those only (penalised linear models, discriminants, distances) learns the
// same from L, [n][n], as from X, [n][D], at n/D of the cost.
type dual struct {
	x     table   // [n][D], standardised
	z     table   // [n][d]; x itself where nothing was turned
	all   *matrix // x in memory, where z was turned
	lower *matrix // L, [n][n], there
}

// turnBelow is the number of photos per feature below which turning pays.
const turnBelow = 0.7

func newDual(t table) *dual {
	s := &dual{x: t, z: t}
	if float64(t.n) >= turnBelow*float64(t.d) || t.n < 2 {
		return s
	}
	x := t.matrix(0, t.n)
	gram := x.gram()
	trace := 0.0
	for i := range x.n {
		trace += float64(gram.data[i*x.n+i])
	}
	// Photos are dependent: they were centred, and some are duplicates. A
	// little of its own for each photo makes the factor exist.
	for jitter := 3e-6*trace/float64(x.n) + 1e-30; jitter <= trace+1; jitter *= 10 {
		if lower, ok := cholesky(gram, jitter); ok {
			s.all, s.x, s.z, s.lower = x, x.table(), lower.table(), lower
			s.z.lower = true
			break
		}
	}
	return s
}

// back turns weights over z, [rows][d], into weights over x, [rows][D]:
// Xᵀ·L⁻ᵀ·v.
func (s *dual) back(v []float32, rows int) []float32 {
	n := s.z.n
	a := newMatrix(rows, n)
	b := make([]float64, n)
	for r := range rows {
		for i := range b {
			b[i] = float64(v[r*n+i])
		}
		solveUpper(s.lower, b)
		for i, x := range b {
			a.row(r)[i] = float32(x)
		}
	}
	out := newMatrix(rows, s.x.d)
	packColumns(s.all).multiply(out, a)
	return out.data
}

// forth turns weights over x, [rows][D], into the weights over z, [rows][d],
// that give each photo the same products: L⁻¹·X·w.
func (s *dual) forth(w []float32, rows int) []float32 {
	n := s.z.n
	a := newMatrix(rows, s.x.d)
	copy(a.data, w)
	p := product(a, s.all)
	b := make([]float64, n)
	for r := range rows {
		row := p.row(r)
		for i, v := range row {
			b[i] = float64(v)
		}
		solveLower(s.lower, b)
		for i, v := range b {
			row[i] = float32(v)
		}
	}
	return p.data
}
