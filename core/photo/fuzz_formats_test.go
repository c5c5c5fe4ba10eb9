package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// fuzzFormat reads files of one format with small limits. mend, where it is not nil, puts right
// what would otherwise keep nearly every change out. Memory must stay within what the limit of
// pixels allows, whatever the file says.
func fuzzFormat(f *testing.F, ending string, mend func([]byte)) {
	seeds := 0
	for _, folder := range []string{"pictures", "odd"} {
		names, err := filepath.Glob(filepath.Join("testdata", folder, "*."+ending))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
			seeds++
		}
	}
	if seeds == 0 {
		f.Fatal("no pictures")
	}
	limits := Limits{Bytes: 1 << 15, Pixels: 1 << 14}
	const most = 1<<20 + 16*(1<<14) // bytes: the readers' own tables and what pixels take
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		if mend != nil {
			mend(data)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := Decode(data, limits)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > most+16*uint64(len(data)) {
			t.Errorf("%d bytes were allocated for a file of %d", n, len(data))
		}
		fault := check(t, p, err)
		var panicked runtime.Error
		if fault != nil && errors.As(fault.Cause, &panicked) {
			t.Fatalf("reading panicked: %v", panicked)
		}
		if fault == nil && p.Width*p.Height > limits.Pixels {
			t.Fatalf("%d × %d pixels are over the limit", p.Width, p.Height)
		}
	})
}

// FuzzPNG has the sums of all chunks right, so that changes of what they hold are read.
func FuzzPNG(f *testing.F) {
	fuzzFormat(f, "png", func(data []byte) {
		pngChunks(data, 8, func(at int, kind string, body []byte, whole bool) bool {
			if whole {
				binary.BigEndian.PutUint32(data[at+8+len(body):], crc32.ChecksumIEEE(data[at+4:at+8+len(body)]))
			}
			return true
		})
	})
}

func FuzzGIF(f *testing.F)  { fuzzFormat(f, "gif", nil) }
func FuzzBMP(f *testing.F)  { fuzzFormat(f, "bmp", nil) }
func FuzzWebP(f *testing.F) { fuzzFormat(f, "webp", nil) }

// FuzzNotes reads EXIF data, XMP and what ImageMagick writes as text: whatever they hold, there is
// an orientation.
func FuzzNotes(f *testing.F) {
	f.Add([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x05\x00\x00\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x01"))
	f.Add([]byte(`<rdf:Description tiff:Orientation = '8'/>`))
	f.Add([]byte("\nexif\n      12\n457869660000\n4949\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, add := range []func(n *turnNotes){
			func(n *turnNotes) { n.addEXIF(data) },
			func(n *turnNotes) { n.addEXIF(data[:len(data)/2]); n.addEXIF(data[len(data)/2:]) },
			func(n *turnNotes) { n.addXMP(data) },
			func(n *turnNotes) { n.addAPP1(data) },
			func(n *turnNotes) { n.addEXIF(rawProfile(data)) },
		} {
			var n turnNotes
			before := bytes.Clone(data)
			add(&n)
			if got := n.orientation(); got < 1 || got > 8 {
				t.Fatalf("the orientation is %d", got)
			}
			if !bytes.Equal(before, data) {
				t.Fatal("the notes were written to")
			}
		}
	})
}

// FuzzKind tells files of any content: one that is read has no other name, and one that is refused
// has a text.
func FuzzKind(f *testing.F) {
	for _, m := range magics {
		f.Add([]byte(m.start + "\x00\x00\x00\x00"))
	}
	f.Add([]byte("\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif"))
	f.Add([]byte("<?xml version='1.0'?><svg/>"))
	f.Add([]byte("\xef\xbb\xbftext"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind := KindOf(data)
		switch {
		case kind.Read && !kind.Picture:
			t.Fatalf("%+v is read and no picture", kind)
		case !kind.Read && kind.Picture && kind.name == "":
			t.Fatalf("%+v has no name", kind)
		case !kind.Read:
			check(t, nil, kind.refusal())
		}
	})
}
