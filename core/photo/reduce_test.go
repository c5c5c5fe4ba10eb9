package photo

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"runtime"
	"testing"

	"golang.org/x/image/bmp"
)

func TestDenominator(t *testing.T) {
	for _, c := range []struct{ width, height, short, want int }{
		{4000, 3000, 256, 4},  // 750 is more than 742.4
		{3000, 4000, 256, 4},  // whatever the orientation
		{4000, 3000, 258, 4},  // 750 is more than 748.2
		{4000, 3000, 259, 2},  // 750 is less than 751.1
		{8000, 6000, 256, 8},  // 750
		{8000, 6000, 1000, 2}, // 3000
		{1485, 9000, 256, 2},  // 742 and a half
		{1484, 9000, 256, 1},  // 742
		{740, 800, 32, 1},     // 128 are wanted at least
		{743, 800, 32, 2},     // 371 and a half
		{2970, 2970, 32, 8},   // 371
		{20000, 20000, 1, 8},
		{1, 1, 224, 1},
	} {
		if got := Denominator(c.width, c.height, c.short); got != c.want {
			t.Errorf("%d × %d for %d: %d, want %d", c.width, c.height, c.short, got, c.want)
		}
	}
}

// waves is a JPEG of w × h pixels with waves of many lengths, stored in an orientation.
func waves(t *testing.T, w, h, orientation int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			wave := func(a, b float64) byte { return byte(128 + 120*math.Sin(a*u+b*v+20*u*v)) }
			m.SetRGBA(x, y, color.RGBA{wave(40, 7), wave(5, 50), wave(60, 80), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	exif := "\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(rune(orientation)) + "\x00\x00\x00\x00\x00\x00\x00"
	return append([]byte("\xff\xd8"+exif), out.Bytes()[2:]...)
}

// TestDecodeFor holds what networks see of reduced photos, in every orientation, to what they see
// of the whole ones.
func TestDecodeFor(t *testing.T) {
	d := lite.At(112) // shorter side 128
	for _, size := range [][2]int{{1489, 1503}, {751, 800}} {
		data := waves(t, size[0], size[1], 1)
		at := bytes.Index(data, []byte("\x12\x01\x03\x00\x01\x00\x00\x00")) + 8
		for orientation := 1; orientation <= 8; orientation++ {
			data[at] = byte(orientation)
			whole, err := Decode(data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			small, err := DecodeFor(data, Limits{}, d.Shorter())
			if err != nil {
				t.Fatal(err)
			}
			by := Denominator(size[0], size[1], d.Shorter())
			if by < 2 || small.Width != (whole.Width+by-1)/by || small.Height != (whole.Height+by-1)/by {
				t.Fatalf("%v at 1/%d is %d × %d", size, by, small.Width, small.Height)
			}
			if w, h := small.Size(); w != whole.Width || h != whole.Height {
				t.Errorf("%v reduced says it is %d × %d", size, w, h)
			}
			if w, h := whole.Size(); w != whole.Width || h != whole.Height {
				t.Errorf("%v says it is %d × %d", size, w, h)
			}
			a, b := d.Crop(whole), d.Crop(small)
			worst, sum := 0, 0
			for i := range a {
				by := max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
				worst, sum = max(worst, by), sum+by
			}
			if mean := float64(sum) / float64(len(a)); worst > 8 || mean > 0.6 {
				t.Errorf("%v in orientation %d at 1/%d: levels differ by %d at most and %.2f in the mean", size, orientation, by, worst, mean)
			}
		}
	}
}

// TestFor has photos that were decoded for one network and are looked at by others: each sees what
// it would see of a photo that was decoded for it.
func TestFor(t *testing.T) {
	data := waves(t, 1500, 1490, 6)
	for _, first := range []int{128, 256, 600, 1 << 30} {
		p, err := DecodeFor(data, Limits{}, first)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{112, 224, 448} {
			d := lite.At(size)
			own, err := DecodeFor(data, Limits{}, d.Shorter())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(d.Crop(p), d.Crop(own)) {
				t.Errorf("decoded for %d, a network of %d sees another picture", first, size)
			}
		}
	}
	whole, err := Decode(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if whole.For(128) != whole {
		t.Error("a photo that was decoded in full is reduced")
	}
}

// TestDecodeForOtherFormats holds what networks see of large PNGs, GIFs, WebPs and BMPs, which are
// reduced row by row, to what they see of the whole ones, and sees that no picture is held as a
// whole while its rows come in their order.
func TestDecodeForOtherFormats(t *testing.T) {
	d := lite.At(112)
	const w, h = 2979, 3001
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/w, float64(y)/h
			wave := func(a, b float64) byte { return byte(128 + 120*math.Sin(a*u+b*v+20*u*v)) }
			m.SetRGBA(x, y, color.RGBA{wave(40, 7), wave(5, 50), wave(60, 80), 255})
		}
	}
	var asPNG, asBMP, asGIF bytes.Buffer
	if err := errors.Join((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&asPNG, m), bmp.Encode(&asBMP, m)); err != nil {
		t.Fatal(err)
	}
	grey := image.NewPaletted(m.Rect, nil)
	for i := range 256 {
		grey.Palette = append(grey.Palette, color.Gray{byte(i)})
	}
	for i := range grey.Pix {
		grey.Pix[i] = m.Pix[4*i]
	}
	if err := gif.Encode(&asGIF, grey, &gif.Options{NumColors: 256}); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"PNG": asPNG.Bytes(), "BMP": asBMP.Bytes(), "GIF": asGIF.Bytes()} {
		whole, err := Decode(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		small, err := DecodeFor(data, Limits{}, d.Shorter())
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if small.Width != (w+7)/8 || small.Height != (h+7)/8 {
			t.Fatalf("%s is %d × %d", name, small.Width, small.Height)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes were allocated for %d pixels", name, n, w*h)
		}
		a, b := d.Crop(whole), d.Crop(small)
		worst, sum := 0, 0
		for i := range a {
			by := max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
			worst, sum = max(worst, by), sum+by
		}
		if mean := float64(sum) / float64(len(a)); worst > 8 || mean > 0.6 {
			t.Errorf("%s: levels differ by %d at most and %.2f in the mean", name, worst, mean)
		}
	}
}
