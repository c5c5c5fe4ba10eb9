package jpeg

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"
)

// FuzzDecode decodes any bytes, at every scale.
func FuzzDecode(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		header, err := ReadHeader(data)
		if err != nil || header.Width*header.Height > 1<<14 || Scans(data, 50) == 50 {
			return
		}
		for _, d := range []int{1, 2, 4, 8} {
			sameWithoutHaste(t, data, d)
			p, pix, err := rows(data, Options{Denominator: d})
			if err != nil {
				continue
			}
			if p.Width != ceil(header.Width, d) || p.Height != ceil(header.Height, d) || len(pix) == 0 {
				t.Fatalf("%d × %d at 1/%d of %d × %d", p.Width, p.Height, d, header.Width, header.Height)
			}
		}
		if !bytes.Equal(data, before) {
			t.Fatal("the file was written to")
		}
	})
}

// sameWithoutHaste holds what comes of a file to what the general loops alone make of it.
func sameWithoutHaste(t testing.TB, data []byte, denominator int) {
	t.Helper()
	d, general := &decoder{data: data, opt: Options{Denominator: denominator}}, &decoder{data: data, opt: Options{Denominator: denominator}, general: true}
	p, err := d.decode()
	q, other := general.decode()
	if (err == nil) != (other == nil) || err != nil && err.Error() != other.Error() {
		t.Fatalf("at 1/%d: error %v, by the general loops %v", denominator, err, other)
	}
	if err != nil {
		return
	}
	if p.Damaged != q.Damaged {
		t.Errorf("at 1/%d: damaged %q, by the general loops %q", denominator, p.Damaged, q.Damaged)
	}
	for i := range p.comps {
		if !bytes.Equal(p.comps[i].plane, q.comps[i].plane) {
			t.Errorf("at 1/%d: component %d differs from what the general loops make of it", denominator, i)
		}
	}
}

// Every kind of file, whole and damaged, is the same by the swift loops and without them.
func TestSwiftLoops(t *testing.T) {
	for name, data := range files(t) {
		t.Run(name, func(t *testing.T) {
			for _, d := range []int{1, 2, 4, 8} {
				sameWithoutHaste(t, data, d)
			}
		})
	}
}

// In noise of the finest quality blocks are full, so that their last coefficient has no end behind
// it.
func TestSwiftLoopsOnFullBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	m := image.NewRGBA(image.Rect(0, 0, 203, 117))
	for i := range m.Pix {
		m.Pix[i] = byte(r.UintN(256))
	}
	for _, quality := range []int{100, 97, 90, 75} {
		var file bytes.Buffer
		if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		for _, d := range []int{1, 2, 4, 8} {
			sameWithoutHaste(t, file.Bytes(), d)
		}
	}
}

// sameSamples holds the planes of a file to those of image/jpeg, whose inverse transform rounds
// otherwise.
func sameSamples(t testing.TB, file []byte) {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	d := &decoder{data: file, opt: Options{Denominator: 1}}
	if err := d.begin(); err != nil {
		t.Fatal(err)
	}
	d.allocate()
	if err := d.allScans(); err != nil {
		t.Fatal(err)
	}
	if d.damaged != "" {
		t.Fatalf("it is called damaged: %s", d.damaged)
	}
	if d.progressive {
		d.reconstruct()
	}
	same := func(c *component, pix []byte, stride int) {
		t.Helper()
		for y := range c.h2 {
			for x := range c.w {
				if a, b := int(c.plane[y*c.stride+x]), int(pix[y*stride+x]); a-b > 1 || b-a > 1 {
					t.Fatalf("sample (%d, %d) is %d, image/jpeg has %d", x, y, a, b)
				}
			}
		}
	}
	switch m := m.(type) {
	case *image.Gray:
		same(&d.comps[0], m.Pix, m.Stride)
	case *image.YCbCr:
		same(&d.comps[0], m.Y, m.YStride)
		same(&d.comps[1], m.Cb, m.CStride)
		same(&d.comps[2], m.Cr, m.CStride)
	default:
		t.Fatalf("%T", m)
	}
}

// drawn is a picture of the given levels, repeated, in blocks of n×n.
func drawn(levels []byte, w, h, n int, grey bool) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	g := image.NewGray(m.Rect)
	for y := range h {
		for x := range w {
			i := 3 * (y/n*((w+n-1)/n) + x/n)
			at := func(k int) byte {
				if len(levels) == 0 {
					return 0
				}
				return levels[(i+k)%len(levels)]
			}
			m.Set(x, y, color.RGBA{at(0), at(1), at(2), 255})
			g.Set(x, y, color.Gray{Y: at(0)})
		}
	}
	if grey {
		return g
	}
	return m
}

// FuzzSamples encodes pictures by image/jpeg and decodes them by both.
func FuzzSamples(f *testing.F) {
	f.Add([]byte{0, 255, 128, 9, 80}, uint8(33), uint8(17), uint8(1), uint8(90), false)
	f.Add([]byte{255, 0, 0, 0, 0, 255}, uint8(16), uint8(64), uint8(3), uint8(100), false)
	f.Add([]byte{1, 90, 200}, uint8(1), uint8(1), uint8(1), uint8(1), true)
	f.Add([]byte{255, 0}, uint8(40), uint8(23), uint8(1), uint8(75), true)
	f.Fuzz(func(t *testing.T, levels []byte, w, h, n, quality uint8, grey bool) {
		var file bytes.Buffer
		m := drawn(levels, 1+int(w)%80, 1+int(h)%80, 1+int(n)%16, grey)
		if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: 1 + int(quality)%100}); err != nil {
			t.Fatal(err)
		}
		sameSamples(t, file.Bytes())
	})
}

// The files that image/jpeg reads, too.
func TestSamples(t *testing.T) {
	tried := 0
	for name, data := range files(t) {
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			continue
		}
		p, err := Decode(data, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		luma := &p.comps[0]
		if p.Damaged != "" || p.space != ycc && p.space != grey || p.space == ycc && (luma.v > 2 || p.comps[1].h*p.comps[1].v*p.comps[2].h*p.comps[2].v > 1) {
			continue // of other ratios image/jpeg makes larger planes
		}
		tried++
		t.Run(name, func(t *testing.T) { sameSamples(t, data) })
	}
	if tried < 20 {
		t.Errorf("image/jpeg reads only %d", tried)
	}
}
