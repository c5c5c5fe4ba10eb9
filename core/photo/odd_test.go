package photo

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOddPictures compares the odd kinds of pictures that people have, and what is left of damaged
// ones, with what Pillow shows of them: see tools/reference/odd_fixtures.py. Only those whose
// pixels are damaged are called so.
func TestOddPictures(t *testing.T) {
	wants, err := filepath.Glob(filepath.Join("testdata", "odd", "*.want"))
	if err != nil || len(wants) == 0 {
		t.Fatal("no pictures ", err)
	}
	for _, path := range wants {
		path = strings.TrimSuffix(path, ".want")
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			p, want := readOdd(t, path)
			worst, _ := compare(t, p, want)
			most := 0
			if p.Format == "jpeg" {
				most = 3
			}
			if name == "fields-ten-bits.bmp" {
				most = 1 // rounded, where Pillow has no rule
			}
			if worst > most {
				t.Errorf("pixels differ from Pillow's by %d levels", worst)
			}
			damaged := strings.HasPrefix(name, "cut-") || name == "wrong-sum-pixels.png"
			if (p.Damaged != "") != damaged {
				t.Errorf("it is called damaged: %q", p.Damaged)
			}
		})
	}
}

func TestClaimed(t *testing.T) {
	ispe := func(w, h uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("\x00\x00\x00\x14ispe\x00\x00\x00\x00"), w), h)
	}
	avif := []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif")
	for _, c := range []struct {
		data []byte
		w, h int
	}{
		{avif, 0, 0},
		{slices.Concat(avif, ispe(640, 480)), 640, 480},
		{slices.Concat(avif, ispe(64, 64), ispe(9000, 8000), []byte("mdat"), ispe(3, 1<<20)), 9000, 8000},
		{slices.Concat(avif, ispe(1<<32-1, 1<<32-1)), math.MaxInt32, math.MaxInt32},
		{slices.Concat(avif, ispe(640, 480)[:19]), 0, 0},
		{slices.Concat([]byte("\x89PNG\r\n\x1a\n"), ispe(640, 480)), 0, 0},
	} {
		if w, h := Claimed(c.data); w != c.w || h != c.h {
			t.Errorf("%q claims %d × %d, want %d × %d", c.data, w, h, c.w, c.h)
		}
	}
}

// readOdd decodes a picture of testdata/odd and reads what is expected of it.
func readOdd(t *testing.T, path string) (p, want *Photo) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = Decode(data, Limits{}); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(path + ".want")
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	b := m.Bounds()
	want = &Photo{Width: b.Dx(), Height: b.Dy()}
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, b, _ := m.At(x, y).RGBA()
			want.Pix = append(want.Pix, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return p, want
}
