// Package banktest has banks for the tests of what learns from them.
package banktest

import (
	"math"
	"math/rand/v2"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/feature"
)

// Blobs returns a bank of n photos a class, drawn around a centre for each class, spread apart in
// proportion to distance.
func Blobs(seed uint64, classes, n, dim int, distance float64) *bank.Bank {
	r := rand.New(rand.NewPCG(seed, 1))
	b := new(bank.Builder)
	b.AddSpace(Net, dim)
	for c := range classes {
		b.AddClass(string(rune('a' + c)))
		centre := make([]float64, dim)
		for j := range centre {
			centre[j] = r.NormFloat64() * distance
		}
		for range n {
			x := make([]float32, dim)
			for j := range x {
				x[j] = float32(math.Max(0, 1+centre[j]+r.NormFloat64()))
			}
			if _, err := b.Add(bank.Photo{Class: c, Features: [][]float32{x}}); err != nil {
				panic(err)
			}
		}
	}
	return b.Bank()
}

// Near fails a test where got is farther from want than tolerance.
func Near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// The spaces of the tests.
var (
	Net    = feature.Space{Network: "net", Size: 32}
	Second = feature.Space{Network: "second", Size: 48}
)
