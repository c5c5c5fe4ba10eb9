package head

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// blobs returns a bank of n photos a class, drawn around a centre for each
// class, spread apart in proportion to distance.
func blobs(seed uint64, classes, n, dim int, distance float64) *Bank {
	r := rand.New(rand.NewPCG(seed, 1))
	b := &Bank{}
	b.AddSpace("net@32", dim)
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
			if _, err := b.Add(Photo{Class: c, Features: [][]float32{x}}); err != nil {
				panic(err)
			}
		}
	}
	return b
}

func TestFitLearnsEveryKind(t *testing.T) {
	for _, kind := range Kinds {
		b := blobs(1, 3, 40, 20, 1)
		b.Divide(1, 0, 0.25)
		got, err := Fit(context.Background(), b, Config{Kind: kind, Seed: 1})
		if err != nil {
			t.Fatal(kind, err)
		}
		e, err := Evaluate(got.Best, b, b.Rows(Test))
		if err != nil {
			t.Fatal(kind, err)
		}
		if e.Accuracy < 0.85 || got.Valid.Accuracy < 0.85 {
			t.Errorf("%s: accuracy %v on test, %v held out", kind, e.Accuracy, got.Valid.Accuracy)
		}
	}
}
