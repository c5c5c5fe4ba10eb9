package bank_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"homeroom/core/bank/banktest"
)

// TestBurstsBelongTogether: by time, but not where the times are those of copying.
func TestBurstsBelongTogether(t *testing.T) {
	const noon = int64(1.7e12)
	for _, c := range []struct {
		name   string
		taken  [6]int64 // three photos of each of two classes
		groups int
	}{
		{"unknown", [6]int64{}, 6},
		{"far apart", [6]int64{noon, noon + 1e7, noon + 2e7, noon + 3e7, noon + 4e7, noon + 5e7}, 6},
		{"a burst", [6]int64{noon, noon + 900, noon + 1800, noon + 3e7, noon + 4e7, noon + 5e7}, 4},
		{"copied in one go", [6]int64{noon, noon + 10, noon + 20, noon + 30, noon + 40, noon + 50}, 6},
	} {
		b := banktest.Blobs(31, 2, 3, 200, 1)
		for i := range b.Photos {
			b.Photos[i].Taken = c.taken[i]
		}
		if got := b.Groups(b.Compare(func() {})).Count(); got != c.groups {
			t.Errorf("%s: %d groups, want %d", c.name, got, c.groups)
		}
	}
}

// TestFoldersBelongTogether: the folders of a class are groups where it has several.
func TestFoldersBelongTogether(t *testing.T) {
	b := banktest.Blobs(32, 2, 6, 200, 1)
	for i := range b.Photos {
		b.Photos[i].Folder = "all"
		if i < 6 {
			b.Photos[i].Folder = fmt.Sprint("day ", i/2)
		}
	}
	if got := b.Groups(b.Compare(func() {})).Count(); got != 3+6 {
		t.Errorf("%d groups, want 9", got)
	}
}

// TestNearDuplicatesBelongTogether: photos of one thing do, though no perceptual hash says so, and
// those of a class that is all alike do not.
func TestNearDuplicatesBelongTogether(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 1))
	b := banktest.Blobs(33, 3, 20, 200, 0.5)
	before := b.Groups(b.Compare(func() {})).Count()
	if before != 60 {
		t.Fatalf("%d groups of 60 photos", before)
	}
	for i := 1; i < 5; i++ { // four more of the first photo, a little otherwise
		for j, v := range b.Photos[0].Features[0] {
			b.Photos[i].Features[0][j] = v + 0.25*float32(r.NormFloat64())
		}
		b.Photos[i].PerceptualHash = r.Uint64()
	}
	if got := b.Groups(b.Compare(func() {})).Count(); got != 56 {
		t.Errorf("%d groups, want 56", got)
	}
}

// TestUnpackedFoldersAreNoBursts: files of one class that were written one after the other, and are
// no more alike than others of it, each stand for themselves; a recording of as many photos, each
// near the last, is one occasion.
func TestUnpackedFoldersAreNoBursts(t *testing.T) {
	b := banktest.Blobs(41, 2, 40, 100, 1)
	order := rand.New(rand.NewPCG(1, 2)).Perm(40)
	for k, i := range order {
		b.Photos[i].Taken = 1.7e12 + int64(20*k)
	}
	few := b.Groups(b.Compare(func() {}))
	if n := few.Count(); n < 70 {
		t.Errorf("unpacked: %d groups of 80 photos", n)
	}
	for k := 1; k < 40; k++ { // each is the last one, a little changed
		was, is := b.Photos[order[k-1]].Features[0], b.Photos[order[k]].Features[0]
		for d := range is {
			is[d] = 0.9*was[d] + 0.1*is[d]
		}
	}
	if n := b.Groups(b.Compare(func() {})).Count(); n > 45 {
		t.Errorf("recorded: %d groups of 80 photos", n)
	}
}
