package photo

import (
	"fmt"
	"strings"
	"testing"
)

// TestResizeIsPillows compares with Image.resize: up and down, to odd sizes, to one pixel, by
// extreme ratios. The levels are equal.
func TestResizeIsPillows(t *testing.T) {
	all := reference(t, "resize")
	cases := 0
	for name, want := range all {
		source, rest, ok := strings.Cut(name, "-")
		if !ok {
			continue // a source
		}
		cases++
		var w, h int
		var f Interpolation
		if _, err := fmt.Sscanf(rest, "%dx%d-%s", &w, &h, &f); err != nil {
			t.Fatal(name, err)
		}
		got := &Photo{Width: w, Height: h, Pix: all[source].resize(w, h, window{0, 0, w, h}, f)}
		if worst, mean := compare(t, got, want); worst > 0 {
			t.Errorf("%s differs from Pillow by %d levels at most and %.3f in the mean", name, worst, mean)
		}
	}
	if cases < 50 {
		t.Errorf("only %d cases", cases)
	}
}

// TestWindow: a part of what resizing gives is the same, computed alone.
func TestWindow(t *testing.T) {
	p := reference(t, "resize")["noise"]
	for _, f := range []Interpolation{Bilinear, Bicubic} {
		for _, size := range [][2]int{{17, 40}, {50, 9}, {31, 23}} {
			w, h := size[0], size[1]
			whole := p.resize(w, h, window{0, 0, w, h}, f)
			for _, win := range []window{{0, 0, 1, 1}, {w - 1, h - 1, 1, 1}, {3, 2, w - 7, h - 5}, {0, h / 2, w, 1}, {w / 2, 0, 1, h}} {
				part := p.resize(w, h, win, f)
				for y := range win.h {
					for x := range 3 * win.w {
						if got, want := part[3*y*win.w+x], whole[3*((y+win.y)*w+win.x)+x]; got != want {
							t.Fatalf("%s to %d × %d, %+v: level %d of row %d is %d, want %d", f, w, h, win, x, y, got, want)
						}
					}
				}
			}
		}
	}
}

func TestWindowOutside(t *testing.T) {
	p := &Photo{Width: 2, Height: 2, Pix: make([]byte, 12)}
	for _, win := range []window{{0, 0, 0, 1}, {0, 0, 1, 0}, {-1, 0, 2, 2}, {0, -1, 2, 2}, {3, 0, 3, 5}, {0, 1, 5, 5}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v of 5 × 5 did not panic", win)
				}
			}()
			p.resize(5, 5, win, Bilinear)
		}()
	}
}

// TestFlat: whatever the filter and the ratio, one colour stays that colour.
func TestFlat(t *testing.T) {
	p := &Photo{Width: 13, Height: 7, Pix: make([]byte, 3*13*7)}
	for _, v := range []byte{0, 1, 127, 254, 255} {
		for i := range p.Pix {
			p.Pix[i] = v
		}
		for _, f := range []Interpolation{Bilinear, Bicubic} {
			for _, size := range [][2]int{{1, 1}, {5, 3}, {13, 7}, {14, 6}, {100, 31}} {
				for i, got := range p.resize(size[0], size[1], window{0, 0, size[0], size[1]}, f) {
					if got != v {
						t.Fatalf("%s to %v: level %d is %d, want %d", f, size, i, got, v)
					}
				}
			}
		}
	}
}
