package bank

import (
	"cmp"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"homeroom/core/feature"
	"homeroom/core/matrix"
)

// How photos are told to be nearly the same.
const (
	hashBits       = 4    // differing bits of perceptual hashes
	hashCosine     = 0.8  // of centred features, where the hashes are near: one backdrop makes different things look alike
	alikeCosine    = 0.95 // of centred features
	alikeNeighbour = 32   // how far apart photos are compared where all pairs are too many
	alikeAll       = 3000 // photos of which all pairs are compared
)

// Alike is two photos that are the same or nearly so.
type Alike struct {
	A       uint64  `json:"a"` // ID, less than B's
	B       uint64  `json:"b"`
	Same    bool    `json:"same"`    // the same file, byte for byte
	Cosine  float64 `json:"cosine"`  // of their features, from which the mean of the bank was taken; 0 where not compared
	Classes bool    `json:"classes"` // they are labelled as different classes
}

// Duplicates lists the photos that are alike: equal content hashes, perceptual hashes that differ
// in no more than 4 bits with a cosine of 0.8 or more of the centred features (of the first space
// for which every photo has them, if there is one), or a cosine of 0.95 or more whatever the
// hashes. In banks of more than 3,000 photos features are compared with those of the 32 photos
// added next only.
func (b *Bank) Duplicates() []Alike { return b.Compare(func() {}).Alike }

// Likeness is what comparing the photos of a bank tells.
type Likeness struct {
	Alike []Alike
	near  []pair // photos of one class that may belong together by what they show, and their cosines
	// spread is how far apart two photos of one class are in the mean: 1 less their cosine.
	spread float64
}

// pair is two photos by their indices.
type pair struct {
	i, j   int
	cosine float64
}

// Compare compares the photos as Duplicates says, and calls tick every few photos.
func (b *Bank) Compare(tick func()) Likeness {
	var out Likeness
	add := func(i, j int, cosine float64) {
		p, q := &b.Photos[i], &b.Photos[j]
		out.Alike = append(out.Alike, Alike{p.ID, q.ID, p.Hash == q.Hash && p.Hash != (Hash{}), cosine, p.Class != q.Class})
	}
	cosine := b.cosines()
	out.spread = b.spread()
	least := min(sessionCosine, 1-placeShare*out.spread)
	n := len(b.Photos)
	// Of each photo the first with the same file, itself where there is none.
	file := make([]int, n)
	first := map[Hash]int{}
	for j := range n {
		h := b.Photos[j].Hash
		i, ok := first[h]
		if !ok || h == (Hash{}) {
			i, first[h] = j, j
		} else if n > alikeAll && j-i > alikeNeighbour {
			add(i, j, cosine(i, j)) // found wherever it is
		}
		file[j] = i
	}
	near := func(i, j int, cosine float64) bool {
		if file[i] == file[j] {
			return true
		}
		p, q := b.Photos[i].PerceptualHash, b.Photos[j].PerceptualHash
		return (cosine >= hashCosine || cosine == 0) && p != 0 && q != 0 && bits.OnesCount64(p^q) <= hashBits
	}
	for i := range n {
		if i%64 == 0 {
			tick()
		}
		to := n
		if n > alikeAll {
			to = min(n, i+1+alikeNeighbour)
		}
		for j := i + 1; j < to; j++ {
			c := cosine(i, j)
			if c >= alikeCosine || near(i, j, c) {
				add(i, j, c)
			}
			if c >= least && b.Photos[i].Class == b.Photos[j].Class {
				out.near = append(out.near, pair{i, j, c})
			}
		}
	}
	return out
}

// spread returns the mean over the classes of how far apart two of their photos are: 1 less the
// cosine of their features, from which the mean of the bank was taken. It is 1 where there is
// nothing to compare.
func (b *Bank) spread() float64 {
	space := slices.IndexFunc(b.Spaces, func(s Space) bool { return b.complete(s.Name) })
	if space < 0 || len(b.Photos) < 3 {
		return 1
	}
	mean := make([]float64, b.Spaces[space].Dim)
	for i := range b.Photos {
		for k, v := range b.Photos[i].Features[space] {
			mean[k] += float64(v) / float64(len(b.Photos))
		}
	}
	x := make([]float32, len(mean))
	sums, count := make([][]float64, len(b.Classes)), make([]float64, len(b.Classes))
	for i := range b.Photos {
		p := &b.Photos[i]
		for k, v := range p.Features[space] {
			x[k] = v - float32(mean[k])
		}
		matrix.Normalise(x)
		if sums[p.Class] == nil {
			sums[p.Class] = make([]float64, len(mean))
		}
		count[p.Class]++
		for k, v := range x {
			sums[p.Class][k] += float64(v)
		}
	}
	// The square of a sum of n vectors of length 1 is n and the cosines of all pairs, twice.
	cosines, pairs := 0.0, 0.0
	for c, sum := range sums {
		square := 0.0
		for _, v := range sum {
			square += v * v
		}
		if count[c] > 1 {
			cosines += square - count[c]
			pairs += count[c] * (count[c] - 1)
		}
	}
	if pairs == 0 {
		return 1
	}
	return min(1, max(0, 1-cosines/pairs))
}

// cosines returns a function that compares the features of two photos.
func (b *Bank) cosines() func(i, j int) float64 {
	space := slices.IndexFunc(b.Spaces, func(s Space) bool { return b.complete(s.Name) })
	n := len(b.Photos)
	if space < 0 || n < 3 {
		return func(i, j int) float64 { return 0 }
	}
	mean := make([]float64, b.Spaces[space].Dim)
	for i := range b.Photos {
		for k, v := range b.Photos[i].Features[space] {
			mean[k] += float64(v) / float64(n)
		}
	}
	centred := func(dst []float32, i int) {
		for k, v := range b.Photos[i].Features[space] {
			dst[k] = v - float32(mean[k])
		}
	}
	if n <= alikeAll {
		m := matrix.New(n, len(mean))
		for i := range n {
			centred(m.Row(i), i)
			matrix.Normalise(m.Row(i))
		}
		// Blocks of columns of the Gram matrix, from the diagonal down, made when they are first
		// asked for.
		from := -1
		var c *matrix.Matrix
		return func(i, j int) float64 {
			if at := i / matrix.GramBlock * matrix.GramBlock; at != from {
				from = at
				c = m.Below(from)
			}
			return float64(c.Row(j - from)[i-from])
		}
	}
	// A block of rows against itself and the photos added next.
	const block = 256
	at := -1
	var c *matrix.Matrix
	return func(i, j int) float64 {
		if j-i > alikeNeighbour {
			x := matrix.New(2, len(mean))
			centred(x.Row(0), i)
			centred(x.Row(1), j)
			return matrix.Quotient(matrix.Dot(x.Row(0), x.Row(1)), math.Sqrt(matrix.Dot(x.Row(0), x.Row(0))*matrix.Dot(x.Row(1), x.Row(1))))
		}
		if i/block != at {
			at = i / block
			m := matrix.New(min(block+alikeNeighbour, n-at*block), len(mean))
			for k := range m.N {
				centred(m.Row(k), at*block+k)
				matrix.Normalise(m.Row(k))
			}
			c = matrix.Product(m, m)
		}
		return float64(c.Data[(i-at*block)*c.D+j-at*block])
	}
}

// complete reports whether every photo has features in the space called name.
func (b *Bank) complete(name feature.Space) bool {
	s := b.Space(name)
	return s >= 0 && !slices.ContainsFunc(b.Photos, func(p Photo) bool { return len(p.Features) <= s || p.Features[s] == nil })
}

// Deal spreads n photos of classes y over sides that should get the given shares of every class,
// keeping groups whole. It returns the side of each.
func Deal(seed uint64, y, group []int, shares []float64) []int {
	n := len(y)
	count := map[int]int{}
	for _, c := range y {
		count[c]++
	}
	members := map[int][]int{}
	var order []int
	for i, g := range group {
		if members[g] == nil {
			order = append(order, g)
		}
		members[g] = append(members[g], i)
	}
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	// Large groups first: the small ones then fill the gaps.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(members[b]), len(members[a])) })

	have := make([]map[int]float64, len(shares))
	total := make([]float64, len(shares))
	for s := range have {
		have[s] = map[int]float64{}
	}
	side := make([]int, n)
	for _, g := range order {
		best, bestWant := -1, 0.0
		for s, share := range shares {
			if share <= 0 {
				continue
			}
			// How much this side lacks of the group's classes, and, among equals, how much it lacks
			// of everything.
			want := 0.0
			for _, i := range members[g] {
				want += share - (have[s][y[i]]+0.5)/float64(count[y[i]])
			}
			want = want/float64(len(members[g])) + 1e-3*(share-total[s]/float64(n))
			if best < 0 || want > bestWant+1e-12 {
				best, bestWant = s, want
			}
		}
		for _, i := range members[g] {
			side[i] = best
			have[best][y[i]]++
			total[best]++
		}
	}
	return side
}

// Divided returns a bank of the same photos divided anew: the given shares of each class are Valid
// and Test photos, the rest Train photos. Photos that belong together stay on one side. The same
// bank and seed give the same split.
func (b *Bank) Divided(seed uint64, valid, test float64) *Bank {
	if valid < 0 || test < 0 || valid+test >= 1 {
		panic("bank: shares of a split must leave photos to learn from")
	}
	shares := []float64{1 - valid - test, valid, test}
	g := b.Groups(b.Compare(func() {})).Cut(2 * len(shares))
	out := &Bank{b.Classes, b.Spaces, slices.Clone(b.Photos)}
	for i, s := range Deal(seed, g.Class, g.Of, shares) {
		out.Photos[i].Split = Split(s)
	}
	return out
}

// Folds numbers the photos at rows from 0 to k−1 for k-fold cross-validation, every class spread as
// evenly as it can be with photos that belong together in one fold.
func (b *Bank) Folds(seed uint64, rows []int, k int) []int {
	if k < 2 {
		panic("bank: cross-validation needs two folds")
	}
	return b.Groups(b.Compare(func() {})).At(rows).Cut(2*k).Folds(seed, k)
}
