package matrix

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExponentials(t *testing.T) {
	exp32 := func(x float32) float32 {
		v, sum := []float32{x + 2}, []float32{1}
		Exponentials(v, []float32{2}, sum)
		if sum[0] != 1+v[0] {
			t.Fatalf("%v was added to 1 as %v", v[0], sum[0])
		}
		return v[0]
	}
	for x := float32(-86.5); x <= 0; x += 0.0137 {
		if got, want := float64(exp32(x)), math.Exp(float64(x+2-2)); math.Abs(got-want) > 2.5e-7*want {
			t.Fatalf("e to the %v is %v, want %v", x, got, want)
		}
	}
	if exp32(0) != 1 || exp32(-1e9) > 1e-37 || exp32(float32(math.Inf(-1))) > 1e-37 {
		t.Errorf("%v %v", exp32(0), exp32(-1e9))
	}
}

func TestGram(t *testing.T) {
	for _, n := range []int{1, 5, 127, 128, 129, 300} {
		m := random(1, n, 17)
		g := m.Gram()
		for i := range n {
			for j := range n {
				if want := Dot(m.Row(i), m.Row(j)); math.Abs(float64(g.Row(i)[j])-want) > 1e-4 {
					t.Fatalf("%d rows: [%d][%d] is %v, want %v", n, i, j, g.Row(i)[j], want)
				}
			}
		}
	}
}

func TestCholesky(t *testing.T) {
	for _, n := range []int{1, 7, 32, 33, 100} {
		m := random(2, n, n+3)
		g := m.Gram()
		l, ok := Cholesky(g, 0.5)
		if !ok {
			t.Fatalf("%d rows have no factor", n)
		}
		for i := range n {
			for j := range n {
				want := float64(g.Row(i)[j])
				if i == j {
					want += 0.5
				}
				if j > i && l.Row(i)[j] != 0 {
					t.Fatalf("[%d][%d] of the factor is %v", i, j, l.Row(i)[j])
				}
				if got := Dot(l.Row(i), l.Row(j)); math.Abs(got-want) > 1e-3 {
					t.Fatalf("%d rows: [%d][%d] of the product is %v, want %v", n, i, j, got, want)
				}
			}
		}
		// L·x and Lᵀ·x, and back.
		x, down, up := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = float64(i%5) - 2
		}
		for i := range n {
			for j := range i + 1 {
				down[i] += float64(l.Row(i)[j]) * x[j]
				up[j] += float64(l.Row(i)[j]) * x[i]
			}
		}
		SolveLower(l, down)
		SolveUpper(l, up)
		for i := range x {
			if math.Abs(down[i]-x[i]) > 1e-6 || math.Abs(up[i]-x[i]) > 1e-6 {
				t.Fatalf("%d rows: solved %v and %v, want %v", n, down[i], up[i], x[i])
			}
		}
	}
	if _, ok := Cholesky(&Matrix{2, 2, []float32{1, 2, 2, 1}}, 0); ok {
		t.Error("a matrix that is not positive definite has a factor")
	}
}

func random(seed uint64, n, d int) *Matrix {
	r := rand.New(rand.NewPCG(seed, 4))
	m := New(n, d)
	for i := range m.Data {
		m.Data[i] = float32(r.NormFloat64())
	}
	return m
}
