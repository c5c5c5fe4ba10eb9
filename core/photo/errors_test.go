package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"homeroom/core/photo/jpeg"
)

// put returns a copy of data with bytes replaced.
func put(data []byte, at int, to ...byte) []byte {
	out := bytes.Clone(data)
	copy(out[at:], to)
	return out
}

// big is a number in four bytes, high byte first.
func big(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// frameOf finds the marker of a JPEG's start of frame.
func frameOf(data []byte) int { return bytes.Index(data, []byte("\xff\xc0")) }

const (
	copyAgain     = "; copy or download it again"
	saveAs        = "; open it in a picture program and save it as JPEG or PNG"
	chooseAnother = "; choose a JPEG, PNG, GIF, WebP or BMP file"
	saveSmall     = "; save it smaller with a picture program"
	noPicture     = "the file is not a picture that can be read here, whatever its name says" + chooseAnother
	most          = ", and the most that is read is 100,000,000 pixels in all" + saveSmall
)

// TestErrors has every kind of failure with its text.
func TestErrors(t *testing.T) {
	jpg, png, gif := picture(t, "420.jpg"), picture(t, "rgb-8.png"), picture(t, "plain.gif")
	webp, moving, bmp := picture(t, "lossy-37x29.webp"), picture(t, "animated.webp"), picture(t, "rgb.bmp")
	frame := frameOf(jpg)
	for _, c := range []struct {
		name   string
		data   []byte
		kind   error
		format string
		text   string
	}{
		{"no bytes", nil, ErrDamaged, "", "the file is empty" + copyAgain},
		{"text", []byte("not a photo\n"), ErrUnsupported, "text", "the file is text and not a picture, whatever its name says" + chooseAnother},
		{"one byte", []byte("\xff"), ErrUnsupported, "", noPicture},
		{"SVG", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), ErrUnsupported, "svg", "SVG drawings can't be read here; export it as PNG from a drawing program or a browser"},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), ErrUnsupported, "heic", "HEIC pictures can't be read here; save it as JPEG or PNG with a picture program, or set the camera to JPEG"},
		{"HEIF", []byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00"), ErrUnsupported, "heic", "HEIC pictures can't be read here; save it as JPEG or PNG with a picture program, or set the camera to JPEG"},
		{"AVIF", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), ErrUnsupported, "avif", "AVIF pictures can't be read here; save it as JPEG or PNG with a picture program, or set the camera to JPEG"},
		{"MP4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00"), ErrUnsupported, "film", "the file is a film (MP4 or QuickTime) and not a picture, whatever its name says; save a frame of it as JPEG or PNG"},
		{"TIFF", []byte("II*\x00\x08\x00\x00\x00"), ErrUnsupported, "tiff", "TIFF pictures can't be read here; save it as JPEG or PNG with a picture program, or set the camera to JPEG"},
		{"TIFF, high byte first", []byte("MM\x00*\x00\x00\x00\x08"), ErrUnsupported, "tiff", "TIFF pictures can't be read here; save it as JPEG or PNG with a picture program, or set the camera to JPEG"},

		{"JPEG, its start alone", jpg[:2], ErrDamaged, "jpeg", "the JPEG is damaged or cut short (unexpected EOF)" + copyAgain},
		{"JPEG without data", jpg[:bytes.Index(jpg, []byte("\xff\xda"))+14], ErrDamaged, "jpeg", "the JPEG is damaged or cut short (unexpected EOF)" + copyAgain},
		{"JPEG of no height", put(jpg, frame+5, 0, 0), ErrDamaged, "jpeg", "the JPEG is damaged or cut short (its size is 37 × 0)" + copyAgain},
		{"differential JPEG", put(jpg, frame+1, 0xc5), ErrUnsupported, "jpeg", "this sort of JPEG can't be read here (differential coding)" + saveAs},
		{"JPEG of 12 bits", put(jpg, frame+4, 12), ErrUnsupported, "jpeg", "this sort of JPEG can't be read here (12 bits a sample)" + saveAs},
		{"JPEG of two components", put(jpg, frame+9, 2), ErrDamaged, "jpeg", "the JPEG is damaged or cut short (the header of its picture has a wrong length)" + copyAgain},
		{"JPEG of odd factors", put(jpg, frame+11, 0x32, 1, 0, 0x22), ErrUnsupported, "jpeg", ""},
		{"huge JPEG", put(jpg, frame+5, 255, 255, 255, 255), ErrTooLarge, "jpeg", "the JPEG says it is 65,535 × 65,535 pixels" + most},

		{"PNG, its start alone", png[:8], ErrDamaged, "png", "the PNG is damaged or cut short (unexpected EOF)" + copyAgain},
		{"PNG, before its pixels", png[:33], ErrDamaged, "png", "the PNG is damaged or cut short (there is no picture in it)" + copyAgain},
		{"PNG of a header that was changed", put(png, 19, 99), ErrDamaged, "png", "the PNG is damaged or cut short (the checksum of its header is wrong)" + copyAgain},
		{"PNG without palette", withoutChunk(picture(t, "palette-4.png"), "PLTE"), ErrDamaged, "png", "the PNG is damaged or cut short (it lacks its palette)" + copyAgain},
		{"PNG of an app", []byte(pngMagic + "\x00\x00\x00\x04CgBI\x50\x00\x20\x02\x2b\xd5\xb3\x7f" + string(png[8:])), ErrUnsupported, "png", "this sort of PNG can't be read here (Apple's CgBI, the form of pictures inside apps for iPhones)" + saveAs},
		{"PNG without header", put(png, 12, 'X'), ErrDamaged, "png", "the PNG is damaged or cut short (no header chunk)" + copyAgain},
		{"PNG of no width", put(png, 16, 0, 0, 0, 0), ErrDamaged, "png", "the PNG is damaged or cut short (its size is 0 × 13)" + copyAgain},
		{"PNG of 3 bits", put(png, 24, 3), ErrUnsupported, "png", "this sort of PNG can't be read here (bit depth 3, color type 2)" + saveAs},
		{"huge PNG", put(png, 16, append(big(50000), big(50000)...)...), ErrTooLarge, "png", "the PNG says it is 50,000 × 50,000 pixels" + most},
		{"PNG of negative size", put(png, 16, append(big(0xffffffff), big(0xffffffff)...)...), ErrTooLarge, "png", "the PNG says it is 4,294,967,295 × 4,294,967,295 pixels" + most},

		{"GIF, its start alone", gif[:8], ErrDamaged, "gif", "the GIF is damaged or cut short (unexpected EOF)" + copyAgain},
		{"GIF without picture", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ErrDamaged, "gif", "the GIF is damaged or cut short (there is no picture in it)" + copyAgain},
		{"huge GIF", put(gif, 6, 255, 255, 255, 255), ErrTooLarge, "gif", "the GIF says it is 65,535 × 65,535 pixels" + most},

		{"WebP, its start alone", webp[:12], ErrDamaged, "webp", "the WebP is damaged or cut short (no picture in it)" + copyAgain},
		{"WebP, half", webp[:len(webp)/2], ErrDamaged, "webp", "the WebP is damaged or cut short (unexpected EOF)" + copyAgain},
		{"WebP with a frame past its edge", put(moving, 24, 3), ErrDamaged, "webp", "the WebP is damaged or cut short (bad header)" + copyAgain},
		{"huge WebP", put(moving, 24, 255, 255, 255, 255, 255, 255), ErrTooLarge, "webp", "the WebP says it is 16,777,216 × 16,777,216 pixels" + most},

		{"BMP, its start alone", bmp[:26], ErrDamaged, "bmp", "the BMP is damaged or cut short (unexpected EOF)" + copyAgain},
		{"BMP of 7 bits", put(bmp, 28, 7), ErrUnsupported, "bmp", "this sort of BMP can't be read here (7 bits a pixel)" + saveAs},
		{"BMP with a JPEG within", put(bmp, 28, 0, 0, 4), ErrUnsupported, "bmp", "this sort of BMP can't be read here (a JPEG within)" + saveAs},
		{"BMP of no width", put(bmp, 18, 0, 0), ErrDamaged, "bmp", "the BMP is damaged or cut short (its size is 0 × 29)" + copyAgain},
		{"huge BMP", put(bmp, 18, 0, 0, 1, 0, 0, 0, 1, 0), ErrTooLarge, "bmp", "the BMP says it is 65,536 × 65,536 pixels" + most},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Decode(c.data, Limits{})
			fault := check(t, p, err)
			if fault == nil {
				t.Fatal("it was read")
			}
			if fault.Kind != c.kind || fault.Format != c.format {
				t.Errorf("it is %q of format %q, want %q of %q", fault.Kind, fault.Format, c.kind, c.format)
			}
			if c.text != "" && err.Error() != c.text {
				t.Errorf("the text is\n%s, want\n%s", err, c.text)
			}
		})
	}
}

// withoutChunk leaves a chunk of a PNG out.
func withoutChunk(data []byte, kind string) []byte {
	at := bytes.Index(data, []byte(kind)) - 4
	return slices.Concat(data[:at], data[at+12+int(binary.BigEndian.Uint32(data[at:])):])
}

// check tests what must hold of every answer of Decode, and returns the error.
func check(t testing.TB, p *Photo, err error) *Error {
	t.Helper()
	if err == nil {
		if p == nil {
			t.Fatal("there is neither a photo nor an error")
		}
		if p.Width < 1 || p.Height < 1 || len(p.Pix) != 3*p.Width*p.Height {
			t.Fatalf("%d × %d pixels in %d bytes", p.Width, p.Height, len(p.Pix))
		}
		return nil
	}
	if p != nil {
		t.Fatal("there are a photo and an error")
	}
	fault, ok := err.(*Error)
	if !ok {
		t.Fatalf("the error is of type %T: %v", err, err)
	}
	kinds := 0
	for _, kind := range []error{ErrUnsupported, ErrTooLarge, ErrDamaged} {
		if errors.Is(err, kind) {
			kinds++
		}
	}
	if kinds != 1 || fault.Text == "" || !strings.Contains(fault.Text, "; ") {
		t.Fatalf("the error is of %d kinds, and its text is %q", kinds, fault.Text)
	}
	return fault
}

// TestCutShort cuts pictures of every format at every byte: nothing panics, and what is missing is
// said, but of what comes after the pixels.
func TestCutShort(t *testing.T) {
	for name, spare := range map[string]int{
		"420.jpg": 2, "444-progressive.jpg": 0, "ycck.jpg": 2, "grey-8-interlaced.png": 22, "palette-4-transparent.png": 22,
		"offset-transparent.gif": 4, "lossy-3x1.webp": -1, "lossless-two-colours.webp": -1, "animated-lossless-alpha.webp": -1, "rgba-v4.bmp": 0,
	} {
		data := picture(t, name)
		for n := range len(data) {
			p, err := Decode(data[:n], Limits{})
			if check(t, p, err) == nil && spare >= 0 && n < len(data)-spare && p.Damaged == "" {
				t.Errorf("%s was read without its last %d bytes, and that is not said", name, len(data)-n)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	data := picture(t, "420.jpg") // 37 × 29
	for _, c := range []struct {
		limits Limits
		kind   error
		text   string
	}{
		{Limits{}, nil, ""},
		{Limits{Bytes: len(data)}, nil, ""},
		{Limits{Bytes: len(data) - 1}, ErrTooLarge, fmt.Sprintf("the file has %s bytes, and the most that is read is %s", grouped(len(data)), grouped(len(data)-1)) + saveSmall},
		{Limits{Pixels: 37 * 29}, nil, ""},
		{Limits{Pixels: 37*29 - 1}, ErrTooLarge, "the JPEG says it is 37 × 29 pixels, and the most that is read is 1,072 pixels in all" + saveSmall},
		{Limits{Pixels: 1}, ErrTooLarge, "the JPEG says it is 37 × 29 pixels, and the most that is read is 1 pixels in all" + saveSmall},
	} {
		p, err := Decode(data, c.limits)
		fault := check(t, p, err)
		if fault == nil {
			if c.kind != nil {
				t.Errorf("%+v: it was read", c.limits)
			}
			continue
		}
		if fault.Kind != c.kind || fault.Text != c.text {
			t.Errorf("%+v: %v, want %v", c.limits, err, c.text)
		}
	}
}

// TestBombs has small files that say they are huge. Nothing of their size is allocated.
func TestBombs(t *testing.T) {
	const allowed = 1 << 20 // bytes
	jpg := picture(t, "420-progressive.jpg")
	at := bytes.Index(jpg, []byte("\xff\xc2"))
	for name, data := range map[string][]byte{
		"JPEG":           put(jpg, at+5, 0x7f, 255, 0x7f, 255),
		"PNG":            put(picture(t, "rgba-16-interlaced.png"), 16, append(big(50000), big(50000)...)...),
		"PNG, flat":      put(picture(t, "grey-1.png"), 16, append(big(1<<31-1), big(1)...)...),
		"GIF":            put(picture(t, "offset.gif"), 6, 255, 255, 255, 255),
		"WebP":           put(picture(t, "animated.webp"), 24, 255, 255, 255, 255, 255, 255),
		"lossless WebP":  put(picture(t, "lossless.webp"), 21, 255, 255, 255, 0x0f),
		"lossy WebP":     put(picture(t, "lossy-37x29.webp"), 26, 255, 63, 255, 63),
		"BMP":            put(picture(t, "rgb.bmp"), 18, 0, 0, 1, 0, 0, 0, 1, 0),
		"BMP, top first": put(picture(t, "top-down.bmp"), 18, 0, 0, 1, 0, 1, 0, 0, 0x80),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := Decode(data, Limits{})
		runtime.ReadMemStats(&after)
		if fault := check(t, p, err); fault == nil || fault.Kind != ErrTooLarge {
			t.Errorf("%s: %v, want an error of kind %q", name, err, ErrTooLarge)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > allowed {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

// TestBombsWithinTheLimits has pictures of no more pixels than there may be whose decoding would
// take much memory or time all the same.
func TestBombsWithinTheLimits(t *testing.T) {
	progressive := picture(t, "444-progressive.jpg")
	size := bytes.Index(progressive, []byte("\xff\xc2")) + 5
	last := bytes.LastIndex(progressive, []byte("\xff\xda"))
	scan, end := progressive[last:len(progressive)-2], progressive[len(progressive)-2:]
	scans := func(n int) []byte {
		return slices.Concat(progressive[:last], bytes.Repeat(scan, n), end)
	}
	before := jpeg.Scans(progressive, 1<<20) - 1
	if before < 2 || jpeg.Scans(scans(7), 1<<20) != before+7 || jpeg.Scans(scans(7), 4) != 4 {
		t.Fatalf("%d scans, %d with 7 for the last", before+1, jpeg.Scans(scans(7), 1<<20))
	}
	small := Limits{Pixels: 2 * 37 * 29} // of which it needs all
	for _, c := range []struct {
		name   string
		data   []byte
		limits Limits
		text   string // of the refusal
	}{
		{"progressive JPEG", put(progressive, size, 0x27, 0x10, 0x27, 0x10), Limits{}, "the most that is read is 72,727,272"},
		{"many scans", scans(2 * maxPasses), small, "more than 40 passes, the most that is read of 1,073 pixels"},
		{"as many scans as there may be", scans(2*maxPasses - before), small, ""},
		{"many scans of few pixels", scans(10 * maxPasses), Limits{}, ""},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := Decode(c.data, c.limits)
		runtime.ReadMemStats(&after)
		fault := check(t, p, err)
		if c.text == "" {
			if fault != nil && fault.Kind == ErrTooLarge {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if fault == nil || fault.Kind != ErrTooLarge || !strings.Contains(fault.Text, c.text) {
			t.Errorf("%s: %v, want an error that says %q", c.name, err, c.text)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes were allocated", c.name, n)
		}
	}
}

// TestDecodersFaults has decoders that panic in every way there is, and one that reads another size
// than that of the header.
func TestDecodersFaults(t *testing.T) {
	size := func([]byte) (int, int, error) { return 2, 1, nil }
	for name, decode := range map[string]func([]byte) (pixels, error){
		"index":  func(data []byte) (pixels, error) { return pixels{w: int(data[len(data)])}, nil },
		"text":   func([]byte) (pixels, error) { panic("what") },
		"error":  func([]byte) (pixels, error) { panic(io.ErrNoProgress) },
		"later":  func([]byte) (pixels, error) { return pixels{w: 2, h: 1, row: func(int, []byte) { panic("what") }}, nil },
		"size":   func([]byte) (pixels, error) { return pixels{w: 1, h: 2}, nil },
		"an end": func([]byte) (pixels, error) { return pixels{}, io.EOF },
	} {
		p, err := codec{format: "png", size: size, decode: decode}.read([]byte("x"), DefaultLimits, nil)
		if fault := check(t, p, err); fault == nil || fault.Kind != ErrDamaged || fault.Format != "png" {
			t.Errorf("%s: %v, want an error of kind %q", name, err, ErrDamaged)
		}
	}
}

// TestCause finds what the decoder said.
func TestCause(t *testing.T) {
	_, err := Decode(picture(t, "420.jpg")[:100], Limits{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, ErrDamaged) {
		t.Errorf("%v is not both %v and %v", err, io.ErrUnexpectedEOF, ErrDamaged)
	}
}
