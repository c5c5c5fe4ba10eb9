package head

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// places draws photos as people take them: of each class on several occasions, each of which shifts
// all its photos by an offset of its own and is a folder. apart is how far classes, shift how far
// occasions are apart, over the noise of a photo.
type places struct {
	r         *rand.Rand
	centre    [][]float64
	dim       int
	shift     float64
	occasions int // so far
	perFolder int
}

func newPlaces(seed uint64, classes, dim int, apart, shift float64, perFolder int) *places {
	p := &places{r: rand.New(rand.NewPCG(seed, 0x91ace)), dim: dim, shift: shift, perFolder: perFolder}
	for range classes {
		p.centre = append(p.centre, p.normal(apart))
	}
	return p
}

func (p *places) normal(scale float64) []float64 {
	x := make([]float64, p.dim)
	for j := range x {
		x[j] = scale * p.r.NormFloat64()
	}
	return x
}

// bank draws so many occasions of each class.
func (p *places) bank(occasions int) *Bank {
	b := new(Builder)
	if _, err := b.AddSpace(net, p.dim); err != nil {
		panic(err)
	}
	for c, centre := range p.centre {
		if _, err := b.AddClass(fmt.Sprint("class ", c)); err != nil {
			panic(err)
		}
		for range occasions {
			p.occasions++
			offset := p.normal(p.shift)
			for range p.perFolder {
				x := make([]float32, p.dim)
				for j, v := range p.normal(1) {
					x[j] = float32(math.Max(0, 3+centre[j]+offset[j]+v))
				}
				photo := Photo{Class: c, Features: [][]float32{x}}
				if p.perFolder > 1 {
					photo.Folder = fmt.Sprint("occasion ", p.occasions)
				}
				if _, err := b.Add(photo); err != nil {
					panic(err)
				}
			}
		}
	}
	return b.Bank()
}

// TestIntervalContainsTheTruth learns from made-up photos, alone and in bursts, few and many, and
// asks how often the 95% interval of the report contains what the head does on very many photos
// from other occasions.
func TestIntervalContainsTheTruth(t *testing.T) {
	in, all := 0, 0
	for _, c := range []struct {
		name             string
		classes, folders int
		perFolder        int
		apart, shift     float64
	}{
		{"few photos, each alone", 3, 8, 1, 0.3, 0},
		{"photos, each alone", 4, 25, 1, 0.3, 0},
		{"few bursts", 3, 5, 8, 0.35, 0.7},
		{"bursts", 4, 12, 6, 0.35, 0.7},
		{"long bursts that are nearly one photo", 3, 6, 12, 0.9, 3},
	} {
		const runs = 24
		held, singles := 0, 0
		for seed := range uint64(runs) {
			p := newPlaces(seed, c.classes, 24, c.apart, c.shift, c.perFolder)
			b := p.bank(c.folders)
			got, err := Fit(t.Context(), b, Config{Kind: Means, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			truth := accuracyOn(t, got.Best, p.bank(1200/c.classes/c.perFolder))
			if n := c.classes * c.folders; got.Valid.Groups > n || got.Valid.Groups < n*9/10 {
				t.Errorf("%s: %d groups, there are %d", c.name, got.Valid.Groups, n)
			}
			if got.Valid.Low <= truth && truth <= got.Valid.High {
				held++
			}
			if low, high := Wilson(got.Valid.Correct, got.Valid.Photos); low <= truth && truth <= high {
				singles++
			}
		}
		t.Logf("%s: the interval held %d times of %d, Wilson's of photos that are counted one by one %d", c.name, held, runs, singles)
		if held < runs*5/6 { // 20 of 24; at 90% each, fewer come about once in twenty
			t.Errorf("%s: the interval held %d times of %d", c.name, held, runs)
		}
		in, all = in+held, all+runs
	}
	if 10*in < 9*all {
		t.Errorf("in all, the interval held %d times of %d, which is less than 90%%", in, all)
	}
}

// accuracyOn is the share of a bank's photos that a head names rightly.
func accuracyOn(t *testing.T, h *Head, b *Bank) float64 {
	t.Helper()
	answers, err := h.AnswerRows(b, seq(len(b.Photos)))
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, a := range answers {
		if a.Class == b.Photos[i].Class {
			right++
		}
	}
	return float64(right) / float64(len(answers))
}

func seq(n int) []int {
	v := make([]int, n)
	for i := range v {
		v[i] = i
	}
	return v
}

// TestStudentT has the values of the usual tables.
func TestStudentT(t *testing.T) {
	for degrees, want := range map[float64]float64{0: 12.7062, 1: 12.7062, 2: 4.3027, 3: 3.1824, 5: 2.5706, 10: 2.2281, 30: 2.0423, 1e6: 1.96} {
		near(t, fmt.Sprint("t of ", degrees), studentT(degrees), want, 0.01)
	}
	if a, b := studentT(1.5), studentT(2.5); a < 4.3027 || a > 12.7062 || b < 3.1824 || b > 4.3027 {
		t.Errorf("between the tables: %v and %v", a, b)
	}
}

// TestIntervalOfGroups: photos alone are counted one by one, copies of one photo count as one.
func TestIntervalOfGroups(t *testing.T) {
	alone := make([]tally, 400)
	for i := range alone {
		alone[i] = tally{min(1, i%10), 1}
	}
	low, high := clustered(alone, 1)
	wl, wh := Wilson(360, 400)
	near(t, "low of photos alone", low, wl, 2e-3)
	near(t, "high of photos alone", high, wh, 2e-3)
	if low, high = clustered([]tally{{8, 8}}, 1); low > 0.05 || high < 1 {
		t.Errorf("eight copies of one photo: %v to %v", low, high)
	}
	if low, _ = clustered([]tally{{100, 100}, {100, 100}, {100, 100}}, 1); low > 0.6 {
		t.Errorf("three bursts of 100 photos, all right: from %v", low)
	}
	if low, high = clustered(nil, 1); low != 0 || high != 1 {
		t.Errorf("nothing: %v to %v", low, high)
	}
}

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
		b := blobs(31, 2, 3, 200, 1)
		for i := range b.Photos {
			b.Photos[i].Taken = c.taken[i]
		}
		if got := b.groups(b.compare(func() {})).count(); got != c.groups {
			t.Errorf("%s: %d groups, want %d", c.name, got, c.groups)
		}
	}
}

// TestFoldersBelongTogether: the folders of a class are groups where it has several.
func TestFoldersBelongTogether(t *testing.T) {
	b := blobs(32, 2, 6, 200, 1)
	for i := range b.Photos {
		b.Photos[i].Folder = "all"
		if i < 6 {
			b.Photos[i].Folder = fmt.Sprint("day ", i/2)
		}
	}
	if got := b.groups(b.compare(func() {})).count(); got != 3+6 {
		t.Errorf("%d groups, want 9", got)
	}
}

// TestNearDuplicatesBelongTogether: photos of one thing do, though no perceptual hash says so, and
// those of a class that is all alike do not.
func TestNearDuplicatesBelongTogether(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 1))
	b := blobs(33, 3, 20, 200, 0.5)
	before := b.groups(b.compare(func() {})).count()
	if before != 60 {
		t.Fatalf("%d groups of 60 photos", before)
	}
	for i := 1; i < 5; i++ { // four more of the first photo, a little otherwise
		for j, v := range b.Photos[0].Features[0] {
			b.Photos[i].Features[0][j] = v + 0.25*float32(r.NormFloat64())
		}
		b.Photos[i].PerceptualHash = r.Uint64()
	}
	if got := b.groups(b.compare(func() {})).count(); got != 56 {
		t.Errorf("%d groups, want 56", got)
	}
}

// TestFitHoldsGroupsOutTogether: bursts promise too much where photos are held out one by one, and
// the report says so.
func TestFitHoldsGroupsOutTogether(t *testing.T) {
	p := newPlaces(5, 4, 24, 0.3, 1.2, 8)
	b := p.bank(6)
	got, err := Fit(t.Context(), b, Config{Kind: Linear, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	other := p.bank(60)
	test, err := Evaluate(got.Best, other, seq(len(other.Photos)))
	if err != nil {
		t.Fatal(err)
	}
	v := got.Valid
	if v.Groups != 24 || v.Single == nil || *v.Single < v.Accuracy+0.1 {
		t.Fatalf("%d groups, accuracy %v, one by one %v", v.Groups, v.Accuracy, v.Single)
	}
	if test.Accuracy < v.Low || test.Accuracy > v.High {
		t.Errorf("%.3f to %.3f promised, %.3f on other occasions; one by one %.3f", v.Low, v.High, test.Accuracy, *v.Single)
	}
	notes := strings.Join(Notes(v, got.Unchecked, func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) }), " ")
	for _, want := range []string{"192 photos", "24 groups", "Held out one by one", "another place may do worse"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q does not say %q", notes, want)
		}
	}
}

// TestNotesOfSpecialCases: copies of one photo, one photo a class, and a class that was
// photographed in one go.
func TestNotesOfSpecialCases(t *testing.T) {
	percent := func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) }
	say := func(b *Bank) string {
		got, err := Fit(t.Context(), b, Config{Kind: Means})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(Notes(got.Valid, got.Unchecked, percent), " ")
	}
	b := blobs(34, 2, 8, 100, 1)
	if got := say(b); got != "" {
		t.Errorf("nothing is the matter, and it says %q", got)
	}
	for i := range 8 {
		b.Photos[i].Hash, b.Photos[i].Features = Hash{1}, b.Photos[0].Features
	}
	if got := say(b); !strings.Contains(got, "The 8 photos of a are copies of one photo") {
		t.Errorf("eight copies: %q", got)
	}
	if got := say(blobs(35, 2, 1, 100, 1)); !strings.Contains(got, "2 photos in all, one a class") {
		t.Errorf("two photos: %q", got)
	}
	b = blobs(36, 2, 10, 100, 1)
	for i := range 10 {
		b.Photos[i].Taken = 1.7e12 + int64(100*i)
		if i > 0 { // each is the last one, a little changed
			for d, v := range b.Photos[i-1].Features[0] {
				b.Photos[i].Features[0][d] = 0.9*v + 0.1*b.Photos[i].Features[0][d]
			}
		}
	}
	if got := say(b); !strings.Contains(got, "All photos of a belong together") {
		t.Errorf("one burst: %q", got)
	}
}

// TestUnpackedFoldersAreNoBursts: files of one class that were written one after the other, and
// are no more alike than others of it, each stand for themselves; a recording of as many photos,
// each near the last, is one occasion.
func TestUnpackedFoldersAreNoBursts(t *testing.T) {
	b := blobs(41, 2, 40, 100, 1)
	order := rand.New(rand.NewPCG(1, 2)).Perm(40)
	for k, i := range order {
		b.Photos[i].Taken = 1.7e12 + int64(20*k)
	}
	few := b.groups(b.compare(func() {}))
	if n := few.count(); n < 70 {
		t.Errorf("unpacked: %d groups of 80 photos", n)
	}
	for k := 1; k < 40; k++ { // each is the last one, a little changed
		was, is := b.Photos[order[k-1]].Features[0], b.Photos[order[k]].Features[0]
		for d := range is {
			is[d] = 0.9*was[d] + 0.1*is[d]
		}
	}
	if n := b.groups(b.compare(func() {})).count(); n > 45 {
		t.Errorf("recorded: %d groups of 80 photos", n)
	}
}

// TestFewPhotosAreCounted: no percentages from fewer than ten.
func TestFewPhotosAreCounted(t *testing.T) {
	percent := func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) }
	if got := Share(7, 9, percent); got != "7 of 9" {
		t.Error(got)
	}
	if got := Share(7, 10, percent); got != "70%" {
		t.Error(got)
	}
}

// TestKnownPhotosAreNoTest: files that were learnt from are told among those to test on.
func TestKnownPhotosAreNoTest(t *testing.T) {
	b := blobs(37, 2, 6, 20, 1)
	for i := range b.Photos {
		b.Photos[i].Hash = Hash{byte(i%4 + 1)}
		if i%6 > 2 {
			b.Photos[i].Split = Test
		}
	}
	fresh, known := Known(b, b.Rows(Test), b)
	if !slices.Equal(known, []int{4, 5, 9, 10, 11}) && len(fresh)+len(known) != 6 {
		t.Errorf("new %v, known %v", fresh, known)
	}
	for _, r := range known {
		if !slices.ContainsFunc(b.Photos, func(p Photo) bool { return p.Split == Train && p.Hash == b.Photos[r].Hash }) {
			t.Errorf("photo %d is not learnt from", r)
		}
	}
	for _, r := range fresh {
		if slices.ContainsFunc(b.Photos, func(p Photo) bool { return p.Split == Train && p.Hash == b.Photos[r].Hash }) {
			t.Errorf("photo %d is learnt from", r)
		}
	}
}
