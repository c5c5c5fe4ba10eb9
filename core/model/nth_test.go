package model

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNth(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		x := make([]float32, n+1)
		for i := range x {
			x[i] = float32(r.IntN(n/2 + 1))
		}
		sorted := slices.Sorted(slices.Values(x))
		for range 5 {
			at := r.IntN(len(x))
			if got := nth(slices.Clone(x), at); got != sorted[at] {
				t.Fatalf("of %v, element %d is %v, want %v", x, at, got, sorted[at])
			}
		}
	}
}
