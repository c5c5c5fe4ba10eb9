package head

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExponentials(t *testing.T) {
	exp32 := func(x float32) float32 {
		v, sum := []float32{x + 2}, []float32{1}
		exponentials(v, []float32{2}, sum)
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

func random(seed uint64, n, d int) *matrix {
	r := rand.New(rand.NewPCG(seed, 4))
	m := newMatrix(n, d)
	for i := range m.data {
		m.data[i] = float32(r.NormFloat64())
	}
	return m
}

func TestGram(t *testing.T) {
	for _, n := range []int{1, 5, 127, 128, 129, 300} {
		m := random(1, n, 17)
		g := m.gram()
		for i := range n {
			for j := range n {
				if want := dot(m.row(i), m.row(j)); math.Abs(float64(g.row(i)[j])-want) > 1e-4 {
					t.Fatalf("%d rows: [%d][%d] is %v, want %v", n, i, j, g.row(i)[j], want)
				}
			}
		}
	}
}

func TestCholesky(t *testing.T) {
	for _, n := range []int{1, 7, 32, 33, 100} {
		m := random(2, n, n+3)
		g := m.gram()
		l, ok := cholesky(g, 0.5)
		if !ok {
			t.Fatalf("%d rows have no factor", n)
		}
		for i := range n {
			for j := range n {
				want := float64(g.row(i)[j])
				if i == j {
					want += 0.5
				}
				if j > i && l.row(i)[j] != 0 {
					t.Fatalf("[%d][%d] of the factor is %v", i, j, l.row(i)[j])
				}
				if got := dot(l.row(i), l.row(j)); math.Abs(got-want) > 1e-3 {
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
				down[i] += float64(l.row(i)[j]) * x[j]
				up[j] += float64(l.row(i)[j]) * x[i]
			}
		}
		solveLower(l, down)
		solveUpper(l, up)
		for i := range x {
			if math.Abs(down[i]-x[i]) > 1e-6 || math.Abs(up[i]-x[i]) > 1e-6 {
				t.Fatalf("%d rows: solved %v and %v, want %v", n, down[i], up[i], x[i])
			}
		}
	}
	if _, ok := cholesky(&matrix{2, 2, []float32{1, 2, 2, 1}}, 0); ok {
		t.Error("a matrix that is not positive definite has a factor")
	}
}

// TestBasisIsThereAndBack maps weights and maps them back, also where there are
// fewer rows than directions.
func TestBasisIsThereAndBack(t *testing.T) {
	for _, n := range []int{3, 40, 700} {
		z := newDesign(random(3, n, 200).table(), func() {})
		b := newBasis(z, 4)
		for i := range b.v.n {
			for j := range b.v.n {
				want := 0.0
				if i == j && dot(b.v.row(i), b.v.row(i)) > 0 {
					want = 1
				}
				if got := dot(b.v.row(i), b.v.row(j)); math.Abs(got-want) > 1e-5 {
					t.Fatalf("%d rows: directions %d and %d have the product %v", n, i, j, got)
				}
			}
		}
		w := random(4, 4, 200)
		was := append([]float32(nil), w.data...)
		s := b.scales(1e-3, 2)
		b.apply(w, s)
		b.apply(w, s.inverse())
		for i, v := range w.data {
			if math.Abs(float64(v-was[i])) > 1e-4 {
				t.Fatalf("%d rows: weight %d came back as %v, was %v", n, i, v, was[i])
			}
		}
	}
}

func TestLowest(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		want float64
	}{{[]float64{1, 2, 3}, 0}, {[]float64{3, 2, 1}, 2}, {[]float64{2, 1, 2}, 1}, {[]float64{1.25 * 1.25, 0.0625, 0.5625}, 1.25}, {[]float64{5}, 0}} {
		if got := lowest(c.v); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %v, want %v", c.v, got, c.want)
		}
	}
	if got := crossing([]float64{-3, -1, 1}); got != 1.5 {
		t.Errorf("crossing at %v", got)
	}
	if a, b := crossing([]float64{0, 1}), crossing([]float64{-2, -1}); a != 0 || b != 1 {
		t.Errorf("crossing at %v and %v", a, b)
	}
	if got := twoDigits(0.00012987); got != 0.00013 {
		t.Errorf("%v", got)
	}
}
