package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// TestLosslessReduced holds lossless files at a part of their size to the means of their own
// pixels.
func TestLosslessReduced(t *testing.T) {
	for _, name := range []string{"lossless-4", "lossless-2-grey", "lossless-scans"} {
		file := files(t)[name]
		whole, pix, err := rows(file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{2, 4, 8} {
			p, small, err := rows(file, Options{Denominator: n})
			if err != nil {
				t.Fatal(err)
			}
			if p.Width != ceil(whole.Width, n) || p.Height != ceil(whole.Height, n) {
				t.Fatalf("%s at 1/%d: %d × %d", name, n, p.Width, p.Height)
			}
			for i, got := range small {
				x, y, total, count := i/3%p.Width, i/3/p.Width, 0, 0
				for v := y * n; v < min(y*n+n, whole.Height); v++ {
					for u := x * n; u < min(x*n+n, whole.Width); u++ {
						total += int(pix[3*(v*whole.Width+u)+i%3])
						count++
					}
				}
				if want := (2*total + count) / (2 * count); int(got) != want {
					t.Fatalf("%s at 1/%d, pixel (%d, %d): %d, want %d", name, n, x, y, got, want)
				}
			}
		}
	}
}

// TestLosslessYCbCr reads samples that a JFIF segment says to be YCbCr, which libjpeg refuses.
func TestLosslessYCbCr(t *testing.T) {
	file := files(t)["lossless-1"]
	_, samples, err := rows(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	jfif := append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), file[2:]...)
	p, pix, err := rows(jfif, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]byte, len(pix))
	for i := 0; i < len(pix); i += 3 {
		jfifToRGBPortable(want[i:], samples[i:i+1], samples[i+1:i+2], samples[i+2:i+3])
	}
	if p.Damaged != "" || !bytes.Equal(pix, want) {
		t.Errorf("the colours are others (%q)", p.Damaged)
	}
}

// TestLosslessRefused changes what scans say of themselves to what can't be.
func TestLosslessRefused(t *testing.T) {
	sound := files(t)["lossless-7-restart"]
	tail := bytes.Index(sound, []byte{0xff, sos}) + 11 // the predictor and what follows it
	interval := bytes.Index(sound, []byte{0xff, dri}) + 4
	table := bytes.Index(sound, []byte{0xff, dht})
	for name, c := range map[string]struct {
		at    int
		value byte
		text  string
	}{
		"predictor 0":                {tail, 0, "a scan has a predictor that can't be"},
		"predictor 8":                {tail, 8, "a scan has a predictor that can't be"},
		"end of a band":              {tail + 1, 1, "a scan has a predictor that can't be"},
		"successive approximation":   {tail + 2, 0x10, "a scan has a predictor that can't be"},
		"all bits missing":           {tail + 2, 8, "a scan has a predictor that can't be"},
		"restart within a row":       {interval + 1, sound[interval+1] + 1, "it has restarts within a row of samples"},
		"no table":                   {table + 4, 1, "a Huffman table is missing"},
		"differences of 17 bits":     {table + 5 + 16, 17, "it has a Huffman table that can't be"},
		"hierarchical instead":       {bytes.Index(sound, []byte{0xff, sof3}) + 1, 0xc7, "differential lossless coding"},
		"a picture without quantums": {bytes.Index(sound, []byte{0xff, sof3}) + 1, sof0, "a quantisation table is missing"},
	} {
		data := bytes.Clone(sound)
		data[c.at] = c.value
		if _, err := Decode(data, Options{}); err == nil || err.Error() != c.text {
			t.Errorf("%s: %v, want %s", name, err, c.text)
		}
	}
	// Sequential files have no differences of 16 bits.
	quant := append([]byte{0xff, dqt, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
	data := append(append([]byte{0xff, soi}, quant...), sound[2:]...)
	data[bytes.Index(data, []byte{0xff, sof3})+1] = sof0
	if _, err := Decode(data, Options{}); !errors.Is(err, errTable) {
		t.Errorf("a sequential file with a table for a lossless one: %v", err)
	}
}

// TestLosslessSizes decodes a file that claims to be larger than its data are: the rest is grey.
func TestLosslessSizes(t *testing.T) {
	file := bytes.Clone(files(t)["lossless-1-grey"])
	at := bytes.Index(file, []byte{0xff, sof3}) + 5
	binary.BigEndian.PutUint16(file[at:], 4000)
	interval := bytes.Index(file, []byte{0xff, dri})
	file = append(file[:interval:interval], file[interval+6:]...)
	p, pix, err := rows(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Height != 4000 || p.Damaged == "" || pix[len(pix)-1] != 128 {
		t.Errorf("%d rows, the last %d, damage %q", p.Height, pix[len(pix)-1], p.Damaged)
	}
}
