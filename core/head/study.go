package head

import (
	"gonum.org/v1/gonum/mat"
)

// study is the photos that are learnt from and held out, standardised, and
// where there are fewer photos than features turned into coordinates of the
// space that they span.
//
// The turn is exact: with the Cholesky factor L of the Gram matrix X·Xᵀ = L·Lᵀ,
// the rows of L have the lengths and angles of the rows of X. Whatever depends on
// those only (penalised linear models, discriminants, distances) learns the
// same from L, [n][n], as from X, [n][D], at n/D of the cost.
type study struct {
	x     table   // [n][D], standardised
	z     table   // [n][d]; x itself where nothing was turned
	all   *matrix // x in memory, where z was turned
	lower *mat.TriDense
}

// turnBelow is the number of photos per feature below which turning pays.
const turnBelow = 0.7

func newStudy(t table) *study {
	s := &study{x: t, z: t}
	if float64(t.n) >= turnBelow*float64(t.d) || t.n < 2 {
		return s
	}
	x := t.matrix(0, t.n)
	gram := product(x, x)
	sym := mat.NewSymDense(x.n, nil)
	trace := 0.0
	for i := range x.n {
		for j := range i + 1 {
			sym.SetSym(i, j, float64(gram.data[i*x.n+j]))
		}
		trace += sym.At(i, i)
	}
	// Photos are dependent: they were centred, and some are duplicates. A
	// little of its own for each photo makes the factor exist.
	jitter := 3e-6*trace/float64(x.n) + 1e-30
	var factor mat.Cholesky
	for {
		shifted := mat.NewSymDense(x.n, nil)
		shifted.CopySym(sym)
		for i := range x.n {
			shifted.SetSym(i, i, sym.At(i, i)+jitter)
		}
		if factor.Factorize(shifted) {
			break
		}
		jitter *= 10
		if jitter > trace+1 {
			return s
		}
	}
	s.lower = mat.NewTriDense(x.n, mat.Lower, nil)
	factor.LTo(s.lower)
	z := newMatrix(x.n, x.n)
	for i := range x.n {
		row := z.row(i)
		for j := range i + 1 {
			row[j] = float32(s.lower.At(i, j))
		}
	}
	s.all, s.x, s.z = x, x.table(), z.table()
	return s
}

// back turns weights over z, [rows][d], into weights over x, [rows][D]:
// Xᵀ·L⁻ᵀ·v.
func (s *study) back(v []float32, rows int) []float32 {
	out := newMatrix(rows, s.x.d)
	n := s.z.n
	right := mat.NewDense(n, rows, nil)
	for r := range rows {
		for i := range n {
			right.Set(i, r, float64(v[r*n+i]))
		}
	}
	var solved mat.Dense
	// The factor is as well-conditioned as its jitter made it.
	if err := solved.Solve(s.lower.T(), right); err != nil {
		if _, near := err.(mat.Condition); !near {
			panic(err)
		}
	}
	a := newMatrix(rows, n)
	for r := range rows {
		for i := range n {
			a.data[r*n+i] = float32(solved.At(i, r))
		}
	}
	packColumns(s.all).multiply(out, a)
	return out.data
}

// forth turns weights over x, [rows][D], into the weights over z, [rows][d],
// that give each photo the same products: L⁻¹·X·w.
func (s *study) forth(w []float64, rows int) []float64 {
	n := s.z.n
	a := newMatrix(rows, s.x.d)
	for i, v := range w {
		a.data[i] = float32(v)
	}
	p := product(a, s.all)
	right := mat.NewDense(n, rows, nil)
	for r := range rows {
		for i := range n {
			right.Set(i, r, float64(p.data[r*n+i]))
		}
	}
	var solved mat.Dense
	if err := solved.Solve(s.lower, right); err != nil {
		if _, near := err.(mat.Condition); !near {
			panic(err)
		}
	}
	out := make([]float64, rows*n)
	for r := range rows {
		for i := range n {
			out[r*n+i] = solved.At(i, r)
		}
	}
	return out
}
