package photo

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"testing"
)

// halves is red on the left and blue on the right.
func halves(w, h int) *Photo {
	p := &Photo{Width: w, Height: h, Pix: make([]byte, 3*w*h)}
	for i := 0; i < w*h; i++ {
		if i%w < w/2 {
			p.Pix[3*i] = 255
		} else {
			p.Pix[3*i+2] = 255
		}
	}
	return p
}

func TestThumbnailShowsTheWholePhoto(t *testing.T) {
	for _, c := range []struct{ w, h, wantW, wantH int }{
		{64, 48, 64, 48}, {320, 320, 320, 320}, {1000, 500, 320, 160}, {481, 2000, 77, 320}, {4000, 3000, 320, 240},
		{1, 1, 1, 1}, {3000, 1, 320, 1}, {1, 3000, 1, 320},
	} {
		t.Run(fmt.Sprintf("%dx%d", c.w, c.h), func(t *testing.T) {
			data, err := Thumbnail(halves(c.w, c.h))
			if err != nil {
				t.Fatal(err)
			}
			m, err := jpeg.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			b := m.Bounds()
			if abs(b.Dx()-c.wantW) > 1 || abs(b.Dy()-c.wantH) > 1 {
				t.Fatalf("thumbnail is %v, want %d×%d", b.Size(), c.wantW, c.wantH)
			}
			if c.w < 16 {
				return
			}
			if r, _, bl, _ := m.At(b.Dx()/8, b.Dy()/2).RGBA(); r < 0xc000 || bl > 0x4000 {
				t.Errorf("left is not red: %x %x", r, bl)
			}
			if r, _, bl, _ := m.At(b.Dx()*7/8, b.Dy()/2).RGBA(); bl < 0xc000 || r > 0x4000 {
				t.Errorf("right is not blue: %x %x", r, bl)
			}
		})
	}
}

func TestThumbnailIsSmall(t *testing.T) {
	p := &Photo{Width: 1600, Height: 1200, Pix: make([]byte, 3*1600*1200)}
	r := rand.New(rand.NewPCG(3, 4))
	for y := range 1200 { // coarse noise, busier than most photos
		for x := range 1600 {
			if x%12 == 0 && y%12 == 0 {
				v := byte(r.UintN(256))
				p.Pix[3*(y*1600+x)] = v
			}
			from := 3 * ((y-y%12)*1600 + x - x%12)
			for c := range 3 {
				p.Pix[3*(y*1600+x)+c] = p.Pix[from]/2 + 64
			}
		}
	}
	data, err := Thumbnail(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 2*thumbBytes {
		t.Fatalf("%d bytes for a thumbnail", len(data))
	}
}

func abs(n int) int { return max(n, -n) }
