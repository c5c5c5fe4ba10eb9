package e2e

import (
	"bytes"
	"encoding/binary"
	"flag"
	"hash/crc32"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime"
	"os"
	"path/filepath"
	"sort"
	"testing"

	scale "golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

var photoFolder = flag.String("photos", filepath.Join("..", "..", "tools", "reference", "photos"), "folder with photos to give to the page")

// photoPaths lists the photos to test with, by name, as absolute paths.
func photoPaths(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(*photoFolder)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp":
			path, err := filepath.Abs(filepath.Join(*photoFolder, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, path)
		}
	}
	sort.Strings(out)
	if len(out) < 3 {
		t.Fatalf("%s holds %d photos, and these tests need three", *photoFolder, len(out))
	}
	return out
}

// load reads photos as files to drop or paste.
func load(t *testing.T, paths ...string) []file {
	t.Helper()
	var out []file
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, file{filepath.Base(path), mime.TypeByExtension(filepath.Ext(path)), data})
	}
	return out
}

// subject is a real photo, decoded, for making files of.
func subject(t *testing.T) image.Image {
	t.Helper()
	for _, f := range load(t, photoPaths(t)...) {
		if m, _, err := image.Decode(bytes.NewReader(f.data)); err == nil {
			return m
		}
	}
	t.Fatal("no photo can be decoded")
	return nil
}

// sized is the subject at a size of choice.
func sized(t *testing.T, w, h int) *image.RGBA {
	t.Helper()
	return at(subject(t), w, h)
}

// sizedOf is the photo of a name at a size of choice.
func sizedOf(t *testing.T, name string, w, h int) *image.RGBA {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(load(t, filepath.Join(*photoFolder, name))[0].data))
	if err != nil {
		t.Fatal(err)
	}
	return at(m, w, h)
}

func at(m image.Image, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	scale.ApproxBiLinear.Scale(out, out.Bounds(), m, m.Bounds(), draw.Src, nil)
	return out
}

func asJPEG(t *testing.T, m image.Image, quality int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// cut is the first half of a JPEG.
func cut(t *testing.T) []byte {
	whole := asJPEG(t, sized(t, 320, 240), 90)
	return whole[:len(whole)/2]
}

// corrupt is a JPEG with noise in place of its tables.
func corrupt(t *testing.T) []byte {
	data := asJPEG(t, sized(t, 320, 240), 90)
	for i := 20; i < 600; i++ {
		data[i] = byte(i * 37)
	}
	return data
}

// bomb is a PNG of a few bytes that claims 50,000 × 50,000 pixels.
func bomb() []byte {
	chunk := func(kind string, body []byte) []byte {
		out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		out = append(append(out, kind...), body...)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 50_000), 50_000)
	out := []byte("\x89PNG\r\n\x1a\n")
	out = append(out, chunk("IHDR", append(head, 8, 2, 0, 0, 0))...)
	out = append(out, chunk("IDAT", []byte{0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1})...)
	return append(out, chunk("IEND", nil)...)
}

// moving is an animated GIF whose first frame is the subject.
func moving(t *testing.T) []byte {
	t.Helper()
	m := sized(t, 320, 240)
	var g gif.GIF
	for i := range 3 {
		frame := image.NewPaletted(m.Bounds(), palette.WebSafe)
		if i == 0 {
			draw.FloydSteinberg.Draw(frame, frame.Bounds(), m, image.Point{})
		}
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 10)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// icon is an ICO file with the subject in it as PNG: a format that browsers decode and Go does not.
func icon(t *testing.T) []byte {
	inner := asPNG(t, sized(t, 256, 256))
	out := []byte{0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0}
	out = binary.LittleEndian.AppendUint32(out, uint32(len(inner)))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(out)+4))
	return append(out, inner...)
}

// turned is a JPEG of the subject, stored in one of the eight EXIF orientations: shown upright it
// is the subject.
func turned(t *testing.T, orientation int) []byte {
	t.Helper()
	const w, h = 320, 240 // whole blocks of 16, so that each orientation is coded alike
	m := sized(t, w, h)
	stored := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation > 4 {
		stored = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			u, v := x, y // where the upright pixel is stored
			switch orientation {
			case 2:
				u = w - 1 - x
			case 3:
				u, v = w-1-x, h-1-y
			case 4:
				v = h - 1 - y
			case 5:
				u, v = y, x
			case 6:
				u, v = y, w-1-x
			case 7:
				u, v = h-1-y, w-1-x
			case 8:
				u, v = h-1-y, x
			}
			stored.SetRGBA(u, v, m.RGBAAt(x, y))
		}
	}
	data := asJPEG(t, stored, 98)
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	exif[len(exif)-7] = byte(orientation) // a SHORT fills the left half of its field
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return append(append(append([]byte(nil), data[:2]...), segment...), data[2:]...)
}
