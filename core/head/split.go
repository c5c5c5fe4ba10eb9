package head

import (
	"cmp"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"homeroom/core/feature"
)

// How photos are told to be too alike to stand on two sides of a split.
const (
	burstGap       = 2000 // milliseconds between photos of one class taken in a burst
	lookBits       = 4    // differing bits of perceptual hashes
	lookCosine     = 0.8  // of centred features, where the hashes are near: one backdrop makes different things look alike
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

// Duplicates lists the photos that are alike: equal content hashes, perceptual
// hashes that differ in no more than 4 bits with a cosine of 0.8 or more of the
// centred features (of the first space for which every photo has them, if there
// is one), or a cosine of 0.95 or more whatever the hashes. In banks of more than 3,000
// photos features are compared with those of the 32 photos added next only.
func (b *Bank) Duplicates() []Alike { return b.alike(func() {}) }

// alike is Duplicates, and calls tick every few photos.
func (b *Bank) alike(tick func()) []Alike {
	var out []Alike
	add := func(i, j int, cosine float64) {
		p, q := &b.Photos[i], &b.Photos[j]
		out = append(out, Alike{p.ID, q.ID, p.Hash == q.Hash && p.Hash != (Hash{}), cosine, p.Class != q.Class})
	}
	cosine := b.cosines()
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
		p, q := b.Photos[i].Look, b.Photos[j].Look
		return (cosine >= lookCosine || cosine == 0) && p != 0 && q != 0 && bits.OnesCount64(p^q) <= lookBits
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
			if c := cosine(i, j); c >= alikeCosine || near(i, j, c) {
				add(i, j, c)
			}
		}
	}
	return out
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
		m := newMatrix(n, len(mean))
		for i := range n {
			centred(m.row(i), i)
			unit(m.row(i))
		}
		// Blocks of columns of the Gram matrix, from the diagonal down, made when they are first asked for.
		from := -1
		var c *matrix
		return func(i, j int) float64 {
			if at := i / gramBlock * gramBlock; at != from {
				from = at
				c = m.below(from)
			}
			return float64(c.row(j - from)[i-from])
		}
	}
	// A block of rows against itself and the photos added next.
	const block = 256
	at := -1
	var c *matrix
	return func(i, j int) float64 {
		if j-i > alikeNeighbour {
			x := newMatrix(2, len(mean))
			centred(x.row(0), i)
			centred(x.row(1), j)
			return share(dot(x.row(0), x.row(1)), math.Sqrt(dot(x.row(0), x.row(0))*dot(x.row(1), x.row(1))))
		}
		if i/block != at {
			at = i / block
			m := newMatrix(min(block+alikeNeighbour, n-at*block), len(mean))
			for k := range m.n {
				centred(m.row(k), at*block+k)
				unit(m.row(k))
			}
			c = product(m, m)
		}
		return float64(c.data[(i-at*block)*c.d+j-at*block])
	}
}

// complete reports whether every photo has features in the space called name.
func (b *Bank) complete(name feature.Space) bool {
	s := b.Space(name)
	return s >= 0 && !slices.ContainsFunc(b.Photos, func(p Photo) bool { return len(p.Features) <= s || p.Features[s] == nil })
}

// dot returns Σ x·y.
func dot(x, y []float32) float64 {
	s := 0.0
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}

// unit scales x to length 1; zeros stay.
func unit(x []float32) {
	if n := float32(math.Sqrt(dot(x, x))); n > 0 {
		for i := range x {
			x[i] /= n
		}
	}
}

// groups numbers the photos at rows by what must stay on one side of a split:
// photos that are alike, and bursts, which are photos of one class each taken
// within two seconds of the one before.
func (b *Bank) groups(rows []int, alike []Alike) []int {
	parent := make([]int, len(b.Photos))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	join := func(i, j int) {
		i, j = root(i), root(j)
		parent[max(i, j)] = min(i, j)
	}
	for _, a := range alike {
		i, _ := b.find(a.A)
		j, _ := b.find(a.B)
		join(i, j)
	}
	byTime := make([]int, 0, len(b.Photos))
	for i := range b.Photos {
		if b.Photos[i].Taken != 0 {
			byTime = append(byTime, i)
		}
	}
	slices.SortStableFunc(byTime, func(i, j int) int {
		p, q := &b.Photos[i], &b.Photos[j]
		return cmp.Or(cmp.Compare(p.Class, q.Class), cmp.Compare(p.Taken, q.Taken))
	})
	for k := 1; k < len(byTime); k++ {
		p, q := &b.Photos[byTime[k-1]], &b.Photos[byTime[k]]
		if p.Class == q.Class && q.Taken-p.Taken <= burstGap {
			join(byTime[k-1], byTime[k])
		}
	}
	out := make([]int, len(rows))
	for i, r := range rows {
		out[i] = root(r)
	}
	return out
}

// deal spreads n photos of classes y over sides that should get the given
// shares of every class, keeping groups whole. It returns the side of each.
// A class of which one group holds nearly all photos cannot be spread without
// cutting that group; it is then cut into runs of neighbours, since a side
// without a class would be worse than a split burst.
func deal(seed uint64, y, group []int, shares []float64) []int {
	n := len(y)
	group = slices.Clone(group)
	count := map[int]int{}
	size := map[int]map[int]int{} // class → group → photos
	for i, g := range group {
		count[y[i]]++
		if size[y[i]] == nil {
			size[y[i]] = map[int]int{}
		}
		size[y[i]][g]++
	}
	// Cut what is too large, into about twice as many runs as there are sides.
	runs := 2 * len(shares)
	next := 0
	for _, g := range group {
		next = max(next, g+1)
	}
	done := map[[2]int]int{}
	for i, g := range group {
		k := size[y[i]][g]
		if 2*k <= count[y[i]] || k == 1 {
			continue
		}
		length := max(1, k/runs)
		at := done[[2]int{y[i], g}]
		done[[2]int{y[i], g}]++
		group[i] = next + (g*MaxClasses+y[i])*(n+1) + at/length
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
			// How much this side lacks of the group's classes, and, among
			// equals, how much it lacks of everything.
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

// Divide sets the split of every photo: the given shares of each class become
// Valid and Test photos, the rest Train photos. Photos that are alike, and
// bursts, stay on one side. The same bank and seed give the same split.
func (b *Bank) Divide(seed uint64, valid, test float64) {
	if valid < 0 || test < 0 || valid+test >= 1 {
		panic("head: shares of a split must leave photos to learn from")
	}
	rows := make([]int, len(b.Photos))
	for i := range rows {
		rows[i] = i
	}
	for i, s := range deal(seed, b.labels(rows), b.groups(rows, b.Duplicates()), []float64{1 - valid - test, valid, test}) {
		b.Photos[i].Split = Split(s)
	}
}

// Folds numbers the photos at rows from 0 to k−1 for k-fold cross-validation,
// every class spread as evenly as it can be with photos that are alike, and
// bursts, in one fold.
func (b *Bank) Folds(seed uint64, rows []int, k int) []int {
	if k < 2 {
		panic("head: cross-validation needs two folds")
	}
	return b.folds(seed, rows, k, b.Duplicates())
}

func (b *Bank) folds(seed uint64, rows []int, k int, alike []Alike) []int {
	shares := make([]float64, k)
	for i := range shares {
		shares[i] = 1 / float64(k)
	}
	return deal(seed, b.labels(rows), b.groups(rows, alike), shares)
}
