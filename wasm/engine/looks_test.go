package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"homeroom/core/archive/alike"
)

// TestShortFeatures: cosines stay what they were to a hundredth.
func TestShortFeatures(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		a, b := make([]float32, 1280), make([]float32, 1280)
		for i := range a {
			a[i] = max(0, r.Float32()*3-2)
			b[i] = a[i]*r.Float32() + max(0, r.Float32()-0.8)
		}
		want, got := alike.Cosine(a, b), alike.Cosine(lengthened(shortened(a)), lengthened(shortened(b)))
		if math.Abs(want-got) > 0.01 {
			t.Errorf("the cosine %.4f became %.4f", want, got)
		}
	}
	if got := shortened(make([]float32, 3)); fmt.Sprint(got) != "[0 0 0]" {
		t.Errorf("nothing became %v", got)
	}
}

// TestNearest has the photo itself first, and then those that are more and more another.
func TestNearest(t *testing.T) {
	vectors := [][]byte{shortened([]float32{1, 0}), shortened([]float32{0, 1}), shortened([]float32{1, 0.2}), shortened([]float32{1, 1}), shortened([]float32{0, 0})}
	places, cosines := nearest(vectors, 3)
	if fmt.Sprint(places) != "[0 2 3]" || cosines[0] < 0.999 || cosines[1] < cosines[2] {
		t.Errorf("they are %v with %v", places, cosines)
	}
	if places, cosines := nearest(nil, 3); len(places)+len(cosines) > 0 {
		t.Errorf("of nothing there is %v", places)
	}
}

// TestGroup finds a copy and a burst, as the program does, and no photo twice that is there once.
func TestGroup(t *testing.T) {
	a, b := shortened([]float32{1, 0, 0.1}), shortened([]float32{0.8, 0.5, 0})
	goOn := func(float64) bool { return true }
	var l laid
	err := l.lay(0, `[[255,1000,1,100,5],[254,1000,1,400,9]]`, [][]byte{a, a})
	if err == nil {
		err = l.lay(2, `[[65280,9000,1,100,5],[18446744073709551615,10500,1,100,5],[255,0,0,100,5]]`, [][]byte{b, a, b})
	}
	got := l.groups(goOn)
	if want := "[{same picture [1 0 4]} {burst [2 3]}]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("found %v, %v, want %s", got, err, want)
	}
	if l.lay(4, `[[1,2,3,4,5]]`, [][]byte{a}) == nil || len(l) != 5 {
		t.Error("photos are laid on others")
	}
	if l.lay(0, `[[1,2,3,4,5]]`, nil) == nil || len(l) != 0 {
		t.Error("a photo without a vector is taken")
	}
	if got := l.groups(goOn); got == nil || len(got) != 0 {
		t.Errorf("of nothing there is %v", got)
	}
}
