package training

import (
	"math"
	"testing"

	"homeroom/core/matrix"
)

// TestBasisIsThereAndBack maps weights and maps them back, also where there are fewer rows than
// directions.
func TestBasisIsThereAndBack(t *testing.T) {
	for _, n := range []int{3, 40, 700} {
		z := trainingSetOf(3, n, 200, 4).design()
		b := newBasis(z, 4)
		for i := range b.v.N {
			for j := range b.v.N {
				want := 0.0
				if i == j && matrix.Dot(b.v.Row(i), b.v.Row(i)) > 0 {
					want = 1
				}
				if got := matrix.Dot(b.v.Row(i), b.v.Row(j)); math.Abs(got-want) > 1e-5 {
					t.Fatalf("%d rows: directions %d and %d have the product %v", n, i, j, got)
				}
			}
		}
		w := trainingSetOf(4, 4, 200, 4).z.Matrix(0, 4)
		was := append([]float32(nil), w.Data...)
		s := b.scales(1e-3, 2)
		b.apply(w, s)
		b.apply(w, s.inverse())
		for i, v := range w.Data {
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
