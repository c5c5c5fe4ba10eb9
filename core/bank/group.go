package bank

import (
	"cmp"
	"slices"

	"homeroom/core/disjoint"
	"homeroom/core/matrix"
)

// What makes photos of one class belong together; RATIONALE.md has the figures.
const (
	burstGap      = 2_000  // milliseconds from a photo to the next one of a burst, whatever they show
	burstShort    = 3      // photos of which a run of such is a burst, whatever they show: files are unpacked as fast
	burstShare    = 0.8    // of the mean distance within a class: where neighbours in a longer run are farther, files were copied in it
	sessionGap    = 60_000 // milliseconds between photos of the same thing, which the features tell
	sessionCosine = 0.6    // of centred features, then
	nearShare     = 0.3    // of the mean distance within a class: photos that are nearer show the same thing, whenever they were taken
	placeShare    = 0.4    // of that distance: photos that are nearer may be of one place
	copyCosine    = 0.99   // of centred features of one photo that was saved again
)

// Groups are photos that belong together: what is known of one tells of the others, so that they
// are held out together.
type Groups struct {
	Class []int // of each photo
	Of    []int // the group of each photo
	Photo []int // which photo it is: the same number for copies of one
	Split []int // what of was before a group that is all there is of a class was cut
}

// Groups finds what belongs together, of all photos of the bank: photos that are alike, photos of
// one class that their features say show the same thing, bursts, and photos of a class in one
// folder of several.
func (b *Bank) Groups(l Likeness) *Groups {
	u, copies := disjoint.New(len(b.Photos)), disjoint.New(len(b.Photos))
	for _, a := range l.Alike {
		i, _ := b.find(a.A)
		j, _ := b.find(a.B)
		u.Join(i, j)
		if a.Same || a.Cosine >= copyCosine {
			copies.Join(i, j)
		}
	}
	copied := b.bursts(u, l.spread)
	for _, p := range l.near {
		if p.cosine >= 1-nearShare*l.spread || p.cosine >= sessionCosine && !copied[p.i] && !copied[p.j] && b.together(p.i, p.j) {
			u.Join(p.i, p.j)
		}
	}
	b.folders(u)
	g := &Groups{Of: u.Roots(), Photo: copies.Roots()}
	for i := range b.Photos {
		g.Class = append(g.Class, b.Photos[i].Class)
	}
	g.Split = g.Of
	return g
}

// together says whether two photos of one class were taken within a minute of each other.
func (b *Bank) together(i, j int) bool {
	p, q := &b.Photos[i], &b.Photos[j]
	return p.Class == q.Class && p.Taken != 0 && q.Taken != 0 && max(p.Taken-q.Taken, q.Taken-p.Taken) <= sessionGap
}

// bursts joins neighbours in time. A run of such that photos of several classes are in tells when
// files were copied, not when photos were taken: nobody photographs two things in a burst. So does
// a run in which neighbours are no more alike than any two photos of a class, as where a folder was
// unpacked. It returns which photos were copied so, whose times tell nothing.
func (b *Bank) bursts(u disjoint.Sets, spread float64) (copied []bool) {
	copied = make([]bool, len(b.Photos))
	var apart func(run []int) float64 // made where there is a run
	var byTime []int
	for i := range b.Photos {
		if b.Photos[i].Taken != 0 {
			byTime = append(byTime, i)
		}
	}
	slices.SortStableFunc(byTime, func(i, j int) int { return cmp.Compare(b.Photos[i].Taken, b.Photos[j].Taken) })
	for from := 0; from < len(byTime); {
		to, mixed := from+1, false
		for ; to < len(byTime) && b.Photos[byTime[to]].Taken-b.Photos[byTime[to-1]].Taken <= burstGap; to++ {
			mixed = mixed || b.Photos[byTime[to]].Class != b.Photos[byTime[from]].Class
		}
		if !mixed && to-from > burstShort {
			if apart == nil {
				apart = b.apart()
			}
			mixed = apart(byTime[from:to]) > burstShare*spread
		}
		for k := from; k < to && mixed; k++ {
			copied[byTime[k]] = true
		}
		for k := from + 1; k < to && !mixed; k++ {
			u.Join(byTime[k-1], byTime[k])
		}
		from = to
	}
	return copied
}

// apart returns a function that gives the mean of how far photos that follow each other in a run
// are apart, 1 less the cosine of their centred features, and 0 where there are no features.
func (b *Bank) apart() func(run []int) float64 {
	space := slices.IndexFunc(b.Spaces, func(s Space) bool { return b.complete(s.Name) })
	if space < 0 {
		return func([]int) float64 { return 0 }
	}
	mean := make([]float32, b.Spaces[space].Dim)
	for i := range b.Photos {
		for k, v := range b.Photos[i].Features[space] {
			mean[k] += v / float32(len(b.Photos))
		}
	}
	last, next := make([]float32, len(mean)), make([]float32, len(mean))
	return func(run []int) float64 {
		sum := 0.0
		for n, i := range run {
			for k, v := range b.Photos[i].Features[space] {
				next[k] = v - mean[k]
			}
			matrix.Normalise(next)
			if n > 0 {
				sum += 1 - matrix.Dot(last, next)
			}
			last, next = next, last
		}
		return sum / float64(len(run)-1)
	}
}

// folders joins the photos of a class that lie in one folder, where the class has several: one for
// each place, day or person, as a rule.
func (b *Bank) folders(u disjoint.Sets) {
	type place struct {
		class  int
		folder string
	}
	first := map[place]int{}
	places := map[int]int{}
	for i := range b.Photos {
		at := place{b.Photos[i].Class, b.Photos[i].Folder}
		if _, ok := first[at]; !ok {
			first[at] = i
			places[at.class]++
		}
	}
	for i := range b.Photos {
		at := place{b.Photos[i].Class, b.Photos[i].Folder}
		if places[at.class] > 1 && at.folder != "" {
			u.Join(i, first[at])
		}
	}
}

// Wider returns groups that photos which may be of one place are joined to.
func (g *Groups) Wider(l Likeness) *Groups {
	u := disjoint.Sets(slices.Clone(g.Of))
	for _, p := range l.near {
		if p.cosine >= 1-placeShare*l.spread {
			u.Join(p.i, p.j)
		}
	}
	of := u.Roots()
	return &Groups{g.Class, of, g.Photo, of}
}

// Singles returns groups of one photo each.
func (g *Groups) Singles() *Groups {
	of := make([]int, len(g.Of))
	for i := range of {
		of[i] = i
	}
	return &Groups{g.Class, of, of, of}
}

// Count returns how many groups there are, before any was cut.
func (g *Groups) Count() int {
	seen := map[int]bool{}
	for _, k := range g.Split {
		seen[k] = true
	}
	return len(seen)
}

// At returns the groups of the photos at rows.
func (g *Groups) At(rows []int) *Groups {
	take := func(v []int) []int {
		out := make([]int, len(rows))
		for i, r := range rows {
			out[i] = v[r]
		}
		return out
	}
	return &Groups{take(g.Class), take(g.Of), take(g.Photo), take(g.Split)}
}

// Cut returns groups where those that are all there is of a class are in about so many runs of
// neighbours: nothing could be held out of that class otherwise. Copies of one photo stay together.
func (g *Groups) Cut(runs int) *Groups {
	only := map[int]int{} // class → its group, −1 where it has several
	size := map[int]int{}
	next := 0
	for i, c := range g.Class {
		if of, ok := only[c]; !ok {
			only[c] = g.Of[i]
		} else if of != g.Of[i] {
			only[c] = -1
		}
		size[c]++
		next = max(next, g.Of[i]+1, g.Photo[i]+1)
	}
	out := &Groups{g.Class, slices.Clone(g.Of), g.Photo, g.Split}
	done := map[int]int{}
	run := map[[2]int]int{} // class and photo → its run
	for i, c := range g.Class {
		if only[c] < 0 || size[c] < 2 {
			continue
		}
		at := [2]int{c, g.Photo[i]}
		if _, ok := run[at]; !ok {
			run[at] = done[c] / max(1, size[c]/runs)
		}
		done[c]++
		out.Of[i] = next + c*(len(g.Class)+1) + run[at]
	}
	return out
}

// Folds deals the photos to k sides.
func (g *Groups) Folds(seed uint64, k int) []int {
	shares := make([]float64, k)
	for i := range shares {
		shares[i] = 1 / float64(k)
	}
	return Deal(seed, g.Class, g.Of, shares)
}
