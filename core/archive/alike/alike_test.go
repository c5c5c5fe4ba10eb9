package alike

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestKinds has each kind of likeness apart from the others.
func TestKinds(t *testing.T) {
	a, b, c := []float32{1, 0, 0.1}, []float32{0.8, 0.5, 0}, []float32{0, 0, 1}
	photos := []Photo{
		{Sum: [32]byte{1}, Perceptual: 0xff, Features: a, Pixels: 100, Taken: 1000},
		{Sum: [32]byte{2}, Perceptual: 0xfe, Features: a, Pixels: 400, Taken: 1000},   // the first, larger
		{Sum: [32]byte{1}, Perceptual: 0xff, Features: a, Pixels: 100, Taken: 1000},   // the first to the byte
		{Sum: [32]byte{3}, Perceptual: 0xff, Features: c, Pixels: 100, Taken: 1500},   // the hash of the first by chance
		{Sum: [32]byte{4}, Perceptual: 0xff00, Features: b, Pixels: 100, Taken: 2500}, // right after the first
		{Sum: [32]byte{5}, Perceptual: 0xffff0000, Features: b, Pixels: 90, Taken: 9000},
		{Sum: [32]byte{6}, Perceptual: 0xff0000000000, Features: b, Pixels: 90},
		{Sum: [32]byte{7}, Perceptual: 0xff00ff00ff000000, Features: a, Pixels: 90, Taken: 10500},
	}
	got := fmt.Sprint(Find(photos, 2*time.Second, goOn))
	if want := "[{same file [0 2]} {same picture [1 0]} {burst [5 7]}]"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	photos[3].Taken = 0
	got = fmt.Sprint(Find(photos, 2*time.Second, goOn))
	if want := "[{same file [0 2]} {same picture [1 0]} {burst [1 4]} {burst [5 7]}]"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if g := Find(nil, time.Second, goOn); g != nil {
		t.Errorf("of nothing there is %v", g)
	}
}

// TestStillCamera has frames of a still camera be a burst, and each frame's copies one picture.
func TestStillCamera(t *testing.T) {
	var photos []Photo
	for i, taken := range []int64{1000, 2000, 3000, 2000, 3250, 7000} {
		photos = append(photos, Photo{Sum: [32]byte{byte(i)}, Features: []float32{1}, Pixels: 100 - i, Taken: taken, Dated: i < 5})
	}
	got := fmt.Sprint(Find(photos, 2*time.Second, goOn))
	if want := "[{same picture [0 5]} {same picture [1 3]} {same picture [2 4]} {burst [0 1 2]}]"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func goOn(float64) bool { return true }

// TestProgress is told from nothing on, grows, and may end the work.
func TestProgress(t *testing.T) {
	photos := make([]Photo, 1000)
	for i := range photos {
		photos[i] = Photo{Sum: [32]byte{byte(i), byte(i >> 8)}, Features: []float32{1}}
	}
	var shares []float64
	if g := Find(photos, time.Second, func(share float64) bool { shares = append(shares, share); return true }); len(g) != 1 || len(g[0].Photos) != 1000 {
		t.Errorf("found %d groups", len(g))
	}
	if len(shares) != 16 || shares[0] != 0 || !slices.IsSorted(shares) || shares[15] >= 1 {
		t.Errorf("the shares are %v", shares)
	}
	calls := 0
	if g := Find(photos, time.Second, func(float64) bool { calls++; return calls < 3 }); g != nil || calls != 3 {
		t.Errorf("ended, it found %v after %d calls", g, calls)
	}
}
