package embedding

import (
	"math"
	"math/rand/v2"
)

// A spot is where a photo lies while it still moves.
type spot struct{ x, y float64 }

// begin has photos lie by their first two principal components (Kobak and Linderman 2021 show why
// a map that begins so keeps more of the whole than one that begins by lot), a little apart where
// they are equal.
func begin(y *scores, lots *rand.Rand) []spot {
	out := make([]spot, y.n)
	peak := 0.0
	for i := range out {
		row := y.row(i)
		if y.rank > 0 {
			out[i].x = row[0]
		}
		if y.rank > 1 {
			out[i].y = row[1]
		}
		peak = max(peak, math.Abs(out[i].x), math.Abs(out[i].y))
	}
	if peak == 0 {
		peak = 1
	}
	for i := range out {
		out[i].x = float64(out[i].x/peak*extent) + float64((lots.Float64()-0.5)*1e-3)
		out[i].y = float64(out[i].y/peak*extent) + float64((lots.Float64()-0.5)*1e-3)
	}
	return out
}

const (
	extent  = 10   // to which points reach at first
	against = 5    // photos by lot that each pull pushes away from
	longest = 4.0  // step of one pull in one direction
	pulls   = 0.45 // of the neighbours of a photo that pull it in a round, about
)

// rounds is how often all photos are pulled.
func rounds(photos int) int {
	if photos > 4000 {
		return 200
	}
	return 500
}

// An edge joins two photos: from is pulled to to, and to to from, every so many rounds.
type edge struct {
	from, to int32
	every    float64
}

// joined are the edges between neighbours. The nearest neighbour of a photo is one for certain and
// the others fade with their distance, in such a way that all of them together count as log₂ k; and
// two photos are as near as either of them says (McInnes, Healy and Melville 2018, 3.1).
func joined(n *near) []edge {
	photos := len(n.photos) / n.k
	weights := make([]float64, len(n.photos))
	want := log2(float64(n.k))
	for i := range photos {
		fade(weights[i*n.k:(i+1)*n.k], n.distances[i*n.k:(i+1)*n.k], want)
	}
	var out []edge
	heaviest := 0.0
	for i := range photos {
		for a := range n.k {
			j := int(n.photos[i*n.k+a])
			weight, back := weights[i*n.k+a], 0.0
			mutual := false
			for b, p := range n.photos[j*n.k : (j+1)*n.k] {
				if int(p) == i {
					back, mutual = weights[j*n.k+b], true
				}
			}
			if mutual && j < i {
				continue // it is there already
			}
			weight += back - float64(weight*back)
			heaviest = max(heaviest, weight)
			out = append(out, edge{int32(i), int32(j), weight}, edge{int32(j), int32(i), weight})
		}
	}
	kept := out[:0]
	for _, e := range out {
		if e.every*float64(rounds(photos)) >= heaviest { // else it never comes to it
			e.every = heaviest / e.every
			kept = append(kept, e)
		}
	}
	return kept
}

// fade sets weights by distances.
func fade(weights, distances []float64, want float64) {
	mean := 0.0
	for _, d := range distances {
		mean += d / float64(len(distances))
	}
	set := func(width float64) (sum float64) {
		for k, d := range distances {
			weights[k] = 1
			if d > distances[0] {
				weights[k] = exp(-(d - distances[0]) / width)
			}
			sum += weights[k]
		}
		return sum
	}
	low, high := 0.0, 0.0 // 0: not known
	width := max(mean, 1e-9)
	for range 40 {
		if set(width) > want {
			high = width
			width = (low + high) / 2
		} else if low = width; high == 0 {
			width *= 2
		} else {
			width = (low + high) / 2
		}
		if width < 1e-3*mean { // equal photos alone would make it 0
			width = 1e-3 * mean
			break
		}
	}
	set(max(width, 1e-9))
}

// descend moves photos that are joined towards each other, and each that was moved away from some
// by lot: stochastic gradient descent with UMAP's loss, where two photos of the map are as near as
// 1/(1+d²) says, the curve with a = b = 1. Böhm, Berens and Kobak 2022 compare it with that of
// t-SNE, which has the same.
func descend(w *work, at []spot, edges []edge, lots *rand.Rand) error {
	due := make([]float64, len(edges))
	for i, e := range edges {
		due[i] = e.every
	}
	all := rounds(len(at))
	for round := 1; round <= all; round++ {
		step := 1 - float64(round-1)/float64(all)
		moved := 0
		for i, e := range edges {
			if due[i] > float64(round) {
				continue
			}
			due[i] += e.every
			moved++
			a, b := at[e.from], at[e.to]
			x, y := a.x-b.x, a.y-b.y
			f := -2 / (1 + float64(x*x) + float64(y*y))
			x, y = float64(step*limited(f*x)), float64(step*limited(f*y))
			a.x, a.y = a.x+x, a.y+y
			at[e.to] = spot{b.x - x, b.y - y}
			for range against {
				other := int32(lots.Uint64() >> 32 * uint64(len(at)) >> 32)
				if other == e.from {
					continue
				}
				b := at[other]
				x, y := a.x-b.x, a.y-b.y
				d := float64(x*x) + float64(y*y)
				f := 2 / (float64(0.001+d) * (1 + d))
				a.x, a.y = a.x+float64(step*limited(f*x)), a.y+float64(step*limited(f*y))
			}
			at[e.from] = a
		}
		if err := w.did(perPull * float64(moved)); err != nil {
			return err
		}
	}
	return nil
}

func limited(v float64) float64 { return max(-longest, min(longest, v)) }

// exp is eˣ for x ≤ 0, to about 1e-15: x is n·log 2 + r with |r| ≤ ½·log 2, and eʳ is a power
// series.
func exp(x float64) float64 {
	const high, low = 6.93147180369123816490e-01, 1.90821492927058770002e-10 // log 2 is their sum
	if x < -700 {
		return 0
	}
	n := math.Floor(x/math.Ln2 + 0.5)
	r := x - float64(n*high) - float64(n*low)
	sum := 1.0
	for k := 13.0; k >= 1; k-- {
		sum = 1 + float64(sum*r)/k
	}
	return math.Ldexp(sum, int(n))
}

// log2 is the logarithm of x ≥ 1 to the base 2, a digit at a time.
func log2(x float64) float64 {
	out := 0.0
	for ; x >= 2; x /= 2 {
		out++
	}
	for digit := 0.5; digit > 1e-15; digit /= 2 {
		if x *= x; x >= 2 {
			x /= 2
			out += digit
		}
	}
	return out
}
