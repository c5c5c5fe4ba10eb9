package bank_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/bank/banktest"
)

// crowd is a bank with duplicates, near-duplicates and bursts in it.
func crowd(seed uint64) *bank.Bank {
	r := rand.New(rand.NewPCG(seed, 3))
	b := new(bank.Builder)
	b.AddSpace(banktest.Net, 8)
	classes := 2 + r.IntN(5)
	for c := range classes {
		b.AddClass(string(rune('a' + c)))
	}
	for i := range 20 + r.IntN(120) {
		x := make([]float32, 8)
		for j := range x {
			x[j] = float32(r.NormFloat64())
		}
		p := bank.Photo{Class: r.IntN(classes), Hash: bank.Hash{byte(i), 1}, PerceptualHash: r.Uint64(), Features: [][]float32{x}}
		if len(b.Bank().Photos) > 0 && r.IntN(4) == 0 {
			q := b.Bank().Photos[r.IntN(len(b.Bank().Photos))]
			switch r.IntN(5) {
			case 4:
				p.Class, p.Folder = q.Class, "some day"
			case 0:
				p.Hash = q.Hash
			case 1:
				p.PerceptualHash = q.PerceptualHash ^ 1<<r.IntN(64)
			case 2:
				p.Features = q.Features
			case 3:
				p.Class = q.Class
				p.Taken = q.Taken + 1500
			}
		}
		if p.Taken == 0 {
			p.Taken = int64(1e12) + int64(i)*60_000
		}
		if _, err := b.Add(p); err != nil {
			panic(err)
		}
	}
	return b.Bank()
}

// TestNoGroupIsOnTwoSides divides many banks, into splits and into folds, and looks for photos that
// belong together on two sides. Only a group that is all there is of its class may be cut, and of
// that copies of one photo stay together.
func TestNoGroupIsOnTwoSides(t *testing.T) {
	for seed := range uint64(60) {
		b := crowd(seed)
		all := make([]int, len(b.Photos))
		for i := range all {
			all[i] = i
		}
		g := b.Groups(b.Compare(func() {}))
		several := map[int]map[int]bool{} // class → its groups
		for i, c := range g.Class {
			if several[c] == nil {
				several[c] = map[int]bool{}
			}
			several[c][g.Of[i]] = true
		}
		whole := func(what string, side func(i int) int) {
			t.Helper()
			of, copies := map[int]int{}, map[int]int{}
			for i, c := range g.Class {
				at := side(i)
				if was, ok := copies[g.Photo[i]]; ok && was != at {
					t.Fatalf("seed %d, %s: copies of one photo are on sides %d and %d", seed, what, was, at)
				}
				copies[g.Photo[i]] = at
				if len(several[c]) < 2 {
					continue
				}
				if was, ok := of[g.Of[i]]; ok && was != at {
					t.Fatalf("seed %d, %s: photos that belong together are on sides %d and %d", seed, what, was, at)
				}
				of[g.Of[i]] = at
			}
		}
		first := splits(b.Divided(seed, 0.2, 0.2))
		whole("splits", func(i int) int { return int(first[i]) })
		if !slices.Equal(first, splits(b.Divided(seed, 0.2, 0.2))) {
			t.Fatalf("seed %d: the same seed divides in another way", seed)
		}
		folds := b.Folds(seed, all, 5)
		whole("folds", func(i int) int { return folds[i] })
	}
}

func splits(b *bank.Bank) []bank.Split {
	var out []bank.Split
	for _, p := range b.Photos {
		out = append(out, p.Split)
	}
	return out
}

// TestFoldsAreFair spreads classes without duplicates over folds.
func TestFoldsAreFair(t *testing.T) {
	b := banktest.Blobs(4, 4, 25, 60, 1)
	rows := b.Rows(bank.Train)
	folds := b.Folds(1, rows, 5)
	n := map[[2]int]int{}
	for i, f := range folds {
		n[[2]int{b.Photos[rows[i]].Class, f}]++
	}
	for c := range 4 {
		for f := range 5 {
			if n[[2]int{c, f}] != 5 {
				t.Errorf("class %d has %d photos in fold %d, want 5", c, n[[2]int{c, f}], f)
			}
		}
	}
}

// TestOneBackdropIsNoDuplicate has photos whose perceptual hashes are near though their features
// are not: different things before one cloth.
func TestOneBackdropIsNoDuplicate(t *testing.T) {
	b := banktest.Blobs(5, 2, 10, 8, 1)
	a := b.Duplicates()
	b.Photos[0].PerceptualHash, b.Photos[15].PerceptualHash = 0xf0f0, 0xf0f1
	if got := b.Duplicates(); len(got) != len(a) {
		t.Errorf("got %+v, before there were %d", got, len(a))
	}
	b.Photos[15].Features = b.Photos[0].Features
	if got := b.Duplicates(); len(got) != len(a)+1 || got[len(a)].Same {
		t.Errorf("a copy with the same features: got %+v", got)
	}
}

func TestDuplicates(t *testing.T) {
	b := banktest.Blobs(5, 2, 10, 8, 1)
	same := b.Photos[3]
	same.ID = b.Photos[len(b.Photos)-1].ID + 1
	same.Class = 1
	b.Photos[3].Hash, same.Hash = bank.Hash{7}, bank.Hash{7}
	b.Photos = append(b.Photos, same)
	id := same.ID
	got := b.Duplicates()
	if len(got) != 1 || got[0].A != 4 || got[0].B != id || !got[0].Same || !got[0].Classes || got[0].Cosine < 0.999 {
		t.Errorf("got %+v", got)
	}
}
