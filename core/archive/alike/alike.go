// Package alike finds photos that are there more than once: as the same file, as the same picture
// at another size or quality, and as a burst of the same scene.
package alike

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"time"

	"homeroom/core/disjoint"
)

// A Photo is what is compared of one.
type Photo struct {
	Sum        [32]byte  // SHA-256 of its file
	Perceptual uint64    // photo.PerceptualHash
	Taken      int64     // in milliseconds since 1970; 0 where it is not known
	Dated      bool      // whether Taken is by the photo itself, and not by its file, which copies change
	Features   []float32 // of one feature space, the same for all photos
	Pixels     int
	Bytes      int64
}

// A Kind is how photos of a group are alike.
type Kind string

// The kinds. Each photo is in one group of a kind at most, and a burst is made of pictures that
// differ.
const (
	File    Kind = "same file"    // to the byte
	Picture Kind = "same picture" // at another size or quality, or saved again; not taken at another time
	Burst   Kind = "burst"        // taken right after one another, of the same scene
)

// What makes two photos alike. Of 238 photos of clothes, animals and places, each with a copy at a
// third, a half or all of its size and a JPEG quality of 40 to 75, hash and cosine together found
// 226 pairs by the features of EfficientNet-Lite0, and took no two different photos for one
// picture. The cosine alone, at 0.7, took 342 pairs of different photos for one.
const (
	pictureBits   = 8    // differing bits of the perceptual hash
	pictureCosine = 0.7  // of features
	burstCosine   = 0.75 // of features
)

// A Group is photos that are alike, by their indices: the one with most pixels first, then the
// longest file; a burst in the order in which it was taken.
type Group struct {
	Kind   Kind
	Photos []int
}

// Find groups photos: those of one kind after those of another, in the order of the kinds. gap is
// how long after one another photos of a burst are taken, at most. It compares every photo with
// every other by their hashes, and those with like hashes by their features, as far as they are not
// in one group already. It tells tick now and then what share of the work is done, 0 to 1; where
// that returns false it ends and finds nothing.
func Find(photos []Photo, gap time.Duration, tick func(share float64) bool) []Group {
	first := map[[32]byte]int{} // of each file the first photo
	files, pictures, bursts := newForest(len(photos)), newForest(len(photos)), newForest(len(photos))
	var each []int
	taken := make([]int64, len(photos)) // of each group of pictures, at its root
	for i := range photos {
		if photos[i].Dated {
			taken[i] = photos[i].Taken
		}
		k, there := first[photos[i].Sum]
		if !there {
			first[photos[i].Sum] = i
			each = append(each, i)
			continue
		}
		files.Join(k, i)
	}
	lengths := make([]float64, len(photos))
	for _, i := range each {
		lengths[i] = dot(photos[i].Features, photos[i].Features)
	}
	for n, i := range each {
		if n%64 == 0 && !tick(float64(n)*float64(n)/float64(len(each)*len(each))) {
			return nil
		}
		for _, j := range each[:n] {
			if bits.OnesCount64(photos[i].Perceptual^photos[j].Perceptual) > pictureBits {
				continue
			}
			into, from := pictures.Root(j), pictures.Root(i)
			if into == from {
				continue
			}
			both, one := sameTime(taken[into], taken[from])
			if one && cosine(photos[i].Features, photos[j].Features, lengths[i], lengths[j]) >= pictureCosine {
				pictures.Join(j, i)
				taken[pictures.Root(i)] = both
			}
		}
	}
	// Of a picture that is there in several sizes one is of the burst: the best.
	byTime := slices.DeleteFunc(pictures.best(photos, each), func(i int) bool { return photos[i].Taken == 0 })
	slices.SortStableFunc(byTime, func(i, j int) int { return cmp.Compare(photos[i].Taken, photos[j].Taken) })
	for n := 1; n < len(byTime); n++ {
		i, j := byTime[n-1], byTime[n]
		if photos[j].Taken-photos[i].Taken <= gap.Milliseconds() && Cosine(photos[i].Features, photos[j].Features) >= burstCosine {
			bursts.Join(i, j)
		}
	}
	larger := func(i, j int) int {
		return cmp.Or(cmp.Compare(photos[j].Pixels, photos[i].Pixels), cmp.Compare(photos[j].Bytes, photos[i].Bytes), cmp.Compare(i, j))
	}
	earlier := func(i, j int) int { return cmp.Or(cmp.Compare(photos[i].Taken, photos[j].Taken), cmp.Compare(i, j)) }
	return slices.Concat(files.groups(File, larger), pictures.groups(Picture, larger), bursts.groups(Burst, earlier))
}

// sameTime tells whether two times of taking can be one, and which: any goes with one that is not
// known, and whole seconds with parts of that second, which some programs leave out.
func sameTime(a, b int64) (both int64, one bool) {
	if a == b || b == 0 {
		return a, true
	}
	if a == 0 {
		return b, true
	}
	return max(a, b), min(a, b)%1000 == 0 && max(a, b)-min(a, b) < 1000
}

// Cosine is that of the angle between two feature vectors, 0 where one is none.
func Cosine(a, b []float32) float64 { return cosine(a, b, dot(a, a), dot(b, b)) }

// cosine is Cosine of vectors whose products with themselves are known.
func cosine(a, b []float32, aa, bb float64) float64 {
	if len(a) != len(b) || aa == 0 || bb == 0 {
		return 0
	}
	return dot(a, b) / math.Sqrt(aa*bb)
}

// dot is the product of two vectors of one length.
func dot(a, b []float32) (sum float64) {
	b = b[:len(a)]
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// forest is photos that were found to belong together.
type forest struct{ disjoint.Sets }

func newForest(n int) forest { return forest{disjoint.New(n)} }

// best returns of each group among photos the one with most pixels.
func (f forest) best(photos []Photo, among []int) (out []int) {
	best := map[int]int{}
	for _, i := range among {
		k, there := best[f.Root(i)]
		if !there || photos[i].Pixels > photos[k].Pixels {
			best[f.Root(i)] = i
		}
	}
	for _, i := range among {
		if best[f.Root(i)] == i {
			out = append(out, i)
		}
	}
	return out
}

// groups lists the groups of two and more, in the order of their first photos.
func (f forest) groups(kind Kind, order func(i, j int) int) []Group {
	members := map[int][]int{}
	for i := range f.Sets {
		members[f.Root(i)] = append(members[f.Root(i)], i)
	}
	var out []Group
	for i := range f.Sets {
		if m := members[i]; len(m) > 1 {
			slices.SortFunc(m, order)
			out = append(out, Group{kind, m})
		}
	}
	return out
}
