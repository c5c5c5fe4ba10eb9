// Package embedding lays photos out as points of a plane, so that those whose features are alike
// lie near one another: a principal component analysis brings features to fewer dimensions, and
// UMAP (McInnes, Healy and Melville 2018) brings those to two.
//
// The same features and the same seed give the same points to the last bit, in a program and in a
// browser. Descent from pair to pair is chaotic: one bit that differs at its beginning makes
// another map. So all sums that vector instructions take are of whole numbers that float32 holds
// exactly, in any order and with fused operations or without; and the rest is done in float64, in
// one order, without the functions of package math that have bodies of their own on some machines.
// That is why gonum, whose sums are in an order of their own on each machine, is what the tests
// compare with and not what computes.
package embedding

import (
	"context"
	"math/rand/v2"

	"homeroom/core/fault"
	"homeroom/core/matrix"
)

// A Point is where a photo lies. The points of a map have their middle at 0, 0 and reach from −1 to
// 1 in the direction in which they reach furthest.
type Point struct{ X, Y float32 }

// Options say how a map is made; the zero value is good.
type Options struct {
	Seed uint64
	// Progress is told what is done of all work, 0 to 1, an estimate.
	Progress func(share float64)
}

const (
	// components is how many principal components UMAP reads, at most.
	components = 50
	// neighbours is how many nearest neighbours of each photo are joined with it, at most; of few
	// photos a third.
	neighbours = 15
	// MostPhotos and MostFeatures bound what Map takes: the memory grows with the smaller of the
	// two numbers squared, and the time with photos squared.
	MostPhotos   = 20_000
	MostFeatures = 8192
)

// Map lays out feature vectors, rows of a table: at most MostPhotos, each of at most MostFeatures
// numbers. Only their directions count, as in cosines; a vector of zeros has none and counts as the
// origin. The error names a vector with a number that is not finite, or is that of the context,
// where that ends first.
func Map(ctx context.Context, features matrix.Table, o Options) ([]Point, error) {
	if features.N > MostPhotos || features.D > MostFeatures {
		return nil, fault.Errorf("%d photos with %d features each are more than the %d with %d that a map is made of", features.N, features.D, MostPhotos, MostFeatures)
	}
	w := newWork(ctx, features.N, features.D, o.Progress)
	x, err := wholeOf(features)
	if err != nil || features.N == 0 {
		return nil, err
	}
	lots := rand.New(rand.NewPCG(o.Seed, 0))
	y, err := x.principal(w, components, lots)
	if err != nil {
		return nil, err
	}
	out := begin(y, lots)
	if k := min(neighbours, features.N/3); k >= 2 { // of fewer, the components themselves say more
		near, err := y.nearest(w, k)
		if err != nil {
			return nil, err
		}
		if err := descend(w, out, joined(near), lots); err != nil {
			return nil, err
		}
	}
	if o.Progress != nil {
		o.Progress(1)
	}
	return framed(out), nil
}

// framed are points as Map returns them.
func framed(at []spot) []Point {
	low, high := at[0], at[0]
	for _, p := range at {
		low, high = spot{min(low.x, p.x), min(low.y, p.y)}, spot{max(high.x, p.x), max(high.y, p.y)}
	}
	half := max(high.x-low.x, high.y-low.y) / 2
	if half == 0 {
		half = 1
	}
	out := make([]Point, len(at))
	for i, p := range at {
		out[i] = Point{float32((p.x - (low.x+high.x)/2) / half), float32((p.y - (low.y+high.y)/2) / half)}
	}
	return out
}

// work is how far a map is.
type work struct {
	ctx       context.Context
	done, all float64 // in nanoseconds of one core, about
	tell      func(share float64)
}

// Costs, measured on one core of a machine of today.
const (
	perProduct  = 0.04 // multiplication of the kernels
	perMultiply = 0.6  // multiplication in float64
	perPair     = 1.0  // of photos that are compared
	perPull     = 12.0 // of a photo by another
)

func newWork(ctx context.Context, n, d int, tell func(float64)) *work {
	photos, features, small := float64(n), float64(d), float64(min(n, d))
	rank := min(float64(components), small)
	w := &work{ctx: ctx, tell: tell}
	w.all = perProduct*small*photos*features + perMultiply*turns*small*small*(rank+spare) + perMultiply*photos*features*rank +
		photos*photos*(perPair+perProduct*rank) + perPull*float64(rounds(n))*photos*neighbours*pulls
	return w
}

// did notes work, and tells whether to go on.
func (w *work) did(cost float64) error {
	w.done += cost
	if w.tell != nil && w.all > 0 {
		w.tell(min(1, w.done/w.all))
	}
	return w.ctx.Err()
}
