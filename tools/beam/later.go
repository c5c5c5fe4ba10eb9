package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/parquet-go/parquet-go"

	"homeroom/core/disjoint"
)

func init() {
	register.DoFn4x1[context.Context, int, func(string, int), func(Fingerprint), error](&seenFn{})
	register.Emitter2[string, int]()
	register.Emitter1[Fingerprint]()
	register.Function2x1(addCounts)
	register.Function2x1(labelCount)
	register.DoFn2x0[Fingerprint, func(uint64, Fingerprint)](&keysFn{})
	register.Emitter2[uint64, Fingerprint]()
	register.Iter1[Fingerprint]()
	register.DoFn4x0[context.Context, uint64, func(*Fingerprint) bool, func(Pair)](&pairsFn{})
	register.Emitter1[Pair]()
	register.DoFn3x1[context.Context, int, func(*Pair) bool, error](&groupsFn{})
	register.Iter1[Pair]()
	register.DoFn3x1[context.Context, int, func(*Count) bool, error](&histogramFn{})
	register.Iter1[Count]()
}

// A Fingerprint is what photos are compared by.
type Fingerprint struct {
	Path string
	Sum  string // SHA-256 of the file
	Hash uint64 // perceptual
	Sign string // of the features
}

// seenFn reads what was kept of the photos of a shard: labels to count, and fingerprints to
// compare.
type seenFn struct{ Options Options }

// ProcessElement is called by Beam.
func (f *seenFn) ProcessElement(ctx context.Context, shard int, label func(string, int), give func(Fingerprint)) error {
	name := f.Options.file("features", shard, "parquet")
	data, err := readFile(ctx, name)
	if err != nil {
		return err
	}
	rows, err := parquet.Read[Seen](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	counts := map[string]int{}
	for i := range rows {
		r := &rows[i]
		counts[r.Label]++
		if r.Sign == nil {
			r.Sign = sign(r.Features)
		}
		if f.Options.Near {
			give(Fingerprint{Path: r.File, Sum: string(r.Sum), Hash: r.Hash, Sign: string(r.Sign)})
		}
	}
	for l, n := range counts {
		label(l, n)
	}
	return nil
}

func addCounts(a, b int) int { return a + b }

// A Count is how many photos have a label.
type Count struct {
	Label string
	Count int
}

func labelCount(label string, n int) Count { return Count{label, n} }

// histogramFn writes the labels with their counts, the most frequent first.
type histogramFn struct{ Options Options }

// ProcessElement is called by Beam.
func (f *histogramFn) ProcessElement(ctx context.Context, _ int, counts func(*Count) bool) error {
	var all []Count
	for c := (Count{}); counts(&c); {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label)) })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"label", "photos"}}
	for _, c := range all {
		rows = append(rows, []string{c.Label, strconv.Itoa(c.Count)})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return writeFile(ctx, join(f.Options.Out, "histogram.csv"), b.Bytes())
}

// What near-duplicates are found by. Two photos whose perceptual hashes differ in at most nearBits
// bits have the same bits in three of six blocks at least, so that each photo is sent under one key
// for each three blocks and is compared with those under the same keys alone.
const (
	nearBits = 3
	blocks   = 6
	signs    = 256 // bits of a sign
	// nearSigns is how many bits of signs may differ. Two vectors with the angle a differ in a/π of
	// them in the mean (Charikar 2002): at a cosine of 0.7, 65 bits, give or take 7.
	nearSigns = 75
)

// triples are all three blocks of six.
var triples = func() (all [][blocks]bool) {
	for set := range 1 << blocks {
		if bits.OnesCount(uint(set)) == blocks/2 {
			var t [blocks]bool
			for i := range t {
				t[i] = set>>i&1 == 1
			}
			all = append(all, t)
		}
	}
	return all
}()

// block returns the mask of a block of a hash.
func block(i int) uint64 {
	from, to := 64*i/blocks, 64*(i+1)/blocks
	return (1<<(to-from) - 1) << from
}

// part is the bits of a hash in three blocks.
func part(hash uint64, triple [blocks]bool) uint64 {
	mask := uint64(0)
	for i, in := range triple {
		if in {
			mask |= block(i)
		}
	}
	return hash & mask
}

// first is the first triple that two hashes agree in, −1 where there is none.
func first(a, b uint64) int {
	return slices.IndexFunc(triples, func(t [blocks]bool) bool { return part(a, t) == part(b, t) })
}

// planes are what signs tell the sides of.
var planes = struct {
	sync.Mutex
	of map[int][]float32 // by length of the features
}{of: map[int][]float32{}}

// sign is on which side of each of so many planes features lie: planes drawn by lot, the same on
// every worker.
func sign(features []float32) []byte {
	n := len(features)
	if n == 0 {
		return []byte{}
	}
	planes.Lock()
	p := planes.of[n]
	if p == nil {
		random := rand.New(rand.NewPCG(18, uint64(n)))
		p = make([]float32, signs*n)
		for i := range p {
			p[i] = float32(random.NormFloat64())
		}
		planes.of[n] = p
	}
	planes.Unlock()
	out := make([]byte, signs/8)
	for i := range signs {
		sum := 0.0
		for k, v := range p[i*n : (i+1)*n] {
			sum += float64(v) * float64(features[k])
		}
		if sum > 0 {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return out
}

// cosine is about that of the features of two signs.
func cosine(differ int) float64 { return math.Cos(math.Pi * float64(differ) / signs) }

func differing(a, b string) (n int) {
	if len(a) != len(b) {
		return signs
	}
	for i := range a {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n
}

// keysFn sends a photo under all its keys.
type keysFn struct{}

// ProcessElement is called by Beam.
func (f *keysFn) ProcessElement(l Fingerprint, emit func(uint64, Fingerprint)) {
	for t, triple := range triples {
		// The number of the triple goes where the blocks that are not in it leave room.
		emit(mix(part(l.Hash, triple)^uint64(t)*0x9e3779b97f4a7c15), l)
	}
}

// mix spreads the bits of a key (the finaliser of MurmurHash3), so that runners spread keys.
func mix(k uint64) uint64 {
	k ^= k >> 33
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}

// A Pair is two photos that are one picture, or one file.
type Pair struct {
	A, B   string // paths
	Same   bool   // to the byte
	Bits   int    // that differ in the perceptual hash
	Cosine float64
}

// most is with how many others under its key a photo is compared at most, those of the nearest
// hashes: pictures of one colour have one hash, all of them.
const most = 1000

// pairsFn compares photos under one key.
type pairsFn struct{ left, compared beam.Counter }

// Setup is called by Beam.
func (f *pairsFn) Setup() {
	f.left = beam.NewCounter("homeroom", "near-duplicates not compared")
	f.compared = beam.NewCounter("homeroom", "near-duplicates compared")
}

// ProcessElement is called by Beam.
func (f *pairsFn) ProcessElement(ctx context.Context, key uint64, prints func(*Fingerprint) bool, emit func(Pair)) {
	var all []Fingerprint
	for l := (Fingerprint{}); prints(&l); {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Fingerprint) int {
		return cmp.Or(cmp.Compare(a.Hash, b.Hash), cmp.Compare(a.Sum, b.Sum), cmp.Compare(a.Path, b.Path))
	})
	// Of one file one photo is compared with others; the rest hang on it.
	var each []Fingerprint
	for i, l := range all {
		if i > 0 && l.Sum == all[i-1].Sum {
			if each := each[len(each)-1]; f.here(key, each.Hash, l.Hash) {
				emit(Pair{A: each.Path, B: l.Path, Same: true, Cosine: 1})
			}
			continue
		}
		each = append(each, l)
	}
	compared, left := int64(0), int64(0)
	for i := range each {
		for j := i + 1; j < len(each); j++ {
			if j-i > most {
				left += int64(len(each) - j)
				break
			}
			compared++
			a, b := &each[i], &each[j]
			n := bits.OnesCount64(a.Hash ^ b.Hash)
			if n > nearBits || !f.here(key, a.Hash, b.Hash) {
				continue
			}
			if d := differing(a.Sign, b.Sign); d <= nearSigns {
				emit(Pair{A: min(a.Path, b.Path), B: max(a.Path, b.Path), Bits: n, Cosine: math.Round(cosine(d)*100) / 100})
			}
		}
	}
	f.compared.Inc(ctx, compared)
	f.left.Inc(ctx, left)
}

// here tells whether a key is the first of those under which two photos meet, so that a pair is
// given out once.
func (f *pairsFn) here(key, a, b uint64) bool {
	t := first(a, b)
	return t >= 0 && mix(part(a, triples[t])^uint64(t)*0x9e3779b97f4a7c15) == key
}

// groupsFn joins pairs to groups and writes them.
type groupsFn struct{ Options Options }

// ProcessElement is called by Beam.
func (f *groupsFn) ProcessElement(ctx context.Context, _ int, pairs func(*Pair) bool) error {
	index := map[string]int{}
	var paths []string
	number := func(path string) int {
		n, there := index[path]
		if !there {
			n = len(paths)
			index[path], paths = n, append(paths, path)
		}
		return n
	}
	var all []Pair
	for p := (Pair{}); pairs(&p); {
		number(p.A)
		number(p.B)
		all = append(all, p)
	}
	slices.Sort(paths)
	for i, path := range paths {
		index[path] = i
	}
	files, pictures := disjoint.New(len(paths)), disjoint.New(len(paths))
	for _, p := range all {
		a, b := index[p.A], index[p.B]
		if pictures.Join(a, b); p.Same {
			files.Join(a, b)
		}
	}
	var b bytes.Buffer
	lines := json.NewEncoder(&b)
	lines.SetEscapeHTML(false)
	for _, kind := range []struct {
		name string
		sets disjoint.Sets
	}{{"same file", files}, {"same picture", pictures}} {
		members := map[int][]string{}
		for i, path := range paths {
			root := kind.sets.Root(i)
			members[root] = append(members[root], path)
		}
		for i := range paths {
			m := members[i] // the root of a set is its first path
			if len(m) < 2 || kind.name == "same picture" && oneFile(m, files, index) {
				continue // the second was told as one file
			}
			if err := lines.Encode(struct {
				Kind  string   `json:"kind"`
				Files []string `json:"files"`
			}{kind.name, m}); err != nil {
				return err
			}
		}
	}
	return writeFile(ctx, join(f.Options.Out, "near-duplicates.jsonl"), b.Bytes())
}

// oneFile tells whether all paths are of one file.
func oneFile(paths []string, files disjoint.Sets, index map[string]int) bool {
	return !slices.ContainsFunc(paths, func(p string) bool { return files.Root(index[p]) != files.Root(index[paths[0]]) })
}
