package photo

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// sameSamples says where two decoded JPEGs differ, if they do.
func sameSamples(t testing.TB, got, want image.Image) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("bounds of %v, want %v", got.Bounds(), want.Bounds())
	}
	same := func(name string, a, b []byte, aStride, bStride, w, h int) {
		t.Helper()
		for y := range h {
			if !bytes.Equal(a[y*aStride:][:w], b[y*bStride:][:w]) {
				t.Fatalf("row %d of %s is\n%d, want\n%d", y, name, a[y*aStride:][:w], b[y*bStride:][:w])
			}
		}
	}
	w, h := want.Bounds().Dx(), want.Bounds().Dy()
	switch want := want.(type) {
	case *image.Gray:
		got, ok := got.(*image.Gray)
		if !ok {
			t.Fatalf("%T, want grey", got)
		}
		same("grey", got.Pix, want.Pix, got.Stride, want.Stride, w, h)
	case *image.YCbCr:
		got, ok := got.(*image.YCbCr)
		if !ok || got.SubsampleRatio != want.SubsampleRatio {
			t.Fatalf("%T, want %v", got, want.SubsampleRatio)
		}
		same("Y", got.Y, want.Y, got.YStride, want.YStride, w, h)
		cw, ch := w, h
		if r := want.SubsampleRatio; r == image.YCbCrSubsampleRatio420 || r == image.YCbCrSubsampleRatio422 {
			cw = (w + 1) / 2
		}
		if r := want.SubsampleRatio; r == image.YCbCrSubsampleRatio420 || r == image.YCbCrSubsampleRatio440 {
			ch = (h + 1) / 2
		}
		same("Cb", got.Cb, want.Cb, got.CStride, want.CStride, cw, ch)
		same("Cr", got.Cr, want.Cr, got.CStride, want.CStride, cw, ch)
	default:
		t.Fatalf("the baseline decoder took a %T", want)
	}
}

// hold holds decodeBaseline to image/jpeg, and says whether it took the file.
func hold(t testing.TB, data []byte) bool {
	t.Helper()
	got := decodeBaseline(data)
	if got == nil {
		return false
	}
	want, err := jpeg.Decode(bytes.NewReader(append(slices.Clip(data), 0xff, 0xd9)))
	if err != nil {
		t.Fatalf("it decodes what image/jpeg refuses: %v", err)
	}
	sameSamples(t, got, want)
	return true
}

// noise is a picture of n×n blobs with as much contrast as there is.
func noise(w, h, n int, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 2))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := 0; y < h; y += n {
		for x := 0; x < w; x += n {
			c := [4]byte{byte(r.UintN(256)), byte(r.UintN(256)), byte(r.UintN(256)), 255}
			for v := y; v < min(y+n, h); v++ {
				for u := x; u < min(x+n, w); u++ {
					copy(m.Pix[m.PixOffset(u, v):], c[:])
				}
			}
		}
	}
	return m
}

func TestBaselineIsImageJPEG(t *testing.T) {
	for i, size := range [][2]int{{1, 1}, {8, 8}, {16, 16}, {17, 15}, {33, 64}, {64, 7}, {250, 131}} {
		for _, quality := range []int{1, 30, 75, 90, 100} {
			for _, n := range []int{1, 3, 9, 300} {
				m := noise(size[0], size[1], n, uint64(i))
				var grey image.Image = &image.Gray{Pix: m.Pix[:size[0]*size[1]], Stride: size[0], Rect: m.Rect}
				for _, m := range []image.Image{m, grey} {
					var file bytes.Buffer
					if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: quality}); err != nil {
						t.Fatal(err)
					}
					if !hold(t, file.Bytes()) {
						t.Errorf("%v at quality %d is left to image/jpeg", size, quality)
					}
					if !hold(t, file.Bytes()[:file.Len()-2]) {
						t.Errorf("%v at quality %d without its end marker is left to image/jpeg", size, quality)
					}
				}
			}
		}
	}
}

func TestBaselineOnFiles(t *testing.T) {
	taken := 0
	for _, pattern := range []string{"testdata/pictures/*.jpg", "testdata/pictures/*.jpeg", "../../tools/reference/photos/*.jpg"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(filepath.Base(name), func(t *testing.T) {
				if hold(t, data) {
					taken++
				} else {
					t.Log("left to image/jpeg")
				}
			})
		}
	}
	if taken < 4 {
		t.Errorf("only %d files are taken", taken)
	}
}

// Whatever is wrong with a file, image/jpeg has the last word.
func TestBaselineLeavesWhatIsWrong(t *testing.T) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, noise(64, 48, 2, 7), nil); err != nil {
		t.Fatal(err)
	}
	data := file.Bytes()
	for n := range data {
		if n != len(data)-2 && n != len(data)-1 && decodeBaseline(data[:n]) != nil {
			t.Errorf("cut to %d of %d bytes it is taken", n, len(data))
		}
	}
	for i := range data {
		for _, bit := range []byte{1, 16, 128} {
			spoilt := bytes.Clone(data)
			spoilt[i] ^= bit
			hold(t, spoilt)
		}
	}
}

func FuzzBaseline(f *testing.F) {
	for _, size := range [][2]int{{1, 1}, {17, 9}, {40, 40}} {
		var file bytes.Buffer
		if err := jpeg.Encode(&file, noise(size[0], size[1], 3, 1), nil); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	names, err := filepath.Glob("testdata/pictures/*.jpg")
	if err != nil || len(names) == 0 {
		f.Fatal("no pictures ", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if w, h, err := jpegSize(data); err != nil || w*h > 1<<20 {
			return
		}
		hold(t, data)
	})
}
