package photo

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// picture reads a file of testdata/pictures.
func picture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "pictures", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// expected returns what Pillow and torchvision make of the pictures, by path: see
// tools/reference/photo_fixtures.py.
var expected = sync.OnceValues(func() (map[string]*Photo, error) {
	f, err := os.Open(filepath.Join("testdata", "expected.tar.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*Photo)
	for archive := tar.NewReader(z); ; {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		p := new(Photo)
		var depth int
		if _, err := fmt.Sscanf(string(data[:min(len(data), 40)]), "P6\n%d %d\n%d\n", &p.Width, &p.Height, &depth); err != nil || depth != 255 {
			return nil, fmt.Errorf("%s is no PPM: %v", entry.Name, err)
		}
		n := 3 * p.Width * p.Height
		if len(data) < n {
			return nil, fmt.Errorf("%s is cut short", entry.Name)
		}
		p.Pix = data[len(data)-n:]
		all[entry.Name] = p
	}
})

// reference returns the entries of expected in a folder, without its name and the ending .ppm.
func reference(t testing.TB, folder string) map[string]*Photo {
	t.Helper()
	all, err := expected()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]*Photo)
	for path, p := range all {
		if name, ok := strings.CutPrefix(path, folder+"/"); ok {
			out[strings.TrimSuffix(name, ".ppm")] = p
		}
	}
	if len(out) == 0 {
		t.Fatalf("nothing is expected in %s", folder)
	}
	return out
}

// compare returns the largest difference of two photos and the mean one, in levels.
func compare(t testing.TB, got, want *Photo) (worst int, mean float64) {
	t.Helper()
	if got.Width != want.Width || got.Height != want.Height || len(got.Pix) != len(want.Pix) {
		t.Fatalf("%d × %d with %d bytes, want %d × %d with %d", got.Width, got.Height, len(got.Pix), want.Width, want.Height, len(want.Pix))
	}
	sum := 0
	for i, w := range want.Pix {
		d := int(got.Pix[i]) - int(w)
		if d < 0 {
			d = -d
		}
		worst = max(worst, d)
		sum += d
	}
	return worst, float64(sum) / float64(len(want.Pix))
}

// TestDecode compares what every kind of picture is read as with what Pillow reads. The pixels are
// equal.
func TestDecode(t *testing.T) {
	want := reference(t, "pictures")
	files, err := os.ReadDir(filepath.Join("testdata", "pictures"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(want) {
		t.Errorf("there are %d pictures, and %d are expected", len(files), len(want))
	}
	for _, f := range files {
		name := f.Name()
		t.Run(name, func(t *testing.T) {
			data := picture(t, name)
			p, err := Decode(data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Replace(filepath.Ext(name)[1:], "jpg", "jpeg", 1); p.Format != want {
				t.Errorf("its format is %q, want %q", p.Format, want)
			}
			if worst, mean := compare(t, p, want[name]); worst > 0 {
				t.Errorf("pixels differ from Pillow's by %d levels at most and %.3f in the mean", worst, mean)
			}
		})
	}
}

// TestOrientations compares the eight ways to store one picture with each other, and with their
// definition.
func TestOrientations(t *testing.T) {
	const w, h = 67, 41 // more than the 32 rows that are turned at once
	stored := func(y int, dst []byte) {
		for x := range w {
			dst[3*x], dst[3*x+1], dst[3*x+2] = byte(x), byte(y), byte(x*y)
		}
	}
	for orientation := 1; orientation <= 8; orientation++ {
		p := pixels{w: w, h: h, orientation: orientation, row: stored}.upright()
		wide, high := w, h
		if orientation >= 5 {
			wide, high = h, w
		}
		if p.Width != wide || p.Height != high || len(p.Pix) != 3*w*h {
			t.Fatalf("%d: %d × %d, want %d × %d", orientation, p.Width, p.Height, wide, high)
		}
		for v := range high {
			for u := range wide {
				x, y := u, v // which stored pixel is seen at (u, v): Exif 2.32, section 4.6.4 A
				switch orientation {
				case 2:
					x = w - 1 - u
				case 3:
					x, y = w-1-u, h-1-v
				case 4:
					y = h - 1 - v
				case 5:
					x, y = v, u
				case 6:
					x, y = v, h-1-u
				case 7:
					x, y = w-1-v, h-1-u
				case 8:
					x, y = w-1-v, u
				}
				if got, want := [3]byte(p.Pix[3*(v*wide+u):]), [3]byte{byte(x), byte(y), byte(x * y)}; got != want {
					t.Fatalf("%d: pixel (%d, %d) is %v, want %v of (%d, %d)", orientation, u, v, got, want, x, y)
				}
			}
		}
	}
}

// TestNotesThatAreNone has EXIF data that says nothing: the photo counts.
func TestNotesThatAreNone(t *testing.T) {
	whole := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00")
	turned := func(data []byte) int {
		var n turnNotes
		n.addEXIF(data)
		return n.orientation()
	}
	if got := turned(whole); got != 6 {
		t.Fatalf("the whole gives %d, want 6", got)
	}
	change := func(at int, to ...byte) []byte {
		return append(append(bytes.Clone(whole[:at]), to...), whole[at+len(to):]...)
	}
	for name, data := range map[string][]byte{
		"nothing":                   nil,
		"a head alone":              whole[:6],
		"another order":             change(6, 'X', 'X'),
		"mixed orders":              change(6, 'M', 'M'),
		"another number":            change(8, 43),
		"a directory past the end":  change(10, 0xff, 0xff, 0xff, 0xff),
		"a directory at the end":    change(10, byte(len(whole)-6)),
		"entries past the end":      change(16, 0xff, 0xff, 0x13, 0x01),
		"half an entry":             whole[:20],
		"a value of another kind":   change(18, 2),
		"the orientation 0":         change(24, 0),
		"the orientation 9":         change(24, 9),
		"the orientation 6 + 65536": change(18, 4, 0, 1, 0, 0, 0, 6, 0, 1),
	} {
		if got := turned(data); got != 1 {
			t.Errorf("%s: orientation %d, want 1", name, got)
		}
	}
}

func TestImage(t *testing.T) {
	p := &Photo{Width: 2, Height: 1, Pix: []byte{1, 2, 3, 4, 5, 6}}
	m, ok := p.Image().(*image.RGBA)
	if !ok || m.Rect != image.Rect(0, 0, 2, 1) || !bytes.Equal(m.Pix, []byte{1, 2, 3, 255, 4, 5, 6, 255}) {
		t.Errorf("got %+v", m)
	}
	m.Pix[0] = 9
	if p.Pix[0] != 1 {
		t.Error("the image is no copy")
	}
}
